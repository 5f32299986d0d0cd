//! The Nix-compatible store on disk: database, closures, roots, garbage collection.

use std::path::{Path, PathBuf};

use nix_formats::StorePath;

/// A store: the logical `/nix/store` at a place on disk.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

impl Store {
    /// Where `path` lies on disk.
    pub fn physical(&self, path: &StorePath) -> PathBuf {
        self.root.join("nix/store").join(path.base_name())
    }

    /// The directory that stands for `/`.
    pub fn root(&self) -> &Path {
        &self.root
    }
}
