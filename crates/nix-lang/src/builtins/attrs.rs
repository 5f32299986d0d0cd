//! Builtins on attribute sets.

use hashbrown::HashMap;

use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attr, Attrs, Thunk, Value};

impl<'a> Evaluator<'a> {
    /// The attributes in the order of their names.
    pub(crate) fn by_name(&self, attrs: &Attrs<'a>) -> Vec<Attr<'a>> {
        let mut named: Vec<(&'a str, Attr<'a>)> = {
            let symbols = self.symbols.borrow();
            attrs
                .entries()
                .iter()
                .map(|attr| (symbols.text(attr.name), *attr))
                .collect()
        };
        named.sort_unstable_by_key(|(name, _)| *name);
        named.into_iter().map(|(_, attr)| attr).collect()
    }

    fn required(&self, attrs: &Attrs<'a>, name: Symbol, pos: Pos) -> Result<&'a Thunk<'a>, Error> {
        let attr = attrs
            .get(name)
            .ok_or_else(|| self.missing_attribute(name, attrs).at(pos))?;
        Ok(attr.value)
    }

    fn force_symbol(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<Symbol, Error> {
        let value = self.force(thunk)?;
        self.attribute_name(value, pos)
    }
}

pub(super) fn attr_names<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let attrs = evaluator.force_attrs(arguments[0], pos)?;
    let name = |attr: &Attr<'a>| evaluator.name_value(attr.name);
    let names: Vec<_> = evaluator.by_name(attrs).iter().map(name).collect();
    Ok(evaluator.list(&names))
}

pub(super) fn attr_values<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let attrs = evaluator.force_attrs(arguments[0], pos)?;
    let values: Vec<_> = evaluator.by_name(attrs).iter().map(|attr| attr.value).collect();
    Ok(evaluator.list(&values))
}

pub(super) fn get_attr<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let name = evaluator.force_symbol(arguments[0], pos)?;
    let attrs = evaluator.force_attrs(arguments[1], pos)?;
    evaluator.force(evaluator.required(attrs, name, pos)?)
}

pub(super) fn has_attr<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let name = evaluator.force_symbol(arguments[0], pos)?;
    let attrs = evaluator.force_attrs(arguments[1], pos)?;
    Ok(Value::Bool(attrs.get(name).is_some()))
}

pub(super) fn attr_pos<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let name = evaluator.force_symbol(arguments[0], pos)?;
    let attrs = evaluator.force_attrs(arguments[1], pos)?;
    Ok(attrs
        .get(name)
        .map_or(Value::Null, |attr| evaluator.position_value(attr.pos)))
}

pub(super) fn remove_attrs<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let attrs = evaluator.force_attrs(arguments[0], pos)?;
    let mut names = Vec::new();
    for name in evaluator.force_list(arguments[1], pos)? {
        names.push(evaluator.force_symbol(name, pos)?);
    }
    names.sort_unstable();
    let kept: Vec<Attr<'a>> = attrs
        .entries()
        .iter()
        .filter(|attr| names.binary_search(&attr.name).is_err())
        .copied()
        .collect();
    match kept.len() == attrs.entries().len() {
        true => Ok(Value::Attrs(attrs)),
        false => Ok(evaluator.sorted_attrs(&kept)),
    }
}

pub(super) fn intersect_attrs<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let first = evaluator.force_attrs(arguments[0], pos)?;
    let second = evaluator.force_attrs(arguments[1], pos)?;
    let kept: Vec<Attr<'a>> = match first.entries().len() < second.entries().len() {
        true => first
            .entries()
            .iter()
            .filter_map(|attr| second.get(attr.name).copied())
            .collect(),
        false => second
            .entries()
            .iter()
            .filter(|attr| first.get(attr.name).is_some())
            .copied()
            .collect(),
    };
    Ok(evaluator.sorted_attrs(&kept))
}

