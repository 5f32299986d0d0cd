//! The command called as Nix's programs: what they print, to the byte.

use std::os::unix::process::CommandExt as _;

use crate::project::Project;

/// Checks what a program of Nix prints and how it ends.
#[track_caller]
fn check(project: &Project, program: &str, arguments: &[&str], expected: &str) {
    let run = project.named(program, arguments);
    assert_eq!(run.code, 0, "{program} {arguments:?}\n{}{}", run.out, run.err);
    assert_eq!(run.out, expected, "{program} {arguments:?}");
}

const PACKAGES: &str = r#"
  let write = name: derivation {
        inherit name;
        text = name;
        system = "builtin";
        builder = "builtin:hardpan-write-v1";
        executable = "";
        destination = "";
      };
  in { suffix ? "" }: {
    a = write "a${suffix}";
    below = { recurseForDerivations = true; b = write "b"; };
    hidden.c = write "c";
  }
"#;

#[test]
fn nix_instantiate_evaluates() {
    let project = Project::new();
    project.write("project/f.nix", "{ a = x: x; b.c = ./f.nix; }");
    let table: &[(&[&str], &str)] = &[
        (&["--version"], "nix-instantiate (Nix) 2.34.8\n"),
        (&["--eval", "-E", "[ (1 + 1) ]"], "[ <CODE> ]\n"),
        (&["--eval", "-E", "[ (builtins.length [ 1 ]) ]"], "[ <CODE> ]\n"),
        // What is known at once is shown as computed only when it was asked for.
        (
            &["--eval", "-E", "let x = 1; y = x + 1; in [ x y ]"],
            "[ 1 <CODE> ]\n",
        ),
        (
            &["--eval", "-E", "let x = 1; y = x + 1; in builtins.seq y [ y ]"],
            "[ 2 ]\n",
        ),
        (
            &["--eval", "-E", "(f: [ f map ]) (x: x)"],
            "[ <CODE> <PRIMOP> ]\n",
        ),
        (
            &["--eval", "-E", "let f = x: x; in builtins.seq f [ f ]"],
            "[ <LAMBDA> ]\n",
        ),
        (
            &[
                "--eval",
                "-E",
                "let a = { b = 1; }; in builtins.seq a.b ((x: [ x ]) a.b)",
            ],
            "[ <CODE> ]\n",
        ),
        (
            &["--eval", "-E", "({ a ? 1, b ? [ ] }: [ a b ]) { }"],
            "[ 1 [ ] ]\n",
        ),
        (
            &[
                "--eval",
                "-E",
                "rec { a = 1 + 1; b = a; c = x: x; d = \"s\"; e = [ ]; f = { }; }",
            ],
            "{ a = <CODE>; b = <CODE>; c = <CODE>; d = \"s\"; e = [ ]; f = <CODE>; }\n",
        ),
        (
            &[
                "--eval",
                "-E",
                "let s.a = 1; in { x = s.a; y = [ s.a (x: x) 1 ]; }",
            ],
            "{ x = <CODE>; y = <CODE>; }\n",
        ),
        (&["--eval", "--strict", "-E", "[ (1 + 1) ]"], "[ 2 ]\n"),
        (&["--eval", "-E", "x: x"], "<LAMBDA>\n"),
        (
            &["--eval", "--strict", "f.nix"],
            "{ a = <LAMBDA>; b = { c = TOP/project/f.nix; }; }\n",
        ),
        (&["--eval", "f.nix"], "{ a = <CODE>; b = <CODE>; }\n"),
        (&["--eval", "f.nix", "-A", "b.c"], "TOP/project/f.nix\n"),
        (
            &["--eval", "--json", "--strict", "-E", "{ a = [ 1 null ]; }"],
            "{\"a\":[1,null]}\n",
        ),
        (&["--eval", "--raw", "-E", "\"a\""], "a"),
        (&["--eval", "-E", "{ a }: a", "--arg", "a", "1 + 1"], "2\n"),
        (&["--eval", "-E", "{ a }: a", "--argstr", "a", "x"], "\"x\"\n"),
        (&["--eval", "-E", "{ a ? 1 }: a"], "<LAMBDA>\n"),
        (
            &["--eval", "-I", "here=.", "-E", "<here/f.nix>"],
            "TOP/project/f.nix\n",
        ),
        (
            &["-I", "TOP", "--find-file", "project/f.nix"],
            "TOP/project/f.nix\n",
        ),
        (
            &["--eval", "--xml", "-E", "{ a = 1; f = x: x; }"],
            "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <attrs>\n    <attr column=\"3\" line=\"1\" name=\"a\">\n      \
             <int value=\"1\" />\n    </attr>\n    <attr column=\"10\" line=\"1\" name=\"f\">\n      <unevaluated />\n    \
             </attr>\n  </attrs>\n</expr>\n",
        ),
        (
            &[
                "--eval",
                "--xml",
                "--strict",
                "--no-location",
                "-E",
                "{ a, ... }@b: 1",
            ],
            "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <function>\n    <attrspat ellipsis=\"1\" name=\"b\">\n      \
             <attr name=\"a\" />\n    </attrspat>\n  </function>\n</expr>\n",
        ),
        (
            &["--parse", "-E", "a: ./b + a.c or 1"],
            "(a: (TOP/project/b + (a).c or (1)))\n",
        ),
        (
            &["--parse", "f.nix"],
            "{ a = (x: x); b = { c = TOP/project/f.nix; }; }\n",
        ),
    ];
    let top = project
        .path("")
        .to_string_lossy()
        .trim_end_matches('/')
        .to_owned();
    for (arguments, expected) in table {
        let arguments: Vec<String> = arguments.iter().map(|word| word.replace("TOP", &top)).collect();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        check(&project, "nix-instantiate", &arguments, expected);
    }
}

