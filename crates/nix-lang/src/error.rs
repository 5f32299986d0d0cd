//! Why an evaluation failed.

use crate::sources::{Place, Pos};

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// `throw`; `tryEval` catches it.
    Throw,
    /// `assert`; `tryEval` catches it.
    Assertion,
    /// `abort`.
    Abort,
    /// A value of the wrong type or out of range.
    Type,
    /// A missing attribute.
    MissingAttribute,
    /// A variable that nothing binds.
    UndefinedVariable,
    /// The text is not an expression.
    Syntax,
    /// A value that needs itself.
    InfiniteRecursion,
    /// Calls nested too deeply.
    StackOverflow,
    /// Somebody asked to stop.
    Interrupted,
    /// Something outside failed.
    World,
    /// Pure evaluation does not allow it.
    Impure,
    /// Anything else.
    Other,
}

impl ErrorKind {
    /// Whether `tryEval` catches it.
    pub const fn is_catchable(self) -> bool {
        matches!(self, Self::Throw | Self::Assertion)
    }
}

/// One step of the way to an error.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Where.
    pub pos: Pos,
    /// What was being done.
    pub text: String,
    /// Whether the code itself says so, with `builtins.addErrorContext`.
    pub is_context: bool,
}

/// A failed evaluation, with positions not yet looked up.
#[derive(Debug)]
pub struct ErrorData {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub pos: Pos,
    /// How evaluation came there, innermost first.
    pub trace: Vec<Frame>,
    /// What failed outside.
    pub source: Option<crate::WorldError>,
    /// The path where nothing was, if that is what failed.
    pub missing: Option<String>,
}

/// A failed evaluation, boxed as it travels far.
pub type Error = Box<ErrorData>;

/// How many frames an error carries; deep recursion would make it endless.
const MOST_FRAMES: usize = 200;

/// How many, with those that the code itself adds.
const MOST_FRAMES_AND_CONTEXTS: usize = 400;

impl ErrorData {
    /// An error of that kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Box::new(Self {
            kind,
            message: message.into(),
            pos: Pos::NONE,
            trace: Vec::new(),
            source: None,
            missing: None,
        })
    }

    /// Says where, if that is not known yet.
    #[must_use]
    pub fn at(mut self: Box<Self>, pos: Pos) -> Error {
        if !self.pos.is_known() {
            self.pos = pos;
        }
        self
    }

    /// Adds what was being done.
    #[must_use]
    pub fn during(mut self: Box<Self>, pos: Pos, text: impl FnOnce() -> String) -> Error {
        if self.trace.len() < MOST_FRAMES {
            self.trace.push(Frame {
                pos,
                text: text(),
                is_context: false,
            });
        }
        self
    }

    /// Adds what the code says it was doing.
    #[must_use]
    pub fn in_context(mut self: Box<Self>, text: String) -> Error {
        if self.trace.len() < MOST_FRAMES_AND_CONTEXTS {
            self.trace.push(Frame {
                pos: Pos::NONE,
                text,
                is_context: true,
            });
        }
        self
    }

    /// Adds what the caller of the evaluator was doing, which is shown however long the way is.
    #[must_use]
    pub fn for_caller(mut self: Box<Self>, pos: Pos, text: String) -> Error {
        self.trace.push(Frame {
            pos,
            text,
            is_context: true,
        });
        self
    }
}

/// A failed evaluation as people see it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct EvaluationError {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub place: Option<Place>,
    /// How evaluation came there, innermost first.
    pub trace: Vec<TraceLine>,
    /// What failed outside.
    pub source: Option<crate::WorldError>,
    /// Where the path is written at which nothing was. Who reads a file is often not who names it.
    pub named_at: Option<Place>,
}

/// One step of the way to an error.
#[derive(Debug, Clone)]
pub struct TraceLine {
    /// Where.
    pub place: Option<Place>,
    /// What was being done.
    pub text: String,
    /// Whether the code itself says so, with `builtins.addErrorContext`.
    pub is_context: bool,
}
