//! Runs a program over a text by backtracking that never tries the same thing twice.
//!
//! The order in which ways are tried, and which of several matches counts, are those of the C++ library that Nix
//! uses: groups are as in Perl; of a choice `a|b` the longer way counts, but a repetition is content with the first
//! number of rounds, from the most downwards, that leads to a match.

use super::program::{Instruction, Program};
use super::set::ByteSet;

/// The least memory-hungry way to forget is to not remember: beyond this many words nothing is noted.
const MOST_WORDS: usize = 1 << 25;

/// Something to do after the way that is being tried.
#[derive(Debug, Clone, Copy)]
enum Job {
    /// Gives a position its old value back.
    RestoreSlot(usize, usize),
    /// Gives a register its old value back.
    RestoreRegister(usize, usize),
    /// Tries the second way of a split.
    Second { pc: usize, at: usize },
    /// Says that the first way of a split led to a match.
    FirstMatched,
    /// Goes on behind a repetition, unless there is a match.
    Out { pc: usize, at: usize },
    /// Tries a span with fewer bytes, unless there is a match. The choice of an endless span is noted for each of its
    /// bytes, as what comes behind it was tried from there on.
    Fewer {
        pc: usize,
        least_at: usize,
        at: usize,
        choice: Option<usize>,
    },
    /// Notes whether a choice led to a match.
    Note { choice: usize, at: usize },
}

/// No position.
const NONE: usize = usize::MAX;

/// Memory that searches share.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    jobs: Vec<Job>,
    slots: Vec<usize>,
    registers: Vec<usize>,
    best: Vec<usize>,
    /// Two bits for each choice at each position from `base` on: led to no match, led to a match.
    notes: Vec<u64>,
    base: usize,
}

pub(super) struct Search<'s> {
    pub(super) program: &'s Program,
    pub(super) text: &'s [u8],
    /// Whether a match must reach the end of the text.
    pub(super) whole: bool,
    pub(super) scratch: &'s mut Scratch,
}

