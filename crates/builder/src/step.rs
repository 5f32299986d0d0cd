//! Builds one derivation: locks its outputs, runs its builder, checks and registers what came out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use nix_formats::{Derivation, StorePath};
use store::{Staging, StagingDirectory, Waiting};

use crate::Builder;
use crate::attributes::Attributes;
use crate::context::{self, BuildContext, BuiltinBuilder, Declared};
use crate::environment;
use crate::error::{BuildError, BuildFailure};
use crate::events::{Cancellation, Event};
use crate::hook;
use crate::log::Log;
use crate::outputs;
use crate::placeholders;
use crate::plan::Step;
use crate::program::{self, Stopped};
use crate::view::{self, Place};

/// Makes every output of `step` valid.
pub(crate) fn run(builder: &Builder<'_>, cancellation: &Cancellation, step: &Step) -> Result<(), BuildError> {
    let run = Run::new(builder, cancellation, step);
    let outputs = step.outputs()?;
    let paths: BTreeSet<StorePath> = outputs.values().cloned().collect();
    builder.store.add_temporary_roots(&paths)?;
    let locks = builder.store.lock(&paths, &run)?;
    if builder.store.are_valid(&paths)? {
        return Ok(());
    }
    let began = Instant::now();
    let inputs = outputs::inputs(builder.store, step)?;
    let built = run.build(&inputs)?;
    outputs::register(
        builder.store,
        step,
        &inputs,
        built.staged,
        built.declared,
        cancellation,
    )?;
    builder.store.release(locks);
    hook::after_build(builder, step)?;
    (builder.sink)(Event::Finished {
        derivation: step.path.clone(),
        duration: began.elapsed(),
        outputs: outputs.into_values().collect(),
    });
    Ok(())
}

/// What a builder made.
pub(crate) struct Built {
    /// Outputs by name, not valid yet.
    pub(crate) staged: BTreeMap<String, Staging>,
    /// What the builder said about them.
    pub(crate) declared: BTreeMap<String, Declared>,
    /// Where they lie, if they share a directory; removed after them.
    _directory: Option<StagingDirectory>,
}

