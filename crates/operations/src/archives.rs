//! Looks into archives that lie in files.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use nix_formats::nar::{Event, Reader};
use store::FileKind;

use crate::Error;
use crate::stored::Entry;

type Archive = Reader<BufReader<File>>;

fn open(path: &Path) -> Result<Archive, Error> {
    let file = File::open(path).map_err(Error::files("open", path))?;
    Reader::new(BufReader::new(file)).map_err(|error| broken(path, &error))
}

fn broken(path: &Path, error: &dyn std::error::Error) -> Error {
    Error::Program {
        what: format!("reading the archive '{}'", path.display()),
        reason: error.to_string(),
    }
}

/// Goes through all entries of an archive until `visit` has what it wants.
fn walk(path: &Path, visit: &mut dyn FnMut(Entry, &mut Archive) -> Result<bool, Error>) -> Result<(), Error> {
    let mut reader = open(path)?;
    let mut place: Vec<String> = Vec::new();
    while let Some(event) = reader.next_event().map_err(|error| broken(path, &error))? {
        let (kind, executable, size, target) = match event {
            Event::Entry(name) => {
                place.pop();
                place.push(String::from_utf8_lossy(&name).into_owned());
                continue;
            }
            Event::EndDirectory => {
                place.pop();
                continue;
            }
            Event::Directory => (FileKind::Directory, false, 0, None),
            Event::Symlink(target) => {
                let target = String::from_utf8_lossy(&target).into_owned();
                (FileKind::Symlink, false, 0, Some(target))
            }
            Event::Regular { executable, size } => (FileKind::Regular, executable, size, None),
        };
        let entry = Entry {
            path: place.join("/"),
            kind,
            executable,
            size,
            target,
        };
        if kind == FileKind::Directory {
            place.push(String::new());
        }
        if !visit(entry, &mut reader)? {
            break;
        }
    }
    Ok(())
}

/// What lies at `inside` of an archive and below: first itself, with an empty path.
pub fn list(path: &Path, inside: &str) -> Result<Vec<Entry>, Error> {
    let inside = inside.trim_matches('/');
    let mut entries = Vec::new();
    walk(path, &mut |mut entry, _| {
        let below = match (inside, entry.path.strip_prefix(inside)) {
            ("", _) => Some(entry.path.as_str()),
            (_, Some("")) => Some(""),
            (_, Some(rest)) => rest.strip_prefix('/'),
            (_, None) => None,
        };
        if let Some(below) = below {
            entry.path = below.to_owned();
            entries.push(entry);
        }
        Ok(true)
    })?;
    match entries.is_empty() {
        true => Err(Error::NotInArchive {
            path: inside.to_owned(),
            archive: path.to_owned(),
        }),
        false => Ok(entries),
    }
}

/// The content of a file in an archive.
pub fn file(path: &Path, inside: &str) -> Result<Vec<u8>, Error> {
    let inside = inside.trim_matches('/');
    let mut content = None;
    walk(path, &mut |entry, reader| {
        if entry.path != inside || entry.kind != FileKind::Regular {
            return Ok(true);
        }
        let mut bytes = Vec::new();
        reader
            .read_to_end(&mut bytes)
            .map_err(Error::files("read", path))?;
        content = Some(bytes);
        Ok(false)
    })?;
    content.ok_or_else(|| Error::NotInArchive {
        path: inside.to_owned(),
        archive: path.to_owned(),
    })
}
