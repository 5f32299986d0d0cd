//! Scopes of `let` and attribute sets.

use super::{Evaluated, Evaluator};
use crate::code::{AttrsCode, BindingsCode, CodeKind, EntryValue};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attr, Attrs, Env, Value};

/// What the names of a scope are.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Names {
    /// Variables of `let`.
    Variables,
    /// Attributes of a set.
    Attributes,
    /// Attributes that `__overrides` may replace.
    Replaceable,
}

impl<'a> Evaluator<'a> {
    pub(super) fn bind(&self, bindings: &'a BindingsCode<'a>, names: Names, env: &'a Env<'a>) -> &'a Env<'a> {
        let inner = self.scope_of(bindings.slots.len(), self.null, env);
        for (index, ((code, outside), cell)) in bindings
            .slots
            .iter()
            .zip(bindings.outside)
            .zip(inner.slots())
            .enumerate()
        {
            cell.set(match (outside, &code.kind) {
                (true, _) if names == Names::Variables => self.thunk_for(code, env),
                (true, _) => self.part_for(code, env),
                // The slot it stands for is not filled yet.
                (false, CodeKind::Variable { level: 0, slot, .. }) if *slot as usize >= index => {
                    self.later(code, inner)
                }
                (false, CodeKind::Constant(thunk)) => thunk,
                // What it stands for or is made of may be replaced.
                (false, _) if names == Names::Replaceable => self.later(code, inner),
                (false, _) if names == Names::Attributes => self.part_for(code, inner),
                (false, _) => self.thunk_for(code, inner),
            });
        }
        inner
    }

    pub(super) fn eval_attrs(&self, code: &'a AttrsCode<'a>, env: &'a Env<'a>) -> Evaluated<'a> {
        let names = match code.overrides {
            None => Names::Attributes,
            Some(_) => Names::Replaceable,
        };
        let inner = code
            .bindings
            .map_or(env, |bindings| self.bind(bindings, names, env));
        let entry = |entry: &'a crate::code::EntryCode<'a>| Attr {
            name: entry.name,
            pos: entry.pos,
            value: match &entry.value {
                EntryValue::Slot(slot) => self.variable(0, *slot, inner),
                EntryValue::Code { code, outside: true } => self.part_for(code, env),
                EntryValue::Code { code, outside: false } => self.part_for(code, inner),
            },
        };
        let entries = self.arena.alloc_slice_fill_iter(code.entries.iter().map(entry));
        let attrs: &'a Attrs<'a> = self.arena.alloc(Attrs::new(entries));
        if code.dynamic.is_empty() && code.overrides.is_none() {
            return Ok(Value::Attrs(attrs));
        }
        self.complete_attrs(code, attrs, inner, if code.recursive { inner } else { env })
    }

    #[inline(never)]
    fn complete_attrs(
        &self,
        code: &'a AttrsCode<'a>,
        attrs: &'a Attrs<'a>,
        inner: &'a Env<'a>,
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        let mut entries = attrs.entries().to_vec();
        if let Some(overrides) = code.overrides.and_then(|slot| inner.slot(slot)) {
            for replacement in self.force_attrs(overrides.get(), Pos::NONE)?.entries() {
                let slot = code.entries.iter().find(|entry| entry.name == replacement.name);
                if let Some(EntryValue::Slot(slot)) = slot.map(|entry| &entry.value)
                    && let Some(cell) = inner.slot(*slot)
                {
                    cell.set(replacement.value);
                }
                entries.retain(|entry| entry.name != replacement.name);
                entries.push(*replacement);
            }
        }
        for dynamic in code.dynamic {
            let name = match self.eval(dynamic.name, env)? {
                Value::Null => continue,
                other => self.attribute_name(other, dynamic.pos)?,
            };
            if let Some(first) = entries.iter().find(|entry| entry.name == name) {
                return Err(self.defined_twice(name, first.pos).at(dynamic.pos));
            }
            entries.push(Attr {
                name,
                pos: dynamic.pos,
                value: self.part_for(dynamic.value, env),
            });
        }
        Ok(self.attrs(entries))
    }

    fn defined_twice(&self, name: Symbol, first: Pos) -> Error {
        let place = self
            .sources
            .borrow()
            .place(first)
            .map_or_else(String::new, |place| format!(" at {place}"));
        let message = format!("dynamic attribute '{}' already defined{place}", self.name(name));
        ErrorData::new(ErrorKind::Other, message)
    }
}
