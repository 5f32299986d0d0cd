//! TOML text as `builtins.fromTOML` reads it.

use toml::Value;
use toml::value::{Datetime, Offset};

/// Why a text cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TomlError {
    /// The text is not TOML.
    #[error("{0}")]
    Parse(Box<toml::de::Error>),
    /// Dates and times have no value in the language, unless somebody asks for sets that stand for them.
    #[error("Dates and times are not supported")]
    Time,
    /// A string that the language cannot hold.
    #[error("input string '{0}' cannot be represented as Nix string because it contains null bytes")]
    NullByte(String),
}

/// What becomes of dates and times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// They are an error.
    Refused,
    /// They are read.
    Read,
}

/// Reads TOML; the result holds only what the language has values for, and dates and times where they are read.
pub fn parse(text: &str, times: Times) -> Result<toml::Table, TomlError> {
    let table = toml::from_str(text).map_err(|error| TomlError::Parse(Box::new(error)))?;
    check_table(&table, times)?;
    Ok(table)
}

/// Writes a date or time as Nix does: `T` between date and time, fractions of seconds in groups of three digits.
pub fn timestamp(time: &Datetime) -> String {
    let date = time.date.map(|date| date.to_string());
    let clock = time.time.map(|clock| {
        let nanoseconds = clock.nanosecond;
        let fraction = match nanoseconds {
            0 => String::new(),
            part if part % 1_000_000 == 0 => format!(".{:03}", part / 1_000_000),
            part if part % 1_000 == 0 => format!(".{:06}", part / 1_000),
            part => format!(".{part:09}"),
        };
        let (hour, minute, second) = (clock.hour, clock.minute, clock.second);
        format!("{hour:02}:{minute:02}:{second:02}{fraction}")
    });
    let offset = match time.offset {
        None => String::new(),
        Some(Offset::Z | Offset::Custom { minutes: 0 }) => "Z".to_owned(),
        Some(Offset::Custom { minutes }) => {
            let sign = if minutes < 0 { '-' } else { '+' };
            let minutes = minutes.unsigned_abs();
            format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    };
    let parts: Vec<String> = date.into_iter().chain(clock).collect();
    parts.join("T") + &offset
}

fn check_table(table: &toml::Table, times: Times) -> Result<(), TomlError> {
    table.iter().try_for_each(|(name, value)| {
        check_text(name)?;
        check(value, times)
    })
}

fn check(value: &Value, times: Times) -> Result<(), TomlError> {
    match value {
        Value::Datetime(_) if times == Times::Refused => Err(TomlError::Time),
        Value::Datetime(_) => Ok(()),
        Value::String(text) => check_text(text),
        Value::Array(items) => items.iter().try_for_each(|item| check(item, times)),
        Value::Table(table) => check_table(table, times),
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
        let table = parse("a = 1\n[b]\nc = [true, 1.5, \"x\", inf]\n", Times::Refused).expect("TOML");
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
            assert!(parse(text, Times::Refused).is_err(), "{text}");
        }
    }

    #[test]
    fn times_are_written_as_nix_writes_them() {
        let table = [
            ("1979-05-27t07:32:00z", "1979-05-27T07:32:00Z"),
            ("1979-05-27 07:32:00", "1979-05-27T07:32:00"),
            ("1979-05-27", "1979-05-27"),
            ("07:32:00.99", "07:32:00.990"),
            ("07:32:00.000001", "07:32:00.000001"),
            ("07:32:00.0000010", "07:32:00.000001"),
            ("07:32:00.123456789", "07:32:00.123456789"),
            ("07:32:00.5000", "07:32:00.500"),
            ("07:32:00.000", "07:32:00"),
            ("1979-05-27T00:32:00.9-07:00", "1979-05-27T00:32:00.900-07:00"),
            ("1979-05-27T00:32:00+00:00", "1979-05-27T00:32:00Z"),
            ("1979-05-27T00:32:00+05:30", "1979-05-27T00:32:00+05:30"),
        ];
        for (text, expected) in table {
            let read = parse(&format!("a = {text}"), Times::Read).expect(text);
            let Value::Datetime(time) = &read["a"] else {
                panic!("{text} is a time")
            };
            assert_eq!(timestamp(time), expected, "{text}");
        }
    }
}
