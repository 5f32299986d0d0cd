//! The author of a flake: what evaluation may read, what inputs may hold, what is shown of them.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::support::{hardpan, text};

/// A flake of somebody else beside files of the user.
struct Machine {
    top: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let machine = Self {
            top: tempfile::tempdir().expect("a temporary folder"),
        };
        machine.write("home/secret", "the user's secret");
        machine.write("project/file", "");
        machine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.top.path().join(name)
    }

    /// The text with `TOP` for our folder.
    fn placed(&self, text: &str) -> String {
        text.replace("TOP", &self.top.path().to_string_lossy())
    }

    fn write(&self, name: &str, contents: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("folders can be made");
        fs::write(path, self.placed(contents)).expect("files can be written");
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hardpan(&self.path("data"));
        command
            .current_dir(self.path("project"))
            .env("HOME", self.path("home"));
        command.args(arguments.iter().map(|argument| self.placed(argument)));
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("the command starts")
    }

    /// The output `v` of a flake whose value is `code`.
    fn value_in_flake(&self, code: &str) -> Output {
        self.write(
            "project/flake.nix",
            &format!("{{ outputs = _: {{ v = {code}; }}; }}"),
        );
        self.run(&["eval", "--raw", ".#v"])
    }
}

#[test]
fn a_flake_cannot_fetch_what_is_not_locked() {
    let machine = Machine::new();
    let table = [
        "builtins.hardpan.fetchLocked { type = \"path\"; path = \"TOP/home\"; }",
        "builtins.hardpan.fetchLocked { type = \"git\"; url = \"file://TOP/home\"; }",
        "builtins.hardpan.fetchLocked { type = \"git\"; url = \"file://TOP/home\"; rev = \"main\"; }",
        "builtins.hardpan.fetchLocked { type = \"file\"; url = \"file://TOP/home/secret\"; }",
        "builtins.hardpan.fetchLocked { type = \"tarball\"; url = \"file://TOP/home/secret\"; }",
        "builtins.fetchTree { type = \"path\"; path = \"TOP/home\"; }",
        "builtins.fetchTree \"path:TOP/home\"",
        "builtins.fetchGit \"TOP/home\"",
        "builtins.getFlake \"path:TOP/home\"",
        "{ outPath = builtins.fetchurl \"file://TOP/home/secret\"; }",
        "{ outPath = builtins.fetchTarball \"file://TOP/home/secret\"; }",
        "{ outPath = TOP/home; }",
        "{ outPath = builtins.path { path = TOP/home; }; }",
        "{ outPath = builtins.filterSource (_: _: true) TOP/home; }",
        "{ outPath = /. + \"TOP/home\"; }",
    ];
    for code in table {
        let read = format!(
            "let t = {code}; in builtins.readFile (if builtins.pathExists \"${{t}}/secret\" then \"${{t}}/secret\" else \"${{t}}\")"
        );
        let output = machine.value_in_flake(&read);
        assert!(!output.status.success(), "{code}: {}", text(&output));
        assert!(
            !text(&output).contains("the user's secret"),
            "{code}: {}",
            text(&output)
        );
    }
}

#[test]
fn restricted_evaluation_reads_only_what_is_listed() {
    let machine = Machine::new();
    machine.write("project/allowed/file", "allowed");
    let outside = machine.path("home/secret");
    std::os::unix::fs::symlink(outside, machine.path("project/allowed/link")).expect("a new link");
    let refused = [
        "builtins.readFile TOP/home/secret",
        "builtins.readFile TOP/project/allowed/link",
        "builtins.readFile TOP/project/allowed/../file",
        "toString (builtins.attrNames (builtins.readDir TOP/home))",
        "toString (import TOP/home/secret)",
        "\"${TOP/home}\"",
        "builtins.path { path = TOP/home; }",
        "builtins.filterSource (_: _: true) TOP/home",
        "builtins.fetchurl \"file://TOP/home/secret\"",
        "builtins.fetchurl \"http://127.0.0.1:9/x\"",
        "builtins.fetchTarball \"https://127.0.0.1:9/x.tar.gz\"",
        "(builtins.fetchGit \"TOP/home\").outPath",
        "(builtins.fetchGit \"https://127.0.0.1:9/x\").outPath",
        "(builtins.fetchTree \"path:TOP/home\").outPath",
        "(builtins.getFlake \"path:TOP/home\").outPath",
    ];
    let restricted = |code: &str| {
        let options = [
            "--option",
            "restrict-eval",
            "true",
            "--option",
            "allowed-uris",
            "https://127.0.0.1",
        ];
        let arguments = ["eval", "--raw", "-I", "TOP/project/allowed", "--expr", code];
        machine.run(&[&arguments[..], &options[..]].concat())
    };
    for code in refused {
        let output = restricted(code);
        assert!(!output.status.success(), "{code}: {}", text(&output));
        assert!(
            text(&output).contains("is forbidden in restricted mode"),
            "{code}: {}",
            text(&output)
        );
    }
    let allowed = [
        ("builtins.readFile TOP/project/allowed/file", "allowed"),
        ("builtins.readFile <file>", "allowed"),
        ("builtins.getEnv \"HOME\"", ""),
        ("builtins.readFile (builtins.toFile \"x\" \"own\")", "own"),
        (
            "if builtins.pathExists TOP/home/secret then \"seen\" else \"unseen\"",
            "unseen",
        ),
    ];
    for (code, expected) in allowed {
        let output = restricted(code);
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            expected,
            "{code}: {}",
            text(&output)
        );
    }
}

