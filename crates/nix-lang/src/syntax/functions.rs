//! Parses functions: `a: …`, `{ a, b ? c, ... }: …` and both at once.

use std::collections::HashSet;
use std::rc::Rc;

use super::SyntaxError;
use super::ast::{Expr, Formal, Kind, Lambda, Name, Offset, Pattern};
use super::lexer::Token;
use super::parser::{Parsed, Parser, expr};

impl Parser<'_> {
    /// A function, if one begins here.
    pub(super) fn function(&mut self) -> Parsed<Option<Expr>> {
        let at = self.start;
        let (argument, pattern) = match self.token {
            Token::Identifier(name) => match self.lexer.next_byte() {
                Some(b':') => {
                    self.advance()?;
                    (Some(self.name(name)), None)
                }
                Some(b'@') => {
                    self.advance()?;
                    self.advance()?;
                    (Some(self.name(name)), Some(self.pattern()?))
                }
                _ => return Ok(None),
            },
            Token::Sign("{") if self.begins_pattern() => {
                let pattern = self.pattern()?;
                (self.name_behind_pattern()?, Some(pattern))
            }
            _ => return Ok(None),
        };
        if let (Some(argument), Some(pattern)) = (&argument, &pattern) {
            check_argument(argument, pattern, at)?;
        }
        if !self.is(":") {
            let expected: &[&str] = if pattern.is_some() && argument.is_none() {
                &["':'", "'@'"]
            } else {
                &["':'"]
            };
            return Err(self.unexpected(expected));
        }
        self.advance()?;
        let body = self.expr()?;
        Ok(Some(expr(
            Kind::Lambda(Rc::new(Lambda {
                argument,
                pattern,
                body,
            })),
            at,
        )))
    }

    fn name_behind_pattern(&mut self) -> Parsed<Option<Name>> {
        if !self.is("@") {
            return Ok(None);
        }
        self.advance()?;
        let Token::Identifier(name) = self.token else {
            return Err(self.unexpected(&["identifier"]));
        };
        self.advance()?;
        Ok(Some(self.name(name)))
    }

    /// Whether the brace that is the current token opens the pattern of a function and not a set.
    fn begins_pattern(&self) -> bool {
        let mut ahead = self.lexer.clone();
        let Ok((first, _)) = ahead.next_token() else {
            return false;
        };
        match first {
            Token::Sign("...") => true,
            Token::Sign("}") => matches!(ahead.next_token(), Ok((Token::Sign(":" | "@"), _))),
            Token::Identifier(_) => matches!(ahead.next_token(), Ok((Token::Sign("," | "?" | "}"), _))),
            _ => false,
        }
    }

    fn pattern(&mut self) -> Parsed<Pattern> {
        self.expect("{")?;
        let mut formals = Vec::new();
        let mut seen = HashSet::new();
        loop {
            match self.token {
                Token::Sign("}") => {
                    self.advance()?;
                    return Ok(Pattern {
                        formals,
                        ellipsis: false,
                    });
                }
                Token::Sign("...") => {
                    self.advance()?;
                    self.expect("}")?;
                    return Ok(Pattern {
                        formals,
                        ellipsis: true,
                    });
                }
                Token::Identifier(name) => {
                    let name = self.name(name);
                    let formal = self.formal(name)?;
                    if !seen.insert(formal.name.clone()) {
                        return Err(duplicate(&formal.name, formal.at));
                    }
                    formals.push(formal);
                }
                _ => return Err(self.unexpected(&["identifier", "'...'", "'}'"])),
            }
            match self.token {
                Token::Sign(",") => self.advance()?,
                Token::Sign("}") => {}
                _ => return Err(self.unexpected(&["','", "'}'"])),
            }
        }
    }

    fn formal(&mut self, name: Name) -> Parsed<Formal> {
        let at = self.start;
        self.advance()?;
        let mut default = None;
        if self.is("?") {
            self.advance()?;
            default = Some(self.expr()?);
        }
        Ok(Formal { name, at, default })
    }
}

fn duplicate(name: &str, offset: Offset) -> SyntaxError {
    SyntaxError::new(format!("duplicate formal function argument '{name}'"), offset)
}

fn check_argument(argument: &Name, pattern: &Pattern, at: Offset) -> Parsed<()> {
    match pattern.formals.iter().any(|formal| formal.name == *argument) {
        true => Err(duplicate(argument, at)),
        false => Ok(()),
    }
}
