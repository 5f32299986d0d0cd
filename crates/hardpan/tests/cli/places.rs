//! Flakes as they lie on people's disks: files that git was not told of, folders behind links.

use crate::project::Project;

fn in_git(flake: &str) -> Project {
    let project = Project::with_flake(flake);
    let folder = project.path("project");
    project.git(&folder, &["init", "--quiet"]);
    project.git(&folder, &["add", "--all"]);
    project.git(&folder, &["commit", "--quiet", "-m", "one"]);
    project
}

/// Ways to use the file or folder `new`.
const USES: &[&str] = &[
    "import ./new",
    "builtins.readFile ./new",
    "builtins.readDir ./new",
    "builtins.readFileType ./new",
    "builtins.hashFile \"sha256\" ./new",
    "\"${./new}\"",
    "builtins.path { path = ./new; }",
    "builtins.filterSource (_: _: true) ./new",
    "toString (builtins.toPath ./new) + builtins.readFile (./. + \"/new\")",
    "(derivation { name = \"a\"; system = \"b\"; builder = ./new; }).drvPath",
    "{ x = builtins.fromJSON (builtins.readFile ./new); }.x",
];

#[test]
fn a_file_that_git_does_not_know_is_named_as_such() {
    for use_it in USES {
        let project = in_git(&format!("{{ outputs = {{ self }}: {{ a = {use_it}; }}; }}"));
        let not_there = project.run(&["eval", ".#a"]);
        assert!(
            not_there.err.contains("does not exist"),
            "{use_it}: {}",
            not_there.err
        );
        project.write("project/new", "1");
        let run = project.run(&["eval", ".#a"]);
        assert_eq!(run.code, 1, "{use_it}");
        let said = "'TOP/project/new' is not known to git, and a flake is made of what git knows";
        assert!(run.err.contains(said), "{use_it}: {}", run.err);
        let hint = "hint: 'git -C TOP/project add new' makes it part of the flake; it need not be committed";
        assert_eq!(run.err.lines().last(), Some(hint), "{use_it}");
    }
}

#[test]
fn a_folder_and_a_flake_that_git_does_not_know_are_named_as_such() {
    let project =
        in_git("{ outputs = { self }: { a = import ./a/new; b = builtins.readDir ./d; c = import ./d; }; }");
    project.write("project/a/new/default.nix", "1");
    project.write("project/d/default.nix", "1");
    project.write("project/sub dir/flake.nix", "{ outputs = _: { v = 1; }; }");
    project.fail(&["eval", ".#a"], 1, &["hint: 'git -C TOP/project add a/new"]);
    project.fail(&["eval", ".#b"], 1, &["hint: 'git -C TOP/project add d'"]);
    project.fail(&["eval", ".#c"], 1, &["hint: 'git -C TOP/project add d"]);
    let place = project.path("project/sub dir");
    let said = [
        "sub dir/flake.nix' is not known to git",
        "hint: 'git -C TOP/project add 'sub dir/flake.nix''",
    ];
    project.fail(&["eval", &format!("{}#v", place.display())], 1, &said);
    assert!(!project.path("project/flake.lock").exists());
}

#[test]
fn what_is_asked_for_and_missing_is_no_error() {
    let project = in_git("{ outputs = _: { a = builtins.pathExists ./new; }; }");
    project.write("project/new", "1");
    assert_eq!(project.succeed(&["eval", ".#a"]), "false\n");
}

#[test]
fn a_flake_in_a_folder_behind_a_link_is_that_folders() {
    let project = Project::with_flake("{ outputs = { self }: { v = builtins.readFile ./file; }; }");
    project.write("project/file", "plain");
    project.write(
        "repository/sub/flake.nix",
        "{ outputs = { self }: { v = \"in git\"; }; }",
    );
    let repository = project.path("repository");
    project.git(&repository, &["init", "--quiet"]);
    project.git(&repository, &["add", "--all"]);
    let link = |target: &str, name: &str| {
        let target = project.path(target);
        std::os::unix::fs::symlink(target, project.path(name)).expect("a new link");
    };
    link("project", "link");
    link("link", "again");
    link("repository", "git-link");
    link("repository/sub", "sub-link");
    let table = [
        ("link", "plain"),
        ("again", "plain"),
        ("again/.", "plain"),
        ("git-link/sub", "in git"),
        ("sub-link", "in git"),
    ];
    for (place, expected) in table {
        let place = project.path(place);
        let forms = [
            format!("{}#v", place.display()),
            format!("path:{}#v", place.display()),
        ];
        for form in forms {
            assert_eq!(project.succeed(&["eval", "--raw", &form]), expected, "{form}");
        }
    }
    project.write(
        "user/flake.nix",
        "{ inputs.l.url = \"path:TOP/link\"; outputs = { self, l }: { inherit (l) v; }; }",
    );
    let user = format!("{}#v", project.path("user").display());
    assert_eq!(project.succeed(&["eval", "--raw", &user]), "plain");
}

#[test]
fn dates_in_toml_are_read_where_the_feature_asks_for_it() {
    let project = Project::new();
    let code = "builtins.mapAttrs (_: t: t.value) (builtins.fromTOML ''
      a = 1979-05-27t07:32:00z
      b = 1979-05-27 07:32:00
      c = 07:32:00.99
    '')";
    project.write("project/e.nix", code);
    let arguments = ["--eval", "--strict", "e.nix"];
    let refused = project.named("nix-instantiate", &arguments);
    assert!(
        refused.err.contains("Dates and times are not supported"),
        "{}",
        refused.err
    );
    let feature = ["--extra-experimental-features", "parse-toml-timestamps"];
    let read = project.named("nix-instantiate", &[&arguments[..], &feature].concat());
    let expected = "{ a = \"1979-05-27T07:32:00Z\"; b = \"1979-05-27T07:32:00\"; c = \"07:32:00.990\"; }\n";
    assert_eq!(read.out, expected, "{}", read.err);
}
