//! Makes staged trees valid: canonical, hashed, moved in place, then registered in one transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use nix_formats::{ContentAddress, Derivation, Hash, StorePath};
use sandbox::folder::open_file;

use crate::Store;
use crate::canonical::{canonicalise, seal};
use crate::database::{DerivationOutput, PathInfo};
use crate::derivations::AtHand;
use crate::error::{FileContext as _, StoreError};
use crate::hashing::{nar_hash, nar_hash_and_scan};
use crate::removal::remove_tree;
use crate::scan::Scanner;
use crate::sealing::{self, Stop};

/// A place to make one store path; nothing is there at first. Dropped without `register` it leaves nothing.
#[derive(Debug)]
pub struct Staging {
    store: Store,
    store_path: StorePath,
    place: PathBuf,
}

/// What is recorded about a new path beside its hash.
#[derive(Clone, Debug, Default)]
pub struct Registration {
    /// What it refers to; these must be valid, or be registered together with it.
    pub references: BTreeSet<StorePath>,
    /// The derivation that made it.
    pub deriver: Option<StorePath>,
    /// How its name follows from its content.
    pub content_address: Option<ContentAddress>,
    /// Digest and size of its archive, if they are known already.
    pub nar: Option<(Hash, u64)>,
    /// Whether it was built here.
    pub ultimate: bool,
    /// Signatures, as text.
    pub signatures: Vec<String>,
}

impl Store {
    /// Begins to make `path`.
    pub fn stage(&self, path: &StorePath) -> Result<Staging, StoreError> {
        // Directories are costly to make, so there is none around each tree.
        Ok(self.stage_existing(path, self.inner.staging.place(path.base_name())))
    }

    /// Takes over the tree at `place` (on the store's file system) as what is to become `path`; it is removed if it
    /// does not.
    pub fn stage_existing(&self, path: &StorePath, place: PathBuf) -> Staging {
        Staging {
            store: self.clone(),
            store_path: path.clone(),
            place,
        }
    }

    /// Makes several staged trees valid at once; they may refer to each other.
    pub fn register_all(&self, staged: Vec<(Staging, Registration)>) -> Result<Vec<PathInfo>, StoreError> {
        self.register_all_with(staged, &|_| None)
    }

    /// The same, with derivations at hand that the new ones may need.
    pub fn register_all_with(
        &self,
        staged: Vec<(Staging, Registration)>,
        at_hand: &AtHand<'_>,
    ) -> Result<Vec<PathInfo>, StoreError> {
        let mut infos = Vec::with_capacity(staged.len());
        for (staging, registration) in &staged {
            infos.push(staging.prepare(registration)?);
        }
        let derivations = derivations_in(staged.iter().map(|(staging, _)| staging))?;
        self.check_derivations(&derivations, at_hand)?;
        let row = |info: &PathInfo| (info.clone(), outputs_of(derivations.get(&info.path)));
        let rows = infos.iter().map(row).collect();
        let registered = move_all(&staged).and_then(|()| self.commit(rows));
        if registered.is_err() {
            for (staging, _) in &staged {
                staging.take_back();
            }
        }
        registered.map(|()| infos)
    }
}

impl Store {
    /// Makes trees valid that lie at their places already, as after the loss of a database; they may refer to each
    /// other. What is valid stays as it is.
    pub fn register_in_place(&self, paths: &[(StorePath, Registration)]) -> Result<(), StoreError> {
        let mut infos = Vec::with_capacity(paths.len());
        let mut stagings = Vec::with_capacity(paths.len());
        for (path, registration) in paths {
            if self.is_valid(path)? {
                continue;
            }
            let staging = std::mem::ManuallyDrop::new(self.stage_existing(path, self.physical(path)));
            infos.push(staging.prepare(registration)?);
            seal(&staging.place)?;
            stagings.push(staging);
        }
        let derivations = derivations_in(stagings.iter().map(|staging| &**staging))?;
        self.check_derivations(&derivations, &|_| None)?;
        let row = |info: PathInfo| {
            let outputs = outputs_of(derivations.get(&info.path));
            (info, outputs)
        };
        let rows = infos.into_iter().map(row).collect();
        self.commit(rows)?;
        self.flush()
    }
}

impl Store {
    fn check_derivations(
        &self,
        new: &BTreeMap<StorePath, Arc<Derivation>>,
        at_hand: &AtHand<'_>,
    ) -> Result<(), StoreError> {
        let at_hand = |path: &StorePath| new.get(path).cloned().or_else(|| at_hand(path));
        new.values()
            .try_for_each(|derivation| self.check_derivation(derivation, &at_hand))
    }
}

