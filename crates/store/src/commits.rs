//! Brings what was made into the database, in batches: one sync of the file system goes before each transaction.
//!
//! What waits for its batch is valid for this process and for nobody else: its files are in place, it is locked, and
//! collectors are kept from it and from what it refers to. A process that dies leaves files that nobody calls valid.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use nix_formats::StorePath;

use crate::database::{DerivationOutput, PathInfo};
use crate::durable::sync_file_system_of;
use crate::error::StoreError;
use crate::lock::PathLocks;
use crate::optimise::{Optimised, optimise_path};
use crate::removal::remove_tree;
use crate::{Inner, Store};

/// How long others wait at most for what a batch holds back.
const LONGEST_BATCH: Duration = Duration::from_millis(700);

/// What is made and not in the database yet.
#[derive(Debug, Default)]
pub(crate) struct Commits {
    pending: Mutex<Pending>,
    /// Held by the one thread that writes a batch.
    writing: Mutex<()>,
    /// How many batches are open.
    open_batches: AtomicUsize,
    /// Why a batch could not be written that nobody waited for.
    failure: Mutex<Option<StoreError>>,
}

#[derive(Debug, Default)]
struct Pending {
    rows: BTreeMap<StorePath, Row>,
    locks: Vec<PathLocks>,
}

/// What the database is to be told of one path.
pub(crate) type Row = (PathInfo, Vec<DerivationOutput>);

impl Commits {
    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn contains(&self, path: &StorePath) -> bool {
        self.lock().rows.contains_key(path)
    }

    /// What waits.
    pub(crate) fn info(&self, path: &StorePath) -> Option<PathInfo> {
        self.lock().rows.get(path).map(|(info, _)| info.clone())
    }

    /// The paths that wait and that `is_wanted` of.
    pub(crate) fn paths(&self, is_wanted: impl Fn(&Row) -> bool) -> BTreeSet<StorePath> {
        let pending = self.lock();
        let wanted = pending.rows.iter().filter(|(_, row)| is_wanted(row));
        wanted.map(|(path, _)| path.clone()).collect()
    }

    /// What is in the database, or will never be, waits no more, and its locks are given up.
    fn forget(&self, rows: &[Row]) {
        let mut pending = self.lock();
        for (info, _) in rows {
            pending.rows.remove(&info.path);
        }
        let Pending { rows, locks } = &mut *pending;
        locks.retain(|locks| locks.paths().any(|path| rows.contains_key(path)));
    }

    fn add(&self, rows: Vec<Row>) {
        let mut pending = self.lock();
        for row in rows {
            pending.rows.entry(row.0.path.clone()).or_insert(row);
        }
    }
}

impl Store {
    /// Until the result is finished or dropped, paths become valid for others in groups, within a second.
    pub fn batch(&self) -> Batch {
        self.inner.commits.open_batches.fetch_add(1, Ordering::SeqCst);
        let end = Arc::new((Mutex::new(false), Condvar::new()));
        let work = {
            let (store, end) = (self.clone(), Arc::clone(&end));
            move || write_now_and_then(&store, &end)
        };
        // Without the thread everything is written at the end of the batch.
        let thread = thread::Builder::new().name("store-batch".to_owned()).spawn(work);
        Batch {
            store: self.clone(),
            is_open: true,
            end,
            thread: thread.ok(),
        }
    }

    /// Brings everything that was made into the database, and the files of it onto the disk.
    ///
    /// # Errors
    /// If that cannot be done; nothing of it is valid then.
    pub fn flush(&self) -> Result<(), StoreError> {
        let commits = &self.inner.commits;
        let written = self.inner.write_batch();
        let earlier = commits
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        written.and(earlier.map_or(Ok(()), Err))
    }

    /// Takes what lies in place and is valid from now on; the caller holds its lock.
    pub(crate) fn commit(&self, rows: Vec<Row>) -> Result<(), StoreError> {
        self.keep_references(&rows)?;
        self.inner.commits.add(rows);
        match self.inner.commits.open_batches.load(Ordering::SeqCst) {
            0 => self.flush(),
            _ => Ok(()),
        }
    }

    /// Gives up `locks` as soon as what was made under them is valid for everybody.
    pub fn release(&self, locks: PathLocks) {
        let mut pending = self.inner.commits.lock();
        if locks.paths().any(|path| pending.rows.contains_key(path)) {
            pending.locks.push(locks);
        }
    }

    /// What new paths refer to must stay until the database says that they do.
    fn keep_references(&self, rows: &[Row]) -> Result<(), StoreError> {
        let new: BTreeSet<&StorePath> = rows.iter().map(|(info, _)| &info.path).collect();
        for (info, _) in rows {
            self.add_temporary_roots(&info.references)?;
            for reference in &info.references {
                if !new.contains(reference) && !self.is_valid(reference)? {
                    return Err(StoreError::InvalidReference {
                        path: info.path.clone(),
                        reference: reference.clone(),
                    });
                }
            }
        }
        Ok(())
    }
}

impl Inner {
    /// Writes what waits. Others may add to it meanwhile, which is for the next batch.
    fn write_batch(&self) -> Result<(), StoreError> {
        let _writing = self
            .commits
            .writing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let rows: Vec<Row> = self.commits.lock().rows.values().cloned().collect();
        if rows.is_empty() {
            return Ok(());
        }
        let written = self.make_durable(&rows);
        if written.is_err() {
            self.take_back(&rows);
        }
        self.commits.forget(&rows);
        written
    }

    fn make_durable(&self, rows: &[Row]) -> Result<(), StoreError> {
        if self.options.durability.paths {
            sync_file_system_of(&self.layout.store)?;
        }
        if self.options.optimise {
            let mut optimised = Optimised::default();
            for (info, _) in rows {
                optimise_path(&self.layout, &info.path, &mut optimised)?;
            }
        }
        self.database.register(rows)
    }

    fn take_back(&self, rows: &[Row]) {
        for (info, _) in rows {
            if matches!(self.database.is_valid(&info.path), Ok(false)) {
                let _ = remove_tree(&self.layout.physical(&info.path));
            }
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever needs to know whether it worked has asked before.
        let _ = self.write_batch();
    }
}

/// Paths become valid for others in groups while this lives.
#[derive(Debug)]
pub struct Batch {
    store: Store,
    is_open: bool,
    end: Arc<(Mutex<bool>, Condvar)>,
    thread: Option<JoinHandle<()>>,
}

impl Batch {
    /// Ends it.
    ///
    /// # Errors
    /// If what was made cannot be brought into the database.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.end();
        self.store.flush()
    }

    fn end(&mut self) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        let (ended, changed) = &*self.end;
        *ended.lock().unwrap_or_else(PoisonError::into_inner) = true;
        changed.notify_all();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        self.store
            .inner
            .commits
            .open_batches
            .fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        self.end();
        let _ = self.store.inner.write_batch();
    }
}

/// Writes what waits from time to time, so that what another process needs is not locked for as long as a build takes.
fn write_now_and_then(store: &Store, end: &(Mutex<bool>, Condvar)) {
    let (ended, changed) = end;
    let mut has_ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
    while !*has_ended {
        let waited = changed.wait_timeout(has_ended, LONGEST_BATCH);
        has_ended = waited.unwrap_or_else(PoisonError::into_inner).0;
        if *has_ended {
            return;
        }
        drop(has_ended);
        if let Err(error) = store.inner.write_batch() {
            let mut failure = store
                .inner
                .commits
                .failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            failure.get_or_insert(error);
        }
        has_ended = ended.lock().unwrap_or_else(PoisonError::into_inner);
    }
}
