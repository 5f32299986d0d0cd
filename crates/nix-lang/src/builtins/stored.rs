//! Builtins that put files into the store, and paths of it.

use std::collections::BTreeSet;

use nix_formats::{Hash, HashAlgorithm, StorePath};

use super::attrs::unsupported_argument;
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::paths;
use crate::sources::Pos;
use crate::value::{ContextElement, Thunk, Type, Value};
use crate::world::{PathImport, PathKind};

pub(super) fn to_file<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let name = evaluator.force_plain(arguments[0], pos)?;
    let content = evaluator.force_text(arguments[1], pos)?;
    let mut references = BTreeSet::new();
    for element in content.context {
        let path = match element {
            ContextElement::Path(path) => path,
            _ => {
                let message = format!(
                    "files created by builtins.toFile may not reference derivations, but {name} references {}",
                    element.to_string().replace("/nix/store/", "")
                );
                return Err(ErrorData::new(ErrorKind::Type, message).at(pos));
            }
        };
        references.insert(
            StorePath::parse_absolute(path).map_err(|error| evaluator.outside(error.into()).at(pos))?,
        );
    }
    let path = evaluator
        .world
        .add_text(name, content.bytes, &references)
        .map_err(|source| evaluator.outside(source).at(pos))?;
    Ok(store_string(evaluator, &path))
}

/// A store path as a string that refers to it.
pub(super) fn store_string<'a>(evaluator: &Evaluator<'a>, path: &StorePath) -> Value<'a> {
    let text: &'a str = evaluator.arena.alloc_str(&path.to_string());
    let context = evaluator.arena.alloc_slice_copy(&[ContextElement::Path(text)]);
    Value::String(evaluator.text(text.as_bytes(), context))
}

pub(super) fn store_path<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    if evaluator.settings.pure {
        let message = "'builtins.storePath' is not allowed in pure evaluation mode";
        return Err(ErrorData::new(ErrorKind::Impure, message).at(pos));
    }
    let path = evaluator.path_argument(arguments[0], pos)?;
    let resolved = match StorePath::parse_inside(&path) {
        Ok(_) => path,
        Err(_) => evaluator
            .world
            .resolve_links(&path)
            .map_err(|source| evaluator.outside(source).at(pos))?,
    };
    let (store_path, _) =
        StorePath::parse_inside(&resolved).map_err(|error| evaluator.outside(error.into()).at(pos))?;
    evaluator
        .world
        .ensure_path(&store_path)
        .map_err(|source| evaluator.outside(source).at(pos))?;
    let whole: &'a str = evaluator.arena.alloc_str(&store_path.to_string());
    let context = evaluator.arena.alloc_slice_copy(&[ContextElement::Path(whole)]);
    Ok(Value::String(evaluator.text(resolved.as_bytes(), context)))
}

pub(super) fn filter_source<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let path = evaluator.path_argument(arguments[1], pos)?;
    let filter = evaluator.force_function(arguments[0], pos)?;
    let name = paths::base_name(&path).to_owned();
    add(
        evaluator,
        PathImport {
            path,
            name,
            recursive: true,
            expected: None,
        },
        Some(filter),
        pos,
    )
}

pub(super) fn path<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let (mut path, mut name, mut recursive, mut expected, mut filter) = (None, None, true, None, None);
    for attr in evaluator.force_attrs(arguments[0], pos)?.entries() {
        match evaluator.name(attr.name) {
            "path" => path = Some(evaluator.path_argument(attr.value, attr.pos)?),
            "name" => name = Some(evaluator.force_plain(attr.value, attr.pos)?.to_owned()),
            "filter" => filter = Some(evaluator.force_function(attr.value, attr.pos)?),
            "recursive" => recursive = evaluator.force_bool(attr.value, attr.pos)?,
            "sha256" => {
                let text = evaluator.force_plain(attr.value, attr.pos)?;
                let hash = match text {
                    "" => Ok(Hash::from_bytes(HashAlgorithm::Sha256, &[0; 32]).unwrap_or(Hash::sha256(b""))),
                    _ => Hash::parse_any(text, Some(HashAlgorithm::Sha256)),
                };
                expected = Some(hash.map_err(|error| evaluator.outside(error.into()).at(attr.pos))?);
            }
            other => return Err(unsupported_argument(other, "builtins.path").at(attr.pos)),
        }
    }
    let Some(path) = path else {
        let message = "missing required 'path' attribute in the first argument to 'builtins.path'";
        return Err(ErrorData::new(ErrorKind::Type, message).at(pos));
    };
    let name = name.unwrap_or_else(|| paths::base_name(&path).to_owned());
    add(
        evaluator,
        PathImport {
            path,
            name,
            recursive,
            expected,
        },
        filter,
        pos,
    )
}

/// What is imported where a path is a link: what it leads to. The name stays that of the link.
fn followed(evaluator: &Evaluator<'_>, path: String, pos: Pos) -> Result<String, Error> {
    let world = evaluator.world;
    let outside = |source| evaluator.outside(source).at(pos);
    match world.path_kind(&path).map_err(outside)? {
        Some(PathKind::Symlink) => {
            let target = world.resolve_links(&path).map_err(outside)?;
            match world.path_kind(&target).map_err(outside)? {
                Some(PathKind::Symlink) | None => Err(evaluator.missing_path(&target).at(pos)),
                Some(_) => Ok(target),
            }
        }
        _ => Ok(path),
    }
}

fn add<'a>(
    evaluator: &Evaluator<'a>,
    import: PathImport,
    filter: Option<Value<'a>>,
    pos: Pos,
) -> Evaluated<'a> {
    // The evaluation error of a filter cannot travel through the world, so it waits here.
    let mut failure: Option<Error> = None;
    let import = PathImport {
        path: followed(evaluator, import.path, pos)?,
        ..import
    };
    let mut keep = |path: &str, kind: PathKind| -> Result<bool, crate::WorldError> {
        let Some(function) = filter else { return Ok(true) };
        match call_filter(evaluator, function, path, kind, pos) {
            Ok(kept) => Ok(kept),
            Err(error) => {
                let text = error.message.clone();
                failure = Some(error);
                Err(text.into())
            }
        }
    };
    let added = match filter {
        Some(_) => evaluator.world.add_path(&import, Some(&mut keep)),
        None => evaluator.world.add_path(&import, None),
    };
    match (added, failure) {
        (_, Some(error)) => Err(error),
        (Ok(path), None) => Ok(store_string(evaluator, &path)),
        (Err(source), None) => Err(evaluator.outside_at(&import.path, source).at(pos)),
    }
}

fn call_filter<'a>(
    evaluator: &Evaluator<'a>,
    function: Value<'a>,
    path: &str,
    kind: PathKind,
    pos: Pos,
) -> Result<bool, Error> {
    let arguments = [
        evaluator.done(evaluator.string(path)),
        evaluator.done(evaluator.string(kind.word())),
    ];
    match evaluator.call(function, &arguments, pos)? {
        Value::Bool(kept) => Ok(kept),
        other => Err(evaluator.unexpected(Type::Bool, &other).at(pos)),
    }
}
