//! Says which download failed and why.

use std::io;
use std::path::PathBuf;

use nix_formats::Hash;

/// Content that is not what was pinned.
#[derive(Debug, thiserror::Error)]
#[error("hash mismatch in '{url}':\n  specified: {}\n  got:       {}", .expected.to_sri(), .actual.to_sri())]
pub struct HashMismatch {
    /// What was asked for.
    pub url: String,
    /// The pinned digest.
    pub expected: Hash,
    /// The digest of what came.
    pub actual: Hash,
}

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The host could not be reached at all.
    #[error("no network to '{url}': {reason}")]
    NoNetwork {
        /// What was asked for.
        url: String,
        /// What the system said.
        reason: String,
    },
    /// The settings allow no network.
    #[error("'{url}' lies in the network, and '--offline' is set")]
    Offline {
        /// What was asked for.
        url: String,
    },
    /// The server answered, but with an error.
    #[error("'{url}': the server answered {status}{}", if *.status == 404 { " (not found)" } else { "" })]
    Status {
        /// What was asked for.
        url: String,
        /// HTTP status code.
        status: u16,
    },
    /// The transfer broke.
    #[error("transfer of '{url}' failed: {reason}")]
    Transfer {
        /// What was asked for.
        url: String,
        /// What went wrong.
        reason: String,
    },
    /// The server stopped sending, or sends next to nothing.
    #[error("'{url}' was given up: {reason}")]
    Stalled {
        /// What was asked for.
        url: String,
        /// For how long nothing came.
        reason: String,
    },
    /// Fewer or more bytes came than announced.
    #[error("'{url}' is truncated: got {actual} of {expected} bytes")]
    WrongSize {
        /// What was asked for.
        url: String,
        /// Bytes announced.
        expected: u64,
        /// Bytes received.
        actual: u64,
    },
    /// More bytes came than the caller allows.
    #[error("'{url}' is larger than the {limit} bytes allowed here")]
    TooLarge {
        /// What was asked for.
        url: String,
        /// Most bytes allowed.
        limit: u64,
    },
    /// The content is not what was pinned.
    #[error(transparent)]
    HashMismatch(Box<HashMismatch>),
    /// The address is none that can be fetched.
    #[error("cannot fetch '{url}': {reason}")]
    BadUrl {
        /// What was asked for.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing names a place to fetch from.
    #[error("nowhere to fetch '{what}' from")]
    NoSource {
        /// What was wanted.
        what: String,
    },
    /// Reading a `file:` address failed.
    #[error("cannot read '{}'", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Writing the download failed (a full disk, for example).
    #[error("cannot write the download '{}'", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Every place was tried.
    #[error("no source has '{what}':{}", list(.failures))]
    AllFailed {
        /// What was wanted.
        what: String,
        /// What each place said.
        failures: Vec<Error>,
    },
    /// A registry's answer makes no sense.
    #[error("the npm registry's answer for {package} cannot be used: {reason}")]
    Npm {
        /// Package and version.
        package: String,
        /// What is wrong.
        reason: String,
    },
    /// The user asked to stop.
    #[error("interrupted while fetching '{url}'")]
    Interrupted {
        /// What was being fetched.
        url: String,
    },
}

fn list(failures: &[Error]) -> String {
    failures
        .iter()
        .map(|failure| format!("\n  {}", failure.to_string().replace('\n', "\n  ")))
        .collect()
}

impl Error {
    pub(crate) fn hash_mismatch(url: &str, expected: Hash, actual: Hash) -> Self {
        Self::HashMismatch(Box::new(HashMismatch {
            url: url.to_owned(),
            expected,
            actual,
        }))
    }

    /// Whether content differed from its pinned hash anywhere.
    pub fn is_hash_mismatch(&self) -> bool {
        match self {
            Self::HashMismatch(_) => true,
            Self::AllFailed { failures, .. } => failures.iter().any(Self::is_hash_mismatch),
            _ => false,
        }
    }

    /// Whether no host could be reached at all.
    pub fn is_no_network(&self) -> bool {
        match self {
            Self::NoNetwork { .. } => true,
            Self::AllFailed { failures, .. } => failures.iter().all(Self::is_no_network),
            _ => false,
        }
    }

    /// Whether the settings kept it from being fetched from anywhere.
    pub fn is_offline(&self) -> bool {
        match self {
            Self::Offline { .. } => true,
            Self::AllFailed { failures, .. } => failures.iter().any(Self::is_offline),
            _ => false,
        }
    }

    /// Whether every place that answered says that the thing does not exist.
    pub fn is_not_found(&self) -> bool {
        match self {
            Self::Status { status, .. } => matches!(status, 404 | 410),
            Self::Read { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::AllFailed { failures, .. } => failures.iter().all(Self::is_not_found),
            _ => false,
        }
    }

    /// Whether the server says that the asker may not see the thing, if there is one.
    pub fn is_forbidden(&self) -> bool {
        matches!(
            self,
            Self::Status {
                status: 401 | 403 | 407,
                ..
            }
        )
    }

    /// Whether trying again may help.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::NoNetwork { .. } | Self::Transfer { .. } | Self::WrongSize { .. } => true,
            // Asking once more is the client's own affair.
            Self::Stalled { .. } => false,
            Self::Status { status, .. } => matches!(status, 408 | 425 | 429 | 500..=599),
            _ => false,
        }
    }

    /// Whether trying another place makes no sense.
    pub(crate) fn is_final(&self) -> bool {
        matches!(self, Self::Write { .. } | Self::Interrupted { .. })
    }
}
