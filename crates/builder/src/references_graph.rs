//! `exportReferencesGraph`: tells a builder the closures of some of its inputs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use nix_formats::{Derivation, StorePath};
use serde_json::{Value, json};
use store::Store;

use crate::attributes::strings;
use crate::error::BuildFailure;

const ATTRIBUTE: &str = "exportReferencesGraph";

/// The files to be written into the build directory: name and text.
pub(crate) fn files(
    derivation: &Derivation,
    inputs: &BTreeSet<StorePath>,
    store: &Store,
) -> Result<Vec<(String, String)>, BuildFailure> {
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
        let closure = closure(&[(*path).to_owned()], inputs, store)?;
        files.push(((*file).to_owned(), as_text(&closure, store)?));
    }
    Ok(files)
}

/// Puts the closures among the attributes, by the names that were asked for.
pub(crate) fn add_to_attributes(
    attributes: &mut BTreeMap<String, Value>,
    inputs: &BTreeSet<StorePath>,
    store: &Store,
) -> Result<(), BuildFailure> {
    let Some(Value::Object(graphs)) = attributes.get(ATTRIBUTE).cloned() else {
        return Ok(());
    };
    for (name, paths) in graphs {
        let starts = match &paths {
            Value::String(path) => vec![path.clone()],
            list => strings(&format!("{ATTRIBUTE}.{name}"), list)?,
        };
        let graph = as_json(&closure(&starts, inputs, store)?, store)?;
        attributes.insert(name, graph);
    }
    Ok(())
}

/// What `starts` need, with the outputs of derivations among that and what those need.
fn closure(
    starts: &[String],
    inputs: &BTreeSet<StorePath>,
    store: &Store,
) -> Result<BTreeSet<StorePath>, BuildFailure> {
    let parse = |text: &String| {
        let (path, _) = StorePath::parse_inside(text).map_err(|error| {
            BuildFailure::caused_by(format!("{ATTRIBUTE} has a bad path '{text}'"), error)
        })?;
        match inputs.contains(&path) {
            true => Ok(path),
            false => Err(BuildFailure::new(format!(
                "{ATTRIBUTE} names '{path}', which is not among what the derivation needs"
            ))),
        }
    };
    let starts: Vec<StorePath> = starts.iter().map(parse).collect::<Result<_, _>>()?;
    let mut closure = store.closure(&starts).map_err(failed)?;
    let mut outputs = BTreeSet::new();
    for path in closure.iter().filter(|path| path.is_derivation()) {
        let derivation = store.read_derivation(path).map_err(failed)?;
        outputs.extend(derivation.outputs.into_values().filter_map(|output| output.path));
    }
    closure.extend(store.closure(&outputs).map_err(failed)?);
    Ok(closure)
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
        let mut entry = json!({
            "closureSize": closure_size,
            "narHash": info.nar_hash.to_prefixed_nix32(),
            "narSize": info.nar_size,
            "path": path.to_string(),
            "references": references,
            "valid": true,
        });
        if let Some(address) = info.content_address {
            entry["ca"] = Value::String(address.to_string());
        }
        paths.push(entry);
    }
    Ok(Value::Array(paths))
}

fn failed(error: store::StoreError) -> BuildFailure {
    BuildFailure::caused_by(format!("cannot follow {ATTRIBUTE}"), error)
}
