//! Paths that live at least as long as the process that uses them: one locked file a process, as Nix has it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nix_formats::StorePath;
use rustix::fs::{FlockOperation, flock};

use crate::error::{FileContext as _, StoreError};
use crate::layout::Layout;
use crate::lock;

pub(crate) struct TemporaryRoots {
    directory: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    added: BTreeSet<StorePath>,
    file: Option<(PathBuf, File)>,
    /// Opened once; locked while a path is being added.
    collector: Option<File>,
}

impl TemporaryRoots {
    pub(crate) fn new(layout: &Layout) -> Self {
        Self {
            directory: layout.temporary_roots(),
            state: Mutex::default(),
        }
    }

    pub(crate) fn add<'a>(
        &self,
        layout: &Layout,
        paths: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let new: BTreeSet<StorePath> = paths
            .into_iter()
            .filter(|path| !state.added.contains(path))
            .cloned()
            .collect();
        if new.is_empty() {
            return Ok(());
        }
        if state.file.is_none() {
            state.file = Some(self.make_file()?);
        }
        if state.collector.is_none() {
            state.collector = Some(collector_file(layout)?);
        }
        let State {
            added,
            file: Some((name, file)),
            collector: Some(collector),
        } = &mut *state
        else {
            unreachable!("both files were made above");
        };
        let text: String = new.iter().map(|path| format!("{path}\0")).collect();
        // While a collector runs this waits, so that what it decides to remove is not taken for valid meanwhile.
        flock(&*collector, FlockOperation::LockShared).file("lock", &layout.collector_lock())?;
        let written = file.write_all(text.as_bytes()).file("write", name);
        flock(&*collector, FlockOperation::Unlock).file("unlock", &layout.collector_lock())?;
        written?;
        added.extend(new);
        Ok(())
    }

    fn make_file(&self) -> Result<(PathBuf, File), StoreError> {
        let mut suffix = String::new();
        for number in 1..u16::MAX {
            let path = self.directory.join(format!("{}{suffix}", std::process::id()));
            let file = lock::open(&path).file("open", &path)?;
            let mine = lock::try_lock(&file).file("lock", &path)?;
            if mine && is_same_file(&file, &path).file("look at", &path)? {
                file.set_len(0).file("empty", &path)?;
                return Ok((path, file));
            }
            suffix = format!("-{number}");
        }
        let full = std::io::Error::from(std::io::ErrorKind::AlreadyExists);
        Err(full).file("find a free file in", &self.directory)
    }
}

impl Drop for State {
    fn drop(&mut self) {
        if let Some((path, _)) = &self.file {
            let _ = fs::remove_file(path);
        }
    }
}

fn is_same_file(file: &File, path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let ours = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(theirs) => Ok((ours.dev(), ours.ino()) == (theirs.dev(), theirs.ino())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn collector_file(layout: &Layout) -> Result<File, StoreError> {
    let path = layout.collector_lock();
    lock::open(&path).file("open the lock", &path)
}

/// Keeps collectors waiting for as long as the file is open.
pub(crate) fn pause_collectors(layout: &Layout) -> Result<File, StoreError> {
    let file = collector_file(layout)?;
    flock(&file, FlockOperation::LockShared).file("lock", &layout.collector_lock())?;
    Ok(file)
}

/// What living processes use. Only to be called with the collector's lock held; files of dead processes are removed.
pub(crate) fn of_all_processes(layout: &Layout) -> Result<BTreeSet<StorePath>, StoreError> {
    let directory = layout.temporary_roots();
    let mut paths = BTreeSet::new();
    for name in crate::tree::sorted_names(&directory)? {
        let path = directory.join(name);
        let Ok(file) = File::open(&path) else { continue };
        if lock::try_lock(&file).file("lock", &path)? {
            let _ = fs::remove_file(&path);
            continue;
        }
        let text = fs::read_to_string(&path).file("read", &path)?;
        paths.extend(
            text.split('\0')
                .filter_map(|path| StorePath::parse_absolute(path).ok()),
        );
    }
    Ok(paths)
}
