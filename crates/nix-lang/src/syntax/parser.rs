//! Parses expressions: operators by precedence climbing, everything else by recursive descent.

use super::SyntaxError;
use super::ast::{AttrName, Expr, Kind, Offset, Operator, Part};
use super::lexer::{Lexer, Token, path_piece_length};

/// Which optional parts of the language are on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Features {
    /// `|>` and `<|`.
    pub pipe_operators: bool,
}

/// How deep expressions may nest: each level costs stack here and in everything that walks the tree.
const MOST_NESTING: usize = 2500;

/// How many operators of one precedence may follow each other without parentheses; the tree leans as deep.
const LONGEST_CHAIN: usize = 10_000;

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
        previous: 0,
        depth: 0,
        features,
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
    /// Where the token before it begins.
    previous: Offset,
    depth: usize,
    features: Features,
}

/// How operators of one level group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grouping {
    Left,
    Right,
    None,
}

/// The binary operators: their sign, level (higher binds tighter) and grouping.
fn infix(token: &Token<'_>) -> Option<(Operator, u8, Grouping)> {
    let Token::Sign(sign) = token else { return None };
    Some(match *sign {
        "->" => (Operator::Implies, 1, Grouping::Right),
        "||" => (Operator::Or, 2, Grouping::Left),
        "&&" => (Operator::And, 3, Grouping::Left),
        "==" => (Operator::Equal, 4, Grouping::None),
        "!=" => (Operator::NotEqual, 4, Grouping::None),
        "<" => (Operator::Less, 5, Grouping::None),
        "<=" => (Operator::LessOrEqual, 5, Grouping::None),
        ">" => (Operator::Greater, 5, Grouping::None),
        ">=" => (Operator::GreaterOrEqual, 5, Grouping::None),
        "//" => (Operator::Update, 6, Grouping::Right),
        "+" => (Operator::Add, 8, Grouping::Left),
        "-" => (Operator::Subtract, 8, Grouping::Left),
        "*" => (Operator::Multiply, 9, Grouping::Left),
        "/" => (Operator::Divide, 9, Grouping::Left),
        "++" => (Operator::Concat, 10, Grouping::Right),
        _ => return None,
    })
}

/// Level of the operand of `!`: above `//`, below `+`.
const LEVEL_OF_NOT_OPERAND: u8 = 8;
/// Level of `?`.
const LEVEL_OF_HAS_ATTR: u8 = 11;
/// Level of the operand of the unary minus: above all binary operators.
const LEVEL_OF_NEGATED: u8 = 12;

pub(super) fn expr(kind: Kind, at: Offset) -> Expr {
    Expr {
        kind: Box::new(kind),
        at,
    }
}

