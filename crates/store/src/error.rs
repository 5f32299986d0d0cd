//! What can go wrong with a store, each naming the operation and the thing.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use nix_formats::derivation::DerivationError;
use nix_formats::nar::NarError;
use nix_formats::store_path::StorePathError;
use nix_formats::{Hash, StorePath};

/// A failed store operation.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file operation failed.
    #[error("cannot {action} '{}'", path.display())]
    File {
        /// What was being done, as in "cannot …".
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The database could not be read or written.
    #[error("cannot {action} in the store database '{}'", path.display())]
    Database {
        /// What was being done.
        action: &'static str,
        /// The database file.
        path: PathBuf,
        /// Why it failed.
        #[source]
        source: rusqlite::Error,
    },
    /// The database has a field that cannot be understood.
    #[error("the store database '{}' has the bad {field} '{value}'", path.display())]
    BadField {
        /// The database file.
        path: PathBuf,
        /// The column.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// The store was written by a program with another layout.
    #[error("the store '{}' has schema {found}, this program knows 10", path.display())]
    Schema {
        /// The store's root.
        path: PathBuf,
        /// What stands in its schema file.
        found: String,
    },
    /// A path that must be valid is not.
    #[error("path '{0}' is not valid in this store")]
    NotValid(StorePath),
    /// A path refers to one that is not valid.
    #[error("path '{path}' refers to '{reference}', which is not valid in this store")]
    InvalidReference {
        /// The path to be registered.
        path: StorePath,
        /// The missing one.
        reference: StorePath,
    },
    /// A tree has something that a store cannot hold.
    #[error("file '{}' is a {kind}; a store holds regular files, directories and symbolic links", path.display())]
    Special {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// A tree that was made to be in nobody's way.
    #[error("it has more than {most} folders in one another; a store holds no deeper tree")]
    TooDeep {
        /// How many there may be.
        most: usize,
    },
    /// A path has not the content it must have.
    #[error("hash mismatch in '{path}': specified {expected}, got {actual}")]
    HashMismatch {
        /// The path.
        path: StorePath,
        /// What it should be.
        expected: Box<Hash>,
        /// What it is.
        actual: Box<Hash>,
    },
    /// A path has not the size it must have.
    #[error("size mismatch in '{path}': specified {expected} bytes, got {actual}")]
    SizeMismatch {
        /// The path.
        path: StorePath,
        /// What it should be.
        expected: u64,
        /// What it is.
        actual: u64,
    },
    /// A path cannot be removed because it is in use.
    #[error("path '{path}' is in use{}", users(needed_by))]
    Alive {
        /// The path.
        path: StorePath,
        /// What refers to it; nothing if a root or a running process keeps it.
        needed_by: BTreeSet<StorePath>,
    },
    /// A tree to be added has the store itself inside.
    #[error("cannot add '{}' to the store, because the store lies in it at '{}'", path.display(), store.display())]
    ContainsStore {
        /// The tree.
        path: PathBuf,
        /// The directory that stands for `/`.
        store: PathBuf,
    },
    /// A store path could not be made.
    #[error(transparent)]
    Path(#[from] StorePathError),
    /// A derivation could not be read or written.
    #[error(transparent)]
    Derivation(#[from] DerivationError),
    /// An archive is malformed.
    #[error("cannot unpack the archive of '{path}'")]
    Archive {
        /// The path that it should become.
        path: StorePath,
        /// What is wrong.
        #[source]
        source: NarError,
    },
    /// A path filter failed.
    #[error("cannot decide whether '{}' belongs into the store", path.display())]
    Filter {
        /// The file that was asked about.
        path: PathBuf,
        /// The filter's own error.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The caller asked to stop.
    #[error("the operation was cancelled")]
    Cancelled,
}

impl StoreError {
    /// Whether the disk or quota is full; the hint then is to make room.
    pub fn is_out_of_space(&self) -> bool {
        if let Self::Database { source, .. } = self {
            return source.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
        }
        let Self::File { source, .. } = self else {
            return false;
        };
        matches!(
            source.kind(),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
        )
    }
}

/// Adds operation and file to an I/O result.
pub(crate) trait FileContext<T> {
    fn file(self, action: &'static str, path: &Path) -> Result<T, StoreError>;
}

impl<T, E: Into<io::Error>> FileContext<T> for Result<T, E> {
    fn file(self, action: &'static str, path: &Path) -> Result<T, StoreError> {
        self.map_err(|error| StoreError::File {
            action,
            path: path.to_owned(),
            source: error.into(),
        })
    }
}

fn users(needed_by: &BTreeSet<StorePath>) -> String {
    match needed_by.first() {
        None => " by a root or a running process".to_owned(),
        Some(first) if needed_by.len() == 1 => format!(" by '{first}'"),
        Some(first) => format!(" by '{first}' and {} more", needed_by.len() - 1),
    }
}
