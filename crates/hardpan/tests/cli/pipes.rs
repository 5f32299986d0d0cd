//! Whoever reads may leave, and what is written to may be full: every command ends quietly, at once, and with a code
//! that scripts know.

use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};

use crate::interrupted::slow_server;
use crate::project::{Project, WRITE};

const SIGPIPE: i32 = 13;

/// Commands that print; those of Nix go by their own names.
const PRINTING: &[&[&str]] = &[
    &["hardpan", "--help"],
    &["hardpan", "help", "build"],
    &["hardpan", "--version"],
    &["hardpan", "nonsense"],
    &["hardpan", "eval", ".#text"],
    &["hardpan", "eval", "--json", ".#text"],
    &["hardpan", "eval", "--raw", ".#text"],
    &["hardpan", "eval", ".#fails"],
    &["hardpan", "parse", "flake.nix"],
    &["hardpan", "flake", "show"],
    &["hardpan", "flake", "metadata"],
    &["hardpan", "flake", "check"],
    &["hardpan", "build"],
    &["hardpan", "build", "--json", "--no-link"],
    &["hardpan", "build", "--rebuild", "--no-link"],
    &["hardpan", "store", "ls", "PATH"],
    &["hardpan", "store", "cat", "PATH"],
    &["hardpan", "store", "dump-path", "PATH"],
    &["hardpan", "store", "verify"],
    &["hardpan", "store", "gc", "--dry-run"],
    &["hardpan", "store", "roots"],
    &["hardpan", "path-info", "--json", "PATH"],
    &["hardpan", "why-depends", "PATH", "PATH"],
    &["hardpan", "derivation", "show", "."],
    &["hardpan", "log", "PATH"],
    &["hardpan", "nar", "pack", "flake.nix"],
    &["hardpan", "hash", "path", "flake.nix"],
    &["hardpan", "key", "generate-secret", "--key-name", "a"],
    &["hardpan", "completions", "bash"],
    &["hardpan", "init", "/TOP/new"],
    &["nix", "--version"],
    &["nix", "build", "--print-out-paths"],
    &["nix-instantiate", "--eval", "-E", "builtins.trace \"x\" 1"],
    &[
        "nix-build",
        "-E",
        "derivation { name = \"a\"; system = \"builtin\"; builder = \"none\"; }",
    ],
    &["nix-build", "--help"],
    &["nix-store", "--dump", "flake.nix"],
    &["nix-store", "--gc", "--print-roots"],
    &["nix-hash", "flake.nix"],
    &["nix-hash", "--nonsense"],
];

/// What becomes of a stream.
#[derive(Clone, Copy, Debug)]
enum End {
    /// Nobody reads any more.
    Left,
    /// A full disk.
    Full,
    /// Closed by the shell.
    Closed,
}

fn stream(end: End) -> Stdio {
    match end {
        End::Left => {
            let (reader, writer) = std::io::pipe().expect("there are pipes");
            drop(reader);
            writer.into()
        }
        End::Full => {
            let full = OpenOptions::new().write(true).open("/dev/full");
            full.expect("it is there").into()
        }
        End::Closed => Stdio::null(),
    }
}

fn project() -> (Project, String) {
    let project = Project::with_flake(&format!(
        r#"{{ description = "d"; outputs = _: let {WRITE} in {{
          packages.x86_64-linux.default = write "text" "some text"; text = "text"; fails = throw "it fails";
        }}; }}"#
    ));
    let path = project.succeed(&["eval", "--raw", ".#packages.x86_64-linux.default.outPath"]);
    project.succeed(&["build"]);
    (project, path)
}

/// The command; where a stream is closed, by way of a shell.
fn command(project: &Project, path: &str, words: &[&str], closed: &str) -> Command {
    let top = project.path("");
    let place = |word: &&str| {
        let word = word.replace("PATH", path);
        word.replace("/TOP", top.to_string_lossy().trim_end_matches('/'))
    };
    let words: Vec<String> = words.iter().map(place).collect();
    let arguments: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let mut command = project.command(&arguments);
    if closed.is_empty() {
        command.arg0(&words[0]);
        return command;
    }
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(format!("exec -a \"$0\" \"$@\" {closed}"));
    shell
        .arg(&words[0])
        .arg(command.get_program())
        .args(command.get_args());
    shell.current_dir(project.path("project")).env_clear();
    shell.envs(
        command
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    shell
}

fn describe(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("code {code}"),
        (_, Some(SIGPIPE)) => "SIGPIPE".to_owned(),
        (_, signal) => format!("signal {signal:?}"),
    }
}

