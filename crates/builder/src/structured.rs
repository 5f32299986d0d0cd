//! Attributes of a derivation with `__structuredAttrs`, for its builder: as JSON, and as declarations for bash.

use std::collections::BTreeMap;

use nix_formats::Derivation;
use serde_json::{Map, Value};

/// Puts the outputs' paths among the attributes.
pub(crate) fn add_outputs(attributes: &mut BTreeMap<String, Value>, derivation: &Derivation) {
    let path_of = |(name, output): (&String, &nix_formats::Output)| {
        let path = output.path.as_ref()?;
        Some((name.clone(), Value::String(path.to_string())))
    };
    let outputs: Map<String, Value> = derivation.outputs.iter().filter_map(path_of).collect();
    attributes.insert("outputs".to_owned(), Value::Object(outputs));
}

/// Declarations of what bash can hold: texts, whole numbers, flags, and lists and tables of those.
pub(crate) fn as_bash(attributes: &BTreeMap<String, Value>) -> String {
    let named = attributes.iter().filter(|(name, _)| is_variable_name(name));
    named
        .filter_map(|(name, value)| declaration(name, value))
        .collect()
}

fn declaration(name: &str, value: &Value) -> Option<String> {
    if let Some(simple) = simple(value) {
        return Some(format!("declare {name}={simple}\n"));
    }
    match value {
        Value::Array(items) => {
            let items: Option<Vec<String>> = items.iter().map(simple).collect();
            let items: String = items?.iter().map(|item| format!("{item} ")).collect();
            Some(format!("declare -a {name}=({items})\n"))
        }
        Value::Object(fields) => {
            let field =
                |(key, value): (&String, &Value)| Some(format!("[{}]={} ", quoted(key), simple(value)?));
            let fields: BTreeMap<&String, &Value> = fields.iter().collect();
            let fields: Option<String> = fields.into_iter().map(field).collect();
            Some(format!("declare -A {name}=({})\n", fields?))
        }
        _ => None,
    }
}

fn simple(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(quoted(text)),
        Value::Number(number) => whole(number).map(|number| number.to_string()),
        Value::Null => Some("''".to_owned()),
        Value::Bool(flag) => Some(if *flag { "1" } else { "" }.to_owned()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// What Nix makes of a number: none if it has a fraction that single precision can hold, else its lowest 32 bits.
fn whole(number: &serde_json::Number) -> Option<i32> {
    if let Some(number) = number.as_i64() {
        return Some(number as i32);
    }
    let number = number.as_f64()?;
    let single = number as f32;
    let fits = number > f64::from(i32::MIN) - 1.0 && number < f64::from(i32::MAX) + 1.0;
    (single.ceil() == single).then_some(if fits { number as i32 } else { i32::MIN })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

fn is_variable_name(name: &str) -> bool {
    let mut characters = name.chars();
    let is_first = |character: char| character.is_ascii_alphabetic() || character == '_';
    characters.next().is_some_and(is_first)
        && characters.all(|character| is_first(character) || character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bash_gets_what_it_can_hold() {
        let table = [
            (r#""it's""#, "declare x='it'\\''s'\n"),
            ("7", "declare x=7\n"),
            ("2.0", "declare x=2\n"),
            ("2.5", ""),
            ("16777217.5", "declare x=16777217\n"),
            ("1e16", "declare x=-2147483648\n"),
            ("4294967297", "declare x=1\n"),
            ("true", "declare x=1\n"),
            ("false", "declare x=\n"),
            ("null", "declare x=''\n"),
            (r#"["a", 1, true]"#, "declare -a x=('a' 1 1 )\n"),
            (r#"[["a"]]"#, ""),
            (
                r#"{"b": "1", "a": "x y"}"#,
                "declare -A x=(['a']='x y' ['b']='1' )\n",
            ),
            (r#"{"a": {}}"#, ""),
        ];
        for (json, expected) in table {
            let attributes = BTreeMap::from([("x".to_owned(), serde_json::from_str(json).unwrap())]);
            assert_eq!(as_bash(&attributes), expected, "{json}");
        }
        let odd = BTreeMap::from([
            ("not a name".to_owned(), Value::Null),
            ("1x".to_owned(), Value::Null),
        ]);
        assert_eq!(as_bash(&odd), "");
    }
}
