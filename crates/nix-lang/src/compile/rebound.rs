//! Operators and search paths whose functions the program binds itself.
//!
//! `a - b` means `__sub a b`, and `<x>` means `__findFile __nixPath "x"`: a program may bind these names.

use super::{Compiled, Compiler};
use crate::code::{Code, CodeKind};
use crate::sources::Pos;
use crate::syntax::ast::{Expr, Name, Operator};

/// The function that an operator stands for.
const fn function_of(operator: Operator) -> Option<Name> {
    match operator {
        Operator::Subtract => Some(Name::SUB),
        Operator::Multiply => Some(Name::MUL),
        Operator::Divide => Some(Name::DIV),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            Some(Name::LESS_THAN)
        }
        _ => None,
    }
}

impl<'c, 'a> Compiler<'c, 'a> {
    /// Whether the program itself binds the name.
    fn is_bound(&self, name: Name) -> bool {
        self.meaning(name).is_some()
    }

    /// The call that an operator stands for, if the program binds the function.
    pub(super) fn rebound_operator(
        &mut self,
        operator: Operator,
        operands: (&Expr<'c>, &Expr<'c>),
        pos: Pos,
    ) -> Option<Compiled<'a>> {
        let name = function_of(operator).filter(|name| self.is_bound(*name))?;
        let (left, right) = match operator {
            Operator::Greater | Operator::LessOrEqual => (operands.1, operands.0),
            _ => operands,
        };
        let mut call = || {
            let arguments = [self.expr(left)?, self.expr(right)?];
            let call = self.call_of_name(name, arguments, pos)?;
            Ok(match operator {
                Operator::LessOrEqual | Operator::GreaterOrEqual => {
                    self.alloc(CodeKind::Not { operand: call, pos })
                }
                _ => call,
            })
        };
        Some(call())
    }

    /// `0 - operand`, if the program binds subtraction.
    pub(super) fn rebound_negation(&mut self, operand: &Expr<'c>, pos: Pos) -> Option<Compiled<'a>> {
        if !self.is_bound(Name::SUB) {
            return None;
        }
        let mut call = || {
            let arguments = [self.int(0), self.expr(operand)?];
            self.call_of_name(Name::SUB, arguments, pos)
        };
        Some(call())
    }

    fn call_of_name(&mut self, name: Name, arguments: [&'a Code<'a>; 2], pos: Pos) -> Compiled<'a> {
        let function = self.variable(name, pos)?;
        Ok(self.alloc(CodeKind::Call {
            function,
            arguments: self.evaluator.arena.alloc(arguments),
            pos,
        }))
    }

    /// The call that a search path stands for, if the program binds one of its names.
    pub(super) fn rebound_search_path(&mut self, path: &'c str, pos: Pos) -> Option<Compiled<'a>> {
        if !self.is_bound(Name::FIND_FILE) && !self.is_bound(Name::NIX_PATH) {
            return None;
        }
        let mut call = || {
            let arguments = [self.variable(Name::NIX_PATH, pos)?, self.string(path.as_bytes())];
            self.call_of_name(Name::FIND_FILE, arguments, pos)
        };
        Some(call())
    }
}
