//! Looks into store paths and adds new ones.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix_formats::StorePath;
use store::FileKind;

use super::{MAXIMUM_LINKS, locate};
use crate::{Error, Session};

/// One file in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Path below what was asked for; empty for that itself.
    pub path: String,
    /// What it is.
    pub kind: FileKind,
    /// Whether it may be run.
    pub executable: bool,
    /// Size in bytes of a regular file.
    pub size: u64,
    /// Where a link leads.
    pub target: Option<String>,
}

/// Lists what lies at a path in the store: the entry itself and, for a directory, what is in it.
pub fn list(session: &Session, text: &str, recursive: bool) -> Result<Vec<Entry>, Error> {
    let place = place(session, text)?;
    let mut entries = Vec::new();
    let top = entry(&place, String::new())?;
    let is_directory = top.kind == FileKind::Directory;
    entries.push(top);
    if is_directory {
        list_inside(&place, "", recursive, &mut entries)?;
    }
    Ok(entries)
}

fn list_inside(folder: &Path, prefix: &str, recursive: bool, entries: &mut Vec<Entry>) -> Result<(), Error> {
    let read = fs::read_dir(folder).and_then(|entries| entries.collect::<io::Result<Vec<_>>>());
    let mut names: Vec<_> = read
        .map_err(Error::files("read the directory", folder))?
        .iter()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    for name in names {
        let path = folder.join(&name);
        let shown = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}/{name}")
        };
        let entry = entry(&path, shown.clone())?;
        let descend = recursive && entry.kind == FileKind::Directory;
        entries.push(entry);
        if descend {
            list_inside(&path, &shown, recursive, entries)?;
        }
    }
    Ok(())
}

fn entry(path: &Path, shown: String) -> Result<Entry, Error> {
    let metadata = fs::symlink_metadata(path).map_err(Error::files("look at", path))?;
    let kind = FileKind::of(&metadata);
    let target = match kind {
        FileKind::Symlink => Some(fs::read_link(path).map_err(Error::files("read the link", path))?),
        _ => None,
    };
    Ok(Entry {
        path: shown,
        kind,
        executable: kind == FileKind::Regular && metadata.permissions().mode() & 0o100 != 0,
        size: if kind == FileKind::Regular {
            metadata.len()
        } else {
            0
        },
        target: target.map(|target| target.to_string_lossy().into_owned()),
    })
}

/// Copies the content of a file in the store to `sink`. Links within the store are followed.
pub fn cat(session: &Session, text: &str, sink: &mut dyn io::Write) -> Result<(), Error> {
    let mut place = place(session, text)?;
    for _ in 0..MAXIMUM_LINKS {
        let Ok(target) = fs::read_link(&place) else { break };
        let next = place.parent().unwrap_or(&place).join(target);
        place = self::place(session, &next.to_string_lossy())?;
    }
    let file = fs::File::open(&place).map_err(Error::files("open", &place))?;
    let mut file = io::BufReader::with_capacity(1 << 16, file);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer).map_err(Error::files("read", &place))?;
        if count == 0 {
            return Ok(());
        }
        sink.write_all(&buffer[..count])
            .map_err(Error::files("write the content of", &place))?;
    }
}

/// Copies a file or folder into the store.
pub fn add(session: &Session, path: &Path, name: Option<&str>) -> Result<StorePath, Error> {
    let path = session.settings().current_folder.join(path);
    let own_name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    let name = name.unwrap_or(&own_name);
    Ok(session.store()?.add_source(&path, name, &mut store::keep_all)?)
}

/// Where a logical path lies on disk.
fn place(session: &Session, text: &str) -> Result<PathBuf, Error> {
    let (path, inside) = locate(session, text)?;
    if inside.split('/').any(|part| part == "..") {
        return Err(Error::NotInStore(text.to_owned()));
    }
    let store = session.store()?;
    if !store.is_valid(&path)? {
        return Err(Error::NotInStore(text.to_owned()));
    }
    let root = store.physical(&path);
    Ok(if inside.is_empty() {
        root
    } else {
        root.join(inside)
    })
}
