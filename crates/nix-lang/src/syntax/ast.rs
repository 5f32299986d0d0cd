//! The syntax tree, close to the text. It lives in an arena: what is read from it is kept elsewhere.

use bumpalo::collections::Vec as ArenaVec;

pub use super::names::{Name, Names};

/// Byte offset in a text.
pub type Offset = u32;

/// The tree of a whole text.
#[derive(Debug)]
pub struct Tree<'t> {
    /// The whole expression.
    pub root: Expr<'t>,
    /// Its names.
    pub names: Names<'t>,
    pub(super) sets: Vec<Bindings<'t>>,
}

impl<'t> Tree<'t> {
    /// The bindings of a set or `let`.
    pub fn bindings(&self, set: Set) -> &Bindings<'t> {
        &self.sets[set.0 as usize]
    }
}

/// The bindings of one set or `let`, by their place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Set(pub(super) u32);

/// An expression and where it begins.
#[derive(Debug, Clone, Copy)]
pub struct Expr<'t> {
    /// What it is.
    pub kind: Kind<'t>,
    /// Where the part that errors should point at begins.
    pub at: Offset,
}

// A text has as many of them as words.
const _: () = assert!(size_of::<Expr<'_>>() == 32);

impl Expr<'_> {
    /// Where its text begins, but for opening parentheses.
    pub fn start(&self) -> Offset {
        match self.kind {
            Kind::Binary(_, left, _) => left.start(),
            _ => self.at,
        }
    }
}

/// The kinds of expressions.
#[derive(Debug, Clone, Copy)]
pub enum Kind<'t> {
    /// A variable.
    Variable(Name),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// A string without interpolation.
    String(&'t [u8]),
    /// A string with interpolation.
    Interpolated(&'t [Part<'t>]),
    /// A path literal as written, without interpolation.
    Path(&'t str),
    /// A path literal with interpolation; the first part is text.
    PathInterpolated(&'t [Part<'t>]),
    /// `<name>`.
    SearchPath(&'t str),
    /// `~/...`, with the tilde.
    HomePath(&'t str),
    /// A list.
    List(&'t [Expr<'t>]),
    /// An attribute set.
    Attrs(Set),
    /// `let ... in body`.
    Let(Set, &'t Expr<'t>),
    /// `let { ... }` of old: the attribute `body` of a recursive set.
    LegacyLet(Set),
    /// `with scope; body`.
    With(&'t Expr<'t>, &'t Expr<'t>),
    /// `assert condition; body`.
    Assert(&'t Expr<'t>, &'t Expr<'t>),
    /// `if a then b else c`.
    If(&'t If<'t>),
    /// A function.
    Lambda(&'t Lambda<'t>),
    /// `f a b c`, also written `(f a) b c` and with pipes.
    Call(&'t Call<'t>),
    /// `subject.path or default`.
    Select(&'t Select<'t>),
    /// `subject ? path`.
    HasAttr(&'t HasAttr<'t>),
    /// A binary operator.
    Binary(Operator, &'t Expr<'t>, &'t Expr<'t>),
    /// `!a`.
    Not(&'t Expr<'t>),
    /// `-a`.
    Negate(&'t Expr<'t>),
    /// `__curPos`.
    CurrentPosition,
}

/// `if condition then … else …`
#[derive(Debug)]
pub struct If<'t> {
    /// What is asked.
    pub condition: Expr<'t>,
    /// The value if it is true.
    pub then: Expr<'t>,
    /// The value if it is false.
    pub otherwise: Expr<'t>,
}

/// `function arguments…`
#[derive(Debug)]
pub struct Call<'t> {
    /// What is called.
    pub function: Expr<'t>,
    /// With what; at least one.
    pub arguments: &'t [Expr<'t>],
    /// Whether the function is a call that these are further arguments of.
    pub continues: bool,
}

impl<'t> Call<'t> {
    /// What is called in the end, and all arguments in their order.
    pub fn whole(&self) -> (Expr<'t>, Vec<Expr<'t>>) {
        let mut function = self.function;
        let mut pieces = vec![self.arguments];
        let mut continues = self.continues;
        while continues && let Kind::Call(before) = function.kind {
            pieces.push(before.arguments);
            function = before.function;
            continues = before.continues;
        }
        pieces.reverse();
        (function, pieces.concat())
    }
}

