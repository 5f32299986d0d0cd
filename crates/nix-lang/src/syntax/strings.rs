//! Parses the content of strings: escapes and interpolation.

use super::ast::{Kind, Part};
use super::parser::{Parsed, Parser, fail};
use super::token::Token;

/// The text that `\x` stands for in a string.
pub(super) fn unescaped(letter: &[u8]) -> &[u8] {
    match letter {
        b"n" => b"\n",
        b"r" => b"\r",
        b"t" => b"\t",
        other => other,
    }
}

impl<'t> Parser<'t> {
    /// A string, up to its closing quote; the lexer stands behind the opening one.
    pub(super) fn string(&mut self) -> Parsed<Kind<'t>> {
        let before = self.parts.len();
        let mut begin = self.lexer.position;
        loop {
            self.plain_text();
            match self.lexer.rest() {
                [b'"', ..] => {
                    self.end_text(begin);
                    self.lexer.position += 1;
                    return Ok(self.string_of_parts(before));
                }
                [b'$', b'{', ..] => {
                    self.end_text(begin);
                    let inner = self.interpolation()?;
                    self.parts.push(Part::Expr(inner));
                    begin = self.lexer.position;
                }
                [b'\\', b'\r', b'\n', ..] => self.replace(begin, 2, b"\r"),
                rest @ [b'\\', _, ..] => self.replace(begin, 2, unescaped(&rest[1..2])),
                [b'\r', b'\n', ..] => self.replace(begin, 2, b"\n"),
                [b'\r', ..] => self.replace(begin, 1, b"\n"),
                [0, ..] => return self.nul_byte(),
                _ => return self.end_inside("'\"'"),
            }
        }
    }

    /// Reads what means itself; a dollar does, unless it begins an interpolation.
    fn plain_text(&mut self) {
        let rest = self.lexer.rest();
        let mut length = 0;
        loop {
            let special = |byte: &u8| matches!(byte, b'"' | b'\\' | b'$' | b'\r' | 0);
            let plain = rest[length..].iter().position(special);
            length += plain.unwrap_or(rest.len() - length);
            match &rest[length..] {
                [b'$', b'{', ..] => break,
                [b'$', b'$', ..] => length += 2,
                [b'$', ..] => length += 1,
                _ => break,
            }
        }
        if !self.bytes.is_empty() {
            self.bytes.extend_from_slice(&rest[..length]);
        }
        self.lexer.position += length;
    }

    /// Reads `length` bytes of the text that goes from `begin` to here, for which `literal` stands.
    fn replace(&mut self, begin: usize, length: usize, literal: &[u8]) {
        if self.bytes.is_empty() {
            self.bytes.extend_from_slice(self.lexer.since(begin));
        }
        self.bytes.extend_from_slice(literal);
        self.lexer.position += length;
    }

    /// Makes a part of the text that goes from `begin` to here.
    pub(super) fn end_text(&mut self, begin: usize) {
        let text = self.text_as_read(self.lexer.since(begin));
        if !text.is_empty() {
            self.parts.push(Part::Text(text));
        }
    }

    /// What was collected in `bytes`; if that is nothing, the text as it stands in the source.
    pub(super) fn text_as_read(&mut self, source: &'t [u8]) -> &'t [u8] {
        if self.bytes.is_empty() {
            return source;
        }
        let text = self.arena.alloc_slice_copy(&self.bytes);
        self.bytes.clear();
        text
    }

    /// The parts read since there were `before` of them.
    pub(super) fn take_parts(&mut self, before: usize) -> &'t [Part<'t>] {
        let parts = self.arena.alloc_slice_copy(&self.parts[before..]);
        self.parts.truncate(before);
        parts
    }

    /// A string of the parts read since there were `before` of them.
    pub(super) fn string_of_parts(&mut self, before: usize) -> Kind<'t> {
        let only = match self.parts[before..] {
            [] => Kind::String(b""),
            [Part::Text(text)] => Kind::String(text),
            _ => return Kind::Interpolated(self.take_parts(before)),
        };
        self.parts.truncate(before);
        only
    }

    #[cold]
    pub(super) fn nul_byte<T>(&self) -> Parsed<T> {
        fail("the string contains a null byte", self.lexer.position as u32)
    }

    #[cold]
    pub(super) fn end_inside<T>(&mut self, expected: &str) -> Parsed<T> {
        self.token = Token::End;
        let message = format!("syntax error, unexpected end of file, expecting {expected}");
        fail(message, self.lexer.position as u32)
    }
}
