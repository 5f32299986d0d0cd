//! The Nix-compatible store on disk: database, closures, roots, garbage collection.

mod add;
pub mod cache;
mod canonical;
mod closure;
mod collect;
mod commits;
mod database;
mod derivations;
mod durable;
mod error;
pub mod hashing;
mod layout;
mod lock;
mod optimise;
mod register;
mod removal;
mod roots;
mod running;
pub mod scan;
mod sealing;
mod staging;
mod temporary_roots;
pub mod tree;
mod verify;

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix_formats::{Derivation, Signature, StorePath};

pub use collect::{CollectOptions, Collected};
pub use commits::Batch;
pub use database::PathInfo;
pub use derivations::AtHand;
pub use durable::{Durability, write_durably};
pub use error::StoreError;
pub use lock::{PathLocks, WaitForever, Waiting};
pub use optimise::Optimised;
pub use register::{Registration, Staging};
pub use removal::remove_tree;
pub use roots::Root;
pub use sealing::Stop;
pub use staging::StagingDirectory;
pub use tree::{FileKind, keep_all};
pub use verify::Damage;

use crate::commits::Commits;
use crate::database::{Database, DerivationOutput};
use crate::derivations::DerivationHashes;
use crate::error::FileContext as _;
use crate::layout::Layout;
use crate::staging::StagingArea;
use crate::temporary_roots::TemporaryRoots;

/// A store: the logical `/nix/store` at a place on disk. Clones share one database connection.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

/// How a store is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// What is on the disk before it counts.
    pub durability: Durability,
    /// Whether equal files of new paths are put together: `auto-optimise-store` of Nix.
    pub optimise: bool,
}

/// Collectors wait while this lives.
#[derive(Debug)]
pub struct CollectionPause {
    _lock: fs::File,
}

struct Inner {
    layout: Layout,
    database: Database,
    options: Options,
    commits: Commits,
    derivation_hashes: DerivationHashes,
    staging: Arc<StagingArea>,
    temporary_roots: TemporaryRoots,
}

