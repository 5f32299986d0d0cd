//! Builtins that decide what is evaluated and what happens when that fails.

use crate::coerce::Coercion;
use crate::error::{ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::value::{Thunk, Value};

fn message<'a>(evaluator: &Evaluator<'a>, thunk: &'a Thunk<'a>, pos: Pos) -> Result<String, crate::Error> {
    let value = evaluator.coerce_thunk(
        thunk,
        Coercion {
            more: false,
            copy: true,
        },
        pos,
    )?;
    Ok(String::from_utf8_lossy(evaluator.as_text(value, pos)?.bytes).into_owned())
}

pub(super) fn abort<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let text = message(evaluator, arguments[0], pos)?;
    let text = format!("evaluation aborted with the following error message: '{text}'");
    Err(ErrorData::new(ErrorKind::Abort, text).at(pos))
}

pub(super) fn throw<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let text = message(evaluator, arguments[0], pos)?;
    Err(ErrorData::new(ErrorKind::Throw, text).at(pos))
}

pub(super) fn add_error_context<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    evaluator
        .force(arguments[1])
        .map_err(|error| match message(evaluator, arguments[0], pos) {
            Ok(text) => error.in_context(text),
            Err(error) => error,
        })
}

pub(super) fn seq<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], _: Pos) -> Evaluated<'a> {
    evaluator.force(arguments[0])?;
    evaluator.force(arguments[1])
}

pub(super) fn deep_seq<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], _: Pos) -> Evaluated<'a> {
    evaluator.force_deep(arguments[0])?;
    evaluator.force(arguments[1])
}

pub(super) fn try_eval<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], _: Pos) -> Evaluated<'a> {
    let (success, value) = match evaluator.force(arguments[0]) {
        Ok(value) => (true, value),
        Err(error) if error.kind.is_catchable() => (false, Value::Bool(false)),
        Err(error) => return Err(error),
    };
    Ok(evaluator.attrs(vec![
        evaluator.attr("success", Value::Bool(success)),
        evaluator.attr("value", value),
    ]))
}

/// The text that `trace` and `warn` show: strings as they are, other values printed.
fn shown<'a>(evaluator: &Evaluator<'a>, thunk: &'a Thunk<'a>) -> Result<String, crate::Error> {
    Ok(match evaluator.force(thunk)? {
        Value::String(text) => String::from_utf8_lossy(text.bytes).into_owned(),
        other => evaluator.shown(&other),
    })
}

pub(super) fn trace<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], _: Pos) -> Evaluated<'a> {
    let text = shown(evaluator, arguments[0])?;
    evaluator.world.trace(&text);
    evaluator.force(arguments[1])
}

pub(super) fn trace_verbose<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    match evaluator.settings.trace_verbose {
        true => trace(evaluator, arguments, pos),
        false => evaluator.force(arguments[1]),
    }
}

pub(super) fn warn<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let text = evaluator.force_text(arguments[0], pos)?;
    evaluator.world.warn(&String::from_utf8_lossy(text.bytes));
    if evaluator.settings.abort_on_warn {
        let text = "a warning was given, and the setting 'abort-on-warn' makes that an error";
        return Err(ErrorData::new(ErrorKind::Abort, text.to_owned()).at(pos));
    }
    evaluator.force(arguments[1])
}

/// Without a debugger there is nothing to stop in.
pub(super) fn break_point<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    _: Pos,
) -> Evaluated<'a> {
    evaluator.force(arguments[0])
}

pub(super) fn get_env<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let name = evaluator.force_plain(arguments[0], pos)?;
    let value = match evaluator.settings.pure {
        true => None,
        false => evaluator.world.variable(name),
    };
    Ok(evaluator.string(&value.unwrap_or_default()))
}