#[test]
fn a_password_in_an_address_is_neither_shown_nor_locked() {
    let machine = Machine::new();
    let addresses = [
        "git+https://me:hunter2@127.0.0.1:9/r",
        "https://me:hunter2@127.0.0.1:9/a.tar.gz",
        "file+http://:hunter2@127.0.0.1:9/a",
        "git+ssh://me:hunter2@127.0.0.1:9/r",
    ];
    for address in addresses {
        let flake = format!("{{ inputs.a.url = \"{address}\"; outputs = _: {{ }}; }}");
        machine.write("project/flake.nix", &flake);
        for arguments in [
            &["flake", "lock"][..],
            &["flake", "metadata"],
            &["eval", ".#v"],
            &["eval", address],
        ] {
            let output = machine.run(arguments);
            assert!(
                !text(&output).contains("hunter2"),
                "{arguments:?}: {}",
                text(&output)
            );
        }
        let code = format!("(builtins.fetchTree \"{address}\").outPath");
        let output = machine.run(&["eval", "--raw", "--expr", &code]);
        assert!(!text(&output).contains("hunter2"), "{address}: {}", text(&output));
    }
    // One that is there would be locked.
    let url = "file://me:hunter2@/TOP/project/file";
    let flake = format!(
        "{{ inputs.a = {{ type = \"file\"; url = \"{url}\"; flake = false; }}; outputs = _: {{ }}; }}"
    );
    machine.write("project/flake.nix", &flake);
    let output = machine.run(&["flake", "lock"]);
    assert!(!text(&output).contains("hunter2"), "{}", text(&output));
    let locked = fs::read_to_string(machine.path("project/flake.lock")).unwrap_or_default();
    assert!(!locked.contains("hunter2"), "{locked}");
}

/// A tar archive with one file and hard links to it.
fn archive_of_links(size: usize, links: usize) -> Vec<u8> {
    let head = |name: &str, kind: u8, size: usize, link: &str| {
        let mut block = vec![0_u8; 512];
        let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
        put(0, name);
        put(100, "0000644\0");
        put(124, &format!("{size:011o}\0"));
        put(136, "00000000001\0");
        put(148, "        ");
        put(157, link);
        put(257, "ustar\x0000");
        block[156] = kind;
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        block
    };
    let mut archive = head("t/file", b'0', size, "");
    archive.resize(512 + size.next_multiple_of(512), 0);
    for number in 0..links {
        archive.extend(head(&format!("t/{number}"), b'1', 0, "t/file"));
    }
    archive.extend([0; 1024]);
    archive
}

#[test]
fn archives_that_grow_too_large_are_refused() {
    let machine = Machine::new();
    let unpack = |size: usize, links: usize| {
        let file = fs::File::create(machine.path("project/links.tar.gz")).expect("a new file");
        let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
        packed
            .write_all(&archive_of_links(size, links))
            .expect("there is room");
        packed.finish().expect("there is room");
        machine.run(&[
            "eval",
            "--raw",
            "--expr",
            "builtins.fetchTarball \"file://TOP/project/links.tar.gz\"",
        ])
    };
    let output = unpack(1000, 10);
    assert!(output.status.success(), "{}", text(&output));
    // Twenty megabytes that would become eight gigabytes.
    let output = unpack(16 << 20, 512);
    assert!(!output.status.success());
    assert!(
        text(&output).contains("its hard links stand for more than 4 GiB"),
        "{}",
        text(&output)
    );
}

#[test]
fn a_line_of_megabytes_is_not_shown_whole() {
    let machine = Machine::new();
    let long = " ".repeat(1 << 20);
    machine.write("project/long.nix", &format!("{{ a = {long}1 + {{ }};{long} }}"));
    for arguments in [
        &["eval", "--file", "long.nix", "a"][..],
        &["eval", "--show-trace", "--file", "long.nix", "a"],
    ] {
        let output = machine.run(arguments);
        assert!(!output.status.success());
        assert!(text(&output).contains("long.nix:1:"), "{}", output.stderr.len());
        assert!(output.stderr.len() < 4096, "{} bytes", output.stderr.len());
    }
}
