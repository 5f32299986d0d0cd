//! Turns the tree of an expression into instructions.

use super::RegexError;
use super::parse::Node;
use super::set::ByteSet;

/// One instruction; all but the last and the jumps go on with the next one.
#[derive(Debug, Clone)]
pub(super) enum Instruction {
    Byte(u8),
    Set(ByteSet),
    LineBegin,
    LineEnd,
    /// Notes the position.
    Save(usize),
    /// As many bytes of a set as possible, or fewer.
    Span {
        set: Box<ByteSet>,
        choice: usize,
    },
    /// The same with a least and a greatest number of bytes.
    Bounded {
        set: Box<ByteSet>,
        least: usize,
        most: usize,
        choice: usize,
    },
    /// Both ways; the first one counts where both are as long.
    Split {
        first: usize,
        second: usize,
        choice: usize,
    },
    /// Another round if that leads to a match, otherwise on. A register, if a round may be empty.
    Repeat {
        body: usize,
        out: usize,
        choice: usize,
        register: Option<usize>,
    },
    Jump(usize),
    Accept,
}

/// A compiled expression.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) instructions: Vec<Instruction>,
    pub(super) choices: usize,
    pub(super) registers: usize,
    /// Number of groups with the whole match.
    pub(super) groups: usize,
    /// The bytes that a match can begin with; unknown if it can be empty.
    pub(super) first: Option<Box<ByteSet>>,
    /// Whether it can only match at the very beginning.
    pub(super) is_anchored: bool,
}

/// How large an expression may get once its repetitions are written out.
const MOST_INSTRUCTIONS: u64 = 100_000;

pub(super) fn compile(node: &Node, groups: usize) -> Result<Program, RegexError> {
    if weight(node) > MOST_INSTRUCTIONS {
        return Err(RegexError::TooLarge);
    }
    let mut first = ByteSet::default();
    let first = (!first_bytes(node, &mut first)).then(|| Box::new(first));
    let mut program = Program {
        instructions: Vec::new(),
        choices: 0,
        registers: 0,
        groups: groups + 1,
        first,
        is_anchored: is_anchored(node),
    };
    program.node(node);
    program.instructions.push(Instruction::Accept);
    Ok(program)
}

/// How many states the expression needs.
fn weight(node: &Node) -> u64 {
    let sum = |nodes: &[Node]| nodes.iter().map(weight).fold(0, u64::saturating_add);
    match node {
        Node::Empty | Node::Byte(_) | Node::Set(_) | Node::LineBegin | Node::LineEnd => 1,
        Node::Group(_, inner) => weight(inner).saturating_add(2),
        Node::Concat(nodes) | Node::Alternate(nodes) => sum(nodes),
        Node::Repeat { node, least, most } => {
            let copies = u64::from(most.unwrap_or(least.saturating_add(1))).max(1);
            weight(node).saturating_add(1).saturating_mul(copies)
        }
    }
}

/// Whether it can match without reading a byte.
fn is_nullable(node: &Node) -> bool {
    match node {
        Node::Empty | Node::LineBegin | Node::LineEnd => true,
        Node::Byte(_) | Node::Set(_) => false,
        Node::Group(_, inner) => is_nullable(inner),
        Node::Concat(nodes) => nodes.iter().all(is_nullable),
        Node::Alternate(nodes) => nodes.iter().any(is_nullable),
        Node::Repeat { node, least, .. } => *least == 0 || is_nullable(node),
    }
}

/// Adds the bytes that a match can begin with; true if it can be empty.
fn first_bytes(node: &Node, set: &mut ByteSet) -> bool {
    match node {
        Node::Empty | Node::LineBegin | Node::LineEnd => true,
        Node::Byte(byte) => {
            set.insert(*byte);
            false
        }
        Node::Set(bytes) => {
            set.insert_all(bytes);
            false
        }
        Node::Group(_, inner) => first_bytes(inner, set),
        Node::Concat(nodes) => nodes.iter().all(|node| first_bytes(node, set)),
        Node::Alternate(nodes) => {
            // Each branch must be looked at for its first bytes.
            let nullable: Vec<bool> = nodes.iter().map(|node| first_bytes(node, set)).collect();
            nullable.contains(&true)
        }
        Node::Repeat { node, least, most } => *most == Some(0) || first_bytes(node, set) || *least == 0,
    }
}

