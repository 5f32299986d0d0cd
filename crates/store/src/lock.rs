//! Keeps processes that make the same store path apart, by locked files beside the paths.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix_formats::StorePath;
use rustix::fs::{FlockOperation, flock};

use crate::error::{FileContext as _, StoreError};
use crate::layout::Layout;

const FIRST_PAUSE: Duration = Duration::from_millis(5);
const LONGEST_PAUSE: Duration = Duration::from_millis(200);

/// Locks on store paths, given up when dropped or with the process.
#[derive(Debug, Default)]
pub struct PathLocks {
    held: Vec<Held>,
}

#[derive(Debug)]
struct Held {
    path: StorePath,
    lock_file: PathBuf,
    file: File,
}

/// What to do while somebody else holds a lock.
pub trait Waiting {
    /// Called once for each path that is locked by another.
    fn waits_for(&self, path: &StorePath);
    /// Whether to give up.
    fn is_cancelled(&self) -> bool;
}

/// Waits in silence and for as long as it takes.
pub struct WaitForever;

impl Waiting for WaitForever {
    fn waits_for(&self, _: &StorePath) {}

    fn is_cancelled(&self) -> bool {
        false
    }
}

impl PathLocks {
    /// Locks all of `paths`, always in the same order, so that no two processes wait for each other. `settle` is called
    /// again and again while another holds one.
    pub(crate) fn acquire(
        layout: &Layout,
        paths: &BTreeSet<StorePath>,
        waiting: &dyn Waiting,
        settle: &dyn Fn() -> Result<(), StoreError>,
    ) -> Result<Self, StoreError> {
        let mut locks = Self::default();
        for path in paths {
            let lock_file = layout.lock_file(path);
            let file = lock_one(&lock_file, path, waiting, settle)?;
            locks.held.push(Held {
                path: path.clone(),
                lock_file,
                file,
            });
        }
        Ok(locks)
    }

    /// What is locked.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &StorePath> {
        self.held.iter().map(|held| &held.path)
    }
}

impl Drop for PathLocks {
    fn drop(&mut self) {
        for mut held in self.held.drain(..) {
            give_up(&mut held.file, &held.lock_file);
        }
    }
}

fn lock_one(
    lock_file: &Path,
    path: &StorePath,
    waiting: &dyn Waiting,
    settle: &dyn Fn() -> Result<(), StoreError>,
) -> Result<File, StoreError> {
    let mut told = false;
    let mut pause = FIRST_PAUSE;
    loop {
        let file = open(lock_file).file("open the lock", lock_file)?;
        if try_lock(&file).file("lock", lock_file)? {
            if is_current(&file, lock_file).file("look at the lock", lock_file)? {
                return Ok(file);
            }
            continue;
        }
        if waiting.is_cancelled() {
            return Err(StoreError::Cancelled);
        }
        if !told {
            waiting.waits_for(path);
            told = true;
        }
        settle()?;
        thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Removes a lock that is held. Another process may have opened the file before it goes: a byte in it says that it is
/// of no use any more.
pub(crate) fn give_up(file: &mut File, lock_file: &Path) {
    let _ = file.write_all(b"d");
    let _ = fs::remove_file(lock_file);
}

pub(crate) fn open(lock_file: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(lock_file)
}

/// Takes an exclusive lock if nobody has one.
pub(crate) fn try_lock(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether the file that was locked is still the one of that name.
pub(crate) fn is_current(file: &File, lock_file: &Path) -> io::Result<bool> {
    let ours = file.metadata()?;
    let theirs = match fs::symlink_metadata(lock_file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other?,
    };
    Ok(ours.len() == 0 && (ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino()))
}
