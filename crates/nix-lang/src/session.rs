//! Runs evaluations: a thread with a large stack, an arena, and what the caller does with values.

use std::cell::Cell;
use std::thread;

use bumpalo::Bump;

use crate::builtins::XmlOptions;
use crate::error::{Error, EvaluationError, TraceLine};
use crate::eval::{Evaluated, Evaluator};
use crate::settings::Settings;
use crate::sources::{Origin, Place, Pos};
use crate::symbols::Symbol;
use crate::value::{Attr, ContextElement, Env, Slots, Thunk, Value};
use crate::world::World;

/// Address space for the stack; only what is used takes memory.
const STACK_BYTES: usize = 1 << 30;
/// What is left for code that does not look at the stack's end.
const STACK_RESERVE_BYTES: usize = 16 << 20;

/// Runs `work` with an evaluator on a thread of its own, whose stack is large enough for deep expressions.
///
/// # Errors
/// If the thread cannot be started; a panic of `work` goes on in the caller.
pub fn with_evaluator<R: Send>(
    settings: &Settings,
    world: &(dyn World + Sync),
    work: impl FnOnce(&Evaluator<'_>) -> R + Send,
) -> std::io::Result<R> {
    thread::scope(|scope| {
        let builder = thread::Builder::new()
            .name("evaluator".to_owned())
            .stack_size(STACK_BYTES);
        let handle = builder.spawn_scoped(scope, || {
            let arena = Bump::new();
            let evaluator = Evaluator::new(&arena, world, settings, STACK_BYTES - STACK_RESERVE_BYTES);
            work(&evaluator)
        })?;
        match handle.join() {
            Ok(result) => Ok(result),
            Err(panic) => std::panic::resume_unwind(panic),
        }
    })
}

impl<'a> Evaluator<'a> {
    /// The value of a text; relative paths in it are relative to `directory`.
    pub fn evaluate_text(&self, text: &str, origin: Origin, directory: &str) -> Evaluated<'a> {
        let code = self.compile_text(text, origin, directory, None)?;
        self.eval(code, self.empty_env)
    }

    /// The value of the expression in a file, or in a directory's `default.nix`.
    pub fn evaluate_file(&self, path: &str) -> Evaluated<'a> {
        self.import_file(path, Pos::NONE)
    }

    /// The text's syntax tree as text; its variables must be bound.
    pub fn parsed_text(&self, text: &str, origin: Origin, directory: &str) -> Result<String, Error> {
        self.parsed(text.as_bytes(), origin, directory)
    }

    /// What `<name>` stands for.
    pub fn find_on_search_path(&self, name: &str) -> Evaluated<'a> {
        self.search_path(name, Pos::NONE)
    }

    /// The syntax tree of a file, or of a directory's `default.nix`, as text; its variables must be bound.
    pub fn parsed_file(&self, path: &str) -> Result<String, Error> {
        let file = self.expression_file(path, Pos::NONE)?;
        let content = self
            .world
            .read_file(&file)
            .map_err(|source| self.outside(source))?;
        let directory = crate::paths::parent(&file).to_owned();
        self.parsed(&content, Origin::File(file), &directory)
    }

    /// A thunk that is this value.
    pub fn thunk(&self, value: Value<'a>) -> &'a Thunk<'a> {
        self.done(value)
    }

    /// A set of named values.
    pub fn set(&self, members: impl IntoIterator<Item = (String, Value<'a>)>) -> Value<'a> {
        self.attrs(
            members
                .into_iter()
                .map(|(name, value)| self.attr(&name, value))
                .collect(),
        )
    }

    /// A set of named thunks.
    pub fn set_of_thunks(&self, members: impl IntoIterator<Item = (String, &'a Thunk<'a>)>) -> Value<'a> {
        let attr = |(name, value): (String, &'a Thunk<'a>)| Attr {
            name: self.symbol(&name),
            pos: Pos::NONE,
            value,
        };
        self.attrs(members.into_iter().map(attr).collect())
    }

    /// The value of a text, evaluated when it is needed.
    pub fn delayed_text(&self, text: &str, origin: Origin, directory: &str) -> Result<&'a Thunk<'a>, Error> {
        let code = self.compile_text(text, origin, directory, None)?;
        Ok(self.thunk_for(code, self.empty_env))
    }

    /// A text in a scope of further variables, evaluated when it is needed; relative paths are relative to `directory`.
    pub fn delayed_text_with(
        &self,
        text: &str,
        directory: &str,
        variables: &[(String, &'a Thunk<'a>)],
    ) -> Result<&'a Thunk<'a>, Error> {
        let names = (0..)
            .zip(variables)
            .map(|(slot, (name, _))| (self.symbol(name), slot));
        let origin = Origin::Text("string".to_owned());
        let code = self.compile_text(text, origin, directory, Some(names.collect()))?;
        let slots = variables.iter().map(|(_, value)| std::cell::Cell::new(*value));
        let env = self.arena.alloc(Env {
            up: Cell::new(Some(self.empty_env)),
            slots: Slots::Many(self.arena.alloc_slice_fill_iter(slots)),
        });
        Ok(self.thunk_for(code, env))
    }

    /// Forgets what was imported, so that changed files are read again.
    pub fn forget_files(&self) {
        self.imports.borrow_mut().clear();
    }

    /// Where a function is defined.
    pub fn place_of(&self, value: &Value<'a>) -> Option<Place> {
        match value {
            Value::Closure(closure) => self.sources.borrow().place(closure.lambda.pos),
            _ => None,
        }
    }

    /// The attribute of a set by its name.
    pub fn attribute(&self, value: &Value<'a>, name: &str) -> Option<&'a Thunk<'a>> {
        let Value::Attrs(attrs) = value else { return None };
        let symbol: Symbol = self.symbols.borrow().find(name)?;
        attrs.get(symbol).map(|attr| attr.value)
    }

    /// The attributes of a set in the order of their names.
    pub fn attributes(&self, value: &Value<'a>) -> Vec<(&'a str, &'a Thunk<'a>)> {
        let Value::Attrs(attrs) = value else {
            return Vec::new();
        };
        self.by_name(attrs)
            .into_iter()
            .map(|attr: Attr<'a>| (self.name(attr.name), attr.value))
            .collect()
    }

    /// An error for an attribute that a set does not have, with the nearest names.
    pub fn missing(&self, value: &Value<'a>, name: &str) -> Error {
        match value {
            Value::Attrs(attrs) => self.missing_attribute(self.symbol(name), attrs),
            other => self.unexpected(crate::value::Type::Attrs, other),
        }
    }

    /// The text of a string value, and what it refers to.
    pub fn text_of(&self, thunk: &'a Thunk<'a>) -> Result<(String, &'a [ContextElement<'a>]), Error> {
        let text = self.force_text(thunk, Pos::NONE)?;
        Ok((String::from_utf8_lossy(text.bytes).into_owned(), text.context))
    }

    /// A value as a string, as `builtins.toString` or an interpolation would have it.
    pub fn coerced_text(&self, thunk: &'a Thunk<'a>) -> Result<(String, &'a [ContextElement<'a>]), Error> {
        let how = crate::coerce::Coercion {
            more: false,
            copy: true,
        };
        let value = self.coerce_thunk(thunk, how, Pos::NONE)?;
        let text = self.as_text(value, Pos::NONE)?;
        Ok((String::from_utf8_lossy(text.bytes).into_owned(), text.context))
    }

    /// A value as JSON, everything in it evaluated; what its strings refer to.
    pub fn json_of(
        &self,
        thunk: &'a Thunk<'a>,
    ) -> Result<(serde_json::Value, Vec<ContextElement<'a>>), Error> {
        let mut context = Vec::new();
        let json = self.to_json_value(thunk, Pos::NONE, &mut context)?;
        context.sort_unstable();
        context.dedup();
        Ok((json, context))
    }

    /// A value as `builtins.toJSON` writes it.
    pub fn json_text_of(&self, thunk: &'a Thunk<'a>) -> Result<String, Error> {
        let mut text = crate::coerce::TextBuilder::new();
        self.write_json(thunk, &mut text, Pos::NONE)?;
        Ok(String::from_utf8_lossy(text.bytes()).into_owned())
    }

    /// A value as an XML document.
    pub fn xml_of(&self, thunk: &'a Thunk<'a>, options: XmlOptions) -> Result<String, Error> {
        let value = crate::builtins::to_xml(self, thunk, options)?;
        Ok(String::from_utf8_lossy(self.as_text(value, Pos::NONE)?.bytes).into_owned())
    }

    /// Builds what a string refers to.
    pub fn realise(&self, context: &[ContextElement<'a>]) -> Result<(), Error> {
        self.realise_context(context, Pos::NONE)
    }

    /// Whether a value is a derivation.
    pub fn is_derivation_value(&self, value: &Value<'a>) -> Result<bool, Error> {
        match value {
            Value::Attrs(attrs) => self.is_derivation(attrs),
            _ => Ok(false),
        }
    }

    /// The formal arguments of a function that takes a set, and whether each has a default.
    pub fn formals(&self, value: &Value<'a>) -> Option<Vec<(&'a str, bool)>> {
        let Value::Closure(closure) = value else {
            return None;
        };
        let pattern = closure.lambda.pattern.as_ref()?;
        let formal =
            |formal: &crate::code::FormalCode<'a>| (self.name(formal.name), formal.default.is_some());
        Some(pattern.formals.iter().map(formal).collect())
    }

    /// Whether a function takes a set with attributes that it does not name.
    pub fn takes_any_attribute(&self, value: &Value<'a>) -> bool {
        let Value::Closure(closure) = value else {
            return false;
        };
        closure
            .lambda
            .pattern
            .as_ref()
            .is_some_and(|pattern| pattern.ellipsis)
    }

    /// An error with its places looked up.
    #[expect(clippy::boxed_local, reason = "errors travel boxed everywhere else")]
    pub fn describe(&self, error: Error) -> EvaluationError {
        let sources = self.sources.borrow();
        let trace = error.trace.iter().map(|frame| TraceLine {
            place: sources.place(frame.pos),
            text: frame.text.clone(),
            is_context: frame.is_context,
        });
        EvaluationError {
            kind: error.kind,
            place: sources.place(error.pos),
            named_at: error.missing.as_deref().and_then(|path| sources.literal_of(path)),
            trace: trace.collect(),
            message: error.message,
            source: error.source,
        }
    }
}
