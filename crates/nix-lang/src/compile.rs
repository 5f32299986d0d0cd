//! Compiles syntax trees: resolves each variable to a slot, or says that nothing binds it.

use std::borrow::Cow;
use std::rc::Rc;

use hashbrown::HashMap;

use crate::code::{
    AttrsCode, BindingsCode, Code, CodeKind, DynamicCode, EntryCode, EntryValue, FormalCode, LambdaCode,
    PatternCode, Step,
};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::Evaluator;
use crate::paths;
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::syntax::ast::{AttrName, BindingValue, Bindings, Expr, Kind, Lambda, Operator, Part};
use crate::value::{Text, Value};

/// What a scope binds.
pub(crate) enum Scope {
    /// Names and their slots.
    Names(HashMap<Symbol, u32>),
    /// The attributes of a `with`.
    With,
}

/// Compiles one text.
pub(crate) struct Compiler<'e, 'a> {
    pub(crate) evaluator: &'e Evaluator<'a>,
    /// Position of the text's first byte.
    pub(crate) base: u32,
    /// The directory that relative paths are relative to.
    pub(crate) directory: String,
    pub(crate) scopes: Vec<Scope>,
}

pub(crate) type Compiled<'a> = Result<&'a Code<'a>, Error>;

impl<'a> Compiler<'_, 'a> {
    fn pos(&self, offset: u32) -> Pos {
        Pos(self.base.saturating_add(offset))
    }

    pub(crate) fn symbol(&self, name: &str) -> Symbol {
        self.evaluator.symbol(name)
    }

    pub(crate) fn alloc(&self, kind: CodeKind<'a>) -> &'a Code<'a> {
        self.evaluator.code(kind)
    }

    pub(crate) fn slice<T>(&self, items: Vec<T>) -> &'a [T] {
        self.evaluator.arena.alloc_slice_fill_iter(items)
    }

    pub(crate) fn constant(&self, value: Value<'a>) -> &'a Code<'a> {
        self.alloc(CodeKind::Constant(self.evaluator.done(value)))
    }

    fn bytes(&self, bytes: &[u8]) -> Value<'a> {
        Value::String(self.evaluator.text(bytes, &[]))
    }

    /// Compiles an expression.
    pub(crate) fn expr(&mut self, expr: &Expr) -> Compiled<'a> {
        self.named_expr(expr, None)
    }

    /// Compiles an expression that is bound to a name.
    fn named_expr(&mut self, expr: &Expr, name: Option<Symbol>) -> Compiled<'a> {
        let pos = self.pos(expr.at);
        Ok(match &*expr.kind {
            Kind::Variable(variable) => self.variable(variable, pos)?,
            Kind::Int(number) => self.constant(Value::Int(*number)),
            Kind::Float(number) => self.constant(Value::Float(*number)),
            Kind::String(bytes) => self.constant(self.bytes(bytes)),
            Kind::Interpolated(parts) => {
                let parts = self.parts(parts)?;
                self.alloc(CodeKind::Interpolation { parts, pos })
            }
            Kind::Path(path) => {
                let absolute = paths::absolute(path, &self.directory);
                self.constant(Value::Path(self.plain_text(&absolute)))
            }
            Kind::HomePath(path) => {
                let home = self.evaluator.home(pos)?;
                let absolute = paths::absolute(path.trim_start_matches("~/"), &home);
                self.constant(Value::Path(self.plain_text(&absolute)))
            }
            Kind::PathInterpolated(parts) => self.path_interpolation(parts, pos)?,
            Kind::SearchPath(path) => {
                if let Some(call) = self.rebound_search_path(path, pos) {
                    return call;
                }
                let path = self.evaluator.arena.alloc_str(path);
                self.alloc(CodeKind::SearchPath { name: path, pos })
            }
            Kind::List(items) => {
                let items = items
                    .iter()
                    .map(|item| self.expr(item))
                    .collect::<Result<Vec<_>, _>>()?;
                self.alloc(CodeKind::List {
                    items: self.slice(items),
                })
            }
            Kind::Attrs(bindings) => self.attrs(bindings)?,
            Kind::Let(bindings, body) => self.let_in(bindings, body)?,
            Kind::LegacyLet(bindings) => {
                let subject = self.attrs(bindings)?;
                let path = self.slice(vec![Step::Static(Symbol::BODY)]);
                self.alloc(CodeKind::Select {
                    subject,
                    path,
                    default: None,
                    pos,
                })
            }
            Kind::With(scope, body) => self.with(scope, body)?,
            Kind::Assert(condition, body) => {
                let text = self
                    .evaluator
                    .arena
                    .alloc_str(&crate::syntax::print::print(condition));
                let condition = self.expr(condition)?;
                let body = self.expr(body)?;
                self.alloc(CodeKind::Assert {
                    condition,
                    body,
                    text,
                    pos,
                })
            }
            Kind::If(condition, then, otherwise) => {
                let condition = self.expr(condition)?;
                let then = self.named_expr(then, name)?;
                let otherwise = self.named_expr(otherwise, name)?;
                self.alloc(CodeKind::If {
                    condition,
                    then,
                    otherwise,
                    pos,
                })
            }
            Kind::Lambda(lambda) => self.lambda(lambda, name, pos)?,
            Kind::Call(function, arguments) => self.call(function, arguments, pos)?,
            Kind::Select(subject, path, default) => {
                let subject = self.expr(subject)?;
                let path = self.path(path)?;
                let default = default.as_ref().map(|default| self.expr(default)).transpose()?;
                self.alloc(CodeKind::Select {
                    subject,
                    path,
                    default,
                    pos,
                })
            }
            Kind::HasAttr(subject, path) => {
                let subject = self.expr(subject)?;
                let path = self.path(path)?;
                self.alloc(CodeKind::HasAttr { subject, path })
            }
            Kind::Binary(operator, left, right) => self.binary(*operator, left, right, pos)?,
            Kind::Not(operand) => {
                let pos = self.pos(operand.at);
                let operand = self.expr(operand)?;
                self.alloc(CodeKind::Not { operand, pos })
            }
            Kind::Negate(operand) => {
                if let Some(call) = self.rebound_negation(operand, pos) {
                    return call;
                }
                let operand = self.expr(operand)?;
                self.alloc(CodeKind::Negate { operand, pos })
            }
            Kind::CurrentPosition => self.constant(self.evaluator.position_value(pos)),
        })
    }

    pub(crate) fn plain_text(&self, text: &str) -> &'a Text<'a> {
        self.evaluator.text(text.as_bytes(), &[])
    }

    /// The parts of a string, with texts that follow each other made one.
    fn parts(&mut self, parts: &[Part]) -> Result<&'a [&'a Code<'a>], Error> {
        let mut codes = Vec::with_capacity(parts.len());
        let mut rest = parts;
        while let [first, behind @ ..] = rest {
            rest = behind;
            codes.push(match first {
                Part::Expr(expr) => self.expr(expr)?,
                Part::Text(bytes) => {
                    let mut whole = Cow::Borrowed(bytes.as_slice());
                    while let [Part::Text(more), behind @ ..] = rest {
                        whole.to_mut().extend_from_slice(more);
                        rest = behind;
                    }
                    self.constant(self.bytes(&whole))
                }
            });
        }
        Ok(self.slice(codes))
    }

    fn path_interpolation(&mut self, parts: &[Part], pos: Pos) -> Compiled<'a> {
        let Some((Part::Text(first), rest)) = parts.split_first() else {
            return Err(
                ErrorData::new(ErrorKind::Syntax, "a path cannot begin with an interpolation").at(pos),
            );
        };
        let first = String::from_utf8_lossy(first);
        let mut absolute = match first.strip_prefix("~/") {
            Some(rest) => paths::absolute(rest, &self.evaluator.home(pos)?),
            None => paths::absolute(&first, &self.directory),
        };
        if first.ends_with('/') && absolute != "/" {
            absolute.push('/');
        }
        let mut codes = vec![self.constant(self.bytes(absolute.as_bytes()))];
        codes.extend_from_slice(self.parts(rest)?);
        Ok(self.alloc(CodeKind::PathInterpolation {
            parts: self.slice(codes),
            pos,
        }))
    }

    pub(crate) fn variable(&self, name: &Rc<str>, pos: Pos) -> Compiled<'a> {
        let symbol = self.symbol(name);
        let mut withs = Vec::new();
        for (level, scope) in self.scopes.iter().rev().enumerate() {
            let level = level as u32;
            match scope {
                Scope::Names(names) => {
                    if let Some(slot) = names.get(&symbol) {
                        return Ok(self.alloc(CodeKind::Variable {
                            level,
                            slot: *slot,
                            pos,
                        }));
                    }
                }
                Scope::With => withs.push(level),
            }
        }
        if let Some(thunk) = self.evaluator.global(symbol) {
            return Ok(self.alloc(CodeKind::Constant(thunk)));
        }
        if withs.is_empty() {
            return Err(self.undefined(name, pos));
        }
        let levels = self.slice(withs);
        Ok(self.alloc(CodeKind::WithVariable {
            name: symbol,
            levels,
            pos,
        }))
    }

    fn undefined(&self, name: &str, pos: Pos) -> Error {
        let mut known: Vec<&str> = Vec::new();
        for scope in &self.scopes {
            if let Scope::Names(names) = scope {
                known.extend(names.keys().map(|symbol| self.evaluator.name(*symbol)));
            }
        }
        known.extend(self.evaluator.global_names());
        let hint = crate::suggest::did_you_mean(name, known.into_iter());
        let message = format!("undefined variable '{name}'{hint}");
        ErrorData::new(ErrorKind::UndefinedVariable, message).at(pos)
    }

    fn path(&mut self, path: &[AttrName]) -> Result<&'a [Step<'a>], Error> {
        let mut steps = Vec::with_capacity(path.len());
        for name in path {
            steps.push(match name {
                AttrName::Static(name, _) => Step::Static(self.symbol(name)),
                AttrName::Dynamic(expr) => Step::Dynamic(self.expr(expr)?, self.pos(expr.at)),
            });
        }
        Ok(self.slice(steps))
    }

    fn call(&mut self, function: &Expr, arguments: &[Expr], pos: Pos) -> Compiled<'a> {
        let function = self.expr(function)?;
        let arguments = arguments
            .iter()
            .map(|argument| self.expr(argument))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(self.alloc(CodeKind::Call {
            function,
            arguments: self.slice(arguments),
            pos,
        }))
    }

    fn binary(&mut self, operator: Operator, left: &Expr, right: &Expr, pos: Pos) -> Compiled<'a> {
        if let Some(call) = self.rebound_operator(operator, (left, right), pos) {
            return call;
        }
        // What cannot be added is the right operand: errors point at it.
        let pos = match operator {
            Operator::Add => self.pos(right.start()),
            _ => pos,
        };
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        Ok(self.alloc(CodeKind::Binary {
            operator,
            left,
            right,
            pos,
        }))
    }

    fn with(&mut self, scope: &Expr, body: &Expr) -> Compiled<'a> {
        let scope = self.expr(scope)?;
        self.scopes.push(Scope::With);
        let body = self.expr(body);
        self.scopes.pop();
        let body = body?;
        Ok(self.alloc(CodeKind::With { scope, body }))
    }

    fn lambda(&mut self, lambda: &Lambda, name: Option<Symbol>, pos: Pos) -> Compiled<'a> {
        let mut names = HashMap::new();
        if let Some(argument) = &lambda.argument {
            names.insert(self.symbol(argument), 0);
        }
        let first = u32::from(lambda.argument.is_some());
        let formals = lambda
            .pattern
            .as_ref()
            .map(|pattern| pattern.formals.as_slice())
            .unwrap_or_default();
        for (slot, formal) in (first..).zip(formals) {
            names.insert(self.symbol(&formal.name), slot);
        }
        self.scopes.push(Scope::Names(names));
        let compiled = self.lambda_parts(lambda, first);
        self.scopes.pop();
        let (pattern, body) = compiled?;
        let argument = lambda.argument.as_ref().map(|argument| self.symbol(argument));
        let lambda = LambdaCode {
            name,
            pos,
            argument,
            pattern,
            body,
        };
        Ok(self.alloc(CodeKind::Lambda(self.evaluator.arena.alloc(lambda))))
    }

    fn lambda_parts(
        &mut self,
        lambda: &Lambda,
        first: u32,
    ) -> Result<(Option<PatternCode<'a>>, &'a Code<'a>), Error> {
        let mut pattern = None;
        if let Some(source) = &lambda.pattern {
            let mut formals = Vec::with_capacity(source.formals.len());
            for (slot, formal) in (first..).zip(&source.formals) {
                let default = formal
                    .default
                    .as_ref()
                    .map(|default| self.expr(default))
                    .transpose()?;
                let name = self.symbol(&formal.name);
                formals.push(FormalCode {
                    name,
                    pos: self.pos(formal.at),
                    slot,
                    default,
                });
            }
            formals.sort_by_key(|formal| formal.name);
            pattern = Some(PatternCode {
                formals: self.slice(formals),
                ellipsis: source.ellipsis,
            });
        }
        Ok((pattern, self.expr(&lambda.body)?))
    }

    /// Runs `inner` as if the innermost scope were not there.
    fn outside<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let scope = self.scopes.pop();
        let result = inner(self);
        self.scopes.extend(scope);
        result
    }

    /// The scope of bindings that see each other: names first, then the sources of inherits.
    fn binding_scope(&self, bindings: &Bindings) -> Scope {
        let slots = (0..)
            .zip(&bindings.named)
            .map(|(slot, binding)| (self.symbol(&binding.name), slot));
        Scope::Names(slots.collect())
    }

    /// Compiles bindings that see each other; the scope is pushed already.
    fn bindings(&mut self, bindings: &Bindings) -> Result<&'a BindingsCode<'a>, Error> {
        let count = bindings.named.len() + bindings.inherit_sources.len();
        let (mut slots, mut outside) = (Vec::with_capacity(count), Vec::with_capacity(count));
        for binding in &bindings.named {
            let pos = self.pos(binding.at);
            let name = self.symbol(&binding.name);
            outside.push(matches!(binding.value, BindingValue::Inherit));
            slots.push(match &binding.value {
                BindingValue::Plain(expr) => self.named_expr(expr, Some(name))?,
                BindingValue::Inherit => self.outside(|compiler| compiler.variable(&binding.name, pos))?,
                BindingValue::InheritFrom(source) => {
                    let slot = (bindings.named.len() + source) as u32;
                    self.select_from_slot(slot, name, pos)
                }
            });
        }
        for source in &bindings.inherit_sources {
            outside.push(false);
            slots.push(self.expr(source)?);
        }
        let code = BindingsCode {
            slots: self.slice(slots),
            outside: self.slice(outside),
        };
        Ok(self.evaluator.arena.alloc(code))
    }

    fn select_from_slot(&self, slot: u32, name: Symbol, pos: Pos) -> &'a Code<'a> {
        let subject = self.alloc(CodeKind::Variable { level: 0, slot, pos });
        let path = self.slice(vec![Step::Static(name)]);
        self.alloc(CodeKind::Select {
            subject,
            path,
            default: None,
            pos,
        })
    }

    fn let_in(&mut self, bindings: &Bindings, body: &Expr) -> Compiled<'a> {
        if let Some(dynamic) = bindings.dynamic.first() {
            let message = "dynamic attributes not allowed in let";
            return Err(ErrorData::new(ErrorKind::Syntax, message).at(self.pos(dynamic.at)));
        }
        self.scopes.push(self.binding_scope(bindings));
        let bindings = self.bindings(bindings);
        let body = self.expr(body);
        self.scopes.pop();
        let (bindings, body) = (bindings?, body?);
        Ok(self.alloc(CodeKind::Let { bindings, body }))
    }

    fn attrs(&mut self, bindings: &Bindings) -> Compiled<'a> {
        if bindings.recursive {
            self.scopes.push(self.binding_scope(bindings));
            let code = self.recursive_attrs(bindings);
            self.scopes.pop();
            code
        } else {
            self.plain_attrs(bindings)
        }
    }

    fn recursive_attrs(&mut self, bindings: &Bindings) -> Compiled<'a> {
        let compiled = self.bindings(bindings)?;
        let mut entries = Vec::with_capacity(bindings.named.len());
        let mut overrides = None;
        for (slot, binding) in (0..).zip(&bindings.named) {
            let name = self.symbol(&binding.name);
            if name == Symbol::OVERRIDES {
                overrides = Some(slot);
            }
            entries.push(EntryCode {
                name,
                pos: self.pos(binding.at),
                value: EntryValue::Slot(slot),
            });
        }
        let dynamic = self.dynamic(bindings)?;
        Ok(self.finish_attrs(Some(compiled), entries, dynamic, true, overrides))
    }

    fn plain_attrs(&mut self, bindings: &Bindings) -> Compiled<'a> {
        let mut slots = Vec::with_capacity(bindings.inherit_sources.len());
        for source in &bindings.inherit_sources {
            slots.push(self.expr(source)?);
        }
        let mut entries = Vec::with_capacity(bindings.named.len());
        for binding in &bindings.named {
            let (pos, name) = (self.pos(binding.at), self.symbol(&binding.name));
            let (code, outside) = match &binding.value {
                BindingValue::Plain(expr) => (self.named_expr(expr, Some(name))?, true),
                BindingValue::Inherit => (self.variable(&binding.name, pos)?, true),
                BindingValue::InheritFrom(source) => {
                    (self.select_from_slot(*source as u32, name, pos), false)
                }
            };
            entries.push(EntryCode {
                name,
                pos,
                value: EntryValue::Code { code, outside },
            });
        }
        let dynamic = self.dynamic(bindings)?;
        let sources = match slots.is_empty() {
            true => None,
            false => {
                let outside = self.slice(vec![true; slots.len()]);
                Some(&*self.evaluator.arena.alloc(BindingsCode {
                    slots: self.slice(slots),
                    outside,
                }))
            }
        };
        Ok(self.finish_attrs(sources, entries, dynamic, false, None))
    }

    fn dynamic(&mut self, bindings: &Bindings) -> Result<Vec<DynamicCode<'a>>, Error> {
        let compile = |dynamic: &crate::syntax::ast::DynamicBinding| {
            let (name, value) = (self.expr(&dynamic.name)?, self.expr(&dynamic.value)?);
            Ok(DynamicCode {
                name,
                value,
                pos: self.pos(dynamic.at),
            })
        };
        bindings.dynamic.iter().map(compile).collect()
    }

    fn finish_attrs(
        &self,
        bindings: Option<&'a BindingsCode<'a>>,
        mut entries: Vec<EntryCode<'a>>,
        dynamic: Vec<DynamicCode<'a>>,
        recursive: bool,
        overrides: Option<u32>,
    ) -> &'a Code<'a> {
        entries.sort_by_key(|entry| entry.name);
        let (entries, dynamic) = (self.slice(entries), self.slice(dynamic));
        let code = AttrsCode {
            bindings,
            entries,
            dynamic,
            recursive,
            overrides,
        };
        self.alloc(CodeKind::Attrs(self.evaluator.arena.alloc(code)))
    }
}
