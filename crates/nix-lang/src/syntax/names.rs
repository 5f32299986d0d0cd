//! The names of one text as small numbers.

use hashbrown::HashMap;

/// A name, by its place among the names of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name(u32);

/// Names that operators and search paths stand for: they have the same number in every text.
const HIDDEN: [&str; 6] = ["__sub", "__mul", "__div", "__lessThan", "__findFile", "__nixPath"];

impl Name {
    pub(crate) const SUB: Self = Self(0);
    pub(crate) const MUL: Self = Self(1);
    pub(crate) const DIV: Self = Self(2);
    pub(crate) const LESS_THAN: Self = Self(3);
    pub(crate) const FIND_FILE: Self = Self(4);
    pub(crate) const NIX_PATH: Self = Self(5);

    /// Its place among the names of its text.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// All names of a text in the order in which they come.
#[derive(Debug)]
pub struct Names<'t> {
    texts: Vec<&'t str>,
    numbers: HashMap<&'t [u8], Name>,
}

impl<'t> Names<'t> {
    pub(super) fn new() -> Self {
        let mut names = Self {
            texts: Vec::new(),
            numbers: HashMap::new(),
        };
        for name in HIDDEN {
            names.add(name.as_bytes());
        }
        names
    }

    /// The number of a name, which is UTF-8.
    pub(super) fn number(&mut self, text: &'t [u8]) -> Name {
        match self.numbers.get(text) {
            Some(name) => *name,
            None => self.add(text),
        }
    }

    fn add(&mut self, text: &'t [u8]) -> Name {
        // Texts are shorter than 4 GiB, so that the numbers do not run out.
        let name = Name(self.texts.len() as u32);
        self.texts.push(std::str::from_utf8(text).unwrap_or_default());
        self.numbers.insert(text, name);
        name
    }

    /// Forgets what is needed for further names only.
    pub(super) fn complete(mut self) -> Self {
        self.numbers = HashMap::new();
        self
    }

    /// The text of a name.
    pub fn text(&self, name: Name) -> &'t str {
        self.texts.get(name.index()).copied().unwrap_or_default()
    }

    /// The texts of all names by their numbers.
    pub fn texts(&self) -> &[&'t str] {
        &self.texts
    }
}
