//! The evaluator: from compiled code to values.

use std::cell::{Cell, RefCell};

use bumpalo::Bump;
use hashbrown::HashMap;
use nix_formats::{Hash, StorePath};

use crate::code::{AttrsCode, BindingsCode, Code, CodeKind, CodeNumber, EntryValue, LambdaCode, Step};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::settings::Settings;
use crate::sources::{Pos, Sources};
use crate::spare::{Argument, Spare};
use crate::symbols::{Symbol, Symbols};
use crate::syntax::ast::Operator;
use crate::value::{
    Attr, Attrs, Closure, ContextElement, Env, FunctionNumber, List, Slots, Text, Thunk, Type, Value,
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

/// What the names of a scope are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Names {
    /// Variables of `let`.
    Variables,
    /// Attributes of a set.
    Attributes,
    /// Attributes that `__overrides` may replace.
    Replaceable,
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
            empty_env: arena.alloc(Env {
                up: Cell::new(None),
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
        match self.spare.thunk(value) {
            Some(thunk) => thunk,
            None => self.spare.made(self.arena.alloc(Thunk::new(value))),
        }
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

    /// A thunk that calls a function with a number when it is needed.
    pub(crate) fn lazy_call_with_index(&self, function: FunctionNumber, index: u32) -> &'a Thunk<'a> {
        self.arena
            .alloc(Thunk::new(Value::CallWithIndex(function, index)))
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
    pub(crate) fn scope_of_one(&self, thunk: &'a Thunk<'a>, up: &'a Env<'a>) -> &'a Env<'a> {
        if let Some(env) = self.spare.scope(thunk, up) {
            return env;
        }
        self.spare.made(self.arena.alloc(Env {
            up: Cell::new(Some(up)),
            slots: Slots::One(Cell::new(thunk)),
        }))
    }

    /// A scope whose variables all are `thunk` for now.
    pub(crate) fn scope_of(&self, count: usize, thunk: &'a Thunk<'a>, up: &'a Env<'a>) -> &'a Env<'a> {
        if count == 1 {
            return self.scope_of_one(thunk, up);
        }
        let slots = self.arena.alloc_slice_fill_with(count, |_| Cell::new(thunk));
        self.arena.alloc(Env {
            up: Cell::new(Some(up)),
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

    pub(crate) fn check_stack(&self) -> Result<(), Error> {
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
        self.argument(code, env).thunk
    }

    /// The same, and whether it was made just now.
    #[inline]
    pub(crate) fn argument(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> Argument<'a> {
        match &code.kind {
            CodeKind::Constant(thunk) => Argument::there(thunk),
            CodeKind::Variable { level, slot, .. } => Argument::there(self.variable(*level, *slot, env)),
            CodeKind::Lambda(lambda) => Argument::new(self.done(self.closure(lambda, env))),
            CodeKind::Select { subject, path, .. } => match self.known_attribute(subject, path, env) {
                Some(thunk) => Argument::there(thunk),
                None => Argument::new(self.later(code, env)),
            },
            CodeKind::Binary {
                operator,
                left,
                right,
                ..
            } => match self.known_number(*operator, left, right, env) {
                Some(value) => Argument::new(self.done(value)),
                None => Argument::new(self.later(code, env)),
            },
            _ => Argument::new(self.later(code, env)),
        }
    }

    /// The same for a part of a list or set. What is printed without being evaluated shows which parts were: as in Nix
    /// only values that stand there, and variables.
    #[inline]
    fn part_for(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> &'a Thunk<'a> {
        match &code.kind {
            CodeKind::Constant(thunk) => thunk,
            CodeKind::Variable { level, slot, .. } => self.variable(*level, *slot, env),
            CodeKind::List { items: [] } => self.done(self.list(&[])),
            _ => self.later(code, env),
        }
    }

    /// A thunk that evaluates `code` when it is needed.
    #[inline]
    pub(crate) fn later(&self, code: &'a Code<'a>, env: &'a Env<'a>) -> &'a Thunk<'a> {
        self.done(Value::Code(code.number, env))
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

    fn bind(&self, bindings: &'a BindingsCode<'a>, names: Names, env: &'a Env<'a>) -> &'a Env<'a> {
        let inner = self.scope_of(bindings.slots.len(), self.null, env);
        for (index, ((code, outside), cell)) in bindings
            .slots
            .iter()
            .zip(bindings.outside)
            .zip(inner.slots())
            .enumerate()
        {
            cell.set(match (outside, &code.kind) {
                (true, _) if names == Names::Variables => self.thunk_for(code, env),
                (true, _) => self.part_for(code, env),
                // The slot it stands for is not filled yet.
                (false, CodeKind::Variable { level: 0, slot, .. }) if *slot as usize >= index => {
                    self.later(code, inner)
                }
                (false, CodeKind::Constant(thunk)) => thunk,
                // What it stands for or is made of may be replaced.
                (false, _) if names == Names::Replaceable => self.later(code, inner),
                (false, _) if names == Names::Attributes => self.part_for(code, inner),
                (false, _) => self.thunk_for(code, inner),
            });
        }
        inner
    }

    fn eval_attrs(&self, code: &'a AttrsCode<'a>, env: &'a Env<'a>) -> Evaluated<'a> {
        let names = match code.overrides {
            None => Names::Attributes,
            Some(_) => Names::Replaceable,
        };
        let inner = code
            .bindings
            .map_or(env, |bindings| self.bind(bindings, names, env));
        let entry = |entry: &'a crate::code::EntryCode<'a>| Attr {
            name: entry.name,
            pos: entry.pos,
            value: match &entry.value {
                EntryValue::Slot(slot) => self.variable(0, *slot, inner),
                EntryValue::Code { code, outside: true } => self.part_for(code, env),
                EntryValue::Code { code, outside: false } => self.part_for(code, inner),
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
                value: self.part_for(dynamic.value, env),
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
}
