//! Bad input: the first line says what and where, the last one what to do, and nothing is changed.

use crate::project::Project;

/// Checks exit code and what is said when evaluating `.#a` of a flake with these outputs.
#[track_caller]
fn check(outputs: &str, code: i32, expected: &[&str]) {
    let project = Project::with_flake(&format!("{{ outputs = {{ self }}: {{\n  {outputs}\n}}; }}"));
    project.fail(&["eval", ".#a"], code, expected);
}

#[test]
fn evaluation_errors_name_the_users_own_file() {
    check(
        "a = 1 +;",
        1,
        &["error: ", "syntax error", "at TOP/project/flake.nix:2:"],
    );
    check(
        "a = undefined;",
        1,
        &[
            "error: undefined variable 'undefined', at TOP/project/flake.nix:2:7",
            "  2 |   a = undefined;\n    |       ^",
        ],
    );
    check(
        "a = throw \"no\\nway\";",
        1,
        &["error: no, at TOP/project/flake.nix:2:", "  way"],
    );
    check(
        "a = { x.y = 1; }.x.z;",
        1,
        &["'z' missing", "at TOP/project/flake.nix:2:"],
    );
    check(
        "a = builtins.addErrorContext \"while counting\" (throw \"no\");",
        1,
        &["error: no, at", "\n  … while counting\n"],
    );
    check("a = let x = x; in x;", 1, &["infinite recursion"]);
    check("a = let f = n: 1 + f n; in f 1;", 1, &["error: "]);
    check("a = import ./none.nix;", 1, &["none.nix", "does not exist"]);
    check("b = 1; ab = 2;", 1, &["does not provide attribute", "'a'"]);
    check("aa = 1;", 1, &["hint: did you mean 'aa'?"]);
}

#[test]
fn flakes_that_are_none_are_refused() {
    let project = Project::new();
    project.fail(&["build"], 1, &["is not part of a flake", "hint: 'hardpan init"]);
    let table = [
        ("{", "syntax error"),
        ("1", "must be an attribute set"),
        ("{ }", "lacks attribute 'outputs'"),
        ("{ outputs = 1; }", "must be a function"),
        ("{ outputs = _: 1; }", "not an attribute set"),
        ("{ outputs = _: { }; x = 1; }", "unsupported attribute 'x'"),
        ("{ inputs.a.url = 1; outputs = _: { }; }", "'url' is not a string"),
        (
            "{ inputs.a.url = \"path:TOP/none\"; outputs = _: { }; }",
            "TOP/none",
        ),
        (
            "{ inputs.a.url = \"unknown\"; outputs = _: { }; }",
            "cannot find flake 'unknown'",
        ),
    ];
    for (flake, expected) in table {
        project.write("project/flake.nix", flake);
        project.fail(&["eval", ".#a"], 1, &["error: ", expected]);
        assert!(!project.path("project/flake.lock").exists(), "{flake}");
    }
    project.write("project/flake.nix", "{ outputs = _: { }; }");
    project.write("project/flake.lock", "{ \"version\": 7");
    project.fail(
        &["eval", ".#a"],
        1,
        &["lock file", "cannot be read", "hint: restore the file"],
    );
}

#[test]
fn usage_errors_end_with_two() {
    let project = Project::with_flake("{ outputs = _: { a = 1; }; }");
    project.fail(&["nonsense"], 2, &["nonsense"]);
    project.fail(&["build", "--nonsense"], 2, &["--nonsense"]);
    project.fail(&["eval", ".#a."], 2, &["empty attribute name"]);
    project.fail(&["eval", "github:o#a"], 2, &["not a valid flake reference"]);
    assert_eq!(project.run(&[]).code, 2);
    assert_eq!(project.run(&["--help"]).code, 0);
    assert!(project.succeed(&["--version"]).starts_with("hardpan 0."));
}

#[test]
fn a_store_of_another_schema_is_left_alone() {
    let project = Project::with_flake("{ outputs = _: { a = 1; }; }");
    project.write("home/.local/share/hardpan/nix/var/nix/db/schema", "9");
    project.fail(&["eval", ".#a"], 1, &["has schema 9", "hint: use '--store'"]);
}

#[test]
fn a_new_project_overwrites_nothing() {
    let project = Project::new();
    project.succeed(&["init", "new"]);
    let flake = project.read("project/new/flake.nix");
    assert!(flake.contains("hardpan"), "{flake}");
    project.fail(&["init", "new"], 1, &["is there already", "hint: "]);
    project.fail(
        &["init", "other", "--template", "none"],
        1,
        &["no template 'none'", "hint: there are default"],
    );
    assert_eq!(project.read("project/new/flake.nix"), flake);
}

#[test]
fn nothing_in_the_network_is_reached_when_offline() {
    for url in ["http://127.0.0.1:9/a.tar.gz", "git+http://127.0.0.1:9/a"] {
        let project = Project::with_flake(&format!(
            "{{ inputs.a.url = \"{url}\"; outputs = {{ self, a }}: {{ value = 1; }}; }}"
        ));
        project.fail(
            &["eval", ".#value", "--offline"],
            1,
            &[
                "127.0.0.1:9/a",
                "'--offline' is set",
                "hint: run it once without '--offline'",
            ],
        );
    }
    let project = Project::with_flake("{ outputs = { self }: { value = 1; }; }");
    assert_eq!(project.succeed(&["eval", ".#value", "--offline"]), "1\n");
}
