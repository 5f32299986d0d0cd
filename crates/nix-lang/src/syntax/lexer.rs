//! Cuts a text into tokens. The content of strings and paths is cut by the parser, as it nests expressions.

use super::parser::{Parsed, fail};
use super::token::{Keyword, Sign, Token};

/// Sets of bytes, as bits.
mod class {
    /// White space.
    pub(super) const SPACE: u8 = 1;
    /// What identifiers begin with.
    pub(super) const WORD_START: u8 = 2;
    /// What identifiers are made of.
    pub(super) const WORD: u8 = 4;
    /// Letters that may stand in a path beside slashes.
    pub(super) const PATH: u8 = 8;
    /// What is before the colon of a URI.
    pub(super) const SCHEME: u8 = 16;
    /// What is behind it.
    pub(super) const URI: u8 = 32;
    pub(super) const DIGIT: u8 = 64;

    const fn of(byte: u8) -> u8 {
        let mut class = 0;
        if matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            class |= SPACE;
        }
        if byte.is_ascii_alphabetic() {
            class |= WORD_START | WORD | PATH | SCHEME | URI;
        }
        if byte.is_ascii_digit() {
            class |= DIGIT | WORD | PATH | SCHEME | URI;
        }
        match byte {
            b'_' => class |= WORD_START | WORD | PATH | URI,
            b'-' => class |= WORD | PATH | SCHEME | URI,
            b'\'' => class |= WORD | URI,
            b'.' | b'+' => class |= PATH | SCHEME | URI,
            b'%' | b'/' | b'?' | b':' | b'@' | b'&' | b'=' | b'$' | b',' | b'!' | b'~' | b'*' => class |= URI,
            _ => {}
        }
        class
    }

    pub(super) static OF: [u8; 256] = {
        let mut table = [0; 256];
        let mut byte = 0;
        while byte < 256 {
            table[byte] = of(byte as u8);
            byte += 1;
        }
        table
    };
}

fn is(byte: u8, class: u8) -> bool {
    class::OF[usize::from(byte)] & class != 0
}

/// How many bytes of that class are at the beginning.
fn run(bytes: &[u8], class: u8) -> usize {
    bytes
        .iter()
        .position(|byte| !is(*byte, class))
        .unwrap_or(bytes.len())
}

/// A cursor over a text.
#[derive(Debug, Clone)]
pub struct Lexer<'t> {
    text: &'t [u8],
    /// Where the next token begins, before white space.
    pub position: usize,
    /// No path begins before this place, for that was looked at already.
    no_path_before: usize,
    /// No URI begins before this place.
    no_uri_before: usize,
}

impl<'t> Lexer<'t> {
    /// A lexer at the beginning of `text`.
    pub fn new(text: &'t [u8]) -> Self {
        Self {
            text,
            position: 0,
            no_path_before: 0,
            no_uri_before: 0,
        }
    }

