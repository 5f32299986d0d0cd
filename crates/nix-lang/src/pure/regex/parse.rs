//! Parses extended regular expressions as the C++ library that Nix uses does.

use super::RegexError;
use super::set::{ByteSet, collating_element};

/// A part of an expression.
#[derive(Debug, Clone)]
pub(super) enum Node {
    Empty,
    Byte(u8),
    Set(ByteSet),
    LineBegin,
    LineEnd,
    Group(usize, Box<Node>),
    Concat(Vec<Node>),
    Alternate(Vec<Node>),
    Repeat {
        node: Box<Node>,
        least: u32,
        most: Option<u32>,
    },
}

/// How deep groups may nest.
const MOST_NESTING: usize = 250;

/// Parses `pattern`; gives its tree and how many groups it has.
pub(super) fn parse(pattern: &[u8]) -> Result<(Node, usize), RegexError> {
    let mut parser = Parser {
        rest: pattern,
        groups: 0,
        depth: 0,
    };
    let node = parser.alternatives()?;
    match parser.rest.is_empty() {
        true => Ok((node, parser.groups)),
        false => Err(RegexError::Invalid),
    }
}

struct Parser<'p> {
    rest: &'p [u8],
    groups: usize,
    depth: usize,
}

type Parsed<T> = Result<T, RegexError>;

