//! Values as XML: `builtins.toXML` and `nix-instantiate --eval --xml`.

use crate::coerce::TextBuilder;
use crate::error::Error;
use crate::eval::{Evaluated, Evaluator};
use crate::sources::{Origin, Pos};
use crate::symbols::Symbol;
use crate::value::{Attrs, Closure, Thunk, Value};

/// How much a document says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlOptions {
    /// Whether everything in the value is evaluated first.
    pub strict: bool,
    /// Whether attributes and functions say where they are defined.
    pub locations: bool,
}

const BUILTIN: XmlOptions = XmlOptions {
    strict: true,
    locations: false,
};

pub(super) fn to_xml<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], _: Pos) -> Evaluated<'a> {
    document(evaluator, arguments[0], BUILTIN)
}

/// The document that stands for a value.
pub(crate) fn document<'a>(
    evaluator: &Evaluator<'a>,
    thunk: &'a Thunk<'a>,
    options: XmlOptions,
) -> Evaluated<'a> {
    let mut writer = Writer {
        evaluator,
        options,
        text: TextBuilder::new(),
        depth: 0,
        drawn: Vec::new(),
    };
    writer.text.push(b"<?xml version='1.0' encoding='utf-8'?>\n");
    writer.open("expr", &[]);
    evaluator.force(thunk)?;
    writer.value(thunk)?;
    writer.close("expr");
    Ok(writer.text.finish(evaluator))
}

struct Writer<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    options: XmlOptions,
    text: TextBuilder<'a>,
    depth: usize,
    /// Derivations whose attributes stand in the text already.
    drawn: Vec<Vec<u8>>,
}