/// The derivations among what is staged.
fn derivations_in<'a>(
    staged: impl Iterator<Item = &'a Staging>,
) -> Result<BTreeMap<StorePath, Arc<Derivation>>, StoreError> {
    let mut derivations = BTreeMap::new();
    for staging in staged.filter(|staging| staging.store_path.is_derivation()) {
        let text = read_plain(&staging.place).file("read the derivation", &staging.place)?;
        let name = staging.store_path.name().trim_end_matches(".drv");
        let derivation = Derivation::parse_aterm(&text, name)?;
        derivations.insert(staging.store_path.clone(), Arc::new(derivation));
    }
    Ok(derivations)
}

fn outputs_of(derivation: Option<&Arc<Derivation>>) -> Vec<DerivationOutput> {
    let outputs = derivation.into_iter().flat_map(|derivation| &derivation.outputs);
    let path_of =
        |(name, output): (&String, &nix_formats::Output)| Some((name.clone(), output.path.clone()?));
    outputs.filter_map(path_of).collect()
}

fn move_all(staged: &[(Staging, Registration)]) -> Result<(), StoreError> {
    staged.iter().try_for_each(|(staging, _)| staging.move_in_place())
}

impl Staging {
    /// Where to write: a file, a link or a directory of this name.
    pub fn path(&self) -> &Path {
        &self.place
    }

    /// What it is to become.
    pub fn store_path(&self) -> &StorePath {
        &self.store_path
    }

    /// The same tree in files of its own, which nobody has open who made this one.
    pub fn sealed(&self, stop: &Stop<'_>) -> Result<Self, StoreError> {
        let (parent, name) = (self.place.parent(), self.place.file_name());
        let (parent, name) = parent.zip(name).expect("a staged tree lies in a directory");
        let copy = self.store.stage(&self.store_path)?;
        sealing::copy_tree(parent, Path::new(name), copy.path(), stop)?;
        Ok(copy)
    }

    /// Makes the tree canonical and finds which of `candidates` it mentions, with digest and size of its archive.
    pub fn scan(
        &self,
        candidates: &BTreeSet<StorePath>,
        stop: &Stop<'_>,
    ) -> Result<(BTreeSet<StorePath>, Hash, u64), StoreError> {
        canonicalise(&self.place)?;
        let mut scanner = Scanner::new(candidates);
        let (hash, size) = nar_hash_and_scan(&self.place, &mut scanner, stop)?;
        Ok((scanner.into_found(), hash, size))
    }

    /// Makes the tree valid. If the path has become valid meanwhile, that stays and the tree is dropped.
    pub fn register(self, registration: Registration) -> Result<PathInfo, StoreError> {
        let store = self.store.clone();
        let infos = store.register_all(vec![(self, registration)])?;
        Ok(infos.into_iter().next().expect("one path was registered"))
    }

    fn prepare(&self, registration: &Registration) -> Result<PathInfo, StoreError> {
        canonicalise(&self.place)?;
        let (nar_hash, nar_size) = match registration.nar {
            Some(known) => known,
            None => nar_hash(&self.place)?,
        };
        Ok(PathInfo {
            path: self.store_path.clone(),
            nar_hash,
            nar_size,
            references: registration.references.clone(),
            deriver: registration.deriver.clone(),
            registration_time: seconds_now(),
            ultimate: registration.ultimate,
            signatures: registration.signatures.clone(),
            content_address: registration.content_address,
        })
    }

    fn move_in_place(&self) -> Result<(), StoreError> {
        self.store.add_temporary_root(&self.store_path)?;
        if self.store.is_valid(&self.store_path)? {
            return Ok(());
        }
        let target = self.store.physical(&self.store_path);
        // What is there without being valid was left by somebody who died before registering it.
        if target.is_dir() && !target.is_symlink() {
            remove_tree(&target)?;
        }
        fs::rename(&self.place, &target).file("move a finished path to", &target)?;
        seal(&target)
    }

    fn take_back(&self) {
        if matches!(self.store.is_valid(&self.store_path), Ok(false)) {
            let _ = remove_tree(&self.store.physical(&self.store_path));
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let _ = remove_tree(&self.place);
    }
}

/// The content of a file that is no link: what a link leads to is nobody's derivation.
pub(crate) fn read_plain(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    open_file(path)?.read_to_end(&mut content)?;
    Ok(content)
}

/// The one clock reading of the store: when a path became valid. It is metadata of this machine, not of any output.
fn seconds_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
