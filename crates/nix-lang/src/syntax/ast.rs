//! The syntax tree, close to the text.

use std::rc::Rc;

use hashbrown::HashMap;

/// Byte offset in a text.
pub type Offset = u32;

/// An expression and where it begins.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it is.
    pub kind: Box<Kind>,
    /// Where the part that errors should point at begins.
    pub at: Offset,
}

impl Expr {
    /// Where its text begins, but for opening parentheses.
    pub fn start(&self) -> Offset {
        match self.kind.as_ref() {
            Kind::Binary(_, left, _) => left.start(),
            _ => self.at,
        }
    }
}

/// A name.
pub type Name = Rc<str>;

/// The kinds of expressions.
#[derive(Debug, Clone)]
pub enum Kind {
    /// A variable.
    Variable(Name),
    /// An integer.
    Int(i64),
    /// A floating point number.
    Float(f64),
    /// A string without interpolation.
    String(Vec<u8>),
    /// A string with interpolation.
    Interpolated(Vec<Part>),
    /// A path literal as written, without interpolation.
    Path(String),
    /// A path literal with interpolation; the first part is text.
    PathInterpolated(Vec<Part>),
    /// `<name>`.
    SearchPath(String),
    /// `~/...`, with the tilde.
    HomePath(String),
    /// A list.
    List(Vec<Expr>),
    /// An attribute set.
    Attrs(Box<Bindings>),
    /// `let ... in body`.
    Let(Box<Bindings>, Expr),
    /// `let { ... }` of old: the attribute `body` of a recursive set.
    LegacyLet(Box<Bindings>),
    /// `with scope; body`.
    With(Expr, Expr),
    /// `assert condition; body`.
    Assert(Expr, Expr),
    /// `if a then b else c`.
    If(Expr, Expr, Expr),
    /// A function.
    Lambda(Rc<Lambda>),
    /// `f a b c`, also written `(f a) b c` and with pipes.
    Call(Expr, Vec<Expr>),
    /// `subject.path or default`.
    Select(Expr, Vec<AttrName>, Option<Expr>),
    /// `subject ? path`.
    HasAttr(Expr, Vec<AttrName>),
    /// A binary operator.
    Binary(Operator, Expr, Expr),
    /// `!a`.
    Not(Expr),
    /// `-a`.
    Negate(Expr),
    /// `__curPos`.
    CurrentPosition,
}

// Most nodes of a tree are variables: what is large and rare is kept elsewhere.
const _: () = assert!(size_of::<Kind>() <= 64);

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
#[derive(Debug, Clone)]
pub enum Part {
    /// Text.
    Text(Vec<u8>),
    /// `${...}`.
    Expr(Expr),
}

/// One step of an attribute path.
#[derive(Debug, Clone)]
pub enum AttrName {
    /// A name known from the text.
    Static(Name, Offset),
    /// A computed name.
    Dynamic(Expr),
}

/// The bindings of a set or `let`.
#[derive(Debug, Clone, Default)]
pub struct Bindings {
    /// Whether the bindings see each other.
    pub recursive: bool,
    /// Those with names known from the text, in the text's order.
    pub named: Vec<Binding>,
    /// Those with computed names.
    pub dynamic: Vec<DynamicBinding>,
    /// The sources of `inherit (source) ...`; bindings refer to them by index.
    pub inherit_sources: Vec<Expr>,
    /// Where names stand in `named`, once there are many.
    pub(super) index: HashMap<Name, usize>,
}

/// One binding.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Its name.
    pub name: Name,
    /// Where it stands.
    pub at: Offset,
    /// What it is bound to.
    pub value: BindingValue,
}

/// What a name is bound to.
#[derive(Debug, Clone)]
pub enum BindingValue {
    /// `name = value;`
    Plain(Expr),
    /// `inherit name;`: the variable of that name outside.
    Inherit,
    /// `inherit (source) name;`, with the index of the source.
    InheritFrom(usize),
}

/// `${name} = value;`
#[derive(Debug, Clone)]
pub struct DynamicBinding {
    /// The computed name.
    pub name: Expr,
    /// The value.
    pub value: Expr,
    /// Where it stands.
    pub at: Offset,
}

/// A function.
#[derive(Debug, Clone)]
pub struct Lambda {
    /// The name of the whole argument.
    pub argument: Option<Name>,
    /// `{ a, b ? c, ... }`.
    pub pattern: Option<Pattern>,
    /// The body.
    pub body: Expr,
}

/// The pattern of a function that takes a set.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// The formal arguments in the text's order.
    pub formals: Vec<Formal>,
    /// Whether further attributes are allowed.
    pub ellipsis: bool,
}

/// One formal argument.
#[derive(Debug, Clone)]
pub struct Formal {
    /// Its name.
    pub name: Name,
    /// Where it stands.
    pub at: Offset,
    /// Its default.
    pub default: Option<Expr>,
}
