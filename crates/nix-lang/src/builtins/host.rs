//! `builtins.hardpan`: functions of the program around the evaluator, from JSON to JSON.

use super::Builtin;
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::value::Value;

/// Takes the function's name and its argument.
static CALL: Builtin = Builtin {
    name: "hardpan",
    arity: 2,
    run: call,
};

fn call<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a crate::value::Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let name = evaluator.force_plain(arguments[0], pos)?;
    // What the argument refers to is not kept: the result is data about it.
    let argument = evaluator.to_json_value(arguments[1], pos, &mut Vec::new())?;
    let result = evaluator
        .world
        .host_function(name, argument)
        .map_err(|source| evaluator.outside(source).at(pos))?;
    Ok(evaluator.value_of_json(&result))
}

impl<'a> Evaluator<'a> {
    /// The set of host functions.
    pub(super) fn host_functions(&self, names: &[String]) -> Value<'a> {
        let function = |name: &String| {
            let own_name = self.done(self.string(name));
            self.attr(name, self.with_arguments(&CALL, &[own_name]))
        };
        self.attrs(names.iter().map(function).collect())
    }
}
