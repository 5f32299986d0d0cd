//! What operations tell while they go on.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use nix_formats::StorePath;

/// The parts of an operation that take time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Finding, fetching and locking the flake and its inputs.
    Lock,
    /// Evaluating.
    Evaluate,
    /// Finding out what is there and what is not.
    Plan,
    /// Fetching and building.
    Realise,
}

impl Phase {
    /// One word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lock => "lock",
            Self::Evaluate => "evaluate",
            Self::Plan => "plan",
            Self::Realise => "realise",
        }
    }
}

/// What a build step is to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StepKind {
    /// Something is downloaded.
    Download,
    /// A package becomes an object.
    Object,
    /// A root or a disk image is written.
    Image,
    /// Anything else.
    Other,
}

impl StepKind {
    /// What a builder does.
    pub fn of(builder: &str) -> Self {
        match builder {
            builder::SUBSTITUTE
            | "builtin:fetchurl"
            | "builtin:hardpan-deb-v1"
            | "builtin:hardpan-archive-member-v1" => Self::Download,
            "builtin:hardpan-object-v2" => Self::Object,
            "builtin:hardpan-root-v2" | "builtin:hardpan-image-v2" => Self::Image,
            _ => Self::Other,
        }
    }
}

/// How much is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// How many steps of each kind there are.
    pub steps: BTreeMap<StepKind, usize>,
    /// How many bytes the downloads have, as far as that is known.
    pub download_bytes: u64,
}

impl Work {
    /// What a plan holds.
    pub fn of(plan: &builder::Plan) -> Self {
        let mut work = Self::default();
        for step in &plan.steps {
            let kind = StepKind::of(&step.derivation.builder.to_string());
            *work.steps.entry(kind).or_default() += 1;
            if kind == StepKind::Download {
                let size = step
                    .derivation
                    .env_str("size")
                    .and_then(|size| size.parse::<u64>().ok());
                work.download_bytes += size.unwrap_or(0);
            }
        }
        work
    }

    /// How many steps of a kind there are.
    pub fn count(&self, kind: StepKind) -> usize {
        self.steps.get(&kind).copied().unwrap_or(0)
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A part of the operation begins.
    Began(Phase),
    /// A part of the operation is done.
    Ended(Phase, Duration),
    /// What is going to be built.
    Work(Work),
    /// Builds get on.
    Build(builder::Event),
    /// An input is being fetched.
    Fetching(String),
    /// What the user should know.
    Warning(String),
    /// How far the operation is.
    Note(String),
    /// The text of `builtins.trace`.
    Trace(String),
    /// A lock file was made or changed.
    LockWritten {
        /// The file.
        file: PathBuf,
        /// Whether it was not there before.
        created: bool,
        /// What changed, one paragraph an input.
        changes: String,
    },
    /// A lock file would have to be changed, and is not.
    LockNotWritten {
        /// The flake.
        flake: String,
        /// What would change.
        changes: String,
    },
    /// A store path is being checked.
    Verifying {
        /// How many were checked before.
        done: usize,
        /// How many there are.
        total: usize,
        /// The path.
        path: StorePath,
    },
}