impl Store {
    /// Opens the store below `root` (`nix --store ROOT` opens the same), making it if nothing is there, and sweeps
    /// what processes left that died while they were building.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        Self::open_with(root, Options::default())
    }

    /// The same, with a choice of how it is kept.
    pub fn open_with(root: &Path, options: Options) -> Result<Self, StoreError> {
        let layout = Layout::prepare(root)?;
        let database = Database::open(&layout.database(), options.durability.metadata)?;
        let staging = Arc::new(StagingArea::open(&layout.staging())?);
        let temporary_roots = TemporaryRoots::new(&layout);
        Ok(Self {
            inner: Arc::new(Inner {
                layout,
                database,
                options,
                commits: Commits::default(),
                derivation_hashes: DerivationHashes::default(),
                staging,
                temporary_roots,
            }),
        })
    }

    /// The directory that stands for `/`.
    pub fn root(&self) -> &Path {
        &self.inner.layout.root
    }

    /// Where `path` lies on disk, valid or not.
    pub fn physical(&self, path: &StorePath) -> PathBuf {
        self.inner.layout.physical(path)
    }

    /// The directory on disk that stands for `/nix/store`.
    pub fn physical_store_directory(&self) -> &Path {
        &self.inner.layout.store
    }

    /// Where failed builds are kept when that was asked for; may not exist.
    pub fn kept_builds_directory(&self) -> PathBuf {
        self.inner.layout.root.join("nix/var/hardpan/failed")
    }

    /// Where the log of the last build of `derivation` is, compressed as Nix has it; may not exist.
    pub fn log_file(&self, derivation: &StorePath) -> PathBuf {
        let name = derivation.base_name();
        let (first, rest) = name.split_at(name.len().min(2));
        self.inner
            .layout
            .root
            .join("nix/var/log/nix/drvs")
            .join(first)
            .join(format!("{rest}.bz2"))
    }

    /// Whether `path` is complete and registered.
    pub fn is_valid(&self, path: &StorePath) -> Result<bool, StoreError> {
        Ok(self.inner.commits.contains(path) || self.inner.database.is_valid(path)?)
    }

    /// Whether all of `paths` are.
    pub fn are_valid<'a>(&self, paths: impl IntoIterator<Item = &'a StorePath>) -> Result<bool, StoreError> {
        for path in paths {
            if !self.is_valid(path)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What is known about `path`, if it is valid.
    pub fn path_info(&self, path: &StorePath) -> Result<Option<PathInfo>, StoreError> {
        match self.inner.commits.info(path) {
            Some(info) => Ok(Some(info)),
            None => self.inner.database.path_info(path),
        }
    }

    /// What is known about `path`, which must be valid.
    pub fn require_info(&self, path: &StorePath) -> Result<PathInfo, StoreError> {
        self.path_info(path)?
            .ok_or_else(|| StoreError::NotValid(path.clone()))
    }

    /// Records further signatures of `path`, which must be valid.
    pub fn add_signatures(&self, path: &StorePath, signatures: &[Signature]) -> Result<(), StoreError> {
        self.flush()?;
        self.require_info(path)?;
        let texts: Vec<String> = signatures.iter().map(ToString::to_string).collect();
        self.inner.database.add_signatures(path, &texts)
    }

    /// What `path` refers to directly.
    pub fn references(&self, path: &StorePath) -> Result<BTreeSet<StorePath>, StoreError> {
        match self.inner.commits.info(path) {
            Some(info) => Ok(info.references),
            None => self.inner.database.references(path),
        }
    }

    /// The valid paths that refer to `path` directly.
    pub fn referrers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>, StoreError> {
        let mut found = self
            .inner
            .commits
            .paths(|(info, _)| info.references.contains(path));
        found.extend(self.inner.database.referrers(path)?);
        Ok(found)
    }

    /// The valid derivations that have `path` as an output.
    pub fn derivers(&self, path: &StorePath) -> Result<BTreeSet<StorePath>, StoreError> {
        let makes_it = |outputs: &[DerivationOutput]| outputs.iter().any(|(_, output)| output == path);
        let mut found = self.inner.commits.paths(|(_, outputs)| makes_it(outputs));
        found.extend(self.inner.database.derivers(path)?);
        Ok(found)
    }

    /// Every valid path.
    pub fn all_paths(&self) -> Result<BTreeSet<StorePath>, StoreError> {
        let mut found = self.inner.commits.paths(|_| true);
        found.extend(self.inner.database.all_paths()?);
        Ok(found)
    }

    /// Reads the derivation at `path`.
    pub fn read_derivation(&self, path: &StorePath) -> Result<Derivation, StoreError> {
        let file = self.physical(path);
        let text = register::read_plain(&file).file("read the derivation", &file)?;
        Ok(Derivation::parse_aterm(
            &text,
            path.name().trim_end_matches(".drv"),
        )?)
    }

    /// Keeps other processes (and threads) from making any of `paths` until the locks are dropped.
    pub fn lock(&self, paths: &BTreeSet<StorePath>, waiting: &dyn Waiting) -> Result<PathLocks, StoreError> {
        // Whoever has one of them may be waiting for what this process has made and holds back.
        PathLocks::acquire(&self.inner.layout, paths, waiting, &|| self.flush())
    }

    /// Keeps collectors from removing `path` while this process lives, whether it is valid already or not.
    /// To be called before looking whether it is valid.
    pub fn add_temporary_root(&self, path: &StorePath) -> Result<(), StoreError> {
        self.add_temporary_roots([path])
    }

    /// The same for several paths.
    pub fn add_temporary_roots<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<(), StoreError> {
        self.inner.temporary_roots.add(&self.inner.layout, paths)
    }

    /// Has collectors wait until the result is dropped, so that many paths can be looked at before those that matter
    /// become temporary roots.
    pub fn pause_collection(&self) -> Result<CollectionPause, StoreError> {
        Ok(CollectionPause {
            _lock: temporary_roots::pause_collectors(&self.inner.layout)?,
        })
    }

    /// A private directory on the store's file system, removed when dropped.
    pub fn staging_directory(&self) -> Result<StagingDirectory, StoreError> {
        self.inner.staging.directory()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Store({})", self.root().display())
    }
}