/// One run of one builder.
pub(crate) struct Run<'a> {
    builder: &'a Builder<'a>,
    cancellation: &'a Cancellation,
    step: &'a Step,
    /// As the builder sees it.
    derivation: Cow<'a, Derivation>,
    log: Log<'a>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(builder: &'a Builder<'a>, cancellation: &'a Cancellation, step: &'a Step) -> Self {
        let place = builder.store.log_file(&step.path);
        Self {
            builder,
            cancellation,
            step,
            derivation: placeholders::replaced(&step.derivation),
            log: Log::new(&step.path, builder.sink, place, builder.settings.log_lines),
        }
    }

    /// Runs the builder. What it makes is in a place of its own.
    pub(crate) fn build(&self, inputs: &BTreeSet<StorePath>) -> Result<Built, BuildError> {
        let program = self.step.derivation.builder.to_string();
        (self.builder.sink)(Event::Started {
            derivation: self.step.path.clone(),
            builder: program.clone(),
        });
        let built = match self.builder.registry.get(program.as_str()) {
            Some(builtin) => self.build_in_process(builtin.as_ref(), inputs),
            None if self.step.derivation.is_builtin() => Err(BuildError::UnknownBuilder {
                derivation: self.step.path.clone(),
                builder: program,
                known: self.builder.registry.keys().map(ToString::to_string).collect(),
            }),
            None => self.can_run().and_then(|()| self.build_in_sandbox(inputs)),
        };
        self.log.finish();
        built
    }

    /// Whether this machine is one that the derivation's program runs on.
    fn can_run(&self) -> Result<(), BuildError> {
        let (settings, derivation) = (&self.builder.settings, &self.step.derivation);
        let system = derivation.system.to_string();
        if system != settings.system && !settings.platforms.contains(&system) {
            return Err(BuildError::WrongSystem {
                derivation: self.step.path.clone(),
                system,
                ours: settings.system.clone(),
            });
        }
        let needed = Attributes::of(derivation)
            .and_then(|attributes| attributes.words("requiredSystemFeatures"))
            .map_err(|failure| self.failed(failure, None))?;
        let lacks = |feature: &String| !settings.system_features.contains(feature);
        match needed.unwrap_or_default().into_iter().find(lacks) {
            None => Ok(()),
            Some(feature) => Err(BuildError::MissingFeature {
                derivation: self.step.path.clone(),
                feature,
            }),
        }
    }

    fn build_in_process(
        &self,
        builtin: &dyn BuiltinBuilder,
        inputs: &BTreeSet<StorePath>,
    ) -> Result<Built, BuildError> {
        let mut staged = BTreeMap::new();
        for (name, path) in self.step.outputs()? {
            staged.insert(name, self.builder.store.stage(&path)?);
        }
        let sink = |event: Event| self.log.event(event);
        let context = BuildContext {
            path: &self.step.path,
            derivation: &self.derivation,
            store: self.builder.store,
            inputs,
            view: context::view(self.builder.store, inputs),
            outputs: staged
                .iter()
                .map(|(name, staging)| (name.clone(), staging.path().to_owned()))
                .collect(),
            cores: self.builder.settings.cores,
            local_addresses: self.builder.settings.local_addresses,
            sink: &sink,
            cancellation: self.cancellation,
            declared: Mutex::default(),
        };
        let result = catch_unwind(AssertUnwindSafe(|| builtin.build(&context)));
        let declared = context
            .declared
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        let result = result.unwrap_or_else(|panic| Err(BuildFailure::new(panic_text(panic.as_ref()))));
        match result {
            Ok(()) => Ok(Built {
                staged,
                declared,
                _directory: None,
            }),
            Err(failure) if failure.is_cancelled() => Err(BuildError::Cancelled),
            Err(failure) => Err(self.failed(failure, None)),
        }
    }

    fn build_in_sandbox(&self, inputs: &BTreeSet<StorePath>) -> Result<Built, BuildError> {
        self.log.begin();
        let directory = self.builder.store.staging_directory()?;
        let place = Place::prepare(directory.path()).map_err(|failure| self.failed(failure, None))?;
        let met_others = self
            .run_program(inputs, &place)
            .map_err(|stopped| self.stopped(stopped, &place))?;
        let stage = |(name, path): (String, StorePath)| {
            let made = place.store().join(path.base_name());
            (name, self.builder.store.stage_existing(&path, made))
        };
        let mut staged = self.step.outputs()?.into_iter().map(stage).collect();
        if met_others {
            staged = self.sealed(staged)?;
        }
        Ok(Built {
            staged,
            declared: BTreeMap::new(),
            _directory: Some(directory),
        })
    }

    /// The outputs in files that nobody else has open. No process of the build lives, but it may have given
    /// descriptors to others: so copies are what is hashed.
    fn sealed(&self, staged: BTreeMap<String, Staging>) -> Result<BTreeMap<String, Staging>, BuildError> {
        let seal = |(name, staging): (String, Staging)| {
            outputs::exists(self.step, &name, &staging)?;
            let copy = staging.sealed(&|| self.cancellation.is_cancelled());
            let copy = copy.map_err(|error| self.cancellation.or(error))?;
            Ok((name, copy))
        };
        staged.into_iter().map(seal).collect()
    }

    /// Whether the program may have met others, where it came to a good end.
    fn run_program(&self, inputs: &BTreeSet<StorePath>, place: &Place<'_>) -> Result<bool, Stopped> {
        let (derivation, store) = (&self.derivation, self.builder.store);
        let settings = &self.builder.settings;
        let variables = environment::prepare(derivation, inputs, store, settings, &place.build())?;
        let spec = view::sandbox(derivation, inputs, variables, place, store, settings)?;
        program::run(&spec, &self.log, settings, self.cancellation)?;
        Ok(view::may_meet_others(&spec, place, store))
    }

    fn stopped(&self, stopped: Stopped, place: &Place<'_>) -> BuildError {
        match stopped {
            Stopped::Cancelled => BuildError::Cancelled,
            Stopped::TimedOut(seconds, what) => BuildError::TimedOut {
                derivation: self.step.path.clone(),
                seconds,
                what,
            },
            Stopped::Failed(failure) => {
                let wanted = self.builder.settings.keep_failed;
                let kept = wanted.then(|| self.keep(place)).flatten();
                self.failed(failure, kept)
            }
        }
    }

    /// Moves the build directory to where a person finds it.
    fn keep(&self, place: &Place<'_>) -> Option<PathBuf> {
        let parent = self.builder.store.kept_builds_directory();
        fs::create_dir_all(&parent).ok()?;
        let name = &self.step.derivation.name;
        let free = (0..u32::MAX)
            .map(|number| parent.join(format!("{name}-{number}")))
            .find(|kept| !kept.exists())?;
        fs::rename(place.build(), &free).ok()?;
        Some(free)
    }

    fn failed(&self, failure: BuildFailure, kept: Option<PathBuf>) -> BuildError {
        BuildError::Failed {
            derivation: self.step.path.clone(),
            log_tail: self.log.tail(),
            kept,
            failure,
        }
    }
}

impl Waiting for Run<'_> {
    fn waits_for(&self, path: &StorePath) {
        (self.builder.sink)(Event::Waiting { path: path.clone() });
    }

    fn is_cancelled(&self) -> bool {
        self.cancellation.is_cancelled()
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the builder has a defect: {}", text.unwrap_or("it panicked"))
}
