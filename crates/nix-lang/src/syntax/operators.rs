//! Parses operators and calls, by precedence climbing.

use super::ast::{Call, Expr, HasAttr, Kind, Offset, Operator};
use super::parser::{Parsed, Parser, expr, fail};
use super::token::{Keyword, Sign, Token};

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
    Some(match sign {
        Sign::Implies => (Operator::Implies, 1, Grouping::Right),
        Sign::Or => (Operator::Or, 2, Grouping::Left),
        Sign::And => (Operator::And, 3, Grouping::Left),
        Sign::Equal => (Operator::Equal, 4, Grouping::None),
        Sign::NotEqual => (Operator::NotEqual, 4, Grouping::None),
        Sign::Less => (Operator::Less, 5, Grouping::None),
        Sign::LessOrEqual => (Operator::LessOrEqual, 5, Grouping::None),
        Sign::Greater => (Operator::Greater, 5, Grouping::None),
        Sign::GreaterOrEqual => (Operator::GreaterOrEqual, 5, Grouping::None),
        Sign::Update => (Operator::Update, 6, Grouping::Right),
        Sign::Add => (Operator::Add, 8, Grouping::Left),
        Sign::Subtract => (Operator::Subtract, 8, Grouping::Left),
        Sign::Multiply => (Operator::Multiply, 9, Grouping::Left),
        Sign::Divide => (Operator::Divide, 9, Grouping::Left),
        Sign::Concat => (Operator::Concat, 10, Grouping::Right),
        _ => return None,
    })
}

/// Level of the operand of `!`: above `//`, below `+`.
const LEVEL_OF_NOT_OPERAND: u8 = 8;
/// Level of `?`.
const LEVEL_OF_HAS_ATTR: u8 = 11;
/// Level of the operand of the unary minus: above all binary operators.
const LEVEL_OF_NEGATED: u8 = 12;

impl<'t> Parser<'t> {
    fn check_chain(&self, length: usize) -> Parsed<()> {
        match length > LONGEST_CHAIN {
            true => fail("too many operators follow each other", self.start),
            false => Ok(()),
        }
    }

    pub(super) fn pipes(&mut self) -> Parsed<Expr<'t>> {
        let left = self.operators(0)?;
        match self.token {
            Token::Sign(Sign::PipeRight) => self.pipes_right(left),
            Token::Sign(Sign::PipeLeft) => self.pipes_left(left),
            _ => Ok(left),
        }
    }

    /// Reads a pipe operator, if they are on.
    fn pipe_sign(&mut self) -> Parsed<Offset> {
        let at = self.start;
        if !self.features.pipe_operators {
            let message = "experimental Nix feature 'pipe-operators' is disabled; \
                           add '--extra-experimental-features pipe-operators' to enable it";
            return fail(message, at);
        }
        self.advance()?;
        Ok(at)
    }

    fn pipes_right(&mut self, mut left: Expr<'t>) -> Parsed<Expr<'t>> {
        let mut length = 0;
        while self.is(Sign::PipeRight) {
            let at = self.pipe_sign()?;
            let right = self.operators(0)?;
            left = self.call(right, self.arena.alloc_slice_copy(&[left]), at);
            length += 1;
            self.check_chain(length)?;
        }
        Ok(left)
    }

    fn pipes_left(&mut self, left: Expr<'t>) -> Parsed<Expr<'t>> {
        let at = self.pipe_sign()?;
        let mut right = self.operators(0)?;
        if self.is(Sign::PipeLeft) {
            right = self.nested(|parser| parser.pipes_left(right))?;
        }
        Ok(self.call(left, self.arena.alloc_slice_copy(&[right]), at))
    }

    /// An expression of operators of at least that level.
    fn operators(&mut self, least: u8) -> Parsed<Expr<'t>> {
        let mut left = self.unary()?;
        let mut length = 0;
        loop {
            length += 1;
            self.check_chain(length)?;
            if self.is(Sign::Question) && LEVEL_OF_HAS_ATTR >= least {
                self.advance()?;
                let path = self.attr_path()?;
                let at = left.at;
                let subject = left;
                left = expr(Kind::HasAttr(self.arena.alloc(HasAttr { subject, path })), at);
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
            left = expr(Kind::Binary(operator, self.alloc(left), self.alloc(right)), at);
            if grouping == Grouping::None && infix(&self.token).is_some_and(|(_, next, _)| next == level) {
                return self.unexpected(&[]);
            }
        }
    }

    fn unary(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        match self.token {
            Token::Sign(Sign::Not) => {
                self.advance()?;
                let operand = self.nested(|parser| parser.operators(LEVEL_OF_NOT_OPERAND))?;
                Ok(expr(Kind::Not(self.alloc(operand)), at))
            }
            Token::Sign(Sign::Subtract) => {
                self.advance()?;
                let operand = self.nested(|parser| parser.operators(LEVEL_OF_NEGATED))?;
                Ok(expr(Kind::Negate(self.alloc(operand)), at))
            }
            _ => self.application(),
        }
    }

    fn application(&mut self) -> Parsed<Expr<'t>> {
        let at = self.start;
        let function = self.select()?;
        if !self.begins_operand() {
            return Ok(function);
        }
        let before = self.items.len();
        while self.begins_operand() {
            let argument = self.select()?;
            self.items.push(argument);
        }
        let arguments = self.take_items(before);
        Ok(self.call(function, arguments, at))
    }

    /// A call that begins at `at`. One whose function is a call itself is that call with more arguments, as in Nix.
    fn call(&self, function: Expr<'t>, arguments: &'t [Expr<'t>], at: Offset) -> Expr<'t> {
        let continues = matches!(function.kind, Kind::Call(_));
        let at = if continues { function.at } else { at };
        let call = Call {
            function,
            arguments,
            continues,
        };
        expr(Kind::Call(self.arena.alloc(call)), at)
    }

    /// Whether the current token begins a simple expression.
    fn begins_operand(&self) -> bool {
        match self.token {
            Token::Sign(sign) => matches!(sign, Sign::OpenParenthesis | Sign::OpenBrace | Sign::OpenBracket),
            Token::Keyword(word) => matches!(word, Keyword::Rec | Keyword::Let),
            Token::Unknown(_) | Token::End => false,
            _ => true,
        }
    }
}
