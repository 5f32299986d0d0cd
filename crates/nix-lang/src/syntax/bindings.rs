//! Parses the bindings of sets and `let`, and merges those whose paths begin alike.

use std::rc::Rc;

use super::SyntaxError;
use super::ast::{AttrName, Binding, BindingValue, Bindings, DynamicBinding, Expr, Kind, Name, Offset};
use super::lexer::Token;
use super::parser::{Parsed, Parser, expr};

impl Parser<'_> {
    /// Bindings up to the token that ends them, which is not read; `expected` is for the message of a wrong token.
    pub(super) fn bindings(&mut self, expected: &[&str]) -> Parsed<Bindings> {
        let mut bindings = Bindings::default();
        loop {
            match self.token {
                Token::Keyword("inherit") => self.inherit(&mut bindings)?,
                Token::Identifier(_) | Token::Keyword("or") | Token::Quote | Token::Sign("${") => {
                    self.binding(&mut bindings)?;
                }
                Token::Sign("}") | Token::Keyword("in") => return Ok(bindings),
                _ => return Err(self.unexpected(expected)),
            }
        }
    }

    fn binding(&mut self, bindings: &mut Bindings) -> Parsed<()> {
        let at = self.start;
        let path = self.attr_path()?;
        self.check_depth(path.len())?;
        if !self.is("=") {
            return Err(self.unexpected(&["'.'", "'='"]));
        }
        self.advance()?;
        let value = self.expr()?;
        self.expect(";")?;
        insert_at_path(bindings, path, value, at)
    }

    fn inherit(&mut self, bindings: &mut Bindings) -> Parsed<()> {
        self.advance()?;
        let mut source = None;
        if self.is("(") {
            self.advance()?;
            source = Some(self.expr()?);
            self.expect(")")?;
        }
        let index = bindings.inherit_sources.len();
        let from_source = source.is_some();
        bindings.inherit_sources.extend(source);
        while !self.is(";") {
            let at = self.start;
            if !matches!(
                self.token,
                Token::Identifier(_) | Token::Keyword("or") | Token::Quote | Token::Sign("${")
            ) {
                return Err(self.unexpected(&[]));
            }
            let AttrName::Static(name, _) = self.attr_name()? else {
                return Err(SyntaxError::new("dynamic attributes not allowed in inherit", at));
            };
            if let Some(found) = bindings.find(&name) {
                return Err(duplicate(&[name], at, bindings.named[found].at));
            }
            let value = if from_source {
                BindingValue::InheritFrom(index)
            } else {
                BindingValue::Inherit
            };
            bindings.push(Binding { name, at, value });
        }
        self.advance()
    }

    /// One step of an attribute path.
    pub(super) fn attr_name(&mut self) -> Parsed<AttrName> {
        let at = self.start;
        let name = match self.token {
            Token::Identifier(name) => AttrName::Static(self.name(name), at),
            Token::Keyword("or") => AttrName::Static(self.name("or"), at),
            Token::Quote => attr_name_of(expr(self.nested(Self::string)?, at)),
            Token::Sign("${") => {
                self.advance()?;
                let inner = self.expr()?;
                if !self.is("}") {
                    return Err(self.unexpected(&["'}'"]));
                }
                attr_name_of(inner)
            }
            _ => return Err(self.unexpected(&["identifier", "'or'", "'${'", "'\"'"])),
        };
        self.advance()?;
        Ok(name)
    }
}

/// A name that is a string without interpolation is known from the text.
fn attr_name_of(name: Expr) -> AttrName {
    match &*name.kind {
        Kind::String(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => AttrName::Static(text.into(), name.at),
            Err(_) => AttrName::Dynamic(name),
        },
        _ => AttrName::Dynamic(name),
    }
}

fn duplicate(path: &[Name], at: Offset, defined_at: Offset) -> SyntaxError {
    let mut text = String::new();
    for (index, name) in path.iter().enumerate() {
        if index > 0 {
            text.push('.');
        }
        text.push_str(&super::print::attr_name(name));
    }
    let message = format!("attribute '{text}' already defined");
    SyntaxError {
        message,
        offset: at,
        defined_at: Some(defined_at),
    }
}

