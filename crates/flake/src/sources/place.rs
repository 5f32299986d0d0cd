//! Places in a tree that is being written, from names that somebody else chose.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Where an entry goes; nothing for the tree's own top.
pub(super) fn place(out: &Path, name: &Path) -> Result<Option<PathBuf>, String> {
    let mut path = out.to_owned();
    for part in name.components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            _ => return Err(format!("'{}' leads out of the tree", name.display())),
        }
    }
    Ok((path != out).then_some(path))
}

/// Makes the folders down to `path`, below `out`; a link on the way is refused, since it may lead out of the tree.
pub(super) fn make_folder(out: &Path, path: &Path) -> io::Result<()> {
    let relative = path.strip_prefix(out).map_err(io::Error::other)?;
    let mut folder = out.to_owned();
    for part in relative.components() {
        folder.push(part);
        match fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                return Err(io::Error::other(format!(
                    "'{}' is not a folder",
                    folder.display()
                )));
            }
            Err(_) => fs::create_dir(&folder)?,
        }
    }
    Ok(())
}

/// Makes the folder that `path` lies in.
pub(super) fn make_parent(out: &Path, path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| make_folder(out, parent))
}
