//! `exportReferencesGraph`: tells a builder the closures of some of its inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use nix_formats::{Derivation, StorePath};
use serde_json::{Value, json};
use store::Store;

use crate::error::BuildFailure;

const ATTRIBUTE: &str = "exportReferencesGraph";

/// The files to be written into the build directory: name and text.
pub(crate) fn files(derivation: &Derivation, store: &Store) -> Result<Vec<(String, String)>, BuildFailure> {
    let words: Vec<&str> = derivation
        .env_str(ATTRIBUTE)
        .unwrap_or_default()
        .split_ascii_whitespace()
        .collect();
    let mut files = Vec::new();
    for pair in words.chunks(2) {
        let [file, path] = pair else {
            return Err(format!(
                "{ATTRIBUTE} must have pairs of file and path, '{}' has no path",
                pair[0]
            )
            .into());
        };
        if file.contains('/') || matches!(*file, "." | "..") {
            return Err(format!("{ATTRIBUTE} wants the file '{file}', which is not a plain name").into());
        }
        files.push(((*file).to_owned(), as_text(&closure(store, &[path])?, store)?));
    }
    Ok(files)
}

/// Puts the closures in place of what names them.
pub(crate) fn add_to_attributes(
    attributes: &mut BTreeMap<String, Value>,
    store: &Store,
) -> Result<(), BuildFailure> {
    let Some(Value::Object(graphs)) = attributes.get(ATTRIBUTE).cloned() else {
        return Ok(());
    };
    for (name, paths) in graphs {
        let starts: Vec<&str> = match &paths {
            Value::String(path) => vec![path],
            Value::Array(paths) => paths.iter().filter_map(Value::as_str).collect(),
            _ => return Err(format!("{ATTRIBUTE}.{name} must be a path or a list of paths").into()),
        };
        let graph = as_json(&closure(store, &starts)?, store)?;
        attributes.insert(name, graph);
    }
    Ok(())
}

fn closure(store: &Store, starts: &[&str]) -> Result<BTreeSet<StorePath>, BuildFailure> {
    let parse = |path: &&str| {
        StorePath::parse_inside(path)
            .map(|(path, _)| path)
            .map_err(|error| BuildFailure::caused_by(format!("{ATTRIBUTE} has a bad path '{path}'"), error))
    };
    let starts: Vec<StorePath> = starts.iter().map(parse).collect::<Result<_, _>>()?;
    store.closure(&starts).map_err(failed)
}

fn as_text(closure: &BTreeSet<StorePath>, store: &Store) -> Result<String, BuildFailure> {
    let mut text = String::new();
    for path in closure {
        let references = store.references(path).map_err(failed)?;
        // The empty line stands where the deriver would.
        let _ = writeln!(text, "{path}\n\n{}", references.len());
        for reference in references {
            let _ = writeln!(text, "{reference}");
        }
    }
    Ok(text)
}

fn as_json(closure: &BTreeSet<StorePath>, store: &Store) -> Result<Value, BuildFailure> {
    let mut paths = Vec::new();
    for path in closure {
        let info = store.require_info(path).map_err(failed)?;
        let mut closure_size = 0;
        for member in store.closure([path]).map_err(failed)? {
            closure_size += store.require_info(&member).map_err(failed)?.nar_size;
        }
        let references: Vec<String> = info.references.iter().map(ToString::to_string).collect();
        paths.push(json!({
            "closureSize": closure_size,
            "narHash": info.nar_hash.to_prefixed_nix32(),
            "narSize": info.nar_size,
            "path": path.to_string(),
            "references": references,
        }));
    }
    Ok(Value::Array(paths))
}

fn failed(error: store::StoreError) -> BuildFailure {
    BuildFailure::caused_by(format!("cannot follow {ATTRIBUTE}"), error)
}