impl<'a> Writer<'_, 'a> {
    fn line(&mut self, name: &str, attributes: &[(&str, &[u8])], end: &str) {
        let indentation = "  ".repeat(self.depth);
        self.text.push(indentation.as_bytes());
        self.text.push(b"<");
        self.text.push(name.as_bytes());
        for (attribute, value) in attributes {
            self.text.push(format!(" {attribute}=\"").as_bytes());
            self.text.push(&escaped(value));
            self.text.push(b"\"");
        }
        self.text.push(end.as_bytes());
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &[u8])]) {
        self.line(name, attributes, " />\n");
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &[u8])]) {
        self.line(name, attributes, ">\n");
        self.depth += 1;
    }

    fn close(&mut self, name: &str) {
        self.depth -= 1;
        let text = format!("{}</{name}>\n", "  ".repeat(self.depth));
        self.text.push(text.as_bytes());
    }

    fn value(&mut self, thunk: &'a Thunk<'a>) -> Result<(), Error> {
        let is_left = match thunk.value() {
            None => true,
            Some(Value::Closure(_)) => self.depth > 1,
            Some(_) => false,
        };
        if !self.options.strict && is_left {
            self.empty("unevaluated", &[]);
            return Ok(());
        }
        match self.evaluator.force(thunk)? {
            Value::Null => self.empty("null", &[]),
            Value::Bool(value) => self.empty("bool", &[("value", if value { b"true" } else { b"false" })]),
            Value::Int(number) => self.empty("int", &[("value", number.to_string().as_bytes())]),
            Value::Float(number) => {
                let text = crate::pure::numbers::float_to_display(number);
                self.empty("float", &[("value", text.as_bytes())]);
            }
            Value::String(text) => {
                self.text.add_context(text.context);
                self.empty("string", &[("value", text.bytes)]);
            }
            Value::Path(path) => self.empty("path", &[("value", path.bytes)]),
            Value::List(list) => {
                self.open("list", &[]);
                let evaluator = self.evaluator;
                for item in list.items {
                    evaluator.nested(Pos::NONE, || self.value(item))?;
                }
                self.close("list");
            }
            Value::Attrs(attrs) => self.attrs(attrs)?,
            Value::Closure(closure) => self.function(closure),
            _ => self.empty("unevaluated", &[]),
        }
        Ok(())
    }

    fn attrs(&mut self, attrs: &'a Attrs<'a>) -> Result<(), Error> {
        if !self.evaluator.is_derivation(attrs)? {
            self.open("attrs", &[]);
            self.entries(attrs)?;
            self.close("attrs");
            return Ok(());
        }
        let mut paths: Vec<(&str, &'a [u8])> = Vec::new();
        for (name, symbol) in [("drvPath", Symbol::DRV_PATH), ("outPath", Symbol::OUT_PATH)] {
            if let Some(attr) = attrs.get(symbol)
                && let Value::String(text) = self.evaluator.force(attr.value)?
            {
                self.text.add_context(text.context);
                paths.push((name, text.bytes));
            }
        }
        let key = paths.iter().find(|(name, _)| *name == "drvPath");
        let key = key.map(|(_, path)| path.to_vec()).unwrap_or_default();
        self.open("derivation", &paths);
        match key.is_empty() || self.drawn.contains(&key) {
            true => self.empty("repeated", &[]),
            false => {
                self.drawn.push(key);
                self.entries(attrs)?;
            }
        }
        self.close("derivation");
        Ok(())
    }

    fn entries(&mut self, attrs: &'a Attrs<'a>) -> Result<(), Error> {
        for attr in self.evaluator.by_name(attrs) {
            let place = self.place(attr.pos);
            let mut attributes = attributes_of(place.as_ref());
            attributes.push(("name", self.evaluator.name(attr.name).as_bytes()));
            sort_attributes(&mut attributes);
            self.open("attr", &attributes);
            let evaluator = self.evaluator;
            evaluator.nested(attr.pos, || self.value(attr.value))?;
            self.close("attr");
        }
        Ok(())
    }

    /// Line, column and file of a place, as text.
    fn place(&self, pos: Pos) -> Option<[String; 3]> {
        if !self.options.locations {
            return None;
        }
        let place = self.evaluator.sources.borrow().place(pos)?;
        let file = match place.origin {
            Origin::File(path) => path,
            Origin::Text(_) => String::new(),
        };
        Some([place.column.to_string(), place.line.to_string(), file])
    }

    fn function(&mut self, closure: &Closure<'a>) {
        let place = self.place(closure.lambda.pos);
        self.open("function", &attributes_of(place.as_ref()));
        let argument = closure
            .lambda
            .argument
            .map(|argument| self.evaluator.name(argument).as_bytes());
        match &closure.lambda.pattern {
            None => self.empty("varpat", &[("name", argument.unwrap_or_default())]),
            Some(pattern) => {
                let mut attributes: Vec<(&str, &[u8])> = Vec::new();
                if pattern.ellipsis {
                    attributes.push(("ellipsis", b"1"));
                }
                attributes.extend(argument.map(|argument| ("name", argument)));
                self.open("attrspat", &attributes);
                let mut names: Vec<&str> = pattern
                    .formals
                    .iter()
                    .map(|formal| self.evaluator.name(formal.name))
                    .collect();
                names.sort_unstable();
                for name in names {
                    self.empty("attr", &[("name", name.as_bytes())]);
                }
                self.close("attrspat");
            }
        }
        self.close("function");
    }
}

fn attributes_of(place: Option<&[String; 3]>) -> Vec<(&'static str, &[u8])> {
    let Some([column, line, file]) = place else {
        return Vec::new();
    };
    let mut attributes: Vec<(&'static str, &[u8])> =
        vec![("column", column.as_bytes()), ("line", line.as_bytes())];
    if !file.is_empty() {
        attributes.push(("path", file.as_bytes()));
    }
    attributes
}

fn sort_attributes(attributes: &mut [(&'static str, &[u8])]) {
    attributes.sort_unstable_by_key(|(name, _)| *name);
}

fn escaped(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    for byte in bytes {
        match byte {
            b'"' => text.extend_from_slice(b"&quot;"),
            b'<' => text.extend_from_slice(b"&lt;"),
            b'>' => text.extend_from_slice(b"&gt;"),
            b'&' => text.extend_from_slice(b"&amp;"),
            b'\n' => text.extend_from_slice(b"&#xA;"),
            other => text.push(*other),
        }
    }
    text
}
