//! The text of `.drv` files: one ATerm `Derive(…)`.

use std::collections::BTreeSet;

use bstr::BString;

use crate::derivation::{Derivation, Output};
use crate::store_path::StorePath;

/// Why a text is not a derivation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AtermError {
    /// Something else was expected at this byte.
    #[error("expected {expected} at byte {position}")]
    Expected {
        /// What was expected.
        expected: &'static str,
        /// Where, in bytes from the start.
        position: usize,
    },
    /// A field is well-formed as text but not as what it means.
    #[error("{reason} (before byte {position})")]
    Field {
        /// What is wrong with it.
        reason: String,
        /// Where the field ends.
        position: usize,
    },
}

/// How an input derivation is written: as itself in a `.drv` file, as its hash where that is computed.
#[derive(Clone, Copy)]
pub(crate) enum InputKey<'a> {
    Path(&'a StorePath),
    Hash(&'a str),
}

pub(crate) fn print(
    derivation: &Derivation,
    inputs: Vec<(InputKey<'_>, &BTreeSet<String>)>,
    mask_outputs: bool,
) -> Vec<u8> {
    let mut text = Printer {
        text: Vec::with_capacity(1024),
    };
    text.raw("Derive(");
    text.list(derivation.outputs.iter(), |text, (name, output)| {
        text.output(name, output, mask_outputs)
    });
    text.raw(",");
    text.list(inputs.into_iter(), |text, (key, outputs)| {
        text.input(key, outputs)
    });
    text.raw(",");
    text.list(derivation.input_sources.iter(), |text, path| {
        text.string(path.to_string().as_bytes())
    });
    text.raw(",");
    text.string(&derivation.system);
    text.raw(",");
    text.string(&derivation.builder);
    text.raw(",");
    text.list(derivation.arguments.iter(), |text, argument| {
        text.string(argument)
    });
    text.raw(",");
    text.list(derivation.environment.iter(), |text, (name, value)| {
        let is_output = std::str::from_utf8(name).is_ok_and(|name| derivation.outputs.contains_key(name));
        text.pair(name, if mask_outputs && is_output { b"" } else { value });
    });
    text.raw(")");
    text.text
}

struct Printer {
    text: Vec<u8>,
}

impl Printer {
    fn raw(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    fn string(&mut self, bytes: &[u8]) {
        self.text.push(b'"');
        for byte in bytes {
            match byte {
                b'"' => self.raw("\\\""),
                b'\\' => self.raw("\\\\"),
                b'\n' => self.raw("\\n"),
                b'\r' => self.raw("\\r"),
                b'\t' => self.raw("\\t"),
                _ => self.text.push(*byte),
            }
        }
        self.text.push(b'"');
    }

    fn list<T>(&mut self, items: impl Iterator<Item = T>, print_item: impl Fn(&mut Self, T)) {
        self.raw("[");
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.raw(",");
            }
            print_item(self, item);
        }
        self.raw("]");
    }

    fn pair(&mut self, first: &[u8], second: &[u8]) {
        self.raw("(");
        self.string(first);
        self.raw(",");
        self.string(second);
        self.raw(")");
    }

    fn output(&mut self, name: &str, output: &Output, mask: bool) {
        let path = output
            .path
            .as_ref()
            .filter(|_| !mask)
            .map(StorePath::to_string)
            .unwrap_or_default();
        self.raw("(");
        self.string(name.as_bytes());
        for field in [path, output.algorithm_field(), output.hash_field()] {
            self.raw(",");
            self.string(field.as_bytes());
        }
        self.raw(")");
    }

    fn input(&mut self, key: InputKey<'_>, outputs: &BTreeSet<String>) {
        self.raw("(");
        match key {
            InputKey::Path(path) => self.string(path.to_string().as_bytes()),
            InputKey::Hash(hash) => self.string(hash.as_bytes()),
        }
        self.raw(",");
        self.list(outputs.iter(), |text, output| text.string(output.as_bytes()));
        self.raw(")");
    }
}

pub(crate) fn parse(text: &[u8], name: &str) -> Result<Derivation, AtermError> {
    let mut parser = Parser { text, position: 0 };
    let mut derivation = Derivation {
        name: name.to_owned(),
        ..Derivation::default()
    };
    parser.expect("Derive(")?;
    derivation.outputs = parser.list(Parser::output)?.into_iter().collect();
    parser.expect(",")?;
    derivation.input_derivations = parser.list(Parser::input)?.into_iter().collect();
    parser.expect(",")?;
    derivation.input_sources = parser.list(Parser::store_path)?.into_iter().collect();
    parser.expect(",")?;
    derivation.system = parser.string()?;
    parser.expect(",")?;
    derivation.builder = parser.string()?;
    parser.expect(",")?;
    derivation.arguments = parser.list(Parser::string)?;
    parser.expect(",")?;
    derivation.environment = parser.list(Parser::variable)?.into_iter().collect();
    parser.expect(")")?;
    parser.end()?;
    Ok(derivation)
}

struct Parser<'a> {
    text: &'a [u8],
    position: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &[u8] {
        &self.text[self.position..]
    }

    fn expect(&mut self, literal: &'static str) -> Result<(), AtermError> {
        if !self.rest().starts_with(literal.as_bytes()) {
            return Err(self.expected(literal));
        }
        self.position += literal.len();
        Ok(())
    }

    fn expected(&self, expected: &'static str) -> AtermError {
        AtermError::Expected {
            expected,
            position: self.position,
        }
    }

    fn end(&self) -> Result<(), AtermError> {
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.expected("the end"))
        }
    }

    fn list<T>(&mut self, item: fn(&mut Self) -> Result<T, AtermError>) -> Result<Vec<T>, AtermError> {
        let mut items = Vec::new();
        self.expect("[")?;
        while !self.rest().starts_with(b"]") {
            if !items.is_empty() {
                self.expect(",")?;
            }
            items.push(item(self)?);
        }
        self.position += 1;
        Ok(items)
    }

    fn string(&mut self) -> Result<BString, AtermError> {
        self.expect("\"")?;
        let mut bytes = Vec::new();
        loop {
            match self.next_byte()? {
                b'"' => return Ok(bytes.into()),
                b'\\' => bytes.push(match self.next_byte()? {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    other => other,
                }),
                other => bytes.push(other),
            }
        }
    }

    fn next_byte(&mut self) -> Result<u8, AtermError> {
        let byte = *self
            .rest()
            .first()
            .ok_or_else(|| self.expected("the end of a string"))?;
        self.position += 1;
        Ok(byte)
    }

    fn text(&mut self) -> Result<String, AtermError> {
        let bytes = self.string()?;
        String::from_utf8(bytes.into()).map_err(|_| self.field("a name is not UTF-8".to_owned()))
    }

    fn field(&self, reason: String) -> AtermError {
        AtermError::Field {
            reason,
            position: self.position,
        }
    }

    fn store_path(&mut self) -> Result<StorePath, AtermError> {
        let text = self.text()?;
        StorePath::parse_absolute(&text).map_err(|error| self.field(error.to_string()))
    }

    fn output(&mut self) -> Result<(String, Output), AtermError> {
        self.expect("(")?;
        let name = self.text()?;
        let mut fields = [const { String::new() }; 3];
        for field in &mut fields {
            self.expect(",")?;
            *field = self.text()?;
        }
        self.expect(")")?;
        let output = Output::from_fields(&fields[0], &fields[1], &fields[2]);
        Ok((name, output.map_err(|reason| self.field(reason))?))
    }

    fn input(&mut self) -> Result<(StorePath, BTreeSet<String>), AtermError> {
        self.expect("(")?;
        let path = self.store_path()?;
        self.expect(",")?;
        let outputs = self.list(Self::text)?.into_iter().collect();
        self.expect(")")?;
        Ok((path, outputs))
    }

    fn variable(&mut self) -> Result<(BString, BString), AtermError> {
        self.expect("(")?;
        let name = self.string()?;
        self.expect(",")?;
        let value = self.string()?;
        self.expect(")")?;
        Ok((name, value))
    }
}