#[test]
fn every_command_ends_quietly_whatever_becomes_of_its_streams() {
    let (project, path) = project();
    let mut wrong = Vec::new();
    for words in PRINTING {
        let usual = {
            let mut command = command(&project, &path, words, "");
            command.env("HARDPAN_STORE", project.path("home/.local/share/hardpan"));
            let output = command.output().expect("it starts");
            (
                output.status,
                !output.stdout.is_empty(),
                !output.stderr.is_empty(),
            )
        };
        let _ = std::fs::remove_dir_all(project.path("new"));
        for (is_output, end) in [
            (true, End::Left),
            (true, End::Full),
            (true, End::Closed),
            (false, End::Left),
            (false, End::Full),
            (false, End::Closed),
        ] {
            let closed = match (end, is_output) {
                (End::Closed, true) => ">&-",
                (End::Closed, false) => "2>&-",
                _ => "",
            };
            let mut command = command(&project, &path, words, closed);
            command.env("HARDPAN_STORE", project.path("home/.local/share/hardpan"));
            command.stdin(Stdio::null());
            if closed.is_empty() {
                match is_output {
                    true => command.stdout(stream(end)),
                    false => command.stderr(stream(end)),
                };
            }
            let output = command.output().expect("it starts");
            let _ = std::fs::remove_dir_all(project.path("new"));
            let (status, text) = (
                output.status,
                String::from_utf8_lossy(&output.stderr).into_owned(),
            );
            let writes = if is_output { usual.1 } else { usual.2 };
            let is_right = match end {
                // It may also have been done before it was noticed.
                End::Left if writes => status.signal() == Some(SIGPIPE),
                End::Left => status.signal() == Some(SIGPIPE) || status == usual.0,
                // What was asked for could not be given.
                End::Full if is_output && writes => {
                    matches!(status.code(), Some(1)) && text.contains("standard output")
                }
                End::Full | End::Closed => status == usual.0,
            };
            if !is_right
                || text.contains("panicked")
                || (matches!(end, End::Left) && text.contains("error: interrupted"))
            {
                let stream = if is_output { "output" } else { "error" };
                let (ended, usual) = (describe(status), describe(usual.0));
                wrong.push(format!(
                    "{words:?}, standard {stream} {end:?}: {ended}, usually {usual}: {text}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A build that downloads for ever, its standard error read to the first line only.
#[test]
fn a_build_ends_when_its_reader_leaves() {
    for stream in ["output", "error"] {
        let project = Project::new();
        let (address, download) = slow_server();
        project.write(
            "project/flake.nix",
            &crate::interrupted::endless_download(&address),
        );
        let mut command = project.command(&["build"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let begun = download.recv_timeout(std::time::Duration::from_secs(60));
        begun.expect("the download begins");
        let mut line = String::new();
        let mut reader = BufReader::new(child.stderr.take().expect("it has one"));
        reader.read_line(&mut line).expect("it says something");
        match stream {
            "error" => drop(reader),
            _ => drop(child.stdout.take()),
        }
        let status = child.wait().expect("it ends");
        assert_eq!(
            status.signal(),
            Some(SIGPIPE),
            "the reader of standard {stream} left: {status:?}"
        );
        crate::interrupted::check_nothing_is_left(&project);
    }
}

/// Evaluation that has no end, and no file to read.
#[test]
fn evaluation_ends_when_its_reader_leaves_or_a_signal_comes() {
    let endless = "let numbers = builtins.genList (x: x) 100000; sum = builtins.foldl' (a: b: a + b) 0; in \
                   builtins.trace \"begun\" (sum (builtins.map (x: x + sum numbers) numbers))";
    for way in ["reader", "signal"] {
        let project = Project::new();
        let mut command = project.command(&["eval", "--expr", endless]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut reader = BufReader::new(child.stderr.take().expect("it has one"));
        let mut line = String::new();
        reader.read_line(&mut line).expect("it says something");
        assert!(line.contains("begun"), "{line}");
        if way == "reader" {
            drop(reader);
            let status = child.wait().expect("it ends");
            assert_eq!(status.signal(), Some(SIGPIPE), "{status:?}");
        } else {
            let id = child.id().to_string();
            let sent = Command::new("kill").args(["-TERM", &id]).status();
            assert!(sent.expect("kill is there").success());
            let status = child.wait().expect("it ends");
            assert_eq!(status.code(), Some(130), "{status:?}");
        }
    }
}

#[test]
fn what_was_printed_whole_is_a_success_although_the_reader_has_left_since() {
    let project = Project::new();
    let script = "\"$0\" eval --raw --expr '\"text\"' | head -c 4; exit ${PIPESTATUS[0]}";
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(script).arg(env!("CARGO_BIN_EXE_hardpan"));
    shell
        .current_dir(project.path("project"))
        .env("HOME", project.path("home"));
    let output = shell.output().expect("there is a shell");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, b"text");
}
