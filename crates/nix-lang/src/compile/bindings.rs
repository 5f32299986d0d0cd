//! Compiles sets and `let`.

use super::{Compiled, Compiler, Constant};
use crate::code::{AttrsCode, BindingsCode, Code, CodeKind, DynamicCode, EntryCode, EntryValue};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::syntax::ast::{Binding, BindingValue, Bindings, DynamicBinding, Expr, Name, Set};

impl<'c, 'a> Compiler<'c, 'a> {
    pub(super) fn let_in(&mut self, set: Set, body: &Expr<'c>) -> Compiled<'a> {
        let bindings = self.tree.bindings(set);
        if let Some(dynamic) = bindings.dynamic().first() {
            let message = "dynamic attributes not allowed in let";
            return Err(ErrorData::new(ErrorKind::Syntax, message).at(self.pos(dynamic.at)));
        }
        let compiled = self.inside(bindings, |compiler| {
            Ok((compiler.bindings(bindings)?, compiler.expr(body)?))
        });
        let (bindings, body) = compiled?;
        Ok(self.alloc(CodeKind::Let { bindings, body }))
    }

    pub(super) fn attrs(&mut self, set: Set) -> Compiled<'a> {
        let bindings = self.tree.bindings(set);
        if !bindings.recursive && bindings.is_empty() {
            return Ok(self.shared(Constant::EmptySet, |compiler| compiler.empty_attrs()));
        }
        let code = match bindings.recursive {
            true => self.inside(bindings, |compiler| compiler.recursive_attrs(bindings)),
            false => self.plain_attrs(bindings),
        }?;
        Ok(self.alloc(CodeKind::Attrs(self.evaluator.arena.alloc(code))))
    }

    fn empty_attrs(&self) -> &'a Code<'a> {
        let code = AttrsCode {
            bindings: None,
            entries: &[],
            dynamic: &[],
            recursive: false,
            overrides: None,
        };
        self.alloc(CodeKind::Attrs(self.evaluator.arena.alloc(code)))
    }

    /// Runs `inner` in the scope of bindings that see each other: names first, then the sources of inherits.
    fn inside<T>(
        &mut self,
        bindings: &Bindings<'c>,
        inner: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.scopes
            .enter(bindings.named.iter().map(|binding| binding.name));
        let result = inner(self);
        self.scopes.leave();
        result
    }

    /// Compiles bindings that see each other, inside of their scope.
    fn bindings(&mut self, bindings: &Bindings<'c>) -> Result<&'a BindingsCode<'a>, Error> {
        let (named, sources) = (&bindings.named, bindings.inherit_sources());
        let arena = self.evaluator.arena;
        let slots =
            arena.alloc_slice_try_fill_with(named.len() + sources.len(), |slot| match named.get(slot) {
                Some(binding) => self.slot(binding, slot as u32, named.len()),
                None => self.expr(&sources[slot - named.len()]),
            })?;
        let outside = arena.alloc_slice_fill_with(slots.len(), |slot| {
            let binding = named.get(slot);
            binding.is_some_and(|binding| matches!(binding.value, BindingValue::Inherit))
        });
        Ok(arena.alloc(BindingsCode { slots, outside }))
    }

    /// The code of one of `count` bindings that see each other.
    fn slot(&mut self, binding: &Binding<'c>, slot: u32, count: usize) -> Compiled<'a> {
        let (pos, name) = (self.pos(binding.at), self.symbol(binding.name));
        match &binding.value {
            BindingValue::Plain(expr) => self.named_expr(expr, Some(name)),
            BindingValue::Inherit => self.variable_outside(binding.name, slot, pos),
            BindingValue::InheritFrom(source) => {
                Ok(self.select_from_slot((count + source) as u32, binding.name, pos))
            }
        }
    }

    fn select_from_slot(&mut self, slot: u32, name: Name, pos: Pos) -> &'a Code<'a> {
        let subject = self.alloc(CodeKind::Variable { level: 0, slot, pos });
        let path = self.path_of_one(name);
        self.select_one(subject, path, pos)
    }

    fn recursive_attrs(&mut self, bindings: &Bindings<'c>) -> Result<AttrsCode<'a>, Error> {
        let compiled = self.bindings(bindings)?;
        let names = bindings.named.iter().map(|binding| self.symbol(binding.name));
        let overrides = (0..)
            .zip(names)
            .find(|(_, name)| *name == Symbol::OVERRIDES)
            .map(|(slot, _)| slot);
        let mut slots = 0..;
        let entries = self.entries(bindings, |_, _| {
            Ok(EntryValue::Slot(slots.next().unwrap_or_default()))
        })?;
        Ok(AttrsCode {
            bindings: Some(compiled),
            entries,
            dynamic: self.dynamic(bindings)?,
            recursive: true,
            overrides,
        })
    }

    fn plain_attrs(&mut self, bindings: &Bindings<'c>) -> Result<AttrsCode<'a>, Error> {
        let slots = self.exprs(bindings.inherit_sources())?;
        let entries = self.entries(bindings, |compiler, binding| {
            let (pos, name) = (compiler.pos(binding.at), compiler.symbol(binding.name));
            let (code, outside) = match &binding.value {
                BindingValue::Plain(expr) => (compiler.named_expr(expr, Some(name))?, true),
                BindingValue::Inherit => (compiler.variable(binding.name, pos)?, true),
                BindingValue::InheritFrom(source) => {
                    let slot = *source as u32;
                    (compiler.select_from_slot(slot, binding.name, pos), false)
                }
            };
            Ok(EntryValue::Code { code, outside })
        })?;
        let arena = self.evaluator.arena;
        let sources = (!slots.is_empty()).then(|| {
            let outside = arena.alloc_slice_fill_copy(slots.len(), true);
            &*arena.alloc(BindingsCode { slots, outside })
        });
        Ok(AttrsCode {
            bindings: sources,
            entries,
            dynamic: self.dynamic(bindings)?,
            recursive: false,
            overrides: None,
        })
    }

    /// The attributes with names known from the text, sorted.
    fn entries(
        &mut self,
        bindings: &Bindings<'c>,
        mut value: impl FnMut(&mut Self, &Binding<'c>) -> Result<EntryValue<'a>, Error>,
    ) -> Result<&'a [EntryCode<'a>], Error> {
        let entries = self.slice(&bindings.named, |compiler, binding| {
            Ok(EntryCode {
                name: compiler.symbol(binding.name),
                pos: compiler.pos(binding.at),
                value: value(compiler, binding)?,
            })
        })?;
        entries.sort_unstable_by_key(|entry| entry.name);
        Ok(entries)
    }

    fn dynamic(&mut self, bindings: &Bindings<'c>) -> Result<&'a [DynamicCode<'a>], Error> {
        let compile = |compiler: &mut Self, dynamic: &DynamicBinding<'c>| {
            let (name, value) = (compiler.expr(dynamic.name)?, compiler.expr(&dynamic.value)?);
            Ok(DynamicCode {
                name,
                value,
                pos: compiler.pos(dynamic.at),
            })
        };
        self.slice(bindings.dynamic(), compile).map(|codes| &*codes)
    }
}
