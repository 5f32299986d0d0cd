//! What keeps paths alive: links in the roots directory, links elsewhere that it points to, and profiles.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf, absolute};

use nix_formats::store_path::STORE_DIRECTORY;
use nix_formats::{Hash, HashAlgorithm, StorePath};

use crate::Store;
use crate::durable::{beside, sync_folder_of};
use crate::error::{FileContext as _, StoreError};
use crate::tree::{FileKind, sorted_names};

/// A link that keeps a path alive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Root {
    /// The link.
    pub link: PathBuf,
    /// What it keeps alive.
    pub path: StorePath,
}

impl Store {
    /// Makes `link` (such as `result`) point to where `path` lies on disk and keep it alive for as long as the link
    /// stands. Only another link is replaced, never a file.
    pub fn add_indirect_root(&self, link: &Path, path: &StorePath) -> Result<(), StoreError> {
        self.flush()?;
        let link = absolute(link).file("find", link)?;
        replace_link(&link, &self.physical(path))?;
        let digest = name_of(&link);
        // Nix does not follow a link that leads to where the path lies on disk, so it gets a root of its own first.
        replace_link(&self.mirrors().join(&digest), Path::new(&path.to_string()))?;
        replace_link(&self.inner.layout.roots().join("auto").join(digest), &link)
    }

    /// Keeps `paths`, which what the indirect root `link` leads to was made of, for as long as that root stands.
    pub fn keep_with_root(&self, link: &Path, paths: &BTreeSet<StorePath>) -> Result<(), StoreError> {
        self.flush()?;
        let link = absolute(link).file("find", link)?;
        let folder = self.made_of().join(name_of(&link));
        fs::create_dir_all(&folder).file("make the directory", &folder)?;
        for name in sorted_names(&folder)? {
            let is_wanted = |path: &StorePath| *path.base_name() == *name;
            if !paths.iter().any(is_wanted) {
                let old = folder.join(&name);
                fs::remove_file(&old).file("remove the old root", &old)?;
            }
        }
        let mut has_changed = false;
        for path in paths {
            has_changed |= put_link(&folder.join(path.base_name()), Path::new(&path.to_string()))?;
        }
        match has_changed {
            true => sync_folder_of(&folder.join("any")),
            false => Ok(()),
        }
    }

    /// A folder of links for each indirect root: to what its path was made of.
    fn made_of(&self) -> PathBuf {
        self.inner.layout.roots().join("hardpan-inputs")
    }

    /// Removes the roots of what was only kept with others that are gone.
    pub(crate) fn remove_stale_inputs(&self) -> Result<(), StoreError> {
        let made_of = self.made_of();
        if !made_of.is_dir() {
            return Ok(());
        }
        for name in sorted_names(&made_of)? {
            let original = self.inner.layout.roots().join("auto").join(&name);
            let leads_to = fs::read_link(&original).and_then(fs::read_link).ok();
            if leads_to.and_then(|target| self.store_path_of(&target)).is_none() {
                let stale = made_of.join(name);
                fs::remove_dir_all(&stale).file("remove the stale roots", &stale)?;
            }
        }
        Ok(())
    }

    /// Links for Nix that say the same as those in `auto`.
    fn mirrors(&self) -> PathBuf {
        self.inner.layout.roots().join("hardpan")
    }

    /// Removes the links for Nix whose originals are gone or lead elsewhere.
    pub(crate) fn remove_stale_mirrors(&self) -> Result<(), StoreError> {
        let mirrors = self.mirrors();
        if !mirrors.is_dir() {
            return Ok(());
        }
        for name in sorted_names(&mirrors)? {
            let mirror = mirrors.join(&name);
            let original = self.inner.layout.roots().join("auto").join(&name);
            let leads_to = |link: &Path| self.store_path_of(&fs::read_link(link).ok()?);
            let ours = fs::read_link(&original).ok().and_then(|link| leads_to(&link));
            if ours.is_none() || ours != leads_to(&mirror) {
                fs::remove_file(&mirror).file("remove the stale root", &mirror)?;
            }
        }
        Ok(())
    }

