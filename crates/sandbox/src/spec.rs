//! What a sandboxed program is and what it sees.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::PathBuf;

/// Everything about one run.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The program, as the sandbox sees it.
    pub program: PathBuf,
    /// What the program is told; the first is its name.
    pub arguments: Vec<OsString>,
    /// The whole environment.
    pub environment: BTreeMap<OsString, OsString>,
    /// Where it starts, as the sandbox sees it.
    pub directory: PathBuf,
    /// An empty directory of this machine that the root is mounted on, visible to the sandbox only.
    pub scratch: PathBuf,
    /// What the root holds beside `/dev`, `/proc` and `/tmp`, in the order in which it is put in place. Parents that
    /// are missing are made.
    pub entries: Vec<Entry>,
    /// Whether the network can be reached.
    pub network: Network,
    /// Devices of this machine beside the ordinary ones, by their names in `/dev`.
    pub devices: BTreeSet<String>,
}

/// One thing in the sandbox's root. Paths begin with `/` and are those that the sandbox sees, unless named `source`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// An empty directory.
    Directory {
        /// Where.
        path: PathBuf,
    },
    /// A small file, readable by all.
    File {
        /// Where.
        path: PathBuf,
        /// What is in it.
        contents: Vec<u8>,
    },
    /// A symbolic link.
    Link {
        /// Where.
        path: PathBuf,
        /// What it says.
        target: PathBuf,
    },
    /// A file or directory of this machine, with what is mounted below it. A link is copied.
    Bind {
        /// Where it lies on this machine.
        source: PathBuf,
        /// Where the sandbox sees it.
        path: PathBuf,
        /// What may be done with it.
        access: Access,
    },
    /// An empty writable file system in memory.
    Memory {
        /// Where.
        path: PathBuf,
    },
}

/// What may be done with something of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Look.
    Read,
    /// Change.
    Write,
}

/// Whether the network can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Only a loopback device of its own.
    None,
    /// This machine's network, with its names and certificates' whereabouts left to `Spec::entries`.
    Host,
}