fn is_anchored(node: &Node) -> bool {
    match node {
        Node::LineBegin => true,
        Node::Group(_, inner) => is_anchored(inner),
        Node::Concat(nodes) => nodes.first().is_some_and(is_anchored),
        Node::Alternate(nodes) => nodes.iter().all(is_anchored),
        _ => false,
    }
}

impl Program {
    fn choice(&mut self) -> usize {
        self.choices += 1;
        self.choices - 1
    }

    fn push(&mut self, instruction: Instruction) -> usize {
        self.instructions.push(instruction);
        self.instructions.len() - 1
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Empty => {}
            Node::Byte(byte) => {
                self.push(Instruction::Byte(*byte));
            }
            Node::Set(set) => {
                self.push(Instruction::Set(*set));
            }
            Node::LineBegin => {
                self.push(Instruction::LineBegin);
            }
            Node::LineEnd => {
                self.push(Instruction::LineEnd);
            }
            Node::Group(group, inner) => {
                self.push(Instruction::Save(2 * group));
                self.node(inner);
                self.push(Instruction::Save(2 * group + 1));
            }
            Node::Concat(nodes) => nodes.iter().for_each(|node| self.node(node)),
            Node::Alternate(nodes) => self.alternatives(nodes),
            Node::Repeat { node, least, most } => self.repeat(node, *least, *most),
        }
    }

    fn alternatives(&mut self, nodes: &[Node]) {
        let mut jumps = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            if index + 1 == nodes.len() {
                self.node(node);
                break;
            }
            let choice = self.choice();
            let split = self.push(Instruction::Split {
                first: 0,
                second: 0,
                choice,
            });
            self.node(node);
            jumps.push(self.push(Instruction::Jump(0)));
            let second = self.instructions.len();
            self.instructions[split] = Instruction::Split {
                first: split + 1,
                second,
                choice,
            };
        }
        let end = self.instructions.len();
        for jump in jumps {
            self.instructions[jump] = Instruction::Jump(end);
        }
    }

    fn repeat(&mut self, node: &Node, least: u32, most: Option<u32>) {
        let set = match node {
            Node::Byte(byte) => Some(ByteSet::of(*byte)),
            Node::Set(set) => Some(*set),
            _ => None,
        };
        if let Some(set) = set {
            return self.span(node, Box::new(set), least, most);
        }
        for _ in 0..least {
            self.node(node);
        }
        match most {
            None => self.rounds(node),
            Some(most) => self.optional(node, most - least),
        }
    }

    /// Repetition of one byte of a set.
    fn span(&mut self, node: &Node, set: Box<ByteSet>, least: u32, most: Option<u32>) {
        let choice = self.choice();
        match most {
            Some(most) => {
                self.push(Instruction::Bounded {
                    set,
                    least: least as usize,
                    most: most as usize,
                    choice,
                });
            }
            None => {
                (0..least).for_each(|_| self.node(node));
                self.push(Instruction::Span { set, choice });
            }
        }
    }

    /// Any number of rounds.
    fn rounds(&mut self, node: &Node) {
        let choice = self.choice();
        let register = is_nullable(node).then(|| {
            self.registers += 1;
            self.registers - 1
        });
        let start = self.push(Instruction::Jump(0));
        self.node(node);
        self.push(Instruction::Jump(start));
        let out = self.instructions.len();
        self.instructions[start] = Instruction::Repeat {
            body: start + 1,
            out,
            choice,
            register,
        };
    }

    /// At most `rounds` rounds.
    fn optional(&mut self, node: &Node, rounds: u32) {
        let mut starts = Vec::new();
        for _ in 0..rounds {
            let choice = self.choice();
            starts.push((self.push(Instruction::Jump(0)), choice));
            self.node(node);
        }
        let out = self.instructions.len();
        for (start, choice) in starts {
            self.instructions[start] = Instruction::Repeat {
                body: start + 1,
                out,
                choice,
                register: None,
            };
        }
    }
}
