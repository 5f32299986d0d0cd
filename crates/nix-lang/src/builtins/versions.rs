//! Builtins on version strings.

use crate::eval::{Evaluated, Evaluator};
use crate::pure::versions;
use crate::sources::Pos;
use crate::value::{Thunk, Value};

pub(super) fn compare_versions<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let first = evaluator.force_plain(arguments[0], pos)?;
    let second = evaluator.force_plain(arguments[1], pos)?;
    Ok(Value::Int(versions::compare(first, second) as i64))
}

pub(super) fn split_version<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let version = evaluator.force_plain(arguments[0], pos)?;
    let parts: Vec<_> = versions::split(version)
        .into_iter()
        .map(|part| evaluator.done(evaluator.string(part)))
        .collect();
    Ok(evaluator.list(&parts))
}

pub(super) fn parse_drv_name<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let (name, version) = versions::parse_drv_name(evaluator.force_plain(arguments[0], pos)?);
    Ok(evaluator.attrs(vec![
        evaluator.attr("name", evaluator.string(name)),
        evaluator.attr("version", evaluator.string(version)),
    ]))
}
