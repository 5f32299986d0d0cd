//! `hardpan build`: results, links and what is said about them.

use crate::project::{Project, WRITE};

fn project() -> Project {
    Project::with_flake(&format!(
        r#"{{ outputs = {{ self }}: let {WRITE} in {{
          packages.x86_64-linux = {{
            default = write "default" "hello";
            two = write "two" (toString self.packages.x86_64-linux.default);
            wrong = derivation {{
              name = "wrong"; system = "builtin"; builder = "builtin:fetchurl"; url = "file://TOP/file";
              outputHashMode = "flat"; outputHashAlgo = "sha256"; outputHash = "";
            }};
            broken = derivation {{ name = "broken"; system = "builtin"; builder = "builtin:hardpan-object-v2"; }};
          }};
          notADerivation = {{ }};
        }}; }}"#
    ))
}

#[test]
fn the_result_is_linked_and_its_path_printed_last() {
    let project = project();
    let run = project.run(&["build"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let path = project.plain(
        &std::fs::read_link(project.path("project/result"))
            .expect("there is a link")
            .to_string_lossy(),
    );
    assert_eq!(run.out, format!("{path}\n"));
    assert!(
        path.starts_with("TOP/home/.local/share/hardpan/nix/store/"),
        "{path}"
    );
    assert_eq!(project.read("project/result"), "hello");
    assert!(run.err.contains("[1/1] built default ("), "{}", run.err);
    assert!(
        run.err.contains("built packages.x86_64-linux.default (5 B)"),
        "{}",
        run.err
    );
    assert!(run.err.contains("time: "), "{}", run.err);
    let again = project.run(&["build", "--print-out-paths", "--no-link"]);
    assert_eq!(again.out, run.out);
    assert!(
        !again.err.contains("[1/1]"),
        "nothing is built twice: {}",
        again.err
    );
}

#[test]
fn several_results_get_links_of_their_own() {
    let project = project();
    project.succeed(&["build", ".#two", ".#default", "-o", "out"]);
    assert!(project.read("project/out").starts_with("/nix/store/"));
    assert_eq!(project.read("project/out-1"), "hello");
    assert!(!project.path("project/result").exists());
}

#[test]
fn machines_read_json() {
    let project = project();
    let run = project.run(&["build", ".#two", "--json"]);
    let built: serde_json::Value = serde_json::from_str(&run.out).expect("it is JSON");
    let out = built[0]["outputs"]["out"].as_str().expect("there is an output");
    assert!(out.starts_with("/nix/store/") && out.ends_with("-two"), "{out}");
    assert!(
        built[0]["drvPath"]
            .as_str()
            .is_some_and(|path| path.ends_with("-two.drv"))
    );
    for line in run.err.lines() {
        let event: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
        assert!(event["event"].is_string(), "{line}");
    }
}

#[test]
fn a_dry_run_does_nothing() {
    let project = project();
    let plan = project.succeed(&["build", ".#two", "--dry-run"]);
    assert_eq!(plan.lines().count(), 2, "{plan}");
    assert!(
        plan.lines().all(|line| line.starts_with("build /nix/store/")),
        "{plan}"
    );
    assert!(!project.path("project/result").exists());
    project.succeed(&["build", ".#two"]);
    assert!(
        project
            .succeed(&["build", ".#two", "--dry-run"])
            .starts_with("have  /nix/store/")
    );
}

#[test]
fn building_again_compares() {
    let project = project();
    project.succeed(&["build", ".#two"]);
    project.succeed(&["build", ".#two", "--rebuild"]);
}

#[test]
fn failures_have_the_exit_codes_of_nix_and_leave_no_link() {
    let project = project();
    project.write("file", "content");
    project.fail(&["build", "--impure", ".#wrong"], 102, &["error: ", "hint: "]);
    project.fail(&["build", ".#broken"], 100, &["builder of '/nix/store/", "'deb'"]);
    project.fail(
        &["build", ".#notADerivation"],
        1,
        &["error: '.#notADerivation' is a set, not a derivation"],
    );
    assert!(!project.path("project/result").exists());
}

#[test]
fn a_file_in_the_place_of_the_link_stays() {
    let project = project();
    project.write("project/result", "mine");
    project.fail(&["build"], 1, &["cannot replace by a link 'TOP/project/result'"]);
    assert_eq!(project.read("project/result"), "mine");
}

#[test]
fn derivations_are_shown_as_json() {
    let project = project();
    let shown = project.succeed(&["derivation", "show", ".#two", "--recursive"]);
    let shown: serde_json::Value = serde_json::from_str(&shown).expect("it is JSON");
    let derivations = shown["derivations"].as_object().expect("they stand by path");
    assert_eq!(derivations.len(), 2);
    assert!(
        derivations
            .values()
            .all(|derivation| derivation["builder"] == "builtin:hardpan-write-v1")
    );
}

#[test]
fn a_chain_of_references_says_why() {
    let project = project();
    let run = project.succeed(&["why-depends", ".#two", ".#default"]);
    let lines: Vec<&str> = run.lines().collect();
    assert!(
        lines[0].ends_with("-two") && lines[1].starts_with("└───") && lines[1].ends_with("-default"),
        "{run}"
    );
    assert_eq!(project.succeed(&["why-depends", ".#two", "default"]), run);
    project.fail(&["why-depends", ".#default", ".#two"], 1, &["does not depend on"]);
    let derivations = project.succeed(&["why-depends", "--derivation", ".#two", "default"]);
    assert!(
        derivations.lines().all(|line| line.ends_with(".drv")),
        "{derivations}"
    );
}

#[test]
fn a_program_finds_a_shell_as_it_does_under_nix() {
    let project = Project::new();
    let code = r#"derivation { name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; place = builtins.placeholder "out";
        args = [ "-c" "echo says; echo $place $NIX_BUILD_TOP > $out" ]; }"#;
    project.succeed(&["build", "--expr", code, "-o", "x"]);
    let path = project.succeed(&["path-info", "./x"]);
    let path = path.trim();
    let text = std::fs::read_to_string(project.physical(path)).expect("it was built");
    assert_eq!(text, format!("{path} /build\n"));
    assert_eq!(project.succeed(&["log", path]), "says\n");
    let run = project.run(&["build", "--expr", code, "--no-link", "--rebuild"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let fickle = r#"derivation { name = "y"; system = "x86_64-linux"; builder = "/bin/sh";
        args = [ "-c" "read id < /proc/sys/kernel/random/uuid; echo $id > $out" ]; }"#;
    project.succeed(&["build", "--expr", fickle, "--no-link"]);
    project.fail(
        &["build", "--expr", fickle, "--no-link", "--rebuild"],
        104,
        &["may not be deterministic"],
    );
}