impl Search<'_> {
    /// The positions of the groups of the match that begins at the first possible place from `start` on.
    pub(super) fn run(&mut self, start: usize) -> Option<&[usize]> {
        self.scratch.notes.clear();
        self.scratch.base = start;
        let mut at = start;
        loop {
            if let (Some(first), false) = (&self.program.first, self.whole) {
                at += self
                    .text
                    .get(at..)?
                    .iter()
                    .position(|byte| first.contains(*byte))?;
            }
            if self.try_at(at) {
                return Some(&self.scratch.best);
            }
            let is_last = self.whole || at >= self.text.len() || self.program.is_anchored;
            if is_last {
                return None;
            }
            at += 1;
        }
    }

    fn try_at(&mut self, at: usize) -> bool {
        if self.program.is_anchored && at > 0 {
            return false;
        }
        let scratch = &mut *self.scratch;
        scratch.jobs.clear();
        scratch.best.clear();
        scratch.slots.clear();
        scratch.slots.resize(2 * self.program.groups, NONE);
        scratch.slots[0] = at;
        scratch.registers.clear();
        scratch.registers.resize(self.program.registers, NONE);
        self.explore(at);
        !self.scratch.best.is_empty()
    }

    fn explore(&mut self, start: usize) {
        let mut matched = self.follow(0, start);
        while let Some(job) = self.scratch.jobs.pop() {
            if matched && self.is_final() {
                return;
            }
            match job {
                Job::RestoreSlot(slot, old) => self.scratch.slots[slot] = old,
                Job::RestoreRegister(register, old) => self.scratch.registers[register] = old,
                Job::Second { pc, at } => {
                    if matched {
                        self.scratch.jobs.push(Job::FirstMatched);
                    }
                    matched = self.follow(pc, at);
                }
                Job::FirstMatched => matched = true,
                Job::Out { pc, at } => {
                    if !matched {
                        matched = self.follow(pc, at);
                    }
                }
                Job::Fewer {
                    pc,
                    least_at,
                    at,
                    choice,
                } => {
                    if !matched {
                        if let Some(choice) = choice {
                            self.note(choice, at + 1, false);
                        }
                        matched = self.fewer(pc, least_at, at, choice);
                    }
                }
                Job::Note { choice, at } => self.note(choice, at, matched),
            }
        }
    }

    /// Whether no other match can count more than the best one.
    fn is_final(&self) -> bool {
        self.whole || self.scratch.best.get(1) == Some(&self.text.len())
    }

    /// Follows instructions up to the first failure, match or known choice; what else to try becomes jobs.
    fn follow(&mut self, pc: usize, at: usize) -> bool {
        let (mut pc, mut at) = (pc, at);
        let program = self.program;
        loop {
            match &program.instructions[pc] {
                Instruction::Byte(byte) => {
                    if self.text.get(at) != Some(byte) {
                        return false;
                    }
                    at += 1;
                    pc += 1;
                }
                Instruction::Set(set) => {
                    if !self.text.get(at).is_some_and(|byte| set.contains(*byte)) {
                        return false;
                    }
                    at += 1;
                    pc += 1;
                }
                Instruction::LineBegin if at == 0 => pc += 1,
                Instruction::LineEnd if at == self.text.len() => pc += 1,
                Instruction::LineBegin | Instruction::LineEnd => return false,
                Instruction::Save(slot) => {
                    let old = std::mem::replace(&mut self.scratch.slots[*slot], at);
                    self.scratch.jobs.push(Job::RestoreSlot(*slot, old));
                    pc += 1;
                }
                Instruction::Jump(target) => pc = *target,
                Instruction::Accept => return self.accept(at),
                Instruction::Split {
                    first,
                    second,
                    choice,
                } => {
                    if let Some(known) = self.noted(*choice, at) {
                        return known;
                    }
                    self.scratch.jobs.push(Job::Note { choice: *choice, at });
                    self.scratch.jobs.push(Job::Second { pc: *second, at });
                    pc = *first;
                }
                Instruction::Repeat {
                    body,
                    out,
                    choice,
                    register,
                } => {
                    if register.is_some_and(|register| self.scratch.registers[register] == at) {
                        // The round before was empty: no further one.
                        pc = *out;
                        continue;
                    }
                    if let Some(known) = self.noted(*choice, at) {
                        return known;
                    }
                    self.scratch.jobs.push(Job::Note { choice: *choice, at });
                    self.scratch.jobs.push(Job::Out { pc: *out, at });
                    if let Some(register) = *register {
                        let old = std::mem::replace(&mut self.scratch.registers[register], at);
                        self.scratch.jobs.push(Job::RestoreRegister(register, old));
                    }
                    pc = *body;
                }
                Instruction::Span { set, choice } => return self.span(set, pc + 1, at, *choice),
                Instruction::Bounded {
                    set,
                    least,
                    most,
                    choice,
                } => {
                    if let Some(known) = self.noted(*choice, at) {
                        return known;
                    }
                    let rest = self.text.get(at..).unwrap_or_default();
                    let rest = &rest[..rest.len().min(*most)];
                    let length = rest
                        .iter()
                        .position(|byte| !set.contains(*byte))
                        .unwrap_or(rest.len());
                    if length < *least {
                        return false;
                    }
                    self.scratch.jobs.push(Job::Note { choice: *choice, at });
                    return self.fewer(pc + 1, at + least, at + length, None);
                }
            }
        }
    }

    /// As many bytes of `set` from `at` on as possible, or fewer; then `pc`.
    fn span(&mut self, set: &ByteSet, pc: usize, at: usize, choice: usize) -> bool {
        let mut end = at;
        loop {
            match self.noted(choice, end) {
                Some(true) => return true,
                // All ends from here on were tried.
                Some(false) if end == at => return false,
                Some(false) => {
                    end -= 1;
                    break;
                }
                None if self.text.get(end).is_some_and(|byte| set.contains(*byte)) => end += 1,
                None => break,
            }
        }
        self.scratch.jobs.push(Job::Note { choice, at });
        self.fewer(pc, at, end, Some(choice))
    }

    /// Goes on behind a span that ends at `at` or, if that fails, earlier.
    fn fewer(&mut self, pc: usize, least_at: usize, at: usize, choice: Option<usize>) -> bool {
        let mut at = at;
        if let Instruction::Byte(byte) = &self.program.instructions[pc] {
            while self.text.get(at) != Some(byte) {
                if at == least_at {
                    return false;
                }
                at -= 1;
            }
        }
        if at > least_at {
            self.scratch.jobs.push(Job::Fewer {
                pc,
                least_at,
                at: at - 1,
                choice,
            });
        }
        self.follow(pc, at)
    }

    fn accept(&mut self, at: usize) -> bool {
        if self.whole && at != self.text.len() {
            return false;
        }
        let scratch = &mut *self.scratch;
        let is_longer = scratch.best.get(1).is_none_or(|end| *end < at);
        if is_longer {
            scratch.best.clone_from(&scratch.slots);
            scratch.best[1] = at;
        }
        true
    }

    /// Where the notes of a choice at a position stand: word and bit.
    fn place(&self, choice: usize, at: usize) -> (usize, usize) {
        let words = self.program.choices.div_ceil(32);
        ((at - self.scratch.base) * words + choice / 32, 2 * (choice % 32))
    }

    fn noted(&self, choice: usize, at: usize) -> Option<bool> {
        let (word, bit) = self.place(choice, at);
        match self.scratch.notes.get(word)? >> bit & 3 {
            1 => Some(false),
            2 => Some(true),
            _ => None,
        }
    }

    fn note(&mut self, choice: usize, at: usize, matched: bool) {
        let (word, bit) = self.place(choice, at);
        if word >= MOST_WORDS {
            return;
        }
        let notes = &mut self.scratch.notes;
        if word >= notes.len() {
            notes.resize(word + 1, 0);
        }
        notes[word] |= if matched { 2 } else { 1 } << bit;
    }
}
