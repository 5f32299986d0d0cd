//! Operators: arithmetic, comparison, equality, update and concatenation.

use std::cmp::Ordering;

use crate::code::Code;
use crate::coerce::{Coercion, TextBuilder};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::syntax::ast::Operator;
use crate::value::{Attrs, Env, List, Thunk, Type, Value};

impl<'a> Evaluator<'a> {
    #[inline(never)]
    pub(crate) fn binary(
        &self,
        operator: Operator,
        left: &'a Code<'a>,
        right: &'a Code<'a>,
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        if operator == Operator::Update {
            return self.update_code(left, right, pos, env);
        }
        let first = self.eval(left, env)?;
        self.binary_from(operator, first, right, pos, env)
    }

    /// An operator whose left side is evaluated.
    #[inline(never)]
    pub(crate) fn binary_from(
        &self,
        operator: Operator,
        first: Value<'a>,
        right: &'a Code<'a>,
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        if operator == Operator::Add {
            return self.add_code(first, right, pos, env);
        }
        let second = self.eval(right, env)?;
        match operator {
            Operator::Equal => self.equal(first, second, pos).map(Value::Bool),
            Operator::NotEqual => self.equal(first, second, pos).map(|equal| Value::Bool(!equal)),
            Operator::Less => self.less(first, second, pos).map(Value::Bool),
            Operator::LessOrEqual => self.less(second, first, pos).map(|less| Value::Bool(!less)),
            Operator::Greater => self.less(second, first, pos).map(Value::Bool),
            Operator::GreaterOrEqual => self.less(first, second, pos).map(|less| Value::Bool(!less)),
            Operator::Concat => match (first, second) {
                (Value::List(first), Value::List(second)) => Ok(self.concat(first, second)),
                (Value::List(_), other) | (other, _) => Err(self.unexpected(Type::List, &other).at(pos)),
            },
            Operator::Subtract => self.arithmetic(
                "subtracting",
                "-",
                first,
                second,
                i64::checked_sub,
                |a, b| a - b,
                pos,
            ),
            Operator::Multiply => self.arithmetic(
                "multiplying",
                "*",
                first,
                second,
                i64::checked_mul,
                |a, b| a * b,
                pos,
            ),
            Operator::Divide => self.divide(first, second, pos),
            _ => Err(ErrorData::new(
                ErrorKind::Other,
                "an operator of this kind is evaluated elsewhere",
            )
            .at(pos)),
        }
    }

