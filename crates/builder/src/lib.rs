//! Realises derivations: plans, schedules, runs and registers builds.

mod context;
mod error;
mod events;

pub use context::{BuildContext, BuiltinBuilder, Registry};
pub use error::BuildFailure;
pub use events::{Cancellation, Event};
