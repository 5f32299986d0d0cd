//! Evaluates a file or, after `-E`, an expression and prints the value: for trying the language without a store.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use nix_formats::{Derivation, Hash, StorePath, store_path};
use nix_lang::{
    FetchRequest, Fetched, Filter, Origin, PathImport, PathKind, Settings, World, WorldError, with_evaluator,
};

/// Reads the machine's files and makes up store paths.
struct Files;

impl World for Files {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        std::fs::read(path).map_err(|error| format!("cannot read '{path}': {error}").into())
    }

    fn path_kind(&self, path: &str) -> Result<Option<PathKind>, WorldError> {
        let Ok(metadata) = std::fs::symlink_metadata(path) else {
            return Ok(None);
        };
        Ok(Some(kind(metadata.file_type())))
    }

    fn read_dir(&self, path: &str) -> Result<Vec<(String, PathKind)>, WorldError> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            entries.push((
                entry.file_name().to_string_lossy().into_owned(),
                kind(entry.file_type()?),
            ));
        }
        Ok(entries)
    }

    fn resolve_links(&self, path: &str) -> Result<String, WorldError> {
        let resolved = std::fs::canonicalize(path).unwrap_or_else(|_| Path::new(path).to_owned());
        Ok(resolved.to_string_lossy().into_owned())
    }

    fn add_path(&self, import: &PathImport, _: Option<Filter<'_>>) -> Result<StorePath, WorldError> {
        Ok(store_path::source_path(
            &import.name,
            &Hash::sha256(import.path.as_bytes()),
            &BTreeSet::new(),
        )?)
    }

    fn add_text(
        &self,
        name: &str,
        content: &[u8],
        references: &BTreeSet<StorePath>,
    ) -> Result<StorePath, WorldError> {
        Ok(store_path::text_path(name, content, references)?)
    }

    fn add_derivation(&self, derivation: Derivation) -> Result<StorePath, WorldError> {
        Ok(derivation.path()?)
    }

    fn read_derivation(&self, path: &StorePath) -> Result<Arc<Derivation>, WorldError> {
        Err(format!("'{path}' is not here").into())
    }

    fn references(&self, _: &StorePath) -> Result<BTreeSet<StorePath>, WorldError> {
        Ok(BTreeSet::new())
    }

    fn realise(&self, _: &[(StorePath, String)]) -> Result<(), WorldError> {
        Err("nothing can be built here".into())
    }

    fn ensure_path(&self, _: &StorePath) -> Result<(), WorldError> {
        Ok(())
    }

    fn fetch(&self, _: &FetchRequest) -> Result<Fetched, WorldError> {
        Err("nothing can be fetched here".into())
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn current_time(&self) -> Option<i64> {
        None
    }

    fn host_functions(&self) -> Vec<String> {
        Vec::new()
    }

    fn host_function(&self, name: &str, _: serde_json::Value) -> Result<serde_json::Value, WorldError> {
        Err(format!("no host function '{name}' here").into())
    }

    fn trace(&self, text: &str) {
        eprintln!("trace: {text}");
    }

    fn warn(&self, text: &str) {
        eprintln!("warning: {text}");
    }
}

fn kind(file_type: std::fs::FileType) -> PathKind {
    match file_type {
        _ if file_type.is_dir() => PathKind::Directory,
        _ if file_type.is_symlink() => PathKind::Symlink,
        _ if file_type.is_file() => PathKind::Regular,
        _ => PathKind::Other,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = arguments.first().is_some_and(|argument| argument == "--json");
    if json {
        arguments.remove(0);
    }
    let directory = std::env::current_dir()?.to_string_lossy().into_owned();
    let result = with_evaluator(&Settings::impure("x86_64-linux"), &Files, |evaluator| {
        let value = match arguments.as_slice() {
            [flag, text] if flag == "-E" => {
                evaluator.evaluate_text(text, Origin::Text("string".to_owned()), &directory)
            }
            [file] if file.starts_with('/') => evaluator.evaluate_file(file),
            [file] => evaluator.evaluate_file(&format!("{directory}/{file}")),
            _ => return Err("usage: eval [--json] FILE | -E EXPRESSION".to_owned()),
        };
        let printed = value.and_then(|value| {
            let thunk = evaluator.thunk(value);
            match json {
                true => evaluator.json_text_of(thunk),
                false => evaluator.force_deep(thunk).map(|value| evaluator.shown(&value)),
            }
        });
        printed.map_err(|error| {
            let error = evaluator.describe(error);
            let place = error
                .place
                .as_ref()
                .map_or_else(String::new, |place| format!("\n at {place}"));
            let trace = error.trace.iter().map(|line| {
                let place = line
                    .place
                    .as_ref()
                    .map_or_else(String::new, |place| format!(" at {place}"));
                format!("\n … {}{place}", line.text)
            });
            format!("error: {}{place}{}", error.message, trace.collect::<String>())
        })
    })?;
    match result {
        Ok(text) => println!("{text}"),
        Err(text) => {
            eprintln!("{text}");
            std::process::exit(1);
        }
    }
    Ok(())
}