    /// Keeps `path` alive until the root called `name` is removed.
    pub fn add_permanent_root(&self, name: &str, path: &StorePath) -> Result<(), StoreError> {
        nix_formats::store_path::check_name(name)?;
        self.flush()?;
        replace_link(
            &self.inner.layout.roots().join(name),
            Path::new(&path.to_string()),
        )
    }

    /// All roots but those of running processes. Links to nowhere are left out, and removed where they are ours.
    pub fn roots(&self) -> Result<BTreeSet<Root>, StoreError> {
        let mut roots = BTreeSet::new();
        let mut seen = BTreeSet::new();
        self.collect_roots(&self.inner.layout.roots(), &mut seen, &mut roots)?;
        Ok(roots)
    }

    fn collect_roots(
        &self,
        directory: &Path,
        seen: &mut BTreeSet<PathBuf>,
        roots: &mut BTreeSet<Root>,
    ) -> Result<(), StoreError> {
        let real = directory.canonicalize().file("find", directory)?;
        if !seen.insert(real) {
            return Ok(());
        }
        for name in sorted_names(directory)? {
            let entry = directory.join(name);
            let Ok(metadata) = fs::symlink_metadata(&entry) else {
                continue;
            };
            if entry == self.mirrors() {
                continue;
            }
            match FileKind::of(&metadata) {
                FileKind::Directory => self.collect_roots(&entry, seen, roots)?,
                FileKind::Symlink => self.follow_root(&entry, seen, roots)?,
                FileKind::Regular | FileKind::Other => {}
            }
        }
        Ok(())
    }

    fn follow_root(
        &self,
        link: &Path,
        seen: &mut BTreeSet<PathBuf>,
        roots: &mut BTreeSet<Root>,
    ) -> Result<(), StoreError> {
        let Ok(target) = fs::read_link(link) else {
            return Ok(());
        };
        if let Some(path) = self.store_path_of(&target) {
            roots.insert(Root {
                link: link.to_owned(),
                path,
            });
            return Ok(());
        }
        let target = link.parent().unwrap_or(Path::new("/")).join(target);
        let Ok(metadata) = fs::symlink_metadata(&target) else {
            if link.starts_with(self.inner.layout.roots().join("auto")) {
                fs::remove_file(link).file("remove the stale root", link)?;
            }
            return Ok(());
        };
        if metadata.is_dir() {
            return self.collect_roots(&target, seen, roots);
        }
        if let Some(path) = fs::read_link(&target)
            .ok()
            .and_then(|second| self.store_path_of(&second))
        {
            roots.insert(Root { link: target, path });
        }
        Ok(())
    }

    /// The store path that a logical or physical path is or lies in.
    pub fn store_path_of(&self, path: &Path) -> Option<StorePath> {
        let inside = path
            .strip_prefix(self.physical_store_directory())
            .or_else(|_| path.strip_prefix(STORE_DIRECTORY))
            .ok()?;
        let first = inside.components().next()?;
        StorePath::from_base_name(first.as_os_str().to_str()?).ok()
    }
}

/// What the root for a link elsewhere is called, as Nix calls it.
fn name_of(link: &Path) -> String {
    Hash::of(HashAlgorithm::Sha1, link.as_os_str().as_bytes()).to_nix32()
}

/// Puts a link in place in one step; a power cut leaves the old one or the new one.
fn replace_link(link: &Path, target: &Path) -> Result<(), StoreError> {
    match put_link(link, target)? {
        true => sync_folder_of(link),
        false => Ok(()),
    }
}

/// The same, but for the power cut; gives whether there was something to do.
fn put_link(link: &Path, target: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(link) {
        Ok(metadata) if !metadata.is_symlink() => {
            let exists = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
            return Err(exists).file("replace by a link", link);
        }
        Ok(_) if fs::read_link(link).is_ok_and(|old| old == target) => return Ok(false),
        _ => {}
    }
    if let Some(parent) = link.parent() {
        fs::create_dir_all(parent).file("make the directory", parent)?;
    }
    let temporary = beside(link);
    let _ = fs::remove_file(&temporary);
    symlink(target, &temporary).file("make the link", &temporary)?;
    fs::rename(&temporary, link).file("make the link", link)?;
    Ok(true)
}
