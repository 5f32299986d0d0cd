//! What a derivation asks of its build beside running a program: attributes that are words in its environment, or JSON
//! where it has structured ones.

use std::collections::BTreeMap;

use nix_formats::Derivation;
use serde_json::Value;

use crate::error::BuildFailure;

/// The variable of a derivation that holds its structured attributes.
const STRUCTURED: &str = "__json";

/// The attributes of a derivation.
pub(crate) enum Attributes<'a> {
    /// Each is a variable.
    Plain(&'a Derivation),
    /// They are JSON.
    Structured(BTreeMap<String, Value>),
}

impl<'a> Attributes<'a> {
    /// Reads those of `derivation`.
    pub(crate) fn of(derivation: &'a Derivation) -> Result<Self, BuildFailure> {
        match derivation.env_str(STRUCTURED) {
            None => Ok(Self::Plain(derivation)),
            Some(text) => serde_json::from_str(text)
                .map(Self::Structured)
                .map_err(|error| BuildFailure::caused_by("cannot read the structured attributes", error)),
        }
    }

    /// An attribute that is true or false.
    pub(crate) fn flag(&self, name: &str, usual: bool) -> bool {
        match self {
            Self::Plain(derivation) => derivation.env_str(name).map_or(usual, |value| value == "1"),
            Self::Structured(attributes) => attributes.get(name).and_then(Value::as_bool).unwrap_or(usual),
        }
    }

    /// An attribute that is a list of words.
    pub(crate) fn words(&self, name: &str) -> Result<Option<Vec<String>>, BuildFailure> {
        match self {
            Self::Plain(derivation) => {
                let words = derivation.env_str(name).map(str::split_ascii_whitespace);
                Ok(words.map(|words| words.map(str::to_owned).collect()))
            }
            Self::Structured(attributes) => {
                attributes.get(name).map(|value| strings(name, value)).transpose()
            }
        }
    }
}

/// A JSON list of strings.
pub(crate) fn strings(name: &str, value: &Value) -> Result<Vec<String>, BuildFailure> {
    serde_json::from_value(value.clone()).map_err(|error| {
        BuildFailure::caused_by(format!("the attribute '{name}' must be a list of strings"), error)
    })
}
