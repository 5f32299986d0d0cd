//! Random expressions and derivations come out as in the Nix that is installed, to the value, the kind of error and
//! the store path. Where there is no Nix the tests say so. `HARDPAN_AGREEMENT_SEEDS` (`FIRST..LAST`) chooses other
//! seeds than the usual ones.

mod derivations;
mod expressions;
mod random;
mod stock;
#[path = "../lang/world.rs"]
mod world;

use std::ops::Range;
use std::path::{Path, PathBuf};

use nix_lang::{Origin, Settings, with_evaluator};
use stock::Stock;
use world::Files;

/// Seeds of expressions in the usual run.
const EXPRESSIONS: u64 = 300;
/// Seeds of graphs of derivations in the usual run.
const GRAPHS: u64 = 60;
/// How many expressions the stock program gets at once.
const BATCH: usize = 50;

fn seeds(usual: u64) -> Range<u64> {
    let Ok(text) = std::env::var("HARDPAN_AGREEMENT_SEEDS") else {
        return 0..usual;
    };
    let number = |part: &str| part.parse().expect("FIRST..LAST in HARDPAN_AGREEMENT_SEEDS");
    let (first, last) = text
        .split_once("..")
        .expect("FIRST..LAST in HARDPAN_AGREEMENT_SEEDS");
    number(first)..number(last)
}

/// The folder that relative paths in expressions start from.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/lang")
        .canonicalize()
        .expect("the cases are there")
}

/// The value as it is printed, or the message of the failure.
fn evaluate(text: &str) -> Result<String, String> {
    let world = Files::default();
    let settings = Settings::impure("x86_64-linux");
    let directory = folder();
    let directory = directory.to_str().expect("a path of plain letters");
    let result = with_evaluator(&settings, &world, |evaluator| {
        let value = evaluator.evaluate_text(text, Origin::Text("string".to_owned()), directory);
        let value = value.and_then(|value| evaluator.force_deep(evaluator.thunk(value)));
        value
            .map(|value| evaluator.shown_plainly(&value))
            .map_err(|error| evaluator.describe(error).message)
    });
    result.expect("a thread can be started")
}

/// What kind of failure a message tells of: its words up to the value that is shown.
fn class(message: &str) -> &str {
    let line = message.lines().next().unwrap_or_default();
    let shown = [": ", "; values are", " (values are"];
    let ends = shown.iter().filter_map(|mark| line.find(mark));
    line.get(..ends.min().unwrap_or(line.len())).unwrap_or(line)
}

/// An expression as part of a file: relative paths in it still start from `folder`.
fn rooted(text: &str) -> String {
    text.replace("./files", &format!("{}/files", folder().display()))
}

/// The expressions on which both differ, with what they say.
fn differences(stock: &Stock, expressions: &[String]) -> Vec<String> {
    let mut different = Vec::new();
    let mut values: Vec<(&str, String)> = Vec::new();
    for text in expressions {
        match evaluate(text) {
            Ok(value) => values.push((text, value)),
            Err(message) => compare(stock, text, Err(message), &mut different),
        }
    }
    for batch in values.chunks(BATCH) {
        let texts: Vec<String> = batch.iter().map(|(text, _)| format!("({text})\n")).collect();
        let expected: Vec<&str> = batch.iter().map(|(_, value)| value.as_str()).collect();
        let found = stock.evaluate(&rooted(&format!("[ {} ]", texts.concat())), &folder());
        if found.as_deref() != Ok(&format!("[ {} ]", expected.join(" "))) {
            for (text, value) in batch {
                compare(stock, text, Ok(value.clone()), &mut different);
            }
        }
    }
    different
}

fn compare(stock: &Stock, text: &str, ours: Result<String, String>, different: &mut Vec<String>) {
    let theirs = stock.evaluate(&rooted(text), &folder());
    let agree = match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => ours == theirs,
        (Err(ours), Err(theirs)) => class(ours) == class(theirs),
        _ => false,
    };
    if !agree {
        different.push(format!("{text}\n  here: {ours:?}\n  Nix:  {theirs:?}"));
    }
}

fn check(expressions: &[String]) {
    let Some(stock) = Stock::find() else { return };
    let different = differences(&stock, expressions);
    assert!(
        different.is_empty(),
        "{} of {} differ\n{}",
        different.len(),
        expressions.len(),
        different.join("\n")
    );
}

#[test]
fn random_expressions_agree_with_nix() {
    let expressions: Vec<String> = seeds(EXPRESSIONS).map(expressions::expression).collect();
    check(&expressions);
}

#[test]
fn random_derivations_have_the_paths_of_nix() {
    let graphs: Vec<String> = seeds(GRAPHS).map(derivations::graph).collect();
    check(&graphs);
}

#[test]
fn kinds_of_failure() {
    for (message, expected) in [
        (
            "expected a set but found an integer: 1",
            "expected a set but found an integer",
        ),
        ("attribute 'a' missing\nDid you mean b?", "attribute 'a' missing"),
        (
            "cannot compare null with null; values are null and null",
            "cannot compare null with null",
        ),
    ] {
        assert_eq!(class(message), expected);
    }
}
