//! Builtins on files and paths.

use std::collections::BTreeSet;

use nix_formats::{Hash, HashAlgorithm, StorePath};

use super::attrs::unsupported_argument;
use crate::coerce::{Coercion, TextBuilder};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::paths;
use crate::sources::Pos;
use crate::value::{Attr, ContextElement, Text, Thunk, Type, Value};
use crate::world::{PathImport, PathKind};

impl<'a> Evaluator<'a> {
    /// An absolute path from a path or string; what the string refers to is built first.
    pub(crate) fn path_argument(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<String, Error> {
        let value = self.force(thunk)?;
        if let Value::Path(path) = value {
            return Ok(self.utf8(path.bytes, pos)?.to_owned());
        }
        let mut text = TextBuilder::new();
        self.coerce(
            value,
            Coercion {
                more: false,
                copy: false,
            },
            &mut text,
            pos,
        )?;
        let (bytes, context) = text.into_parts();
        self.realise_context(&context, pos)?;
        let path = String::from_utf8(bytes)
            .map_err(|_| ErrorData::new(ErrorKind::Type, "a path is not valid UTF-8").at(pos))?;
        if !path.starts_with('/') {
            let message = format!("string '{path}' doesn't represent an absolute path");
            return Err(ErrorData::new(ErrorKind::Type, message).at(pos));
        }
        Ok(paths::canonical(&path))
    }

    /// The content of a file.
    pub(crate) fn read_file(&self, path: &str, pos: Pos) -> Result<Vec<u8>, Error> {
        let content = self.world.read_file(path);
        content.map_err(|source| self.outside_at(path, source).at(pos))
    }

    /// An error for a path that could not be used: that it is not there, if so, or what the world says.
    pub(crate) fn outside_at(&self, path: &str, source: crate::WorldError) -> Error {
        match self.world.path_kind(path) {
            Ok(None) => missing_path(path),
            _ => self.outside(source),
        }
    }

    /// Builds the outputs that a string refers to.
    pub(crate) fn realise_context(&self, context: &[ContextElement<'a>], pos: Pos) -> Result<(), Error> {
        let mut wanted = Vec::new();
        for element in context {
            if let ContextElement::Output { derivation, output } = element {
                let path = StorePath::parse_absolute(derivation)
                    .map_err(|error| self.outside(error.into()).at(pos))?;
                wanted.push((path, (*output).to_owned()));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        if !self.settings.import_from_derivation {
            let message = format!(
                "cannot build '{}' during evaluation because the option 'allow-import-from-derivation' is disabled",
                wanted
                    .iter()
                    .map(|(path, output)| format!("{path}^{output}"))
                    .collect::<Vec<_>>()
                    .join(" ")
            );
            return Err(ErrorData::new(ErrorKind::Other, message).at(pos));
        }
        self.world
            .realise(&wanted)
            .map_err(|source| self.outside(source).at(pos))
    }
}

pub(super) fn missing_path(path: &str) -> Error {
    ErrorData::new(ErrorKind::World, format!("path '{path}' does not exist"))
}

pub(super) fn base_name_of<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let value = evaluator.coerce_thunk(
        arguments[0],
        Coercion {
            more: false,
            copy: false,
        },
        pos,
    )?;
    let text = evaluator.as_text(value, pos)?;
    let mut bytes = text.bytes;
    // One trailing slash does not count.
    if bytes.len() > 1 || bytes == b"/" {
        bytes = bytes.strip_suffix(b"/").unwrap_or(bytes);
    }
    let start = bytes
        .iter()
        .rposition(|byte| *byte == b'/')
        .map_or(0, |slash| slash + 1);
    Ok(Value::String(evaluator.arena.alloc(Text {
        bytes: &bytes[start..],
        context: text.context,
    })))
}

pub(super) fn dir_of<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let value = evaluator.force(arguments[0])?;
    if let Value::Path(path) = value {
        return Ok(evaluator.path(paths::parent(evaluator.utf8(path.bytes, pos)?)));
    }
    let value = evaluator.coerce_thunk(
        arguments[0],
        Coercion {
            more: false,
            copy: false,
        },
        pos,
    )?;
    let text = evaluator.as_text(value, pos)?;
    let bytes: &[u8] = match text.bytes.iter().rposition(|byte| *byte == b'/') {
        None => b".",
        Some(0) => b"/",
        Some(slash) => &text.bytes[..slash],
    };
    Ok(Value::String(evaluator.text(bytes, text.context)))
}

pub(super) fn path_exists<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let value = evaluator.force(arguments[0])?;
    let must_be_directory = match value {
        Value::String(text) => text.bytes.ends_with(b"/") || text.bytes.ends_with(b"/."),
        _ => false,
    };
    let path = evaluator.path_argument(arguments[0], pos)?;
    let kind = evaluator
        .world
        .path_kind(&path)
        .map_err(|source| evaluator.outside(source).at(pos))?;
    Ok(Value::Bool(match kind {
        None => false,
        Some(PathKind::Symlink) if must_be_directory => {
            let target = evaluator
                .world
                .resolve_links(&path)
                .map_err(|source| evaluator.outside(source).at(pos))?;
            evaluator
                .world
                .path_kind(&target)
                .map_err(|source| evaluator.outside(source).at(pos))?
                == Some(PathKind::Directory)
        }
        Some(kind) => !must_be_directory || kind == PathKind::Directory,
    }))
}

pub(super) fn read_file<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let path = evaluator.path_argument(arguments[0], pos)?;
    let content = evaluator.read_file(&path, pos)?;
    if content.contains(&0) {
        let message = format!("the contents of the file '{path}' cannot be represented as a Nix string");
        return Err(ErrorData::new(ErrorKind::Other, message).at(pos));
    }
    Ok(Value::String(evaluator.text(&content, &[])))
}

