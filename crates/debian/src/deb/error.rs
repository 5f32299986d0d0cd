//! What can be wrong with a `.deb` file, named by operation and thing.

use std::io;

/// Why a package cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DebError {
    /// The outer archive is not that of a Debian package.
    #[error("not a Debian package: {reason}")]
    NotADeb {
        /// What is wrong with it.
        reason: String,
    },
    /// The file ends too early.
    #[error("the package is truncated: {what} needs {needed} bytes and {left} are left")]
    Truncated {
        /// Which part.
        what: String,
        /// Bytes that the part should have.
        needed: u64,
        /// Bytes that are there.
        left: u64,
    },
    /// The member is compressed by a method that is not read here.
    #[error("{member}: this kind of compression is not supported (known are none, gz, bz2, xz and zst)")]
    UnknownCompression {
        /// Name of the member of the outer archive.
        member: String,
    },
    /// An inner archive cannot be decompressed or is damaged.
    #[error("cannot read {member}")]
    Read {
        /// Name of the member of the outer archive.
        member: String,
        /// Cause.
        source: io::Error,
    },
    /// An inner archive is larger than anything sensible.
    #[error("{member} is too large: it has more than {limit} {unit}")]
    TooLarge {
        /// Name of the member of the outer archive.
        member: String,
        /// Most that is read.
        limit: u64,
        /// What is counted.
        unit: &'static str,
    },
    /// A path leaves the root or is no path.
    #[error("{member}: entry {path:?} cannot be used: {reason}")]
    BadPath {
        /// Name of the member of the outer archive.
        member: String,
        /// The path as the archive has it.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two entries have the same path.
    #[error("{member} holds {path} twice")]
    Duplicate {
        /// Name of the member of the outer archive.
        member: String,
        /// The path.
        path: String,
    },
    /// An entry's header makes no sense.
    #[error("{member}: entry {path:?} is malformed: {reason}")]
    BadEntry {
        /// Name of the member of the outer archive.
        member: String,
        /// The path as far as it is known.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A kind of file that packages must not bring along.
    #[error("{member}: {path} is a {kind}, which a package must not hold")]
    Forbidden {
        /// Name of the member of the outer archive.
        member: String,
        /// The path.
        path: String,
        /// What it is.
        kind: &'static str,
    },
    /// The control file cannot be understood.
    #[error("the package's control file cannot be used: {reason}")]
    BadControl {
        /// What is wrong with it.
        reason: String,
    },
    /// The caller of [`super::Deb::data_entries`] failed.
    #[error("cannot process {path}")]
    Visit {
        /// The entry.
        path: String,
        /// Cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
