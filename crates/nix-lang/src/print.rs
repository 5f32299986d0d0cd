//! Values as text, as Nix prints them.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::error::Error;
use crate::eval::Evaluator;
use crate::pure::print_string;
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attrs, Closure, Thunk, Value};

/// How much of a value is shown, and how.
#[derive(Debug, Clone, Copy)]
struct Style {
    depth: usize,
    items: usize,
    text: usize,
    /// Whether functions and unevaluated values are bare words.
    plain: bool,
    /// Whether derivations are shown by their path and not as the sets that they are.
    derivations: bool,
}

/// As `nix eval` prints.
const EVERYTHING: Style = Style {
    depth: usize::MAX,
    items: usize::MAX,
    text: usize::MAX,
    plain: false,
    derivations: true,
};
/// As `nix-instantiate --eval` prints.
const PLAINLY: Style = Style {
    plain: true,
    derivations: false,
    ..EVERYTHING
};
/// In error messages.
const SHORTLY: Style = Style {
    depth: 10,
    items: 10,
    text: 1024,
    plain: false,
    derivations: false,
};

impl Value<'_> {
    /// What it is in the words of error messages, with an article.
    pub fn described(&self) -> Cow<'static, str> {
        match self {
            Self::Builtin(builtin) => format!("the built-in function '{}'", builtin.name).into(),
            Self::Partial(partial) => {
                let name = partial.builtin.name;
                format!("the partially applied built-in function '{name}'").into()
            }
            Self::String(text) if !text.context.is_empty() => "a string with context".into(),
            other => other.kind().described().into(),
        }
    }
}

struct Printer<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    style: Style,
    /// Sets and lists that were printed already.
    seen: HashSet<usize>,
    /// How many attributes and items were printed, at any depth.
    attrs_printed: usize,
    items_printed: usize,
    text: String,
}

impl<'a> Evaluator<'a> {
    /// A value as far as it is evaluated.
    pub fn shown(&self, value: &Value<'a>) -> String {
        self.print(value, EVERYTHING)
    }

    /// A value as far as it is evaluated, in the words of `nix-instantiate --eval`: `<LAMBDA>`, `<PRIMOP>`, `<CODE>`.
    pub fn shown_plainly(&self, value: &Value<'a>) -> String {
        self.print(value, PLAINLY)
    }

    /// A value in an error message.
    pub(crate) fn shown_shortly(&self, value: &Value<'a>) -> String {
        self.print(value, SHORTLY)
    }

    fn print(&self, value: &Value<'a>, style: Style) -> String {
        let mut printer = Printer {
            evaluator: self,
            style,
            seen: HashSet::new(),
            attrs_printed: 0,
            items_printed: 0,
            text: String::new(),
        };
        printer.value(value, 0);
        printer.text
    }

