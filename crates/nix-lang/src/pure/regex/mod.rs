//! Extended regular expressions with the syntax and the matches of `std::regex`, which `builtins.match` and
//! `builtins.split` show.

mod parse;
mod program;
mod search;
mod set;
#[cfg(test)]
mod tests;

use std::cell::RefCell;
use std::ops::Range;

use search::{Scratch, Search};

/// Why a text is no regular expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegexError {
    /// It does not follow the syntax.
    #[error("invalid regular expression")]
    Invalid,
    /// It is too large once its repetitions are written out.
    #[error("memory limit exceeded by regular expression")]
    TooLarge,
}

/// A regular expression ready to be used.
#[derive(Debug)]
pub struct Regex {
    program: program::Program,
    scratch: RefCell<Scratch>,
}

/// Where the whole match and each group stand; a group that took no part has no place.
pub type Groups = Vec<Option<Range<usize>>>;

impl Regex {
    /// Compiles an expression.
    pub fn new(pattern: &str) -> Result<Self, RegexError> {
        let (node, groups) = parse::parse(pattern.as_bytes())?;
        let program = program::compile(&node, groups)?;
        Ok(Self {
            program,
            scratch: RefCell::default(),
        })
    }

    /// The groups, if the whole text matches.
    pub fn match_whole(&self, text: &[u8]) -> Option<Groups> {
        self.search(text, 0, true)
    }

    /// The groups of the first match that begins at `start` or behind it.
    pub fn find_at(&self, text: &[u8], start: usize) -> Option<Groups> {
        self.search(text, start, false)
    }

    fn search(&self, text: &[u8], start: usize, whole: bool) -> Option<Groups> {
        let scratch = &mut *self.scratch.borrow_mut();
        let mut search = Search {
            program: &self.program,
            text,
            whole,
            scratch,
        };
        let slots = search.run(start)?;
        let group = |pair: &[usize]| (pair[1] != usize::MAX).then(|| pair[0]..pair[1]);
        Some(slots.chunks_exact(2).map(group).collect())
    }
}
