//! JSON text as Nix reads and writes it.

use serde_json::Value;

pub use super::numbers::float_to_json;

/// Why a text is not JSON, or bytes cannot be written as JSON.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// The text is not JSON.
    #[error(
        "[json.exception.parse_error.101] parse error at line {}, column {}: syntax error while parsing value - {}",
        .0.line(), .0.column(), without_place(.0)
    )]
    Parse(#[from] serde_json::Error),
    /// A string is not UTF-8.
    #[error("the string is not valid UTF-8 at byte {0}")]
    NotUtf8(usize),
    /// A whole number that the language cannot hold.
    #[error("unsigned json number {0} outside of Nix integer range")]
    TooLarge(u64),
    /// A string that the language cannot hold.
    #[error("input string '{0}' cannot be represented as Nix string because it contains null bytes")]
    NullByte(String),
}

/// What is wrong, without where.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = text.find(" at line ");
    place.and_then(|end| text.get(..end)).unwrap_or(&text).to_owned()
}

/// Reads JSON.
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    let value = serde_json::from_slice(text)?;
    check(&value)?;
    Ok(value)
}

/// Refuses what the language has no value for.
fn check(value: &Value) -> Result<(), JsonError> {
    match value {
        Value::Number(number) => match number.as_u64() {
            Some(large) if number.as_i64().is_none() => Err(JsonError::TooLarge(large)),
            _ => Ok(()),
        },
        Value::String(text) => check_text(text),
        Value::Array(items) => items.iter().try_for_each(check),
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            check_text(name)?;
            check(value)
        }),
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), JsonError> {
    match text.contains('\0') {
        true => Err(JsonError::NullByte(text.replace('\0', "␀"))),
        false => Ok(()),
    }
}

/// A string with quotes and escapes.
pub fn quote(bytes: &[u8]) -> Result<String, JsonError> {
    let text = std::str::from_utf8(bytes).map_err(|error| JsonError::NotUtf8(error.valid_up_to()))?;
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    let mut plain = 0;
    for (index, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        quoted.push_str(text.get(plain..index).unwrap_or_default());
        plain = index + 1;
        match escape {
            "" => quoted.push_str(&format!("\\u{byte:04x}")),
            known => quoted.push_str(known),
        }
    }
    quoted.push_str(text.get(plain..).unwrap_or_default());
    quoted.push('"');
    Ok(quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_no_more_than_needed() {
        for (bytes, expected) in [
            ("a\"b\\c".as_bytes(), r#""a\"b\\c""#),
            (b"\n\t\x01\x7f", "\"\\n\\t\\u0001\x7f\""),
            ("ä/ü".as_bytes(), "\"ä/ü\""),
        ] {
            assert_eq!(quote(bytes).expect("UTF-8"), expected);
        }
        assert!(quote(b"a\xff").is_err());
    }

    #[test]
    fn reads_what_the_language_can_hold() {
        for text in [
            "1",
            "-1.5e3",
            "[null, true, {\"a\": \"\\u00e4\"}]",
            "9223372036854775807",
            "1e30",
        ] {
            assert!(parse(text.as_bytes()).is_ok(), "{text}");
        }
        for text in [
            "",
            "{a: 1}",
            "[1,]",
            "1 2",
            "18446744073709551615",
            "\"\\u0000\"",
            "\"\u{1}\"",
            "nul",
        ] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"\"\xff\"").is_err());
    }
}
