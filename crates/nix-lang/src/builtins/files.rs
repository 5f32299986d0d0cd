//! Builtins on files and paths.

use nix_formats::StorePath;

use crate::coerce::{Coercion, TextBuilder};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::paths;
use crate::sources::Pos;
use crate::value::{ContextElement, Text, Thunk, Value};
use crate::world::PathKind;

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
            Ok(None) => self.missing_path(path),
            _ => self.outside(source),
        }
    }

    /// An error for a path where nothing is.
    pub(crate) fn missing_path(&self, path: &str) -> Error {
        let mut error = match self.world.why_missing(path) {
            Some(reason) => self.outside(reason),
            None => ErrorData::new(ErrorKind::World, format!("path '{path}' does not exist")),
        };
        error.missing = Some(path.to_owned());
        error
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
    if evaluator.world.hides(&path) {
        return Ok(Value::Bool(false));
    }
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
        None => Err(evaluator.missing_path(&path).at(pos)),
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
