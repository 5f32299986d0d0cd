//! Values, thunks and environments. All live in one arena that goes when evaluation ends.

use std::cell::Cell;

pub use crate::attrs::{Attr, Attrs};
use crate::builtins::Builtin;
use crate::code::{CodeNumber, LambdaCode};

/// A value in weak head normal form.
#[derive(Clone, Copy)]
pub enum Value<'a> {
    /// `null`
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// A string with its context.
    String(&'a Text<'a>),
    /// An absolute path; its text has no context.
    Path(&'a Text<'a>),
    /// A list.
    List(&'a List<'a>),
    /// An attribute set.
    Attrs(&'a Attrs<'a>),
    /// A function written in the language.
    Closure(&'a Closure<'a>),
    /// A function of this program.
    Builtin(&'static Builtin),
    /// A function of this program that has some of its arguments.
    Partial(&'a Partial<'a>),
    /// What is not computed yet: only thunks hold it, and nobody outside sees it. It is among the values so that a thunk
    /// is no larger than a value.
    #[doc(hidden)]
    Code(CodeNumber, &'a Env<'a>),
    /// A function to be called with one argument; in thunks only.
    #[doc(hidden)]
    Call(FunctionNumber, &'a Thunk<'a>),
    /// A function to be called with a number, as `genList` does; in thunks only.
    #[doc(hidden)]
    CallWithIndex(FunctionNumber, u32),
    /// A function to be called with two arguments; in thunks only.
    #[doc(hidden)]
    CallWithTwo(FunctionNumber, &'a [&'a Thunk<'a>; 2]),
    /// A number that is known although nobody asked for it: it is shown as not computed; in thunks only.
    #[doc(hidden)]
    KnownInt(i64),
    /// A function that nobody asked for, likewise; in thunks only.
    #[doc(hidden)]
    KnownClosure(&'a Closure<'a>),
    /// What another thunk has computed, likewise; in thunks only.
    #[doc(hidden)]
    Same(&'a Thunk<'a>),
    /// Being computed; in thunks only.
    #[doc(hidden)]
    Blackhole,
}

/// Which of the functions that thunks call later it is.
#[derive(Debug, Clone, Copy)]
pub struct FunctionNumber(pub(crate) u32);

/// What a value is, in the words of error messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `null`
    Null,
    /// A truth value.
    Bool,
    /// An integer.
    Int,
    /// A floating point number.
    Float,
    /// A string.
    String,
    /// A path.
    Path,
    /// A list.
    List,
    /// An attribute set.
    Attrs,
    /// A function.
    Function,
}

impl Type {
    /// With an article: "a set".
    pub const fn described(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "a Boolean",
            Self::Int => "an integer",
            Self::Float => "a float",
            Self::String => "a string",
            Self::Path => "a path",
            Self::List => "a list",
            Self::Attrs => "a set",
            Self::Function => "a function",
        }
    }

    /// What `builtins.typeOf` says.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::String => "string",
            Self::Path => "path",
            Self::List => "list",
            Self::Attrs => "set",
            Self::Function => "lambda",
        }
    }
}

impl Value<'_> {
    /// What it is.
    pub fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Float(_) => Type::Float,
            Self::String(_) => Type::String,
            Self::Path(_) => Type::Path,
            Self::List(_) => Type::List,
            Self::Attrs(_) => Type::Attrs,
            _ => Type::Function,
        }
    }
}

/// Bytes and what they refer to.
#[derive(Debug)]
pub struct Text<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Sorted and without doubles.
    pub context: &'a [ContextElement<'a>],
}

/// Something in the store that a string refers to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContextElement<'a> {
    /// A derivation with everything that it needs.
    DeepDerivation(&'a str),
    /// An output of a derivation.
    Output {
        /// Path of the derivation.
        derivation: &'a str,
        /// Name of the output.
        output: &'a str,
    },
    /// A store path.
    Path(&'a str),
}

/// A list's elements.
pub struct List<'a> {
    /// The elements.
    pub items: &'a [&'a Thunk<'a>],
}

/// A function with its environment.
pub struct Closure<'a> {
    pub(crate) lambda: &'a LambdaCode<'a>,
    pub(crate) env: &'a Env<'a>,
}

/// A builtin with some arguments.
pub struct Partial<'a> {
    pub(crate) builtin: &'static Builtin,
    pub(crate) arguments: &'a [&'a Thunk<'a>],
}

/// A value that may still have to be computed.
pub struct Thunk<'a> {
    pub(crate) state: Cell<Value<'a>>,
}

// Evaluation is bound by memory: a wider thunk would be seen in every figure.
const _: () = assert!(size_of::<Thunk<'_>>() == 16);

impl<'a> Thunk<'a> {
    pub(crate) fn new(state: Value<'a>) -> Self {
        Self {
            state: Cell::new(state),
        }
    }

    /// The value, if it is computed.
    #[inline]
    pub fn value(&self) -> Option<Value<'a>> {
        match self.state.get() {
            Value::Code(..)
            | Value::Call(..)
            | Value::CallWithIndex(..)
            | Value::CallWithTwo(..)
            | Value::KnownInt(_)
            | Value::KnownClosure(_)
            | Value::Same(_)
            | Value::Blackhole => None,
            value => Some(value),
        }
    }

    /// The value, if it is known, asked for or not.
    #[inline]
    pub(crate) fn known(&self) -> Option<Value<'a>> {
        match self.state.get() {
            Value::KnownInt(number) => Some(Value::Int(number)),
            Value::KnownClosure(closure) => Some(Value::Closure(closure)),
            Value::Same(other) => other.value(),
            _ => self.value(),
        }
    }

    /// Whether it is being computed.
    pub(crate) fn is_running(&self) -> bool {
        matches!(self.state.get(), Value::Blackhole)
    }
}

/// The variables of one scope and those around it.
pub struct Env<'a> {
    pub(crate) up: Cell<Option<&'a Env<'a>>>,
    pub(crate) slots: Slots<'a>,
}

/// A variable's place.
pub(crate) type Slot<'a> = Cell<&'a Thunk<'a>>;

/// The variables of one scope.
pub(crate) enum Slots<'a> {
    /// The one variable that most functions have.
    One(Slot<'a>),
    /// Any number.
    Many(&'a [Slot<'a>]),
}

const _: () = assert!(size_of::<Env<'_>>() == 24);

impl<'a> Env<'a> {
    #[inline]
    pub(crate) fn slot(&'a self, number: u32) -> Option<&'a Slot<'a>> {
        match &self.slots {
            Slots::One(slot) if number == 0 => Some(slot),
            Slots::One(_) => None,
            Slots::Many(slots) => slots.get(number as usize),
        }
    }

    pub(crate) fn slots(&'a self) -> &'a [Slot<'a>] {
        match &self.slots {
            Slots::One(slot) => std::slice::from_ref(slot),
            Slots::Many(slots) => slots,
        }
    }

    #[inline]
    pub(crate) fn ancestor(&'a self, level: u32) -> &'a Env<'a> {
        let mut env = self;
        for _ in 0..level {
            match env.up.get() {
                Some(up) => env = up,
                None => break,
            }
        }
        env
    }
}
