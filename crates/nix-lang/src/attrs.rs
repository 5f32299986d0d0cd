//! Attribute sets: sorted rows, one above the other where a large set was updated with a small one.

use std::cell::Cell;
use std::cmp::Ordering;

use bumpalo::Bump;

use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::Thunk;

/// An attribute set.
pub struct Attrs<'a> {
    /// Sorted by symbol; those of `under` are hidden by these.
    row: Cell<&'a [Attr<'a>]>,
    under: Cell<Option<&'a Under<'a>>>,
}

/// What an update did not copy.
struct Under<'a> {
    attrs: &'a Attrs<'a>,
    arena: &'a Bump,
}

/// One attribute.
#[derive(Clone, Copy)]
pub struct Attr<'a> {
    /// Its name.
    pub name: Symbol,
    /// Where it was defined.
    pub pos: Pos,
    /// Its value.
    pub value: &'a Thunk<'a>,
}

/// So many times as large as what is put above it must a row be that is not copied.
const FACTOR: usize = 4;
/// Smaller rows are copied: looking through two rows would cost more.
const LEAST: usize = 16;

/// Whether a row stays where it is when it is updated with one of `count` attributes.
fn stays(row: &[Attr<'_>], count: usize) -> bool {
    row.len() >= LEAST && row.len() >= FACTOR * count
}

impl<'a> Attrs<'a> {
    /// A set of attributes that are sorted by symbol.
    #[inline]
    pub(crate) fn new(entries: &'a [Attr<'a>]) -> Self {
        Self {
            row: Cell::new(entries),
            under: Cell::new(None),
        }
    }

    /// The attribute of that name.
    #[inline]
    pub fn get(&self, name: Symbol) -> Option<&'a Attr<'a>> {
        let found = find(self.row.get(), name);
        match self.under.get() {
            Some(under) if found.is_none() => under.attrs.get_deeper(name),
            _ => found,
        }
    }

    #[inline(never)]
    fn get_deeper(&self, name: Symbol) -> Option<&'a Attr<'a>> {
        let mut attrs = self;
        loop {
            match (find(attrs.row.get(), name), attrs.under.get()) {
                (None, Some(under)) => attrs = under.attrs,
                (found, _) => return found,
            }
        }
    }

    /// All attributes, sorted by symbol.
    #[inline]
    pub fn entries(&self) -> &'a [Attr<'a>] {
        match self.under.get() {
            None => self.row.get(),
            Some(under) => self.flatten(under),
        }
    }

    /// Whether there is no attribute.
    pub fn is_empty(&self) -> bool {
        // Nothing is put above or under an empty row.
        self.row.get().is_empty()
    }

    #[inline(never)]
    fn flatten(&self, under: &'a Under<'a>) -> &'a [Attr<'a>] {
        let mut merged = self.row.get().to_vec();
        let mut next = Some(under);
        while let Some(under) = next {
            merged = merge(under.attrs.row.get(), &merged);
            next = under.attrs.under.get();
        }
        let entries = under.arena.alloc_slice_copy(&merged);
        self.row.set(entries);
        self.under.set(None);
        entries
    }

    /// The attributes of `self` and `other`; those of `other` win. Rows that are not much larger than what is put above
    /// them are merged with it, so that there are never more than a logarithm's worth of them.
    pub(crate) fn update(&'a self, other: &'a Attrs<'a>, arena: &'a Bump) -> &'a Attrs<'a> {
        if other.is_empty() {
            return self;
        }
        if self.is_empty() {
            return other;
        }
        let (row, rest) = (self.row.get(), self.under.get());
        let top = other.entries();
        if stays(row, top.len()) {
            return stacked(top, self, arena);
        }
        let mut merged = merge(row, top);
        let mut rest = rest.map(|under| under.attrs);
        while let Some(attrs) = rest {
            if stays(attrs.row.get(), merged.len()) {
                return stacked(arena.alloc_slice_copy(&merged), attrs, arena);
            }
            merged = merge(attrs.row.get(), &merged);
            rest = attrs.under.get().map(|under| under.attrs);
        }
        arena.alloc(Attrs::new(arena.alloc_slice_copy(&merged)))
    }
}

fn stacked<'a>(top: &'a [Attr<'a>], attrs: &'a Attrs<'a>, arena: &'a Bump) -> &'a Attrs<'a> {
    let under = arena.alloc(Under { attrs, arena });
    arena.alloc(Attrs {
        row: Cell::new(top),
        under: Cell::new(Some(under)),
    })
}

#[inline]
fn find<'a>(row: &'a [Attr<'a>], name: Symbol) -> Option<&'a Attr<'a>> {
    if row.len() <= 8 {
        return row.iter().find(|entry| entry.name == name);
    }
    let index = row.binary_search_by_key(&name, |entry| entry.name).ok()?;
    row.get(index)
}

/// Merges two sorted rows of attributes; those of the second win.
fn merge<'a>(mut first: &[Attr<'a>], mut second: &[Attr<'a>]) -> Vec<Attr<'a>> {
    let mut merged = Vec::with_capacity(first.len() + second.len());
    while let ([a, first_rest @ ..], [b, second_rest @ ..]) = (first, second) {
        match a.name.cmp(&b.name) {
            Ordering::Less => {
                merged.push(*a);
                first = first_rest;
            }
            Ordering::Greater => {
                merged.push(*b);
                second = second_rest;
            }
            Ordering::Equal => {
                merged.push(*b);
                (first, second) = (first_rest, second_rest);
            }
        }
    }
    merged.extend_from_slice(first);
    merged.extend_from_slice(second);
    merged
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    /// A set of those names, whose values all are that number.
    fn set<'a>(arena: &'a Bump, names: impl Iterator<Item = u32>, number: i64) -> &'a Attrs<'a> {
        let attr = |name| Attr {
            name: Symbol(name),
            pos: Pos::NONE,
            value: arena.alloc(Thunk::new(Value::Int(number))),
        };
        let row: Vec<Attr<'a>> = names.map(attr).collect();
        arena.alloc(Attrs::new(arena.alloc_slice_copy(&row)))
    }

    fn number(attr: &Attr<'_>) -> i64 {
        match attr.value.value() {
            Some(Value::Int(number)) => number,
            _ => -1,
        }
    }

    #[test]
    fn updates_hide_what_is_under_them_in_any_order_of_sizes() {
        let arena = Bump::new();
        let mut attrs = set(&arena, 0..100, 0);
        let mut expected: std::collections::BTreeMap<u32, i64> = (0..100).map(|name| (name, 0)).collect();
        for step in 1..200_u32 {
            let (first, width) = (step * 37 % 150, 1 + step * 13 % 30);
            let names = (first..first + width).filter(|name| name % (1 + step % 3) == 0);
            expected.extend(names.clone().map(|name| (name, i64::from(step))));
            attrs = attrs.update(set(&arena, names, i64::from(step)), &arena);
            for name in 0..200 {
                let found = attrs.get(Symbol(name)).map(number);
                assert_eq!(found, expected.get(&name).copied(), "step {step}, name {name}");
            }
            if step % 7 == 0 {
                let entries = attrs.entries().iter().map(|attr| (attr.name.0, number(attr)));
                assert!(entries.eq(expected.iter().map(|(name, number)| (*name, *number))));
            }
        }
    }
}
