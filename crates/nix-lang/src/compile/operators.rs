//! Compiles calls and operators.

use super::{Compiled, Compiler};
use crate::code::CodeKind;
use crate::sources::Pos;
use crate::syntax::ast::{Call, Expr, Operator};

impl<'c, 'a> Compiler<'c, 'a> {
    pub(super) fn call(&mut self, call: &Call<'c>, pos: Pos) -> Compiled<'a> {
        let (function, arguments) = match call.continues {
            true => {
                let (function, arguments) = call.whole();
                (self.expr(&function)?, self.exprs(&arguments)?)
            }
            false => (self.expr(&call.function)?, self.exprs(call.arguments)?),
        };
        Ok(self.alloc(CodeKind::Call {
            function,
            arguments,
            pos,
        }))
    }

    pub(super) fn binary(
        &mut self,
        operator: Operator,
        left: &Expr<'c>,
        right: &Expr<'c>,
        pos: Pos,
    ) -> Compiled<'a> {
        if let Some(call) = self.rebound_operator(operator, (left, right), pos) {
            return call;
        }
        // What cannot be added is the right operand: errors point at it.
        let pos = match operator {
            Operator::Add => self.pos(right.start()),
            _ => pos,
        };
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        Ok(self.alloc(CodeKind::Binary {
            operator,
            left,
            right,
            pos,
        }))
    }

    pub(super) fn not(&mut self, operand: &Expr<'c>) -> Compiled<'a> {
        let pos = self.pos(operand.at);
        let operand = self.expr(operand)?;
        Ok(self.alloc(CodeKind::Not { operand, pos }))
    }

    pub(super) fn negate(&mut self, operand: &Expr<'c>, pos: Pos) -> Compiled<'a> {
        if let Some(call) = self.rebound_negation(operand, pos) {
            return call;
        }
        let operand = self.expr(operand)?;
        Ok(self.alloc(CodeKind::Negate { operand, pos }))
    }
}
