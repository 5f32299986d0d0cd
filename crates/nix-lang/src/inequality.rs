//! Says where two values differ, for an `assert` that compares them.

use crate::code::{Code, CodeKind};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::Evaluator;
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::syntax::ast::Operator;
use crate::value::{Attrs, Env, Thunk, Type, Value};

fn failed(message: String) -> Error {
    ErrorData::new(ErrorKind::Assertion, message)
}

impl<'a> Evaluator<'a> {
    /// The error of an assertion whose condition came out false.
    #[inline(never)]
    pub(crate) fn failed_assertion(
        &self,
        condition: &'a Code<'a>,
        env: &'a Env<'a>,
        text: &str,
        pos: Pos,
    ) -> Error {
        let whole = failed(format!("assertion '{text}' failed")).at(pos);
        let CodeKind::Binary {
            operator: Operator::Equal,
            left,
            right,
            ..
        } = &condition.kind
        else {
            return whole;
        };
        let values = self
            .eval(left, env)
            .and_then(|first| Ok((first, self.eval(right, env)?)));
        let difference = values.and_then(|(first, second)| self.difference(first, second));
        match difference {
            Ok(None) => whole,
            Ok(Some(error)) | Err(error) => error.at(pos).during(pos, || {
                format!("while evaluating the condition of the assertion '{text}'")
            }),
        }
    }

    /// What is different in two values; it looks at them in the order in which `==` does.
    fn difference(&self, first: Value<'a>, second: Value<'a>) -> Result<Option<Error>, Error> {
        let (a, b) = (first.described(), second.described());
        let (shown, other) = (self.shown_shortly(&first), self.shown_shortly(&second));
        let is_number = |value: &Value<'a>| matches!(value.kind(), Type::Int | Type::Float);
        let message = match (first, second) {
            _ if is_number(&first) && is_number(&second) => {
                if self.equal(first, second, Pos::NONE)? {
                    return Ok(None);
                }
                format!("{a} with value '{shown}' is not equal to {b} with value '{other}'")
            }
            _ if first.kind() != second.kind() => {
                format!("{a} of value '{shown}' is not equal to {b} of value '{other}'")
            }
            (Value::List(first), Value::List(second)) => {
                if first.items.len() == second.items.len() {
                    return self.different_items(first.items, second.items);
                }
                format!(
                    "list of size '{}' is not equal to list of size '{}', left hand side is '{shown}', right hand side is '{other}'",
                    first.items.len(),
                    second.items.len()
                )
            }
            (Value::Attrs(first), Value::Attrs(second)) => {
                return self.different_attrs(first, second, &shown, &other);
            }
            _ if first.kind() == Type::Function => {
                "distinct functions and immediate comparisons of identical functions compare as unequal"
                    .to_owned()
            }
            _ if self.equal(first, second, Pos::NONE)? => return Ok(None),
            _ => {
                let kind = match first.kind() {
                    Type::Bool => "boolean",
                    Type::Path => "path",
                    _ => "string",
                };
                format!("{kind} '{shown}' is not equal to {kind} '{other}'")
            }
        };
        Ok(Some(failed(message)))
    }

    fn different_thunks(&self, first: &'a Thunk<'a>, second: &'a Thunk<'a>) -> Result<Option<Error>, Error> {
        if std::ptr::eq(first, second) {
            return Ok(None);
        }
        self.difference(self.force(first)?, self.force(second)?)
    }

    fn different_items(
        &self,
        first: &'a [&'a Thunk<'a>],
        second: &'a [&'a Thunk<'a>],
    ) -> Result<Option<Error>, Error> {
        for (index, (a, b)) in first.iter().zip(second).enumerate() {
            if let Some(error) = self.different_thunks(a, b)? {
                let text = || format!("while comparing list element {index}");
                return Ok(Some(error.during(Pos::NONE, text)));
            }
        }
        Ok(None)
    }

    fn different_attrs(
        &self,
        first: &'a Attrs<'a>,
        second: &'a Attrs<'a>,
        shown: &str,
        other: &str,
    ) -> Result<Option<Error>, Error> {
        if self.is_derivation(first)? && self.is_derivation(second)? {
            let paths = (first.get(Symbol::OUT_PATH), second.get(Symbol::OUT_PATH));
            if let (Some(a), Some(b)) = paths {
                return self.different_thunks(a.value, b.value);
            }
        }
        if first.entries().len() != second.entries().len() {
            let message =
                format!("attribute names of attribute set '{shown}' differs from attribute set '{other}'");
            return Ok(Some(failed(message)));
        }
        for (a, b) in first.entries().iter().zip(second.entries()) {
            if a.name != b.name {
                let name = self.name(a.name);
                let message = match second.get(a.name) {
                    None => {
                        format!("attribute name '{name}' is contained in '{shown}', but not in '{other}'")
                    }
                    Some(_) => {
                        let name = self.name(b.name);
                        format!(
                            "attribute name '{name}' is missing in '{shown}', but is contained in '{other}'"
                        )
                    }
                };
                return Ok(Some(failed(message)));
            }
            if let Some(error) = self.different_thunks(a.value, b.value)? {
                let text = || format!("while comparing attribute '{}'", self.name(a.name));
                let error = error
                    .during(b.pos, || "where right hand side is".to_owned())
                    .during(a.pos, || "where left hand side is".to_owned());
                return Ok(Some(error.during(Pos::NONE, text)));
            }
        }
        Ok(None)
    }
}
