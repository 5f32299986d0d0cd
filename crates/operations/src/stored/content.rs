//! Looks into store paths and adds new ones.

use std::fs;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix_formats::{Derivation, Hash, HashAlgorithm, Method, StorePath, store_path};
use sandbox::folder::open_file;
use sandbox::inputs::Inputs;
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
    let file = open_file(&place).map_err(Error::files("open", &place))?;
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

/// Where [`add`] would put a file or folder.
pub fn would_add(session: &Session, path: &Path, name: Option<&str>) -> Result<StorePath, Error> {
    let path = session.settings().current_folder.join(path);
    let own_name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let name = name.unwrap_or(&own_name);
    Ok(session
        .store()?
        .source_path_of(&path, name, &mut store::keep_all)?)
}

/// The store path of content with this digest: of an archive if `recursive`, else of a file.
pub fn fixed_path(name: &str, hash: Hash, recursive: bool) -> Result<StorePath, Error> {
    let method = if recursive { Method::Nar } else { Method::Flat };
    store_path::fixed_output_path(name, method, &hash, &std::collections::BTreeSet::new())
        .map_err(|error| Error::Usage(error.to_string()))
}

/// Copies a file or, if `recursive`, a tree into the store as a fixed output.
pub fn add_fixed(
    session: &Session,
    path: &Path,
    algorithm: HashAlgorithm,
    recursive: bool,
) -> Result<StorePath, Error> {
    if recursive && algorithm == HashAlgorithm::Sha256 {
        return add(session, path, None);
    }
    if recursive {
        return Err(Error::Usage(format!(
            "trees are added by sha256, not by {algorithm}"
        )));
    }
    add_flat(session, path, None, algorithm)
}

/// Copies a file into the store under a name that follows from its content alone.
pub fn add_flat(
    session: &Session,
    path: &Path,
    name: Option<&str>,
    algorithm: HashAlgorithm,
) -> Result<StorePath, Error> {
    let path = session.settings().current_folder.join(path);
    let own_name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let contents = fs::read(&path).map_err(Error::files("read", &path))?;
    let hash = Hash::of(algorithm, &contents);
    Ok(session
        .store()?
        .add_flat_file(name.unwrap_or(&own_name), &contents, hash)?)
}

/// Writes the derivation that JSON describes, as `nix derivation show` prints one.
pub fn add_derivation(session: &Session, json: &str) -> Result<StorePath, Error> {
    let bad = |reason: String| Error::Usage(format!("that is not the JSON of a derivation: {reason}"));
    let value: serde_json::Value = serde_json::from_str(json).map_err(|error| bad(error.to_string()))?;
    let derivation = Derivation::from_json(&value).map_err(|error| bad(error.to_string()))?;
    Ok(session.store()?.add_derivation(&derivation)?)
}

/// Where a logical path lies on disk.
pub fn place(session: &Session, text: &str) -> Result<PathBuf, Error> {
    let (path, inside) = locate(session, text)?;
    if inside.split('/').any(|part| part == "..") {
        return Err(Error::NotInStore(text.to_owned()));
    }
    let store = session.store()?;
    if !store.is_valid(&path)? {
        return Err(Error::NotInStore(text.to_owned()));
    }
    let Some((parents, name)) = split_last(&inside) else {
        return Ok(store.physical(&path));
    };
    // Links on the way are followed in the store; what the last name stands for is the caller's business.
    let inputs = Inputs::all(store.physical_store_directory());
    let parent = inputs.place(&format!("{path}/{parents}"));
    let parent = parent.map_err(Error::files("find", Path::new(text)))?;
    Ok(parent.physical().join(name))
}

/// The last name of a path and what stands before it.
fn split_last(path: &str) -> Option<(&str, &str)> {
    let path = path.trim_matches('/');
    (!path.is_empty()).then(|| path.rsplit_once('/').unwrap_or(("", path)))
}
