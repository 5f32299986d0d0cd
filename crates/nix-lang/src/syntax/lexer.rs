//! Cuts a text into tokens. The content of strings and paths is cut by the parser, as it nests expressions.

use super::SyntaxError;

/// A token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token<'t> {
    /// An identifier.
    Identifier(&'t str),
    /// A reserved word.
    Keyword(&'static str),
    /// An integer literal.
    Int(i64),
    /// A float literal.
    Float(f64),
    /// A path up to its first interpolation or its end.
    Path(&'t str),
    /// `~/...`, up to its first interpolation or its end.
    HomePath(&'t str),
    /// `<nixpkgs/lib>` without the brackets.
    SearchPath(&'t str),
    /// An unquoted URI.
    Uri(&'t str),
    /// `"`
    Quote,
    /// `''`, with the rest of its line if that is only spaces.
    IndentedQuote,
    /// An operator or punctuation.
    Sign(&'static str),
    /// A byte that begins no token.
    Unknown(u8),
    /// The end of the text.
    End,
}

impl Token<'_> {
    /// What error messages call it.
    pub fn description(&self) -> String {
        match self {
            Self::Identifier(_) => "identifier".into(),
            Self::Keyword(word) => format!("'{word}'"),
            Self::Int(_) => "integer".into(),
            Self::Float(_) => "floating-point literal".into(),
            Self::Path(_) => "path".into(),
            Self::HomePath(_) => "'~/…' path".into(),
            Self::SearchPath(_) => "'<…>' path".into(),
            Self::Uri(_) => "URI".into(),
            Self::Quote => "'\"'".into(),
            Self::IndentedQuote => "start of an indented string".into(),
            Self::Sign(sign) => format!("'{sign}'"),
            Self::Unknown(_) => "invalid token".into(),
            Self::End => "end of file".into(),
        }
    }
}

const KEYWORDS: &[&str] = &[
    "if", "then", "else", "assert", "with", "let", "in", "rec", "inherit", "or",
];

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

fn is_word_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'' | b'-')
}

/// Letters that may stand in a path beside slashes.
fn is_path_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+')
}

fn is_uri_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"%/?:@&=+$,-_.!~*'".contains(&byte)
}

fn run(bytes: &[u8], belongs: impl Fn(u8) -> bool) -> usize {
    bytes
        .iter()
        .position(|byte| !belongs(*byte))
        .unwrap_or(bytes.len())
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

    fn error(message: impl Into<String>, offset: usize) -> SyntaxError {
        SyntaxError::new(message, offset as u32)
    }

    /// Skips white space and comments.
    pub fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            match rest {
                [b' ' | b'\t' | b'\n' | b'\r', ..] => self.position += 1,
                [b'#', ..] => self.position += run(rest, |byte| !matches!(byte, b'\n' | b'\r')),
                [b'/', b'*', tail @ ..] => match tail.windows(2).position(|pair| pair == b"*/") {
                    Some(length) => self.position += length + 4,
                    None => return,
                },
                _ => return,
            }
        }
    }

    /// The next byte that is neither white space nor comment, without reading it.
    pub fn next_byte(&self) -> Option<u8> {
        let mut ahead = self.clone();
        ahead.skip_space();
        ahead.rest().first().copied()
    }

    /// The next token and where it begins.
    pub fn next_token(&mut self) -> Result<(Token<'t>, u32), SyntaxError> {
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

    fn token(&mut self) -> Result<Token<'t>, SyntaxError> {
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
                let spaces = run(&rest[2..], |byte| byte == b' ');
                let whole_line = rest.get(2 + spaces) == Some(&b'\n');
                self.position += 2 + if whole_line { spaces + 1 } else { 0 };
                return Ok(Token::IndentedQuote);
            }
            _ if is_word_start(first) => return Ok(self.word()),
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
        match sign(self.rest()) {
            Some(sign) => {
                self.position += sign.len();
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
        let length = run(rest, is_word);
        if matches!(rest.get(length), Some(b'.' | b'/' | b'+' | b':')) {
            if let Some(length) = self.uri_length() {
                return Token::Uri(self.take(length));
            }
            if let Some(length) = self.path_length() {
                return Token::Path(self.take(length));
            }
        }
        let word = self.take(length);
        match KEYWORDS.iter().find(|keyword| **keyword == word) {
            Some(keyword) => Token::Keyword(keyword),
            None => Token::Identifier(word),
        }
    }

    /// Length of a path's text up to its first interpolation or end: letters, then slashes with letters between
    /// them. A single slash must have letters or an interpolation behind it.
    fn path_length(&mut self) -> Option<usize> {
        if self.position < self.no_path_before {
            return None;
        }
        let rest = self.rest();
        let letters = run(rest, is_path_letter);
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
        let scheme = run(rest, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')
        });
        let tail = match &rest[scheme..] {
            [b':', tail @ ..] => run(tail, is_uri_letter),
            _ => 0,
        };
        if tail == 0 {
            self.no_uri_before = self.position + scheme;
            return None;
        }
        Some(scheme + 1 + tail)
    }

    fn number(&mut self) -> Result<Token<'t>, SyntaxError> {
        let rest = self.rest();
        let start = self.position;
        let digits = run(rest, |byte| byte.is_ascii_digit());
        if let Some(length) = float_length(rest, digits) {
            let text = self.take(length);
            let float = float(text).ok_or_else(|| Self::error(format!("invalid float '{text}'"), start))?;
            return Ok(Token::Float(float));
        }
        let text = self.take(digits);
        let number = text
            .parse()
            .map_err(|_| Self::error(format!("invalid integer '{text}'"), start))?;
        Ok(Token::Int(number))
    }
}

