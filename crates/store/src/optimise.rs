//! Keeps equal files once: each has a hard link in `.links`, named by its digest as Nix names it.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix_formats::StorePath;

use crate::Store;
use crate::canonical::{seal_again, unseal};
use crate::durable::beside;
use crate::error::{FileContext as _, StoreError};
use crate::hashing::nar_hash;
use crate::layout::Layout;
use crate::tree::{FileKind, sorted_names};

/// What putting equal files together saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Optimised {
    /// How many files are links to others now.
    pub files: u64,
    /// How many bytes they took.
    pub bytes: u64,
}

impl Store {
    /// Puts equal files of all valid paths together.
    ///
    /// # Errors
    /// If a file cannot be read or replaced; each path is whole all the same.
    pub fn optimise(&self) -> Result<Optimised, StoreError> {
        self.flush()?;
        let mut optimised = Optimised::default();
        for path in self.all_paths()? {
            self.add_temporary_root(&path)?;
            if self.is_valid(&path)? {
                optimise_path(&self.inner.layout, &path, &mut optimised)?;
            }
        }
        Ok(optimised)
    }
}

/// Puts equal files of `path` together with those that were seen before. All of it must be on the disk: what is in
/// `.links` is taken for good.
pub(crate) fn optimise_path(
    layout: &Layout,
    path: &StorePath,
    optimised: &mut Optimised,
) -> Result<(), StoreError> {
    let links = layout.store.join(".links");
    match fs::create_dir(&links) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            return Err(error).file("make the directory", &links);
        }
        _ => {}
    }
    let top = layout.physical(path);
    optimise_node(&links, &top, &layout.store, optimised)
}

fn optimise_node(
    links: &Path,
    path: &Path,
    folder: &Path,
    optimised: &mut Optimised,
) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(path).file("look at", path)?;
    match FileKind::of(&metadata) {
        FileKind::Directory => {
            for name in sorted_names(path)? {
                optimise_node(links, &path.join(name), path, optimised)?;
            }
            Ok(())
        }
        FileKind::Regular if metadata.len() > 0 => optimise_file(links, path, folder, &metadata, optimised),
        _ => Ok(()),
    }
}

fn optimise_file(
    links: &Path,
    path: &Path,
    folder: &Path,
    metadata: &Metadata,
    optimised: &mut Optimised,
) -> Result<(), StoreError> {
    let (digest, _) = nar_hash(path)?;
    let link = links.join(digest.to_nix32());
    match fs::hard_link(path, &link) {
        Ok(()) => return Ok(()),
        // A file may have so many names and no more.
        Err(error) if matches!(error.kind(), ErrorKind::TooManyLinks | ErrorKind::StorageFull) => {
            return Ok(());
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error).file("make the link", &link),
    }
    let known = fs::symlink_metadata(&link).file("look at", &link)?;
    if (known.dev(), known.ino()) == (metadata.dev(), metadata.ino()) {
        return Ok(());
    }
    if known.len() != metadata.len() {
        // It was damaged; this file takes its place.
        fs::remove_file(&link).file("remove the damaged link", &link)?;
        return fs::hard_link(path, &link).file("make the link", &link);
    }
    if replace(path, folder, &link)? {
        optimised.files += 1;
        optimised.bytes += metadata.len();
    }
    Ok(())
}

/// Puts `link` in the place of the equal file at `path`, in one step; false if it has too many names already.
fn replace(path: &Path, folder: &Path, link: &Path) -> Result<bool, StoreError> {
    let temporary = beside(link);
    let _ = fs::remove_file(&temporary);
    match fs::hard_link(link, &temporary) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::TooManyLinks => return Ok(false),
        Err(error) => return Err(error).file("make the link", &temporary),
    }
    // Folders inside of store paths are sealed, the store's own is not.
    let is_sealed = link.parent().and_then(Path::parent) != Some(folder);
    if is_sealed {
        unseal(folder)?;
    }
    let replaced = fs::rename(&temporary, path).file("put the link in place", path);
    if is_sealed {
        seal_again(folder)?;
    }
    replaced.map(|()| true)
}
