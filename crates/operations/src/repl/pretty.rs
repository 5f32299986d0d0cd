//! Shows values over several lines, as `nix repl` does.

use nix_lang::{Evaluator, Thunk, Value, syntax};

/// How deep values are shown at most: what is deeper has no end.
const DEEPEST: usize = 300;

/// A value with what is at most `depth` levels deep in it; errors stand where they happen.
pub fn shown<'a>(evaluator: &Evaluator<'a>, value: &Value<'a>, depth: usize) -> String {
    let mut printer = Printer {
        evaluator,
        depth: depth.min(DEEPEST),
        around: Vec::new(),
        text: String::new(),
    };
    printer.value(value, 0);
    printer.text
}

struct Printer<'e, 'a> {
    evaluator: &'e Evaluator<'a>,
    depth: usize,
    /// The sets and lists that are being shown.
    around: Vec<usize>,
    text: String,
}

impl<'a> Printer<'_, 'a> {
    fn thunk(&mut self, thunk: &'a Thunk<'a>, level: usize) {
        match self.evaluator.force(thunk) {
            Ok(value) => self.value(&value, level),
            Err(error) => {
                let message = self.evaluator.describe(error).message;
                let first = message.lines().next().unwrap_or_default();
                self.text.push_str(&format!("«error: {first}»"));
            }
        }
    }

    fn value(&mut self, value: &Value<'a>, level: usize) {
        let is_derivation = self.evaluator.is_derivation_value(value).unwrap_or(false);
        match value {
            Value::Attrs(attrs) if !is_derivation => {
                self.nested(
                    std::ptr::from_ref(*attrs) as usize,
                    level,
                    ['{', '}'],
                    &|printer| {
                        printer.attributes(value, level);
                    },
                );
            }
            Value::List(list) => {
                self.nested(
                    std::ptr::from_ref(*list) as usize,
                    level,
                    ['[', ']'],
                    &|printer| {
                        printer.items(list.items, level);
                    },
                );
            }
            other => self.text.push_str(&self.evaluator.shown(other)),
        }
    }

    fn nested(&mut self, identity: usize, level: usize, brackets: [char; 2], inside: &dyn Fn(&mut Self)) {
        if self.around.contains(&identity) {
            return self.text.push_str("«repeated»");
        }
        self.text.push(brackets[0]);
        let before = self.text.len();
        self.around.push(identity);
        match level >= self.depth {
            true => self.text.push_str(" ... "),
            false => inside(self),
        }
        self.around.pop();
        if self.text.len() == before {
            self.text.push(' ');
        }
        self.text.push(brackets[1]);
    }

    fn attributes(&mut self, value: &Value<'a>, level: usize) {
        let attributes = self.evaluator.attributes(value);
        let is_long = match &attributes[..] {
            [(_, only)] => self.is_long(only),
            several => several.len() > 1,
        };
        for (name, thunk) in attributes {
            self.space(is_long, level + 1);
            self.text.push_str(&syntax::print::attr_name(name));
            self.text.push_str(" = ");
            self.thunk(thunk, level + 1);
            self.text.push(';');
        }
        self.end(is_long, level);
    }

    fn items(&mut self, items: &[&'a Thunk<'a>], level: usize) {
        let is_long = match items {
            [only] => self.is_long(only),
            several => several.len() > 1,
        };
        for item in items {
            self.space(is_long, level + 1);
            self.thunk(item, level + 1);
        }
        self.end(is_long, level);
    }

    /// Whether a single part goes onto a line of its own.
    fn is_long(&self, thunk: &'a Thunk<'a>) -> bool {
        match self.evaluator.force(thunk) {
            Ok(Value::Attrs(_)) | Ok(Value::List(_)) => true,
            Ok(_) => false,
            Err(_) => true,
        }
    }

    fn space(&mut self, is_long: bool, level: usize) {
        match is_long {
            true => self.text.push_str(&format!("\n{}", "  ".repeat(level))),
            false => self.text.push(' '),
        }
    }

    fn end(&mut self, is_long: bool, level: usize) {
        if self.text.ends_with(['{', '[']) {
            return;
        }
        self.space(is_long, level);
    }
}
