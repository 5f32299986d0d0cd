//! Source texts and positions in them.

use std::rc::Rc;

/// A place in one of the texts; zero is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Pos(pub(crate) u32);

impl Pos {
    /// No place.
    pub const NONE: Self = Self(0);

    /// Whether it is a place at all.
    pub fn is_known(self) -> bool {
        self.0 != 0
    }
}

/// Where a text comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A file, by its logical path.
    File(String),
    /// Text given on the command line or by the program.
    Text(String),
}

impl Origin {
    /// How people see it.
    pub fn label(&self) -> String {
        match self {
            Self::File(path) => path.clone(),
            Self::Text(name) => format!("«{name}»"),
        }
    }
}

/// A place as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Where the text comes from.
    pub origin: Origin,
    /// Line, from one.
    pub line: u32,
    /// Column in bytes, from one.
    pub column: u32,
    /// The line's text.
    pub text: String,
    /// The text of the line before, if there is one.
    pub text_before: Option<String>,
    /// The text of the line after, if there is one.
    pub text_after: Option<String>,
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}:{}", self.origin.label(), self.line, self.column)
    }
}

#[derive(Debug)]
struct Source {
    origin: Origin,
    text: Rc<Vec<u8>>,
    /// The position of the text's first byte.
    base: u32,
}

/// All source texts.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    sources: Vec<Source>,
    next: u32,
}

impl Sources {
    /// Adds a text; gives the position of its first byte, and the text.
    pub(crate) fn add(&mut self, origin: Origin, text: Vec<u8>) -> (u32, Rc<Vec<u8>>) {
        let text = Rc::new(text);
        let base = self.next + 1;
        let length = u32::try_from(text.len()).unwrap_or(0);
        self.next = base.saturating_add(length);
        self.sources.push(Source {
            origin,
            text: Rc::clone(&text),
            base,
        });
        (base, text)
    }

    fn source(&self, pos: Pos) -> Option<&Source> {
        if !pos.is_known() {
            return None;
        }
        let index = self.sources.partition_point(|source| source.base <= pos.0);
        self.sources.get(index.checked_sub(1)?)
    }

    pub(crate) fn place(&self, pos: Pos) -> Option<Place> {
        let source = self.source(pos)?;
        let offset = ((pos.0 - source.base) as usize).min(source.text.len());
        let before = &source.text[..offset];
        let line_start = before
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let mut lines = source.text[line_start..].split(|byte| *byte == b'\n');
        let readable = |line: &[u8]| String::from_utf8_lossy(line).into_owned();
        let text = lines.next().map(readable).unwrap_or_default();
        let after = lines
            .next()
            .filter(|after| !after.is_empty() || lines.next().is_some());
        let before = before[..line_start].strip_suffix(b"\n");
        Some(Place {
            origin: source.origin.clone(),
            line: line as u32,
            column: (offset - line_start) as u32 + 1,
            text,
            text_before: before.and_then(|before| before.rsplit(|byte| *byte == b'\n').next().map(readable)),
            text_after: after.map(readable),
        })
    }
}
