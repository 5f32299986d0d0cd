//! Parses the content of indented strings and strips their indentation.

use super::ast::{Expr, Kind, Part};
use super::parser::{Parsed, Parser};
use super::strings::unescaped;

/// A piece of an indented string before its indentation is stripped, cut as Nix cuts it.
#[derive(Debug, Clone, Copy)]
enum Piece<'t> {
    /// Text as written; counts for the indentation.
    Text(&'t [u8]),
    /// Text from an escape; ends the white space that counts for the indentation.
    Escaped(&'t [u8]),
    /// An interpolation.
    Expr(Expr<'t>),
}

impl<'t> Parser<'t> {
    /// An indented string, up to its closing quotes; the lexer stands behind the opening ones.
    pub(super) fn indented_string(&mut self) -> Parsed<Kind<'t>> {
        let mut pieces = Vec::new();
        loop {
            let rest = self.lexer.rest();
            let plain = plain_length(rest);
            if plain > 0 {
                if rest[..plain].contains(&0) {
                    return self.nul_byte();
                }
                pieces.push(Piece::Text(&rest[..plain]));
                self.lexer.position += plain;
                continue;
            }
            let (escaped, length) = match rest {
                [b'$', b'{', ..] => {
                    pieces.push(Piece::Expr(self.interpolation()?));
                    continue;
                }
                [b'\'', b'\'', b'$', ..] => (&rest[2..3], 3),
                [b'\'', b'\'', b'\'', ..] => (&rest[..2], 3),
                [b'\'', b'\'', b'\\', _, ..] => (unescaped(&rest[3..4]), 4),
                [b'\'', b'\'', ..] => {
                    self.lexer.position += 2;
                    return Ok(self.stripped(&pieces));
                }
                [b'$' | b'\'', ..] => (&rest[..1], 1),
                _ => {
                    return self.end_inside("indented string or '${' or end of an indented string");
                }
            };
            pieces.push(Piece::Escaped(escaped));
            self.lexer.position += length;
        }
    }

    /// A string of these pieces without their common indentation. Texts that follow each other stay apart, for Nix
    /// shows them so; a string that is nothing but an interpolated string is that string.
    fn stripped(&mut self, pieces: &[Piece<'t>]) -> Kind<'t> {
        let mut stripper = Stripper {
            indentation: common_indentation(pieces),
            at_line_start: true,
            dropped: 0,
        };
        let before = self.parts.len();
        for (index, piece) in pieces.iter().enumerate() {
            match *piece {
                Piece::Expr(inner) => {
                    stripper.at_line_start = false;
                    stripper.dropped = 0;
                    self.parts.push(Part::Expr(inner));
                }
                Piece::Escaped(text) | Piece::Text(text) => {
                    stripper.strip(text, &mut self.bytes);
                    if index + 1 == pieces.len() {
                        drop_last_line_of_spaces(&mut self.bytes);
                    }
                    let is_whole = self.bytes.len() == text.len();
                    if is_whole {
                        self.bytes.clear();
                        self.parts.push(Part::Text(text));
                    } else {
                        let kept = self.text_as_read(b"");
                        self.parts.extend((!kept.is_empty()).then_some(Part::Text(kept)));
                    }
                }
            }
        }
        if let [
            Part::Expr(Expr {
                kind: Kind::String(text),
                ..
            }),
        ] = self.parts[before..]
        {
            self.parts.truncate(before);
            return Kind::String(text);
        }
        self.string_of_parts(before)
    }
}

/// Length of the text at the beginning of `rest` that means itself: neither `''` nor `${`, and no lone `$` or
/// `'` before one of those.
fn plain_length(rest: &[u8]) -> usize {
    let mut length = 0;
    loop {
        let plain = rest[length..]
            .iter()
            .position(|byte| matches!(byte, b'$' | b'\''));
        length += plain.unwrap_or(rest.len() - length);
        match &rest[length..] {
            [b'$', next, ..] if !matches!(next, b'{' | b'\'') => length += 2,
            [b'\'', next, ..] if !matches!(next, b'\'' | b'$') => length += 2,
            _ => return length,
        }
    }
}

fn spaces(text: &[u8]) -> usize {
    text.iter().take_while(|byte| **byte == b' ').count()
}

struct Stripper {
    /// How many spaces to drop from each line.
    indentation: usize,
    at_line_start: bool,
    /// How many spaces of this line were seen.
    dropped: usize,
}

impl Stripper {
    /// Adds to `kept` what stays of `text`.
    fn strip(&mut self, text: &[u8], kept: &mut Vec<u8>) {
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let mut rest = line;
            if self.at_line_start {
                let spaces = spaces(line);
                let too_many = self.indentation.saturating_sub(self.dropped);
                rest = &line[spaces.min(too_many)..];
                self.dropped += spaces;
                if spaces < line.len() {
                    self.at_line_start = false;
                    self.dropped = 0;
                }
            }
            kept.extend_from_slice(rest);
            if line.ends_with(b"\n") {
                self.at_line_start = true;
                self.dropped = 0;
            }
        }
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
fn common_indentation(pieces: &[Piece<'_>]) -> usize {
    let mut at_line_start = true;
    let mut least = usize::MAX;
    let mut current = 0;
    for piece in pieces {
        let Piece::Text(text) = piece else {
            if at_line_start {
                at_line_start = false;
                least = least.min(current);
            }
            continue;
        };
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if at_line_start {
                let spaces = spaces(line);
                current += spaces;
                if spaces < line.len() && line[spaces] != b'\n' {
                    at_line_start = false;
                    least = least.min(current);
                }
            }
            if line.ends_with(b"\n") {
                at_line_start = true;
                current = 0;
            }
        }
    }
    least
}