/// Binds `value` to `path`, making the sets on the way.
fn insert_at_path(bindings: &mut Bindings, path: Vec<AttrName>, value: Expr, at: Offset) -> Parsed<()> {
    let mut bindings = bindings;
    let mut seen: Vec<Name> = Vec::with_capacity(path.len());
    let mut steps = path.into_iter();
    let mut step = steps.next();
    while let Some(name) = step {
        step = steps.next();
        let is_last = step.is_none();
        match name {
            AttrName::Static(name, _) => {
                seen.push(name.clone());
                if is_last {
                    return insert(
                        bindings,
                        &mut seen,
                        Binding {
                            name,
                            at,
                            value: BindingValue::Plain(value),
                        },
                    );
                }
                bindings = nested_set(bindings, &seen, name, at)?;
            }
            AttrName::Dynamic(name) => {
                if is_last {
                    bindings.dynamic.push(DynamicBinding { name, value, at });
                    return Ok(());
                }
                seen.push(Rc::from("${...}"));
                let empty = expr(Kind::Attrs(Box::default()), at);
                bindings.dynamic.push(DynamicBinding {
                    name,
                    value: empty,
                    at,
                });
                match bindings
                    .dynamic
                    .last_mut()
                    .map(|binding| &mut *binding.value.kind)
                {
                    Some(Kind::Attrs(nested)) => bindings = nested,
                    _ => return Ok(()),
                }
            }
        }
    }
    Ok(())
}

/// The set that `name` is bound to; made if nothing is.
fn nested_set<'b>(
    bindings: &'b mut Bindings,
    seen: &[Name],
    name: Name,
    at: Offset,
) -> Parsed<&'b mut Bindings> {
    let index = match bindings.find(&name) {
        Some(index) => index,
        None => {
            let empty = expr(Kind::Attrs(Box::default()), at);
            bindings.push(Binding {
                name,
                at,
                value: BindingValue::Plain(empty),
            })
        }
    };
    let binding = &mut bindings.named[index];
    let defined_at = binding.at;
    binding.set_mut().ok_or_else(|| duplicate(seen, at, defined_at))
}

/// Adds a binding; two sets of the same name are merged. `seen` is the path, for messages.
fn insert(bindings: &mut Bindings, seen: &mut Vec<Name>, mut binding: Binding) -> Parsed<()> {
    let Some(index) = bindings.find(&binding.name) else {
        bindings.push(binding);
        return Ok(());
    };
    let existing = &mut bindings.named[index];
    let defined_at = existing.at;
    match (existing.set_mut(), binding.set_mut()) {
        (Some(target), Some(source)) => merge(target, std::mem::take(source), seen),
        _ => Err(duplicate(seen, binding.at, defined_at)),
    }
}

/// Moves the bindings of `source` to `target`. Whether `source` is recursive is forgotten, as in Nix.
fn merge(target: &mut Bindings, source: Bindings, seen: &mut Vec<Name>) -> Parsed<()> {
    let shift = target.inherit_sources.len();
    for mut binding in source.named {
        if let BindingValue::InheritFrom(index) = &mut binding.value {
            *index += shift;
        }
        seen.push(binding.name.clone());
        insert(target, seen, binding)?;
        seen.pop();
    }
    target.dynamic.extend(source.dynamic);
    target.inherit_sources.extend(source.inherit_sources);
    Ok(())
}

impl Binding {
    /// The set that it is bound to.
    fn set_mut(&mut self) -> Option<&mut Bindings> {
        match &mut self.value {
            BindingValue::Plain(value) => match &mut *value.kind {
                Kind::Attrs(bindings) => Some(bindings),
                _ => None,
            },
            _ => None,
        }
    }
}

/// From how many bindings on names are looked up in an index.
const INDEXED_FROM: usize = 16;

impl Bindings {
    /// Where the binding of that name stands in `named`.
    pub(super) fn find(&self, name: &Name) -> Option<usize> {
        match self.index.is_empty() {
            true => self.named.iter().position(|binding| binding.name == *name),
            false => self.index.get(name).copied(),
        }
    }

    /// Adds a binding whose name is new; gives its place in `named`.
    fn push(&mut self, binding: Binding) -> usize {
        let place = self.named.len();
        if !self.index.is_empty() {
            self.index.insert(binding.name.clone(), place);
        }
        self.named.push(binding);
        if self.named.len() == INDEXED_FROM {
            let names = self.named.iter().map(|binding| binding.name.clone());
            self.index = names.zip(0..).collect();
        }
        place
    }
}
