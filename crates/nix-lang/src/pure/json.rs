//! JSON text as Nix reads and writes it.

use serde::Deserialize as _;
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
    /// Lists and sets are nested too deeply.
    #[error("JSON is nested more than {MOST_DEPTH} levels deep")]
    TooDeep,
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

/// How deeply lists and sets may be nested: as deeply as calls.
const MOST_DEPTH: usize = 10_000;

/// Reads JSON. Takes stack for each level, some MiB at the most.
pub fn parse(text: &[u8]) -> Result<Value, JsonError> {
    if depth(text) > MOST_DEPTH {
        return Err(JsonError::TooDeep);
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    reader.disable_recursion_limit();
    let value = Value::deserialize(&mut reader)?;
    reader.end()?;
    check(&value)?;
    Ok(value)
}

/// How deeply brackets outside of strings are nested.
fn depth(text: &[u8]) -> usize {
    let (mut depth, mut most) = (0_usize, 0);
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'[' | b'{' => {
                depth += 1;
                most = most.max(depth);
            }
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(inside) = bytes.next() {
                    match inside {
                        b'\\' => drop(bytes.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    most
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

    #[test]
    fn nests_as_deeply_as_calls() {
        let nested = |levels: usize| format!("{}\"[\\\"[\"{}", "[".repeat(levels), "]".repeat(levels));
        let worked = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(move || {
                assert!(parse(nested(10_000).as_bytes()).is_ok());
                let error = parse(nested(10_001).as_bytes()).expect_err("too deep");
                assert!(matches!(error, JsonError::TooDeep));
            })
            .map(std::thread::JoinHandle::join);
        assert!(matches!(worked, Ok(Ok(()))));
    }
}
