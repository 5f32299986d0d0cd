//! Resolves short names of flakes through the user's registry files; there is no built-in or global registry.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::{Attributes, Error, FlakeReference, Input};

/// Short names and what they stand for.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    entries: BTreeMap<String, FlakeReference>,
}

impl Registry {
    /// Adds the entries of a `registry.json` that no earlier file has. A missing file adds nothing.
    pub fn read(&mut self, file: &Path) -> Result<(), Error> {
        let Ok(text) = std::fs::read_to_string(file) else {
            return Ok(());
        };
        let bad = |reason: String| Error::BadLock {
            path: file.display().to_string(),
            reason,
        };
        let value: Value = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
        for entry in value["flakes"].as_array().into_iter().flatten() {
            let (Some(from), Some(to)) = (entry["from"].as_object(), entry["to"].as_object()) else {
                return Err(bad("an entry lacks 'from' or 'to'".to_owned()));
            };
            let Some(id) = from.get("id").and_then(Value::as_str) else {
                continue;
            };
            let attributes = Attributes::from_json(to).map_err(bad)?;
            let target = FlakeReference::from_attributes(attributes)?;
            self.entries.entry(id.to_owned()).or_insert(target);
        }
        Ok(())
    }

    /// What the name stands for, with the branch or revision that was asked for.
    pub(crate) fn resolve(&self, input: &Input) -> Result<Input, Error> {
        let id = input.text("id").unwrap_or_default();
        let entry = self
            .entries
            .get(id)
            .ok_or_else(|| Error::NoRegistry(id.to_owned()))?;
        let mut target = entry.input.clone();
        for name in ["ref", "rev"] {
            if let Some(value) = input.text(name) {
                target.attributes_mut().set(name, value);
            }
        }
        Ok(target)
    }
}