impl Parser<'_> {
    fn next(&mut self) -> Parsed<u8> {
        let (first, rest) = self.rest.split_first().ok_or(RegexError::Invalid)?;
        self.rest = rest;
        Ok(*first)
    }

    fn take(&mut self, text: &[u8]) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn alternatives(&mut self) -> Parsed<Node> {
        let first = self.sequence()?;
        if self.rest.first() != Some(&b'|') {
            return Ok(first);
        }
        let mut alternatives = vec![first];
        while self.take(b"|") {
            alternatives.push(self.sequence()?);
        }
        Ok(Node::Alternate(alternatives))
    }

    fn sequence(&mut self) -> Parsed<Node> {
        let mut nodes = Vec::new();
        while let Some(node) = self.term()? {
            nodes.push(node);
        }
        Ok(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.remove(0),
            _ => Node::Concat(nodes),
        })
    }

    fn term(&mut self) -> Parsed<Option<Node>> {
        let atom = match self.rest.first() {
            None | Some(b'|' | b')' | b'*' | b'+' | b'?' | b'{') => return Ok(None),
            Some(b'^') => {
                self.next()?;
                return Ok(Some(Node::LineBegin));
            }
            Some(b'$') => {
                self.next()?;
                return Ok(Some(Node::LineEnd));
            }
            Some(_) => self.atom()?,
        };
        self.quantified(atom).map(Some)
    }

    fn atom(&mut self) -> Parsed<Node> {
        Ok(match self.next()? {
            b'.' => Node::Set(ByteSet::any()),
            b'(' => self.group()?,
            b'[' => Node::Set(self.bracket()?),
            b'\\' => match self.next()? {
                special if b".[\\()*+?{|^$".contains(&special) => Node::Byte(special),
                _ => return Err(RegexError::Invalid),
            },
            byte => Node::Byte(byte),
        })
    }

    fn group(&mut self) -> Parsed<Node> {
        self.groups += 1;
        self.depth += 1;
        if self.depth > MOST_NESTING {
            return Err(RegexError::TooLarge);
        }
        let group = self.groups;
        let inner = self.alternatives()?;
        self.depth -= 1;
        match self.take(b")") {
            true => Ok(Node::Group(group, Box::new(inner))),
            false => Err(RegexError::Invalid),
        }
    }

    fn quantified(&mut self, mut node: Node) -> Parsed<Node> {
        let mut quantifiers = 0;
        loop {
            let (least, most) = match self.rest.first() {
                Some(b'*') => (0, None),
                Some(b'+') => (1, None),
                Some(b'?') => (0, Some(1)),
                Some(b'{') => (0, Some(0)),
                _ => return Ok(node),
            };
            quantifiers += 1;
            if quantifiers > MOST_NESTING {
                return Err(RegexError::TooLarge);
            }
            let (least, most) = if self.next()? == b'{' {
                self.interval()?
            } else {
                (least, most)
            };
            node = Node::Repeat {
                node: Box::new(node),
                least,
                most,
            };
        }
    }

    /// `n}`, `n,}` or `n,m}`
    fn interval(&mut self) -> Parsed<(u32, Option<u32>)> {
        let least = self.count()?;
        let mut most = Some(least);
        if self.take(b",") {
            most = match self.rest.first() {
                Some(b'}') => None,
                _ => Some(self.count()?),
            };
        }
        let is_ordered = most.is_none_or(|most| least <= most);
        match self.take(b"}") && is_ordered {
            true => Ok((least, most)),
            false => Err(RegexError::Invalid),
        }
    }

    fn count(&mut self) -> Parsed<u32> {
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let number = std::str::from_utf8(number).map_err(|_| RegexError::Invalid)?;
        number.parse().map_err(|_| RegexError::Invalid)
    }

    /// The content of `[...]`.
    fn bracket(&mut self) -> Parsed<ByteSet> {
        let is_negated = self.take(b"^");
        let mut bracket = Bracket {
            set: ByteSet::default(),
            last: Last::Nothing,
        };
        // Only here are `]` and `-` plain characters.
        if matches!(self.rest.first(), Some(b']' | b'-')) {
            bracket.last = Last::Byte(self.next()?);
        }
        while self.bracket_term(&mut bracket)? {}
        bracket.flush();
        Ok(if is_negated {
            bracket.set.negated()
        } else {
            bracket.set
        })
    }

    /// One term of a bracket expression; false at its end.
    fn bracket_term(&mut self, bracket: &mut Bracket) -> Parsed<bool> {
        match self.next()? {
            b']' => return Ok(false),
            b'[' if matches!(self.rest.first(), Some(b'.' | b':' | b'=')) => self.named_term(bracket)?,
            b'-' => {
                if self.take(b"]") {
                    bracket.push(b'-');
                    return Ok(false);
                }
                bracket.end_range(self.range_end()?)?;
            }
            byte => bracket.push(byte),
        }
        Ok(true)
    }

    fn range_end(&mut self) -> Parsed<u8> {
        match self.next()? {
            b'[' if matches!(self.rest.first(), Some(b'.' | b':' | b'=')) => Err(RegexError::Invalid),
            byte => Ok(byte),
        }
    }

    /// `[:alpha:]`, `[.hyphen.]` or `[=a=]` behind its first bracket.
    fn named_term(&mut self, bracket: &mut Bracket) -> Parsed<()> {
        let kind = self.next()?;
        let end = self
            .rest
            .windows(2)
            .position(|pair| pair == [kind, b']'])
            .ok_or(RegexError::Invalid)?;
        let (name, rest) = self.rest.split_at(end);
        self.rest = &rest[2..];
        let set = match kind {
            b'.' => {
                bracket.push(collating_element(name).ok_or(RegexError::Invalid)?);
                return Ok(());
            }
            b':' => ByteSet::class(name),
            _ => ByteSet::equivalents(name),
        };
        bracket.flush();
        bracket.set.insert_all(&set.ok_or(RegexError::Invalid)?);
        bracket.last = Last::Class;
        Ok(())
    }
}

/// What a dash in a bracket expression would have before it.
#[derive(Debug, Clone, Copy)]
enum Last {
    Nothing,
    Byte(u8),
    Class,
}

struct Bracket {
    set: ByteSet,
    last: Last,
}

impl Bracket {
    fn flush(&mut self) {
        if let Last::Byte(byte) = self.last {
            self.set.insert(byte);
        }
        self.last = Last::Nothing;
    }

    fn push(&mut self, byte: u8) {
        self.flush();
        self.last = Last::Byte(byte);
    }

    fn end_range(&mut self, end: u8) -> Parsed<()> {
        let Last::Byte(first) = self.last else {
            return Err(RegexError::Invalid);
        };
        self.last = Last::Nothing;
        match self.set.insert_range(first, end) {
            true => Ok(()),
            false => Err(RegexError::Invalid),
        }
    }
}
