//! Brings the trees of inputs into the store.

mod archive;
mod budget;
mod forge;
mod git;
mod git_command;
mod git_remote;
mod git_signatures;
mod git_submodules;
mod git_tree;
mod lfs;
mod local;
mod place;
mod registry;
mod repository;
mod standard;
mod transfer;

use std::path::{Path, PathBuf};

use nix_formats::StorePath;

use crate::{Attributes, BoxError, Error, Input};

pub(crate) use git::local_repository;
pub use registry::Registry;
pub(crate) use repository::intend_to_add;
pub use standard::StandardSources;
pub use transfer::{add_archive, unpack_archive};

/// A tree in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceTree {
    /// Its path in the store.
    pub store_path: StorePath,
    /// Where that lies on disk.
    pub root: PathBuf,
}

/// An input whose tree is in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The tree.
    pub tree: SourceTree,
    /// The input as it can be locked, with `narHash` and what else is known of the tree.
    pub locked: Input,
}

/// Brings trees into the store.
pub trait Sources {
    /// Fetches `input`, or finds it in the store if it is locked and there.
    fn fetch(&self, input: &Input) -> Result<Fetched, Error>;

    /// Fetches `input` as it is now. What was `locked` before tells a source that must not become older.
    fn fetch_newer(&self, input: &Input, locked: Option<&Input>) -> Result<Fetched, Error>;

    /// Makes the next [`Sources::fetch`] of `input` look again, since its source has changed.
    fn forget(&self, input: &Input);
}

/// One file of the embedded base.
#[derive(Clone, Copy, Debug)]
pub struct BaseFile<'a> {
    /// Path inside the tree.
    pub path: &'a str,
    /// Content.
    pub contents: &'a [u8],
}

/// The base that is embedded in the program.
#[derive(Clone, Copy, Debug)]
pub struct Base<'a> {
    /// The program's version.
    pub version: &'a str,
    /// The files.
    pub files: &'a [BaseFile<'a>],
}

/// What locking Debian suites gave.
#[derive(Clone, Debug, Default)]
pub struct DebianLocked {
    /// Newest date of the suites, in seconds since 1970.
    pub last_modified: u64,
    /// What `flake.lock` keeps beside, so that the same tree can be made again.
    pub attributes: Attributes,
}

/// Locks Debian suites; the caller provides it.
pub trait DebianLock {
    /// Writes the tree of the suites as they are now into the new folder `out`. They must not be older than those
    /// that were locked before.
    fn lock(
        &self,
        input: &Attributes,
        previous: Option<&Attributes>,
        out: &Path,
    ) -> Result<DebianLocked, BoxError>;

    /// Writes the locked tree once more into the new folder `out`.
    fn restore(&self, locked: &Attributes, out: &Path) -> Result<DebianLocked, BoxError>;
}

/// What happens while fetching, for the user to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A git work tree has changes that no commit holds.
    DirtyTree(PathBuf),
    /// A download begins.
    Fetching(String),
    /// The tree of an input is in the store.
    Available {
        /// The input.
        input: Input,
        /// Where its tree lies.
        tree: StorePath,
    },
}
