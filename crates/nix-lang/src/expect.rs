//! Values of the type that somebody expects, or an error that says what was found.

use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attrs, Text, Thunk, Type, Value};

impl<'a> Evaluator<'a> {
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
    pub(crate) fn as_plain(&self, value: Value<'a>, pos: Pos) -> Result<&'a str, Error> {
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
