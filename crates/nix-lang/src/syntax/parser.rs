//! Parses expressions: operators by precedence climbing, everything else by recursive descent.

use bumpalo::Bump;
use hashbrown::HashMap;

use super::SyntaxError;
use super::ast::{Binding, Bindings, Expr, Formal, If, Kind, Name, Names, Offset, Part, Set, Tree};
use super::bindings::OpenSet;
use super::lexer::Lexer;
use super::token::{Keyword, Sign, Token};

/// Which optional parts of the language are on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// `|>` and `<|`.
    pub pipe_operators: bool,
}

/// How deep expressions may nest: each level costs stack here and in everything that walks the tree.
const MOST_NESTING: usize = 2500;

/// Errors are boxed: they are rare and far larger than what is read.
pub(super) type Parsed<T> = Result<T, Box<SyntaxError>>;

pub(super) fn fail<T>(message: impl Into<String>, offset: Offset) -> Parsed<T> {
    Err(Box::new(SyntaxError::new(message, offset)))
}

/// Parses a whole text into a tree in `arena`.
pub fn parse<'t>(text: &'t [u8], arena: &'t Bump, features: Features) -> Result<Tree<'t>, SyntaxError> {
    if u32::try_from(text.len()).is_err() {
        return Err(SyntaxError::new("the text is larger than 4 GiB", 0));
    }
    let parser = Parser {
        lexer: Lexer::new(text),
        token: Token::End,
        start: 0,
        depth: 0,
        features,
        arena,
        names: Names::new(),
        sets: Vec::new(),
        places: HashMap::new(),
        open_set: OpenSet::default(),
        bindings: Vec::new(),
        formals: Vec::new(),
        items: Vec::new(),
        parts: Vec::new(),
        bytes: Vec::new(),
    };
    parser.whole().map_err(|error| *error)
}

/// A parser that has read `token`; the lexer stands right behind it.
pub(super) struct Parser<'t> {
    pub(super) lexer: Lexer<'t>,
    pub(super) token: Token<'t>,
    /// Where `token` begins.
    pub(super) start: Offset,
    depth: usize,
    pub(super) features: Features,
    pub(super) arena: &'t Bump,
    pub(super) names: Names<'t>,
    pub(super) sets: Vec<Bindings<'t>>,
    /// Where names stand in those sets that have many.
    pub(super) places: HashMap<(Set, Name), usize>,
    pub(super) open_set: OpenSet,
    /// The bindings of the sets around the current token.
    pub(super) bindings: Vec<Binding<'t>>,
    /// The formal arguments of the patterns around it.
    pub(super) formals: Vec<Formal<'t>>,
    /// The elements of the lists and the arguments of the calls around it.
    pub(super) items: Vec<Expr<'t>>,
    /// The parts of the strings around it.
    pub(super) parts: Vec<Part<'t>>,
    /// A text that is not as it stands in the source.
    pub(super) bytes: Vec<u8>,
}

pub(super) fn expr(kind: Kind<'_>, at: Offset) -> Expr<'_> {
    Expr { kind, at }
}

impl<'t> Parser<'t> {
    /// Reads the next token.
    pub(super) fn advance(&mut self) -> Parsed<()> {
        (self.token, self.start) = self.lexer.next_token()?;
        Ok(())
    }

    fn whole(mut self) -> Parsed<Tree<'t>> {
        self.advance()?;
        let root = self.expr()?;
        match self.token {
            Token::End => Ok(Tree {
                root,
                names: self.names.complete(),
                sets: self.sets,
            }),
            _ => self.unexpected(&["end of file"]),
        }
    }

    pub(super) fn alloc(&self, expr: Expr<'t>) -> &'t Expr<'t> {
        self.arena.alloc(expr)
    }

    /// The elements read since there were `before` of them.
    pub(super) fn take_items(&mut self, before: usize) -> &'t [Expr<'t>] {
        let items = self.arena.alloc_slice_copy(&self.items[before..]);
        self.items.truncate(before);
        items
    }

    pub(super) fn is(&self, sign: Sign) -> bool {
        matches!(self.token, Token::Sign(current) if current == sign)
    }

    pub(super) fn is_keyword(&self, word: Keyword) -> bool {
        matches!(self.token, Token::Keyword(current) if current == word)
    }

    /// Reads `sign`, which must be the current token.
    pub(super) fn expect(&mut self, sign: Sign) -> Parsed<()> {
        if !self.is(sign) {
            return self.unexpected(&[&format!("'{}'", sign.text())]);
        }
        self.advance()
    }

    pub(super) fn expect_keyword(&mut self, word: Keyword) -> Parsed<()> {
        if !self.is_keyword(word) {
            return self.unexpected(&[&format!("'{}'", word.text())]);
        }
        self.advance()
    }

    /// The error for the current token.
    #[cold]
    pub(super) fn unexpected<T>(&self, expected: &[&str]) -> Parsed<T> {
        let mut message = format!("syntax error, unexpected {}", self.token.description());
        if !expected.is_empty() {
            message.push_str(", expecting ");
            message.push_str(&expected.join(" or "));
        }
        fail(message, self.start)
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
            true => fail("expressions are nested too deeply", self.start),
            false => Ok(()),
        }
    }

    /// Any expression.
    pub(super) fn expr(&mut self) -> Parsed<Expr<'t>> {
        self.nested(|parser| {
            if let Some(function) = parser.function()? {
                return Ok(function);
            }
            match parser.token {
                Token::Keyword(Keyword::Assert) => parser.assert(),
                Token::Keyword(Keyword::With) => parser.with(),
                Token::Keyword(Keyword::Let) if parser.lexer.next_byte() != Some(b'{') => parser.let_in(),
                Token::Keyword(Keyword::If) => parser.if_then_else(),
                _ => parser.pipes(),
            }
        })
    }

    fn assert(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        self.advance()?;
        let condition = self.expr()?;
        self.expect(Sign::Semicolon)?;
        let body = self.expr()?;
        Ok(expr(Kind::Assert(self.alloc(condition), self.alloc(body)), at))
    }

    fn with(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        self.advance()?;
        let scope = self.expr()?;
        self.expect(Sign::Semicolon)?;
        let body = self.expr()?;
        Ok(expr(Kind::With(self.alloc(scope), self.alloc(body)), at))
    }

    fn let_in(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        self.advance()?;
        let set = self.bindings(&["'in'", "'inherit'"])?;
        self.set_mut(set).recursive = true;
        self.expect_keyword(Keyword::In)?;
        let body = self.expr()?;
        if !self.set_mut(set).dynamic().is_empty() {
            return fail("dynamic attributes not allowed in let", at);
        }
        Ok(expr(Kind::Let(set, self.alloc(body)), at))
    }

    fn if_then_else(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        self.advance()?;
        let condition = self.expr()?;
        self.expect_keyword(Keyword::Then)?;
        let then = self.expr()?;
        self.expect_keyword(Keyword::Else)?;
        let otherwise = self.expr()?;
        let parts = self.arena.alloc(If {
            condition,
            then,
            otherwise,
        });
        Ok(expr(Kind::If(parts), at))
    }
}
