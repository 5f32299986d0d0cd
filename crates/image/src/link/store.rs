//! Finds the object for a store path: the path itself if it is one, else a compiled copy in a cache.

use super::LinkError;
use crate::object::{CompileOptions, META_FILE, Object, compile_store_path};
use sandbox::folder::{Folder, Kind};
use sandbox::inputs::{Found, Inputs, Place};
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives the digest of a store path's content, if it is known.
type Digest = dyn Fn(&str) -> Option<String> + Send + Sync;

/// What of a store can be looked at, and where its compiled copies are kept.
#[derive(Clone)]
pub struct StoreView {
    inputs: Inputs,
    cache: PathBuf,
    digest: Arc<Digest>,
}

impl fmt::Debug for StoreView {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("StoreView");
        shown
            .field("inputs", &self.inputs)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

impl StoreView {
    /// All of the store whose `/nix/store` lies below `root`, and a directory that this type fills with compiled
    /// copies of store paths that are no objects. The copies can be deleted at any time.
    pub fn new(root: impl AsRef<Path>, cache: impl Into<PathBuf>) -> Self {
        Self::of_inputs(Inputs::all(root.as_ref().join("nix/store")), cache)
    }

    /// The same for some paths of a store.
    pub fn of_inputs(inputs: Inputs, cache: impl Into<PathBuf>) -> Self {
        Self {
            inputs,
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

    /// What a path like `/nix/store/<hash>-<name>/share` leads to, in the store or out of it.
    pub fn find(&self, logical: &str) -> io::Result<Found> {
        self.inputs.find(logical)
    }

    /// What a path that must lie in the store leads to.
    pub fn place(&self, logical: &str) -> io::Result<Place> {
        self.inputs.place(logical)
    }

    /// The folder that a whole store path lies in, with its name there; it may be a link.
    pub(super) fn whole(&self, logical: &str) -> io::Result<(Folder, PathBuf)> {
        self.inputs.whole(logical)
    }

    /// The directory of the object for a store path.
    pub fn object(&self, logical: &str) -> Result<PathBuf, LinkError> {
        let read = |source| LinkError::Source {
            path: logical.into(),
            source_path: logical.into(),
            source,
        };
        let place = self.place(logical).map_err(read)?;
        let physical = place.physical();
        if place.facts().kind == Kind::Folder {
            let meta = place.folder().map_err(read)?.facts(Path::new(META_FILE));
            if meta.is_ok_and(|meta| meta.kind == Kind::File) {
                return Ok(physical);
            }
        }
        // A copy is known by the name and the digest of a store path, which a path inside of one could only borrow.
        let logical = place.logical();
        let name = logical.rsplit('/').next().unwrap_or(&logical);
        if logical != format!("/nix/store/{name}") {
            let reason = "it is neither an object nor a whole store path";
            return Err(read(io::Error::new(io::ErrorKind::InvalidInput, reason)));
        }
        let cached = match (self.digest)(&logical) {
            Some(digest) => self.cache.join(format!("{digest}-{name}")),
            None => self.cache.join(name),
        };
        if Object::open(&cached).is_err() {
            self.compile(&physical, &logical, &cached)?;
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
