//! `flake check`: each output is looked at as what its name says it is, as stock Nix does it.

use std::process::Command;

use crate::project::{Project, WRITE};

/// What is right.
const RIGHT: &[(&str, &str)] = &[
    ("nothing", ""),
    ("a package", r#"packages.SYSTEM.default = write "a" "";"#),
    ("a check", r#"checks.SYSTEM.a = write "a" "";"#),
    ("a formatter", r#"formatter.SYSTEM = write "a" "";"#),
    ("a shell", r#"devShells.SYSTEM.default = write "a" "";"#),
    (
        "an app",
        r#"apps.SYSTEM.a = { type = "app"; program = "/bin/a"; meta.description = "a"; };"#,
    ),
    (
        "an app without description",
        r#"apps.SYSTEM.a = { type = "app"; program = "/bin/a"; };"#,
    ),
    (
        "overlays",
        "overlays = { a = final: prev: { }; b = _: prev: prev; c = _final: _prev: { }; };",
    ),
    (
        "an overlay that looks at its first argument",
        "overlays.a = final: if final ? a then prev: { } else prev: { };",
    ),
    ("an old overlay", "overlay = final: prev: { };"),
    (
        "modules",
        "nixosModules = { a = { }; b = { pkgs, ... }: { }; c = 1; };",
    ),
    (
        "a configuration",
        r#"nixosConfigurations.a.config.system.build.toplevel = write "a" "";"#,
    ),
    (
        "templates",
        r#"templates.a = { path = ./.; description = "a"; welcomeText = "b"; };"#,
    ),
    (
        "jobs",
        r#"hydraJobs = { a = write "a" ""; b.c.d = write "b" ""; };"#,
    ),
    ("a bundler", "bundlers.SYSTEM.a = drv: drv;"),
    (
        "what others know",
        "lib = 1; homeConfigurations = 1; darwinModules = 1; flakeModule = 1;",
    ),
    ("what nobody knows", "nonsense = 1;"),
    (
        "packages by name that are not looked at",
        r#"legacyPackages.SYSTEM.a = throw "a";"#,
    ),
    (
        "another system's package",
        r#"packages.aarch64-linux.a = throw "a";"#,
    ),
];

/// What is wrong, and how that is said.
const WRONG: &[(&str, &str, &str)] = &[
    (
        "a package that is a number",
        "packages.SYSTEM.a = 1;",
        "flake attribute 'packages.SYSTEM.a' is not a derivation",
    ),
    (
        "a package that is a set",
        "packages.SYSTEM.a = { };",
        "flake attribute 'packages.SYSTEM.a' is not a derivation",
    ),
    (
        "a package that throws",
        r#"packages.SYSTEM.a = throw "oh";"#,
        "oh",
    ),
    (
        "a package whose name throws",
        r#"packages.SYSTEM.a = derivation { name = throw "oh"; system = "a"; builder = "b"; };"#,
        "oh",
    ),
    (
        "a package without a name",
        r#"packages.SYSTEM.a = { type = "derivation"; };"#,
        "derivation name missing",
    ),
    (
        "packages that are a list",
        "packages.SYSTEM = [ ];",
        "expected a set but found a list",
    ),
    (
        "packages of no system",
        r#"packages.a.b = write "a" "";"#,
        "'a' is not a valid system type",
    ),
    (
        "packages without systems",
        "packages = 1;",
        "expected a set but found an integer",
    ),
    ("packages that throw", r#"packages = throw "oh";"#, "oh"),
    (
        "a check that is a string",
        r#"checks.SYSTEM.a = "a";"#,
        "flake attribute 'checks.SYSTEM.a' is not a derivation",
    ),
    (
        "a shell that is none",
        "devShells.SYSTEM.default = null;",
        "'devShells.SYSTEM.default' is not a derivation",
    ),
    (
        "a formatter that is none",
        "formatter.SYSTEM = { };",
        "'formatter.SYSTEM' is not a derivation",
    ),
    (
        "an old package that is none",
        "defaultPackage.SYSTEM = 1;",
        "'defaultPackage.SYSTEM' is not a derivation",
    ),
    (
        "an app that is a string",
        r#"apps.SYSTEM.a = "a";"#,
        "expected a set but found a string",
    ),
    (
        "an app without type",
        r#"apps.SYSTEM.a = { program = "a"; };"#,
        "app 'apps.SYSTEM.a' lacks attribute 'type'",
    ),
    (
        "an app without program",
        r#"apps.SYSTEM.a = { type = "app"; };"#,
        "app 'apps.SYSTEM.a' lacks attribute 'program'",
    ),
    (
        "an app with more",
        r#"apps.SYSTEM.a = { type = "app"; program = "a"; x = 1; };"#,
        "app 'apps.SYSTEM.a' has unsupported attribute 'x'",
    ),
    (
        "an app whose program is a number",
        r#"apps.SYSTEM.a = { type = "app"; program = 1; };"#,
        "expected a string but found an integer",
    ),
    (
        "an old app",
        "defaultApp.SYSTEM = { };",
        "app 'defaultApp.SYSTEM' lacks attribute 'type'",
    ),
    (
        "an overlay that is a number",
        "overlays.a = 1;",
        "overlay is not a function, but an integer instead",
    ),
    (
        "an overlay that is a set",
        "overlays.a = { };",
        "overlay is not a function, but a set instead",
    ),
    (
        "an overlay of something else",
        "overlays.a = self: prev: { };",
        "overlay does not take an argument named 'final'",
    ),
    (
        "an overlay of a set",
        "overlays.a = { final }: prev: { };",
        "overlay does not take an argument named 'final'",
    ),
    (
        "an old overlay",
        "overlay = finall: prev: { };",
        "overlay does not take an argument named 'final'",
    ),
    (
        "overlays for systems",
        "overlays.SYSTEM.a = final: prev: { };",
        "overlay is not a function, but a set instead",
    ),
    ("a module that throws", r#"nixosModules.a = throw "oh";"#, "oh"),
    (
        "modules that are a number",
        "nixosModules = 1;",
        "expected a set but found an integer",
    ),
    (
        "an empty configuration",
        "nixosConfigurations.a = { };",
        "attribute 'config' in selection path 'config.system.build.toplevel' not found",
    ),
    (
        "a configuration that is something else",
        "nixosConfigurations.a.config.system.build.toplevel = 1;",
        "attribute 'config.system.build.toplevel' is not a derivation",
    ),
    (
        "a configuration that throws",
        r#"nixosConfigurations.a = throw "oh";"#,
        "oh",
    ),
    (
        "a template without path",
        r#"templates.a.description = "a";"#,
        "template 'templates.a' lacks attribute 'path'",
    ),
    (
        "a template without description",
        "templates.a.path = ./.;",
        "template 'templates.a' lacks attribute 'description'",
    ),
    (
        "a template that leads nowhere",
        r#"templates.a = { path = ./nowhere; description = "a"; };"#,
        "template 'templates.a' refers to a non-existent path",
    ),
    (
        "a template with more",
        r#"templates.a = { path = ./.; description = "a"; x = 1; };"#,
        "template 'templates.a' has unsupported attribute 'x'",
    ),
    (
        "jobs that are a number",
        "hydraJobs = 1;",
        "expected a set but found an integer",
    ),
    (
        "a job that is a number",
        "hydraJobs.a.b = 1;",
        "expected a set but found an integer",
    ),
    (
        "jobs that are a derivation",
        r#"hydraJobs = write "a" "";"#,
        "jobset should not be a derivation at top-level",
    ),
    (
        "a bundler that is a number",
        "bundlers.SYSTEM.a = 1;",
        "bundler must be a function",
    ),
    ("an unknown output that throws", r#"nonsense = throw "oh";"#, "oh"),
    (
        "legacy packages of no system",
        "legacyPackages.a = { };",
        "'a' is not a valid system type",
    ),
];

/// What stock Nix lets pass.
const WRONG_BEYOND_NIX: &[(&str, &str, &str)] = &[(
    "an overlay of one argument",
    "overlays.a = final: { };",
    "overlay is not a function with two arguments, but only takes one",
)];

fn write(project: &Project, outputs: &str) {
    let outputs = outputs.replace("SYSTEM", "x86_64-linux");
    let flake = format!("{{ outputs = _: let {WRITE} in {{\n  {outputs}\n}}; }}");
    project.write("project/flake.nix", &flake);
}

#[test]
fn what_is_right_passes() {
    let project = Project::new();
    for (name, outputs) in RIGHT {
        write(&project, outputs);
        let run = project.run(&["flake", "check"]);
        assert_eq!(run.code, 0, "{name}: {}", run.err);
    }
    write(&project, "nonsense = 1; overlay = final: prev: { };");
    let said = project.run(&["flake", "check"]).err;
    for warning in [
        "warning: unknown flake output 'nonsense'",
        "warning: flake output attribute 'overlay' is deprecated; use 'overlays.default' instead",
    ] {
        assert!(said.contains(warning), "{said}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_attribute_and_its_place() {
    let project = Project::new();
    for (name, outputs, expected) in WRONG.iter().chain(WRONG_BEYOND_NIX) {
        write(&project, outputs);
        let run = project.run(&["flake", "check", "--no-build"]);
        let expected = expected.replace("SYSTEM", "x86_64-linux");
        let first = run.err.lines().find(|line| line.starts_with("error: "));
        let first = first.unwrap_or_default();
        assert_eq!(run.code, 1, "{name}: {}", run.err);
        assert!(first.contains(&expected), "{name}: {first}, not {expected}");
        assert!(first.contains("flake.nix:10:"), "{name}: {}", run.err);
        assert!(run.err.contains("while checking "), "{name}: {}", run.err);
    }
}

#[test]
fn all_that_is_wrong_is_said_when_asked_to_go_on() {
    let project = Project::new();
    write(
        &project,
        r#"packages.SYSTEM = { a = 1; b = throw "oh"; c = write "c" ""; };
           checks.SYSTEM.d = write "d" ""; overlays.e = 1; nixosConfigurations.f = { };"#,
    );
    let run = project.run(&["flake", "check", "--keep-going"]);
    assert_eq!(run.code, 1, "{}", run.err);
    for expected in [
        "'packages.x86_64-linux.a' is not a derivation",
        "error: oh",
        "overlay is not a function",
        "attribute 'config' in selection path",
        "evaluated packages.x86_64-linux.c",
        "error: some errors were encountered during the evaluation: 4 outputs of '.' are not right",
    ] {
        assert!(run.err.contains(expected), "{expected} is missing:\n{}", run.err);
    }
    let json = project.run(&["check", "--json", "--keep-going"]);
    let report: serde_json::Value = serde_json::from_str(&json.out).expect("it is JSON");
    assert_eq!(report["failures"].as_array().map(Vec::len), Some(4), "{report}");
    assert_eq!(report["built"].as_array().map(Vec::len), Some(1), "{report}");
}

#[test]
fn checks_are_built_for_this_system_unless_only_evaluation_is_asked_for() {
    let project = Project::new();
    let failing = r#"derivation { name = "a"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "exit 1" ]; }"#;
    write(
        &project,
        &format!(
            r#"checks.SYSTEM.a = {failing}; checks.aarch64-linux.b = throw "other"; packages.SYSTEM.c = {failing};"#
        ),
    );
    project.fail(
        &["flake", "check"],
        100,
        &[
            "error: failed to build attribute 'checks.x86_64-linux.a'",
            "because: builder of ",
        ],
    );
    let run = project.run(&["flake", "check", "--no-build"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(
        run.err
            .contains("omitted these incompatible systems: aarch64-linux"),
        "{}",
        run.err
    );
    project.fail(
        &["flake", "check", "--no-build", "--all-systems"],
        1,
        &["error: other", "aarch64-linux.b"],
    );
    write(&project, &format!(r#"packages.SYSTEM.a = import ({failing});"#));
    project.fail(
        &["flake", "check", "--no-build"],
        1,
        &["allow-import-from-derivation"],
    );
}

#[test]
fn stock_nix_says_the_same() {
    let project = Project::new();
    let nix = |arguments: &[&str]| {
        let mut command = Command::new("nix");
        command.args(["--extra-experimental-features", "nix-command flakes", "--offline"]);
        command.arg("--store").arg(project.path("stock")).args(arguments);
        command
            .current_dir(project.path("project"))
            .env("HOME", project.path("home"));
        command.output()
    };
    let version = nix(&["--version"]).map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !version.is_ok_and(|version| version.contains(" 2.34.")) {
        println!("not compared: Nix 2.34 is not in PATH ('tests/stock-nix/install.sh' brings it)");
        return;
    }
    let right = RIGHT.iter().map(|(name, outputs)| (name, outputs, None));
    let wrong = WRONG
        .iter()
        .map(|(name, outputs, words)| (name, outputs, Some(*words)));
    let mut other = Vec::new();
    for (name, outputs, words) in right.chain(wrong) {
        write(&project, outputs);
        let output = nix(&["flake", "check", "--no-build", "path:."]).expect("it started before");
        let said = String::from_utf8_lossy(&output.stderr);
        // Nix sets quoted words in colours and quotes of its own.
        let expected = words.map(|words| words.replace("SYSTEM", "x86_64-linux"));
        let is_same = match &expected {
            None => output.status.success(),
            Some(words) => !output.status.success() && said.contains(words.as_str()),
        };
        if !is_same {
            other.push(format!(
                "{name}: expected {expected:?}, Nix says {:?}: {said}",
                output.status.code()
            ));
        }
    }
    assert!(other.is_empty(), "{}", other.join("\n"));
}
