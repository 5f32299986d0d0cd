//! Counts what an archive from outside grows to, and stops it.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

const MAXIMUM_ENTRIES: u64 = 2_000_000;
const MAXIMUM_UNPACKED_BYTES: u64 = 64 << 30;
/// A store path holds no hard links, so that each costs what the file costs.
const MAXIMUM_LINKED_BYTES: u64 = 4 << 30;
/// Between the contents of two files stand names and times. They are held in memory.
const MAXIMUM_HEAD_BYTES: u64 = 4 << 20;

/// How much an archive may still grow.
pub(super) struct Budget {
    entries: Cell<u64>,
    linked_bytes: Cell<u64>,
    counters: Rc<Counters>,
}

struct Counters {
    bytes: Cell<u64>,
    /// How much the head of the next entry may still take; nothing while its content is read.
    head: Cell<Option<u64>>,
}

impl Budget {
    pub(super) fn new() -> Self {
        Self {
            entries: Cell::new(MAXIMUM_ENTRIES),
            linked_bytes: Cell::new(MAXIMUM_LINKED_BYTES),
            counters: Rc::new(Counters {
                bytes: Cell::new(MAXIMUM_UNPACKED_BYTES),
                head: Cell::new(None),
            }),
        }
    }

    /// One more entry of any kind.
    pub(super) fn count_entry(&self) -> Result<(), String> {
        let left = self.entries.get().checked_sub(1);
        let left = left.ok_or_else(|| format!("it has more than {MAXIMUM_ENTRIES} entries"))?;
        self.entries.set(left);
        Ok(())
    }

    /// What is read from now on is the head of an entry.
    pub(super) fn begin_head(&self) {
        self.counters.head.set(Some(MAXIMUM_HEAD_BYTES));
    }

    /// What is read from now on is the content of an entry.
    pub(super) fn begin_content(&self) {
        self.counters.head.set(None);
    }

    /// One more hard link, to a file of so many bytes.
    pub(super) fn count_link(&self, bytes: u64) -> io::Result<()> {
        let left = self.linked_bytes.get().checked_sub(bytes);
        let left = left.ok_or_else(|| {
            let limit = MAXIMUM_LINKED_BYTES >> 30;
            io::Error::other(format!("its hard links stand for more than {limit} GiB"))
        })?;
        self.linked_bytes.set(left);
        Ok(())
    }

    /// The reader, counted.
    pub(super) fn meter<R: Read>(&self, inner: R) -> Meter<R> {
        Meter {
            inner,
            counters: Rc::clone(&self.counters),
        }
    }
}

impl Counters {
    fn spend(&self, bytes: u64) -> io::Result<()> {
        let left = self.bytes.get().checked_sub(bytes);
        let left = left.ok_or_else(|| {
            let limit = MAXIMUM_UNPACKED_BYTES >> 30;
            io::Error::other(format!("it is larger than {limit} GiB when unpacked"))
        })?;
        self.bytes.set(left);
        if let Some(head) = self.head.get() {
            let left = head.checked_sub(bytes);
            let left =
                left.ok_or_else(|| io::Error::other("the name or the attributes of an entry are too large"))?;
            self.head.set(Some(left));
        }
        Ok(())
    }
}

/// A reader whose bytes are counted.
pub(super) struct Meter<R> {
    inner: R,
    counters: Rc<Counters>,
}

impl<R: Read> Read for Meter<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.counters.spend(count as u64)?;
        Ok(count)
    }
}
