//! Parses the bindings of sets and `let`, and merges those whose paths begin alike.

use bumpalo::collections::Vec as ArenaVec;

use super::SyntaxError;
use super::ast::{
    AttrName, Binding, BindingValue, Bindings, DynamicBinding, Expr, Kind, Name, Offset, Rare, Set,
};
use super::parser::{Parsed, Parser, expr, fail};
use super::token::{Keyword, Sign, Token};

/// The set whose braces are the innermost around the current token: its bindings are not in the tree yet, for there
/// they would leave gaps as they grow.
#[derive(Default)]
pub(super) struct OpenSet {
    set: Option<Set>,
    /// Where its bindings begin among those of all open sets.
    begin: usize,
}

/// From how many bindings on names are looked up in an index.
const INDEXED_FROM: usize = 16;

impl<'t> Parser<'t> {
    /// Bindings up to the token that ends them, which is not read; `expected` is for the message of a wrong token.
    pub(super) fn bindings(&mut self, expected: &[&str]) -> Parsed<Set> {
        let set = self.new_set();
        let outer = std::mem::replace(
            &mut self.open_set,
            OpenSet {
                set: Some(set),
                begin: self.bindings.len(),
            },
        );
        loop {
            match self.token {
                Token::Keyword(Keyword::Inherit) => self.inherit(set)?,
                _ if self.begins_attr_name() => self.binding(set)?,
                Token::Sign(Sign::CloseBrace) | Token::Keyword(Keyword::In) => break,
                _ => return self.unexpected(expected),
            }
        }
        let read = self.bindings.drain(self.open_set.begin..);
        self.sets[set.0 as usize].named.reserve_exact(read.len());
        self.sets[set.0 as usize].named.extend(read);
        self.open_set = outer;
        Ok(set)
    }

    fn begins_attr_name(&self) -> bool {
        matches!(
            self.token,
            Token::Identifier(_)
                | Token::Keyword(Keyword::Or)
                | Token::Quote
                | Token::Sign(Sign::Interpolation)
        )
    }

    fn binding(&mut self, set: Set) -> Parsed<()> {
        let at = self.start;
        let first = self.attr_name()?;
        let mut rest: &[AttrName<'t>] = &[];
        if self.is(Sign::Dot) {
            self.advance()?;
            rest = self.attr_path()?;
        }
        self.check_depth(1 + rest.len())?;
        if !self.is(Sign::Assign) {
            return self.unexpected(&["'.'", "'='"]);
        }
        self.advance()?;
        let value = self.expr()?;
        self.expect(Sign::Semicolon)?;
        self.insert_at_path(set, (first, rest), value, at)
    }

    fn inherit(&mut self, set: Set) -> Parsed<()> {
        self.advance()?;
        let mut value = BindingValue::Inherit;
        if self.is(Sign::OpenParenthesis) {
            self.advance()?;
            let source = self.expr()?;
            self.expect(Sign::CloseParenthesis)?;
            let sources = &mut self.rare_mut(set).inherit_sources;
            value = BindingValue::InheritFrom(sources.len());
            sources.push(source);
        }
        while !self.is(Sign::Semicolon) {
            let at = self.start;
            if !self.begins_attr_name() {
                return self.unexpected(&[]);
            }
            let AttrName::Static(name) = self.attr_name()? else {
                return fail("dynamic attributes not allowed in inherit", at);
            };
            if let Some(found) = self.find(set, name) {
                return self.defined_twice(&[], name, at, found.at);
            }
            self.push(set, Binding { name, at, value });
        }
        self.advance()
    }

    /// `a.b."c".${d}`
    pub(super) fn attr_path(&mut self) -> Parsed<&'t [AttrName<'t>]> {
        let first = self.attr_name()?;
        if !self.is(Sign::Dot) {
            return Ok(self.arena.alloc_slice_copy(&[first]));
        }
        let mut path = ArenaVec::new_in(self.arena);
        path.push(first);
        while self.is(Sign::Dot) {
            self.advance()?;
            path.push(self.attr_name()?);
        }
        Ok(path.into_bump_slice())
    }

