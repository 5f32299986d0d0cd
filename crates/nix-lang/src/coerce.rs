//! Turns values into strings, with what they refer to.

use std::fmt;

use crate::code::Code;
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::paths;
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attrs, ContextElement, Env, Thunk, Value};
use crate::world::PathImport;

/// What may be turned into a string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Coercion {
    /// Numbers, truth values, null and lists too, as `toString` does.
    pub(crate) more: bool,
    /// Whether paths are copied into the store.
    pub(crate) copy: bool,
}

/// Collects bytes and context.
#[derive(Debug, Default)]
pub(crate) struct TextBuilder<'a> {
    bytes: Vec<u8>,
    context: Vec<ContextElement<'a>>,
}

impl<'a> TextBuilder<'a> {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn add_context(&mut self, context: &[ContextElement<'a>]) {
        if self.context.as_slice() != context {
            self.context.extend_from_slice(context);
        }
    }

    pub(crate) fn has_context(&self) -> bool {
        !self.context.is_empty()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The string, and its context sorted.
    pub(crate) fn finish(mut self, evaluator: &Evaluator<'a>) -> Value<'a> {
        let context: &'a [ContextElement<'a>] = match self.context.len() {
            0 => &[],
            _ => {
                self.context.sort_unstable();
                self.context.dedup();
                evaluator.arena.alloc_slice_copy(&self.context)
            }
        };
        Value::String(evaluator.text(&self.bytes, context))
    }

    pub(crate) fn into_parts(mut self) -> (Vec<u8>, Vec<ContextElement<'a>>) {
        self.context.sort_unstable();
        self.context.dedup();
        (self.bytes, self.context)
    }
}

impl fmt::Display for ContextElement<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => formatter.write_str(path),
            Self::DeepDerivation(derivation) => write!(formatter, "={derivation}"),
            Self::Output { derivation, output } => write!(formatter, "!{output}!{derivation}"),
        }
    }
}

impl<'a> Evaluator<'a> {
    /// Appends `value` as a string to `text`.
    pub(crate) fn coerce(
        &self,
        value: Value<'a>,
        how: Coercion,
        text: &mut TextBuilder<'a>,
        pos: Pos,
    ) -> Result<(), Error> {
        match value {
            Value::String(string) => {
                text.push(string.bytes);
                text.add_context(string.context);
            }
            Value::Path(path) if how.copy => {
                let path = self.utf8(path.bytes, pos)?;
                let copied = self.copy_to_store(path, pos)?;
                text.push(copied.as_bytes());
                text.add_context(&[ContextElement::Path(copied)]);
            }
            Value::Path(path) => text.push(path.bytes),
            Value::Attrs(attrs) => self.coerce_attrs(attrs, value, how, text, pos)?,
            Value::Bool(true) if how.more => text.push(b"1"),
            Value::Bool(false) | Value::Null if how.more => {}
            Value::Int(number) if how.more => text.push(number.to_string().as_bytes()),
            Value::Float(number) if how.more => text.push(format!("{number:.6}").as_bytes()),
            Value::List(list) if how.more => self.coerce_list(list.items, how, text, pos)?,
            other => return Err(self.not_a_string(&other).at(pos)),
        }
        Ok(())
    }

    fn coerce_attrs(
        &self,
        attrs: &'a Attrs<'a>,
        own: Value<'a>,
        how: Coercion,
        text: &mut TextBuilder<'a>,
        pos: Pos,
    ) -> Result<(), Error> {
        if let Some(to_string) = attrs.get(Symbol::TO_STRING) {
            let function = self.force(to_string.value)?;
            let value = self.call(function, &[self.done(own)], pos)?;
            return self.nested(pos, || self.coerce(value, how, text, pos));
        }
        match attrs.get(Symbol::OUT_PATH) {
            Some(out_path) => {
                let value = self.force(out_path.value)?;
                self.nested(pos, || self.coerce(value, how, text, pos))
            }
            None => Err(self.not_a_string(&own).at(pos)),
        }
    }

