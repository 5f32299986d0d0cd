//! Parses functions: `a: …`, `{ a, b ? c, ... }: …` and both at once.

use hashbrown::HashSet;

use super::ast::{Expr, Formal, Kind, Lambda, Name, Offset, Pattern};
use super::parser::{Parsed, Parser, expr, fail};
use super::token::{Sign, Token};

/// From how many formal arguments on they are looked up in an index.
const INDEXED_FROM: usize = 16;

impl<'t> Parser<'t> {
    /// A function, if one begins here.
    pub(super) fn function(&mut self) -> Parsed<Option<Expr<'t>>> {
        let at = self.start;
        let (argument, pattern) = match self.token {
            Token::Identifier(name) => match self.lexer.next_byte() {
                Some(b':') => {
                    self.advance()?;
                    (Some(self.names.number(name)), None)
                }
                Some(b'@') => {
                    self.advance()?;
                    self.advance()?;
                    (Some(self.names.number(name)), Some(self.pattern()?))
                }
                _ => return Ok(None),
            },
            Token::Sign(Sign::OpenBrace) if self.begins_pattern() => {
                let pattern = self.pattern()?;
                (self.name_behind_pattern()?, Some(pattern))
            }
            _ => return Ok(None),
        };
        if let (Some(argument), Some(pattern)) = (argument, &pattern) {
            self.check_argument(argument, pattern, at)?;
        }
        if !self.is(Sign::Colon) {
            let expected: &[&str] = if pattern.is_some() && argument.is_none() {
                &["':'", "'@'"]
            } else {
                &["':'"]
            };
            return self.unexpected(expected);
        }
        self.advance()?;
        let body = self.expr()?;
        let lambda = self.arena.alloc(Lambda {
            argument,
            pattern,
            body,
        });
        Ok(Some(expr(Kind::Lambda(lambda), at)))
    }

    fn name_behind_pattern(&mut self) -> Parsed<Option<Name>> {
        if !self.is(Sign::At) {
            return Ok(None);
        }
        self.advance()?;
        let Token::Identifier(name) = self.token else {
            return self.unexpected(&["identifier"]);
        };
        self.advance()?;
        Ok(Some(self.names.number(name)))
    }

    /// Whether the brace that is the current token opens the pattern of a function and not a set.
    fn begins_pattern(&self) -> bool {
        let mut ahead = self.lexer.clone();
        let Ok((first, _)) = ahead.next_token() else {
            return false;
        };
        match first {
            Token::Sign(Sign::Ellipsis) => true,
            Token::Sign(Sign::CloseBrace) => {
                matches!(ahead.next_token(), Ok((Token::Sign(Sign::Colon | Sign::At), _)))
            }
            Token::Identifier(_) => matches!(
                ahead.next_token(),
                Ok((Token::Sign(Sign::Comma | Sign::Question | Sign::CloseBrace), _))
            ),
            _ => false,
        }
    }

    fn pattern(&mut self) -> Parsed<Pattern<'t>> {
        self.expect(Sign::OpenBrace)?;
        let before = self.formals.len();
        let ellipsis = self.formals(before)?;
        let formals = self.arena.alloc_slice_copy(&self.formals[before..]);
        self.formals.truncate(before);
        Ok(Pattern { formals, ellipsis })
    }

    /// Reads formal arguments with the brace behind them, to where there were `before`; whether there is an ellipsis.
    fn formals(&mut self, before: usize) -> Parsed<bool> {
        let mut seen = HashSet::new();
        loop {
            match self.token {
                Token::Sign(Sign::CloseBrace) => {
                    self.advance()?;
                    return Ok(false);
                }
                Token::Sign(Sign::Ellipsis) => {
                    self.advance()?;
                    self.expect(Sign::CloseBrace)?;
                    return Ok(true);
                }
                Token::Identifier(name) => {
                    let name = self.names.number(name);
                    let formal = self.formal(name)?;
                    let formals = &self.formals[before..];
                    let is_known = match formals.len() < INDEXED_FROM {
                        true => has(formals, name),
                        false => seen.contains(&name),
                    };
                    if is_known {
                        return self.duplicate(name, formal.at);
                    }
                    self.formals.push(formal);
                    match self.formals.len() - before {
                        INDEXED_FROM => seen.extend(self.formals[before..].iter().map(|formal| formal.name)),
                        count if count > INDEXED_FROM => seen.extend([name]),
                        _ => {}
                    }
                }
                _ => return self.unexpected(&["identifier", "'...'", "'}'"]),
            }
            match self.token {
                Token::Sign(Sign::Comma) => self.advance()?,
                Token::Sign(Sign::CloseBrace) => {}
                _ => return self.unexpected(&["','", "'}'"]),
            }
        }
    }

    fn formal(&mut self, name: Name) -> Parsed<Formal<'t>> {
        let at = self.start;
        self.advance()?;
        let mut default = None;
        if self.is(Sign::Question) {
            self.advance()?;
            default = Some(self.expr()?);
        }
        Ok(Formal { name, at, default })
    }

    fn duplicate<T>(&self, name: Name, offset: Offset) -> Parsed<T> {
        let name = self.names.text(name);
        fail(format!("duplicate formal function argument '{name}'"), offset)
    }

    fn check_argument(&self, argument: Name, pattern: &Pattern<'t>, at: Offset) -> Parsed<()> {
        match has(pattern.formals, argument) {
            true => self.duplicate(argument, at),
            false => Ok(()),
        }
    }
}

fn has(formals: &[Formal<'_>], name: Name) -> bool {
    formals.iter().any(|formal| formal.name == name)
}
