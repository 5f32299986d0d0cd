//! One function for each thing a user can ask of hardpan. Nothing here prints: results are values, and what happens on
//! the way is told to the session's sink.

mod archive_keys;
pub mod archives;
mod base;
pub mod build;
mod configuration;
pub mod copy;
mod error;
pub mod eval;
mod evaluate;
mod events;
mod explanations;
pub mod flakes;
pub mod hashing;
pub mod instantiate;
pub mod keys;
pub mod known_settings;
mod origins;
pub mod outcome;
pub mod packages;
mod project;
pub mod repl;
pub mod run;
mod session;
mod settings;
mod store_address;
pub mod stored;
mod suites;
pub mod vm;

pub use nix_lang::{EvaluationError, Place, TraceLine};

pub use archive_keys::KeyError;
pub use configuration::Configuration;
pub use error::Error;
pub use evaluate::{Argument, Evaluation, Root};
pub use events::{Event, Phase, StepKind, Work};
pub use explanations::{Definition, Explanation};
pub use project::LockOptions;
pub use session::{Session, Sink};
pub use settings::Settings;
