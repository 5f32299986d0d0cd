//! Builtins on what strings refer to.

use std::collections::BTreeMap;

use nix_formats::StorePath;

use crate::coerce::{Coercion, TextBuilder};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::value::{ContextElement, Text, Thunk, Value};

fn text_of<'a>(evaluator: &Evaluator<'a>, thunk: &'a Thunk<'a>, pos: Pos) -> Result<&'a Text<'a>, Error> {
    let value = evaluator.coerce_thunk(
        thunk,
        Coercion {
            more: false,
            copy: true,
        },
        pos,
    )?;
    evaluator.as_text(value, pos)
}

fn with_context<'a>(evaluator: &Evaluator<'a>, bytes: &[u8], context: &[ContextElement<'a>]) -> Value<'a> {
    let mut text = TextBuilder::new();
    text.push(bytes);
    text.add_context(context);
    text.finish(evaluator)
}

pub(super) fn has_context<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    Ok(Value::Bool(
        !evaluator.force_text(arguments[0], pos)?.context.is_empty(),
    ))
}

pub(super) fn discard_context<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let text = text_of(evaluator, arguments[0], pos)?;
    Ok(Value::String(evaluator.arena.alloc(Text {
        bytes: text.bytes,
        context: &[],
    })))
}

pub(super) fn discard_output_dependency<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let text = text_of(evaluator, arguments[0], pos)?;
    let shallow = |element: &ContextElement<'a>| match element {
        ContextElement::DeepDerivation(derivation) => ContextElement::Path(derivation),
        other => *other,
    };
    let context: Vec<_> = text.context.iter().map(shallow).collect();
    Ok(with_context(evaluator, text.bytes, &context))
}

pub(super) fn add_output_dependencies<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let text = text_of(evaluator, arguments[0], pos)?;
    let message = match text.context {
        [ContextElement::Path(path)] if path.ends_with(".drv") => {
            return Ok(with_context(
                evaluator,
                text.bytes,
                &[ContextElement::DeepDerivation(path)],
            ));
        }
        [ContextElement::DeepDerivation(_)] => return Ok(Value::String(text)),
        [ContextElement::Path(path)] => format!("path '{path}' is not a derivation"),
        [ContextElement::Output { output, .. }] => format!(
            "`addDrvOutputDependencies` can only act on derivations, not on a derivation output such as '{output}'"
        ),
        elements => format!(
            "context of string '{}' must have exactly one element, but has {}",
            String::from_utf8_lossy(text.bytes),
            elements.len()
        ),
    };
    Err(ErrorData::new(ErrorKind::Type, message).at(pos))
}

#[derive(Default)]
struct Entry<'a> {
    path: bool,
    all_outputs: bool,
    outputs: Vec<&'a str>,
}

pub(super) fn get_context<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let mut entries: BTreeMap<&'a str, Entry<'a>> = BTreeMap::new();
    for element in evaluator.force_text(arguments[0], pos)?.context {
        match element {
            ContextElement::Path(path) => entries.entry(path).or_default().path = true,
            ContextElement::DeepDerivation(path) => entries.entry(path).or_default().all_outputs = true,
            ContextElement::Output { derivation, output } => {
                entries.entry(derivation).or_default().outputs.push(output);
            }
        }
    }
    let shown = |(path, entry): (&&str, &Entry<'a>)| {
        let mut attrs = Vec::new();
        if entry.path {
            attrs.push(evaluator.attr("path", Value::Bool(true)));
        }
        if entry.all_outputs {
            attrs.push(evaluator.attr("allOutputs", Value::Bool(true)));
        }
        if !entry.outputs.is_empty() {
            let outputs: Vec<_> = entry
                .outputs
                .iter()
                .map(|output| evaluator.done(evaluator.string(output)))
                .collect();
            attrs.push(evaluator.attr("outputs", evaluator.list(&outputs)));
        }
        evaluator.attr(path, evaluator.attrs(attrs))
    };
    Ok(evaluator.attrs(entries.iter().map(shown).collect()))
}

pub(super) fn append_context<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let text = evaluator.force_text(arguments[0], pos)?;
    let mut builder = TextBuilder::new();
    builder.push(text.bytes);
    builder.add_context(text.context);
    for attr in evaluator.force_attrs(arguments[1], pos)?.entries() {
        let path = evaluator.name(attr.name);
        if StorePath::parse_absolute(path).is_err() {
            let message = format!("context key '\"{path}\"' is not a store path");
            return Err(ErrorData::new(ErrorKind::Type, message).at(attr.pos));
        }
        append_entry(evaluator, path, attr.value, &mut builder, pos)?;
    }
    Ok(builder.finish(evaluator))
}

fn append_entry<'a>(
    evaluator: &Evaluator<'a>,
    path: &'a str,
    entry: &'a Thunk<'a>,
    builder: &mut TextBuilder<'a>,
    pos: Pos,
) -> Result<(), Error> {
    let entry = evaluator.force_attrs(entry, pos)?;
    let get = |name: &str| entry.get(evaluator.symbol(name)).map(|attr| attr.value);
    if let Some(flag) = get("path")
        && evaluator.force_bool(flag, pos)?
    {
        builder.add_context(&[ContextElement::Path(path)]);
    }
    let needs_derivation = |what: &str| {
        let message =
            format!("tried to add {what} context of \"{path}\", which is not a derivation, to a string");
        ErrorData::new(ErrorKind::Type, message).at(pos)
    };
    if let Some(flag) = get("allOutputs")
        && evaluator.force_bool(flag, pos)?
    {
        if !path.ends_with(".drv") {
            return Err(needs_derivation("all-outputs"));
        }
        builder.add_context(&[ContextElement::DeepDerivation(path)]);
    }
    if let Some(outputs) = get("outputs") {
        for output in evaluator.force_list(outputs, pos)? {
            if !path.ends_with(".drv") {
                return Err(needs_derivation("derivation output"));
            }
            let output = evaluator.force_plain(output, pos)?;
            builder.add_context(&[ContextElement::Output {
                derivation: path,
                output,
            }]);
        }
    }
    Ok(())
}
