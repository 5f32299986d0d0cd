//! Why builds fail.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;

use nix_formats::{Hash, StorePath};
use store::StoreError;
use store::cache::CacheError;

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

/// Why a derivation could not be realised.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A derivation has not the output that is wanted of it, or it has no path.
    #[error("derivation '{derivation}' has no output '{output}'")]
    NoOutputPath {
        /// The derivation.
        derivation: StorePath,
        /// The output.
        output: String,
    },
    /// A derivation needs itself.
    #[error("derivation '{derivation}' needs itself to be built")]
    Cycle {
        /// The derivation.
        derivation: StorePath,
    },
    /// No built-in builder has this name.
    #[error(
        "derivation '{derivation}' wants the built-in builder '{builder}', which this version does not have; name one \
         of {}, and evaluate again what an older hardpan evaluated",
        known.join(", ")
    )]
    UnknownBuilder {
        /// The derivation.
        derivation: StorePath,
        /// The builder.
        builder: String,
        /// Those that there are.
        known: Vec<String>,
    },
    /// The derivation is for another kind of machine.
    #[error("derivation '{derivation}' is to be built on '{system}', this machine is '{ours}'")]
    WrongSystem {
        /// The derivation.
        derivation: StorePath,
        /// What it wants.
        system: String,
        /// What this machine is.
        ours: String,
    },
    /// The derivation needs a machine that can do more.
    #[error(
        "derivation '{derivation}' needs the system feature '{feature}', which this machine is not said to have"
    )]
    MissingFeature {
        /// The derivation.
        derivation: StorePath,
        /// What it needs.
        feature: String,
    },
    /// Building again gave something else.
    #[error(
        "derivation '{derivation}' may not be deterministic: output '{output}' differs{}",
        kept_at(kept)
    )]
    NotDeterministic {
        /// The derivation.
        derivation: StorePath,
        /// The output.
        output: StorePath,
        /// Where the second one was kept, if that was asked for.
        kept: Option<PathBuf>,
    },
    /// A binary cache has a path and does not deliver it.
    #[error("cannot bring '{path}' from a binary cache")]
    Substitute {
        /// The path.
        path: StorePath,
        /// Why.
        #[source]
        source: Box<CacheError>,
    },
    /// The builder gave up.
    #[error("builder of '{derivation}' failed{}", last_lines(log_tail))]
    Failed {
        /// The derivation.
        derivation: StorePath,
        /// The log's last lines.
        log_tail: Vec<String>,
        /// Where the build's directory was kept, if that was asked for.
        kept: Option<PathBuf>,
        /// Why it gave up.
        #[source]
        failure: BuildFailure,
    },
    /// The builder took longer than allowed, or was silent for longer.
    #[error("builder of '{derivation}' timed out after {seconds} seconds of {what}")]
    TimedOut {
        /// The derivation.
        derivation: StorePath,
        /// The limit.
        seconds: u64,
        /// "work" or "silence".
        what: &'static str,
    },
    /// The content is not what the derivation says it is.
    #[error(
        "hash mismatch in fixed-output derivation '{derivation}':\n         specified: {specified}\n            got:    {got}"
    )]
    HashMismatch {
        /// The derivation.
        derivation: StorePath,
        /// What the derivation says.
        specified: Box<Hash>,
        /// What came out.
        got: Box<Hash>,
    },
    /// The builder succeeded without making an output.
    #[error("builder of '{derivation}' failed to produce output '{output}'")]
    MissingOutput {
        /// The derivation.
        derivation: StorePath,
        /// The output.
        output: String,
    },
    /// An output has not the form that it must have.
    #[error("output '{output}' of '{derivation}' is not usable: {reason}")]
    BadOutput {
        /// The derivation.
        derivation: StorePath,
        /// The output.
        output: String,
        /// What is wrong.
        reason: String,
    },
    /// Building was cancelled.
    #[error("the build was cancelled")]
    Cancelled,
    /// Several derivations failed, which can only be where the build goes on after a failure.
    #[error("{} derivations failed, the first: {}", .0.len(), .0.first().map(ToString::to_string).unwrap_or_default())]
    Several(Vec<BuildError>),
}

/// What kind of failure it is, as exit codes tell it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FailureClass {
    /// The build could not begin or was stopped: 1.
    Other,
    /// A builder failed: 100.
    BuildFailed,
    /// A builder took too long: 101.
    TimedOut,
    /// Content has another hash than specified: 102.
    HashMismatch,
    /// Building again gave something else: 104.
    NotDeterministic,
}

impl BuildError {
    pub(crate) fn substitute(path: &StorePath, error: CacheError) -> Self {
        if error.is_cancelled() {
            return Self::Cancelled;
        }
        Self::Substitute {
            path: path.clone(),
            source: Box::new(error),
        }
    }

    /// What kind of failure it is.
    pub fn class(&self) -> FailureClass {
        match self {
            Self::Failed { .. } | Self::MissingOutput { .. } | Self::BadOutput { .. } => {
                FailureClass::BuildFailed
            }
            Self::TimedOut { .. } => FailureClass::TimedOut,
            Self::HashMismatch { .. } => FailureClass::HashMismatch,
            Self::NotDeterministic { .. } => FailureClass::NotDeterministic,
            Self::Several(errors) => errors
                .iter()
                .map(Self::class)
                .max()
                .unwrap_or(FailureClass::Other),
            _ => FailureClass::Other,
        }
    }

    /// The derivation whose builder failed, if that is what happened.
    pub fn derivation(&self) -> Option<&StorePath> {
        match self {
            Self::Failed { derivation, .. }
            | Self::TimedOut { derivation, .. }
            | Self::HashMismatch { derivation, .. }
            | Self::MissingOutput { derivation, .. }
            | Self::BadOutput { derivation, .. } => Some(derivation),
            _ => None,
        }
    }

    /// Whether the build ended because it was asked to.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Self::Cancelled | Self::Store(StoreError::Cancelled))
    }
}

impl FailureClass {
    /// The exit code, as Nix has it.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Other => 1,
            Self::BuildFailed => 100,
            Self::TimedOut => 101,
            Self::HashMismatch => 102,
            Self::NotDeterministic => 104,
        }
    }
}

fn kept_at(kept: &Option<PathBuf>) -> String {
    kept.as_ref()
        .map(|kept| format!(" from the one kept at '{}'", kept.display()))
        .unwrap_or_default()
}

fn last_lines(log_tail: &[String]) -> String {
    if log_tail.is_empty() {
        return String::new();
    }
    let lines: String = log_tail.iter().map(|line| format!("\n       > {line}")).collect();
    format!("; last {} log lines:{lines}", log_tail.len())
}
