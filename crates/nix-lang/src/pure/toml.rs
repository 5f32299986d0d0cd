//! TOML text as `builtins.fromTOML` reads it.

use toml::Value;

/// Why a text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TomlError {
    /// The text is not TOML.
    #[error("{0}")]
    Parse(Box<toml::de::Error>),
    /// Dates and times have no value in the language.
    #[error("Dates and times are not supported")]
    Time,
    /// A string that the language cannot hold.
    #[error("input string '{0}' cannot be represented as Nix string because it contains null bytes")]
    NullByte(String),
}

/// Reads TOML; the result holds only what the language has values for.
pub fn parse(text: &str) -> Result<toml::Table, TomlError> {
    let table = toml::from_str(text).map_err(|error| TomlError::Parse(Box::new(error)))?;
    check_table(&table)?;
    Ok(table)
}

fn check_table(table: &toml::Table) -> Result<(), TomlError> {
    table.iter().try_for_each(|(name, value)| {
        check_text(name)?;
        check(value)
    })
}

fn check(value: &Value) -> Result<(), TomlError> {
    match value {
        Value::Datetime(_) => Err(TomlError::Time),
        Value::String(text) => check_text(text),
        Value::Array(items) => items.iter().try_for_each(check),
        Value::Table(table) => check_table(table),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), TomlError> {
    match text.contains('\0') {
        true => Err(TomlError::NullByte(text.replace('\0', "␀"))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tables() {
        let table = parse("a = 1\n[b]\nc = [true, 1.5, \"x\", inf]\n").expect("TOML");
        assert_eq!(table["a"], Value::Integer(1));
        assert_eq!(table["b"]["c"][3], Value::Float(f64::INFINITY));
    }

    #[test]
    fn refuses_what_the_language_cannot_hold() {
        for text in [
            "a = 1979-05-27",
            "a = [07:32:00]",
            "a = ",
            "a = \"\\u0000\"",
            "a = 1\na = 2",
            "[a]\n[a]\n",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
