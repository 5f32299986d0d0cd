//! Parses what operators and calls take: literals, variables, sets, lists and selections.

use super::ast::{Call, Expr, Kind, Part, Select};
use super::lexer::path_piece_length;
use super::parser::{Parsed, Parser, expr, fail};
use super::token::{Keyword, Sign, Token};

impl<'t> Parser<'t> {
    /// A simple expression with the attributes selected from it.
    pub(super) fn select(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        let subject = self.simple()?;
        if self.is_keyword(Keyword::Or) {
            // `or` was a plain name once: `f or` calls `f` with the variable `or`.
            let argument = expr(Kind::Variable(self.names.number(b"or")), at);
            self.advance()?;
            let call = self.arena.alloc(Call {
                function: subject,
                arguments: self.arena.alloc_slice_copy(&[argument]),
                continues: false,
            });
            return Ok(expr(Kind::Call(call), at));
        }
        if !self.is(Sign::Dot) {
            return Ok(subject);
        }
        self.advance()?;
        let path = self.attr_path()?;
        let mut default = None;
        if self.is_keyword(Keyword::Or) {
            self.advance()?;
            let value = self.nested(Self::select)?;
            default = Some(self.alloc(value));
        }
        let select = self.arena.alloc(Select {
            subject,
            path,
            default,
        });
        Ok(expr(Kind::Select(select), at))
    }

    fn simple(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        let kind = match self.token {
            Token::Identifier(b"__curPos") => Kind::CurrentPosition,
            Token::Identifier(name) => Kind::Variable(self.names.number(name)),
            Token::Int(number) => Kind::Int(number),
            Token::Float(number) => Kind::Float(number),
            Token::SearchPath(path) => Kind::SearchPath(path),
            Token::Uri(uri) => Kind::String(uri.as_bytes()),
            Token::Quote => self.nested(Self::string)?,
            Token::IndentedQuote => self.nested(Self::indented_string)?,
            Token::Path(text) | Token::HomePath(text) => self.nested(|parser| parser.path(text))?,
            Token::Sign(Sign::OpenParenthesis) => {
                self.advance()?;
                let inner = self.expr()?;
                self.expect(Sign::CloseParenthesis)?;
                return Ok(inner);
            }
            Token::Sign(Sign::OpenBracket) => return self.nested(Self::list),
            Token::Sign(Sign::OpenBrace) => return self.set(false),
            Token::Keyword(Keyword::Rec) => {
                self.advance()?;
                return self.set(true).map(|set| Expr { at, ..set });
            }
            Token::Keyword(Keyword::Let) => return self.legacy_let(),
            _ => return self.unexpected(&[]),
        };
        self.advance()?;
        Ok(expr(kind, at))
    }

    fn list(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        self.advance()?;
        let before = self.items.len();
        while !self.is(Sign::CloseBracket) {
            let item = self.select()?;
            self.items.push(item);
        }
        self.advance()?;
        Ok(expr(Kind::List(self.take_items(before)), at))
    }

    /// `{ ... }`
    fn set(&mut self, recursive: bool) -> Parsed<Expr<'t>> {
        let at = self.start;
        self.expect(Sign::OpenBrace)?;
        let set = self.nested(|parser| parser.bindings(&["'inherit'"]))?;
        self.set_mut(set).recursive = recursive;
        self.expect(Sign::CloseBrace)?;
        Ok(expr(Kind::Attrs(set), at))
    }

    /// `let { ... }`
    fn legacy_let(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        self.advance()?;
        let set = self.set(true)?;
        match set.kind {
            Kind::Attrs(bindings) => Ok(expr(Kind::LegacyLet(bindings), at)),
            kind => Ok(expr(kind, at)),
        }
    }

    /// The rest of a path that begins with `text`, up to its last byte.
    fn path(&mut self, text: &'t str) -> Parsed<Kind<'t>> {
        let before = self.parts.len();
        let mut begin = self.start as usize;
        let mut has_slash = text.ends_with('/');
        let mut last_piece = self.start;
        loop {
            if self.lexer.rest().starts_with(b"${") {
                self.end_text(begin);
                let inner = self.interpolation()?;
                self.parts.push(Part::Expr(inner));
                begin = self.lexer.position;
                has_slash = false;
                continue;
            }
            let position = self.lexer.position as u32;
            let piece = self.lexer.take(path_piece_length(self.lexer.rest()));
            if piece.is_empty() {
                break;
            }
            has_slash = piece.ends_with('/');
            last_piece = position;
        }
        if has_slash {
            let at = match self.lexer.rest() {
                [] => last_piece,
                _ => self.lexer.position as u32,
            };
            return fail("path has a trailing slash", at);
        }
        if self.parts.len() > before {
            self.end_text(begin);
            return Ok(Kind::PathInterpolated(self.take_parts(before)));
        }
        if self.lexer.since(begin).len() > text.len() {
            return fail("syntax error, unexpected end of path, expecting '${'", self.start);
        }
        match self.token {
            Token::HomePath(_) => Ok(Kind::HomePath(text)),
            _ => Ok(Kind::Path(text)),
        }
    }

    /// `${ ... }` in a string or path; the lexer stands before it and then right behind it.
    pub(super) fn interpolation(&mut self) -> Parsed<Expr<'t>> {
        let (token, start) = (self.token, self.start);
        self.lexer.position += 2;
        self.advance()?;
        let inner = self.expr()?;
        if !self.is(Sign::CloseBrace) {
            return self.unexpected(&["'}'"]);
        }
        (self.token, self.start) = (token, start);
        Ok(inner)
    }
}