#[test]
fn nix_instantiate_writes_derivations_and_links_to_them() {
    let project = Project::new();
    project.write("project/default.nix", PACKAGES);
    let run = project.named("nix-instantiate", &[]);
    let names: Vec<&str> = run.out.lines().map(|line| &line[44..]).collect();
    assert_eq!(names, ["a.drv", "b.drv"], "{}", run.err);
    assert!(run.err.contains("you did not specify '--add-root'"));
    for line in run.out.lines() {
        assert!(project.physical(line).exists());
    }
    check(
        &project,
        "nix-instantiate",
        &["--add-root", "root", "--indirect", "-A", "hidden.c", "-A", "a"],
        "TOP/project/root\nTOP/project/root-2\n",
    );
    let run = project.named("nix-instantiate", &["-A", "nothing"]);
    assert_eq!(run.code, 1);
    assert!(
        run.err
            .contains("attribute 'nothing' in selection path 'nothing' not found"),
        "{}",
        run.err
    );
    let run = project.named("nix-instantiate", &["-E", "1"]);
    assert!(
        run.err
            .contains("does not evaluate to a derivation (or a set or list of those)"),
        "{}",
        run.err
    );
}

#[test]
fn nix_build_builds_and_links() {
    let project = Project::new();
    project.write("project/default.nix", PACKAGES);
    let run = project.named(
        "nix-build",
        &["-A", "below", "-A", "a", "--argstr", "suffix", "x"],
    );
    let names: Vec<&str> = run.out.lines().map(|line| &line[44..]).collect();
    assert_eq!(names, ["b", "ax"], "{}", run.err);
    assert!(
        run.err
            .contains("these 2 derivations will be built:\n  /nix/store/"),
        "{}",
        run.err
    );
    assert_eq!(project.read("project/result"), "b");
    assert_eq!(project.read("project/result-2"), "ax");
    let run = project.named("nix-build", &["-A", "hidden.c", "--dry-run"]);
    assert_eq!((run.code, run.out.as_str()), (0, ""));
    let run = project.named("nix-build", &["-A", "hidden.c", "-o", "other"]);
    assert_eq!(project.read("project/other"), "c", "{}", run.err);
    let drv = project.named("nix-instantiate", &["-A", "a"]).out;
    let built = project.named("nix-build", &["--no-out-link", drv.trim()]).out;
    assert!(built.ends_with("-a\n"), "{built}");
    let run = project.named(
        "nix-build",
        &[
            "-E",
            "derivation { name = \"x\"; system = \"builtin\"; builder = \"builtin:none\"; }",
        ],
    );
    assert_ne!(run.code, 0);
}

#[test]
fn nix_hash_hashes_and_converts() {
    let project = Project::new();
    project.write("project/file", "hello\n");
    let table: &[(&[&str], &str)] = &[
        (&["--flat", "file"], "b1946ac92492d2347c6235b4d2611184"),
        (
            &["--flat", "--type", "sha256", "--base32", "file"],
            "00xyyr3fi8l6hb839bv3f7yb86yjv7xi1cgh1xnhipym4asvb4aq",
        ),
        (
            &["--type", "sha256", "file"],
            "1c37d01af40be2e80691de3cc3df44377a699afbb17c68f080964b2fd071fc13",
        ),
        (
            &["--type", "sha256", "--truncate", "--base32", "file"],
            "zfd6jyip8kgw6br2w3bcgacxfkmbhjxd",
        ),
        (&["--sri", "file"], "md5-0+po6BC8f5KXAkwBuFhnng=="),
        (
            &[
                "--type",
                "sha1",
                "--to-base32",
                "f572d396fae9206628714fb2ce00f72e94f2258f",
            ],
            "iwjz551fyw0cxcjgf4l6c879zabd6wpm",
        ),
    ];
    for (arguments, expected) in table {
        check(&project, "nix-hash", arguments, &format!("{expected}\n"));
    }
}