    /// `//`: as in Nix the right side is evaluated first.
    fn update_code(
        &self,
        left: &'a Code<'a>,
        right: &'a Code<'a>,
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        let attrs = |value: Value<'a>| match value {
            Value::Attrs(attrs) => Ok(attrs),
            other => Err(self.unexpected(Type::Attrs, &other).at(pos)),
        };
        let second = attrs(self.eval(right, env)?)?;
        let first = attrs(self.eval(left, env)?)?;
        Ok(self.update(first, second))
    }

    fn add_code(&self, first: Value<'a>, right: &'a Code<'a>, pos: Pos, env: &'a Env<'a>) -> Evaluated<'a> {
        if !matches!(
            first,
            Value::Int(_) | Value::Float(_) | Value::String(_) | Value::Path(_)
        ) {
            // What is no string is turned into one before the right side is looked at.
            let how = Coercion {
                more: false,
                copy: true,
            };
            let mut text = TextBuilder::new();
            self.coerce(first, how, &mut text, pos)?;
            let second = self.eval(right, env)?;
            self.coerce(
                second,
                Coercion {
                    more: false,
                    copy: false,
                },
                &mut text,
                pos,
            )?;
            return Ok(text.finish(self));
        }
        let second = self.eval(right, env)?;
        self.add(first, second, pos)
    }

    /// `+`: numbers, strings and paths; the first operand decides which.
    pub(crate) fn add(&self, first: Value<'a>, second: Value<'a>, pos: Pos) -> Evaluated<'a> {
        match (first, second) {
            (Value::Int(_) | Value::Float(_), Value::Int(_) | Value::Float(_)) => {
                self.arithmetic("adding", "+", first, second, i64::checked_add, |a, b| a + b, pos)
            }
            (Value::Int(_), other) => Err(self.cannot_add(&other, "an integer").at(pos)),
            (Value::Float(_), other) => Err(self.cannot_add(&other, "a float").at(pos)),
            (Value::Path(path), _) => {
                let mut text = TextBuilder::new();
                self.coerce(
                    second,
                    Coercion {
                        more: false,
                        copy: false,
                    },
                    &mut text,
                    pos,
                )?;
                self.append_to_path(path.bytes, text, pos)
            }
            _ => {
                let copy = first.kind() == Type::String;
                let mut text = TextBuilder::new();
                self.coerce(
                    first,
                    Coercion {
                        more: false,
                        copy: true,
                    },
                    &mut text,
                    pos,
                )?;
                self.coerce(second, Coercion { more: false, copy }, &mut text, pos)?;
                Ok(text.finish(self))
            }
        }
    }

    fn append_to_path(&self, path: &[u8], text: TextBuilder<'a>, pos: Pos) -> Evaluated<'a> {
        if text.has_context() {
            let message = "a string that refers to a store path cannot be appended to a path";
            return Err(ErrorData::new(ErrorKind::Type, message).at(pos));
        }
        let joined = [path, text.bytes()].concat();
        Ok(self.path(&crate::paths::canonical(&String::from_utf8_lossy(&joined))))
    }

    fn cannot_add(&self, value: &Value<'a>, to: &str) -> Error {
        let message = format!("cannot add {} to {to}", value.described());
        ErrorData::new(ErrorKind::Type, message)
    }

    #[expect(clippy::too_many_arguments, reason = "one row of a table of operators")]
    pub(crate) fn arithmetic(
        &self,
        verb: &str,
        sign: &str,
        first: Value<'a>,
        second: Value<'a>,
        whole: fn(i64, i64) -> Option<i64>,
        float: fn(f64, f64) -> f64,
        pos: Pos,
    ) -> Evaluated<'a> {
        match (first, second) {
            (Value::Int(a), Value::Int(b)) => whole(a, b).map(Value::Int).ok_or_else(|| {
                ErrorData::new(
                    ErrorKind::Other,
                    format!("integer overflow in {verb} {a} {sign} {b}"),
                )
                .at(pos)
            }),
            _ => {
                let is_float = |value: &Value<'a>| matches!(value, Value::Float(_));
                let expected = match is_float(&first) || is_float(&second) {
                    true => Type::Float,
                    false => Type::Int,
                };
                let (a, b) = (
                    self.as_float(first, expected, pos)?,
                    self.as_float(second, expected, pos)?,
                );
                Ok(Value::Float(float(a, b)))
            }
        }
    }

    fn as_float(&self, value: Value<'a>, expected: Type, pos: Pos) -> Result<f64, Error> {
        match value {
            Value::Int(number) => Ok(number as f64),
            Value::Float(number) => Ok(number),
            other => Err(self.unexpected(expected, &other).at(pos)),
        }
    }

    pub(crate) fn divide(&self, first: Value<'a>, second: Value<'a>, pos: Pos) -> Evaluated<'a> {
        if self.as_float(second, Type::Float, pos)? == 0.0 {
            return Err(ErrorData::new(ErrorKind::Other, "division by zero").at(pos));
        }
        self.arithmetic(
            "dividing",
            "/",
            first,
            second,
            i64::checked_div,
            |a, b| a / b,
            pos,
        )
    }

    pub(crate) fn negate(&self, value: Value<'a>, pos: Pos) -> Evaluated<'a> {
        self.arithmetic(
            "subtracting",
            "-",
            Value::Int(0),
            value,
            i64::checked_sub,
            |a, b| a - b,
            pos,
        )
    }

    pub(crate) fn update(&self, first: &'a Attrs<'a>, second: &'a Attrs<'a>) -> Value<'a> {
        Value::Attrs(first.update(second, self.arena))
    }

    pub(crate) fn concat(&self, first: &'a List<'a>, second: &'a List<'a>) -> Value<'a> {
        if second.items.is_empty() {
            return Value::List(first);
        }
        if first.items.is_empty() {
            return Value::List(second);
        }
        let length = first.items.len() + second.items.len();
        let mut items = bumpalo::collections::Vec::with_capacity_in(length, self.arena);
        items.extend_from_slice_copy(first.items);
        items.extend_from_slice_copy(second.items);
        Value::List(self.arena.alloc(List {
            items: items.into_bump_slice(),
        }))
    }

    /// `<`
    pub(crate) fn less(&self, first: Value<'a>, second: Value<'a>, pos: Pos) -> Result<bool, Error> {
        Ok(self.compare(first, second, pos)? == Some(Ordering::Less))
    }

    /// The order of two values; nothing where a float is not a number.
    pub(crate) fn compare(
        &self,
        first: Value<'a>,
        second: Value<'a>,
        pos: Pos,
    ) -> Result<Option<Ordering>, Error> {
        match (first, second) {
            (Value::Int(a), Value::Int(b)) => Ok(Some(a.cmp(&b))),
            (Value::Int(a), Value::Float(b)) => Ok((a as f64).partial_cmp(&b)),
            (Value::Float(a), Value::Int(b)) => Ok(a.partial_cmp(&(b as f64))),
            (Value::Float(a), Value::Float(b)) => Ok(a.partial_cmp(&b)),
            (Value::String(a), Value::String(b)) | (Value::Path(a), Value::Path(b)) => {
                Ok(Some(a.bytes.cmp(b.bytes)))
            }
            (Value::List(a), Value::List(b)) => self.compare_lists(a.items, b.items, pos),
            _ => Err(self.not_comparable(&first, &second).at(pos)),
        }
    }

    fn compare_lists(
        &self,
        first: &'a [&'a Thunk<'a>],
        second: &'a [&'a Thunk<'a>],
        pos: Pos,
    ) -> Result<Option<Ordering>, Error> {
        for (a, b) in first.iter().zip(second) {
            let (a, b) = (self.force(a)?, self.force(b)?);
            if !self.equal(a, b, pos)? {
                return self.nested(pos, || self.compare(a, b, pos));
            }
        }
        Ok(Some(first.len().cmp(&second.len())))
    }

    fn not_comparable(&self, first: &Value<'a>, second: &Value<'a>) -> Error {
        let (a, b) = (first.described(), second.described());
        let message = match first.kind() == second.kind() {
            true => format!(
                "cannot compare {a} with {b}; values of that type are incomparable (values are {} and {})",
                self.shown_shortly(first),
                self.shown_shortly(second)
            ),
            false => format!(
                "cannot compare {a} with {b}; values are {} and {}",
                self.shown_shortly(first),
                self.shown_shortly(second)
            ),
        };
        ErrorData::new(ErrorKind::Type, message)
    }

    pub(crate) fn equal_thunks(
        &self,
        first: &'a Thunk<'a>,
        second: &'a Thunk<'a>,
        pos: Pos,
    ) -> Result<bool, Error> {
        if std::ptr::eq(first, second) {
            // Nix takes one and the same value for equal without looking at it, functions too; errors still come out.
            self.force(first)?;
            return Ok(true);
        }
        let (first, second) = (self.force(first)?, self.force(second)?);
        self.equal(first, second, pos)
    }

    /// `==`
    pub(crate) fn equal(&self, first: Value<'a>, second: Value<'a>, pos: Pos) -> Result<bool, Error> {
        match (first, second) {
            (Value::Null, Value::Null) => Ok(true),
            (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
            (Value::Int(a), Value::Int(b)) => Ok(a == b),
            (Value::Int(a), Value::Float(b)) | (Value::Float(b), Value::Int(a)) => Ok(a as f64 == b),
            (Value::Float(a), Value::Float(b)) => Ok(a == b),
            (Value::String(a), Value::String(b)) | (Value::Path(a), Value::Path(b)) => Ok(a.bytes == b.bytes),
            (Value::List(a), Value::List(b)) => {
                if a.items.len() != b.items.len() {
                    return Ok(false);
                }
                for (a, b) in a.items.iter().zip(b.items) {
                    if !self.nested(pos, || self.equal_thunks(a, b, pos))? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Attrs(a), Value::Attrs(b)) => self.equal_attrs(a, b, pos),
            _ => Ok(false),
        }
    }

    fn equal_attrs(&self, first: &'a Attrs<'a>, second: &'a Attrs<'a>, pos: Pos) -> Result<bool, Error> {
        if std::ptr::eq(first, second) {
            return Ok(true);
        }
        if self.is_derivation(first)? && self.is_derivation(second)? {
            let paths = (first.get(Symbol::OUT_PATH), second.get(Symbol::OUT_PATH));
            if let (Some(a), Some(b)) = paths {
                return self.nested(pos, || self.equal_thunks(a.value, b.value, pos));
            }
        }
        if first.entries().len() != second.entries().len() {
            return Ok(false);
        }
        if first
            .entries()
            .iter()
            .zip(second.entries())
            .any(|(a, b)| a.name != b.name)
        {
            return Ok(false);
        }
        for (a, b) in first.entries().iter().zip(second.entries()) {
            if !self.nested(pos, || self.equal_thunks(a.value, b.value, pos))? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether a set says `type = "derivation"`.
    pub(crate) fn is_derivation(&self, attrs: &Attrs<'a>) -> Result<bool, Error> {
        let Some(kind) = attrs.get(Symbol::TYPE) else {
            return Ok(false);
        };
        Ok(matches!(self.force(kind.value)?, Value::String(text) if text.bytes == b"derivation"))
    }
}
