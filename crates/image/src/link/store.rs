//! Finds the object for a store path: the path itself if it is one, else a compiled copy in a cache.

use super::LinkError;
use crate::object::{CompileOptions, META_FILE, compile_store_path};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Where store paths lie on this machine.
#[derive(Debug, Clone)]
pub struct StoreView {
    root: PathBuf,
    cache: PathBuf,
}

impl StoreView {
    /// A store whose `/nix/store` lies below `root`, and a directory that this type fills with compiled copies of
    /// store paths that are no objects. The copies can be deleted at any time.
    pub fn new(root: impl Into<PathBuf>, cache: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            cache: cache.into(),
        }
    }

    /// Where a path like `/nix/store/<hash>-<name>/share` lies.
    pub fn physical(&self, logical: &str) -> PathBuf {
        self.root.join(logical.trim_start_matches('/'))
    }

    /// The directory of the object for a store path.
    pub fn object(&self, logical: &str) -> Result<PathBuf, LinkError> {
        let physical = self.physical(logical);
        if physical.join(META_FILE).is_file() {
            return Ok(physical);
        }
        let name = logical.rsplit('/').next().unwrap_or(logical);
        let cached = self.cache.join(name);
        if !cached.join(META_FILE).is_file() {
            self.compile(&physical, logical, &cached)?;
        }
        Ok(cached)
    }

    /// Compiles beside the place and moves the result there, so that nobody sees half an object.
    fn compile(&self, physical: &Path, logical: &str, cached: &Path) -> Result<(), LinkError> {
        let unfinished = cached.with_extension(format!("unfinished-{}", std::process::id()));
        let discard = |error| {
            let _ = fs::remove_dir_all(&unfinished);
            error
        };
        compile_store_path(physical, logical, &unfinished, CompileOptions::default()).map_err(|source| {
            discard(LinkError::Object {
                path: logical.into(),
                source,
            })
        })?;
        match fs::rename(&unfinished, cached) {
            Err(error)
                if !matches!(
                    error.kind(),
                    io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
                ) =>
            {
                Err(discard(LinkError::Write {
                    path: cached.into(),
                    source: error,
                }))
            }
            Err(_) => {
                let _ = fs::remove_dir_all(&unfinished);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }
}
