//! `fromJSON`, `toJSON` and `fromTOML`.

use serde_json::Value as Json;

use crate::coerce::{Coercion, TextBuilder};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::pure::{json, toml};
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attrs, ContextElement, Thunk, Value};

pub(super) fn from_json<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let text = evaluator.force_plain(arguments[0], pos)?;
    let parsed = json::parse(text.as_bytes())
        .map_err(|error| ErrorData::new(ErrorKind::Other, error.to_string()).at(pos))?;
    Ok(evaluator.value_of_json(&parsed))
}

pub(super) fn from_toml<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let text = evaluator.force_plain(arguments[0], pos)?;
    let times = match evaluator.settings.toml_timestamps {
        true => toml::Times::Read,
        false => toml::Times::Refused,
    };
    let parsed = toml::parse(text, times)
        .map_err(|error| ErrorData::new(ErrorKind::Other, format!("while parsing TOML: {error}")).at(pos))?;
    Ok(evaluator.value_of_toml_table(&parsed))
}

pub(super) fn to_json<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let mut text = TextBuilder::new();
    evaluator.write_json(arguments[0], &mut text, pos)?;
    Ok(text.finish(evaluator))
}

impl<'a> Evaluator<'a> {
    /// The value that a piece of JSON stands for.
    pub fn value_of_json(&self, json: &Json) -> Value<'a> {
        match json {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(*value),
            Json::Number(number) => match number.as_i64() {
                Some(whole) => Value::Int(whole),
                // Written without a fraction, minus zero is an integer.
                None if number.to_string() == "-0" => Value::Int(0),
                None => Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            },
            Json::String(text) => self.string(text),
            Json::Array(items) => {
                let items: Vec<_> = items
                    .iter()
                    .map(|item| self.done(self.value_of_json(item)))
                    .collect();
                self.list(&items)
            }
            Json::Object(members) => {
                let attrs = members
                    .iter()
                    .map(|(name, value)| self.attr(name, self.value_of_json(value)));
                self.attrs(attrs.collect())
            }
        }
    }

    fn value_of_toml_table(&self, table: &::toml::Table) -> Value<'a> {
        let attrs = table
            .iter()
            .map(|(name, value)| self.attr(name, self.value_of_toml(value)));
        self.attrs(attrs.collect())
    }

    /// The value that a piece of TOML stands for; a date or time is a set of its own type.
    fn value_of_toml(&self, toml: &::toml::Value) -> Value<'a> {
        match toml {
            ::toml::Value::String(text) => self.string(text),
            ::toml::Value::Integer(number) => Value::Int(*number),
            ::toml::Value::Float(number) => Value::Float(*number),
            ::toml::Value::Boolean(value) => Value::Bool(*value),
            ::toml::Value::Datetime(time) => self.attrs(vec![
                self.attr("_type", self.string("timestamp")),
                self.attr("value", self.string(&toml::timestamp(time))),
            ]),
            ::toml::Value::Array(items) => {
                let items: Vec<_> = items
                    .iter()
                    .map(|item| self.done(self.value_of_toml(item)))
                    .collect();
                self.list(&items)
            }
            ::toml::Value::Table(table) => self.value_of_toml_table(table),
        }
    }

    /// What a set stands for in JSON where it is not an object: the result of `__toString`, or its `outPath`.
    fn json_stand_in(&self, attrs: &'a Attrs<'a>, pos: Pos) -> Result<Option<&'a Thunk<'a>>, Error> {
        if let Some(to_string) = attrs.get(Symbol::TO_STRING) {
            let function = self.force(to_string.value)?;
            let value = self.call(function, &[self.done(Value::Attrs(attrs))], pos)?;
            let mut own = TextBuilder::new();
            self.coerce(
                value,
                Coercion {
                    more: false,
                    copy: true,
                },
                &mut own,
                pos,
            )?;
            return Ok(Some(self.done(own.finish(self))));
        }
        Ok(attrs.get(Symbol::OUT_PATH).map(|attr| attr.value))
    }

    /// Writes a value as JSON, as `builtins.toJSON` does; everything in it is evaluated.
    pub(crate) fn write_json(
        &self,
        thunk: &'a Thunk<'a>,
        text: &mut TextBuilder<'a>,
        pos: Pos,
    ) -> Result<(), Error> {
        match self.force(thunk)? {
            Value::Null => text.push(b"null"),
            Value::Bool(value) => text.push(if value { b"true" } else { b"false" }),
            Value::Int(number) => text.push(number.to_string().as_bytes()),
            Value::Float(number) => text.push(json::float_to_json(number).as_bytes()),
            Value::String(string) => {
                text.add_context(string.context);
                self.write_json_string(string.bytes, text, pos)?;
            }
            Value::Path(path) => {
                let copied = self.copy_to_store(self.utf8(path.bytes, pos)?, pos)?;
                text.add_context(&[ContextElement::Path(copied)]);
                self.write_json_string(copied.as_bytes(), text, pos)?;
            }
            Value::List(list) => {
                text.push(b"[");
                for (index, item) in list.items.iter().enumerate() {
                    if index > 0 {
                        text.push(b",");
                    }
                    self.nested(pos, || self.write_json(item, text, pos))?;
                }
                text.push(b"]");
            }
            Value::Attrs(attrs) => match self.json_stand_in(attrs, pos)? {
                Some(stand_in) => self.nested(pos, || self.write_json(stand_in, text, pos))?,
                None => self.write_json_object(attrs, text, pos)?,
            },
            function => {
                let message = format!("cannot convert {} to JSON", function.described());
                let place = match function {
                    Value::Closure(closure) => closure.lambda.pos,
                    _ => pos,
                };
                return Err(ErrorData::new(ErrorKind::Type, message).at(place));
            }
        }
        Ok(())
    }

    fn write_json_object(
        &self,
        attrs: &'a Attrs<'a>,
        text: &mut TextBuilder<'a>,
        pos: Pos,
    ) -> Result<(), Error> {
        text.push(b"{");
        for (index, attr) in self.by_name(attrs).into_iter().enumerate() {
            if index > 0 {
                text.push(b",");
            }
            let name = self.name(attr.name);
            self.write_json_string(name.as_bytes(), text, pos)?;
            text.push(b":");
            self.nested(attr.pos, || self.write_json(attr.value, text, pos))
                .map_err(|error| error.during(attr.pos, || format!("while evaluating attribute '{name}'")))?;
        }
        text.push(b"}");
        Ok(())
    }

    fn write_json_string(&self, bytes: &[u8], text: &mut TextBuilder<'a>, pos: Pos) -> Result<(), Error> {
        let quoted = json::quote(bytes).map_err(|error| {
            ErrorData::new(ErrorKind::Other, format!("JSON serialization error: {error}")).at(pos)
        })?;
        text.push(quoted.as_bytes());
        Ok(())
    }

    /// A value as JSON in memory; what its strings refer to is added to `context`.
    pub(crate) fn to_json_value(
        &self,
        thunk: &'a Thunk<'a>,
        pos: Pos,
        context: &mut Vec<ContextElement<'a>>,
    ) -> Result<Json, Error> {
        Ok(match self.force(thunk)? {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(value),
            Value::Int(number) => Json::from(number),
            Value::Float(number) => Json::from(number),
            Value::String(text) => {
                context.extend_from_slice(text.context);
                Json::from(self.utf8(text.bytes, pos)?)
            }
            Value::Path(path) => {
                let copied = self.copy_to_store(self.utf8(path.bytes, pos)?, pos)?;
                context.push(ContextElement::Path(copied));
                Json::from(copied)
            }
            Value::List(list) => {
                let items = list
                    .items
                    .iter()
                    .map(|item| self.to_json_value(item, pos, context));
                Json::Array(items.collect::<Result<_, _>>()?)
            }
            Value::Attrs(attrs) => {
                if let Some(stand_in) = self.json_stand_in(attrs, pos)? {
                    return self.to_json_value(stand_in, pos, context);
                }
                let mut members = serde_json::Map::new();
                for attr in attrs.entries() {
                    let name = self.name(attr.name).to_owned();
                    members.insert(name, self.to_json_value(attr.value, pos, context)?);
                }
                Json::Object(members)
            }
            function => {
                let message = format!("cannot convert {} to JSON", function.described());
                return Err(ErrorData::new(ErrorKind::Type, message).at(pos));
            }
        })
    }
}
