//! The packages of a locked Debian input, compiled once into a file that opens without parsing.

mod cache;
mod compile;
mod format;
mod nearest;
mod record;
mod source;
#[cfg(test)]
mod tests;

pub use compile::parse_packages;
pub use nearest::nearest;
pub use record::Record;
pub use source::{Selection, Source};

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::lock::LockError;
use crate::signature::SignatureError;
use crate::tree::TreeError;
use format::{Damage, HEADER_BYTES, Header, Place, Table};

/// Why packages cannot be looked up.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The tree has no usable manifest.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// A file is missing or cannot be decompressed.
    #[error("cannot read the package index {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// A tree is not what its archive has signed.
    #[error("the packages of {} are not used: {source}", tree.display())]
    Untrusted {
        /// The tree.
        tree: PathBuf,
        /// Cause.
        source: Box<LockError>,
    },
    /// The keys that should vouch for a tree cannot.
    #[error("the keys of the archive {archives} cannot be used: {source}")]
    Keys {
        /// The archives.
        archives: String,
        /// Cause.
        source: SignatureError,
    },
    /// A tree has the packages of another architecture than the first one.
    #[error(
        "the packages of {} are for {architecture}, and those of the first archive for {first}",
        tree.display()
    )]
    OtherArchitecture {
        /// The tree.
        tree: PathBuf,
        /// Its architecture.
        architecture: String,
        /// That of the first one.
        first: String,
    },
    /// What is to be taken of a further archive is not there.
    #[error("hardpan.archives: {reason}")]
    Selection {
        /// What is not there.
        reason: String,
    },
    /// A package index makes no sense.
    #[error("the package index {} cannot be used: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

/// All packages of an input, by name.
#[derive(Debug)]
pub struct Index {
    path: PathBuf,
    table: Table,
    records: Records,
}

/// Where records are read from.
#[derive(Debug)]
enum Records {
    File(File),
    Memory(Vec<u8>),
}

impl Index {
    /// Opens the compiled index of `sources` together in `cache_dir`, compiling it first if it is missing or unusable.
    ///
    /// `key` names the content of the trees (their narHashes). Compiling checks the signatures of all trees; what was
    /// compiled is found again only for the same keys and the same selections. A cache that cannot be written is no
    /// error.
    pub fn open_or_compile(sources: &[Source], cache_dir: &Path, key: &str) -> Result<Self, IndexError> {
        let mut digest = Sha256::new();
        digest.update(key.as_bytes());
        for source in sources {
            source.digest(&mut digest);
        }
        let digest = digest.finalize();
        let name: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let path = cache::place(cache_dir, &name);
        if let Ok(index) = Self::open(&path) {
            return Ok(index);
        }
        let bytes = compile::compile(sources)?;
        // Where nothing can be kept, the next run compiles again.
        let _ = cache::keep(&path, &bytes, SystemTime::now());
        Self::from_bytes(path, bytes)
    }

    /// Compiles the index of `tree` without keeping it, and without asking who has signed it.
    pub fn compile_unsigned(tree: &Path) -> Result<Self, IndexError> {
        Self::from_bytes(tree.to_owned(), compile::compile_unsigned(tree)?)
    }

    fn open(path: &Path) -> io::Result<Self> {
        let damaged = |reason: Damage| io::Error::new(io::ErrorKind::InvalidData, reason);
        let mut file = File::open(path)?;
        cache::touch(&file, SystemTime::now());
        let mut header = [0; HEADER_BYTES];
        file.read_exact(&mut header)?;
        let header = Header::read(&header).map_err(damaged)?;
        let length = file.metadata()?.len();
        if length != header.file_bytes || header.table_bytes as u64 > length {
            return Err(damaged("it is cut off"));
        }
        let mut table = vec![0; header.table_bytes];
        file.read_exact(&mut table)?;
        Ok(Self {
            path: path.to_owned(),
            table: Table::read(&header, table).map_err(damaged)?,
            records: Records::File(file),
        })
    }

    fn from_bytes(path: PathBuf, bytes: Vec<u8>) -> Result<Self, IndexError> {
        let table = Header::read(&bytes).and_then(|header| {
            let table = bytes.get(HEADER_BYTES..HEADER_BYTES + header.table_bytes);
            Table::read(&header, table.unwrap_or_default().to_vec())
        });
        match table {
            Ok(table) => Ok(Self {
                path,
                table,
                records: Records::Memory(bytes),
            }),
            Err(reason) => Err(IndexError::Malformed {
                path,
                reason: reason.to_owned(),
            }),
        }
    }

    /// The highest version of the real package `name`.
    pub fn package(&self, name: &str) -> Result<Option<Record>, IndexError> {
        let first = self.table.records(name).into_iter().next();
        first.map(|place| self.record(place)).transpose()
    }

    /// All versions of the real package `name`, highest first.
    pub fn candidates(&self, name: &str) -> Result<Vec<Record>, IndexError> {
        let places = self.table.records(name);
        places.into_iter().map(|place| self.record(place)).collect()
    }

    /// The packages that provide `name`, sorted by name, and highest version first.
    pub fn providers(&self, name: &str) -> Result<Vec<Record>, IndexError> {
        let places = self.table.providers(name);
        places.into_iter().map(|place| self.record(place)).collect()
    }

    /// Names of all real packages, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.table.names()
    }

    /// At most three names of real packages that are like `name`.
    pub fn nearest(&self, name: &str) -> Vec<String> {
        nearest(name, self.names())
    }

    fn record(&self, place: Place) -> Result<Record, IndexError> {
        let decoded = match &self.records {
            Records::Memory(bytes) => {
                let start = usize::try_from(place.offset).unwrap_or(usize::MAX);
                let end = start.saturating_add(place.length);
                place.decode(bytes.get(start..end).unwrap_or_default())
            }
            Records::File(file) => {
                let mut bytes = vec![0; place.length];
                file.read_exact_at(&mut bytes, place.offset)
                    .map_err(|source| IndexError::Read {
                        path: self.path.clone(),
                        source,
                    })?;
                place.decode(&bytes)
            }
        };
        decoded.map_err(|reason| IndexError::Malformed {
            path: self.path.clone(),
            reason: format!("{reason}; remove the file, it is made again"),
        })
    }
}