    /// One step of an attribute path.
    fn attr_name(&mut self) -> Parsed<AttrName<'t>> {
        let at = self.start;
        let name = match self.token {
            Token::Identifier(name) => AttrName::Static(self.names.number(name)),
            Token::Keyword(Keyword::Or) => AttrName::Static(self.names.number(b"or")),
            Token::Quote => {
                let name = expr(self.nested(Self::string)?, at);
                self.attr_name_of(name)
            }
            Token::Sign(Sign::Interpolation) => {
                self.advance()?;
                let inner = self.expr()?;
                if !self.is(Sign::CloseBrace) {
                    return self.unexpected(&["'}'"]);
                }
                self.attr_name_of(inner)
            }
            _ => return self.unexpected(&["identifier", "'or'", "'${'", "'\"'"]),
        };
        self.advance()?;
        Ok(name)
    }

    /// A name that is a string without interpolation is known from the text.
    fn attr_name_of(&mut self, name: Expr<'t>) -> AttrName<'t> {
        match name.kind {
            Kind::String(text) if std::str::from_utf8(text).is_ok() => {
                AttrName::Static(self.names.number(text))
            }
            _ => AttrName::Dynamic(self.alloc(name)),
        }
    }

    fn new_set(&mut self) -> Set {
        // Texts are shorter than 4 GiB, so that the numbers do not run out.
        let set = Set(self.sets.len() as u32);
        self.sets.push(Bindings::new_in(self.arena));
        set
    }

    pub(super) fn set_mut(&mut self, set: Set) -> &mut Bindings<'t> {
        &mut self.sets[set.0 as usize]
    }

    fn rare_mut(&mut self, set: Set) -> &mut Rare<'t> {
        let arena = self.arena;
        let rare = &mut self.set_mut(set).rare;
        rare.get_or_insert_with(|| {
            Box::new(Rare {
                dynamic: ArenaVec::new_in(arena),
                inherit_sources: ArenaVec::with_capacity_in(1, arena),
            })
        })
    }

    /// Binds `value` to a path of a first and further steps, making the sets on the way.
    fn insert_at_path(
        &mut self,
        mut set: Set,
        path: (AttrName<'t>, &[AttrName<'t>]),
        value: Expr<'t>,
        at: Offset,
    ) -> Parsed<()> {
        let mut seen: Vec<&str> = Vec::new();
        let (mut step, mut rest) = path;
        while let [next, behind @ ..] = rest {
            set = match step {
                AttrName::Static(name) => {
                    let inner = self.nested_set(set, &seen, name, at)?;
                    seen.push(self.names.text(name));
                    inner
                }
                AttrName::Dynamic(name) => {
                    seen.push("${...}");
                    let inner = self.new_set();
                    let value = expr(Kind::Attrs(inner), at);
                    self.rare_mut(set)
                        .dynamic
                        .push(DynamicBinding { name, value, at });
                    inner
                }
            };
            (step, rest) = (*next, behind);
        }
        match step {
            AttrName::Static(name) => {
                let value = BindingValue::Plain(value);
                self.insert(set, &mut seen, Binding { name, at, value })
            }
            AttrName::Dynamic(name) => {
                self.rare_mut(set)
                    .dynamic
                    .push(DynamicBinding { name, value, at });
                Ok(())
            }
        }
    }

    /// The set that `name` is bound to; made if nothing is. `seen` is the path to it, for messages.
    fn nested_set(&mut self, set: Set, seen: &[&str], name: Name, at: Offset) -> Parsed<Set> {
        match self.find(set, name) {
            Some(found) => match found.set() {
                Some(inner) => Ok(inner),
                None => self.defined_twice(seen, name, at, found.at),
            },
            None => {
                let inner = self.new_set();
                let value = BindingValue::Plain(expr(Kind::Attrs(inner), at));
                self.push(set, Binding { name, at, value });
                Ok(inner)
            }
        }
    }

    /// Adds a binding; two sets of the same name are merged. `seen` is the path to it, for messages.
    fn insert(&mut self, set: Set, seen: &mut Vec<&'t str>, binding: Binding<'t>) -> Parsed<()> {
        let Some(found) = self.find(set, binding.name) else {
            self.push(set, binding);
            return Ok(());
        };
        match (found.set(), binding.set()) {
            (Some(target), Some(source)) => {
                seen.push(self.names.text(binding.name));
                self.merge(target, source, seen)?;
                seen.pop();
                Ok(())
            }
            _ => self.defined_twice(seen, binding.name, binding.at, found.at),
        }
    }

    /// Moves the bindings of `source` to `target`. Whether `source` is recursive is forgotten, as in Nix.
    fn merge(&mut self, target: Set, source: Set, seen: &mut Vec<&'t str>) -> Parsed<()> {
        let empty = Bindings::new_in(self.arena);
        let source = std::mem::replace(self.set_mut(source), empty);
        let shift = self.set_mut(target).inherit_sources().len();
        for mut binding in source.named {
            if let BindingValue::InheritFrom(index) = &mut binding.value {
                *index += shift;
            }
            self.insert(target, seen, binding)?;
        }
        if let Some(rare) = source.rare {
            let target = self.rare_mut(target);
            target.dynamic.extend(rare.dynamic);
            target.inherit_sources.extend(rare.inherit_sources);
        }
        Ok(())
    }

    /// The binding of that name.
    fn find(&self, set: Set, name: Name) -> Option<Binding<'t>> {
        let named = match self.open_set.set == Some(set) {
            true => &self.bindings[self.open_set.begin..],
            false => &self.sets[set.0 as usize].named,
        };
        match named.len() < INDEXED_FROM {
            true => named.iter().find(|binding| binding.name == name).copied(),
            false => self.places.get(&(set, name)).map(|place| named[*place]),
        }
    }

    /// Adds a binding whose name is new.
    fn push(&mut self, set: Set, binding: Binding<'t>) {
        let named: &[Binding<'t>] = match self.open_set.set == Some(set) {
            true => {
                self.bindings.push(binding);
                &self.bindings[self.open_set.begin..]
            }
            false => {
                let named = &mut self.sets[set.0 as usize].named;
                named.push(binding);
                named
            }
        };
        match named.len() {
            INDEXED_FROM => {
                let names = named.iter().map(|binding| (set, binding.name));
                self.places.extend(names.zip(0..));
            }
            count if count > INDEXED_FROM => {
                self.places.insert((set, binding.name), count - 1);
            }
            _ => {}
        }
    }

    #[cold]
    fn defined_twice<T>(&self, seen: &[&str], name: Name, at: Offset, defined_at: Offset) -> Parsed<T> {
        let path = seen.iter().copied().chain([self.names.text(name)]);
        let path: Vec<String> = path.map(super::print::attr_name).collect();
        Err(Box::new(SyntaxError {
            message: format!("attribute '{}' already defined", path.join(".")),
            offset: at,
            defined_at: Some(defined_at),
        }))
    }
}

impl Binding<'_> {
    /// The set that it is bound to.
    fn set(&self) -> Option<Set> {
        match self.value {
            BindingValue::Plain(Expr {
                kind: Kind::Attrs(set),
                ..
            }) => Some(set),
            _ => None,
        }
    }
}

impl<'t> Bindings<'t> {
    fn new_in(arena: &'t bumpalo::Bump) -> Self {
        Self {
            recursive: false,
            named: ArenaVec::new_in(arena),
            rare: None,
        }
    }
}
