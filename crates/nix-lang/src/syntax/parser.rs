//! Parses expressions: operators by precedence climbing, everything else by recursive descent.

use hashbrown::HashSet;

use super::SyntaxError;
use super::ast::{Expr, Kind, Name, Offset};
use super::lexer::{Lexer, Token};

/// Which optional parts of the language are on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// `|>` and `<|`.
    pub pipe_operators: bool,
}

/// How deep expressions may nest: each level costs stack here and in everything that walks the tree.
const MOST_NESTING: usize = 2500;

pub(super) type Parsed<T> = Result<T, SyntaxError>;

/// Parses a whole text.
pub fn parse(text: &[u8], features: Features) -> Result<Expr, SyntaxError> {
    if u32::try_from(text.len()).is_err() {
        return Err(SyntaxError::new("the text is larger than 4 GiB", 0));
    }
    let mut parser = Parser {
        lexer: Lexer::new(text),
        token: Token::End,
        start: 0,
        depth: 0,
        features,
        names: HashSet::new(),
    };
    parser.advance()?;
    let expr = parser.expr()?;
    match parser.token {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected(&["end of file"])),
    }
}

/// A parser that has read `token`; the lexer stands right behind it.
pub(super) struct Parser<'t> {
    pub(super) lexer: Lexer<'t>,
    pub(super) token: Token<'t>,
    /// Where `token` begins.
    pub(super) start: Offset,
    depth: usize,
    pub(super) features: Features,
    /// The names seen so far: most come again.
    names: HashSet<Name>,
}

pub(super) fn expr(kind: Kind, at: Offset) -> Expr {
    Expr {
        kind: Box::new(kind),
        at,
    }
}

impl<'t> Parser<'t> {
    /// Reads the next token.
    pub(super) fn advance(&mut self) -> Parsed<()> {
        (self.token, self.start) = self.lexer.next_token()?;
        Ok(())
    }

    /// A name, one and the same wherever it comes again.
    pub(super) fn name(&mut self, text: &str) -> Name {
        if let Some(name) = self.names.get(text) {
            return Name::clone(name);
        }
        let name = Name::from(text);
        self.names.insert(Name::clone(&name));
        name
    }

    pub(super) fn is(&self, sign: &'static str) -> bool {
        self.token == Token::Sign(sign)
    }

    pub(super) fn is_keyword(&self, word: &'static str) -> bool {
        self.token == Token::Keyword(word)
    }

    /// Reads `sign`, which must be the current token.
    pub(super) fn expect(&mut self, sign: &'static str) -> Parsed<()> {
        if !self.is(sign) {
            return Err(self.unexpected(&[&format!("'{sign}'")]));
        }
        self.advance()
    }

    pub(super) fn expect_keyword(&mut self, word: &'static str) -> Parsed<()> {
        if !self.is_keyword(word) {
            return Err(self.unexpected(&[&format!("'{word}'")]));
        }
        self.advance()
    }

    /// The error for the current token.
    pub(super) fn unexpected(&self, expected: &[&str]) -> SyntaxError {
        let mut message = format!("syntax error, unexpected {}", self.token.description());
        if !expected.is_empty() {
            message.push_str(", expecting ");
            message.push_str(&expected.join(" or "));
        }
        SyntaxError::new(message, self.start)
    }

    /// Runs `inner` one level deeper.
    pub(super) fn nested<T>(&mut self, inner: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        self.check_depth(self.depth)?;
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    pub(super) fn check_depth(&self, depth: usize) -> Parsed<()> {
        match depth > MOST_NESTING {
            true => Err(SyntaxError::new("expressions are nested too deeply", self.start)),
            false => Ok(()),
        }
    }

    /// Any expression.
    pub(super) fn expr(&mut self) -> Parsed<Expr> {
        self.nested(|parser| {
            if let Some(function) = parser.function()? {
                return Ok(function);
            }
            match parser.token {
                Token::Keyword("assert") => parser.assert(),
                Token::Keyword("with") => parser.with(),
                Token::Keyword("let") if parser.lexer.next_byte() != Some(b'{') => parser.let_in(),
                Token::Keyword("if") => parser.if_then_else(),
                _ => parser.pipes(),
            }
        })
    }

    fn assert(&mut self) -> Parsed<Expr> {
        let at = self.start;
        self.advance()?;
        let condition = self.expr()?;
        self.expect(";")?;
        let body = self.expr()?;
        Ok(expr(Kind::Assert(condition, body), at))
    }

    fn with(&mut self) -> Parsed<Expr> {
        let at = self.start;
        self.advance()?;
        let scope = self.expr()?;
        self.expect(";")?;
        let body = self.expr()?;
        Ok(expr(Kind::With(scope, body), at))
    }

    fn let_in(&mut self) -> Parsed<Expr> {
        let at = self.start;
        self.advance()?;
        let mut bindings = self.bindings(&["'in'", "'inherit'"])?;
        bindings.recursive = true;
        self.expect_keyword("in")?;
        let body = self.expr()?;
        if !bindings.dynamic.is_empty() {
            return Err(SyntaxError::new("dynamic attributes not allowed in let", at));
        }
        Ok(expr(Kind::Let(Box::new(bindings), body), at))
    }

    fn if_then_else(&mut self) -> Parsed<Expr> {
        let at = self.start;
        self.advance()?;
        let condition = self.expr()?;
        self.expect_keyword("then")?;
        let then = self.expr()?;
        self.expect_keyword("else")?;
        let otherwise = self.expr()?;
        Ok(expr(Kind::If(condition, then, otherwise), at))
    }
}
