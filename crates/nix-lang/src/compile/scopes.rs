//! What names mean at one place of a text.

use crate::syntax::ast::Name;

/// A variable's place: the scope that binds it, counted from the outermost, and the slot there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    pub(super) scope: u32,
    pub(super) slot: u32,
}

/// The scopes around a place. Entering one writes down what its names meant before; leaving it puts that back.
pub(super) struct Scopes {
    /// The innermost meaning of each name.
    meanings: Vec<Option<Meaning>>,
    /// The names that open scopes bind, with what they meant before.
    bound: Vec<(Name, Option<Meaning>)>,
    /// Where the names of each open scope begin in `bound`.
    begins: Vec<usize>,
    /// Those open scopes that are a `with`.
    withs: Vec<u32>,
    /// How many scopes are open.
    depth: u32,
}

impl Scopes {
    /// No scopes but the `around` outermost ones, which bind none of the `names` names.
    pub(super) fn new(names: usize, around: u32) -> Self {
        Self {
            meanings: vec![None; names],
            bound: Vec::new(),
            begins: vec![0; around as usize],
            withs: Vec::new(),
            depth: around,
        }
    }

    /// How many scopes are open.
    pub(super) fn depth(&self) -> u32 {
        self.depth
    }

    /// The place of a variable in a scope that binds it.
    pub(super) fn meaning(&self, name: Name) -> Option<Meaning> {
        self.meanings[name.index()]
    }

    /// What the innermost scope's name of that slot means outside of it.
    pub(super) fn meaning_outside(&self, slot: u32) -> Option<Meaning> {
        let begin = self.begins.last().copied().unwrap_or(0);
        self.bound.get(begin + slot as usize)?.1
    }

    /// The open `with` scopes, from the inside out.
    pub(super) fn withs(&self) -> impl Iterator<Item = u32> {
        self.withs.iter().rev().copied()
    }

    pub(super) fn has_withs(&self) -> bool {
        !self.withs.is_empty()
    }

    /// All names that open scopes bind.
    pub(super) fn names(&self) -> impl Iterator<Item = Name> {
        self.bound.iter().map(|(name, _)| *name)
    }

    /// Opens a scope whose slots have these names.
    pub(super) fn enter(&mut self, names: impl Iterator<Item = Name>) {
        self.begins.push(self.bound.len());
        for (slot, name) in (0..).zip(names) {
            let scope = self.depth;
            let before = self.meanings[name.index()].replace(Meaning { scope, slot });
            self.bound.push((name, before));
        }
        self.depth += 1;
    }

    /// Opens the scope of a `with`.
    pub(super) fn enter_with(&mut self) {
        self.begins.push(self.bound.len());
        self.withs.push(self.depth);
        self.depth += 1;
    }

    /// Closes the innermost scope.
    pub(super) fn leave(&mut self) {
        self.depth -= 1;
        if self.withs.last() == Some(&self.depth) {
            self.withs.pop();
        }
        let begin = self.begins.pop().unwrap_or(0);
        for (name, before) in self.bound.drain(begin..).rev() {
            self.meanings[name.index()] = before;
        }
    }
}
