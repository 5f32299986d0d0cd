//! Builtins on strings.

use crate::coerce::{Coercion, TextBuilder};
use crate::error::{ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::value::{Text, Thunk, Value};

pub(super) fn to_string<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    evaluator.coerce_thunk(
        arguments[0],
        Coercion {
            more: true,
            copy: false,
        },
        pos,
    )
}

pub(super) fn string_length<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let value = evaluator.coerce_thunk(
        arguments[0],
        Coercion {
            more: false,
            copy: true,
        },
        pos,
    )?;
    Ok(Value::Int(evaluator.as_text(value, pos)?.bytes.len() as i64))
}

pub(super) fn substring<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let start = evaluator.force_int(arguments[0], pos)?;
    let length = evaluator.force_int(arguments[1], pos)?;
    let Ok(start) = usize::try_from(start) else {
        return Err(ErrorData::new(ErrorKind::Other, "negative start position in 'substring'").at(pos));
    };
    let value = evaluator.coerce_thunk(
        arguments[2],
        Coercion {
            more: false,
            copy: true,
        },
        pos,
    )?;
    let text = evaluator.as_text(value, pos)?;
    let rest = text.bytes.get(start..).unwrap_or_default();
    let length = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
    Ok(Value::String(evaluator.arena.alloc(Text {
        bytes: &rest[..length],
        context: text.context,
    })))
}

pub(super) fn concat_strings_sep<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let separator = evaluator.force_text(arguments[0], pos)?;
    let mut text = TextBuilder::new();
    text.add_context(separator.context);
    for (index, item) in evaluator.force_list(arguments[1], pos)?.iter().enumerate() {
        if index > 0 {
            text.push(separator.bytes);
        }
        let value = evaluator.force(item)?;
        evaluator.coerce(
            value,
            Coercion {
                more: false,
                copy: true,
            },
            &mut text,
            pos,
        )?;
    }
    Ok(text.finish(evaluator))
}

pub(super) fn replace_strings<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let from = evaluator.force_list(arguments[0], pos)?;
    let to = evaluator.force_list(arguments[1], pos)?;
    if from.len() != to.len() {
        let message = "'from' and 'to' arguments passed to builtins.replaceStrings have different lengths";
        return Err(ErrorData::new(ErrorKind::Other, message).at(pos));
    }
    let mut patterns = Vec::with_capacity(from.len());
    for pattern in from {
        patterns.push(evaluator.force_text(pattern, pos)?.bytes);
    }
    let subject = evaluator.force_text(arguments[2], pos)?;
    let mut text = TextBuilder::new();
    text.add_context(subject.context);
    let mut position = 0;
    while position <= subject.bytes.len() {
        let rest = &subject.bytes[position..];
        let found = patterns
            .iter()
            .zip(to)
            .find(|(pattern, _)| rest.starts_with(pattern));
        match found {
            Some((pattern, replacement)) => {
                // Only replacements that are used are looked at.
                let replacement = evaluator.force_text(replacement, pos)?;
                text.push(replacement.bytes);
                text.add_context(replacement.context);
                if pattern.is_empty() {
                    text.push(rest.get(..1).unwrap_or_default());
                    position += 1;
                } else {
                    position += pattern.len();
                }
            }
            None => {
                text.push(rest.get(..1).unwrap_or_default());
                position += 1;
            }
        }
    }
    Ok(text.finish(evaluator))
}
