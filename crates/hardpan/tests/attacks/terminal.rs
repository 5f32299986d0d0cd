//! Text from outside that reaches a person's terminal.

use std::os::unix::ffi::OsStrExt as _;

use crate::project::Project;
use crate::support::terminal::on_terminal;

/// What a terminal must never get from outside: anything but text, line breaks, tabs and colours. Bars of our own move
/// the cursor, so what is looked for is what the attempts would do.
const HARM: &[&str] = &[
    "\u{1b}]",
    "\u{1b}P",
    "\u{1b}_",
    "\u{1b}^",
    "\u{1b}X",
    "\u{1b}c",
    "\u{1b}[2J",
    "\u{1b}[8m",
    "\u{1b}[6n",
    "\u{1b}[9",
    "\u{7}",
    "\u{8}",
    "\u{9b}",
    "\u{9d}",
    "\u{90}",
    "\u{202e}",
    "\u{2066}",
];

/// Every sequence of the attempts in one text of the Nix language, between `good` and `end`.
const HOSTILE: &str = "good\u{1b}]0;title\u{7}\u{1b}]52;c;cm0gLXJm\u{7}\u{1b}]8;;http://evil\u{1b}\\\\link\u{1b}]8;;\
                       \u{1b}\\\\\u{1b}P+q544e\u{1b}\\\\\u{1b}_Gx\u{1b}\\\\\u{1b}[2J\u{1b}[8m\u{1b}[6n\u{1b}[9;1H\
                       \u{1b}c\u{9b}2J\u{9d}0;t\u{9c}\u{90}\u{202e}\u{2066}\u{8}\u{7}end";

/// Runs the command on a terminal and into pipes: its exit code is `code`, all of `expected` is said, and nothing
/// does harm; what is no data has no colours in a pipe.
#[track_caller]
fn check(project: &Project, arguments: &[&str], code: i32, expected: &[&str]) {
    let (seen_code, seen) = on_terminal(&mut project.command(arguments));
    let run = project.run(arguments);
    for (place, ended, text) in [
        ("a terminal", seen_code, &seen),
        ("a pipe", Some(run.code), &run.err),
    ] {
        assert_eq!(ended, Some(code), "{arguments:?} on {place}:\n{text}");
        let found: Vec<_> = HARM.iter().filter(|harm| text.contains(**harm)).collect();
        assert!(
            found.is_empty(),
            "{arguments:?} on {place}: {found:?} in\n{text:?}"
        );
    }
    assert!(!run.err.contains('\u{1b}'), "{:?}", run.err);
    for text in expected {
        assert!(
            seen.contains(text),
            "{arguments:?} does not say {text:?}:\n{seen:?}"
        );
    }
}

fn expression(code: &str) -> [String; 3] {
    ["eval".to_owned(), "--expr".to_owned(), code.to_owned()]
}

