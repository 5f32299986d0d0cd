//! The store: power cuts, garbage collection beside builds, paths that are not what they say.
//!
//! What needs no command line is with the store: `crates/store/tests/power_cut.rs` cuts the power,
//! `crates/builder/tests/realise/collection.rs` collects garbage beside builds.

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::{hardpan, succeed, text};

const GRAPH: &str = r#"
let
  write = name: text: derivation {
    inherit name text;
    system = "builtin";
    builder = "builtin:hardpan-write-v1";
    executable = "";
    destination = "";
  };
  dep = write "dep" "hello from dep";
in
{
  inherit dep;
  top = write "top" "see ${dep}";
  victim = write "victim" "what it should be";
}
"#;

struct Shelf(tempfile::TempDir);

impl Shelf {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("graph.nix"), GRAPH).expect("it can be written");
        Self(folder)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hardpan(self.0.path());
        command.current_dir(self.0.path()).args(arguments);
        command
    }

    /// The command by the name of a program of Nix, on the same store.
    fn named(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(arguments);
        command
            .arg0(program)
            .env("HARDPAN_STORE", self.0.path().join("hardpan"));
        command
    }

    #[track_caller]
    fn succeed(&self, arguments: &[&str]) -> String {
        let output = succeed(&mut self.command(arguments));
        String::from_utf8(output.stdout).expect("it is text")
    }

    fn build(&self, attribute: &str) {
        let link = format!("result-{attribute}");
        self.succeed(&["build", "--file", "graph.nix", attribute, "--out-link", &link]);
    }

    /// The JSON of a derivation of the graph.
    fn derivation(&self, attribute: &str) -> Value {
        let shown = self.succeed(&["derivation", "show", "--file", "graph.nix", attribute]);
        let shown: Value = serde_json::from_str(&shown).expect("it is JSON");
        let all = shown["derivations"].as_object().expect("it is a table");
        all.values().next().expect("there is one").clone()
    }

    fn physical(&self, path: &str) -> PathBuf {
        self.0
            .path()
            .join("hardpan")
            .join(path.trim().trim_start_matches('/'))
    }
}

