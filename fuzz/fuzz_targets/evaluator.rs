//! Any text has a value or an error, with few calls allowed and nothing outside in reach.

#![no_main]

use std::collections::BTreeSet;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use nix_formats::{Derivation, StorePath, store_path};
use nix_lang::{
    FetchRequest, Fetched, Filter, Origin, PathImport, PathKind, Settings, World, WorldError, with_evaluator,
};

/// Longer texts only cost time.
const LONGEST: usize = 400;
/// Calls may nest so deep.
const DEEPEST: usize = 60;

/// Nothing is there.
struct Void;

fn refused<T>() -> Result<T, WorldError> {
    Err("there is nothing outside".into())
}

impl World for Void {
    fn read_file(&self, _: &str) -> Result<Vec<u8>, WorldError> {
        refused()
    }

    fn path_kind(&self, _: &str) -> Result<Option<PathKind>, WorldError> {
        Ok(None)
    }

    fn read_dir(&self, _: &str) -> Result<Vec<(String, PathKind)>, WorldError> {
        refused()
    }

    fn resolve_links(&self, path: &str) -> Result<String, WorldError> {
        Ok(path.to_owned())
    }

    fn add_path(&self, _: &PathImport, _: Option<Filter<'_>>) -> Result<StorePath, WorldError> {
        refused()
    }

    fn add_text(&self, name: &str, content: &[u8], references: &BTreeSet<StorePath>) -> Result<StorePath, WorldError> {
        Ok(store_path::text_path(name, content, references)?)
    }

    fn add_derivation(&self, derivation: Derivation) -> Result<StorePath, WorldError> {
        Ok(derivation.path()?)
    }

    fn read_derivation(&self, _: &StorePath) -> Result<Arc<Derivation>, WorldError> {
        refused()
    }

    fn references(&self, _: &StorePath) -> Result<BTreeSet<StorePath>, WorldError> {
        Ok(BTreeSet::new())
    }

    fn realise(&self, _: &[(StorePath, String)]) -> Result<(), WorldError> {
        refused()
    }

    fn ensure_path(&self, _: &StorePath) -> Result<(), WorldError> {
        refused()
    }

    fn fetch(&self, _: &FetchRequest) -> Result<Fetched, WorldError> {
        refused()
    }

    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn current_time(&self) -> Option<i64> {
        None
    }

    fn host_functions(&self) -> Vec<String> {
        Vec::new()
    }

    fn host_function(&self, _: &str, _: serde_json::Value) -> Result<serde_json::Value, WorldError> {
        refused()
    }

    fn trace(&self, _: &str) {}

    fn warn(&self, _: &str) {}
}

/// Whether evaluating a text may take long or much memory, which is no fault: lists as long as a number says, and
/// whatever grows by calling itself.
fn may_explode(text: &str) -> bool {
    let grows = ["genList", "genericClosure", "rec", "let", "__functor", "foldl'", "concatMap", "replaceStrings", "++"];
    grows.iter().filter(|word| text.contains(*word)).count() > 1 || text.contains("genList")
}

fuzz_target!(|text: &str| {
    if text.len() > LONGEST || may_explode(text) {
        return;
    }
    let mut settings = Settings::pure();
    settings.max_call_depth = DEEPEST;
    let result = with_evaluator(&settings, &Void, |evaluator| {
        let value = evaluator.evaluate_text(text, Origin::Text("string".to_owned()), "/");
        let value = value.and_then(|value| evaluator.force_deep(evaluator.thunk(value)));
        match value {
            Ok(value) => evaluator.shown(&value),
            Err(error) => evaluator.describe(error).message,
        }
    });
    result.expect("a thread can be started");
});
