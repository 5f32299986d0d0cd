//! Realises derivations: plans, schedules, runs and registers builds.

mod builtin;
mod context;
mod error;
mod events;
mod outputs;
mod plan;
mod schedule;
mod settings;
mod step;

use nix_formats::StorePath;
use store::Store;

pub use builtin::{Environment, registry};
pub use context::{BuildContext, BuiltinBuilder, Registry};
pub use error::{BuildError, BuildFailure, FailureClass};
pub use events::{Cancellation, Event};
pub use plan::{DerivedPath, Plan, Step};
pub use settings::Settings;

/// Realises derivations in a store.
pub struct Builder<'a> {
    store: &'a Store,
    registry: &'a Registry,
    settings: Settings,
    sink: &'a (dyn Fn(Event) + Sync),
    cancellation: Cancellation,
}

impl<'a> Builder<'a> {
    /// A builder that tells `sink` what it does and stops when `cancellation` says so.
    pub fn new(
        store: &'a Store,
        registry: &'a Registry,
        settings: Settings,
        sink: &'a (dyn Fn(Event) + Sync),
        cancellation: Cancellation,
    ) -> Self {
        Self {
            store,
            registry,
            settings,
            sink,
            cancellation,
        }
    }

    /// What would have to be done to have `wanted`; does nothing.
    pub fn plan(&self, wanted: &[DerivedPath]) -> Result<Plan, BuildError> {
        plan::plan(self.store, wanted)
    }

    /// Makes `wanted` valid; gives the paths in the order in which they were asked for.
    pub fn realise(&self, wanted: &[DerivedPath]) -> Result<Vec<StorePath>, BuildError> {
        self.execute(self.plan(wanted)?)
    }

    /// Does what a plan says.
    pub fn execute(&self, plan: Plan) -> Result<Vec<StorePath>, BuildError> {
        let (fetch, build) = plan.counts();
        (self.sink)(Event::Planned {
            fetch,
            build,
            have: plan.have.len(),
        });
        schedule::run(self, &plan)?;
        Ok(plan.wanted)
    }
}
