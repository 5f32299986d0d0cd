//! Hashes archives, reading in one thread and hashing in another once there is enough to share.

use std::fs;
use std::io::{self, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use nix_formats::hash::Hasher;
use nix_formats::{Hash, HashAlgorithm, Method};
use sandbox::folder::open_file;

use crate::error::{FileContext as _, StoreError};
use crate::scan::Scanner;
use crate::sealing::{Stop, stopped};
use crate::tree;

const CHUNK_BYTES: usize = 512 * 1024;
const CHUNKS_IN_FLIGHT: usize = 4;

/// The SHA-256 digest and the size of the archive of the tree at `path`.
pub fn nar_hash(path: &Path) -> Result<(Hash, u64), StoreError> {
    filtered_nar_hash(path, &mut tree::keep_all)
}

/// The same of the part of a tree that `filter` keeps.
pub(crate) fn filtered_nar_hash(
    path: &Path,
    filter: &mut tree::Filter<'_>,
) -> Result<(Hash, u64), StoreError> {
    Ok(tree::dump(path, filter, HashingSink::new(HashAlgorithm::Sha256))?.finish())
}

/// The digest of what is at `path` as a content address has it. The bytes of one file are those of a regular file.
pub fn content_hash(path: &Path, method: Method, algorithm: HashAlgorithm) -> Result<Hash, StoreError> {
    content_hash_unless(path, method, algorithm, &|| false)
}

/// The same, ended early where `stop` says so.
pub fn content_hash_unless(
    path: &Path,
    method: Method,
    algorithm: HashAlgorithm,
    stop: &Stop<'_>,
) -> Result<Hash, StoreError> {
    let hashing = HashingSink::new(algorithm);
    let mut sink = Stoppable { stop, hashing };
    let (hash, _) = match method {
        Method::Nar => tree::dump(path, &mut tree::keep_all, sink)?.hashing.finish(),
        Method::Flat | Method::Text => {
            let metadata = fs::symlink_metadata(path).file("look at", path)?;
            if !metadata.is_file() {
                let other = io::Error::from(io::ErrorKind::InvalidInput);
                return Err(other).file("take for a single file", path);
            }
            let mut file = open_file(path).file("open", path)?;
            io::copy(&mut file, &mut sink).file("read", path)?;
            sink.hashing.finish()
        }
    };
    Ok(hash)
}

/// Digest and size as of `nar_hash`; `scanner` sees the archive too.
pub(crate) fn nar_hash_and_scan(
    path: &Path,
    scanner: &mut Scanner,
    stop: &Stop<'_>,
) -> Result<(Hash, u64), StoreError> {
    let sink = Tee {
        stop,
        scanner,
        hashing: HashingSink::new(HashAlgorithm::Sha256),
    };
    Ok(tree::dump(path, &mut tree::keep_all, sink)?.hashing.finish())
}

struct Stoppable<'a> {
    stop: &'a Stop<'a>,
    hashing: HashingSink,
}

impl Write for Stoppable<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        match (self.stop)() {
            true => Err(stopped()),
            false => self.hashing.write(data),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Tee<'a> {
    stop: &'a Stop<'a>,
    scanner: &'a mut Scanner,
    hashing: HashingSink,
}

impl Write for Tee<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        if (self.stop)() {
            return Err(stopped());
        }
        self.scanner.feed(data);
        self.hashing.write(data)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Computes digest and size of what is written to it, big streams in a thread of its own.
pub struct HashingSink {
    algorithm: HashAlgorithm,
    pending: Vec<u8>,
    size: u64,
    worker: Option<Worker>,
}

struct Worker {
    full: SyncSender<Vec<u8>>,
    empty: Receiver<Vec<u8>>,
    thread: JoinHandle<Hasher>,
}

impl HashingSink {
    /// A sink that has seen nothing.
    pub fn new(algorithm: HashAlgorithm) -> Self {
        Self {
            algorithm,
            pending: Vec::new(),
            size: 0,
            worker: None,
        }
    }

    /// The digest and the number of bytes written.
    pub fn finish(self) -> (Hash, u64) {
        let mut hasher = match self.worker {
            None => Hasher::new(self.algorithm),
            Some(worker) => {
                drop(worker.full);
                worker
                    .thread
                    .join()
                    .expect("the hashing thread does nothing that panics")
            }
        };
        hasher.update(&self.pending);
        (hasher.finish(), self.size)
    }

    fn hand_over(&mut self) -> io::Result<()> {
        if self.worker.is_none() {
            self.worker = Some(Worker::start(self.algorithm)?);
        }
        let worker = self.worker.as_ref().expect("it was started above");
        let next = worker
            .empty
            .try_recv()
            .unwrap_or_else(|_| Vec::with_capacity(CHUNK_BYTES));
        let full = std::mem::replace(&mut self.pending, next);
        worker
            .full
            .send(full)
            .map_err(|_| io::Error::other("the hashing thread ended early"))
    }
}

impl Worker {
    fn start(algorithm: HashAlgorithm) -> io::Result<Self> {
        let (full, to_hash) = sync_channel::<Vec<u8>>(CHUNKS_IN_FLIGHT);
        let (give_back, empty) = sync_channel::<Vec<u8>>(CHUNKS_IN_FLIGHT + 2);
        let work = move || {
            let mut hasher = Hasher::new(algorithm);
            for mut chunk in to_hash {
                hasher.update(&chunk);
                chunk.clear();
                // A full channel only means that the chunk is freed instead of used again.
                let _ = give_back.try_send(chunk);
            }
            hasher
        };
        let thread = thread::Builder::new().name("nar-hash".to_owned()).spawn(work)?;
        Ok(Self { full, empty, thread })
    }
}

impl Write for HashingSink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        self.size += data.len() as u64;
        let mut rest = data;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(rest.len().min(CHUNK_BYTES - self.pending.len()));
            self.pending.extend_from_slice(part);
            rest = after;
            if self.pending.len() == CHUNK_BYTES {
                self.hand_over()?;
            }
        }
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn a_sparse_file_of_terabytes_does_not_keep_anybody_from_stopping() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("sparse");
        fs::File::create(&file).unwrap().set_len(8 << 40).unwrap();
        let asked = AtomicUsize::new(0);
        let stop = || asked.fetch_add(1, Ordering::Relaxed) > 8;
        let algorithm = HashAlgorithm::Sha256;
        for method in [Method::Flat, Method::Nar] {
            asked.store(0, Ordering::Relaxed);
            assert!(content_hash_unless(&file, method, algorithm, &stop).is_err());
        }
        asked.store(0, Ordering::Relaxed);
        assert!(nar_hash_and_scan(&file, &mut Scanner::new([]), &stop).is_err());
    }
}