/// The sign at the beginning of `rest`.
fn sign(rest: &[u8]) -> Option<&'static str> {
    Some(match rest {
        [b'.', b'.', b'.', ..] => "...",
        [b'$', b'{', ..] => "${",
        [b'=', b'=', ..] => "==",
        [b'!', b'=', ..] => "!=",
        [b'<', b'=', ..] => "<=",
        [b'>', b'=', ..] => ">=",
        [b'&', b'&', ..] => "&&",
        [b'|', b'|', ..] => "||",
        [b'-', b'>', ..] => "->",
        [b'/', b'/', ..] => "//",
        [b'+', b'+', ..] => "++",
        [b'|', b'>', ..] => "|>",
        [b'<', b'|', ..] => "<|",
        [byte, ..] => {
            const SINGLE: &str = "{}()[]:;,=?@!<>+-*/.";
            let index = SINGLE.bytes().position(|sign| sign == *byte)?;
            &SINGLE[index..=index]
        }
        [] => return None,
    })
}

/// Length of a float literal whose integer part has `digits` digits: `1.`, `1.5`, `.5`, `0.5e3`.
fn float_length(rest: &[u8], digits: usize) -> Option<usize> {
    if rest.get(digits) != Some(&b'.') {
        return None;
    }
    let fraction = run(&rest[digits + 1..], |byte| byte.is_ascii_digit());
    let needs_fraction = digits == 0 || rest[0] == b'0';
    if needs_fraction && (digits > 1 || fraction == 0) {
        return None;
    }
    let mut length = digits + 1 + fraction;
    if matches!(rest.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(rest.get(length + 1), Some(b'+' | b'-')));
        let exponent = run(&rest[length + 1 + sign..], |byte| byte.is_ascii_digit());
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
        let letters = run(&rest[length + 1..], is_path_letter);
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
    let letters = run(rest, is_path_letter);
    letters + segments_length(&rest[letters..])
}

fn search_path_length(rest: &[u8]) -> Option<usize> {
    let mut length = 1;
    loop {
        let letters = run(rest.get(length..)?, is_path_letter);
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
