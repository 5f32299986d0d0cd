//! Compiles syntax trees: resolves each variable to a slot, or says that nothing binds it.

mod bindings;
mod functions;
mod operators;
mod rebound;
mod scopes;
mod strings;
mod variables;

use bumpalo::Bump;
use hashbrown::HashMap;

use crate::code::{Code, CodeKind, Step};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::Evaluator;
use crate::sources::{Origin, Pos};
use crate::symbols::Symbol;
use crate::syntax::ast::{AttrName, Expr, If, Kind, Name, Select, Tree};
use crate::syntax::{Features, SyntaxError, parse, print};
use crate::value::Value;
use scopes::Scopes;

type Compiled<'a> = Result<&'a Code<'a>, Error>;

/// Names of an environment around a text, and their slots.
pub(crate) type Slots = HashMap<Symbol, u32>;

impl<'a> Evaluator<'a> {
    /// Parses and compiles a text; `around` are the slots of an environment around it.
    pub(crate) fn compile_text(
        &self,
        text: impl Into<Vec<u8>>,
        origin: Origin,
        directory: &str,
        around: Option<Slots>,
    ) -> Compiled<'a> {
        self.with_tree(text.into(), origin, |tree, base| {
            Compiler::new(self, tree, base, directory, around).expr(&tree.root)
        })
    }

    /// The syntax tree of a text as text; its variables must be bound.
    pub(crate) fn parsed(&self, text: &[u8], origin: Origin, directory: &str) -> Result<String, Error> {
        self.with_tree(text.to_vec(), origin, |tree, base| {
            Compiler::new(self, tree, base, directory, None).expr(&tree.root)?;
            Ok(print::print_in(tree, directory, self.settings.home.as_deref()))
        })
    }

    /// What `work` makes of the tree of a text, and of the position of the text's first byte. The tree goes then.
    fn with_tree<T>(
        &self,
        text: Vec<u8>,
        origin: Origin,
        work: impl FnOnce(&Tree<'_>, u32) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let (base, text) = self.sources.borrow_mut().add(origin, text);
        let features = Features {
            pipe_operators: self.settings.pipe_operators,
        };
        let arena = Bump::with_capacity(ARENA_BYTES_PER_BYTE * text.len());
        let tree = parse(&text, &arena, features).map_err(|error| self.syntax_error(error, base))?;
        work(&tree, base)
    }

    fn syntax_error(&self, error: SyntaxError, base: u32) -> Error {
        let pos = |offset: u32| Pos(base.saturating_add(offset));
        let mut message = error.message;
        if let Some(first) = error.defined_at
            && let Some(place) = self.sources.borrow().place(pos(first))
        {
            message.push_str(&format!(" at {place}"));
        }
        ErrorData::new(ErrorKind::Syntax, message).at(pos(error.offset))
    }
}

/// How much larger than the text its tree usually is at most.
const ARENA_BYTES_PER_BYTE: usize = 5;

/// Longer strings seldom come again.
const LONGEST_SHARED_BYTES: usize = 40;

/// How many constants are remembered: most that come again come again soon.
const MOST_SHARED: usize = 1 << 13;

/// What has one value in all of a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Constant<'c> {
    /// A name that no scope binds, but the language.
    Global(Name),
    Int(i64),
    String(&'c [u8]),
    /// A path as written.
    Path(&'c str),
    /// `{ }`, which is no value before it is evaluated, but needs nothing from its place.
    EmptySet,
}

/// Compiles one text.
struct Compiler<'c, 'a> {
    evaluator: &'c Evaluator<'a>,
    tree: &'c Tree<'c>,
    /// Position of the text's first byte.
    base: u32,
    /// The directory that relative paths are relative to.
    directory: &'c str,
    /// The symbols of the tree's names.
    symbols: Vec<Symbol>,
    /// The code of what was seen before and is the same wherever it stands.
    constants: HashMap<Constant<'c>, &'a Code<'a>>,
    /// The paths of one name, by the name.
    paths: Vec<&'a [Step<'a>]>,
    scopes: Scopes,
    around: Option<Slots>,
}

