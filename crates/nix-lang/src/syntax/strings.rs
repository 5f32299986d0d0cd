//! Parses the content of strings: escapes, interpolation and the stripping of indentation.

use super::SyntaxError;
use super::ast::{Kind, Part};
use super::lexer::Token;
use super::parser::{Parsed, Parser};

/// A piece of an indented string before its indentation is stripped, cut as Nix cuts it.
#[derive(Debug)]
enum RawPart {
    /// Text as written; counts for the indentation.
    Text(Vec<u8>),
    /// Text from an escape; ends the white space that counts for the indentation.
    Escaped(Vec<u8>),
    /// An interpolation.
    Part(Part),
}

/// The character that `\x` stands for in a string.
fn unescape(letter: u8) -> u8 {
    match letter {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        other => other,
    }
}

/// Adds `bytes` to the last text of `parts`.
pub(super) fn push_text(parts: &mut Vec<Part>, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    match parts.last_mut() {
        Some(Part::Text(text)) => text.extend_from_slice(bytes),
        _ => parts.push(Part::Text(bytes.to_vec())),
    }
}

/// A string of these parts.
fn string_of(mut parts: Vec<Part>) -> Kind {
    match parts.as_mut_slice() {
        [] => Kind::String(Vec::new()),
        [Part::Text(text)] => Kind::String(std::mem::take(text)),
        _ => Kind::Interpolated(parts),
    }
}

/// An indented string of these parts. One that is nothing but an interpolated string is that string, as in Nix.
fn indented_string_of(mut parts: Vec<Part>) -> Kind {
    if let [Part::Expr(only)] = parts.as_mut_slice()
        && let Kind::String(text) = &mut *only.kind
    {
        return Kind::String(std::mem::take(text));
    }
    string_of(parts)
}

impl Parser<'_> {
    /// A string, up to its closing quote; the lexer stands behind the opening one.
    pub(super) fn string(&mut self) -> Parsed<Kind> {
        let mut parts = Vec::new();
        let mut text = Vec::new();
        loop {
            let rest = self.lexer.rest();
            let plain = rest
                .iter()
                .position(|byte| matches!(byte, b'"' | b'\\' | b'$' | b'\r' | 0));
            let plain = plain.unwrap_or(rest.len());
            text.extend_from_slice(&rest[..plain]);
            self.lexer.position += plain;
            match &rest[plain..] {
                [b'"', ..] => {
                    self.lexer.position += 1;
                    push_text(&mut parts, &text);
                    return Ok(string_of(parts));
                }
                [b'$', b'{', ..] => {
                    push_text(&mut parts, &text);
                    text.clear();
                    parts.push(Part::Expr(self.interpolation()?));
                }
                [b'$', b'$', ..] => self.push_literal(&mut text, b"$$", 2),
                [b'$', ..] => self.push_literal(&mut text, b"$", 1),
                [b'\\', b'\r', b'\n', ..] => self.push_literal(&mut text, b"\r", 2),
                [b'\\', letter, ..] => self.push_literal(&mut text, &[unescape(*letter)], 2),
                [b'\r', b'\n', ..] => self.push_literal(&mut text, b"\n", 2),
                [b'\r', ..] => self.push_literal(&mut text, b"\n", 1),
                [0, ..] => return Err(self.nul_byte()),
                _ => return Err(self.end_inside("'\"'")),
            }
        }
    }

    /// Adds `literal` to `text` for the next `length` bytes.
    fn push_literal(&mut self, text: &mut Vec<u8>, literal: &[u8], length: usize) {
        text.extend_from_slice(literal);
        self.lexer.position += length;
    }

    fn nul_byte(&self) -> SyntaxError {
        SyntaxError::new("the string contains a null byte", self.lexer.position as u32)
    }

    fn end_inside(&mut self, expected: &str) -> SyntaxError {
        self.token = Token::End;
        SyntaxError::new(
            format!("syntax error, unexpected end of file, expecting {expected}"),
            self.lexer.position as u32,
        )
    }

    /// An indented string, up to its closing quotes; the lexer stands behind the opening ones.
    pub(super) fn indented_string(&mut self) -> Parsed<Kind> {
        let mut raw = Vec::new();
        loop {
            let rest = self.lexer.rest();
            let plain = plain_indented_length(rest);
            if plain > 0 {
                if rest[..plain].contains(&0) {
                    return Err(self.nul_byte());
                }
                raw.push(RawPart::Text(rest[..plain].to_vec()));
                self.lexer.position += plain;
                continue;
            }
            let (escaped, length): (&[u8], usize) = match rest {
                [b'$', b'{', ..] => {
                    let interpolation = self.interpolation()?;
                    raw.push(RawPart::Part(Part::Expr(interpolation)));
                    continue;
                }
                [b'\'', b'\'', b'$', ..] => (b"$", 3),
                [b'\'', b'\'', b'\'', ..] => (b"''", 3),
                [b'\'', b'\'', b'\\', letter, ..] => (&[unescape(*letter)], 4),
                [b'\'', b'\'', ..] => {
                    self.lexer.position += 2;
                    return Ok(indented_string_of(strip_indentation(raw)));
                }
                [b'$', ..] => (b"$", 1),
                [b'\'', ..] => (b"'", 1),
                _ => {
                    return Err(self.end_inside("indented string or '${' or end of an indented string"));
                }
            };
            raw.push(RawPart::Escaped(escaped.to_vec()));
            self.lexer.position += length;
        }
    }
}

