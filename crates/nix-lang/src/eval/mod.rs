//! The evaluator: from compiled code to values.

mod bindings;
mod make;
mod select;
mod thunks;

use std::cell::{Cell, RefCell};
use std::sync::atomic::AtomicBool;

use bumpalo::Bump;
use hashbrown::HashMap;
use nix_formats::{Hash, StorePath};

use crate::code::{Code, CodeKind};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::settings::Settings;
use crate::sources::{Pos, Sources};
use crate::spare::Spare;
use crate::symbols::{Symbol, Symbols};
use crate::syntax::ast::Operator;
use crate::value::{Env, List, Slots, Thunk, Type, Value};
use crate::world::World;
use bindings::Names;

/// A value or why there is none.
pub type Evaluated<'a> = Result<Value<'a>, Error>;

/// One evaluation: everything it makes lives in its arena.
pub struct Evaluator<'a> {
    pub(crate) arena: &'a Bump,
    pub(crate) world: &'a dyn World,
    pub(crate) settings: &'a Settings,
    pub(crate) symbols: RefCell<Symbols<'a>>,
    pub(crate) sources: RefCell<Sources>,
    pub(crate) globals: RefCell<HashMap<Symbol, &'a Thunk<'a>>>,
    /// Values of imported files by path.
    pub(crate) imports: RefCell<HashMap<String, &'a Thunk<'a>>>,
    /// Store paths of copied source paths.
    pub(crate) copies: RefCell<HashMap<String, &'a str>>,
    /// What stands for each derivation where another one takes it in.
    pub(crate) derivation_hashes: RefCell<HashMap<StorePath, Hash>>,
    /// Values of `builtins.hardpan.once` by key.
    pub(crate) once: RefCell<HashMap<&'a str, Value<'a>>>,
    pub(crate) regexes: RefCell<HashMap<Vec<u8>, std::rc::Rc<crate::pure::regex::Regex>>>,
    /// All compiled expressions by number.
    codes: RefCell<Vec<&'a Code<'a>>>,
    /// The functions that thunks call later, by number.
    functions: RefCell<Vec<Value<'a>>>,
    pub(crate) spare: Spare<'a>,
    pub(crate) call_depth: Cell<usize>,
    /// Address near the stack's beginning, and how far it may grow.
    stack_base: usize,
    stack_limit: usize,
    /// Set as soon as evaluation is to stop.
    interrupted: &'a AtomicBool,
    pub(crate) empty_env: &'a Env<'a>,
    pub(crate) null: &'a Thunk<'a>,
}

/// The result of an operator on integers, unless it fails.
#[inline]
fn whole_numbers<'a>(operator: Operator, a: i64, b: i64) -> Option<Value<'a>> {
    Some(match operator {
        Operator::Add => Value::Int(a.checked_add(b)?),
        Operator::Subtract => Value::Int(a.checked_sub(b)?),
        Operator::Multiply => Value::Int(a.checked_mul(b)?),
        Operator::Equal => Value::Bool(a == b),
        Operator::NotEqual => Value::Bool(a != b),
        Operator::Less => Value::Bool(a < b),
        Operator::LessOrEqual => Value::Bool(a <= b),
        Operator::Greater => Value::Bool(a > b),
        Operator::GreaterOrEqual => Value::Bool(a >= b),
        _ => return None,
    })
}

fn stack_address() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(&marker) as usize
}

impl<'a> Evaluator<'a> {
    /// An evaluator whose thread has `stack_limit` bytes of stack left to use.
    pub(crate) fn new(
        arena: &'a Bump,
        world: &'a dyn World,
        settings: &'a Settings,
        stack_limit: usize,
    ) -> Self {
        let null = arena.alloc(Thunk::new(Value::Null));
        let evaluator = Self {
            arena,
            world,
            settings,
            symbols: RefCell::new(Symbols::new(arena)),
            sources: RefCell::default(),
            globals: RefCell::default(),
            imports: RefCell::default(),
            copies: RefCell::default(),
            derivation_hashes: RefCell::default(),
            once: RefCell::default(),
            regexes: RefCell::default(),
            codes: RefCell::default(),
            functions: RefCell::default(),
            spare: Spare::default(),
            call_depth: Cell::new(0),
            stack_base: stack_address(),
            stack_limit,
            interrupted: world.interrupted(),
            empty_env: arena.alloc(Env {
                up: Cell::new(None),
                slots: Slots::Many(&[]),
            }),
            null,
        };
        evaluator.install_builtins();
        evaluator
    }

    /// The value of `code` in `env`.
    #[inline]
    pub(crate) fn eval(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> Evaluated<'a> {
        match &code.kind {
            CodeKind::Constant(thunk) => self.force(thunk),
            CodeKind::Variable { level, slot, pos } => {
                let thunk = self.variable(*level, *slot, env);
                match thunk.value() {
                    Some(value) => Ok(value),
                    None => self.force_variable(thunk, *pos),
                }
            }
            CodeKind::Call {
                function,
                arguments,
                pos,
            } => self.eval_call(function, arguments, *pos, env),
            _ => self.eval_other(code, env),
        }
    }

