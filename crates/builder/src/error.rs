//! Why builds fail.

use std::error::Error;
use std::fmt;

/// Why one derivation's builder gave up. The scheduler adds which derivation it was and the log's last lines.
#[derive(Debug)]
pub struct BuildFailure {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
    cancelled: bool,
}

impl BuildFailure {
    /// A failure that says what was being done and to which thing.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            source: None,
            cancelled: false,
        }
    }

    /// A failure with its cause; for `map_err(|error| BuildFailure::caused_by("write x", error))`.
    pub fn caused_by(message: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            message: message.into(),
            source: Some(source.into()),
            cancelled: false,
        }
    }

    /// The builder stopped because it was asked to.
    pub fn cancelled() -> Self {
        Self {
            message: "the build was cancelled".to_owned(),
            source: None,
            cancelled: true,
        }
    }

    /// Whether the builder stopped because it was asked to.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled
    }
}

impl fmt::Display for BuildFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for BuildFailure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| source.as_ref() as &(dyn Error + 'static))
    }
}

impl From<String> for BuildFailure {
    fn from(message: String) -> Self {
        Self::new(message)
    }
}

impl From<&str> for BuildFailure {
    fn from(message: &str) -> Self {
        Self::new(message)
    }
}
