//! What stops a link, named by operation and thing.

use crate::erofs::ErofsError;
use crate::object::ObjectError;
use crate::system::{Missing, SystemError};
use crate::tree::{GlobError, MergeError, TreeError};
use std::io;
use std::path::PathBuf;

/// An error while a root file system is linked or copied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// The description is of another version.
    #[error("the root description has version {version}; this linker knows version {known}")]
    Version {
        /// Version found.
        version: u32,
        /// Version known.
        known: u32,
    },
    /// An object cannot be used.
    #[error("object {path}")]
    Object {
        /// Store path.
        path: String,
        /// Cause.
        source: ObjectError,
    },
    /// A glob of the description is wrong.
    #[error(transparent)]
    Glob(#[from] GlobError),
    /// Packages do not fit together.
    #[error(transparent)]
    Merge(#[from] MergeError),
    /// A path cannot be put into the tree.
    #[error("cannot place {what}")]
    Tree {
        /// What it was for.
        what: String,
        /// Cause.
        source: TreeError,
    },
    /// A generator cannot do its work.
    #[error(transparent)]
    System(#[from] SystemError),
    /// A value of the description cannot be used.
    #[error("{path}: {reason}")]
    BadFile {
        /// Path in the image.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A source file of a generated path cannot be read.
    #[error("cannot read {source_path} for {path}")]
    Source {
        /// Path in the image.
        path: String,
        /// The source.
        source_path: String,
        /// Cause.
        source: io::Error,
    },
    /// The source of a generated path leads nowhere.
    #[error("{path} should be a copy of {source_path}, which does not exist")]
    NoSource {
        /// Path in the image.
        path: String,
        /// The source.
        source_path: String,
    },
    /// Programs that cannot run.
    #[error(
        "files of packages need what the image does not hold; add the package that has it (image.debianPackages), \
         leave the file out (image.root.exclude) or let it lack that (image.root.mayMiss):{}",
        lines(missing)
    )]
    Missing {
        /// All of them.
        missing: Vec<Missing>,
    },
    /// Something that is asked for and cannot be made.
    #[error("{what} cannot be made yet")]
    Unsupported {
        /// What.
        what: &'static str,
    },
    /// The metadata cannot be written.
    #[error("cannot write the file system's metadata")]
    Erofs(#[from] ErofsError),
    /// More data than block addresses reach.
    #[error("the image is larger than a file system can be")]
    TooLarge,
    /// A result cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// File on this machine.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// A linked root cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// File on this machine.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// A linked root's layout cannot be understood.
    #[error("{} is not a layout this version can read: {reason}", path.display())]
    BadLayout {
        /// File on this machine.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

fn lines(missing: &[Missing]) -> String {
    missing.iter().map(|missing| format!("\n  {missing}")).collect()
}