pub(super) fn read_dir<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let path = evaluator.path_argument(arguments[0], pos)?;
    let entries = evaluator
        .world
        .read_dir(&path)
        .map_err(|source| evaluator.outside_at(&path, source).at(pos))?;
    let attr = |(name, kind): (String, PathKind)| evaluator.attr(&name, evaluator.string(kind.word()));
    Ok(evaluator.attrs(entries.into_iter().map(attr).collect()))
}

pub(super) fn read_file_type<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let path = evaluator.path_argument(arguments[0], pos)?;
    match evaluator
        .world
        .path_kind(&path)
        .map_err(|source| evaluator.outside(source).at(pos))?
    {
        Some(kind) => Ok(evaluator.string(kind.word())),
        None => Err(missing_path(&path).at(pos)),
    }
}

pub(super) fn to_path<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let value = evaluator.coerce_thunk(
        arguments[0],
        Coercion {
            more: false,
            copy: false,
        },
        pos,
    )?;
    let text = evaluator.as_text(value, pos)?;
    let path = evaluator.utf8(text.bytes, pos)?;
    if !path.starts_with('/') {
        let message = format!("string '{path}' doesn't represent an absolute path");
        return Err(ErrorData::new(ErrorKind::Type, message).at(pos));
    }
    Ok(Value::String(
        evaluator.text(paths::canonical(path).as_bytes(), text.context),
    ))
}

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
                Some(PathKind::Symlink) | None => Err(missing_path(&target).at(pos)),
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

pub(super) fn find_file<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let mut entries = Vec::new();
    for item in evaluator.force_list(arguments[0], pos)? {
        let attrs = evaluator.force_attrs(item, pos)?;
        let find = |name: &str| -> Option<&'a Attr<'a>> { attrs.get(evaluator.symbol(name)) };
        let prefix = match find("prefix") {
            Some(attr) => evaluator.force_plain(attr.value, pos)?.to_owned(),
            None => String::new(),
        };
        let Some(path) = find("path") else {
            return Err(evaluator
                .missing_attribute(crate::symbols::Symbol::PATH, attrs)
                .at(pos));
        };
        entries.push((prefix, evaluator.path_argument(path.value, pos)?));
    }
    let name = evaluator.force_plain(arguments[1], pos)?;
    evaluator.find_file(&entries, name, pos)
}

impl<'a> Evaluator<'a> {
    /// `<name>`
    pub(crate) fn search_path(&self, name: &str, pos: Pos) -> Evaluated<'a> {
        self.find_file(&self.settings.search_path, name, pos)
    }

    fn find_file(&self, entries: &[(String, String)], name: &str, pos: Pos) -> Evaluated<'a> {
        for (prefix, path) in entries {
            let rest = match prefix.as_str() {
                "" => Some(name),
                _ if name == prefix => Some(""),
                _ => name
                    .strip_prefix(prefix.as_str())
                    .and_then(|rest| rest.strip_prefix('/')),
            };
            let Some(rest) = rest else { continue };
            let candidate = paths::absolute(rest, path);
            if self
                .world
                .path_kind(&candidate)
                .map_err(|source| self.outside(source).at(pos))?
                .is_some()
            {
                return Ok(self.path(&candidate));
            }
        }
        if name.starts_with("nix/") {
            return Ok(self.path(&format!("<{name}>")));
        }
        let message = match self.settings.pure {
            true => format!("cannot look up '<{name}>' in pure evaluation mode (use '--impure' to override)"),
            false => {
                format!("file '{name}' was not found in the Nix search path (add it using $NIX_PATH or -I)")
            }
        };
        // As in Nix, `tryEval` catches this one.
        Err(ErrorData::new(ErrorKind::Throw, message).at(pos))
    }
}
