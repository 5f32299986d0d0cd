//! What a caller may ask of a value beside its content: where its parts stand, and what they must be.

use crate::error::Error;
use crate::eval::Evaluator;
use crate::sources::{Origin, Pos};
use crate::value::{Attr, Thunk, Value};

/// An attribute of a set, with where it is defined.
pub struct Member<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it is defined.
    pub pos: Pos,
    /// Its value.
    pub value: &'a Thunk<'a>,
}

impl<'a> Evaluator<'a> {
    /// The attributes of what must be a set, in the order of their names.
    pub fn members(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<Vec<Member<'a>>, Error> {
        let attrs = self.force_attrs(thunk, pos)?;
        let member = |attr: Attr<'a>| Member {
            name: self.name(attr.name),
            pos: attr.pos,
            value: attr.value,
        };
        Ok(self.by_name(attrs).into_iter().map(member).collect())
    }

    /// A string that must not refer to the store.
    pub fn plain_text(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<&'a str, Error> {
        self.force_plain(thunk, pos)
    }

    /// The name of a function's one argument, if it takes no set apart.
    pub fn argument_name(&self, value: &Value<'a>) -> Option<&'a str> {
        let Value::Closure(closure) = value else {
            return None;
        };
        let name = closure
            .lambda
            .argument
            .filter(|_| closure.lambda.pattern.is_none());
        name.map(|name| self.name(name))
    }

    /// What calling a function gives with an argument that it does not look at; nothing where it looks.
    pub fn call_blindly(&self, function: Value<'a>) -> Option<Value<'a>> {
        let origin = Origin::Text("argument".to_owned());
        let argument = self
            .delayed_text("throw \"this argument is not known\"", origin, "/")
            .ok()?;
        self.call(function, &[argument], Pos::NONE).ok()
    }

    /// Whether a path, or a string that is one, leads to something.
    pub fn path_exists(&self, thunk: &'a Thunk<'a>) -> Result<bool, Error> {
        let origin = Origin::Text("path".to_owned());
        let function = self.evaluate_text("path: builtins.pathExists path", origin, "/")?;
        Ok(matches!(
            self.call(function, &[thunk], Pos::NONE)?,
            Value::Bool(true)
        ))
    }
}
