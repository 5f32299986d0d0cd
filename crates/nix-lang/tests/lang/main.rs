//! Runs the cases of `tests/lang`: `okay-*.nix` must print `.exp`, `fail-*.nix` must fail with the text in `.err`, and
//! `parse-*.nix` must be read as `.exp` says.

mod world;

use std::fs;
use std::path::{Path, PathBuf};

use nix_lang::syntax::{Features, printed};
use nix_lang::{Settings, with_evaluator};
use world::Files;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/lang")
        .canonicalize()
        .expect("the cases are there")
}

/// The cases whose name begins so.
fn cases(kind: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        name.starts_with(kind) && name.ends_with(".nix")
    });
    paths.sort();
    paths
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The value of a file as it is printed, or the message of the failure.
fn evaluate(path: &Path) -> Result<String, String> {
    let world = Files::default();
    let settings = Settings::impure("x86_64-linux");
    let path = path.to_str().expect("a path of plain letters");
    let result = with_evaluator(&settings, &world, |evaluator| {
        let value = evaluator.evaluate_file(path);
        let value = value.and_then(|value| evaluator.force_deep(evaluator.thunk(value)));
        value
            .map(|value| evaluator.shown_plainly(&value))
            .map_err(|error| evaluator.describe(error).message)
    });
    result.expect("a thread can be started")
}

fn read(path: &Path) -> Result<String, String> {
    let features = Features::default();
    printed(text(path).as_bytes(), features).map_err(|error| error.to_string())
}

/// Compares each case and shows all that differ.
fn check(kind: &str, extension: &str, least: usize, verdict: impl Fn(&Path, &str) -> Result<(), String>) {
    let cases = cases(kind);
    assert!(cases.len() >= least, "only {} cases", cases.len());
    let differs = |path: &PathBuf| {
        let expected = text(&path.with_extension(extension));
        let found = verdict(path, expected.trim_end_matches('\n')).err()?;
        Some(format!(
            "{}\n  expected: {}  found:    {found}",
            path.display(),
            expected
        ))
    };
    let differences: Vec<String> = cases.iter().filter_map(differs).collect();
    assert!(
        differences.is_empty(),
        "{} of {} differ\n{}",
        differences.len(),
        cases.len(),
        differences.join("\n")
    );
}

fn equal(found: Result<String, String>, expected: &str) -> Result<(), String> {
    match found {
        Ok(text) if text == expected => Ok(()),
        Ok(text) | Err(text) => Err(text),
    }
}

#[test]
fn okay_cases_print_what_nix_prints() {
    check("okay-", "exp", 300, |path, expected| {
        equal(evaluate(path), expected)
    });
}

#[test]
fn fail_cases_fail_as_in_nix() {
    check("fail-", "err", 150, |path, expected| match evaluate(path) {
        Err(message) if message.contains(expected) => Ok(()),
        Ok(text) | Err(text) => Err(text),
    });
}

#[test]
fn parse_cases_are_read_as_nix_reads_them() {
    check("parse-", "exp", 30, |path, expected| equal(read(path), expected));
}
