//! The tables of tests of `base/lib` and `base/pkgs`, run by our own evaluator; the table of maintainer scripts.

mod support;

use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Evaluates `attribute` of the file or folder `file`.
fn eval(file: &Path, attribute: &str) -> Output {
    let mut command = support::hardpan(&support::shared_data_folder());
    command
        .args(["eval", "--json", "--file"])
        .arg(file)
        .arg(attribute);
    command.output().expect("hardpan starts")
}

fn json(file: &Path, attribute: &str) -> Value {
    let output = eval(file, attribute);
    assert!(output.status.success(), "{attribute}: {}", support::text(&output));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Checks a table: values that must be equal, and expressions that must fail with certain texts.
fn check(table: &str, least: u64) {
    let file = repository().join("tests").join(table);
    assert_eq!(json(&file, "failures"), Value::Array(Vec::new()));
    assert!(json(&file, "count").as_u64() >= Some(least));
    let names = "errors";
    let mut command = support::hardpan(&support::shared_data_folder());
    command.args([
        "eval",
        "--json",
        "--apply",
        "builtins.mapAttrs (_: error: error.texts)",
        "--file",
    ]);
    let output = command.arg(&file).arg(names).output().expect("hardpan starts");
    assert!(output.status.success(), "{}", support::text(&output));
    let errors: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for (name, texts) in errors.as_object().expect("a set of errors") {
        let output = eval(&file, &format!("errors.\"{name}\".expr"));
        assert!(!output.status.success(), "{table}: {name} does not fail");
        let said = support::text(&output);
        for text in texts.as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(
                said.contains(text),
                "{table}: {name} does not say {text:?} but\n{said}"
            );
        }
    }
}

#[test]
fn the_library_keeps_its_table() {
    check("lib", 100);
}

#[test]
fn the_package_set_keeps_its_table() {
    check("pkgs", 50);
}

#[test]
fn the_table_of_maintainer_scripts_is_complete() {
    let table = std::fs::read_to_string(repository().join("docs/maintainer-scripts.md")).expect("the table");
    let mut command = support::hardpan(&support::shared_data_folder());
    command
        .args(["eval", "--raw", "--file"])
        .arg(repository().join("base/effects/table.nix"));
    let output = support::succeed(&mut command);
    let rows = String::from_utf8_lossy(&output.stdout);
    assert!(rows.lines().count() > 20, "{rows}");
    for row in rows.lines() {
        assert!(table.lines().any(|line| line == row), "not in the table: {row}");
    }
}
