//! Why a sandbox cannot be made or a program not be run in it.

use std::io;
use std::path::PathBuf;

/// Why a sandbox cannot be made or a program not be run in it.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// This machine does not let us make sandboxes.
    #[error("this machine allows no sandbox: cannot {doing}\n{hint}")]
    Unavailable {
        /// What was refused.
        doing: String,
        /// What to do about it.
        hint: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Something that this sandbox was to hold could not be put in place.
    #[error("cannot {doing} while setting the sandbox up")]
    SetUp {
        /// What was being done.
        doing: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// The program could not be started.
    #[error("cannot run '{}' in the sandbox", program.display())]
    Execute {
        /// The program, as the sandbox sees it.
        program: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// Something outside of the sandbox failed.
    #[error("cannot {doing}")]
    Host {
        /// What was being done.
        doing: String,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A text that goes to the system has a zero byte in it.
    #[error("{what} '{text}' has a zero byte in it")]
    ZeroByte {
        /// What kind of text.
        what: &'static str,
        /// The text.
        text: String,
    },
}

impl SandboxError {
    pub(crate) fn host(doing: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Host { doing, source }
    }
}
