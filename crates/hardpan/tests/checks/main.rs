//! Mistakes in what is generated, as a person meets them while building: each row is a configuration and what the
//! build says of it. Nothing boots.

mod evaluated;
mod generated;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, Output};
use std::sync::OnceLock;

use support::{hardpan, shared_data_folder, succeed, text};

const FLAKE: &str = r#"{
  inputs.hardpan.url = "hardpan";
  outputs = { self, hardpan }: {
    nixosConfigurations.m = hardpan.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ ./base.nix ./configuration.nix ];
    };
    packages.x86_64-linux = hardpan.lib.imagesOf self.nixosConfigurations.m // {
      checks = self.nixosConfigurations.m.config.system.build.checks;
    };
  };
}
"#;

/// A machine with a key, and without what takes long to link.
const BASE: &str = r#"{ modulesPath, ... }: {
  imports = [ "${modulesPath}/virtualisation/cloud.nix" ];
  networking.hostName = "m";
  users.users.admin = {
    isNormalUser = true;
    extraGroups = [ "wheel" ];
    openssh.authorizedKeys.keys = [ "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEw83jx4MwgHLiP7apP5Uj92JmQHWrw2Oill7OlTBCF2" ];
  };
  security.sudo.wheelNeedsPassword = false;
  system.stateVersion = "25.11";
}
"#;

fn write(folder: &Path, configuration: &str) {
    for (name, content) in [
        ("flake.nix", FLAKE),
        ("base.nix", BASE),
        ("configuration.nix", configuration),
    ] {
        std::fs::write(folder.join(name), content).expect("the project can be written");
    }
}

/// A lock file for these projects.
fn lock_file() -> &'static str {
    static LOCK: OnceLock<String> = OnceLock::new();
    LOCK.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        write(folder.path(), "{ }");
        let mut command = hardpan(&shared_data_folder());
        succeed(command.current_dir(folder.path()).args(["flake", "lock"]));
        std::fs::read_to_string(folder.path().join("flake.lock")).expect("the lock file is there")
    })
}

/// A locked project with this `configuration.nix`.
fn machine(configuration: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(folder.path(), configuration);
    std::fs::write(folder.path().join("flake.lock"), lock_file()).expect("it can be locked");
    folder
}

fn build(folder: &Path, attribute: &str) -> Command {
    let mut command = hardpan(&shared_data_folder());
    command
        .current_dir(folder)
        .args(["build", "--no-link", "--keep-going", attribute]);
    command
}

fn said(output: &Output, folder: &Path) -> String {
    text(output).replace(&*folder.to_string_lossy(), "PROJECT")
}

/// Building `attribute` ends with `code` and says each of `expected`; the last line is or holds the last of them.
#[track_caller]
fn refuses(attribute: &str, configuration: &str, code: i32, expected: &[&str]) {
    let folder = machine(configuration);
    let output = build(folder.path(), attribute).output().expect("hardpan starts");
    let said = said(&output, folder.path());
    assert_eq!(output.status.code(), Some(code), "{configuration}\n{said}");
    for expected in expected {
        assert!(said.contains(expected), "'{expected}' is missing:\n{said}");
    }
    let (last, what_to_do) = (said.lines().last(), expected.last());
    assert!(
        last.zip(what_to_do)
            .is_some_and(|(last, expected)| last.contains(expected)),
        "the last line does not say what to do:\n{said}"
    );
}

/// Builds the checks of this configuration, and gives what was said.
#[track_caller]
fn accepts(configuration: &str) -> String {
    let folder = machine(configuration);
    let output = succeed(&mut build(folder.path(), ".#checks"));
    said(&output, folder.path())
}
