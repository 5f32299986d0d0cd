//! What a build tells while it goes on, and how it is told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nix_formats::StorePath;

use crate::error::BuildError;

/// Something that happened during a build. The order is that of happening; events of different derivations mix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// What is going to be done, before anything is.
    Planned {
        /// Derivations that will be fetched: their content is known by hash.
        fetch: usize,
        /// Other derivations that will be built.
        build: usize,
        /// Derivations whose wanted outputs are there already.
        have: usize,
    },
    /// Another process works on the same output; this one waits for it.
    Waiting {
        /// The output.
        path: StorePath,
    },
    /// A derivation is being built.
    Started {
        /// Its path.
        derivation: StorePath,
        /// The program or built-in builder.
        builder: String,
    },
    /// A derivation's builder said something.
    Log {
        /// The derivation's path.
        derivation: StorePath,
        /// One line, without its end.
        line: String,
    },
    /// A derivation's builder began another phase of its work.
    Phase {
        /// The derivation's path.
        derivation: StorePath,
        /// The phase's name, such as `buildPhase`.
        phase: String,
    },
    /// A derivation's builder got on.
    Progress {
        /// The derivation's path.
        derivation: StorePath,
        /// How much is done, in bytes or whatever the builder counts.
        done: u64,
        /// How much there is to do; zero if nobody knows.
        total: u64,
    },
    /// A derivation was built and its outputs are valid.
    Finished {
        /// Its path.
        derivation: StorePath,
        /// How long it took.
        duration: Duration,
        /// What came out.
        outputs: Vec<StorePath>,
    },
    /// Something is not as it should be, and work goes on.
    Warning(String),
    /// A derivation failed; the error comes as the result of the whole.
    Failed {
        /// Its path.
        derivation: StorePath,
    },
}

/// Tells a running build to stop. Clones share one flag.
#[derive(Clone, Debug, Default)]
pub struct Cancellation {
    flag: Arc<AtomicBool>,
    parent: Option<Arc<AtomicBool>>,
}

impl Cancellation {
    /// A token that uses an existing flag, such as a signal handler's.
    pub fn from_flag(flag: Arc<AtomicBool>) -> Self {
        Self { flag, parent: None }
    }

    /// A token of its own that is cancelled with this one too.
    pub(crate) fn child(&self) -> Self {
        Self {
            flag: Arc::default(),
            parent: Some(Arc::clone(&self.flag)),
        }
    }

    /// Why something failed: because it was asked to stop, or else `error`.
    pub(crate) fn or(&self, error: impl Into<BuildError>) -> BuildError {
        match self.is_cancelled() {
            true => BuildError::Cancelled,
            false => error.into(),
        }
    }

    /// Asks to stop.
    pub fn cancel(&self) {
        self.flag.store(true, Ordering::SeqCst);
    }

    /// Whether to stop.
    pub fn is_cancelled(&self) -> bool {
        let parent = self
            .parent
            .as_ref()
            .is_some_and(|parent| parent.load(Ordering::SeqCst));
        parent || self.flag.load(Ordering::SeqCst)
    }
}