impl<'c, 'a> Compiler<'c, 'a> {
    fn new(
        evaluator: &'c Evaluator<'a>,
        tree: &'c Tree<'c>,
        base: u32,
        directory: &'c str,
        around: Option<Slots>,
    ) -> Self {
        let names = tree.names.texts();
        Self {
            evaluator,
            tree,
            base,
            directory,
            symbols: names.iter().map(|name| evaluator.symbol(name)).collect(),
            constants: HashMap::new(),
            paths: vec![&[]; names.len()],
            scopes: Scopes::new(names.len(), u32::from(around.is_some())),
            around,
        }
    }

    fn pos(&self, offset: u32) -> Pos {
        Pos(self.base.saturating_add(offset))
    }

    fn symbol(&self, name: Name) -> Symbol {
        self.symbols[name.index()]
    }

    fn alloc(&self, kind: CodeKind<'a>) -> &'a Code<'a> {
        self.evaluator.code(kind)
    }

    /// The code of each of `items`.
    fn slice<S, T>(
        &mut self,
        items: &[S],
        mut compile: impl FnMut(&mut Self, &S) -> Result<T, Error>,
    ) -> Result<&'a mut [T], Error> {
        let arena = self.evaluator.arena;
        arena.alloc_slice_try_fill_with(items.len(), |index| compile(self, &items[index]))
    }

    fn constant(&self, value: Value<'a>) -> &'a Code<'a> {
        self.alloc(CodeKind::Constant(self.evaluator.done(value)))
    }

    /// The code of a constant, made if it is new.
    fn shared(&mut self, constant: Constant<'c>, make: impl FnOnce(&Self) -> &'a Code<'a>) -> &'a Code<'a> {
        if let Some(code) = self.constants.get(&constant) {
            return code;
        }
        let code = make(self);
        self.share(constant, code);
        code
    }

    fn share(&mut self, constant: Constant<'c>, code: &'a Code<'a>) {
        if self.constants.len() == MOST_SHARED {
            self.constants.clear();
        }
        self.constants.insert(constant, code);
    }

    fn string(&mut self, bytes: &'c [u8]) -> &'a Code<'a> {
        let make = |compiler: &Self| compiler.constant(compiler.evaluator.bytes(bytes));
        match bytes.len() > LONGEST_SHARED_BYTES {
            true => make(self),
            false => self.shared(Constant::String(bytes), make),
        }
    }

    fn int(&mut self, number: i64) -> &'a Code<'a> {
        self.shared(Constant::Int(number), |compiler| {
            compiler.constant(Value::Int(number))
        })
    }

    /// Compiles an expression.
    fn expr(&mut self, expr: &Expr<'c>) -> Compiled<'a> {
        self.named_expr(expr, None)
    }

    fn exprs(&mut self, exprs: &[Expr<'c>]) -> Result<&'a [&'a Code<'a>], Error> {
        self.slice(exprs, |compiler, expr| compiler.expr(expr))
            .map(|codes| &*codes)
    }

    /// Compiles an expression that is bound to a name.
    fn named_expr(&mut self, expr: &Expr<'c>, name: Option<Symbol>) -> Compiled<'a> {
        let pos = self.pos(expr.at);
        match expr.kind {
            Kind::Variable(variable) => self.variable(variable, pos),
            Kind::Int(number) => Ok(self.int(number)),
            Kind::Float(number) => Ok(self.constant(Value::Float(number))),
            Kind::String(bytes) => Ok(self.string(bytes)),
            Kind::Interpolated(parts) => self.interpolation(parts, pos),
            Kind::Path(path) => Ok(self.path_literal(path)),
            Kind::HomePath(path) => self.home_path(path, pos),
            Kind::PathInterpolated(parts) => self.path_interpolation(parts, pos),
            Kind::SearchPath(path) => self.search_path(path, pos),
            // A value that stands there, as in Nix.
            Kind::List([]) => Ok(self.constant(self.evaluator.list(&[]))),
            Kind::List(items) => {
                let items = self.exprs(items)?;
                Ok(self.alloc(CodeKind::List { items }))
            }
            Kind::Attrs(set) => self.attrs(set),
            Kind::Let(set, body) => self.let_in(set, body),
            Kind::LegacyLet(set) => {
                let subject = self.attrs(set)?;
                let path = self.evaluator.arena.alloc([Step::Static(Symbol::BODY)]);
                Ok(self.select_one(subject, path, pos))
            }
            Kind::With(scope, body) => self.with(scope, body),
            Kind::Assert(condition, body) => self.assert(condition, body, pos),
            Kind::If(parts) => self.if_then_else(parts, name, pos),
            Kind::Lambda(lambda) => self.lambda(lambda, name, pos),
            Kind::Call(call) => self.call(call, pos),
            Kind::Select(select) => self.select(select, pos),
            Kind::HasAttr(test) => {
                let subject = self.expr(&test.subject)?;
                let path = self.path(test.path)?;
                Ok(self.alloc(CodeKind::HasAttr { subject, path }))
            }
            Kind::Binary(operator, left, right) => self.binary(operator, left, right, pos),
            Kind::Not(operand) => self.not(operand),
            Kind::Negate(operand) => self.negate(operand, pos),
            Kind::CurrentPosition => Ok(self.constant(self.evaluator.position_value(pos))),
        }
    }

    fn if_then_else(&mut self, parts: &If<'c>, name: Option<Symbol>, pos: Pos) -> Compiled<'a> {
        let condition = self.expr(&parts.condition)?;
        let then = self.named_expr(&parts.then, name)?;
        let otherwise = self.named_expr(&parts.otherwise, name)?;
        Ok(self.alloc(CodeKind::If {
            condition,
            then,
            otherwise,
            pos,
        }))
    }

    fn assert(&mut self, condition: &Expr<'c>, body: &Expr<'c>, pos: Pos) -> Compiled<'a> {
        let text = print::print_part(self.tree, condition);
        let text = self.evaluator.arena.alloc_str(&text);
        let condition = self.expr(condition)?;
        let body = self.expr(body)?;
        Ok(self.alloc(CodeKind::Assert {
            condition,
            body,
            text,
            pos,
        }))
    }

    fn select(&mut self, select: &Select<'c>, pos: Pos) -> Compiled<'a> {
        let subject = self.expr(&select.subject)?;
        let path = self.path(select.path)?;
        let default = select.default.map(|default| self.expr(default));
        let default = default.transpose()?;
        Ok(self.alloc(CodeKind::Select {
            subject,
            path,
            default,
            pos,
        }))
    }

    fn select_one(&self, subject: &'a Code<'a>, path: &'a [Step<'a>], pos: Pos) -> &'a Code<'a> {
        self.alloc(CodeKind::Select {
            subject,
            path,
            default: None,
            pos,
        })
    }

    fn path_of_one(&mut self, name: Name) -> &'a [Step<'a>] {
        let known = self.paths[name.index()];
        if !known.is_empty() {
            return known;
        }
        let path = self.evaluator.arena.alloc([Step::Static(self.symbol(name))]);
        self.paths[name.index()] = path;
        path
    }

    fn path(&mut self, path: &[AttrName<'c>]) -> Result<&'a [Step<'a>], Error> {
        if let [AttrName::Static(name)] = path {
            return Ok(self.path_of_one(*name));
        }
        let step = |compiler: &mut Self, name: &AttrName<'c>| {
            Ok(match name {
                AttrName::Static(name) => Step::Static(compiler.symbol(*name)),
                AttrName::Dynamic(expr) => Step::Dynamic(compiler.expr(expr)?, compiler.pos(expr.at)),
            })
        };
        self.slice(path, step).map(|steps| &*steps)
    }
}