#[test]
fn wrong_usage_is_told_as_nix_tells_it() {
    let project = Project::new();
    let run = project.named("nix-instantiate", &["--frobnicate"]);
    assert_eq!(run.code, 1);
    assert_eq!(
        run.err,
        "error: unrecognised flag '--frobnicate'\nTry 'nix-instantiate --help' for more information.\n"
    );
    let run = project.named("nix-build", &["-A"]);
    assert!(run.err.contains("flag '-A' requires an argument"), "{}", run.err);
    let missing = |name| {
        format!(
            "error: '{name}' is a command of Nix that hardpan does not have\nhint: '--help' lists the commands that there are\n"
        )
    };
    check_error(&project, "nix", &["develop", "-c", "true"], &missing("develop"));
    check_error(&project, "nix", &["flake", "archive"], &missing("archive"));
    let run = project.run(&["shell"]);
    assert_eq!((run.code, run.err), (2, missing("shell")));
}

#[test]
fn shells_are_told_what_to_complete() {
    let project = Project::new();
    for (shell, begins) in [("bash", "_hardpan()"), ("zsh", "#compdef hardpan"), ("fish", "#")] {
        let run = project.run(&["completions", shell]);
        assert_eq!(run.code, 0, "{}", run.err);
        assert!(run.out.starts_with(begins), "{}", run.out);
        assert!(run.out.contains("why-depends"));
    }
}

#[test]
fn nix_store_realises_and_answers() {
    let project = Project::new();
    project.write("project/default.nix", PACKAGES);
    let drv = project.named("nix-instantiate", &["-A", "a"]).out;
    let drv = drv.trim();
    let built = project.named("nix-store", &["--realise", drv]);
    let out = built.out.trim().to_owned();
    assert!(out.ends_with("-a"), "{}", built.err);
    let table: &[(&[&str], &str)] = &[
        (&["-q", "--outputs", drv], &out),
        (&["-q", "--deriver", &out], drv),
        (&["-q", "--deriver", drv], "unknown-deriver"),
        (&["-q", "--size", &out], "120"),
        (&["-q", "-R", drv], drv),
        (&["-qR", "--include-outputs", drv], &format!("{out}\n{drv}")),
        (&["-q", "--binding", "name", drv], "a"),
        (&["-q", "--tree", &out], &out),
        (&["--verify-path", &out], ""),
        (&["--verify", "--check-contents"], ""),
    ];
    for (arguments, expected) in table {
        let expected = match *expected {
            "" => String::new(),
            lines => format!("{lines}\n"),
        };
        check(&project, "nix-store", arguments, &expected);
    }
    let graph = project.named("nix-store", &["-q", "--graph", &out]).out;
    assert!(
        graph.contains("[label = \"a\", shape = box, style = filled"),
        "{graph}"
    );
    let described = project.named("nix-store", &["--dump-db", &out]).out;
    assert_eq!(described.lines().nth(3), Some(drv));
}

#[test]
fn what_one_store_exports_another_imports() {
    let project = Project::new();
    project.write("project/tree/file", "content");
    let path = project.named("nix-store", &["--add", "tree"]).out;
    let path = path.trim();
    let mut export = project.command(&["--export", path]);
    export
        .arg0("nix-store")
        .env("HARDPAN_STORE", project.path("home/.local/share/hardpan"));
    let exported = export.output().expect("the command starts").stdout;
    std::fs::write(project.path("project/exported"), exported).expect("files can be written");
    let mut import = project.command(&["--import"]);
    import
        .arg0("nix-store")
        .env("HARDPAN_STORE", project.path("other"));
    import.stdin(std::fs::File::open(project.path("project/exported")).expect("it was written"));
    let imported = import.output().expect("the command starts");
    assert_eq!(String::from_utf8_lossy(&imported.stdout), format!("{path}\n"));
    let copy = project.path("other").join(&path[1..]).join("file");
    assert_eq!(std::fs::read_to_string(copy).expect("it was imported"), "content");
}