impl<'t> Parser<'t> {
    /// Reads the next token.
    pub(super) fn advance(&mut self) -> Parsed<()> {
        self.previous = self.start;
        (self.token, self.start) = self.lexer.next_token()?;
        Ok(())
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
        let offset = if self.token == Token::End {
            self.previous
        } else {
            self.start
        };
        SyntaxError::new(message, offset)
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

    fn check_chain(&self, length: usize) -> Parsed<()> {
        match length > LONGEST_CHAIN {
            true => Err(SyntaxError::new(
                "too many operators follow each other",
                self.start,
            )),
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
        let mut bindings = self.bindings()?;
        bindings.recursive = true;
        self.expect_keyword("in")?;
        let body = self.expr()?;
        if !bindings.dynamic.is_empty() {
            return Err(SyntaxError::new("dynamic attributes not allowed in let", at));
        }
        Ok(expr(Kind::Let(bindings, body), at))
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

    fn pipes(&mut self) -> Parsed<Expr> {
        let left = self.operators(0)?;
        match self.token {
            Token::Sign("|>") => self.pipes_right(left),
            Token::Sign("<|") => self.pipes_left(left),
            _ => Ok(left),
        }
    }

    /// Reads a pipe operator, if they are on.
    fn pipe_sign(&mut self) -> Parsed<Offset> {
        let at = self.start;
        if !self.features.pipe_operators {
            let message = "experimental Nix feature 'pipe-operators' is disabled; \
                           add '--extra-experimental-features pipe-operators' to enable it";
            return Err(SyntaxError::new(message, at));
        }
        self.advance()?;
        Ok(at)
    }

    fn pipes_right(&mut self, mut left: Expr) -> Parsed<Expr> {
        let mut length = 0;
        while self.is("|>") {
            let at = self.pipe_sign()?;
            let right = self.operators(0)?;
            left = expr(Kind::Binary(Operator::PipeRight, left, right), at);
            length += 1;
            self.check_chain(length)?;
        }
        Ok(left)
    }

    fn pipes_left(&mut self, left: Expr) -> Parsed<Expr> {
        let at = self.pipe_sign()?;
        let mut right = self.operators(0)?;
        if self.is("<|") {
            right = self.nested(|parser| parser.pipes_left(right))?;
        }
        Ok(expr(Kind::Binary(Operator::PipeLeft, left, right), at))
    }

    /// An expression of operators of at least that level.
    fn operators(&mut self, least: u8) -> Parsed<Expr> {
        let mut left = self.unary()?;
        let mut length = 0;
        loop {
            length += 1;
            self.check_chain(length)?;
            if self.is("?") && LEVEL_OF_HAS_ATTR >= least {
                self.advance()?;
                let path = self.attr_path()?;
                let at = left.at;
                left = expr(Kind::HasAttr(left, path), at);
                continue;
            }
            let Some((operator, level, grouping)) = infix(&self.token) else {
                return Ok(left);
            };
            if level < least {
                return Ok(left);
            }
            let at = self.start;
            self.advance()?;
            let least_right = if grouping == Grouping::Right {
                level
            } else {
                level + 1
            };
            let right = self.nested(|parser| parser.operators(least_right))?;
            left = expr(Kind::Binary(operator, left, right), at);
            if grouping == Grouping::None && infix(&self.token).is_some_and(|(_, next, _)| next == level) {
                return Err(self.unexpected(&[]));
            }
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        let at = self.start;
        match self.token {
            Token::Sign("!") => {
                self.advance()?;
                let operand = self.nested(|parser| parser.operators(LEVEL_OF_NOT_OPERAND))?;
                Ok(expr(Kind::Not(operand), at))
            }
            Token::Sign("-") => {
                self.advance()?;
                let operand = self.nested(|parser| parser.operators(LEVEL_OF_NEGATED))?;
                Ok(expr(Kind::Negate(operand), at))
            }
            _ => self.application(),
        }
    }

    fn application(&mut self) -> Parsed<Expr> {
        let at = self.start;
        let function = self.select()?;
        let mut arguments = Vec::new();
        while self.begins_operand() {
            arguments.push(self.select()?);
        }
        match arguments.is_empty() {
            true => Ok(function),
            false => Ok(expr(Kind::Call(function, arguments), at)),
        }
    }

    /// Whether the current token begins a simple expression.
    fn begins_operand(&self) -> bool {
        match self.token {
            Token::Sign(sign) => matches!(sign, "(" | "{" | "["),
            Token::Keyword(word) => matches!(word, "rec" | "let"),
            Token::Unknown(_) | Token::End => false,
            _ => true,
        }
    }

    /// A simple expression with the attributes selected from it.
    pub(super) fn select(&mut self) -> Parsed<Expr> {
        let at = self.start;
        let subject = self.simple()?;
        if self.is_keyword("or") {
            // `or` was a plain name once: `f or` calls `f` with the variable `or`.
            let argument = expr(Kind::Variable("or".into()), self.start);
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
            Token::Identifier(name) => Kind::Variable(name.into()),
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
        let mut bindings = self.nested(Self::bindings)?;
        bindings.recursive = recursive;
        self.expect("}")?;
        Ok(expr(Kind::Attrs(bindings), at))
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
        loop {
            if self.lexer.rest().starts_with(b"${") {
                parts.push(Part::Expr(self.interpolation()?));
                has_slash = false;
                continue;
            }
            let piece = self.lexer.take(path_piece_length(self.lexer.rest()));
            if piece.is_empty() {
                break;
            }
            has_slash = piece.ends_with('/');
            super::strings::push_text(&mut parts, piece.as_bytes());
        }
        if has_slash {
            return Err(SyntaxError::new("path has a trailing slash", self.start));
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
