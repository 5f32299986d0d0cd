//! `hardpan eval`: values as text.

use crate::project::Project;

const FLAKE: &str = r#"{
  outputs = { self }: {
    number = 42;
    text = "a\nb";
    nested."with.dot" = [ 1 2.5 true null { x = "y"; } ];
    function = { a, b ? 1 }: a;
    packages.x86_64-linux = { default = "the default"; p = "a package"; };
    legacyPackages.x86_64-linux.l = "a legacy package";
    loop = let x = x; in x;
    pure = builtins ? currentSystem;
    impure = builtins.getEnv "HOME";
  };
}"#;

/// Checks what `eval` prints for an installable of the flake.
#[track_caller]
fn check(project: &Project, arguments: &[&str], expected: &str) {
    let arguments = [&["eval"], arguments].concat();
    assert_eq!(project.succeed(&arguments), expected, "{arguments:?}");
}

#[test]
fn values_of_flakes_are_printed_in_the_form_asked_for() {
    let project = Project::with_flake(FLAKE);
    check(&project, &[".#number"], "42\n");
    check(&project, &[], "\"the default\"\n");
    check(&project, &[".#p"], "\"a package\"\n");
    check(&project, &[".#l"], "\"a legacy package\"\n");
    check(&project, &[".#.number"], "42\n");
    check(&project, &[".#text"], "\"a\\nb\"\n");
    check(&project, &[".#text", "--raw"], "a\nb");
    check(
        &project,
        &[".#nested"],
        "{ \"with.dot\" = [ 1 2.5 true null { x = \"y\"; } ]; }\n",
    );
    check(&project, &[".#nested.\"with.dot\".4.x"], "\"y\"\n");
    check(
        &project,
        &[".#nested", "--json"],
        "{\"with.dot\":[1,2.5,true,null,{\"x\":\"y\"}]}\n",
    );
    check(&project, &[".#number", "--apply", "n: n + 1"], "43\n");
    check(&project, &["path:.#number"], "42\n");
}

#[test]
fn flakes_are_pure_unless_asked_otherwise() {
    let project = Project::with_flake(FLAKE);
    check(&project, &[".#impure"], "\"\"\n");
    check(&project, &[".#pure"], "false\n");
    check(&project, &[".#pure", "--impure"], "true\n");
    let run = project.run(&["eval", ".#impure", "--impure"]);
    assert_eq!(run.out, "\"TOP/home\"\n");
    project.write(
        "project/flake.nix",
        "{ outputs = _: { a = builtins.readFile /etc/hostname; }; }",
    );
    project.fail(
        &["eval", ".#a"],
        1,
        &["forbidden in pure evaluation mode", "flake.nix:1:"],
    );
}

#[test]
fn files_and_expressions_are_evaluated_with_arguments() {
    let project = Project::new();
    project.write(
        "project/default.nix",
        "{ a ? 1, b }: { sum = a + b; text = ./x; }",
    );
    check(&project, &["--expr", "1 + 1"], "2\n");
    check(
        &project,
        &["--expr", "[ (builtins.length [ 1 ]) ]"],
        "[ <CODE> ]\n",
    );
    check(&project, &["--expr", "[ (1 + 1) ]", "--strict"], "[ 2 ]\n");
    check(&project, &["--expr", "import ./. { b = 2; }", "sum"], "3\n");
    check(&project, &["-f", ".", "--arg", "b", "4", "-A", "sum"], "5\n");
    check(
        &project,
        &[
            "--file",
            "default.nix",
            "--argstr",
            "b",
            "x",
            "--arg",
            "a",
            "\"y\"",
            "sum",
        ],
        "\"yx\"\n",
    );
    project.fail(
        &["eval", "-f", ".", "sum"],
        1,
        &["argument without a value ('b')"],
    );
}

#[test]
fn inputs_with_all_that_flakes_say_about_themselves() {
    let project = Project::with_flake(
        r#"{ inputs.b.url = "path:TOP/b"; outputs = { self, b }: {
          own = self.outPath == toString ./.;
          names = builtins.attrNames b;
          inherit (b) value;
          inherited = b.inputs.self or "none";
        }; }"#,
    );
    project.write(
        "b/flake.nix",
        "{ outputs = { self }: { value = self.narHash != \"\"; }; }",
    );
    check(&project, &[".#own"], "true\n");
    check(&project, &[".#value"], "true\n");
    check(
        &project,
        &[".#names", "--json"],
        "[\"_type\",\"inputs\",\"lastModified\",\"lastModifiedDate\",\"narHash\",\"outPath\",\"outputs\",\"sourceInfo\",\"value\"]\n",
    );
}