    /// What has not been read yet.
    pub fn rest(&self) -> &'t [u8] {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// What has been read since `begin`.
    pub fn since(&self, begin: usize) -> &'t [u8] {
        self.text.get(begin..self.position).unwrap_or_default()
    }

    /// Skips white space and comments.
    pub fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let spaces = run(rest, class::SPACE);
            self.position += spaces;
            let rest = &rest[spaces..];
            self.position += match rest {
                [b'#', ..] => {
                    let end = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
                    end.unwrap_or(rest.len())
                }
                [b'/', b'*', tail @ ..] => match tail.windows(2).position(|pair| pair == b"*/") {
                    Some(length) => length + 4,
                    None => return,
                },
                _ => return,
            };
        }
    }

    /// The next byte that is neither white space nor comment, without reading it.
    pub fn next_byte(&self) -> Option<u8> {
        let mut ahead = self.clone();
        ahead.skip_space();
        ahead.rest().first().copied()
    }

    /// The next token and where it begins.
    pub fn next_token(&mut self) -> Parsed<(Token<'t>, u32)> {
        self.skip_space();
        let start = self.position;
        let token = self.token()?;
        Ok((token, start as u32))
    }

    /// Reads the next `length` bytes, which are ASCII.
    pub fn take(&mut self, length: usize) -> &'t str {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.position += taken.len();
        std::str::from_utf8(taken).unwrap_or_default()
    }

    fn token(&mut self) -> Parsed<Token<'t>> {
        let rest = self.rest();
        let Some(&first) = rest.first() else {
            return Ok(Token::End);
        };
        match first {
            b'"' => {
                self.position += 1;
                return Ok(Token::Quote);
            }
            b'<' => {
                if let Some(length) = search_path_length(rest) {
                    let text = self.take(length);
                    return Ok(Token::SearchPath(&text[1..length - 1]));
                }
            }
            b'~' => {
                if let Some(length) = home_path_length(rest) {
                    return Ok(Token::HomePath(self.take(length)));
                }
            }
            b'\'' if rest.get(1) == Some(&b'\'') => {
                let spaces = rest[2..].iter().take_while(|byte| **byte == b' ').count();
                let whole_line = rest.get(2 + spaces) == Some(&b'\n');
                self.position += 2 + if whole_line { spaces + 1 } else { 0 };
                return Ok(Token::IndentedQuote);
            }
            _ if is(first, class::WORD_START) => return Ok(self.word()),
            b'0'..=b'9' | b'.' | b'-' | b'+' | b'/' => {
                if let Some(length) = self.path_length() {
                    return Ok(Token::Path(self.take(length)));
                }
                let digit = |byte: &u8| byte.is_ascii_digit();
                if first.is_ascii_digit() || (first == b'.' && rest.get(1).is_some_and(digit)) {
                    return self.number();
                }
            }
            _ => {}
        }
        Ok(self.sign(first))
    }

    fn sign(&mut self, first: u8) -> Token<'t> {
        match Sign::at(self.rest()) {
            Some(sign) => {
                self.position += sign.text().len();
                Token::Sign(sign)
            }
            None => {
                self.position += 1;
                Token::Unknown(first)
            }
        }
    }

    fn word(&mut self) -> Token<'t> {
        let rest = self.rest();
        let length = run(rest, class::WORD);
        if matches!(rest.get(length), Some(b'.' | b'/' | b'+' | b':')) {
            if let Some(length) = self.uri_length() {
                return Token::Uri(self.take(length));
            }
            if let Some(length) = self.path_length() {
                return Token::Path(self.take(length));
            }
        }
        self.position += length;
        let word = &rest[..length];
        Keyword::of(word).map_or(Token::Identifier(word), Token::Keyword)
    }

    /// Length of a path's text up to its first interpolation or end: letters, then slashes with letters between
    /// them. A single slash must have letters or an interpolation behind it.
    fn path_length(&mut self) -> Option<usize> {
        if self.position < self.no_path_before {
            return None;
        }
        let rest = self.rest();
        let letters = run(rest, class::PATH);
        let length = segments_length(&rest[letters..]);
        if length == 0 || (length == 1 && !rest[letters + 1..].starts_with(b"${")) {
            self.no_path_before = self.position + letters;
            return None;
        }
        Some(letters + length)
    }

    fn uri_length(&mut self) -> Option<usize> {
        let rest = self.rest();
        if self.position < self.no_uri_before || !rest.first()?.is_ascii_alphabetic() {
            return None;
        }
        let scheme = run(rest, class::SCHEME);
        let tail = match &rest[scheme..] {
            [b':', tail @ ..] => run(tail, class::URI),
            _ => 0,
        };
        if tail == 0 {
            self.no_uri_before = self.position + scheme;
            return None;
        }
        Some(scheme + 1 + tail)
    }

    fn number(&mut self) -> Parsed<Token<'t>> {
        let rest = self.rest();
        let start = self.position;
        let digits = run(rest, class::DIGIT);
        if let Some(length) = float_length(rest, digits) {
            let text = self.take(length);
            return match float(text) {
                Some(float) => Ok(Token::Float(float)),
                None => fail(format!("invalid float '{text}'"), start as u32),
            };
        }
        let text = self.take(digits);
        match text.parse() {
            Ok(number) => Ok(Token::Int(number)),
            Err(_) => fail(format!("invalid integer '{text}'"), start as u32),
        }
    }
}

/// Length of a float literal whose integer part has `digits` digits: `1.`, `1.5`, `.5`, `0.5e3`.
fn float_length(rest: &[u8], digits: usize) -> Option<usize> {
    if rest.get(digits) != Some(&b'.') {
        return None;
    }
    let fraction = run(&rest[digits + 1..], class::DIGIT);
    let needs_fraction = digits == 0 || rest[0] == b'0';
    if needs_fraction && (digits > 1 || fraction == 0) {
        return None;
    }
    let mut length = digits + 1 + fraction;
    if matches!(rest.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(length + 1), Some(b'+' | b'-')));
        let exponent = run(&rest[length + 1 + sign..], class::DIGIT);
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    Some(length)
}

/// The float, unless it is too large or too small to be one.
fn float(text: &str) -> Option<f64> {
    let float: f64 = text.parse().ok()?;
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let is_zero = mantissa.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    (float.is_normal() || is_zero).then_some(float)
}

/// Length of `/a/b/c`, with a slash at the end if there is one.
fn segments_length(rest: &[u8]) -> usize {
    let mut length = 0;
    while rest.get(length) == Some(&b'/') {
        let letters = run(&rest[length + 1..], class::PATH);
        length += 1 + letters;
        if letters == 0 {
            break;
        }
    }
    length
}

fn home_path_length(rest: &[u8]) -> Option<usize> {
    match segments_length(&rest[1..]) {
        0 => None,
        1 if !rest[2..].starts_with(b"${") => None,
        length => Some(1 + length),
    }
}

/// Length of a further piece of a path, behind its first text or an interpolation.
pub(super) fn path_piece_length(rest: &[u8]) -> usize {
    let letters = run(rest, class::PATH);
    letters + segments_length(&rest[letters..])
}

fn search_path_length(rest: &[u8]) -> Option<usize> {
    let mut length = 1;
    loop {
        let letters = run(rest.get(length..)?, class::PATH);
        if letters == 0 {
            return None;
        }
        length += letters;
        match rest.get(length)? {
            b'/' => length += 1,
            b'>' => return Some(length + 1),
            _ => return None,
        }
    }
}
