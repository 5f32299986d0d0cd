//! Parses operators and calls, by precedence climbing.

use super::SyntaxError;
use super::ast::{Expr, Kind, Offset, Operator};
use super::lexer::Token;
use super::parser::{Parsed, Parser, expr};

/// How many operators of one precedence may follow each other without parentheses; the tree leans as deep.
const LONGEST_CHAIN: usize = 10_000;

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

/// A call that begins at `at`. One whose function is a call itself is that call with more arguments, as in Nix.
fn call(mut function: Expr, arguments: Vec<Expr>, at: Offset) -> Expr {
    match &mut *function.kind {
        Kind::Call(_, first) => {
            first.extend(arguments);
            function
        }
        _ => expr(Kind::Call(function, arguments), at),
    }
}

impl Parser<'_> {
    fn check_chain(&self, length: usize) -> Parsed<()> {
        match length > LONGEST_CHAIN {
            true => Err(SyntaxError::new(
                "too many operators follow each other",
                self.start,
            )),
            false => Ok(()),
        }
    }

    pub(super) fn pipes(&mut self) -> Parsed<Expr> {
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
            left = call(right, vec![left], at);
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
        Ok(call(left, vec![right], at))
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
            false => Ok(call(function, arguments, at)),
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
}
