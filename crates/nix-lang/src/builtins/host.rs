//! `builtins.hardpan`: functions of the program around the evaluator, from JSON to JSON, and `once`.

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

/// `once key value`: the value that was computed first under this key. Whoever calls it answers for it that equal keys
/// stand for equal values; many machines of one flake then share what they have in common.
static ONCE: Builtin = Builtin {
    name: "once",
    arity: 2,
    run: once,
};

fn once<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a crate::value::Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let key = evaluator.force_plain(arguments[0], pos)?;
    let known = evaluator.once.borrow().get(key).copied();
    if let Some(value) = known {
        return Ok(value);
    }
    let value = evaluator.force(arguments[1])?;
    evaluator.keep(key, value);
    Ok(value)
}

impl<'a> Evaluator<'a> {
    /// Keeps a value of `once`. The key lies in the arena, so no call that is going on takes its things back.
    fn keep(&self, key: &str, value: Value<'a>) {
        let key: &'a str = self.arena.alloc_str(key);
        self.once.borrow_mut().insert(key, value);
    }

    /// The set of host functions.
    pub(super) fn host_functions(&self, names: &[String]) -> Value<'a> {
        let function = |name: &String| {
            let own_name = self.done(self.string(name));
            self.attr(name, self.with_arguments(&CALL, &[own_name]))
        };
        let once = self.attr(ONCE.name, Value::Builtin(&ONCE));
        self.attrs(names.iter().map(function).chain([once]).collect())
    }
}
