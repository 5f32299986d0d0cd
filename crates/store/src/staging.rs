//! Where things are made before they are valid: private directories that vanish with the process that made them.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::error::{FileContext as _, StoreError};
use crate::lock;
use crate::removal::remove_tree;

/// The staging area of one open store: a locked file says that its process lives.
#[derive(Debug)]
pub(crate) struct StagingArea {
    directory: PathBuf,
    next: AtomicU64,
    /// Held for as long as the area is in use.
    _lock: File,
}

/// A private directory on the store's file system, removed with all that is in it when dropped.
#[derive(Debug)]
pub struct StagingDirectory {
    path: PathBuf,
    _area: Arc<StagingArea>,
}

impl StagingArea {
    /// Makes an area of our own in `parent`, and removes those of processes that died.
    pub(crate) fn open(parent: &Path) -> Result<Self, StoreError> {
        for number in 0..u64::from(u16::MAX) {
            let directory = parent.join(format!("{}-{number}", std::process::id()));
            let lock_path = directory.with_extension("lock");
            let file = lock::open(&lock_path).file("open the lock", &lock_path)?;
            if lock::try_lock(&file).file("lock", &lock_path)?
                && lock::is_current(&file, &lock_path).file("look at the lock", &lock_path)?
            {
                remove_tree(&directory)?;
                // Half-made trees may hold anything, a file with a setuid bit too: they are nobody else's business.
                DirBuilder::new()
                    .mode(0o700)
                    .create(&directory)
                    .file("make the directory", &directory)?;
                sweep(parent);
                return Ok(Self {
                    directory,
                    next: AtomicU64::new(0),
                    _lock: file,
                });
            }
        }
        let full = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        Err(full).file("find a free staging directory in", parent)
    }

    /// A path in the area that is nobody else's; nothing is there.
    pub(crate) fn place(&self, name: &str) -> PathBuf {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.directory.join(format!("{number}-{name}"))
    }

    pub(crate) fn directory(self: &Arc<Self>) -> Result<StagingDirectory, StoreError> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.directory.join(number.to_string());
        fs::create_dir(&path).file("make the directory", &path)?;
        Ok(StagingDirectory {
            path,
            _area: Arc::clone(self),
        })
    }
}

impl Drop for StagingArea {
    fn drop(&mut self) {
        let _ = remove_tree(&self.directory);
        let _ = fs::remove_file(self.directory.with_extension("lock"));
    }
}

/// Removes what dead processes left. Failures are no harm: the next store that is opened tries again.
fn sweep(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "lock") {
            continue;
        }
        let Ok(file) = lock::open(&path) else { continue };
        if lock::try_lock(&file).unwrap_or(false) {
            let _ = remove_tree(&path.with_extension(""));
            let _ = fs::remove_file(&path);
        }
    }
}

impl StagingDirectory {
    /// The directory.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Moves the directory with its content to `destination`, for a person to look at.
    pub fn keep_as(self, destination: &Path) -> Result<(), StoreError> {
        fs::rename(&self.path, destination).file("keep a failed build as", destination)
    }
}

impl Drop for StagingDirectory {
    fn drop(&mut self) {
        let _ = remove_tree(&self.path);
    }
}
