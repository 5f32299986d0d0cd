//! Flakes are locked and evaluated as stock Nix does: the same bytes in the lock file, the same values.

use std::process::{Command, Output};

use crate::project::Project;

/// Every kind of input that needs no network.
const FLAKE: &str = r#"{
  inputs = {
    git.url = "git+file://TOP/git";
    deep.url = "git+file://TOP/git?dir=deep";
    user.url = "git+file://TOP/user";
    user.inputs.git.follows = "git";
    again = { type = "git"; url = "file://TOP/user"; };
    again.inputs.git.follows = "user/git";
    nothing.follows = "";
    folder = { url = "path:TOP/folder"; flake = false; };
    file = { url = "file+file://TOP/folder/file"; flake = false; };
    inner.url = "path:./inner";
    beside = { url = "path:./beside"; flake = false; };
  };
  outputs = inputs: {
    self = builtins.attrNames inputs.self;
    own = builtins.mapAttrs (name: value: if builtins.isAttrs value then builtins.attrNames value else value) inputs.self.sourceInfo;
    information = map (name: removeAttrs (inputs.${name}.sourceInfo or inputs.${name}) [ "outPath" ]) [ "deep" "file" "folder" ];
    inner = inputs.inner.places;
    places = map (name: inputs.${name}.outPath) [ "deep" "folder" "file" "beside" "inner" ];
    same = inputs.again.git.outPath == inputs.git.outPath;
    text = builtins.readFile inputs.file + builtins.readFile (inputs.folder + "/file");
    derivation = (derivation { name = "a"; system = "b"; builder = "${inputs.inner}/c"; args = [ inputs.deep ]; }).drvPath;
  };
}"#;

const INNER: &str = r#"{
  inputs.beside = { url = "path:../beside"; flake = false; };
  outputs = { self, beside }: { places = [ self.outPath beside.outPath (builtins.readDir beside) ]; };
}"#;

/// Outputs whose values are compared.
const ATTRIBUTES: &[&str] = &[
    "self",
    "own",
    "information",
    "inner",
    "places",
    "same",
    "text",
    "derivation",
];

/// Stock Nix on the project, with a store of its own.
fn nix(project: &Project, arguments: &[&str]) -> std::io::Result<Output> {
    let mut command = Command::new("nix");
    command.args(["--extra-experimental-features", "nix-command flakes", "--offline"]);
    command.arg("--store").arg(project.path("stock"));
    command
        .args(arguments)
        .current_dir(project.path("project"))
        .env("HOME", project.path("home"));
    command.output()
}

/// Whether a Nix is there that knows inputs with relative paths.
fn is_there(project: &Project) -> bool {
    let version =
        nix(project, &["--version"]).map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let minor = version
        .ok()
        .and_then(|text| text.trim().split('.').nth(1)?.parse::<u32>().ok());
    minor.is_some_and(|minor| minor >= 26)
}

fn project() -> Project {
    let project = Project::with_flake(FLAKE);
    project.write("git/flake.nix", "{ outputs = { self }: { value = 1; }; }");
    project.write("git/deep/flake.nix", "{ outputs = { self }: { }; }");
    project.write(
        "user/flake.nix",
        "{ inputs.git.url = \"git+file://TOP/git\"; outputs = { self, git }: { inherit git; }; }",
    );
    project.write("folder/file", "text\n");
    project.write("project/inner/flake.nix", INNER);
    project.write("project/beside/file", "text\n");
    for folder in ["git", "user", "project"] {
        let folder = project.path(folder);
        project.git(&folder, &["init", "--quiet"]);
        project.git(&folder, &["add", "--all"]);
        project.git(&folder, &["commit", "--quiet", "-m", "one"]);
    }
    project
}

