//! Scopes and thunks of finished calls, to be used again.
//!
//! Most calls of arithmetic and comparison make a scope and some thunks that nobody can see once the call has its
//! value. Whether that is so is told by the arena: what was there before a call can come to refer to what the call made
//! only through a closure, list, set or other thing that the call put into the arena. If it has put nothing there, all
//! that was made for it is free. Calls that nest take from here what they need and give it back, so a loop of such calls
//! takes no memory at all.

use std::cell::Cell;

use bumpalo::Bump;

use crate::value::{Env, FunctionNumber, Slots, Thunk, Value};

/// How far the arena is filled with things that can hold on to others.
#[derive(PartialEq, Eq)]
pub(crate) struct Mark {
    /// Bytes left in the current chunk, and those that spare things took of it.
    left: usize,
    /// Bytes of all chunks: another chunk may have as much left.
    chunks: usize,
}

/// An argument of a call.
pub(crate) struct Argument<'a> {
    pub(crate) thunk: &'a Thunk<'a>,
    /// Whether the thunk was made for this call.
    pub(crate) is_new: bool,
}

impl<'a> Argument<'a> {
    /// One that was there before the call.
    #[inline]
    pub(crate) fn there(thunk: &'a Thunk<'a>) -> Self {
        Self { thunk, is_new: false }
    }

    /// One that was made for the call.
    #[inline]
    pub(crate) fn new(thunk: &'a Thunk<'a>) -> Self {
        Self { thunk, is_new: true }
    }
}

/// What finished calls left.
#[derive(Default)]
pub(crate) struct Spare<'a> {
    /// The first scope of one variable; each leads to the next one by its `up`.
    scopes: Cell<Option<&'a Env<'a>>>,
    /// The first thunk; each leads to the next one as if it were to call a function with it.
    thunks: Cell<Option<&'a Thunk<'a>>>,
    /// Bytes in the arena of all scopes and thunks that could come here.
    made_bytes: Cell<usize>,
}

impl<'a> Spare<'a> {
    /// How far `arena` is filled, less what was made to become spare.
    #[inline]
    pub(crate) fn mark(&self, arena: &Bump) -> Mark {
        Mark {
            left: arena.chunk_capacity() + self.made_bytes.get(),
            chunks: arena.allocated_bytes(),
        }
    }

    /// Counts a scope or thunk that was made because there was none here.
    #[inline]
    pub(crate) fn made<T>(&self, new: &'a T) -> &'a T {
        self.made_bytes.set(self.made_bytes.get() + size_of::<T>());
        new
    }

    /// A scope of one variable, if there is one.
    #[inline]
    pub(crate) fn scope(&self, thunk: &'a Thunk<'a>, up: &'a Env<'a>) -> Option<&'a Env<'a>> {
        let env = self.scopes.get()?;
        self.scopes.set(env.up.replace(Some(up)));
        if let Slots::One(slot) = &env.slots {
            slot.set(thunk);
        }
        Some(env)
    }

    /// A thunk, if there is one.
    #[inline]
    pub(crate) fn thunk(&self, state: Value<'a>) -> Option<&'a Thunk<'a>> {
        let thunk = self.thunks.get()?;
        self.thunks.set(match thunk.state.replace(state) {
            Value::Call(_, next) => Some(next),
            _ => None,
        });
        Some(thunk)
    }

    /// Takes back `count` scopes of one variable, the innermost one first; nobody may see them any more.
    #[inline]
    pub(crate) fn take_scopes(&self, innermost: &'a Env<'a>, count: usize) {
        let mut env = Some(innermost);
        for _ in 0..count {
            let Some(scope) = env else { return };
            env = scope.up.replace(self.scopes.get());
            self.scopes.set(Some(scope));
        }
    }

    /// Takes back a thunk that nobody may see any more.
    #[inline]
    pub(crate) fn take_thunk(&self, thunk: &'a Thunk<'a>) {
        thunk.state.set(match self.thunks.get() {
            Some(next) => Value::Call(FunctionNumber(0), next),
            None => Value::Null,
        });
        self.thunks.set(Some(thunk));
    }
}
