//! A flake whose tree is in the store and whose declarations are read.

use std::path::{Path, PathBuf};

use crate::lock_file::LockFile;
use crate::manifest::{Manifest, ManifestReader};
use crate::search::normalise;
use crate::sources::{SourceTree, Sources};
use crate::{Error, FlakeReference, Input, source_folder};

/// A flake that was fetched and read.
#[derive(Clone, Debug)]
pub struct Flake {
    /// As it was asked for.
    pub original: FlakeReference,
    /// The immutable reference, as far as there is one.
    pub locked: FlakeReference,
    /// Its tree.
    pub tree: SourceTree,
    /// What `flake.nix` declares.
    pub manifest: Manifest,
}

impl Flake {
    /// The folder of `flake.nix`.
    pub fn folder(&self) -> PathBuf {
        self.tree.root.join(&self.locked.directory)
    }

    /// The lock file in the tree; empty if there is none.
    pub fn lock_file(&self) -> Result<LockFile, Error> {
        read_lock_file(&self.folder().join("flake.lock"), &self.original)
    }
}

/// Brings `reference` into the store and reads its declarations.
pub fn read_flake(
    sources: &dyn Sources,
    manifests: &dyn ManifestReader,
    reference: &FlakeReference,
) -> Result<Flake, Error> {
    let fetched = sources.fetch(&reference.input)?;
    let locked = FlakeReference {
        input: fetched.locked,
        directory: reference.directory.clone(),
    };
    read_tree(manifests, reference.clone(), locked, fetched.tree)
}

/// Reads the declarations of a flake whose tree is there.
pub(crate) fn read_tree(
    manifests: &dyn ManifestReader,
    original: FlakeReference,
    locked: FlakeReference,
    tree: SourceTree,
) -> Result<Flake, Error> {
    let directory = locked.directory.clone();
    let flake = Flake {
        original,
        locked,
        tree,
        manifest: Manifest::default(),
    };
    let path = flake.folder().join("flake.nix");
    inside(&flake.tree.root, &path, &flake.original)?;
    if !path.is_file() {
        let file = PathBuf::from(&directory).join("flake.nix");
        if let Some(folder) = untracked(&flake.original.input, &file) {
            return Err(Error::NotKnownToGit { folder, file });
        }
        let place = if directory.is_empty() {
            String::new()
        } else {
            format!("{directory}/")
        };
        return Err(Error::NotAFlake(format!(
            "source tree of flake '{}' does not contain a '{place}flake.nix' file",
            flake.original
        )));
    }
    let manifest = manifests.manifest(&path).map_err(|source| Error::Manifest {
        flake: flake.original.to_string(),
        source,
    })?;
    Ok(Flake { manifest, ..flake })
}

/// The git work tree that `input` is, if it has `file`, so that a tree without it lacks it because git does not know it.
pub fn untracked(input: &Input, file: &Path) -> Option<PathBuf> {
    let folder = source_folder(input).filter(|_| input.kind() == "git")?;
    folder.join(file).symlink_metadata().is_ok().then_some(folder)
}

/// Refuses a path that leads out of its tree.
pub(crate) fn inside(root: &Path, path: &Path, reference: &FlakeReference) -> Result<(), Error> {
    if normalise(path).starts_with(root) {
        return Ok(());
    }
    Err(Error::NotAFlake(format!(
        "flake '{reference}' lies outside of its source tree"
    )))
}

pub(crate) fn read_lock_file(path: &Path, flake: &FlakeReference) -> Result<LockFile, Error> {
    match std::fs::read_to_string(path) {
        // git leaves an empty file where a lock file was only announced (`git add --intent-to-add`).
        Ok(text) if text.trim().is_empty() => Ok(LockFile::default()),
        Ok(text) => LockFile::parse(&text, &format!("{flake}/flake.lock")),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(LockFile::default()),
        Err(error) => Err(Error::files("read", path)(error)),
    }
}
