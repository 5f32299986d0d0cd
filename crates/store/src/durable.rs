//! Writes that outlive a power cut: what has a name is complete, and the name is on the disk.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::syncfs;

use crate::error::{FileContext as _, StoreError};

/// How much is on the disk before it counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Durability {
    /// Store paths, before the database calls them valid: `fsync-store-paths` of Nix.
    pub paths: bool,
    /// What the database is told, before anything is done that relies on it: `fsync-metadata` of Nix.
    pub metadata: bool,
}

impl Default for Durability {
    fn default() -> Self {
        Self {
            paths: true,
            metadata: true,
        }
    }
}

/// Puts a file with `contents` at `path` in one step, whatever was there. After a power cut there is the old one or
/// the new one, never a part of it.
///
/// # Errors
/// If it cannot be written; what was there stays.
pub fn write_durably(path: &Path, contents: &[u8]) -> io::Result<()> {
    let temporary = beside(path);
    let written = write_new(&temporary, contents)
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| File::open(folder_of(path))?.sync_all());
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn write_new(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// A name beside `path` that no other process uses.
pub(crate) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".tmp-{}", std::process::id()));
    PathBuf::from(name)
}

/// Has the names in the folder of `path` on the disk.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    let folder = folder_of(path);
    let opened = File::open(folder).file("open", folder)?;
    opened.sync_all().file("write to the disk", folder)
}

/// Has everything of the file system that `path` lies on on the disk: one request for any number of files.
pub(crate) fn sync_file_system_of(path: &Path) -> Result<(), StoreError> {
    let opened = File::open(path).file("open", path)?;
    syncfs(&opened).file("write to the disk what is in", path)
}
