//! Why a machine is not started.

use std::path::PathBuf;

/// Why a machine is not started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VmError {
    /// A disk that was kept holds another image than the one that is asked for.
    #[error("'{}' boots another image: its root hash is {found}, that of this configuration {wanted}", disk.display())]
    OtherImage {
        /// The disk.
        disk: PathBuf,
        /// The root hash on it.
        found: String,
        /// The root hash of the image that was asked for.
        wanted: String,
    },
    /// The image below a disk is not there any more.
    #[error("the image that '{}' was made from is gone: '{}'", disk.display(), image.display())]
    ImageGone {
        /// The disk.
        disk: PathBuf,
        /// The image.
        image: PathBuf,
    },
    /// The flake has several machines, or none.
    #[error("which machine? There are {}", known.join(", "))]
    WhichMachine {
        /// Their names.
        known: Vec<String>,
    },
    /// There is nobody to log in to.
    #[error("the machine has no ssh server")]
    NoServer,
    /// The user is none of the machine's.
    #[error("the machine has no user '{user}'")]
    NoUser {
        /// The user.
        user: String,
        /// Names that are there and look alike.
        nearest: Vec<String>,
    },
    /// No key is allowed for the user.
    #[error("nobody can log in as '{user}': users.users.{user}.openssh.authorizedKeys has no key")]
    NoKeys {
        /// The user.
        user: String,
    },
    /// The user is not to be reached with this key.
    #[error("'{}' cannot log in as '{user}': it is not in users.users.{user}.openssh.authorizedKeys", key.display())]
    KeyNotAllowed {
        /// The user.
        user: String,
        /// The file of the private key.
        key: PathBuf,
    },
    /// The file holds no key.
    #[error("'{}' holds no private key", file.display())]
    NotAKey {
        /// The file.
        file: PathBuf,
    },
    /// Others may read the private key, and ssh refuses it therefore.
    #[error("ssh will not use '{}': others may read it", file.display())]
    KeyOpenToOthers {
        /// The file.
        file: PathBuf,
    },
    /// A forwarded port cannot be understood.
    #[error("'{text}' is no forwarded port")]
    BadForward {
        /// As it was given.
        text: String,
    },
}