fn with_input(mut command: Command, input: &[u8]) -> Output {
    let piped = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped.spawn().expect("the command starts");
    let mut stdin = child.stdin.take().expect("it is a pipe");
    stdin.write_all(input).expect("the command reads");
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_derivation_is_taken_only_with_the_outputs_that_follow_from_it() {
    let shelf = Shelf::new();
    let victim = shelf.derivation("victim")["outputs"]["out"]["path"].clone();
    let full = json!(format!("/nix/store/{}", victim.as_str().expect("it is a path")));
    let table: [(&str, &str, Value); 6] = [
        ("incorrect output", "/outputs/out/path", victim),
        ("incorrect environment variable", "/env/out", full),
        ("incorrect output", "/env/text", json!("something else")),
        ("incorrect output", "/builder", json!("builtin:hardpan-write-v2")),
        ("incorrect output", "/system", json!("x86_64-linux")),
        ("incorrect output", "/args", json!(["more"])),
    ];
    for (message, place, value) in table {
        let mut derivation = shelf.derivation("top");
        *derivation.pointer_mut(place).expect("it is there") = value;
        let output = with_input(
            shelf.command(&["derivation", "add"]),
            derivation.to_string().as_bytes(),
        );
        assert_eq!(output.status.code(), Some(1), "{place}: {}", text(&output));
        assert!(text(&output).contains(message), "{place}: {}", text(&output));
    }
    let honest = shelf.derivation("top").to_string();
    let output = with_input(shelf.command(&["derivation", "add"]), honest.as_bytes());
    assert!(output.status.success(), "{}", text(&output));
}

#[test]
fn a_text_that_is_a_derivation_makes_no_foreign_path() {
    let shelf = Shelf::new();
    let expression = "let d = (import ./graph.nix); t = builtins.readFile d.top.drvPath; \
                      changed = builtins.replaceStrings [ \"hello\" \"see\" ] [ \"bye\" \"trust\" ] t; in \
                      builtins.toFile \"top.drv\" (builtins.unsafeDiscardStringContext changed)";
    let mut command = shelf.command(&["eval", "--impure", "--expr", expression]);
    let output = command.output().expect("the command starts");
    assert!(!output.status.success(), "{}", text(&output));
    assert!(
        !shelf
            .succeed(&["store", "verify", "--json"])
            .contains("\"damaged\":{\"")
    );
}

#[test]
fn a_path_that_nobody_vouches_for_is_untrusted() {
    let shelf = Shelf::new();
    shelf.build("top");
    shelf.build("dep");
    let dep = shelf.succeed(&["path-info", "./result-dep"]);
    let exported = succeed(&mut shelf.named("nix-store", &["--export", dep.trim()]));
    let other = Shelf::new();
    let imported = with_input(other.named("nix-store", &["--import"]), &exported.stdout);
    assert!(imported.status.success(), "{}", text(&imported));
    let path = String::from_utf8(imported.stdout).expect("paths are text");
    for (arguments, code) in [
        (&["store", "verify"][..], 2),
        (&["store", "verify", path.trim()], 2),
        (&["store", "verify", "--no-contents"], 2),
        (&["store", "verify", "--no-trust"], 0),
    ] {
        let output = other.command(arguments).output().expect("the command starts");
        assert_eq!(
            output.status.code(),
            Some(code),
            "{arguments:?}: {}",
            text(&output)
        );
        assert_eq!(
            text(&output).contains("is untrusted"),
            code != 0,
            "{}",
            text(&output)
        );
    }
    let key = other.succeed(&["key", "generate-secret", "--key-name", "test-1"]);
    fs::write(other.0.path().join("key"), &key).expect("it can be written");
    other.succeed(&["store", "sign", "--key-file", "key", path.trim()]);
    let key: nix_formats::SecretKey = key.trim().parse().expect("it is a key");
    let key = key.public_key().to_string();
    let trusting = ["store", "verify", "--option", "trusted-public-keys", &key];
    other.succeed(&trusting);
    for (needed, code) in [("1", 0), ("2", 2)] {
        let mut command = other.command(&trusting);
        let output = command
            .args(["--sigs-needed", needed])
            .output()
            .expect("it starts");
        assert_eq!(output.status.code(), Some(code), "{needed}: {}", text(&output));
    }
    // Damage and distrust add up.
    let file = other.physical(&path);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("modes can be set");
    fs::write(&file, "changed").expect("it can be written");
    let output = other.command(&["store", "verify"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
}

#[test]
fn what_was_built_here_needs_no_signature_unless_one_is_asked_for() {
    let shelf = Shelf::new();
    shelf.build("top");
    shelf.succeed(&["store", "verify"]);
    let strict = ["store", "verify", "./result-top", "--sigs-needed", "1"];
    let output = shelf.command(&strict).output().expect("it starts");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output));
}

#[test]
fn what_a_running_program_has_open_is_not_collected() {
    let shelf = Shelf::new();
    shelf.build("top");
    let path = shelf.succeed(&["path-info", "./result-top"]);
    let place = shelf.physical(&path);
    fs::remove_file(shelf.0.path().join("result-top")).expect("it is there");
    let mut reader = Command::new("cat")
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(fs::File::open(&place).expect("it is there"))
        .spawn()
        .expect("cat starts");
    shelf.succeed(&["store", "gc"]);
    assert!(place.exists());
    let refused = shelf
        .named("nix-store", &["--delete", path.trim()])
        .output()
        .expect("it starts");
    assert!(!refused.status.success());
    drop(reader.stdin.take());
    reader.wait().expect("it ends");
    shelf.succeed(&["store", "gc"]);
    assert!(!place.exists());
}

#[test]
fn what_a_kept_result_is_built_from_stays() {
    for (arguments, stays) in [
        (&["store", "gc"][..], true),
        (&["store", "gc", "--option", "keep-outputs", "false"], false),
        (
            &[
                "store",
                "gc",
                "--option",
                "keep-derivations",
                "false",
                "--option",
                "keep-outputs",
                "false",
            ],
            false,
        ),
    ] {
        let shelf = Shelf::new();
        fs::write(
            shelf.0.path().join("graph.nix"),
            GRAPH.replace("\"see ${dep}\"", "(builtins.substring 0 4 \"see ${dep}\")"),
        )
        .expect("it can be written");
        shelf.build("top");
        let dep = shelf.derivation("dep")["outputs"]["out"]["path"].clone();
        let dep = shelf.physical(&format!("/nix/store/{}", dep.as_str().expect("it is a path")));
        assert!(dep.exists());
        shelf.succeed(arguments);
        assert_eq!(dep.exists(), stays, "{arguments:?}");
        assert!(shelf.0.path().join("result-top").exists());
    }
}