/// Length of the text at the beginning of `rest` that means itself: neither `''` nor `${`, and no lone `$` or
/// `'` before one of those.
fn plain_indented_length(rest: &[u8]) -> usize {
    let mut length = 0;
    loop {
        match &rest[length..] {
            [b'$', next, ..] if !matches!(next, b'{' | b'\'') => length += 2,
            [b'\'', next, ..] if !matches!(next, b'\'' | b'$') => length += 2,
            [] | [b'$' | b'\'', ..] => return length,
            _ => length += 1,
        }
    }
}

/// Strips the common indentation of an indented string.
fn strip_indentation(raw: Vec<RawPart>) -> Vec<Part> {
    let mut stripper = Stripper {
        indentation: common_indentation(&raw),
        at_line_start: true,
        dropped: 0,
    };
    let mut parts: Vec<Part> = Vec::new();
    let last = raw.len().wrapping_sub(1);
    for (index, part) in raw.into_iter().enumerate() {
        match part {
            RawPart::Part(part) => {
                stripper.at_line_start = false;
                stripper.dropped = 0;
                parts.push(part);
            }
            RawPart::Escaped(text) | RawPart::Text(text) => {
                let mut kept = stripper.strip(&text);
                if index == last {
                    drop_last_line_of_spaces(&mut kept);
                }
                // Texts that follow each other stay apart, for Nix shows them so.
                if !kept.is_empty() {
                    parts.push(Part::Text(kept));
                }
            }
        }
    }
    parts
}

struct Stripper {
    /// How many spaces to drop from each line.
    indentation: usize,
    at_line_start: bool,
    /// How many spaces of this line were seen.
    dropped: usize,
}

impl Stripper {
    fn strip(&mut self, text: &[u8]) -> Vec<u8> {
        let mut kept = Vec::with_capacity(text.len());
        for byte in text {
            if self.at_line_start && *byte == b' ' {
                self.dropped += 1;
                if self.dropped <= self.indentation {
                    continue;
                }
            } else if self.at_line_start {
                self.dropped = 0;
            }
            kept.push(*byte);
            if *byte == b'\n' {
                self.at_line_start = true;
            } else if *byte != b' ' {
                self.at_line_start = false;
            }
        }
        kept
    }
}

/// The last line of an indented string does not count if it is only spaces.
fn drop_last_line_of_spaces(text: &mut Vec<u8>) {
    if let Some(newline) = text.iter().rposition(|byte| *byte == b'\n')
        && text[newline + 1..].iter().all(|byte| *byte == b' ')
    {
        text.truncate(newline + 1);
    }
}

/// The least number of spaces before the first other character of a line; lines of spaces do not count.
fn common_indentation(raw: &[RawPart]) -> usize {
    let mut at_line_start = true;
    let mut least = usize::MAX;
    let mut current = 0;
    for part in raw {
        let RawPart::Text(text) = part else {
            if at_line_start {
                at_line_start = false;
                least = least.min(current);
            }
            continue;
        };
        for byte in text {
            match byte {
                b'\n' => {
                    at_line_start = true;
                    current = 0;
                }
                b' ' if at_line_start => current += 1,
                _ if at_line_start => {
                    at_line_start = false;
                    least = least.min(current);
                }
                _ => {}
            }
        }
    }
    least
}