#[test]
fn nix_evaluates_purely_and_prints_everything() {
    let project = Project::new();
    let table: &[(&[&str], &str)] = &[
        (&["--version"], "nix (Nix) 2.34.8\n"),
        (&["eval", "--expr", "[ (1 + 1) ]"], "[ 2 ]\n"),
        (&["eval", "--expr", "x: x"], "«lambda @ «string»:1:1»\n"),
        (&["eval", "--expr", "builtins ? currentSystem"], "false\n"),
        (
            &["eval", "--impure", "--expr", "builtins ? currentSystem"],
            "true\n",
        ),
        (
            &[
                "eval",
                "--no-sandbox",
                "--substituters",
                "",
                "--raw",
                "--expr",
                "\"a\"",
            ],
            "a",
        ),
        (
            &[
                "hash",
                "convert",
                "--hash-algo",
                "sha1",
                "--to",
                "nix32",
                "f572d396fae9206628714fb2ce00f72e94f2258f",
            ],
            "iwjz551fyw0cxcjgf4l6c879zabd6wpm\n",
        ),
    ];
    for (arguments, expected) in table {
        check(&project, "nix", arguments, expected);
    }
}

#[test]
fn archives_are_made_listed_and_read() {
    let project = Project::new();
    project.write("project/tree/sub/file", "content");
    let packed = project
        .command(&["nar", "pack", "tree"])
        .output()
        .expect("the command starts");
    std::fs::write(project.path("project/a.nar"), packed.stdout).expect("files can be written");
    assert_eq!(
        project.succeed(&["nar", "ls", "-R", "a.nar", "/"]),
        "./sub\n./sub/file\n"
    );
    assert_eq!(
        project.succeed(&["nar", "ls", "--json", "-R", "a.nar", "/sub"]),
        "{\"entries\":{\"file\":{\"size\":7,\"type\":\"regular\"}},\"type\":\"directory\"}\n"
    );
    assert_eq!(project.succeed(&["nar", "cat", "a.nar", "sub/file"]), "content");
    project.fail(
        &["nar", "cat", "a.nar", "none"],
        1,
        &["'none' is not in the archive"],
    );
}

/// Checks what a program of Nix says on standard error when it fails.
#[track_caller]
fn check_error(project: &Project, program: &str, arguments: &[&str], expected: &str) {
    let run = project.named(program, arguments);
    assert_eq!(run.code, 1, "{program} {arguments:?}\n{}{}", run.out, run.err);
    assert_eq!(run.err, expected, "{program} {arguments:?}");
}

#[test]
fn errors_are_laid_out_as_nix_does_it() {
    let project = Project::new();
    project.write(
        "project/f.nix",
        "let\n  f = x: x + \"a\";\n  y = { a = f 1; };\nin\n  y.a\n",
    );
    let failed = "error: cannot add a string to an integer\n       at TOP/project/f.nix:2:14:\n            1| let\n            \
         2|   f = x: x + \"a\";\n             |              ^\n            3|   y = { a = f 1; };\n";
    let attribute = "error:\n       … while evaluating the attribute 'a'\n         at TOP/project/f.nix:3:9:\n            \
         2|   f = x: x + \"a\";\n            3|   y = { a = f 1; };\n             |         ^\n            4| in\n\n";
    let calls = "       … from call site\n         at TOP/project/f.nix:3:13:\n            2|   f = x: x + \"a\";\n            \
         3|   y = { a = f 1; };\n             |             ^\n            4| in\n\n       … while calling 'f'\n         \
         at TOP/project/f.nix:2:7:\n            1| let\n            2|   f = x: x + \"a\";\n             |       \
         ^\n            3|   y = { a = f 1; };\n\n";
    let whole = format!("{attribute}       {failed}");
    check_error(&project, "nix-instantiate", &["--eval", "f.nix"], &whole);
    let with_calls = format!("{attribute}{calls}       {failed}");
    check_error(
        &project,
        "nix-instantiate",
        &["--eval", "--show-trace", "f.nix"],
        &with_calls,
    );
    let simple = "error: undefined variable 'qqqqqq'\n       at «string»:1:1:\n            1| qqqqqq\n             | ^\n";
    check_error(&project, "nix-instantiate", &["--eval", "-E", "qqqqqq"], simple);
    check_error(&project, "nix", &["eval", "--expr", "qqqqqq"], simple);
    check_error(
        &project,
        "nix-instantiate",
        &["--eval", "-E", "{ abc = 1; }.abd"],
        "error: attribute 'abd' missing\n       at «string»:1:1:\n            1| { abc = 1; }.abd\n             | ^\n       \
         Did you mean abc?\n",
    );
    check_error(
        &project,
        "nix-instantiate",
        &["--eval", "-E", "throw ''a\n  b''"],
        "error:\n       … while calling the 'throw' builtin\n         at «string»:1:1:\n            1| throw \
         ''a\n             | ^\n            2|   b''\n\n       error: a\n         b\n",
    );
    let run = project.named(
        "nix-instantiate",
        &["--eval", "-E", "--strict", "{ a.b.c.d.e.f.g = throw \"no\"; }"],
    );
    let end =
        "(stack trace truncated; use '--show-trace' to show the full, detailed trace)\n\n       error: no\n";
    assert!(run.err.ends_with(end), "{}", run.err);
}
