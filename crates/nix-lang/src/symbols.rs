//! Names as small numbers.

use bumpalo::Bump;
use hashbrown::HashMap;

use crate::value::{Text, Thunk, Value};

/// An interned name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub(crate) u32);

macro_rules! well_known {
    ($($constant:ident = $text:literal),+ $(,)?) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, reason = "the variants are numbers of constants")]
        enum Number { $($constant),+ }
        impl Symbol {
            $(pub(crate) const $constant: Symbol = Symbol(Number::$constant as u32);)+
        }
        const WELL_KNOWN: &[&str] = &[$($text),+];
    };
}

well_known! {
    OUT_PATH = "outPath",
    DRV_PATH = "drvPath",
    TYPE = "type",
    NAME = "name",
    VALUE = "value",
    FUNCTOR = "__functor",
    TO_STRING = "__toString",
    OVERRIDES = "__overrides",
    KEY = "key",
    PATH = "path",
    BODY = "body",
    START_SET = "startSet",
    OPERATOR = "operator",
    BUILTINS = "builtins",
}

/// All names seen so far.
pub(crate) struct Symbols<'a> {
    arena: &'a Bump,
    texts: Vec<&'a str>,
    /// The names as string values, where one was wanted.
    values: Vec<Option<&'a Thunk<'a>>>,
    numbers: HashMap<&'a str, Symbol>,
}

impl<'a> Symbols<'a> {
    pub(crate) fn new(arena: &'a Bump) -> Self {
        let mut symbols = Self {
            arena,
            texts: Vec::with_capacity(4096),
            values: Vec::new(),
            numbers: HashMap::with_capacity(4096),
        };
        for text in WELL_KNOWN {
            symbols.intern(text);
        }
        symbols
    }

    pub(crate) fn intern(&mut self, text: &str) -> Symbol {
        if let Some(symbol) = self.numbers.get(text) {
            return *symbol;
        }
        let text: &'a str = self.arena.alloc_str(text);
        let symbol = Symbol(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(text);
        self.numbers.insert(text, symbol);
        symbol
    }

    /// The symbol of a name that was seen already.
    pub(crate) fn find(&self, text: &str) -> Option<Symbol> {
        self.numbers.get(text).copied()
    }

    /// The name as a string value, always the same one.
    pub(crate) fn value(&mut self, symbol: Symbol) -> &'a Thunk<'a> {
        let index = symbol.0 as usize;
        if let Some(Some(value)) = self.values.get(index) {
            return value;
        }
        let text = Text {
            bytes: self.text(symbol).as_bytes(),
            context: &[],
        };
        let value = &*self
            .arena
            .alloc(Thunk::new(Value::String(self.arena.alloc(text))));
        if index >= self.values.len() {
            self.values.resize(self.texts.len().max(index + 1), None);
        }
        self.values[index] = Some(value);
        value
    }

    pub(crate) fn text(&self, symbol: Symbol) -> &'a str {
        self.texts.get(symbol.0 as usize).copied().unwrap_or_default()
    }
}
