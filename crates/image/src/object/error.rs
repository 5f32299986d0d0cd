//! What can go wrong with an object, named by operation and thing.

use std::io;
use std::path::PathBuf;

/// An error while an object is written or read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObjectError {
    /// The entry's path leaves the root or is not a path.
    #[error("package entry {path:?} has a path that cannot be used: {reason}")]
    BadPath {
        /// Path as the package has it.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two entries of one package have the same path.
    #[error("the package holds {path} twice")]
    Duplicate {
        /// Path in the image.
        path: String,
    },
    /// A hard link leads to nothing.
    #[error("hard link {path} leads to {target}, which the package does not hold as a file")]
    DanglingHardLink {
        /// Path of the link.
        path: String,
        /// Where it leads.
        target: String,
    },
    /// A kind of file that has no place in an image.
    #[error("{path} is a {kind}; an image holds files, directories and links only")]
    UnsupportedKind {
        /// Path in the image.
        path: String,
        /// What the package says it is.
        kind: &'static str,
    },
    /// The content is shorter or longer than the package says.
    #[error("{path} should have {expected} bytes and has {actual}")]
    WrongSize {
        /// Path in the image.
        path: String,
        /// Size in the entry's header.
        expected: u64,
        /// Bytes that came.
        actual: u64,
    },
    /// The content of an entry could not be read from the package or written to the object.
    #[error("cannot store the content of {path}")]
    Content {
        /// Path in the image.
        path: String,
        /// Cause.
        source: io::Error,
    },
    /// A file of the object cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// File on this machine.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// A file of the object cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// File on this machine.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The object is not one, or of another version.
    #[error("{} is not an object this version can read: {reason}", path.display())]
    Malformed {
        /// File on this machine.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The object is not what was written.
    #[error(
        "{} is not what was written there: the disk, or somebody, has changed it; 'hardpan store verify' lists all that is damaged",
        path.display()
    )]
    Damaged {
        /// File on this machine.
        path: PathBuf,
    },
    /// The asked file is not in the object.
    #[error("{path} is not a file of package {package}")]
    NoSuchFile {
        /// Path in the image.
        path: String,
        /// Package the object was compiled from.
        package: String,
    },
    /// More entries or blocks than an object may have.
    #[error("the package is too large: {what}")]
    TooLarge {
        /// Which limit.
        what: &'static str,
    },
    /// A kernel module cannot be understood.
    #[error("cannot index kernel modules")]
    KernelModules(#[from] crate::system::depmod::DepmodError),
}