    /// Evaluates everything in a value.
    pub fn force_deep(&self, thunk: &'a Thunk<'a>) -> Result<Value<'a>, Error> {
        let mut seen = HashSet::new();
        self.force_deep_in(thunk, &mut seen)?;
        self.force(thunk)
    }

    fn force_deep_in(&self, thunk: &'a Thunk<'a>, seen: &mut HashSet<usize>) -> Result<(), Error> {
        match self.force(thunk)? {
            Value::List(list) if seen.insert(std::ptr::from_ref(list) as usize) => {
                for item in list.items {
                    self.nested(Pos::NONE, || self.force_deep_in(item, seen))?;
                }
            }
            Value::Attrs(attrs) if seen.insert(std::ptr::from_ref(attrs) as usize) => {
                for attr in attrs.entries() {
                    let forced = self.nested(attr.pos, || self.force_deep_in(attr.value, seen));
                    forced.map_err(|error| {
                        let text = || format!("while evaluating the attribute '{}'", self.name(attr.name));
                        error.during(attr.pos, text)
                    })?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl<'a> Printer<'_, 'a> {
    fn thunk(&mut self, thunk: &'a Thunk<'a>, depth: usize) {
        match thunk.value() {
            // A list is the same one only where it is the same thunk, as in Nix.
            Some(Value::List(list)) => self.list(list.items, std::ptr::from_ref(thunk) as usize, depth),
            Some(value) => self.value(&value, depth),
            None if thunk.is_running() => self.text.push_str("«potential infinite recursion»"),
            _ if self.style.plain => self.text.push_str("<CODE>"),
            _ => self.text.push_str("«thunk»"),
        }
    }

    fn value(&mut self, value: &Value<'a>, depth: usize) {
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(true) => self.text.push_str("true"),
            Value::Bool(false) => self.text.push_str("false"),
            Value::Int(number) => self.text.push_str(&number.to_string()),
            Value::Float(number) => self
                .text
                .push_str(&crate::pure::numbers::float_to_display(*number)),
            Value::String(text) => self.string(text.bytes),
            Value::Path(path) => self.text.push_str(&String::from_utf8_lossy(path.bytes)),
            Value::List(list) => self.list(list.items, std::ptr::from_ref(*list) as usize, depth),
            Value::Attrs(attrs) => self.attrs(attrs, depth),
            Value::Closure(_) if self.style.plain => self.text.push_str("<LAMBDA>"),
            Value::Builtin(_) if self.style.plain => self.text.push_str("<PRIMOP>"),
            Value::Partial(_) if self.style.plain => self.text.push_str("<PRIMOP-APP>"),
            Value::Closure(closure) => self.lambda(closure),
            Value::Builtin(builtin) => self.text.push_str(&format!("«primop {}»", builtin.name)),
            Value::Partial(partial) => {
                self.text
                    .push_str(&format!("«partially applied primop {}»", partial.builtin.name));
            }
            // Only thunks hold the rest.
            _ => self.text.push_str("«thunk»"),
        }
    }

    fn string(&mut self, bytes: &[u8]) {
        let kept = bytes.get(..self.style.text).unwrap_or(bytes);
        print_string::push_string(&mut self.text, &String::from_utf8_lossy(kept));
        if kept.len() < bytes.len() {
            self.text
                .push_str(&format!(" «{} bytes elided»", bytes.len() - kept.len()));
        }
    }

    fn lambda(&mut self, closure: &Closure<'a>) {
        self.text.push_str("«lambda");
        if let Some(name) = closure.lambda.name {
            self.text.push(' ');
            self.text.push_str(self.evaluator.name(name));
        }
        if let Some(place) = self.evaluator.sources.borrow().place(closure.lambda.pos) {
            self.text.push_str(&format!(" @ {place}"));
        }
        self.text.push('»');
    }

    fn list(&mut self, items: &'a [&'a Thunk<'a>], identity: usize, depth: usize) {
        if items.is_empty() {
            return self.text.push_str("[ ]");
        }
        if !self.seen.insert(identity) {
            return self.text.push_str("«repeated»");
        }
        if depth >= self.style.depth {
            return self.text.push_str("[ ... ]");
        }
        self.text.push_str("[ ");
        for (index, item) in items.iter().enumerate() {
            if self.items_printed >= self.style.items {
                self.elided(items.len() - index, "item");
                break;
            }
            self.thunk(item, depth + 1);
            self.items_printed += 1;
            self.text.push(' ');
        }
        self.text.push(']');
    }

    fn elided(&mut self, count: usize, what: &str) {
        let plural = if count == 1 { "" } else { "s" };
        self.text.push_str(&format!("«{count} {what}{plural} elided» "));
    }

    fn attrs(&mut self, attrs: &'a Attrs<'a>, depth: usize) {
        if self.style.derivations && self.is_known_derivation(attrs) {
            return self.derivation(attrs);
        }
        if attrs.entries().is_empty() {
            return self.text.push_str("{ }");
        }
        if !self.seen.insert(std::ptr::from_ref(attrs) as usize) {
            return self.text.push_str("«repeated»");
        }
        if depth >= self.style.depth {
            return self.text.push_str("{ ... }");
        }
        self.text.push_str("{ ");
        let mut sorted = self.evaluator.by_name(attrs);
        if self.style.items < usize::MAX {
            // What a set is says more than the rest of it.
            sorted.sort_by_key(|attr| !matches!(self.evaluator.name(attr.name), "type" | "_type"));
        }
        for (index, attr) in sorted.iter().enumerate() {
            if self.attrs_printed >= self.style.items {
                self.elided(sorted.len() - index, "attribute");
                break;
            }
            print_string::push_identifier(&mut self.text, self.evaluator.name(attr.name));
            self.text.push_str(" = ");
            self.thunk(attr.value, depth + 1);
            self.text.push_str("; ");
            self.attrs_printed += 1;
        }
        self.text.push('}');
    }

    fn is_known_derivation(&self, attrs: &Attrs<'a>) -> bool {
        let kind = attrs.get(Symbol::TYPE).and_then(|attr| attr.value.value());
        matches!(kind, Some(Value::String(text)) if text.bytes == b"derivation")
    }

    fn derivation(&mut self, attrs: &Attrs<'a>) {
        let path = attrs
            .get(Symbol::DRV_PATH)
            .map(|attr| self.evaluator.force(attr.value));
        match path {
            Some(Ok(Value::String(path))) => {
                self.text
                    .push_str(&format!("«derivation {}»", String::from_utf8_lossy(path.bytes)));
            }
            _ => self.text.push_str("«derivation»"),
        }
    }
}
