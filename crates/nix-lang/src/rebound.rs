//! Operators and search paths whose functions the program binds itself.
//!
//! `a - b` means `__sub a b`, and `<x>` means `__findFile __nixPath "x"`: a program may bind these names.

use crate::code::CodeKind;
use crate::compile::{Compiled, Compiler, Scope};
use crate::sources::Pos;
use crate::syntax::ast::{Expr, Operator};
use crate::value::Value;

/// The function that an operator stands for.
const fn function_of(operator: Operator) -> Option<&'static str> {
    match operator {
        Operator::Subtract => Some("__sub"),
        Operator::Multiply => Some("__mul"),
        Operator::Divide => Some("__div"),
        Operator::Less | Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => {
            Some("__lessThan")
        }
        _ => None,
    }
}

impl<'a> Compiler<'_, 'a> {
    /// Whether the program itself binds the name.
    fn is_bound(&self, name: &str) -> bool {
        let symbol = self.symbol(name);
        let binds = |scope: &Scope| matches!(scope, Scope::Names(names) if names.contains_key(&symbol));
        self.scopes.iter().any(binds)
    }

    /// The call that an operator stands for, if the program binds the function.
    pub(crate) fn rebound_operator(
        &mut self,
        operator: Operator,
        operands: (&Expr, &Expr),
        pos: Pos,
    ) -> Option<Compiled<'a>> {
        let name = function_of(operator).filter(|name| self.is_bound(name))?;
        let (left, right) = match operator {
            Operator::Greater | Operator::LessOrEqual => (operands.1, operands.0),
            _ => operands,
        };
        Some(
            self.call_of_name(name, left, right, pos)
                .map(|call| match operator {
                    Operator::LessOrEqual | Operator::GreaterOrEqual => {
                        self.alloc(CodeKind::Not { operand: call, pos })
                    }
                    _ => call,
                }),
        )
    }

    /// `0 - operand`, if the program binds subtraction.
    pub(crate) fn rebound_negation(&mut self, operand: &Expr, pos: Pos) -> Option<Compiled<'a>> {
        if !self.is_bound("__sub") {
            return None;
        }
        let zero = Expr {
            kind: Box::new(crate::syntax::ast::Kind::Int(0)),
            at: operand.at,
        };
        Some(self.call_of_name("__sub", &zero, operand, pos))
    }

    fn call_of_name(&mut self, name: &str, left: &Expr, right: &Expr, pos: Pos) -> Compiled<'a> {
        let function = self.variable(&name.into(), pos)?;
        let arguments = vec![self.expr(left)?, self.expr(right)?];
        let arguments = self.slice(arguments);
        Ok(self.alloc(CodeKind::Call {
            function,
            arguments,
            pos,
        }))
    }

    /// The call that a search path stands for, if the program binds one of its names.
    pub(crate) fn rebound_search_path(&mut self, path: &str, pos: Pos) -> Option<Compiled<'a>> {
        if !self.is_bound("__findFile") && !self.is_bound("__nixPath") {
            return None;
        }
        let call = || -> Compiled<'a> {
            let function = self.variable(&"__findFile".into(), pos)?;
            let search_path = self.variable(&"__nixPath".into(), pos)?;
            let path = self.constant(Value::String(self.plain_text(path)));
            let arguments = self.slice(vec![search_path, path]);
            Ok(self.alloc(CodeKind::Call {
                function,
                arguments,
                pos,
            }))
        };
        Some(call())
    }
}
