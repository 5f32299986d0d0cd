//! What can go wrong with a binary cache.

use nix_formats::StorePath;
use nix_formats::narinfo::NarInfoError;

use crate::StoreError;

/// A failed operation on a binary cache.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// The address is not one of a binary cache.
    #[error("cannot use '{url}' as a binary cache: {reason}")]
    Address {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The cache could not be asked.
    #[error("cannot use the binary cache '{cache}'")]
    Fetch {
        /// The cache.
        cache: String,
        /// Why.
        #[source]
        source: Box<fetch::Error>,
    },
    /// The cache has paths of another store directory.
    #[error("the binary cache '{cache}' is for stores at '{found}', not '/nix/store'")]
    OtherStore {
        /// The cache.
        cache: String,
        /// Its store directory.
        found: String,
    },
    /// What the cache says about a path cannot be understood.
    #[error("the binary cache '{cache}' describes '{path}' in a bad way")]
    Description {
        /// The cache.
        cache: String,
        /// The path.
        path: StorePath,
        /// What is wrong.
        #[source]
        source: NarInfoError,
    },
    /// What the cache says came packed in a way that cannot be undone.
    #[error("the binary cache '{cache}' gives '{name}' in a form that cannot be read")]
    Packed {
        /// The cache.
        cache: String,
        /// The file.
        name: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What the cache describes is not there any more.
    #[error("the archive of '{path}' does not exist in the binary cache '{cache}' any more")]
    Gone {
        /// The path.
        path: StorePath,
        /// The cache.
        cache: String,
        /// What the server said.
        #[source]
        source: Box<fetch::Error>,
    },
    /// The description leads to where no archive of the cache can be.
    #[error("the binary cache '{cache}' says that '{path}' is at '{url}', which is no place for it")]
    Elsewhere {
        /// The cache.
        cache: String,
        /// The path.
        path: StorePath,
        /// Where it is said to be.
        url: String,
    },
    /// The archive is compressed in an unknown way.
    #[error(
        "the binary cache '{cache}' has '{path}' compressed with '{compression}', which is not known here"
    )]
    Compression {
        /// The cache.
        cache: String,
        /// The path.
        path: StorePath,
        /// The name of the compression.
        compression: String,
    },
    /// Nobody who is trusted has signed the path.
    #[error("'{path}' from '{cache}' has no signature by a key that is trusted")]
    Untrusted {
        /// The path.
        path: StorePath,
        /// Where it is.
        cache: String,
    },
    /// No cache has the path.
    #[error("'{path}' is not in '{cache}'")]
    Missing {
        /// The path.
        path: StorePath,
        /// Where it was looked for.
        cache: String,
    },
    /// The content is not what was promised.
    #[error("'{path}' from '{cache}' cannot be used")]
    Content {
        /// The path.
        path: StorePath,
        /// The cache.
        cache: String,
        /// What is wrong.
        #[source]
        source: Box<StoreError>,
    },
    /// A key could not be read.
    #[error("cannot read the key file '{}'", path.display())]
    Key {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The store failed.
    #[error(transparent)]
    Store(Box<StoreError>),
}

impl From<StoreError> for CacheError {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}

impl CacheError {
    /// Whether what the cache offered is not there, as if it had never been offered.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }

    /// Whether the caller asked to stop.
    pub fn is_cancelled(&self) -> bool {
        match self {
            Self::Fetch { source, .. } => matches!(**source, fetch::Error::Interrupted { .. }),
            Self::Store(error) => matches!(**error, StoreError::Cancelled),
            _ => false,
        }
    }
}
