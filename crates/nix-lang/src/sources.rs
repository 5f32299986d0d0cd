//! Source texts and positions in them.

use std::rc::Rc;

use crate::paths;

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
    /// The line's text, or of a long line what stands around the column.
    pub text: String,
    /// Where in `text` the column is, in bytes.
    pub mark: usize,
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

/// Longer lines are cut: a file may be one line of megabytes, and each step of a trace shows one.
const MAXIMUM_LINE_BYTES: usize = 400;
const SHOWN_BEFORE_BYTES: usize = 100;
const SHOWN_AFTER_BYTES: usize = 200;
const CUT: &str = "...";

/// What is shown of a line with a mark at `offset`, and where the mark is in that.
fn window(line: &[u8], offset: usize) -> (String, usize) {
    if line.len() <= MAXIMUM_LINE_BYTES {
        return (String::from_utf8_lossy(line).into_owned(), offset);
    }
    let is_inside_character = |index: usize| line.get(index).is_some_and(|byte| byte & 0xc0 == 0x80);
    let boundary = |index: usize| (index..line.len()).find(|index| !is_inside_character(*index));
    let offset = offset.min(line.len());
    let start = boundary(offset.saturating_sub(SHOWN_BEFORE_BYTES))
        .unwrap_or(offset)
        .min(offset);
    let end = boundary(offset + SHOWN_AFTER_BYTES).unwrap_or(line.len());
    let before = String::from_utf8_lossy(&line[start..offset]);
    let after = String::from_utf8_lossy(&line[offset..end]);
    let opening = if start == 0 { "" } else { CUT };
    let closing = if end == line.len() { "" } else { CUT };
    let mark = opening.len() + before.len();
    (format!("{opening}{before}{after}{closing}"), mark)
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
        let readable = |line: &[u8]| window(line, 0).0;
        let (text, mark) = window(lines.next().unwrap_or_default(), offset - line_start);
        let after = lines
            .next()
            .filter(|after| !after.is_empty() || lines.next().is_some());
        let before = before[..line_start].strip_suffix(b"\n");
        Some(Place {
            origin: source.origin.clone(),
            line: line as u32,
            column: (offset - line_start) as u32 + 1,
            text,
            mark,
            text_before: before.and_then(|before| before.rsplit(|byte| *byte == b'\n').next().map(readable)),
            text_after: after.map(readable),
        })
    }
}

impl Sources {
    /// Where a file has a literal for `path`, or for the folder that it lies in.
    pub(crate) fn literal_of(&self, path: &str) -> Option<Place> {
        let paths = [path, paths::parent(path)];
        let mut found = paths
            .iter()
            .flat_map(|path| self.sources.iter().filter_map(|source| source.literal_of(path)));
        self.place(found.next()?)
    }
}

impl Source {
    fn literal_of(&self, path: &str) -> Option<Pos> {
        let Origin::File(file) = &self.origin else {
            return None;
        };
        let literal = paths::as_literal(path, paths::parent(file))?;
        let is_part = |byte: Option<&u8>| {
            byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"._-+/".contains(byte))
        };
        let ends = |at: usize| {
            let before = at.checked_sub(1).and_then(|before| self.text.get(before));
            !is_part(before) && !is_part(self.text.get(at + literal.len()))
        };
        let at = {
            let mut windows = self.text.windows(literal.len()).enumerate();
            let matching =
                |(at, text): (usize, &[u8])| (text == literal.as_bytes() && ends(at)).then_some(at);
            windows.find_map(matching)?
        };
        Some(Pos(self.base + at as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::{MAXIMUM_LINE_BYTES, window};

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        assert_eq!(window(b"short", 2), ("short".to_owned(), 2));
        for (letter, place) in [
            ("a", 0),
            ("a", 50),
            ("ä", 500_000),
            ("€", 1_499_999),
            ("a", 1_000_000),
        ] {
            let line = letter.repeat(1_000_000 / letter.len() + 1);
            let place = (0..=place.min(line.len()))
                .rev()
                .find(|&place| line.is_char_boundary(place));
            let place = place.expect("zero is a boundary");
            let marked = format!("{}!{}", &line[..place], &line[place..]);
            let (shown, mark) = window(marked.as_bytes(), place);
            assert!(
                shown.len() <= MAXIMUM_LINE_BYTES,
                "{} of {letter} at {place}",
                shown.len()
            );
            assert!(shown[mark..].starts_with('!'), "{letter} at {place}: {shown}");
            assert!(!shown.contains('\u{fffd}'), "{letter} at {place}: {shown}");
        }
    }
}