/// A set from `{ name, value }` pairs; the first of a name stays.
pub(super) fn list_to_attrs<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let items = evaluator.force_list(arguments[0], pos)?;
    let mut entries = Vec::with_capacity(items.len());
    for item in items {
        let pair = evaluator.force_attrs(item, pos)?;
        let name = pair
            .get(Symbol::NAME)
            .ok_or_else(|| evaluator.missing_attribute(Symbol::NAME, pair).at(pos))?;
        let name = evaluator.force_symbol(name.value, name.pos)?;
        let value = pair
            .get(Symbol::VALUE)
            .ok_or_else(|| evaluator.missing_attribute(Symbol::VALUE, pair).at(pos))?;
        entries.push(Attr {
            name,
            pos: value.pos,
            value: value.value,
        });
    }
    entries.sort_by_key(|entry| entry.name);
    entries.dedup_by_key(|entry| entry.name);
    Ok(evaluator.sorted_attrs(&entries))
}

pub(super) fn map_attrs<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let attrs = evaluator.force_attrs(arguments[1], pos)?;
    let function = arguments[0];
    if attrs.entries().is_empty() {
        return Ok(Value::Attrs(attrs));
    }
    let function = match function.value() {
        Some(value) => value,
        // The function is only looked at when a value is.
        None => evaluator.with_arguments(&APPLY, &[function]),
    };
    let function = evaluator.numbered(function);
    let mapped = |attr: &Attr<'a>| Attr {
        value: evaluator.lazy_call_with_two(function, [evaluator.name_value(attr.name), attr.value]),
        // As in Nix: what a function made was defined nowhere.
        pos: Pos::NONE,
        ..*attr
    };
    let entries = evaluator
        .arena
        .alloc_slice_fill_iter(attrs.entries().iter().map(mapped));
    Ok(Value::Attrs(evaluator.arena.alloc(Attrs::new(entries))))
}

/// Calls its first argument with the second and third.
static APPLY: super::Builtin = super::Builtin {
    name: "mapAttrs",
    arity: 3,
    run: |evaluator, arguments, pos| {
        let function = evaluator.force(arguments[0])?;
        evaluator.call(function, &arguments[1..], pos)
    },
};

pub(super) fn cat_attrs<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let name = evaluator.force_symbol(arguments[0], pos)?;
    let mut found = Vec::new();
    for item in evaluator.force_list(arguments[1], pos)? {
        if let Some(attr) = evaluator.force_attrs(item, pos)?.get(name) {
            found.push(attr.value);
        }
    }
    Ok(evaluator.list(&found))
}

/// Thunks by name, each name with the place where it was seen first.
type Groups<'a> = HashMap<Symbol, (Pos, Vec<&'a Thunk<'a>>)>;

pub(super) fn group_by<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let function = evaluator.force_function(arguments[0], pos)?;
    let mut groups: Groups<'a> = HashMap::new();
    for item in evaluator.force_list(arguments[1], pos)? {
        let name = evaluator.call(function, &[item], pos)?;
        let name = evaluator.attribute_name(name, pos)?;
        groups
            .entry(name)
            .or_insert_with(|| (Pos::NONE, Vec::new()))
            .1
            .push(item);
    }
    let entry = |(name, (pos, items)): (Symbol, (Pos, Vec<&'a Thunk<'a>>))| Attr {
        name,
        pos,
        value: evaluator.done(evaluator.list(&items)),
    };
    Ok(evaluator.attrs(groups.into_iter().map(entry).collect()))
}

pub(super) fn zip_attrs_with<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let function = evaluator.force_function(arguments[0], pos)?;
    let mut groups: HashMap<Symbol, Vec<&'a Thunk<'a>>> = HashMap::new();
    for item in evaluator.force_list(arguments[1], pos)? {
        for attr in evaluator.force_attrs(item, pos)?.entries() {
            groups.entry(attr.name).or_default().push(attr.value);
        }
    }
    let function = evaluator.numbered(function);
    let entry = |(name, values): (Symbol, Vec<&'a Thunk<'a>>)| {
        let values = evaluator.done(evaluator.list(&values));
        Attr {
            name,
            pos: Pos::NONE,
            value: evaluator.lazy_call_with_two(function, [evaluator.name_value(name), values]),
        }
    };
    Ok(evaluator.attrs(groups.into_iter().map(entry).collect()))
}

/// An error for an attribute that a builtin does not know.
pub(super) fn unsupported_argument(name: &str, builtin: &str) -> Error {
    ErrorData::new(
        ErrorKind::Type,
        format!("unsupported argument '{name}' to '{builtin}'"),
    )
}
