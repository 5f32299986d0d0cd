//! What is said beside data: how much, as what, and to whom.

use crate::project::{Project, WRITE};

fn flake(outputs: &str) -> String {
    format!("{{ outputs = _: let {WRITE} in {{ {outputs} }}; }}")
}

#[test]
fn quiet_says_nothing_but_errors() {
    let project = Project::with_flake(&flake(
        r#"packages.x86_64-linux = { default = builtins.warn "warned" (builtins.trace "traced" (write "a" ""));
           bad = throw "it fails"; }; nonsense = 1;"#,
    ));
    for arguments in [
        &["build", "-q"][..],
        &["build", "-q", "--print-out-paths"],
        &["flake", "check", "-q", "--no-build", "--keep-going"],
        &["eval", "-q", ".#packages.x86_64-linux.default.name"],
        &["init", "-q", "new"],
        &["store", "gc", "-q", "--dry-run"],
        &["store", "verify", "-q"],
    ] {
        let run = project.run(arguments);
        let said: Vec<&str> = run
            .err
            .lines()
            .filter(|line| !line.contains("it fails"))
            .collect();
        let is_check = arguments.contains(&"check");
        assert!(run.code == 0 || is_check, "{arguments:?}: {}", run.err);
        assert!(said.is_empty() || is_check, "{arguments:?}: {said:?}");
        assert!(
            !run.err.contains("warn") && !run.err.contains("traced"),
            "{}",
            run.err
        );
    }
    project.fail(&["build", "-q", ".#bad"], 1, &["error: it fails"]);
    let nix = project.named("nix", &["build", "--quiet", "--no-link"]);
    assert!(
        nix.err.contains("warned") && nix.err.contains("trace"),
        "{}",
        nix.err
    );
}

#[test]
fn with_json_a_failure_is_an_event_too() {
    let project = Project::with_flake(&flake(
        r#"packages.x86_64-linux = { a = throw "it fails"; b = derivation {
           name = "b"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "exit 1" ]; }; };"#,
    ));
    for (attribute, code, message, hint) in [
        (".#a", 1, "it fails, at ", ""),
        (".#b", 100, "builder of ", ""),
        (".#c", 1, "does not provide attribute", "did you mean"),
        ("./nowhere", 1, "", "hardpan init"),
    ] {
        let run = project.run(&["build", "--json", attribute]);
        assert_eq!(run.code, code, "{}", run.err);
        let events: Vec<serde_json::Value> = run
            .err
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}")))
            .collect();
        let last = events.last().expect("something is said");
        assert_eq!(last["event"], "error", "{last}");
        assert_eq!(last["exitCode"], code, "{last}");
        assert!(
            last["message"]
                .as_str()
                .is_some_and(|text| text.contains(message)),
            "{last}"
        );
        assert!(last["hint"].as_str().unwrap_or_default().contains(hint), "{last}");
    }
}

#[test]
fn help_is_a_command_too() {
    let project = Project::new();
    for arguments in [
        &["help"][..],
        &["help", "build"],
        &["help", "flake", "check"],
        &["help", "store"],
        &["flake", "help", "check"],
    ] {
        let help = project.succeed(arguments);
        assert!(help.contains("Usage: hardpan"), "{arguments:?}: {help}");
    }
    let long: Vec<&str> = ["help", "vm"].to_vec();
    assert_eq!(project.succeed(&long), project.succeed(&["vm", "--help"]));
    project.fail(&["help", "biuld"], 2, &["unrecognized subcommand 'biuld'"]);
    project.fail(&["biuld"], 2, &["'build'"]);
}

#[test]
fn a_new_project_says_where_the_key_goes_and_ignores_results() {
    let project = Project::new();
    let run = project.run(&["init", "new"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let last: Vec<&str> = run.err.lines().rev().take(2).collect();
    assert_eq!(last[0], "then: cd new && hardpan build .#rawImage");
    let place = last[1]
        .split([' ', ';'])
        .find(|word| word.starts_with("new/configuration.nix:"));
    let line = place.and_then(|place| place.rsplit(':').next()?.parse::<usize>().ok());
    let line = line.expect("a line is named");
    let configuration = project.read("project/new/configuration.nix");
    let named = configuration.lines().nth(line - 1).expect("the line is there");
    assert!(named.contains("authorizedKeys.keys"), "{named}");
    assert!(project.read("project/new/.gitignore").contains("/result\n"));
    project.write("project/other/.gitignore", "mine\n");
    project.succeed(&["init", "other"]);
    assert_eq!(project.read("project/other/.gitignore"), "mine\n");
}

#[test]
fn why_depends_says_that_a_name_is_absent() {
    let project = Project::with_flake(&flake(
        r#"packages.x86_64-linux = rec { library = write "library-1.0" "a"; program = write "program" "${library}"; };"#,
    ));
    let chain = project.succeed(&["why-depends", ".#program", "library"]);
    assert!(chain.contains("library-1.0"), "{chain}");
    project.fail(
        &["why-depends", ".#program", "libary"],
        1,
        &[
            "error: nothing that '.#program' needs is called 'libary'",
            "hint: ",
        ],
    );
    project.fail(
        &["why-depends", ".#program", "zzz"],
        1,
        &["is called 'zzz'", "hint: 'hardpan path-info"],
    );
}
