//! The evaluator: from compiled code to values.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;

use bumpalo::Bump;
use hashbrown::HashMap;
use nix_formats::{Hash, StorePath};

use crate::code::{
    AttrsCode, BindingsCode, Code, CodeKind, CodeNumber, EntryValue, LambdaCode, PatternCode, Step,
};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::settings::Settings;
use crate::sources::{Pos, Sources};
use crate::symbols::{Symbol, Symbols};
use crate::syntax::ast::Operator;
use crate::value::{
    Attr, Attrs, Closure, ContextElement, Env, FunctionNumber, List, Partial, Slots, Text, Thunk, Type, Value,
};
use crate::world::World;

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
    pub(crate) regexes: RefCell<HashMap<Vec<u8>, std::rc::Rc<crate::pure::regex::Regex>>>,
    /// All compiled expressions by number.
    codes: RefCell<Vec<&'a Code<'a>>>,
    /// The functions that thunks call later, by number.
    functions: RefCell<Vec<Value<'a>>>,
    call_depth: Cell<usize>,
    /// Address near the stack's beginning, and how far it may grow.
    stack_base: usize,
    stack_limit: usize,
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
            regexes: RefCell::default(),
            codes: RefCell::default(),
            functions: RefCell::default(),
            call_depth: Cell::new(0),
            stack_base: stack_address(),
            stack_limit,
            empty_env: arena.alloc(Env {
                up: None,
                slots: Slots::Many(&[]),
            }),
            null,
        };
        evaluator.install_builtins();
        evaluator
    }

    // Allocation.

    #[inline]
    pub(crate) fn done(&self, value: Value<'a>) -> &'a Thunk<'a> {
        self.arena.alloc(Thunk::new(value))
    }

    /// A compiled expression, with the number by which thunks know it.
    pub(crate) fn code(&self, kind: CodeKind<'a>) -> &'a Code<'a> {
        let mut codes = self.codes.borrow_mut();
        // The texts would have to be larger than any memory for the numbers to run out.
        let number = CodeNumber(u32::try_from(codes.len()).unwrap_or(u32::MAX));
        let code = self.arena.alloc(Code { number, kind });
        codes.push(code);
        code
    }

    /// A function as thunks that call it know it.
    pub(crate) fn numbered(&self, function: Value<'a>) -> FunctionNumber {
        let mut functions = self.functions.borrow_mut();
        let number = FunctionNumber(u32::try_from(functions.len()).unwrap_or(u32::MAX));
        functions.push(function);
        number
    }

    fn function(&self, number: FunctionNumber) -> Value<'a> {
        let functions = self.functions.borrow();
        functions.get(number.0 as usize).copied().unwrap_or(Value::Null)
    }

    /// A thunk that calls a function when it is needed.
    pub(crate) fn lazy_call(&self, function: FunctionNumber, argument: &'a Thunk<'a>) -> &'a Thunk<'a> {
        self.arena.alloc(Thunk::new(Value::Call(function, argument)))
    }

    /// A thunk that calls a function with two arguments when it is needed.
    pub(crate) fn lazy_call_with_two(
        &self,
        function: FunctionNumber,
        arguments: [&'a Thunk<'a>; 2],
    ) -> &'a Thunk<'a> {
        let arguments = self.arena.alloc(arguments);
        self.arena
            .alloc(Thunk::new(Value::CallWithTwo(function, arguments)))
    }

    /// A scope of one variable.
    #[inline]
    fn scope_of_one(&self, thunk: &'a Thunk<'a>, up: &'a Env<'a>) -> &'a Env<'a> {
        self.arena.alloc(Env {
            up: Some(up),
            slots: Slots::One(Cell::new(thunk)),
        })
    }

    /// A scope whose variables all are `thunk` for now.
    fn scope_of(&self, count: usize, thunk: &'a Thunk<'a>, up: &'a Env<'a>) -> &'a Env<'a> {
        if count == 1 {
            return self.scope_of_one(thunk, up);
        }
        let slots = self.arena.alloc_slice_fill_with(count, |_| Cell::new(thunk));
        self.arena.alloc(Env {
            up: Some(up),
            slots: Slots::Many(slots),
        })
    }

    pub(crate) fn text(&self, bytes: &[u8], context: &'a [ContextElement<'a>]) -> &'a Text<'a> {
        self.arena.alloc(Text {
            bytes: self.arena.alloc_slice_copy(bytes),
            context,
        })
    }

    /// A string without context.
    pub fn string(&self, text: &str) -> Value<'a> {
        Value::String(self.text(text.as_bytes(), &[]))
    }

    pub(crate) fn bytes(&self, bytes: &[u8]) -> Value<'a> {
        Value::String(self.text(bytes, &[]))
    }

    /// A path.
    pub fn path(&self, path: &str) -> Value<'a> {
        Value::Path(self.text(path.as_bytes(), &[]))
    }

    pub(crate) fn list(&self, items: &[&'a Thunk<'a>]) -> Value<'a> {
        let items = self.arena.alloc_slice_copy(items);
        Value::List(self.arena.alloc(List { items }))
    }

    /// A set of attributes in any order; the last one of a name stays.
    pub(crate) fn attrs(&self, mut entries: Vec<Attr<'a>>) -> Value<'a> {
        entries.sort_by_key(|entry| entry.name);
        let mut kept: Vec<Attr<'a>> = Vec::with_capacity(entries.len());
        for entry in entries {
            match kept.last_mut() {
                Some(last) if last.name == entry.name => *last = entry,
                _ => kept.push(entry),
            }
        }
        self.sorted_attrs(&kept)
    }

    /// A set of attributes that are sorted by symbol already.
    pub(crate) fn sorted_attrs(&self, entries: &[Attr<'a>]) -> Value<'a> {
        let entries = self.arena.alloc_slice_copy(entries);
        Value::Attrs(self.arena.alloc(Attrs::new(entries)))
    }

    pub(crate) fn attr(&self, name: &str, value: Value<'a>) -> Attr<'a> {
        Attr {
            name: self.symbol(name),
            pos: Pos::NONE,
            value: self.done(value),
        }
    }

    // Names and places.

    pub(crate) fn symbol(&self, name: &str) -> Symbol {
        self.symbols.borrow_mut().intern(name)
    }

    /// A name as a string value.
    pub(crate) fn name_value(&self, symbol: Symbol) -> &'a Thunk<'a> {
        self.symbols.borrow_mut().value(symbol)
    }

    pub(crate) fn name(&self, symbol: Symbol) -> &'a str {
        self.symbols.borrow().text(symbol)
    }

    pub(crate) fn global(&self, symbol: Symbol) -> Option<&'a Thunk<'a>> {
        self.globals.borrow().get(&symbol).copied()
    }

    pub(crate) fn global_names(&self) -> Vec<&'a str> {
        self.globals
            .borrow()
            .keys()
            .map(|symbol| self.name(*symbol))
            .collect()
    }

    pub(crate) fn home(&self, pos: Pos) -> Result<String, Error> {
        let message = "the path of the home directory is not allowed in pure evaluation mode";
        self.settings
            .home
            .clone()
            .ok_or_else(|| ErrorData::new(ErrorKind::Impure, message).at(pos))
    }

    /// `{ file, line, column }`, or null for no place.
    pub(crate) fn position_value(&self, pos: Pos) -> Value<'a> {
        let Some(place) = self.sources.borrow().place(pos) else {
            return Value::Null;
        };
        let crate::sources::Origin::File(file) = &place.origin else {
            return Value::Null;
        };
        self.attrs(vec![
            self.attr("file", self.string(file)),
            self.attr("line", Value::Int(place.line.into())),
            self.attr("column", Value::Int(place.column.into())),
        ])
    }

    // Forcing.

    /// The value of a thunk.
    #[inline]
    pub fn force(&self, thunk: &'a Thunk<'a>) -> Evaluated<'a> {
        match thunk.value() {
            Some(value) => Ok(value),
            None => self.force_slow(thunk),
        }
    }

    #[inline(never)]
    fn force_slow(&self, thunk: &'a Thunk<'a>) -> Evaluated<'a> {
        self.check_stack()?;
        let state = thunk.state.replace(Value::Blackhole);
        let result = match state {
            Value::Code(number, env) => {
                let code = self.codes.borrow().get(number.0 as usize).copied();
                code.map_or(Ok(Value::Null), |code| self.eval(code, env))
            }
            Value::Call(function, argument) => self.call(self.function(function), &[argument], Pos::NONE),
            Value::CallWithTwo(function, arguments) => {
                self.call(self.function(function), arguments, Pos::NONE)
            }
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

    fn check_stack(&self) -> Result<(), Error> {
        match self.stack_base.abs_diff(stack_address()) > self.stack_limit {
            false => Ok(()),
            true => {
                let message = "stack overflow (possible infinite recursion)";
                Err(ErrorData::new(ErrorKind::StackOverflow, message))
            }
        }
    }

    /// A thunk for `code`, without making one where a value or variable will do.
    #[inline]
    pub(crate) fn thunk_for(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> &'a Thunk<'a> {
        match &code.kind {
            CodeKind::Constant(thunk) => thunk,
            CodeKind::Variable { level, slot, .. } => self.variable(*level, *slot, env),
            CodeKind::Lambda(lambda) => self.done(self.closure(lambda, env)),
            CodeKind::Select { subject, path, .. } => match self.known_attribute(subject, path, env) {
                Some(thunk) => thunk,
                None => self.later(code, env),
            },
            CodeKind::Binary {
                operator,
                left,
                right,
                ..
            } => match self.known_number(*operator, left, right, env) {
                Some(value) => self.done(value),
                None => self.later(code, env),
            },
            _ => self.later(code, env),
        }
    }

    /// A thunk that evaluates `code` when it is needed.
    #[inline]
    fn later(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> &'a Thunk<'a> {
        self.arena.alloc(Thunk::new(Value::Code(code.number, env)))
    }

    #[inline]
    fn variable(&self, level: u32, slot: u32, env: &'a Env<'a>) -> &'a Thunk<'a> {
        env.ancestor(level).slot(slot).map_or(self.null, Cell::get)
    }

    /// The value of a constant or variable that is computed already.
    #[inline]
    fn known(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> Option<Value<'a>> {
        match &code.kind {
            CodeKind::Constant(thunk) => thunk.value(),
            CodeKind::Variable { level, slot, .. } => self.variable(*level, *slot, env).value(),
            _ => None,
        }
    }

    /// The attribute of a known set, if it is computed too: nobody can see that it was looked up early.
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
    ) -> Option<Value<'a>> {
        if !matches!(operator, Operator::Add | Operator::Subtract | Operator::Multiply) {
            return None;
        }
        match (self.known(left, env)?, self.known(right, env)?) {
            (Value::Int(a), Value::Int(b)) => whole_numbers(operator, a, b),
            _ => None,
        }
    }

    fn closure(&self, lambda: &'a LambdaCode<'a>, env: &'a Env<'a>) -> Value<'a> {
        Value::Closure(self.arena.alloc(Closure { lambda, env }))
    }

    // Evaluation.

    /// The value of `code` in `env`.
    pub(crate) fn eval(&self, mut code: &'a Code<'a>, mut env: &'a Env<'a>) -> Evaluated<'a> {
        loop {
            match &code.kind {
                CodeKind::Constant(thunk) => return self.force(thunk),
                CodeKind::Variable { level, slot, pos } => {
                    let thunk = self.variable(*level, *slot, env);
                    return self.force(thunk).map_err(|error| error.at(*pos));
                }
                CodeKind::Call {
                    function,
                    arguments,
                    pos,
                } => {
                    return self.eval_call(function, arguments, *pos, env);
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
                    env = self.bind(bindings, true, env);
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
                    let items = items.iter().map(|item| self.thunk_for(item, env));
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

    pub(crate) fn condition(&self, code: &'a Code<'a>, env: &'a Env<'a>, pos: Pos) -> Result<bool, Error> {
        match self.eval(code, env)? {
            Value::Bool(value) => Ok(value),
            other => Err(self.unexpected(Type::Bool, &other).at(pos)),
        }
    }

    fn bind(&self, bindings: &'a BindingsCode<'a>, shares: bool, env: &'a Env<'a>) -> &'a Env<'a> {
        let inner = self.scope_of(bindings.slots.len(), self.null, env);
        for (index, ((code, outside), cell)) in bindings
            .slots
            .iter()
            .zip(bindings.outside)
            .zip(inner.slots())
            .enumerate()
        {
            cell.set(match (outside, &code.kind) {
                (true, _) => self.thunk_for(code, env),
                // The slot it stands for is not filled yet.
                (false, CodeKind::Variable { level: 0, slot, .. }) if *slot as usize >= index => {
                    self.later(code, inner)
                }
                (false, CodeKind::Constant(thunk)) => thunk,
                // What it stands for or is made of may be replaced.
                (false, _) if !shares => self.later(code, inner),
                (false, _) => self.thunk_for(code, inner),
            });
        }
        inner
    }

    fn eval_attrs(&self, code: &'a AttrsCode<'a>, env: &'a Env<'a>) -> Evaluated<'a> {
        let inner = code
            .bindings
            .map_or(env, |bindings| self.bind(bindings, code.overrides.is_none(), env));
        let entry = |entry: &'a crate::code::EntryCode<'a>| Attr {
            name: entry.name,
            pos: entry.pos,
            value: match &entry.value {
                EntryValue::Slot(slot) => self.variable(0, *slot, inner),
                EntryValue::Code { code, outside: true } => self.thunk_for(code, env),
                EntryValue::Code { code, outside: false } => self.thunk_for(code, inner),
            },
        };
        let entries = self.arena.alloc_slice_fill_iter(code.entries.iter().map(entry));
        let attrs: &'a Attrs<'a> = self.arena.alloc(Attrs::new(entries));
        if code.dynamic.is_empty() && code.overrides.is_none() {
            return Ok(Value::Attrs(attrs));
        }
        self.complete_attrs(code, attrs, inner, if code.recursive { inner } else { env })
    }

    #[inline(never)]
    fn complete_attrs(
        &self,
        code: &'a AttrsCode<'a>,
        attrs: &'a Attrs<'a>,
        inner: &'a Env<'a>,
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        let mut entries = attrs.entries().to_vec();
        if let Some(overrides) = code.overrides.and_then(|slot| inner.slot(slot)) {
            for replacement in self.force_attrs(overrides.get(), Pos::NONE)?.entries() {
                let slot = code.entries.iter().find(|entry| entry.name == replacement.name);
                if let Some(EntryValue::Slot(slot)) = slot.map(|entry| &entry.value)
                    && let Some(cell) = inner.slot(*slot)
                {
                    cell.set(replacement.value);
                }
                entries.retain(|entry| entry.name != replacement.name);
                entries.push(*replacement);
            }
        }
        for dynamic in code.dynamic {
            let name = match self.eval(dynamic.name, env)? {
                Value::Null => continue,
                other => self.attribute_name(other, dynamic.pos)?,
            };
            if let Some(first) = entries.iter().find(|entry| entry.name == name) {
                return Err(self.defined_twice(name, first.pos).at(dynamic.pos));
            }
            entries.push(Attr {
                name,
                pos: dynamic.pos,
                value: self.thunk_for(dynamic.value, env),
            });
        }
        Ok(self.attrs(entries))
    }

    fn defined_twice(&self, name: Symbol, first: Pos) -> Error {
        let place = self
            .sources
            .borrow()
            .place(first)
            .map_or_else(String::new, |place| format!(" at {place}"));
        let message = format!("dynamic attribute '{}' already defined{place}", self.name(name));
        ErrorData::new(ErrorKind::Other, message)
    }

    /// The name that a computed attribute name stands for.
    pub(crate) fn attribute_name(&self, value: Value<'a>, pos: Pos) -> Result<Symbol, Error> {
        self.as_plain(value, pos).map(|name| self.symbol(name))
    }

    fn with_variable(&self, name: Symbol, levels: &[u32], pos: Pos, env: &'a Env<'a>) -> Evaluated<'a> {
        for level in levels {
            let scope = self.variable(*level, 0, env);
            let attrs = match self.force(scope).map_err(|error| error.at(pos))? {
                Value::Attrs(attrs) => attrs,
                other => return Err(self.unexpected(Type::Attrs, &other).at(pos)),
            };
            if let Some(attr) = attrs.get(name) {
                return self.force(attr.value).map_err(|error| error.at(pos));
            }
        }
        let scopes = levels.iter().map(|level| self.variable(*level, 0, env).value());
        let known = scopes.flat_map(|scope| match scope {
            Some(Value::Attrs(attrs)) => attrs.entries(),
            _ => &[],
        });
        let hint = crate::suggest::did_you_mean(self.name(name), known.map(|attr| self.name(attr.name)));
        let message = format!("undefined variable '{}'{hint}", self.name(name));
        Err(ErrorData::new(ErrorKind::UndefinedVariable, message).at(pos))
    }

    fn step_name(&self, step: &Step<'a>, env: &'a Env<'a>) -> Result<Symbol, Error> {
        match step {
            Step::Static(name) => Ok(*name),
            Step::Dynamic(code, pos) => {
                let value = self.eval(code, env)?;
                self.attribute_name(value, *pos)
            }
        }
    }

    /// The attribute at the end of a path; nothing if it is missing and there is a default.
    fn select(
        &self,
        subject: &'a Code<'a>,
        path: &'a [Step<'a>],
        has_default: bool,
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Result<Option<Value<'a>>, Error> {
        let mut value = self.eval(subject, env)?;
        for step in path {
            let name = self.step_name(step, env)?;
            let attrs = match value {
                Value::Attrs(attrs) => attrs,
                _ if has_default => return Ok(None),
                other => return Err(self.not_selectable(other, name).at(pos)),
            };
            match attrs.get(name) {
                Some(attr) => match self.force(attr.value) {
                    Ok(found) => value = found,
                    Err(error) => {
                        return Err(self.while_evaluating_attribute(error, path, attr.pos, pos, env));
                    }
                },
                None if has_default => return Ok(None),
                None => return Err(self.missing_attribute(name, attrs).at(pos)),
            }
        }
        Ok(Some(value))
    }

    #[inline(never)]
    fn while_evaluating_attribute(
        &self,
        error: Error,
        path: &'a [Step<'a>],
        attr: Pos,
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Error {
        let names: Vec<&str> = path
            .iter()
            .map(|step| self.step_name(step, env).map_or("…", |name| self.name(name)))
            .collect();
        let text = || format!("while evaluating the attribute '{}'", names.join("."));
        error.at(attr).at(pos).during(attr, text)
    }

    #[inline(never)]
    fn not_selectable(&self, value: Value<'a>, name: Symbol) -> Error {
        let error = self.unexpected(Type::Attrs, &value);
        error.during(Pos::NONE, || {
            format!("while selecting an attribute '{}'", self.name(name))
        })
    }

    #[inline(never)]
    pub(crate) fn missing_attribute(&self, name: Symbol, attrs: &Attrs<'a>) -> Error {
        let name = self.name(name);
        let known = attrs.entries().iter().map(|attr| self.name(attr.name));
        let hint = crate::suggest::did_you_mean(name, known);
        let mut quoted = String::new();
        crate::pure::print_string::push_identifier(&mut quoted, name);
        ErrorData::new(
            ErrorKind::MissingAttribute,
            format!("attribute '{quoted}' missing{hint}"),
        )
    }

    fn has_attr(&self, subject: &'a Code<'a>, path: &'a [Step<'a>], env: &'a Env<'a>) -> Evaluated<'a> {
        let mut thunk = self.thunk_for(subject, env);
        for step in path {
            let value = self.force(thunk)?;
            let name = self.step_name(step, env)?;
            match value {
                Value::Attrs(attrs) => match attrs.get(name) {
                    Some(attr) => thunk = attr.value,
                    None => return Ok(Value::Bool(false)),
                },
                _ => return Ok(Value::Bool(false)),
            }
        }
        Ok(Value::Bool(true))
    }

    // Calls.

    fn eval_call(
        &self,
        function: &'a Code<'a>,
        arguments: &'a [&'a Code<'a>],
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        let function = self.eval(function, env)?;
        match arguments {
            [one] => self.call(function, &[self.thunk_for(one, env)], pos),
            [one, two] => self.call(
                function,
                &[self.thunk_for(one, env), self.thunk_for(two, env)],
                pos,
            ),
            [one, two, three] => {
                let thunks = [
                    self.thunk_for(one, env),
                    self.thunk_for(two, env),
                    self.thunk_for(three, env),
                ];
                self.call(function, &thunks, pos)
            }
            _ => {
                let thunks: Vec<_> = arguments
                    .iter()
                    .map(|argument| self.thunk_for(argument, env))
                    .collect();
                self.call(function, &thunks, pos)
            }
        }
    }

    /// Calls `function` with one argument after the other.
    pub fn call(&self, mut function: Value<'a>, mut arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
        while let [first, rest @ ..] = arguments {
            match function {
                Value::Closure(closure) => {
                    (function, arguments) = self.call_closure(closure, first, rest, pos)?;
                }
                Value::Builtin(builtin) => match arguments.split_at_checked(builtin.arity) {
                    Some((own, rest)) => {
                        function = self.call_builtin(builtin, own, pos)?;
                        arguments = rest;
                    }
                    None => return Ok(self.partial(builtin, &[], arguments)),
                },
                Value::Partial(partial) => match self.call_partial(partial, arguments, pos)? {
                    ControlFlow::Continue((value, rest)) => (function, arguments) = (value, rest),
                    ControlFlow::Break(value) => return Ok(value),
                },
                Value::Attrs(attrs) => function = self.functor(attrs, function, pos)?,
                other => return Err(self.not_callable(&other).at(pos)),
            }
        }
        Ok(function)
    }

    fn call_partial<'s>(
        &self,
        partial: &'a Partial<'a>,
        arguments: &'s [&'a Thunk<'a>],
        pos: Pos,
    ) -> Result<ControlFlow<Value<'a>, (Value<'a>, &'s [&'a Thunk<'a>])>, Error> {
        let missing = partial.builtin.arity - partial.arguments.len();
        let Some((own, rest)) = arguments.split_at_checked(missing) else {
            return Ok(ControlFlow::Break(self.partial(
                partial.builtin,
                partial.arguments,
                arguments,
            )));
        };
        let value = match (partial.arguments, own) {
            ([one], [two]) => self.call_builtin(partial.builtin, &[one, two], pos)?,
            (first, second) => self.call_builtin(partial.builtin, &[first, second].concat(), pos)?,
        };
        Ok(ControlFlow::Continue((value, rest)))
    }

    fn partial(
        &self,
        builtin: &'static crate::builtins::Builtin,
        first: &[&'a Thunk<'a>],
        second: &[&'a Thunk<'a>],
    ) -> Value<'a> {
        let arguments = self
            .arena
            .alloc_slice_fill_iter(first.iter().chain(second).copied().collect::<Vec<_>>());
        Value::Partial(self.arena.alloc(Partial { builtin, arguments }))
    }

    /// A function of this program with its first arguments.
    pub(crate) fn with_arguments(
        &self,
        builtin: &'static crate::builtins::Builtin,
        arguments: &[&'a Thunk<'a>],
    ) -> Value<'a> {
        self.partial(builtin, arguments, &[])
    }

    fn call_builtin(
        &self,
        builtin: &'static crate::builtins::Builtin,
        arguments: &[&'a Thunk<'a>],
        pos: Pos,
    ) -> Evaluated<'a> {
        (builtin.run)(self, arguments, pos)
            .map_err(|error| self.while_calling_builtin(error, builtin.name, pos))
    }

    #[inline(never)]
    fn while_calling_builtin(&self, error: Error, name: &str, pos: Pos) -> Error {
        error
            .at(pos)
            .during(pos, || format!("while calling the '{name}' builtin"))
    }

    #[inline(never)]
    fn functor(&self, attrs: &'a Attrs<'a>, own: Value<'a>, pos: Pos) -> Evaluated<'a> {
        match attrs.get(Symbol::FUNCTOR) {
            Some(functor) => {
                let function = self.force(functor.value)?;
                self.call(function, &[self.done(own)], functor.pos)
            }
            None => Err(self.not_callable(&own).at(pos)),
        }
    }

    #[inline(never)]
    fn not_callable(&self, value: &Value<'a>) -> Error {
        let shown = self.shown_shortly(value);
        let message = format!(
            "attempt to call something which is not a function but {}: {shown}",
            value.described()
        );
        ErrorData::new(ErrorKind::Type, message)
    }

    /// Does something one level deeper: what nests without end is an error.
    pub(crate) fn nested<T>(&self, pos: Pos, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let depth = self.call_depth.get();
        if depth >= self.settings.max_call_depth {
            let message = "stack overflow; max-call-depth exceeded";
            return Err(ErrorData::new(ErrorKind::StackOverflow, message).at(pos));
        }
        self.check_stack()?;
        self.call_depth.set(depth + 1);
        let result = work();
        self.call_depth.set(depth);
        result
    }

    /// Calls a function of the language with its first argument, and with those after it where the function only makes
    /// another one of one argument; the value, and what arguments are left.
    fn call_closure<'s>(
        &self,
        closure: &'a Closure<'a>,
        first: &'a Thunk<'a>,
        mut rest: &'s [&'a Thunk<'a>],
        pos: Pos,
    ) -> Result<(Value<'a>, &'s [&'a Thunk<'a>]), Error> {
        let depth = self.call_depth.get();
        if depth >= self.settings.max_call_depth {
            let message = "stack overflow; max-call-depth exceeded";
            return Err(ErrorData::new(ErrorKind::StackOverflow, message).at(pos));
        }
        self.check_stack()?;
        self.call_depth.set(depth + 1);
        let mut lambda = closure.lambda;
        let result = match &lambda.pattern {
            None => {
                let mut env = self.scope_of_one(first, closure.env);
                while let ([next, others @ ..], CodeKind::Lambda(inner)) = (rest, &lambda.body.kind)
                    && inner.pattern.is_none()
                {
                    env = self.scope_of_one(next, env);
                    (lambda, rest) = (inner, others);
                }
                self.eval(lambda.body, env)
            }
            Some(pattern) => self
                .match_pattern(lambda, pattern, closure.env, first, pos)
                .and_then(|env| self.eval(lambda.body, env)),
        };
        self.call_depth.set(depth);
        match result {
            Ok(value) => Ok((value, rest)),
            Err(error) => Err(self.while_calling(error, lambda, pos)),
        }
    }

    #[inline(never)]
    fn while_calling(&self, error: Error, lambda: &LambdaCode<'a>, pos: Pos) -> Error {
        let text = || format!("while calling {}", self.function_name(lambda));
        error
            .during(lambda.pos, text)
            .during(pos, || "from call site".to_owned())
    }

    fn function_name(&self, lambda: &LambdaCode<'a>) -> String {
        match lambda.name {
            Some(name) => format!("'{}'", self.name(name)),
            None => "anonymous lambda".to_owned(),
        }
    }

    fn match_pattern(
        &self,
        lambda: &'a LambdaCode<'a>,
        pattern: &'a PatternCode<'a>,
        env: &'a Env<'a>,
        argument: &'a Thunk<'a>,
        pos: Pos,
    ) -> Result<&'a Env<'a>, Error> {
        let attrs = match self.force(argument)? {
            Value::Attrs(attrs) => attrs,
            other => {
                let text = "while evaluating the value passed for the lambda argument";
                return Err(self
                    .unexpected(Type::Attrs, &other)
                    .during(pos, || text.to_owned())
                    .at(pos));
            }
        };
        let count = pattern.formals.len() + usize::from(lambda.argument.is_some());
        let inner = self.scope_of(count, argument, env);
        let mut matched = 0;
        for formal in pattern.formals {
            let thunk = match (attrs.get(formal.name), formal.default) {
                (Some(attr), _) => {
                    matched += 1;
                    attr.value
                }
                (None, Some(default)) => match &default.kind {
                    CodeKind::Constant(thunk) => thunk,
                    _ => self.later(default, inner),
                },
                (None, None) => return Err(self.missing_argument(lambda, formal.name).at(lambda.pos)),
            };
            if let Some(cell) = inner.slot(formal.slot) {
                cell.set(thunk);
            }
        }
        match !pattern.ellipsis && matched != attrs.entries().len() {
            true => Err(self.unexpected_argument(lambda, pattern, attrs).at(lambda.pos)),
            false => Ok(inner),
        }
    }

    fn called(&self, lambda: &LambdaCode<'a>) -> String {
        lambda.name.map_or_else(
            || "anonymous lambda".to_owned(),
            |name| self.name(name).to_owned(),
        )
    }

    #[inline(never)]
    fn missing_argument(&self, lambda: &LambdaCode<'a>, name: Symbol) -> Error {
        let (function, name) = (self.called(lambda), self.name(name));
        let message = format!("function '{function}' called without required argument '{name}'");
        ErrorData::new(ErrorKind::Type, message)
    }

    #[inline(never)]
    fn unexpected_argument(
        &self,
        lambda: &LambdaCode<'a>,
        pattern: &PatternCode<'a>,
        attrs: &Attrs<'a>,
    ) -> Error {
        let is_formal = |name: Symbol| pattern.formals.iter().any(|formal| formal.name == name);
        let mut surplus: Vec<&str> = attrs
            .entries()
            .iter()
            .filter(|attr| !is_formal(attr.name))
            .map(|attr| self.name(attr.name))
            .collect();
        surplus.sort_unstable();
        let name = surplus.first().copied().unwrap_or_default();
        let known = pattern.formals.iter().map(|formal| self.name(formal.name));
        let hint = crate::suggest::did_you_mean(name, known);
        let function = self.called(lambda);
        let message = format!("function '{function}' called with unexpected argument '{name}'{hint}");
        ErrorData::new(ErrorKind::Type, message)
    }

    // Types.

    /// "expected a set but found an integer: 1"
    #[inline(never)]
    pub(crate) fn unexpected(&self, expected: Type, found: &Value<'a>) -> Error {
        let (expected, kind) = (expected.described(), found.described());
        let shown = self.shown_shortly(found);
        ErrorData::new(
            ErrorKind::Type,
            format!("expected {expected} but found {kind}: {shown}"),
        )
    }

    pub(crate) fn force_attrs(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<&'a Attrs<'a>, Error> {
        match self.force(thunk)? {
            Value::Attrs(attrs) => Ok(attrs),
            other => Err(self.unexpected(Type::Attrs, &other).at(pos)),
        }
    }

    pub(crate) fn force_list(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<&'a [&'a Thunk<'a>], Error> {
        match self.force(thunk)? {
            Value::List(list) => Ok(list.items),
            other => Err(self.unexpected(Type::List, &other).at(pos)),
        }
    }

    pub(crate) fn force_int(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<i64, Error> {
        match self.force(thunk)? {
            Value::Int(number) => Ok(number),
            other => Err(self.unexpected(Type::Int, &other).at(pos)),
        }
    }

    pub(crate) fn force_bool(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<bool, Error> {
        match self.force(thunk)? {
            Value::Bool(value) => Ok(value),
            other => Err(self.unexpected(Type::Bool, &other).at(pos)),
        }
    }

    /// A function, or something that can be called like one.
    pub(crate) fn force_function(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Evaluated<'a> {
        match self.force(thunk)? {
            Value::Attrs(attrs) if attrs.get(Symbol::FUNCTOR).is_some() => Ok(Value::Attrs(attrs)),
            value if value.kind() == Type::Function => Ok(value),
            other => Err(self.unexpected(Type::Function, &other).at(pos)),
        }
    }

    pub(crate) fn as_text(&self, value: Value<'a>, pos: Pos) -> Result<&'a Text<'a>, Error> {
        match value {
            Value::String(text) => Ok(text),
            other => Err(self.unexpected(Type::String, &other).at(pos)),
        }
    }

    /// A string with its context.
    pub(crate) fn force_text(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<&'a Text<'a>, Error> {
        let value = self.force(thunk)?;
        self.as_text(value, pos)
    }

    /// A string that must not refer to the store.
    pub(crate) fn force_plain(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<&'a str, Error> {
        let value = self.force(thunk)?;
        self.as_plain(value, pos)
    }

    /// A string that must not refer to the store.
    fn as_plain(&self, value: Value<'a>, pos: Pos) -> Result<&'a str, Error> {
        let text = self.as_text(value, pos)?;
        if let Some(element) = text.context.first() {
            let shown = String::from_utf8_lossy(text.bytes);
            let message =
                format!("the string '{shown}' is not allowed to refer to a store path (such as '{element}')");
            return Err(ErrorData::new(ErrorKind::Type, message).at(pos));
        }
        self.utf8(text.bytes, pos)
    }

    pub(crate) fn utf8(&self, bytes: &'a [u8], pos: Pos) -> Result<&'a str, Error> {
        std::str::from_utf8(bytes)
            .map_err(|_| ErrorData::new(ErrorKind::Type, "the string is not valid UTF-8").at(pos))
    }
}
