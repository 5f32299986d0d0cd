//! The JSON form of derivations, as `nix derivation show` prints it and `nix derivation add` reads it (version 4).

use std::collections::{BTreeMap, BTreeSet};

use bstr::BString;
use serde_json::{Map, Value, json};

use crate::content_address::{ContentAddress, Method};
use crate::derivation::{Derivation, Output};
use crate::hash::{Hash, HashAlgorithm};
use crate::store_path::{StorePath, content_addressed_path, output_path_name};

/// The version of the form.
const VERSION: u64 = 4;
/// The variable that holds structured attributes.
const STRUCTURED: &str = "__json";

/// Why JSON does not describe a derivation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

impl Derivation {
    /// The value that stands for this derivation in the output of `nix derivation show`.
    /// Bytes that are not UTF-8 are shown as replacement characters.
    pub fn to_json(&self) -> Value {
        let outputs: Map<String, Value> = self
            .outputs
            .iter()
            .map(|(name, output)| (name.clone(), output_json(output)))
            .collect();
        let inputs: Map<String, Value> = self
            .input_derivations
            .iter()
            .map(|(path, outputs)| {
                (
                    path.base_name().to_owned(),
                    json!({ "dynamicOutputs": {}, "outputs": outputs }),
                )
            })
            .collect();
        let environment: Map<String, Value> = self
            .environment
            .iter()
            .filter(|(name, _)| *name != STRUCTURED)
            .map(|(name, value)| (name.to_string(), value.to_string().into()))
            .collect();
        let sources: Vec<&str> = self.input_sources.iter().map(StorePath::base_name).collect();
        let mut shown = json!({
            "args": self.arguments.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "builder": self.builder.to_string(),
            "env": environment,
            "inputs": { "drvs": inputs, "srcs": sources },
            "name": self.name,
            "outputs": outputs,
            "system": self.system.to_string(),
            "version": VERSION,
        });
        if let Some(structured) = self.env(STRUCTURED)
            && let Ok(structured) = serde_json::from_slice::<Value>(structured)
        {
            shown["structuredAttrs"] = structured;
        }
        shown
    }

    /// Reads what [`Self::to_json`] gives.
    ///
    /// # Errors
    /// If something is missing, of another version or not what it must be.
    pub fn from_json(value: &Value) -> Result<Self, JsonError> {
        match value.get("version").and_then(Value::as_u64) {
            Some(VERSION) => {}
            other => {
                let found = other.map_or_else(|| "none".to_owned(), |version| version.to_string());
                return Err(JsonError(format!("version {VERSION} is understood, not {found}")));
            }
        }
        let inputs = field(value, "inputs")?;
        let mut environment: BTreeMap<BString, BString> = BTreeMap::new();
        for (name, text) in object(value, "env")? {
            environment.insert(name.as_str().into(), as_text(text, name)?.into());
        }
        if let Some(structured) = value.get("structuredAttrs") {
            environment.insert(STRUCTURED.into(), structured.to_string().into());
        }
        let mut input_derivations = BTreeMap::new();
        for (path, wanted) in object(inputs, "drvs")? {
            let outputs = texts(field(wanted, "outputs")?, "outputs")?;
            input_derivations.insert(store_path(path)?, outputs.into_iter().collect());
        }
        let own_name = as_text(field(value, "name")?, "name")?;
        let mut outputs = BTreeMap::new();
        for (name, output) in object(value, "outputs")? {
            outputs.insert(
                name.clone(),
                output_of_json(output, &output_path_name(own_name, name))?,
            );
        }
        let sources = texts(field(inputs, "srcs")?, "srcs")?;
        Ok(Self {
            name: own_name.to_owned(),
            outputs,
            input_derivations,
            input_sources: sources
                .iter()
                .map(|path| store_path(path))
                .collect::<Result<BTreeSet<_>, _>>()?,
            system: as_text(field(value, "system")?, "system")?.into(),
            builder: as_text(field(value, "builder")?, "builder")?.into(),
            arguments: texts(field(value, "args")?, "args")?
                .into_iter()
                .map(Into::into)
                .collect(),
            environment,
        })
    }
}

fn field<'v>(value: &'v Value, name: &str) -> Result<&'v Value, JsonError> {
    value
        .get(name)
        .ok_or_else(|| JsonError(format!("'{name}' is missing")))
}

fn object<'v>(value: &'v Value, name: &str) -> Result<&'v Map<String, Value>, JsonError> {
    field(value, name)?
        .as_object()
        .ok_or_else(|| JsonError(format!("'{name}' is no object")))
}

fn as_text<'v>(value: &'v Value, name: &str) -> Result<&'v str, JsonError> {
    value
        .as_str()
        .ok_or_else(|| JsonError(format!("'{name}' is no string")))
}

fn texts(value: &Value, name: &str) -> Result<Vec<String>, JsonError> {
    let items = value
        .as_array()
        .ok_or_else(|| JsonError(format!("'{name}' is no list")))?;
    items
        .iter()
        .map(|item| as_text(item, name).map(str::to_owned))
        .collect()
}

fn store_path(base_name: &str) -> Result<StorePath, JsonError> {
    StorePath::from_base_name(base_name).map_err(|error| JsonError(error.to_string()))
}

fn output_json(output: &Output) -> Value {
    match (&output.fixed, &output.path) {
        (Some(fixed), _) => json!({ "hash": fixed.hash.to_sri(), "method": fixed.method.name() }),
        (None, Some(path)) => json!({ "path": path.base_name() }),
        (None, None) => json!({}),
    }
}

/// The output that goes to a path called `path_name` if its content is known by digest.
fn output_of_json(value: &Value, path_name: &str) -> Result<Output, JsonError> {
    if let Some(path) = value.get("path") {
        return Ok(Output {
            path: Some(store_path(as_text(path, "path")?)?),
            ..Output::default()
        });
    }
    let hash = as_text(field(value, "hash")?, "hash")?;
    let method = as_text(field(value, "method")?, "method")?;
    let method = match method {
        "flat" => Method::Flat,
        "nar" => Method::Nar,
        "text" => Method::Text,
        other => return Err(JsonError(format!("'{other}' is no method of content addressing"))),
    };
    let hash = Hash::parse_any(hash, None::<HashAlgorithm>).map_err(|error| JsonError(error.to_string()))?;
    let address = ContentAddress { method, hash };
    let path = content_addressed_path(path_name, &address, &BTreeSet::new())
        .map_err(|error| JsonError(error.to_string()))?;
    Ok(Output {
        path: Some(path),
        fixed: Some(address),
    })
}
