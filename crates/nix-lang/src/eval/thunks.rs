//! Thunks: when one is needed, and what they are when they are forced.

use std::cell::Cell;
use std::sync::atomic::Ordering;

use super::{Evaluated, Evaluator, stack_address, whole_numbers};
use crate::code::{Code, CodeKind, LambdaCode, Step};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::sources::Pos;
use crate::spare::Argument;
use crate::syntax::ast::Operator;
use crate::value::{Closure, Env, Thunk, Value};

impl<'a> Evaluator<'a> {
    /// The value of a thunk.
    #[inline]
    pub fn force(&self, thunk: &'a Thunk<'a>) -> Evaluated<'a> {
        match thunk.value() {
            Some(value) => Ok(value),
            None => self.force_slow(thunk),
        }
    }

    #[inline(never)]
    pub(crate) fn force_slow(&self, thunk: &'a Thunk<'a>) -> Evaluated<'a> {
        self.check_stack()?;
        let state = thunk.state.replace(Value::Blackhole);
        let result = match state {
            Value::Code(number, env) => {
                let code = self.codes.borrow().get(number.0 as usize).copied();
                code.map_or(Ok(Value::Null), |code| self.eval(code, env))
            }
            Value::Call(function, argument) => {
                self.call_with([Argument::there(argument)], self.function(function), Pos::NONE)
            }
            Value::CallWithIndex(function, index) => {
                let argument = Argument::new(self.done(Value::Int(index.into())));
                self.call_with([argument], self.function(function), Pos::NONE)
            }
            Value::CallWithTwo(function, arguments) => {
                self.call(self.function(function), arguments, Pos::NONE)
            }
            Value::KnownInt(number) => Ok(Value::Int(number)),
            Value::KnownClosure(closure) => Ok(Value::Closure(closure)),
            Value::Same(other) => self.force(other),
            Value::Blackhole => Err(ErrorData::new(
                ErrorKind::InfiniteRecursion,
                "infinite recursion encountered",
            )),
            value => Ok(value),
        };
        thunk.state.set(match &result {
            Ok(value) => *value,
            Err(_) => state,
        });
        result
    }

    /// Fails where the stack ends, or where evaluation is to stop.
    pub(crate) fn check_stack(&self) -> Result<(), Error> {
        let is_at_end = self.stack_base.abs_diff(stack_address()) > self.stack_limit;
        match is_at_end || self.interrupted.load(Ordering::Relaxed) {
            false => Ok(()),
            true => Err(why_it_stops(is_at_end)),
        }
    }

    /// A thunk for `code`, without making one where a constant or variable will do; what is known at once is not kept for
    /// later, though it counts as not computed.
    #[inline]
    pub(crate) fn thunk_for(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> &'a Thunk<'a> {
        self.argument(code, env).thunk
    }

    /// The same, and whether it was made just now.
    #[inline]
    pub(crate) fn argument(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> Argument<'a> {
        match &code.kind {
            CodeKind::Constant(thunk) => Argument::there(thunk),
            CodeKind::Variable { level, slot, .. } => Argument::there(self.variable(*level, *slot, env)),
            CodeKind::Lambda(lambda) => {
                let closure = self.arena.alloc(Closure { lambda, env });
                Argument::new(self.done(Value::KnownClosure(closure)))
            }
            CodeKind::Select { subject, path, .. } => {
                Argument::new(match self.known_attribute(subject, path, env) {
                    Some(thunk) => self.done(Value::Same(thunk)),
                    None => self.later(code, env),
                })
            }
            CodeKind::Binary {
                operator,
                left,
                right,
                ..
            } => match self.known_number(*operator, left, right, env) {
                Some(number) => Argument::new(self.done(Value::KnownInt(number))),
                None => Argument::new(self.later(code, env)),
            },
            _ => Argument::new(self.later(code, env)),
        }
    }

    /// The same for a part of a list or set. What is printed without being evaluated shows which parts were: as in Nix
    /// only values that stand there, and variables.
    #[inline]
    pub(super) fn part_for(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> &'a Thunk<'a> {
        match &code.kind {
            CodeKind::Constant(thunk) => thunk,
            CodeKind::Variable { level, slot, .. } => self.variable(*level, *slot, env),
            _ => self.later(code, env),
        }
    }

    /// A thunk that evaluates `code` when it is needed.
    #[inline]
    pub(crate) fn later(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> &'a Thunk<'a> {
        self.done(Value::Code(code.number, env))
    }

    #[inline]
    pub(super) fn variable(&self, level: u32, slot: u32, env: &'a Env<'a>) -> &'a Thunk<'a> {
        env.ancestor(level).slot(slot).map_or(self.null, Cell::get)
    }

    /// The value of a constant or variable that is computed already.
    #[inline]
    pub(super) fn known(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> Option<Value<'a>> {
        match &code.kind {
            CodeKind::Constant(thunk) => thunk.value(),
            CodeKind::Variable { level, slot, .. } => self.variable(*level, *slot, env).known(),
            _ => None,
        }
    }

    /// The attribute of a known set, if it is computed too.
    #[inline]
    fn known_attribute(
        &self,
        subject: &'a Code<'a>,
        path: &'a [Step<'a>],
        env: &'a Env<'a>,
    ) -> Option<&'a Thunk<'a>> {
        let [Step::Static(name)] = path else { return None };
        let Value::Attrs(attrs) = self.known(subject, env)? else {
            return None;
        };
        let found = attrs.get(*name)?.value;
        found.value().map(|_| found)
    }

    /// The result of arithmetic with known numbers, where that cannot fail: cheaper than to remember what to compute.
    #[inline]
    fn known_number(
        &self,
        operator: Operator,
        left: &'a Code<'a>,
        right: &'a Code<'a>,
        env: &'a Env<'a>,
    ) -> Option<i64> {
        if !matches!(operator, Operator::Add | Operator::Subtract | Operator::Multiply) {
            return None;
        }
        match (self.known(left, env)?, self.known(right, env)?) {
            (Value::Int(a), Value::Int(b)) => match whole_numbers(operator, a, b) {
                Some(Value::Int(number)) => Some(number),
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn closure(&self, lambda: &'a LambdaCode<'a>, env: &'a Env<'a>) -> Value<'a> {
        Value::Closure(self.arena.alloc(Closure { lambda, env }))
    }
}

#[cold]
fn why_it_stops(is_at_end_of_stack: bool) -> Error {
    match is_at_end_of_stack {
        true => {
            let message = "stack overflow (possible infinite recursion)";
            ErrorData::new(ErrorKind::StackOverflow, message)
        }
        false => ErrorData::new(ErrorKind::Interrupted, "interrupted"),
    }
}
