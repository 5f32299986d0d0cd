//! Writes a changed lock file back to where the flake lies.

use std::path::PathBuf;

use crate::sources::{intend_to_add, local_repository};
use crate::{Error, Input, Locked, LockedInput};

/// The folder on disk that `input` is a copy of, if it can be written to.
pub fn source_folder(input: &Input) -> Option<PathBuf> {
    match input.kind() {
        "path" => input
            .text("path")
            .filter(|_| !input.is_relative())
            .map(PathBuf::from),
        "git" if input.text("rev").or(input.text("ref")).is_none() => {
            let folder = local_repository(input.text("url")?)?;
            folder.join(".git").symlink_metadata().is_ok().then_some(folder)
        }
        _ => None,
    }
}

/// Writes the lock file of `locked` beside its `flake.nix`; in a git work tree git is told of a new file. Returns the
/// file. The source tree in the store is then an old one: lock again to use it.
pub fn write_lock_file(locked: &Locked) -> Result<PathBuf, Error> {
    let reference = &locked.flake.original;
    if let Some(unlocked) = locked.lock.unlocked_input() {
        return Err(Error::UnlockedInput {
            flake: reference.to_string(),
            input: unlocked.to_string(),
        });
    }
    let with_password = locked.lock.inputs().find_map(LockedInput::with_password);
    if let Some(input) = with_password {
        return Err(Error::Password {
            flake: reference.to_string(),
            input,
        });
    }
    let Some(top) = source_folder(&reference.input) else {
        return Err(Error::CannotWriteLock(reference.to_string()));
    };
    let relative = PathBuf::from(&reference.directory).join("flake.lock");
    let file = top.join(&relative);
    let is_new = !file.exists();
    store::write_durably(&file, locked.lock.to_text().as_bytes()).map_err(Error::files("write", &file))?;
    if is_new && reference.input.kind() == "git" {
        intend_to_add(&top, &relative.to_string_lossy())?;
    }
    Ok(file)
}