/// `subject.path or default`
#[derive(Debug)]
pub struct Select<'t> {
    /// The set.
    pub subject: Expr<'t>,
    /// The way to the attribute.
    pub path: &'t [AttrName<'t>],
    /// What stands for a missing attribute.
    pub default: Option<&'t Expr<'t>>,
}

/// `subject ? path`
#[derive(Debug)]
pub struct HasAttr<'t> {
    /// The set.
    pub subject: Expr<'t>,
    /// The way to the attribute.
    pub path: &'t [AttrName<'t>],
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `->`
    Implies,
    /// `//`
    Update,
    /// `++`
    Concat,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// A piece of a string.
#[derive(Debug, Clone, Copy)]
pub enum Part<'t> {
    /// Text.
    Text(&'t [u8]),
    /// `${...}`.
    Expr(Expr<'t>),
}

/// One step of an attribute path.
#[derive(Debug, Clone, Copy)]
pub enum AttrName<'t> {
    /// A name known from the text.
    Static(Name),
    /// A computed name.
    Dynamic(&'t Expr<'t>),
}

/// The bindings of a set or `let`.
#[derive(Debug)]
pub struct Bindings<'t> {
    /// Whether the bindings see each other.
    pub recursive: bool,
    /// Those with names known from the text, in the text's order.
    pub named: ArenaVec<'t, Binding<'t>>,
    /// What few sets have.
    pub(super) rare: Option<Box<Rare<'t>>>,
}

/// What few sets have.
#[derive(Debug)]
pub(super) struct Rare<'t> {
    pub(super) dynamic: ArenaVec<'t, DynamicBinding<'t>>,
    pub(super) inherit_sources: ArenaVec<'t, Expr<'t>>,
}

impl<'t> Bindings<'t> {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.named.is_empty() && self.rare.is_none()
    }

    /// Those with computed names.
    pub fn dynamic(&self) -> &[DynamicBinding<'t>] {
        self.rare.as_ref().map_or(&[], |rare| &rare.dynamic)
    }

    /// The sources of `inherit (source) ...`; bindings refer to them by index.
    pub fn inherit_sources(&self) -> &[Expr<'t>] {
        self.rare.as_ref().map_or(&[], |rare| &rare.inherit_sources)
    }
}

/// One binding.
#[derive(Debug, Clone, Copy)]
pub struct Binding<'t> {
    /// Its name.
    pub name: Name,
    /// Where it stands.
    pub at: Offset,
    /// What it is bound to.
    pub value: BindingValue<'t>,
}

/// What a name is bound to.
#[derive(Debug, Clone, Copy)]
pub enum BindingValue<'t> {
    /// `name = value;`
    Plain(Expr<'t>),
    /// `inherit name;`: the variable of that name outside.
    Inherit,
    /// `inherit (source) name;`, with the index of the source.
    InheritFrom(usize),
}

/// `${name} = value;`
#[derive(Debug, Clone, Copy)]
pub struct DynamicBinding<'t> {
    /// The computed name.
    pub name: &'t Expr<'t>,
    /// The value.
    pub value: Expr<'t>,
    /// Where it stands.
    pub at: Offset,
}

/// A function.
#[derive(Debug)]
pub struct Lambda<'t> {
    /// The name of the whole argument.
    pub argument: Option<Name>,
    /// `{ a, b ? c, ... }`.
    pub pattern: Option<Pattern<'t>>,
    /// The body.
    pub body: Expr<'t>,
}

/// The pattern of a function that takes a set.
#[derive(Debug, Clone, Copy)]
pub struct Pattern<'t> {
    /// The formal arguments in the text's order.
    pub formals: &'t [Formal<'t>],
    /// Whether further attributes are allowed.
    pub ellipsis: bool,
}

/// One formal argument.
#[derive(Debug, Clone, Copy)]
pub struct Formal<'t> {
    /// Its name.
    pub name: Name,
    /// Where it stands.
    pub at: Offset,
    /// Its default.
    pub default: Option<Expr<'t>>,
}
