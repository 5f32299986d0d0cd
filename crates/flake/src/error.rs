//! Says which flake, input or file something failed on.

use std::io;
use std::path::PathBuf;

/// An error of something that the caller provides.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a flake cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is no flake reference.
    #[error("'{text}' is not a valid flake reference: {reason}")]
    BadReference {
        /// As given.
        text: String,
        /// What is wrong.
        reason: String,
    },
    /// The attributes describe no input.
    #[error("input attributes {attributes} are not valid: {reason}")]
    BadAttributes {
        /// The attributes as JSON.
        attributes: String,
        /// What is wrong.
        reason: String,
    },
    /// A name needs a registry, and none knows it.
    #[error(
        "cannot find flake '{0}' in the flake registries; write a full reference such as 'github:owner/repository'"
    )]
    NoRegistry(String),
    /// No `flake.nix` where one is expected.
    #[error("{0}")]
    NotAFlake(String),
    /// A file is there, but not for git.
    #[error("'{}' is not known to git, and a flake is made of what git knows", .folder.join(.file).display())]
    NotKnownToGit {
        /// The work tree.
        folder: PathBuf,
        /// The file in it.
        file: PathBuf,
    },
    /// A password would be written down.
    #[error(
        "not writing the lock file of flake '{flake}' because the address of its input '{input}' has a password in it"
    )]
    Password {
        /// The flake.
        flake: String,
        /// The input, without the password.
        input: String,
    },
    /// `flake.nix` does not declare what a flake must.
    #[error("flake '{flake}': {reason}")]
    BadManifest {
        /// The flake.
        flake: String,
        /// What is wrong.
        reason: String,
    },
    /// Reading `flake.nix` failed in the evaluator.
    #[error("while reading the flake '{flake}'")]
    Manifest {
        /// The flake.
        flake: String,
        /// What the evaluator said.
        source: BoxError,
    },
    /// The lock file cannot be understood.
    #[error("lock file '{path}' cannot be read: {reason}")]
    BadLock {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// Locks would have to change but may not.
    #[error("flake '{0}' requires lock file changes but they're not allowed due to '--no-update-lock-file'")]
    LockChangesForbidden(String),
    /// The lock file would hold an input that is not locked.
    #[error(
        "not writing the lock file of flake '{flake}' because its input '{input}' is not locked; \
         commit the changes of that git work tree first"
    )]
    UnlockedInput {
        /// The flake.
        flake: String,
        /// The input.
        input: String,
    },
    /// The flake does not lie in a folder of this machine.
    #[error(
        "cannot write the modified lock file of flake '{0}'; use '--no-write-lock-file' to go on without"
    )]
    CannotWriteLock(String),
    /// An input follows one that is not there.
    #[error("input '{input}' follows a non-existent input '{target}'")]
    FollowsNothing {
        /// Path of the input.
        input: String,
        /// What it follows.
        target: String,
    },
    /// Inputs follow each other in a circle.
    #[error("follow cycle detected: [{0}]")]
    FollowsCycle(String),
    /// A flake is among its own inputs.
    #[error("found circular import of flake '{0}'")]
    CircularImport(String),
    /// The content of an input is not what the lock says.
    #[error("NAR hash mismatch in input '{input}': expected '{expected}' but got '{actual}'")]
    NarHashMismatch {
        /// The input as a URL.
        input: String,
        /// The locked hash.
        expected: String,
        /// The hash of what was fetched.
        actual: String,
    },
    /// A pinned revision or date differs.
    #[error("'{attribute}' attribute mismatch in input '{input}', expected '{expected}', got '{actual}'")]
    AttributeMismatch {
        /// Which attribute.
        attribute: &'static str,
        /// The input as a URL.
        input: String,
        /// The locked value.
        expected: String,
        /// The value of what was fetched.
        actual: String,
    },
    /// A lock says something of an archive that flake.nix says otherwise.
    #[error(
        "the lock of input '{input}' has another '{attribute}' than flake.nix; a lock only says which state is meant"
    )]
    ForeignLock {
        /// The input.
        input: String,
        /// The attribute.
        attribute: String,
    },
    /// The embedded base is another one than the lock has.
    #[error("input '{input}' is locked to another base than that of this program, hardpan {own}")]
    OtherBase {
        /// The input.
        input: String,
        /// Version of this program.
        own: String,
    },
    /// This kind of input cannot be fetched.
    #[error("input '{input}' cannot be fetched: {reason}")]
    Unsupported {
        /// The input as a URL.
        input: String,
        /// Why not.
        reason: String,
    },
    /// The `git` program failed.
    #[error("'{command}' failed in '{}': {reason}", .folder.display())]
    Git {
        /// The command.
        command: String,
        /// Where.
        folder: PathBuf,
        /// What git said.
        reason: String,
    },
    /// An archive cannot be unpacked.
    #[error("cannot unpack '{archive}': {reason}")]
    Unpack {
        /// Where the archive came from.
        archive: String,
        /// What is wrong.
        reason: String,
    },
    /// A download failed.
    #[error("cannot fetch input '{input}'")]
    Fetch {
        /// The input as a URL.
        input: String,
        /// The cause.
        source: Box<fetch::Error>,
    },
    /// A part that the caller provides failed.
    #[error("cannot {operation} '{thing}'")]
    Provider {
        /// What we were doing.
        operation: &'static str,
        /// To which thing.
        thing: String,
        /// The cause.
        source: BoxError,
    },
    /// The file system failed.
    #[error("cannot {operation} '{}'", .path.display())]
    Files {
        /// What we were doing.
        operation: &'static str,
        /// To which file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl Error {
    /// Adds the operation and the path to an input/output error.
    pub(crate) fn files(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Files {
            operation,
            path,
            source,
        }
    }

    pub(crate) fn bad_reference(text: &str, reason: impl Into<String>) -> Self {
        Self::BadReference {
            text: text.to_owned(),
            reason: reason.into(),
        }
    }
}
