//! What a built-in builder gets to see and where it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use nix_formats::{Derivation, Hash, StorePath};
use sandbox::inputs::{Inputs, Place};
use store::{StagingDirectory, Store};

use crate::error::BuildFailure;
use crate::events::{Cancellation, Event};

/// Builds derivations whose builder is its name, in process.
pub trait BuiltinBuilder: Send + Sync {
    /// Writes every output of the derivation (`BuildContext::output`). The scheduler canonicalises modes and times,
    /// hashes, finds references and registers; a failure leaves nothing behind.
    fn build(&self, context: &BuildContext<'_>) -> Result<(), BuildFailure>;
}

/// The built-in builders by the name that stands in derivations, such as `builtin:hardpan-object-v2`.
pub type Registry = BTreeMap<&'static str, Box<dyn BuiltinBuilder>>;

/// One build by a built-in builder.
pub struct BuildContext<'a> {
    pub(crate) path: &'a StorePath,
    pub(crate) derivation: &'a Derivation,
    pub(crate) store: &'a Store,
    /// Everything that the builder may look at.
    pub(crate) inputs: &'a BTreeSet<StorePath>,
    pub(crate) view: Inputs,
    pub(crate) outputs: BTreeMap<String, PathBuf>,
    pub(crate) cores: usize,
    /// Whether `file:` addresses of this machine may be read.
    pub(crate) local_addresses: bool,
    pub(crate) sink: &'a (dyn Fn(Event) + Sync),
    pub(crate) cancellation: &'a Cancellation,
    pub(crate) declared: Mutex<BTreeMap<String, Declared>>,
}

/// What a builder knows about an output, so that the scheduler need not find out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    pub(crate) references: Option<BTreeSet<StorePath>>,
    pub(crate) nar: Option<(Hash, u64)>,
}

impl BuildContext<'_> {
    /// The derivation's store path.
    pub fn path(&self) -> &StorePath {
        self.path
    }

    /// The derivation.
    pub fn derivation(&self) -> &Derivation {
        self.derivation
    }

    /// What the builder may look at: the derivation's inputs with all that they refer to. They are valid and stay so
    /// during the build.
    pub fn inputs(&self) -> &BTreeSet<StorePath> {
        self.inputs
    }

    /// The inputs as they can be opened.
    pub fn view(&self) -> &Inputs {
        &self.view
    }

    /// A private folder beside the outputs, removed when dropped.
    pub fn room(&self) -> Result<StagingDirectory, BuildFailure> {
        self.store
            .staging_directory()
            .map_err(|error| BuildFailure::caused_by("make room for the build", error))
    }

    /// How many threads the builder should use.
    pub fn cores(&self) -> usize {
        self.cores
    }

    /// The value of an environment variable, if it is set and not empty.
    pub fn env(&self, name: &str) -> Option<&str> {
        self.derivation.env_str(name).filter(|value| !value.is_empty())
    }

    /// The value of an environment variable that must be set.
    pub fn required_env(&self, name: &str) -> Result<&str, BuildFailure> {
        self.derivation
            .env_str(name)
            .ok_or_else(|| BuildFailure::new(format!("the attribute '{name}' is missing or not text")))
    }

    /// What a path in an input (`/nix/store/<hash>-<name>` or something inside) leads to.
    pub fn place(&self, logical: &str) -> Result<Place, BuildFailure> {
        self.view
            .place(logical)
            .map_err(|error| BuildFailure::caused_by(format!("cannot use the input '{logical}'"), error))
    }

    /// What the input that an environment variable names leads to.
    pub fn input(&self, name: &str) -> Result<Place, BuildFailure> {
        self.place(self.required_env(name)?)
    }

    /// Refuses addresses that would read a file of this machine, unless evaluation was impure.
    pub fn check_address(&self, url: &str) -> Result<(), BuildFailure> {
        let is_local = url
            .get(..5)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("file:"));
        if self.local_addresses || !is_local {
            return Ok(());
        }
        Err(BuildFailure::new(format!(
            "'{url}' is a file of this machine, which nothing that was evaluated purely may read; put the file into the \
             flake, or use '--impure'"
        )))
    }

    /// Where to write an output: nothing is there yet, its parent directory is. It may become a file, a link or a
    /// directory, and lies on the store's file system.
    pub fn output(&self, name: &str) -> Result<&Path, BuildFailure> {
        self.outputs
            .get(name)
            .map(PathBuf::as_path)
            .ok_or_else(|| BuildFailure::new(format!("the derivation has no output '{name}'")))
    }

    /// Says what an output refers to, instead of having it scanned.
    pub fn declare_references(&self, output: &str, references: BTreeSet<StorePath>) {
        self.declare(output, |declared| declared.references = Some(references));
    }

    /// Says the SHA-256 digest and size of an output's archive, instead of having it computed.
    pub fn declare_nar(&self, output: &str, hash: Hash, size: u64) {
        self.declare(output, |declared| declared.nar = Some((hash, size)));
    }

    /// Sends one line to the build's log.
    pub fn log(&self, line: impl Into<String>) {
        (self.sink)(Event::Log {
            derivation: self.path.clone(),
            line: line.into(),
        });
    }

    /// Tells how far the build is; `total` is zero if nobody knows.
    pub fn progress(&self, done: u64, total: u64) {
        (self.sink)(Event::Progress {
            derivation: self.path.clone(),
            done,
            total,
        });
    }

    /// Whether the build should stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }

    /// Fails if the build should stop; for use inside long loops with `?`.
    pub fn check_cancelled(&self) -> Result<(), BuildFailure> {
        if self.is_cancelled() {
            Err(BuildFailure::cancelled())
        } else {
            Ok(())
        }
    }

    /// The token itself, for code that takes one.
    pub fn cancellation(&self) -> &Cancellation {
        self.cancellation
    }

    fn declare(&self, output: &str, change: impl FnOnce(&mut Declared)) {
        let mut declared = self
            .declared
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        change(declared.entry(output.to_owned()).or_default());
    }
}

/// The way to what lies in `inputs`.
pub(crate) fn view(store: &Store, inputs: &BTreeSet<StorePath>) -> Inputs {
    let names = inputs.iter().map(|path| path.base_name().to_owned());
    Inputs::only(store.physical_store_directory(), names)
}
