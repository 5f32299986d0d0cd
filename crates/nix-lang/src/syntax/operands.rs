//! Parses what operators and calls take: literals, variables, sets, lists and selections.

use super::SyntaxError;
use super::ast::{AttrName, Expr, Kind, Part};
use super::lexer::{Token, path_piece_length};
use super::parser::{Parsed, Parser, expr};
use super::strings::push_text;

impl<'t> Parser<'t> {
    /// A simple expression with the attributes selected from it.
    pub(super) fn select(&mut self) -> Parsed<Expr> {
        let at = self.start;
        let subject = self.simple()?;
        if self.is_keyword("or") {
            // `or` was a plain name once: `f or` calls `f` with the variable `or`.
            let argument = expr(Kind::Variable(self.name("or")), at);
            self.advance()?;
            return Ok(expr(Kind::Call(subject, vec![argument]), at));
        }
        if !self.is(".") {
            return Ok(subject);
        }
        self.advance()?;
        let path = self.attr_path()?;
        let mut default = None;
        if self.is_keyword("or") {
            self.advance()?;
            default = Some(self.nested(Self::select)?);
        }
        Ok(expr(Kind::Select(subject, path, default), at))
    }

    fn simple(&mut self) -> Parsed<Expr> {
        let at = self.start;
        let kind = match self.token {
            Token::Identifier("__curPos") => Kind::CurrentPosition,
            Token::Identifier(name) => Kind::Variable(self.name(name)),
            Token::Int(number) => Kind::Int(number),
            Token::Float(number) => Kind::Float(number),
            Token::SearchPath(path) => Kind::SearchPath(path.into()),
            Token::Uri(uri) => Kind::String(uri.as_bytes().to_vec()),
            Token::Quote => self.nested(Self::string)?,
            Token::IndentedQuote => self.nested(Self::indented_string)?,
            Token::Path(text) | Token::HomePath(text) => self.nested(|parser| parser.path(text))?,
            Token::Sign("(") => {
                self.advance()?;
                let inner = self.expr()?;
                self.expect(")")?;
                return Ok(inner);
            }
            Token::Sign("[") => return self.nested(Self::list),
            Token::Sign("{") => return self.set(false),
            Token::Keyword("rec") => {
                self.advance()?;
                return self.set(true).map(|set| Expr { at, ..set });
            }
            Token::Keyword("let") => return self.legacy_let(),
            _ => return Err(self.unexpected(&[])),
        };
        self.advance()?;
        Ok(expr(kind, at))
    }

    fn list(&mut self) -> Parsed<Expr> {
        let at = self.start;
        self.advance()?;
        let mut items = Vec::new();
        while !self.is("]") {
            items.push(self.select()?);
        }
        self.advance()?;
        Ok(expr(Kind::List(items), at))
    }

    /// `{ ... }`
    fn set(&mut self, recursive: bool) -> Parsed<Expr> {
        let at = self.start;
        self.expect("{")?;
        let mut bindings = self.nested(|parser| parser.bindings(&["'inherit'"]))?;
        bindings.recursive = recursive;
        self.expect("}")?;
        Ok(expr(Kind::Attrs(Box::new(bindings)), at))
    }

    /// `let { ... }`
    fn legacy_let(&mut self) -> Parsed<Expr> {
        let at = self.start;
        self.advance()?;
        let set = self.set(true)?;
        match *set.kind {
            Kind::Attrs(bindings) => Ok(expr(Kind::LegacyLet(bindings), at)),
            kind => Ok(expr(kind, at)),
        }
    }

    /// The rest of a path that begins with `text`, up to its last byte.
    fn path(&mut self, text: &'t str) -> Parsed<Kind> {
        let mut parts = vec![Part::Text(text.as_bytes().to_vec())];
        let mut has_slash = text.ends_with('/');
        let mut last_piece = self.start;
        loop {
            if self.lexer.rest().starts_with(b"${") {
                parts.push(Part::Expr(self.interpolation()?));
                has_slash = false;
                continue;
            }
            let begin = self.lexer.position as u32;
            let piece = self.lexer.take(path_piece_length(self.lexer.rest()));
            if piece.is_empty() {
                break;
            }
            has_slash = piece.ends_with('/');
            last_piece = begin;
            push_text(&mut parts, piece.as_bytes());
        }
        if has_slash {
            let at = match self.lexer.rest() {
                [] => last_piece,
                _ => self.lexer.position as u32,
            };
            return Err(SyntaxError::new("path has a trailing slash", at));
        }
        if parts.len() > 1 {
            return Ok(Kind::PathInterpolated(parts));
        }
        match parts.pop() {
            Some(Part::Text(whole)) if whole.len() > text.len() => {
                let message = "syntax error, unexpected end of path, expecting '${'";
                Err(SyntaxError::new(message, self.start))
            }
            _ if matches!(self.token, Token::HomePath(_)) => Ok(Kind::HomePath(text.into())),
            _ => Ok(Kind::Path(text.into())),
        }
    }

    /// `${ ... }` in a string or path; the lexer stands before it and then right behind it.
    pub(super) fn interpolation(&mut self) -> Parsed<Expr> {
        let (token, start) = (self.token, self.start);
        self.lexer.position += 2;
        self.advance()?;
        let inner = self.expr()?;
        if !self.is("}") {
            return Err(self.unexpected(&["'}'"]));
        }
        (self.token, self.start) = (token, start);
        Ok(inner)
    }

    /// `a.b."c".${d}`
    pub(super) fn attr_path(&mut self) -> Parsed<Vec<AttrName>> {
        let mut path = vec![self.attr_name()?];
        while self.is(".") {
            self.advance()?;
            path.push(self.attr_name()?);
        }
        Ok(path)
    }
}
