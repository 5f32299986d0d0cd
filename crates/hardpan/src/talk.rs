//! What is said to people and not asked for as data, on standard error. Where that cannot be written, it is not said.

use std::io::Write as _;

use serde_json::Value;

use crate::streams;
use crate::terminal::{Colours, clean, is_obeyed};

/// Says one line, or several.
pub fn line(text: &str) {
    let mut stream = streams::talk();
    let colours = stream.terminal().unwrap_or(Colours::Drop);
    let line = format!("{}\n", clean(text, colours));
    // A full disk below a log is no reason to stop, and a reader that left is noted by the stream.
    let _ = stream.write_all(line.as_bytes());
}

/// Says one JSON object.
pub fn record(value: &Value) {
    let line = format!("{}\n", json(value));
    let _ = streams::talk().write_all(line.as_bytes());
}

/// JSON in which every character that a terminal obeys is written by its number: the same data.
fn json(value: &Value) -> String {
    let text = value.to_string();
    if !text.chars().any(is_obeyed) {
        return text;
    }
    let shown = |character: char| match is_obeyed(character) {
        true => format!("\\u{:04x}", u32::from(character)),
        false => character.to_string(),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_holds_the_same_text_without_controls() {
        let value = Value::from("a\u{9b}31m\u{7f}\u{202e}\u{1b}é");
        let written = json(&value);
        assert_eq!(written, "\"a\\u009b31m\\u007f\\u202e\\u001bé\"");
        assert_eq!(serde_json::from_str::<Value>(&written).ok(), Some(value));
    }
}