    #[inline(never)]
    fn force_variable(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Evaluated<'a> {
        self.force_slow(thunk).map_err(|error| error.at(pos))
    }

    fn eval_other(&self, mut code: &'a Code<'a>, mut env: &'a Env<'a>) -> Evaluated<'a> {
        loop {
            match &code.kind {
                CodeKind::Constant(_) | CodeKind::Variable { .. } | CodeKind::Call { .. } => {
                    return self.eval(code, env);
                }
                CodeKind::Select {
                    subject,
                    path,
                    default,
                    pos,
                } => match self.select(subject, path, default.is_some(), *pos, env)? {
                    Some(value) => return Ok(value),
                    None => code = default.unwrap_or(code),
                },
                CodeKind::If {
                    condition,
                    then,
                    otherwise,
                    pos,
                } => {
                    code = match self.condition(condition, env, *pos)? {
                        true => then,
                        false => otherwise,
                    };
                }
                CodeKind::Let { bindings, body } => {
                    env = self.bind(bindings, Names::Variables, env);
                    code = body;
                }
                CodeKind::With { scope, body } => {
                    env = self.scope_of_one(self.thunk_for(scope, env), env);
                    code = body;
                }
                CodeKind::Assert {
                    condition,
                    body,
                    text,
                    pos,
                } => {
                    if !self.condition(condition, env, *pos)? {
                        return Err(self.failed_assertion(condition, env, text, *pos));
                    }
                    code = body;
                }
                CodeKind::Lambda(lambda) => return Ok(self.closure(lambda, env)),
                CodeKind::Attrs(attrs) => return self.eval_attrs(attrs, env),
                CodeKind::List { items } => {
                    let items = items.iter().map(|item| self.part_for(item, env));
                    let items = self.arena.alloc_slice_fill_iter(items);
                    return Ok(Value::List(self.arena.alloc(List { items })));
                }
                CodeKind::Binary {
                    operator,
                    left,
                    right,
                    pos,
                } => match operator {
                    Operator::And if !self.condition(left, env, *pos)? => return Ok(Value::Bool(false)),
                    Operator::Or if self.condition(left, env, *pos)? => return Ok(Value::Bool(true)),
                    Operator::Implies if !self.condition(left, env, *pos)? => return Ok(Value::Bool(true)),
                    Operator::And | Operator::Or | Operator::Implies => {
                        return self.condition(right, env, *pos).map(Value::Bool);
                    }
                    Operator::Concat | Operator::Update => {
                        return self.binary(*operator, left, right, *pos, env);
                    }
                    _ => {
                        let first = self.eval(left, env)?;
                        if let Value::Int(a) = first
                            && let Some(Value::Int(b)) = self.known(right, env)
                            && let Some(value) = whole_numbers(*operator, a, b)
                        {
                            return Ok(value);
                        }
                        return self.binary_from(*operator, first, right, *pos, env);
                    }
                },
                _ => return self.eval_rare(code, env),
            }
        }
    }

    #[inline(never)]
    fn eval_rare(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> Evaluated<'a> {
        match &code.kind {
            CodeKind::WithVariable { name, levels, pos } => self.with_variable(*name, levels, *pos, env),
            CodeKind::Interpolation { parts, pos } => self.interpolate(parts, *pos, env),
            CodeKind::PathInterpolation { parts, pos } => self.interpolate_path(parts, *pos, env),
            CodeKind::SearchPath { name, pos } => self.search_path(name, *pos),
            CodeKind::HasAttr { subject, path } => self.has_attr(subject, path, env),
            CodeKind::Not { operand, pos } => Ok(Value::Bool(!self.condition(operand, env, *pos)?)),
            CodeKind::Negate { operand, pos } => self.negate(self.eval(operand, env)?, *pos),
            _ => Err(ErrorData::new(
                ErrorKind::Other,
                "an expression of this kind is evaluated elsewhere",
            )),
        }
    }

    #[inline]
    pub(crate) fn condition(&self, code: &'a Code<'a>, env: &'a Env<'a>, pos: Pos) -> Result<bool, Error> {
        if let CodeKind::Binary {
            operator,
            left,
            right,
            ..
        } = &code.kind
            && let (Some(Value::Int(a)), Some(Value::Int(b))) =
                (self.known(left, env), self.known(right, env))
            && let Some(Value::Bool(value)) = whole_numbers(*operator, a, b)
        {
            return Ok(value);
        }
        match self.eval(code, env)? {
            Value::Bool(value) => Ok(value),
            other => Err(self.unexpected(Type::Bool, &other).at(pos)),
        }
    }
}
