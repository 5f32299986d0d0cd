//! Each generated file is written for its reader: what the configuration says comes back out of the program that reads
//! the file, and what the file cannot say is refused.

#[path = "../support/mod.rs"]
mod support;

mod doubles;
mod hostile;
mod modules;
mod networks;
mod readers;
mod units;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::Value;
use support::{hardpan, shared_data_folder, succeed, text};

const FLAKE: &str = r#"
{ inputs.hardpan.url = "hardpan";
  outputs = { self, hardpan }: {
    nixosConfigurations.m = hardpan.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ ./module.nix { networking.hostName = "m"; system.stateVersion = "25.11"; } ];
    };
  };
}
"#;

/// A lock file for these projects: Debian's suites are asked for once.
fn lock_file() -> &'static str {
    static LOCK: OnceLock<String> = OnceLock::new();
    LOCK.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("flake.nix"), FLAKE).expect("the flake can be written");
        succeed(command(folder.path()).args(["flake", "lock"]));
        std::fs::read_to_string(folder.path().join("flake.lock")).expect("the lock file is there")
    })
}

fn command(folder: &Path) -> Command {
    let mut command = hardpan(&shared_data_folder());
    command.current_dir(folder);
    command
}

/// A machine that is described by one module.
fn machine(module: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, content) in [
        ("flake.nix", FLAKE),
        ("flake.lock", lock_file()),
        ("module.nix", module),
    ] {
        std::fs::write(folder.path().join(name), content).expect("the project can be written");
    }
    folder
}

/// What `function` makes of the machine's configuration.
fn output_of(module: &str, function: &str) -> Output {
    let folder = machine(module);
    let attribute = ".#nixosConfigurations.m.config";
    let mut command = command(folder.path());
    command.args(["eval", "--json", attribute, "--apply", function]);
    command.output().expect("hardpan starts")
}

#[track_caller]
fn evaluate(module: &str, function: &str) -> Value {
    let output = output_of(module, function);
    assert!(output.status.success(), "{}", text(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The machine cannot be evaluated, and the error says each of `expected`.
#[track_caller]
fn is_refused(module: &str, function: &str, expected: &[&str]) {
    let output = output_of(module, function);
    let said = text(&output);
    assert!(!output.status.success(), "this is taken: {module}\n{said}");
    for text in expected {
        assert!(said.contains(text), "{text:?} is missing for {module}:\n{said}");
    }
}

/// What keeps the machine from being built.
#[track_caller]
fn objections(module: &str) -> String {
    let failed =
        "config: builtins.concatMap (a: if a.assertion then [ ] else [ a.message ]) config.assertions";
    let messages = evaluate(module, failed);
    let messages = messages.as_array().expect("a list");
    messages
        .iter()
        .filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join("\n")
}

/// The texts of files below /etc.
const ETC: &str = "config: builtins.mapAttrs (_: file: if file.text == null then \"\" else file.text) config.environment.etc";