/// Each way in which code has text shown that is no value.
#[test]
fn what_code_says_cannot_command_the_terminal() {
    let table: &[(&str, i32)] = &[
        (r#"throw "TEXT""#, 1),
        (r#"abort "TEXT""#, 1),
        (r#"builtins.trace "TEXT" 1"#, 0),
        (r#"builtins.warn "TEXT" 1"#, 0),
        (r#"builtins.addErrorContext "TEXT" (throw "x")"#, 1),
        (r#"{ "TEXT" = 1; }.b"#, 1),
        (r#"{ a = 1; }."TEXT""#, 1),
        (r#"1 + "TEXT""#, 1),
        (r#"builtins.fromJSON "TEXT""#, 1),
        (r#"builtins.readFile "/TEXT""#, 1),
        (r#"builtins.fetchurl "http://127.0.0.1:1/TEXT""#, 1),
        (r#"import (builtins.toFile "x" "TEXT")"#, 1),
    ];
    let project = Project::new();
    for (code, ends) in table {
        let words = expression(&code.replace("TEXT", HOSTILE));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        check(&project, &words, *ends, &[]);
    }
}

#[test]
fn the_text_itself_is_still_shown() {
    let project = Project::new();
    let words = expression(&format!("throw \"{HOSTILE}\""));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let shown = "goodlink\\u{9b}2J\\u{9d}0;t\\u{9c}\\u{90}\\u{202e}\\u{2066}\\x08end";
    check(&project, &words, 1, &[shown]);
}

#[test]
fn a_sequence_without_end_does_not_swallow_what_hardpan_says_after_it() {
    let project = Project::new();
    project.write("project/a.nix", "throw \"good\u{1b}]0;begin\"");
    check(
        &project,
        &["eval", "--file", "a.nix"],
        1,
        &["good0;begin", "a.nix:1:1"],
    );
}

#[test]
fn colours_reach_a_terminal_and_end_with_their_text() {
    let project = Project::new();
    let words = ["eval", "--expr", "builtins.trace \"\u{1b}[31mred\" 1"];
    check(&project, &words, 0, &["trace: \u{1b}[31mred\u{1b}[0m"]);
    let (_, seen) = on_terminal(project.command(&words).env("TERM", "dumb"));
    assert!(seen.contains("trace: red"), "{seen:?}");
}

#[test]
fn a_value_on_a_terminal_is_text_and_in_a_pipe_its_bytes() {
    let project = Project::new();
    let code = format!("\"{HOSTILE}\"");
    check(&project, &["eval", "--expr", &code], 0, &["good\\link"]);
    let raw = project.succeed(&["eval", "--raw", "--expr", &code]);
    assert_eq!(raw, HOSTILE.replace("\\\\", "\\"));
    let json = project.succeed(&["eval", "--json", "--expr", &code]);
    let value: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(value, raw);
}

#[test]
fn what_a_flake_calls_its_outputs_cannot_command_the_terminal() {
    let project = Project::with_flake(&format!(
        r#"{{ description = "{HOSTILE}"; outputs = _: {{
          "{HOSTILE}" = 1; nixosModules."{HOSTILE}" = {{ }};
          templates.a = {{ path = ./.; description = "{HOSTILE}"; }};
        }}; }}"#
    ));
    for arguments in [
        &["flake", "show"][..],
        &["flake", "metadata"],
        &["flake", "check"],
    ] {
        check(&project, arguments, 0, &["goodlink"]);
        let run = project.run(arguments);
        assert!(!run.out.contains('\u{1b}'), "{:?}", run.out);
    }
    check(&project, &["build", ".#nothing"], 1, &[]);
}

#[test]
fn what_a_build_says_cannot_command_the_terminal() {
    let project = Project::with_flake(
        r#"{ outputs = _: { packages.x86_64-linux.default = derivation {
          name = "x"; system = "x86_64-linux"; builder = "/bin/sh";
          args = [ "-c" "printf 'good\\rbad\\033]0;title\\007\\033[2J\\033[8mhidden\\302\\2332J\\n'; exit 1" ];
        }; }; }"#,
    );
    check(&project, &["build", "-L"], 100, &["badhidden\\u{9b}2J"]);
    let run = project.run(&["build"]);
    let log = run.err.lines().last().expect("there is a hint");
    let derivation = log
        .split('\'')
        .nth(1)
        .and_then(|command| command.split(' ').nth(2));
    let derivation = derivation.expect("the hint names the log");
    check(&project, &["log", derivation], 0, &["badhidden\\u{9b}2J"]);
    let raw = project.succeed(&["log", derivation]);
    assert!(raw.contains("\u{1b}]0;title\u{7}"), "{raw:?}");
}

#[test]
fn the_name_of_a_file_is_spelt_out() {
    let project = Project::new();
    let name = "a\u{1b}[2J\u{202e}xin.\u{8}\u{9b}b.nix";
    project.write(&format!("project/{name}"), "{ = }");
    check(
        &project,
        &["eval", "--file", name],
        1,
        &["a\\u{202e}xin.\\x08\\u{9b}b.nix"],
    );
    check(&project, &["parse", name], 1, &["\\u{202e}"]);
    project.write("project/folder/\u{1b}]0;x\u{7}\u{202e}name", "");
    let path = project.succeed(&["store", "add", "folder"]);
    check(&project, &["store", "ls", path.trim()], 0, &["./\\u{202e}name"]);
}

#[test]
fn a_file_name_that_is_no_text_is_harmless_too() {
    let project = Project::new();
    let name = std::ffi::OsStr::from_bytes(b"\x9b2J\xff.nix");
    std::fs::write(project.path("project").join(name), "{ = }").expect("files can be written");
    let (_, seen) = on_terminal(project.command(&["eval", "--file"]).arg(name));
    assert!(!seen.contains('\u{9b}') && seen.contains("2J"), "{seen:?}");
}

#[test]
fn source_that_is_turned_around_is_shown_as_it_is_read() {
    let project = Project::new();
    project.write(
        "project/a.nix",
        "{ a = /* \u{202e} \u{2066}// allowed */ throw \"x\"; }.a",
    );
    check(
        &project,
        &["eval", "--file", "a.nix"],
        1,
        &["/* \\u{202e} \\u{2066}// allowed */"],
    );
}

#[test]
fn what_is_asked_for_is_not_echoed_as_it_is() {
    let project = Project::with_flake("{ outputs = _: { a = 1; }; }");
    let hostile = "x\u{1b}]0;t\u{7}\u{202e}";
    check(&project, &["eval", &format!(".#{hostile}")], 1, &["\\u{202e}"]);
    check(&project, &[hostile], 2, &["\\u{202e}"]);
    check(&project, &["build", &format!("--{hostile}")], 2, &[]);
    check(&project, &["why-depends", hostile, "b"], 1, &["\\u{202e}"]);
}

#[test]
fn events_hold_the_text_in_numbers() {
    let project = Project::with_flake(&format!(
        "{{ outputs = _: {{ packages.x86_64-linux.default = builtins.trace \"{HOSTILE}\" (throw \"{HOSTILE}\"); }}; }}"
    ));
    check(
        &project,
        &["build", "--json"],
        1,
        &["\\u001b]0;title\\u0007", "\\u009b", "\\u202e"],
    );
    let run = project.run(&["build", "--json"]);
    for line in run.err.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        if event["event"] == "error" {
            let message = event["message"].as_str().expect("it has a message");
            assert!(message.starts_with("good\u{1b}]0;title\u{7}"), "{message:?}");
        }
    }
}

#[test]
fn what_a_server_says_cannot_command_the_terminal() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("there are free ports");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 1024]);
            let answer =
                "HTTP/1.1 404 No\u{9b}2J\r\nContent-Length: 8\r\nLocation: /\u{9d}\r\n\r\n\u{1b}]0;t\u{7}x";
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let project = Project::new();
    let code = format!("builtins.fetchurl \"http://{address}/a\"");
    check(&project, &["eval", "--expr", &code], 1, &[]);
}

/// The filter is where text leaves the program: nothing goes around it.
#[test]
fn text_leaves_the_program_in_one_place() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut pending = vec![folder];
    let ways = ["println!", "print!", "io::stdout()", "io::stderr()", "dbg!"];
    let mut around = Vec::new();
    while let Some(folder) = pending.pop() {
        for entry in std::fs::read_dir(folder)
            .expect("sources can be listed")
            .flatten()
        {
            let path = entry.path();
            if path.is_dir() {
                pending.push(path);
            } else if !path.ends_with("streams.rs") {
                let text = std::fs::read_to_string(&path).expect("sources can be read");
                let found = ways.iter().filter(|way| text.contains(**way));
                around.extend(found.map(|way| format!("{}: {way}", path.display())));
            }
        }
    }
    assert!(around.is_empty(), "{}", around.join("\n"));
}
