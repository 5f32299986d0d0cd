//! Takes from a tree what a store does not record: modes beyond the executable bit, and times.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, utimensat};

use crate::error::{FileContext as _, StoreError};
use crate::tree::{FileKind, sorted_names, special};

const STORE_TIME: Timespec = Timespec {
    tv_sec: 1,
    tv_nsec: 0,
};

/// Makes the tree at `path` canonical, except that a directory at its top stays writable: one without write permission
/// cannot be moved by an ordinary user. `seal` finishes that after the move.
pub(crate) fn canonicalise(path: &Path) -> Result<(), StoreError> {
    canonicalise_to(path, 0o755)
}

fn canonicalise_to(path: &Path, directory_mode: u32) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(path).file("look at", path)?;
    match FileKind::of(&metadata) {
        FileKind::Other => return Err(special(path, &metadata)),
        FileKind::Symlink => {}
        FileKind::Regular => {
            let executable = metadata.permissions().mode() & 0o111 != 0;
            set_mode(path, &metadata, if executable { 0o555 } else { 0o444 })?;
        }
        FileKind::Directory => {
            if metadata.permissions().mode() & 0o500 != 0o500 {
                set_mode(path, &metadata, 0o755)?;
            }
            for name in sorted_names(path)? {
                canonicalise_to(&path.join(name), 0o555)?;
            }
            set_mode(
                path,
                &fs::symlink_metadata(path).file("look at", path)?,
                directory_mode,
            )?;
        }
    }
    if has_store_time(&metadata) {
        return Ok(());
    }
    set_time(path)
}

/// What was found canonical before need not be touched again. A directory's time changes with what is in it, but its
/// modes do not.
fn has_store_time(metadata: &fs::Metadata) -> bool {
    metadata.mtime() == STORE_TIME.tv_sec && metadata.mtime_nsec() == STORE_TIME.tv_nsec
}

/// Takes away the write permission of the directory at `path`, if it is one.
pub(crate) fn seal(path: &Path) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(path).file("look at", path)?;
    if metadata.is_dir() {
        set_mode(path, &metadata, 0o555)
    } else {
        Ok(())
    }
}

/// Lets something in the directory at `path`, which belongs to a valid path, be replaced by its equal.
pub(crate) fn unseal(path: &Path) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(path).file("look at", path)?;
    set_mode(path, &metadata, 0o755)
}

/// Undoes `unseal`.
pub(crate) fn seal_again(path: &Path) -> Result<(), StoreError> {
    seal(path)?;
    set_time(path)
}

fn set_mode(path: &Path, metadata: &fs::Metadata, mode: u32) -> Result<(), StoreError> {
    if metadata.permissions().mode() & 0o7777 == mode {
        return Ok(());
    }
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).file("change the mode of", path)
}

fn set_time(path: &Path) -> Result<(), StoreError> {
    let times = Timestamps {
        last_access: STORE_TIME,
        last_modification: STORE_TIME,
    };
    utimensat(CWD, path, &times, AtFlags::SYMLINK_NOFOLLOW).file("change the time of", path)
}