    fn coerce_list(
        &self,
        items: &'a [&'a Thunk<'a>],
        how: Coercion,
        text: &mut TextBuilder<'a>,
        pos: Pos,
    ) -> Result<(), Error> {
        for (index, item) in items.iter().enumerate() {
            let value = self.force(item)?;
            self.nested(pos, || self.coerce(value, how, text, pos))?;
            let is_empty_list = matches!(value, Value::List(list) if list.items.is_empty());
            if index + 1 < items.len() && !is_empty_list {
                text.push(b" ");
            }
        }
        Ok(())
    }

    #[inline(never)]
    fn not_a_string(&self, value: &Value<'a>) -> Error {
        let message = match value {
            Value::Null => "cannot coerce null to a string: null".to_owned(),
            _ => format!(
                "cannot coerce {} to a string: {}",
                value.described(),
                self.shown_shortly(value)
            ),
        };
        ErrorData::new(ErrorKind::Type, message)
    }

    /// A thunk as a string value.
    pub(crate) fn coerce_thunk(&self, thunk: &'a Thunk<'a>, how: Coercion, pos: Pos) -> Evaluated<'a> {
        let value = self.force(thunk)?;
        if let Value::String(_) = value {
            return Ok(value);
        }
        let mut text = TextBuilder::new();
        self.coerce(value, how, &mut text, pos)?;
        Ok(text.finish(self))
    }

    pub(crate) fn interpolate(&self, parts: &'a [&'a Code<'a>], pos: Pos, env: &'a Env<'a>) -> Evaluated<'a> {
        let mut text = TextBuilder::new();
        for part in parts {
            let value = self.eval(part, env)?;
            if parts.len() == 1 && matches!(value, Value::String(_)) {
                return Ok(value);
            }
            self.coerce(
                value,
                Coercion {
                    more: false,
                    copy: true,
                },
                &mut text,
                pos,
            )
            .map_err(|error| error.during(pos, || "while evaluating a path segment".to_owned()))?;
        }
        Ok(text.finish(self))
    }

    pub(crate) fn interpolate_path(
        &self,
        parts: &'a [&'a Code<'a>],
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        let mut text = TextBuilder::new();
        for part in parts {
            let value = self.eval(part, env)?;
            self.coerce(
                value,
                Coercion {
                    more: false,
                    copy: false,
                },
                &mut text,
                pos,
            )?;
        }
        if text.has_context() {
            let message = "a string that refers to a store path cannot be appended to a path";
            return Err(ErrorData::new(ErrorKind::Type, message).at(pos));
        }
        Ok(self.path(&paths::canonical(&String::from_utf8_lossy(text.bytes()))))
    }

    /// Copies a source path into the store, once.
    pub(crate) fn copy_to_store(&self, path: &str, pos: Pos) -> Result<&'a str, Error> {
        if let Some(copied) = self.copies.borrow().get(path) {
            return Ok(copied);
        }
        if path.ends_with(".drv") {
            let message = format!("file names are not allowed to end in '.drv': {path}");
            return Err(ErrorData::new(ErrorKind::Other, message).at(pos));
        }
        let name = paths::base_name(path);
        let name = if name.is_empty() { "root" } else { name };
        let import = PathImport {
            path: path.to_owned(),
            name: name.to_owned(),
            recursive: true,
            expected: None,
        };
        let copied = self
            .world
            .add_path(&import, None)
            .map_err(|source| self.outside_at(path, source).at(pos))?;
        let copied: &'a str = self.arena.alloc_str(&copied.to_string());
        self.copies.borrow_mut().insert(path.to_owned(), copied);
        Ok(copied)
    }

    /// An error for something that failed outside.
    pub(crate) fn outside(&self, source: crate::WorldError) -> Error {
        let mut error = ErrorData::new(ErrorKind::World, source.to_string());
        error.source = Some(source);
        error
    }
}
