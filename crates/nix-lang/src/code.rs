//! The compiled form of expressions: variables are slots of numbered environments.

use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::syntax::ast::Operator;
use crate::value::Thunk;

/// A compiled expression.
pub(crate) struct Code<'a> {
    /// By which thunks refer to it.
    pub(crate) number: CodeNumber,
    pub(crate) kind: CodeKind<'a>,
}

/// Which of all compiled expressions it is.
#[derive(Debug, Clone, Copy)]
pub struct CodeNumber(pub(crate) u32);

/// The kinds of compiled expressions.
pub(crate) enum CodeKind<'a> {
    /// A value known from the text.
    Constant(&'a Thunk<'a>),
    /// A variable: so many environments out, that slot.
    Variable { level: u32, slot: u32, pos: Pos },
    /// A variable that some `with` around it may have; environments from the inside out.
    WithVariable {
        name: Symbol,
        levels: &'a [u32],
        pos: Pos,
    },
    /// A string with interpolation.
    Interpolation { parts: &'a [&'a Code<'a>], pos: Pos },
    /// A path with interpolation; the first part is a constant path.
    PathInterpolation { parts: &'a [&'a Code<'a>], pos: Pos },
    /// `<name>`
    SearchPath { name: &'a str, pos: Pos },
    /// `[ … ]`
    List { items: &'a [&'a Code<'a>] },
    /// `{ … }` with or without `rec`.
    Attrs(&'a AttrsCode<'a>),
    /// `let … in body`
    Let {
        bindings: &'a BindingsCode<'a>,
        body: &'a Code<'a>,
    },
    /// `with scope; body`
    With { scope: &'a Code<'a>, body: &'a Code<'a> },
    /// `assert condition; body`
    Assert {
        condition: &'a Code<'a>,
        body: &'a Code<'a>,
        text: &'a str,
        pos: Pos,
    },
    /// `if … then … else …`
    If {
        condition: &'a Code<'a>,
        then: &'a Code<'a>,
        otherwise: &'a Code<'a>,
        pos: Pos,
    },
    /// A function.
    Lambda(&'a LambdaCode<'a>),
    /// `f a b`
    Call {
        function: &'a Code<'a>,
        arguments: &'a [&'a Code<'a>],
        pos: Pos,
    },
    /// `subject.path or default`
    Select {
        subject: &'a Code<'a>,
        path: &'a [Step<'a>],
        default: Option<&'a Code<'a>>,
        pos: Pos,
    },
    /// `subject ? path`
    HasAttr {
        subject: &'a Code<'a>,
        path: &'a [Step<'a>],
    },
    /// Operators but those below.
    Binary {
        operator: Operator,
        left: &'a Code<'a>,
        right: &'a Code<'a>,
        pos: Pos,
    },
    /// `!a`
    Not { operand: &'a Code<'a>, pos: Pos },
    /// `-a`
    Negate { operand: &'a Code<'a>, pos: Pos },
}

/// One step of an attribute path.
pub(crate) enum Step<'a> {
    /// A name known from the text.
    Static(Symbol),
    /// A computed name.
    Dynamic(&'a Code<'a>, Pos),
}

/// Slots of one environment: first the names, then the sources of `inherit (source)`.
pub(crate) struct BindingsCode<'a> {
    pub(crate) slots: &'a [&'a Code<'a>],
    /// Slots whose code is to be computed in the environment outside (`inherit name`).
    pub(crate) outside: &'a [bool],
}

/// An attribute set.
pub(crate) struct AttrsCode<'a> {
    /// The environment that the values see; without it they see the one around.
    pub(crate) bindings: Option<&'a BindingsCode<'a>>,
    /// Sorted by symbol.
    pub(crate) entries: &'a [EntryCode<'a>],
    /// Computed names.
    pub(crate) dynamic: &'a [DynamicCode<'a>],
    /// Whether the values see each other.
    pub(crate) recursive: bool,
    /// The slot of the attribute `__overrides` of a recursive set.
    pub(crate) overrides: Option<u32>,
}

/// One attribute.
pub(crate) struct EntryCode<'a> {
    pub(crate) name: Symbol,
    pub(crate) pos: Pos,
    pub(crate) value: EntryValue<'a>,
}

/// Where an attribute's value comes from.
pub(crate) enum EntryValue<'a> {
    /// A slot of the set's own environment.
    Slot(u32),
    /// An expression; `outside` says that it does not see the set's own environment.
    Code { code: &'a Code<'a>, outside: bool },
}

/// An attribute with a computed name.
pub(crate) struct DynamicCode<'a> {
    pub(crate) name: &'a Code<'a>,
    pub(crate) value: &'a Code<'a>,
    pub(crate) pos: Pos,
}

/// A function.
pub(crate) struct LambdaCode<'a> {
    /// The name it is bound to, for messages.
    pub(crate) name: Option<Symbol>,
    pub(crate) pos: Pos,
    /// The name of the whole argument, which then is in the first slot.
    pub(crate) argument: Option<Symbol>,
    pub(crate) pattern: Option<PatternCode<'a>>,
    pub(crate) body: &'a Code<'a>,
}

/// `{ a, b ? c, ... }`
pub(crate) struct PatternCode<'a> {
    /// Sorted by symbol.
    pub(crate) formals: &'a [FormalCode<'a>],
    pub(crate) ellipsis: bool,
}

/// One formal argument.
pub(crate) struct FormalCode<'a> {
    pub(crate) name: Symbol,
    pub(crate) pos: Pos,
    pub(crate) slot: u32,
    pub(crate) default: Option<&'a Code<'a>>,
}
