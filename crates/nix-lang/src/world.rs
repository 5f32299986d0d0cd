//! The only way in which the evaluator touches anything outside itself.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix_formats::{Derivation, Hash, StorePath};

/// Why something outside could not be done.
pub type WorldError = Box<dyn Error + Send + Sync>;

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A device, socket or pipe.
    Other,
}

impl PathKind {
    /// The word that `builtins.readDir` uses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Regular => "regular",
            Self::Directory => "directory",
            Self::Symlink => "symlink",
            Self::Other => "unknown",
        }
    }
}

/// A path to be copied into the store.
#[derive(Debug, Clone)]
pub struct PathImport {
    /// The absolute logical path.
    pub path: String,
    /// The name of the store path.
    pub name: String,
    /// Whether the archive of the tree is hashed, and not the bytes of one file.
    pub recursive: bool,
    /// The hash that the content must have.
    pub expected: Option<Hash>,
}

/// Decides whether a path below the imported one is kept.
pub type Filter<'f> = &'f mut dyn FnMut(&str, PathKind) -> Result<bool, WorldError>;

/// A file or tree to be fetched.
#[derive(Debug, Clone)]
pub enum FetchRequest {
    /// `builtins.fetchurl`: one file.
    File {
        /// Where from.
        url: String,
        /// Name of the store path.
        name: String,
        /// The digest of the file.
        expected: Option<Hash>,
    },
    /// `builtins.fetchTarball`: an unpacked archive.
    Archive {
        /// Where from.
        url: String,
        /// Name of the store path.
        name: String,
        /// The digest of the unpacked tree.
        expected: Option<Hash>,
    },
    /// `builtins.fetchTree` and `fetchGit`: a flake input's attributes.
    Tree {
        /// The attributes.
        attributes: BTreeMap<String, serde_json::Value>,
    },
    /// `builtins.getFlake`: a flake reference whose outputs are wanted.
    Flake {
        /// The reference.
        reference: String,
    },
}

/// What was fetched.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// Where it lies in the store.
    pub path: StorePath,
    /// Further attributes, such as `rev` and `narHash`.
    pub attributes: serde_json::Map<String, serde_json::Value>,
}

/// Everything outside. Paths are absolute logical paths: `/nix/store/…` means the store wherever it lies on disk.
pub trait World {
    /// Set as soon as evaluation is to stop.
    fn interrupted(&self) -> &AtomicBool {
        static NEVER: AtomicBool = AtomicBool::new(false);
        &NEVER
    }
    /// The content of a file; symbolic links are followed.
    fn read_file(&self, path: &str) -> Result<Vec<u8>, WorldError>;
    /// What lies at a path, links not followed; nothing if nothing is there.
    fn path_kind(&self, path: &str) -> Result<Option<PathKind>, WorldError>;
    /// Whether a path is one that evaluation may not even ask about.
    fn hides(&self, _path: &str) -> bool {
        false
    }
    /// Why nothing is at a path, where there is more to say than that.
    fn why_missing(&self, _path: &str) -> Option<WorldError> {
        None
    }
    /// The entries of a directory, in any order.
    fn read_dir(&self, path: &str) -> Result<Vec<(String, PathKind)>, WorldError>;
    /// Follows symbolic links in `path`; gives it back unchanged where nothing is there.
    fn resolve_links(&self, path: &str) -> Result<String, WorldError>;
    /// Copies a path into the store.
    fn add_path(&self, import: &PathImport, filter: Option<Filter<'_>>) -> Result<StorePath, WorldError>;
    /// Writes a text file into the store.
    fn add_text(
        &self,
        name: &str,
        content: &[u8],
        references: &BTreeSet<StorePath>,
    ) -> Result<StorePath, WorldError>;
    /// Notes a derivation, so that it can be built; gives the path of its `.drv` file.
    fn add_derivation(&self, derivation: Derivation) -> Result<StorePath, WorldError>;
    /// The derivation of a `.drv` path that is in the store or was added.
    fn read_derivation(&self, path: &StorePath) -> Result<Arc<Derivation>, WorldError>;
    /// What a store path that is no derivation refers to.
    fn references(&self, path: &StorePath) -> Result<BTreeSet<StorePath>, WorldError>;
    /// Builds outputs of derivations, for import from derivation.
    fn realise(&self, wanted: &[(StorePath, String)]) -> Result<(), WorldError>;
    /// Makes sure that a store path is there, for `builtins.storePath`.
    fn ensure_path(&self, path: &StorePath) -> Result<(), WorldError>;
    /// Fetches something.
    fn fetch(&self, request: &FetchRequest) -> Result<Fetched, WorldError>;
    /// An environment variable; nothing in pure evaluation.
    fn variable(&self, name: &str) -> Option<String>;
    /// Seconds since 1970; nothing in pure evaluation.
    fn current_time(&self) -> Option<i64>;
    /// The names that `builtins.hardpan` has.
    fn host_functions(&self) -> Vec<String>;
    /// Calls one of them.
    fn host_function(&self, name: &str, argument: serde_json::Value)
    -> Result<serde_json::Value, WorldError>;
    /// Shows the text of `builtins.trace`.
    fn trace(&self, text: &str);
    /// Shows the text of `builtins.warn`.
    fn warn(&self, text: &str);
}
