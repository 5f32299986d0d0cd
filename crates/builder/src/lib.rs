//! Realises derivations: plans, schedules, runs and registers builds.

mod attributes;
mod builtin;
mod check;
mod checks;
mod context;
mod environment;
mod error;
mod events;
mod hook;
mod json;
mod log;
mod outputs;
mod placeholders;
mod plan;
mod program;
mod references_graph;
mod schedule;
mod settings;
mod shell;
mod step;
mod structured;
mod substitute;
mod view;

use nix_formats::{SecretKey, StorePath};
use store::Store;

pub use builtin::{Environment, NoMirrorHas, registry};
pub use context::{BuildContext, BuiltinBuilder, Registry};
pub use error::{BuildError, BuildFailure, FailureClass};
pub use events::{Cancellation, Event};
pub use init::INIT_PROGRAM;
pub use log::read_log;
pub use plan::{DerivedPath, Plan, Step};
pub use settings::{Isolation, Settings};
pub use shell::shell_for_sandboxes;
pub use substitute::{CacheSource, SUBSTITUTE};

/// Realises derivations in a store.
pub struct Builder<'a> {
    store: &'a Store,
    registry: &'a Registry,
    settings: Settings,
    sink: &'a (dyn Fn(Event) + Sync),
    cancellation: Cancellation,
    caches: Option<&'a dyn CacheSource>,
    keys: Vec<SecretKey>,
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
            caches: None,
            keys: Vec::new(),
        }
    }

    /// Has what is built signed with `keys`.
    pub fn signing_with(mut self, keys: Vec<SecretKey>) -> Self {
        self.keys = keys;
        self
    }

    /// Has `caches` asked for what would have to be built.
    pub fn with_caches(mut self, caches: &'a dyn CacheSource) -> Self {
        self.caches = Some(caches);
        self
    }

    /// Has binary caches bring what they have of `wanted`.
    pub fn substitute(&self, wanted: &[DerivedPath]) -> Result<(), BuildError> {
        match self.caches {
            Some(caches) => substitute::run(self, caches, wanted),
            None => Ok(()),
        }
    }

    /// What would have to be done to have `wanted`; does nothing.
    pub fn plan(&self, wanted: &[DerivedPath]) -> Result<Plan, BuildError> {
        plan::plan(self.store, wanted)
    }

    /// Makes `wanted` valid; gives the paths in the order in which they were asked for.
    pub fn realise(&self, wanted: &[DerivedPath]) -> Result<Vec<StorePath>, BuildError> {
        self.substitute(wanted)?;
        self.execute(self.plan(wanted)?)
    }

    /// Builds derivations again whose outputs are valid already, and fails at the first whose outputs come out different.
    pub fn check(&self, derivations: &[StorePath]) -> Result<(), BuildError> {
        for derivation in derivations {
            let step = plan::single(self.store, derivation)?;
            let inputs = plan::inputs(&step);
            self.realise(&inputs)?;
            check::run(self, &step)?;
        }
        Ok(())
    }

    /// Does what a plan says.
    pub fn execute(&self, plan: Plan) -> Result<Vec<StorePath>, BuildError> {
        let (fetch, build) = plan.counts();
        (self.sink)(Event::Planned {
            fetch,
            build,
            have: plan.have.len(),
        });
        let batch = self.store.batch();
        let done = schedule::run(self, &plan);
        // What was built before something failed stays.
        let written = batch.finish();
        done?;
        written?;
        Ok(plan.wanted)
    }
}
