//! Lock files: when they are written, and what is used.

use crate::project::Project;

const FLAKE: &str = r#"{
  inputs.a.url = "path:TOP/a";
  outputs = { self, a }: { value = a.value; };
}"#;

fn project() -> Project {
    let project = Project::with_flake(FLAKE);
    project.write("a/flake.nix", "{ outputs = { self }: { value = 1; }; }");
    project.write("b/flake.nix", "{ outputs = { self }: { value = 2; }; }");
    project
}

#[test]
fn a_missing_lock_file_is_made_and_told_of() {
    let project = project();
    let run = project.run(&["eval", ".#value"]);
    assert_eq!((run.code, run.out.as_str()), (0, "1\n"));
    assert!(
        run.err.starts_with(
            "creating lock file 'TOP/project/flake.lock':\n• Added input 'a':\n    'path:TOP/a?"
        ),
        "{}",
        run.err
    );
    assert!(project.read("project/flake.lock").contains("\"version\": 7\n"));
    let again = project.run(&["eval", ".#value"]);
    assert_eq!((again.out.as_str(), again.err.as_str()), ("1\n", ""));
}

#[test]
fn an_empty_lock_file_is_as_good_as_none() {
    let project = project();
    project.write("project/flake.lock", "");
    let run = project.run(&["eval", ".#value"]);
    assert_eq!((run.code, run.out.as_str()), (0, "1\n"), "{}", run.err);
    assert!(run.err.contains("• Added input 'a':"), "{}", run.err);
    assert!(project.read("project/flake.lock").contains("\"version\": 7\n"));
}

#[test]
fn a_store_in_the_folder_of_the_flake_is_no_part_of_it() {
    let project = Project::with_flake(
        "{ outputs = { self }: { files = builtins.readDir \"${self}/store\"; a = self.narHash; }; }",
    );
    project.write("project/store/mine", "");
    let evaluate = |attribute| project.succeed(&["eval", attribute, "--store", "store"]);
    let (before, files) = (evaluate(".#a"), evaluate(".#files"));
    assert_eq!(evaluate(".#a"), before);
    assert!(files.contains("mine = \"regular\""), "{files}");
    assert!(!files.contains("var"), "{files}");
}

#[test]
fn a_lock_holds_until_it_is_updated() {
    let project = project();
    project.succeed(&["flake", "lock"]);
    project.write("a/flake.nix", "{ outputs = { self }: { value = 10; }; }");
    assert_eq!(project.succeed(&["eval", ".#value"]), "1\n");
    let run = project.run(&["flake", "update", "a"]);
    assert!(
        run.err.contains("• Updated input 'a':\n    'path:TOP/a?"),
        "{}",
        run.err
    );
    assert_eq!(project.succeed(&["eval", ".#value"]), "10\n");
}

#[test]
fn overridden_inputs_are_used_and_not_written() {
    let project = project();
    project.succeed(&["flake", "lock"]);
    let before = project.read("project/flake.lock");
    let run = project.run(&["eval", ".#value", "--override-input", "a", "path:../b"]);
    assert_eq!((run.code, run.out.as_str()), (0, "2\n"), "{}", run.err);
    assert!(run.err.contains("not writing modified lock file"), "{}", run.err);
    assert_eq!(project.read("project/flake.lock"), before);
    project.succeed(&["flake", "lock", "--override-input", "a", "path:../b"]);
    assert_eq!(project.succeed(&["eval", ".#value"]), "2\n");
}

#[test]
fn a_lock_that_must_not_change_stops_everything() {
    let project = project();
    project.fail(
        &["eval", ".#value", "--no-update-lock-file"],
        1,
        &["hint: 'hardpan flake lock"],
    );
    assert!(!project.path("project/flake.lock").exists());
    assert_eq!(
        project.succeed(&["eval", ".#value", "--no-write-lock-file"]),
        "1\n"
    );
    assert!(!project.path("project/flake.lock").exists());
}

#[test]
fn a_new_lock_file_in_a_git_work_tree_is_known_to_git() {
    let project = project();
    let folder = project.path("project");
    project.git(&folder, &["init", "--quiet"]);
    project.fail(&["eval", ".#value"], 1, &["is not known to git"]);
    project.git(&folder, &["add", "flake.nix"]);
    let run = project.run(&["eval", ".#value"]);
    assert_eq!((run.code, run.out.as_str()), (0, "1\n"), "{}", run.err);
    assert_eq!(run.err.matches("is dirty").count(), 1, "{}", run.err);
    project.git(&folder, &["add", "--all"]);
    project.git(&folder, &["commit", "--quiet", "-m", "one"]);
    assert_eq!(project.run(&["eval", ".#value"]).err, "");
    assert!(
        project
            .succeed(&["flake", "metadata", "--json"])
            .contains("\"revCount\":1")
    );
}

#[test]
fn what_inputs_are_locked_to_is_shown() {
    let project = project();
    let shown = project.succeed(&["flake", "metadata"]);
    assert!(shown.starts_with("Resolved URL:  path:TOP/project\n"), "{shown}");
    assert!(shown.contains("Inputs:\n└───a: path:TOP/a?"), "{shown}");
    let outputs = project.succeed(&["flake", "show"]);
    assert!(outputs.ends_with("└───value: an integer\n"), "{outputs}");
    assert_eq!(
        project.succeed(&["flake", "show", "--json"]),
        "{\"value\":{\"type\":\"value\"}}\n"
    );
}

#[test]
fn checking_a_flake_evaluates_it_and_lists_what_has_no_effect() {
    let project = Project::with_flake(&format!(
        r#"{{ outputs = _: let {} in {{
          packages.x86_64-linux.p = write "p" "";
          checks.x86_64-linux.c = write "c" "";
          nixosConfigurations.m.config = {{
            system.build.toplevel = write "m" "";
            hardpan.report.noMeaning = [ {{ option = "nix.gc"; reason = "no store"; at = [ "x:1" ]; }} ];
          }};
        }}; }}"#,
        crate::project::WRITE
    ));
    for command in [&["flake", "check"][..], &["check"]] {
        let run = project.run(command);
        assert_eq!(run.code, 0, "{}", run.err);
        assert_eq!(
            run.out,
            "nixosConfigurations.m sets what has no effect on an image:\n  nix.gc: no store, at x:1\n"
        );
        assert!(
            run.err.ends_with("3 outputs evaluated, 1 checks built\n"),
            "{}",
            run.err
        );
    }
    let run = project.run(&["check", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&run.out).expect("JSON");
    assert_eq!(said["evaluated"].as_array().map(Vec::len), Some(3), "{}", run.out);
    assert_eq!(
        said["withoutEffect"]["nixosConfigurations.m"],
        serde_json::json!([{ "option": "nix.gc", "reason": "no store", "at": ["x:1"] }])
    );
    let built = said["built"][0].as_str().unwrap_or_default();
    assert!(built.ends_with("-c.drv"), "{}", run.out);
}
