//! Makes values, thunks and scopes in the arena; names and places as values.

use std::cell::Cell;

use super::Evaluator;
use crate::code::{Code, CodeKind, CodeNumber};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attr, Attrs, ContextElement, Env, FunctionNumber, List, Slots, Text, Thunk, Value};

impl<'a> Evaluator<'a> {
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

    pub(super) fn function(&self, number: FunctionNumber) -> Value<'a> {
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
}
