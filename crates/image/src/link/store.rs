//! Finds the object for a store path: the path itself if it is one, else a compiled copy in a cache.

use super::LinkError;
use crate::object::{CompileOptions, META_FILE, Object, compile_store_path};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives the digest of a store path's content, if it is known.
type Digest = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Where store paths lie on this machine.
#[derive(Clone)]
pub struct StoreView {
    root: PathBuf,
    cache: PathBuf,
    digest: Arc<Digest>,
}

impl fmt::Debug for StoreView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("StoreView");
        shown
            .field("root", &self.root)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl StoreView {
    /// A store whose `/nix/store` lies below `root`, and a directory that this type fills with compiled copies of
    /// store paths that are no objects. The copies can be deleted at any time.
    pub fn new(root: impl Into<PathBuf>, cache: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            cache: cache.into(),
            digest: Arc::new(|_| None),
        }
    }

    /// The same store, where `digest` tells contents apart that had the same path at different times.
    pub fn with_digests(self, digest: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self {
            digest: Arc::new(digest),
            ..self
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
        let cached = match (self.digest)(logical) {
            Some(digest) => self.cache.join(format!("{digest}-{name}")),
            None => self.cache.join(name),
        };
        if Object::open(&cached).is_err() {
            self.compile(&physical, logical, &cached)?;
        }
        Ok(cached)
    }

    /// Compiles beside the place and moves the result there, so that nobody sees half an object.
    fn compile(&self, physical: &Path, logical: &str, cached: &Path) -> Result<(), LinkError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut unfinished = cached.as_os_str().to_owned();
        unfinished.push(format!(".unfinished-{}-{number}", std::process::id()));
        let unfinished = PathBuf::from(unfinished);
        let compiled = compile_store_path(physical, logical, &unfinished, CompileOptions::default());
        let placed = compiled
            .map_err(|source| LinkError::Object {
                path: logical.into(),
                source,
            })
            .and_then(|_| place(&unfinished, cached));
        // After a success it is gone already, unless somebody else was faster.
        let _ = fs::remove_dir_all(&unfinished);
        placed
    }
}

/// Moves a whole object to where it is looked for. One that is there already is as good, unless it is broken.
fn place(object: &Path, cached: &Path) -> Result<(), LinkError> {
    let failed = |source| LinkError::Write {
        path: cached.into(),
        source,
    };
    match fs::rename(object, cached) {
        Err(error) if is_occupied(&error) => {
            if Object::open(cached).is_ok() {
                return Ok(());
            }
            fs::remove_dir_all(cached).map_err(failed)?;
            fs::rename(object, cached).map_err(failed)
        }
        result => result.map_err(failed),
    }
}

fn is_occupied(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists
    )
}
