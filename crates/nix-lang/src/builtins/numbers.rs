//! Builtins on numbers.

use crate::error::{ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::value::{Thunk, Type, Value};

fn both<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
) -> Result<(Value<'a>, Value<'a>), crate::Error> {
    Ok((evaluator.force(arguments[0])?, evaluator.force(arguments[1])?))
}

pub(super) fn add<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let (first, second) = both(evaluator, arguments)?;
    evaluator.arithmetic("adding", "+", first, second, i64::checked_add, |a, b| a + b, pos)
}

pub(super) fn sub<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let (first, second) = both(evaluator, arguments)?;
    evaluator.arithmetic(
        "subtracting",
        "-",
        first,
        second,
        i64::checked_sub,
        |a, b| a - b,
        pos,
    )
}

pub(super) fn mul<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let (first, second) = both(evaluator, arguments)?;
    evaluator.arithmetic(
        "multiplying",
        "*",
        first,
        second,
        i64::checked_mul,
        |a, b| a * b,
        pos,
    )
}

pub(super) fn div<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let (first, second) = both(evaluator, arguments)?;
    evaluator.divide(first, second, pos)
}

pub(super) fn less_than<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let (first, second) = both(evaluator, arguments)?;
    evaluator.less(first, second, pos).map(Value::Bool)
}

fn bits<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
    operation: fn(i64, i64) -> i64,
) -> Evaluated<'a> {
    let (first, second) = (
        evaluator.force_int(arguments[0], pos)?,
        evaluator.force_int(arguments[1], pos)?,
    );
    Ok(Value::Int(operation(first, second)))
}

pub(super) fn bit_and<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    bits(evaluator, arguments, pos, |a, b| a & b)
}

pub(super) fn bit_or<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    bits(evaluator, arguments, pos, |a, b| a | b)
}

pub(super) fn bit_xor<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    bits(evaluator, arguments, pos, |a, b| a ^ b)
}

fn rounded<'a>(
    evaluator: &Evaluator<'a>,
    thunk: &'a Thunk<'a>,
    pos: Pos,
    round: fn(f64) -> f64,
) -> Evaluated<'a> {
    match evaluator.force(thunk)? {
        Value::Int(number) => Ok(Value::Int(number)),
        Value::Float(number) => {
            let rounded = round(number);
            // Both bounds are exact as floats.
            match (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&rounded) {
                true => Ok(Value::Int(rounded as i64)),
                false => {
                    let shown = crate::pure::numbers::float_to_display(number);
                    let message = format!("NixFloat argument {shown} is not in the range of NixInt");
                    Err(ErrorData::new(ErrorKind::Other, message).at(pos))
                }
            }
        }
        other => Err(evaluator.unexpected(Type::Float, &other).at(pos)),
    }
}

pub(super) fn ceil<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    rounded(evaluator, arguments[0], pos, f64::ceil)
}

pub(super) fn floor<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    rounded(evaluator, arguments[0], pos, f64::floor)
}
