//! Attributes of sets: `a.b`, `a ? b` and variables of `with`.

use super::{Evaluated, Evaluator};
use crate::code::{Code, Step};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::value::{Attrs, Env, Type, Value};

impl<'a> Evaluator<'a> {
    /// The name that a computed attribute name stands for.
    pub(crate) fn attribute_name(&self, value: Value<'a>, pos: Pos) -> Result<Symbol, Error> {
        self.as_plain(value, pos).map(|name| self.symbol(name))
    }

    pub(super) fn with_variable(
        &self,
        name: Symbol,
        levels: &[u32],
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        for level in levels {
            let scope = self.variable(*level, 0, env);
            let attrs = match self.force(scope).map_err(|error| error.at(pos))? {
                Value::Attrs(attrs) => attrs,
                other => return Err(self.unexpected(Type::Attrs, &other).at(pos)),
            };
            if let Some(attr) = attrs.get(name) {
                return self.force(attr.value).map_err(|error| error.at(pos));
            }
        }
        let scopes = levels.iter().map(|level| self.variable(*level, 0, env).value());
        let known = scopes.flat_map(|scope| match scope {
            Some(Value::Attrs(attrs)) => attrs.entries(),
            _ => &[],
        });
        let hint = crate::suggest::did_you_mean(self.name(name), known.map(|attr| self.name(attr.name)));
        let message = format!("undefined variable '{}'{hint}", self.name(name));
        Err(ErrorData::new(ErrorKind::UndefinedVariable, message).at(pos))
    }

    fn step_name(&self, step: &Step<'a>, env: &'a Env<'a>) -> Result<Symbol, Error> {
        match step {
            Step::Static(name) => Ok(*name),
            Step::Dynamic(code, pos) => {
                let value = self.eval(code, env)?;
                self.attribute_name(value, *pos)
            }
        }
    }

    /// The attribute at the end of a path; nothing if it is missing and there is a default.
    pub(super) fn select(
        &self,
        subject: &'a Code<'a>,
        path: &'a [Step<'a>],
        has_default: bool,
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Result<Option<Value<'a>>, Error> {
        let mut value = self.eval(subject, env)?;
        for step in path {
            let name = self.step_name(step, env)?;
            let attrs = match value {
                Value::Attrs(attrs) => attrs,
                _ if has_default => return Ok(None),
                other => return Err(self.not_selectable(other, name).at(pos)),
            };
            match attrs.get(name) {
                Some(attr) => match self.force(attr.value) {
                    Ok(found) => value = found,
                    Err(error) => {
                        return Err(self.while_evaluating_attribute(error, path, attr.pos, pos, env));
                    }
                },
                None if has_default => return Ok(None),
                None => return Err(self.missing_attribute(name, attrs).at(pos)),
            }
        }
        Ok(Some(value))
    }

    #[inline(never)]
    fn while_evaluating_attribute(
        &self,
        error: Error,
        path: &'a [Step<'a>],
        attr: Pos,
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Error {
        let names: Vec<&str> = path
            .iter()
            .map(|step| self.step_name(step, env).map_or("…", |name| self.name(name)))
            .collect();
        let text = || format!("while evaluating the attribute '{}'", names.join("."));
        error.at(attr).at(pos).during(attr, text)
    }

    #[inline(never)]
    fn not_selectable(&self, value: Value<'a>, name: Symbol) -> Error {
        let error = self.unexpected(Type::Attrs, &value);
        error.during(Pos::NONE, || {
            format!("while selecting an attribute '{}'", self.name(name))
        })
    }

    #[inline(never)]
    pub(crate) fn missing_attribute(&self, name: Symbol, attrs: &Attrs<'a>) -> Error {
        let name = self.name(name);
        let known = attrs.entries().iter().map(|attr| self.name(attr.name));
        let hint = crate::suggest::did_you_mean(name, known);
        let mut quoted = String::new();
        crate::pure::print_string::push_identifier(&mut quoted, name);
        ErrorData::new(
            ErrorKind::MissingAttribute,
            format!("attribute '{quoted}' missing{hint}"),
        )
    }

    pub(super) fn has_attr(
        &self,
        subject: &'a Code<'a>,
        path: &'a [Step<'a>],
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        let mut thunk = self.thunk_for(subject, env);
        for step in path {
            let value = self.force(thunk)?;
            let name = self.step_name(step, env)?;
            match value {
                Value::Attrs(attrs) => match attrs.get(name) {
                    Some(attr) => thunk = attr.value,
                    None => return Ok(Value::Bool(false)),
                },
                _ => return Ok(Value::Bool(false)),
            }
        }
        Ok(Value::Bool(true))
    }
}
