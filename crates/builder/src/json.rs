//! Writes JSON as Nix does: numbers with a fraction or an exponent look as its library prints them.

use std::io::{self, Write};

use serde::Serialize as _;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

/// The text of `value`, without spaces.
pub(crate) fn to_string(value: &Value) -> Result<String, serde_json::Error> {
    let mut bytes = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut bytes, AsNix))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

struct AsNix;

impl Formatter for AsNix {
    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        writer.write_all(float(value).as_bytes())
    }
}

/// The shortest digits that mean `value`, with an exponent where it is below 10⁻⁴ or not below 10¹⁵.
fn float(value: f64) -> String {
    let scientific = format!("{:e}", value.abs());
    let sign = if value.is_sign_negative() { "-" } else { "" };
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits: String = digits.chars().filter(|digit| *digit != '.').collect();
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let point = exponent + 1;
    let unsigned = match usize::try_from(point) {
        Ok(point @ 1..=15) if digits.len() <= point => format!("{digits:0<point$}.0"),
        Ok(point @ 1..=15) => format!("{}.{}", &digits[..point], &digits[point..]),
        _ if point > -4 && point <= 0 => {
            let zeros = usize::try_from(-point).unwrap_or_default();
            format!("0.{}{digits}", "0".repeat(zeros))
        }
        _ => {
            let (first, rest) = digits.split_at(1);
            let dot = if rest.is_empty() { "" } else { "." };
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{first}{dot}{rest}e{sign}{:02}", exponent.abs())
        }
    };
    format!("{sign}{unsigned}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_nix_prints_them() {
        for (text, expected) in [
            ("1.0", "1.0"),
            ("-0.0", "-0.0"),
            ("0.1", "0.1"),
            ("12.5", "12.5"),
            ("1e14", "100000000000000.0"),
            ("1e15", "1e+15"),
            ("123456789.0", "123456789.0"),
            ("1e16", "1e+16"),
            ("1.5e300", "1.5e+300"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1.25e-7", "1.25e-07"),
            ("4294967296", "4294967296"),
            (r#"{"a":[true,null,"ü\u0001"]}"#, r#"{"a":[true,null,"ü\u0001"]}"#),
        ] {
            let value: Value = serde_json::from_str(text).unwrap();
            assert_eq!(to_string(&value).unwrap(), expected, "{text}");
        }
    }
}