#[test]
fn flakes_are_locked_and_evaluated_as_by_stock_nix() {
    let project = project();
    if !is_there(&project) {
        println!("not compared: Nix 2.26 or newer is not installed ('tests/stock-nix/install.sh' brings it)");
        return;
    }
    let stock = |arguments: &[&str]| {
        let output = nix(&project, arguments).expect("it started before");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}\n{said}");
        project.plain(&String::from_utf8_lossy(&output.stdout))
    };
    stock(&["flake", "lock"]);
    let expected = project.read("project/flake.lock");
    let folder = project.path("project");
    project.git(&folder, &["rm", "--quiet", "--force", "flake.lock"]);
    project.succeed(&["flake", "lock"]);
    assert_eq!(project.read("project/flake.lock"), expected);

    for state in ["dirty", "clean"] {
        for attribute in ATTRIBUTES {
            let reference = format!(".#{attribute}");
            let arguments = ["eval", "--json", reference.as_str()];
            let expected = stock(&arguments);
            assert_eq!(
                project.succeed(&arguments),
                expected,
                "{attribute} of a {state} tree"
            );
        }
        project.git(&folder, &["add", "--all"]);
        project.git(&folder, &["commit", "--quiet", "--allow-empty", "-m", "two"]);
    }
}

#[test]
fn what_dependencies_follow_is_locked_as_by_stock_nix() {
    let project = Project::with_flake(
        r#"{ inputs = {
          base.url = "path:TOP/one"; mid.url = "path:TOP/mid"; far.url = "path:TOP/far";
          far.inputs.mid.inputs.utils.follows = "mid/utils";
        };
        outputs = inputs: { v = [ inputs.mid.v inputs.far.v inputs.base.v ]; }; }"#,
    );
    let flakes = [
        ("one", "{ outputs = _: { v = \"one\"; }; }"),
        ("two", "{ outputs = _: { v = \"two\"; }; }"),
        (
            "utils",
            "{ inputs.base.url = \"path:TOP/one\"; outputs = { self, base }: { v = base.v; }; }",
        ),
        (
            "mid",
            r#"{ inputs.base.url = "path:TOP/two"; inputs.utils.url = "path:TOP/utils";
              inputs.utils.inputs.base.follows = "base"; inputs.alias.follows = "utils/base";
              outputs = { self, base, utils, alias }: { v = utils.v + alias.v; }; }"#,
        ),
        (
            "far",
            r#"{ inputs.mid.url = "path:TOP/mid"; inputs.base.url = "path:TOP/one";
              inputs.mid.inputs.base.follows = "base"; inputs.inner.url = "path:./inner";
              inputs.inner.inputs.base.follows = "mid/base";
              outputs = { self, mid, base, inner }: { v = mid.v + inner.v; }; }"#,
        ),
        (
            "far/inner",
            "{ inputs.base.url = \"path:TOP/two\"; outputs = { self, base }: { v = \"inner \" + base.v; }; }",
        ),
    ];
    for (name, flake) in flakes {
        project.write(&format!("{name}/flake.nix"), flake);
    }
    if !is_there(&project) {
        println!("not compared: Nix 2.26 or newer is not installed ('tests/stock-nix/install.sh' brings it)");
        return;
    }
    // Without and with lock files of the dependencies.
    for locked in [&[][..], &["mid"], &["far"]] {
        for name in locked {
            let folder = project.path(name).display().to_string();
            project.succeed(&["flake", "lock", &folder]);
        }
        let output = nix(&project, &["flake", "lock"]).expect("it started before");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let output = nix(&project, &["eval", "--json", ".#v"]).expect("it started before");
        let (lock, value) = (
            project.read("project/flake.lock"),
            String::from_utf8_lossy(&output.stdout),
        );
        std::fs::remove_file(project.path("project/flake.lock")).expect("it was written");
        assert_eq!(project.succeed(&["eval", "--json", ".#v"]), value, "{locked:?}");
        assert_eq!(project.read("project/flake.lock"), lock, "{locked:?}");
        std::fs::remove_file(project.path("project/flake.lock")).expect("it was written");
    }
}
