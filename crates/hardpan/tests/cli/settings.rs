//! Settings of `nix.conf`: each has its effect, or says that it has none.

use std::os::unix::process::CommandExt as _;

use crate::project::Project;

/// A flake whose builds show what they see.
const FLAKE: &str = r#"
{
  nixConfig.extra-substituters = "https://flake.example";
  nixConfig.bash-prompt = "$ ";
  outputs = { self }: let
    shell = name: more: script: derivation ({
      inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" script ];
    } // more);
    sees = "if [ -e /etc/os-release ]; then echo machine > $out; else echo sandbox > $out; fi";
  in {
    plain = shell "plain" { } sees;
    outside = shell "outside" { __noChroot = true; } sees;
    foreign = shell "foreign" { system = "made-up-linux"; } "echo > $out";
    loud = shell "loud" { } "for line in 1 2 3 4 5 6 7 8; do echo line $line; done; exit 1";
    warned = builtins.warn "careful" "value";
  };
}
"#;

fn project() -> Project {
    let project = Project::new();
    project.write("project/flake.nix", FLAKE);
    project
}

/// What was built, with `options` set.
#[track_caller]
fn built(project: &Project, attribute: &str, options: &[&str]) -> String {
    let mut arguments = vec!["build", attribute, "--no-link", "--print-out-paths"];
    arguments.extend(options);
    let path = project.succeed(&arguments);
    project.read(path.trim().trim_start_matches("TOP/"))
}

#[test]
fn the_sandbox_is_as_open_as_the_setting_says() {
    let table: &[(&str, &[&str], &str)] = &[
        (".#plain", &[], "sandbox\n"),
        (".#plain", &["--option", "sandbox", "false"], "machine\n"),
        (".#plain", &["--option", "sandbox", "relaxed"], "sandbox\n"),
        (".#outside", &["--option", "sandbox", "relaxed"], "machine\n"),
    ];
    for (attribute, options, expected) in table {
        assert_eq!(
            built(&project(), attribute, options),
            *expected,
            "{attribute} {options:?}"
        );
    }
    project().fail(
        &["build", ".#outside"],
        100,
        &["'__noChroot' set, but that is not allowed when the setting 'sandbox' is 'true'"],
    );
}

#[test]
fn builds_are_for_the_platforms_that_the_settings_name() {
    let project = project();
    project.fail(&["build", ".#foreign"], 1, &["'made-up-linux'"]);
    built(
        &project,
        ".#foreign",
        &["--option", "extra-platforms", "made-up-linux"],
    );
}

#[test]
fn as_many_lines_of_a_log_are_shown_as_asked_for() {
    let run = project().run(&["build", ".#loud", "--option", "log-lines", "2"]);
    assert!(
        run.err.contains("line 7") && run.err.contains("line 8"),
        "{}",
        run.err
    );
    assert!(!run.err.contains("line 6"), "{}", run.err);
}

#[test]
fn what_is_built_is_signed_and_the_hook_hears_of_it() {
    let project = project();
    let key = project.succeed(&["key", "generate-secret", "--key-name", "test-1"]);
    project.write("project/key", &key);
    project.write(
        "project/hook",
        "#!/bin/sh\necho \"$DRV_PATH $OUT_PATHS\" > \"$(dirname \"$0\")/heard\"\n",
    );
    project.make_executable("project/hook");
    let hook = project.path("project/hook").display().to_string();
    let key = project.path("project/key").display().to_string();
    let options = [
        "--option",
        "secret-key-files",
        &key,
        "--option",
        "post-build-hook",
        &hook,
    ];
    built(&project, ".#plain", &options);
    let heard = std::fs::read_to_string(project.path("project/heard")).expect("the hook was run");
    let words: Vec<&str> = heard.split_whitespace().collect();
    assert!(
        matches!(words[..], [derivation, output] if derivation.ends_with("-plain.drv") && output.ends_with("-plain")),
        "{heard}"
    );
    let info = project.succeed(&["path-info", "--json", words[1]]);
    assert!(info.contains("test-1:"), "{info}");
}

#[test]
fn a_hook_that_fails_fails_the_build() {
    project().fail(
        &[
            "build",
            ".#plain",
            "--option",
            "post-build-hook",
            "/nonexistent/hook",
        ],
        100,
        &["cannot run post-build-hook '/nonexistent/hook'"],
    );
}

#[test]
fn a_warning_ends_evaluation_where_that_is_wanted() {
    let project = project();
    assert_eq!(project.succeed(&["eval", "--raw", ".#warned"]), "value");
    project.fail(
        &["eval", "--raw", ".#warned", "--option", "abort-on-warn", "true"],
        1,
        &["careful", "abort-on-warn"],
    );
}

#[test]
fn what_cannot_be_followed_is_said() {
    let project = project();
    let table: &[(&[&str], i32, &[&str])] = &[
        (
            &["eval", "--expr", "1", "--option", "builders", "ssh://other"],
            2,
            &[
                "'ssh://other' is not possible for the setting 'builders'",
                "copy --from",
            ],
        ),
        (
            &["eval", "--expr", "1", "--option", "max-jobs", "0"],
            2,
            &["builds run on this machine only"],
        ),
        (
            &["eval", "--expr", "1", "--option", "sandbox", "perhaps"],
            2,
            &["option 'sandbox' has invalid value 'perhaps'"],
        ),
    ];
    for (arguments, code, expected) in table {
        project.fail(arguments, *code, expected);
    }
    let run = project.run(&["eval", "--expr", "1", "--option", "sandbx", "true"]);
    assert_eq!((run.code, run.out.as_str()), (0, "1\n"), "{}", run.err);
    assert!(
        run.err.contains("warning: unknown setting 'sandbx'"),
        "{}",
        run.err
    );
}

#[test]
fn a_flakes_own_settings_need_the_users_word() {
    let project = project();
    let run = project.run(&["eval", "--raw", ".#warned"]);
    let expected = "ignoring untrusted flake configuration setting 'extra-substituters'";
    assert!(
        run.err.contains(expected) && !run.err.contains("bash-prompt"),
        "{}",
        run.err
    );
    let run = project.run(&[
        "eval",
        "--raw",
        ".#warned",
        "--option",
        "accept-flake-config",
        "true",
    ]);
    assert!(!run.err.contains(expected), "{}", run.err);
    // What the warning says can be typed.
    let run = project.run(&["eval", "--raw", ".#warned", "--accept-flake-config"]);
    assert_eq!((run.code, run.err.contains(expected)), (0, false), "{}", run.err);
}

#[test]
fn no_store_is_silently_another_one() {
    let project = Project::new();
    project.write("project/f.nix", "builtins.toFile \"a\" \"content\"");
    let evaluate = ["--eval", "--read-write-mode", "f.nix"];
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("NIX_REMOTE", "daemon")], "cannot use the store 'daemon'"),
        (&[("NIX_REMOTE", "unix:///run/nix")], "asks no daemon"),
        (&[("NIX_REMOTE", "ssh-ng://other")], "hardpan copy --to"),
        (
            &[("NIX_REMOTE", "local?root=/a&state=/b")],
            "'state' cannot be chosen",
        ),
        (&[("NIX_STORE_DIR", "/other/store")], "unset it and name the root"),
    ];
    for (variables, expected) in table {
        let mut command = project.command(&evaluate);
        command.arg0("nix-instantiate").envs(variables.iter().copied());
        let run = project.outcome(&mut command);
        assert_eq!(run.code, 1, "{variables:?}\n{}{}", run.out, run.err);
        assert!(run.err.contains(expected), "{variables:?}\n{}", run.err);
    }
    let mut command = project.command(&evaluate);
    command
        .arg0("nix-instantiate")
        .env("NIX_REMOTE", "dummy://")
        .env("TMPDIR", project.path("project"));
    let run = project.outcome(&mut command);
    assert_eq!(run.code, 0, "{}", run.err);
    let left = std::fs::read_dir(project.path("project")).expect("it is there");
    assert_eq!(left.count(), 1, "only the file is left");

    let mut command = project.command(&["eval", "--expr", "1"]);
    let run = project.outcome(command.env("NIX_REMOTE", "daemon"));
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.err.contains("NIX_REMOTE is 'daemon'"), "{}", run.err);
}
