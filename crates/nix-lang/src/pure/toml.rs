//! TOML text as JSON values, as `builtins.fromTOML` gives them.

use serde_json::{Map, Value as Json};
use toml::Value as Toml;

/// Why a text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TomlError {
    /// The text is not TOML.
    #[error("{0}")]
    Parse(Box<toml::de::Error>),
    /// Dates and times have no value in the language.
    #[error("Dates and times are not supported")]
    Time,
}

/// Reads TOML.
pub fn parse(text: &str) -> Result<Json, TomlError> {
    let table: toml::Table = toml::from_str(text).map_err(|error| TomlError::Parse(Box::new(error)))?;
    json(Toml::Table(table))
}

fn json(value: Toml) -> Result<Json, TomlError> {
    Ok(match value {
        Toml::String(text) => Json::String(text),
        Toml::Integer(number) => Json::from(number),
        Toml::Float(number) => Json::from(number),
        Toml::Boolean(value) => Json::Bool(value),
        Toml::Datetime(_) => return Err(TomlError::Time),
        Toml::Array(items) => Json::Array(items.into_iter().map(json).collect::<Result<_, _>>()?),
        Toml::Table(table) => {
            let member = |(name, value)| Ok((name, json(value)?));
            Json::Object(
                table
                    .into_iter()
                    .map(member)
                    .collect::<Result<Map<_, _>, TomlError>>()?,
            )
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_become_objects() {
        let value = parse("a = 1\n[b]\nc = [true, 1.5, \"x\"]\n").expect("TOML");
        assert_eq!(
            value,
            serde_json::json!({ "a": 1, "b": { "c": [true, 1.5, "x"] } })
        );
        assert!(parse("a = 1979-05-27").is_err());
        assert!(parse("a = ").is_err());
    }
}
