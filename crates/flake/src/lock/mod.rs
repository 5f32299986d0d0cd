//! Computes which tree each input of a flake is locked to.

mod fetching;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::rc::Rc;

use crate::lock_file::{InputPath, LockFile, NodeId};
use crate::manifest::ManifestReader;
use crate::sources::{SourceTree, Sources};
use crate::{Error, Flake, FlakeReference, diff, read_flake, without_passwords};

use work::{Old, Place, Scope, Work};

/// What may change and how.
#[derive(Clone, Debug, Default)]
pub struct LockFlags {
    /// Forget all locks first.
    pub recreate: bool,
    /// Forget the locks of these inputs.
    pub update: BTreeSet<InputPath>,
    /// Take these inputs from elsewhere.
    pub overrides: BTreeMap<InputPath, FlakeReference>,
    /// Fail rather than change a lock.
    pub forbid_changes: bool,
    /// Read locks from this file instead of the flake's own.
    pub reference_lock: Option<PathBuf>,
}

/// A flake with the locks of all its inputs.
#[derive(Clone, Debug)]
pub struct Locked {
    /// The flake itself.
    pub flake: Flake,
    /// Its locks.
    pub lock: LockFile,
    /// The locks that its lock file held before.
    pub previous: LockFile,
    /// Trees that were fetched on the way, by node.
    pub trees: BTreeMap<NodeId, SourceTree>,
    /// What the user should know.
    pub warnings: Vec<String>,
}

impl Locked {
    /// Whether the lock file has to be written.
    pub fn changed(&self) -> bool {
        self.lock.to_json() != self.previous.to_json()
    }

    /// What changed, in Nix's words, without passwords.
    pub fn changes(&self) -> String {
        without_passwords(&diff(&self.previous, &self.lock))
    }
}

/// Locks all inputs of `reference`, keeping what its lock file has where that still fits. Writes nothing.
pub fn lock_flake(
    sources: &dyn Sources,
    manifests: &dyn ManifestReader,
    reference: &FlakeReference,
    flags: &LockFlags,
) -> Result<Locked, Error> {
    let flake = read_flake(sources, manifests, reference)?;
    let previous = match &flags.reference_lock {
        Some(path) => crate::flake::read_lock_file(path, reference)?,
        None => flake.lock_file()?,
    };
    let mut work = Work::new(sources, manifests, flags, &previous);
    let old = (!flags.recreate).then(|| Old {
        lock: Rc::new(previous.clone()),
        node: LockFile::ROOT,
    });
    let place = Place {
        tree: flake.tree.clone(),
        directory: flake.locked.directory.clone(),
    };
    let scope = Scope {
        node: LockFile::ROOT,
        prefix: Vec::new(),
        old,
        follows_prefix: Vec::new(),
        place,
        trust_lock: false,
    };
    work.parents.push(reference.clone());
    work.compute(&flake.manifest.inputs, &scope)?;
    work.warn_of_unused();
    work.lock.check()?;
    let Work {
        lock,
        trees,
        warnings,
        ..
    } = work;
    let locked = Locked {
        flake,
        lock,
        previous,
        trees,
        warnings,
    };
    if flags.forbid_changes && locked.changed() {
        return Err(Error::LockChangesForbidden(reference.to_string()));
    }
    Ok(locked)
}
