//! Builds one derivation: locks its outputs, runs its builder, checks and registers what came out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use nix_formats::StorePath;
use store::{Staging, Waiting};

use crate::Builder;
use crate::context::{BuildContext, BuiltinBuilder, Declared};
use crate::error::{BuildError, BuildFailure};
use crate::events::{Cancellation, Event};
use crate::outputs;
use crate::plan::Step;

/// Makes every output of `step` valid.
pub(crate) fn run(builder: &Builder<'_>, cancellation: &Cancellation, step: &Step) -> Result<(), BuildError> {
    let run = Run {
        builder,
        cancellation,
        step,
        log: LogTail::new(builder.settings.log_lines),
    };
    let outputs = step.outputs()?;
    let paths: BTreeSet<StorePath> = outputs.values().cloned().collect();
    for path in &paths {
        builder.store.add_temporary_root(path)?;
    }
    let _locks = builder.store.lock(&paths, &run)?;
    if run.all_valid(&paths)? {
        return Ok(());
    }
    let began = Instant::now();
    let program = step.derivation.builder.to_string();
    (builder.sink)(Event::Started {
        derivation: step.path.clone(),
        builder: program.clone(),
    });
    let (staged, declared) = run.build(&program, &outputs)?;
    outputs::register(builder.store, step, staged, declared)?;
    (builder.sink)(Event::Finished {
        derivation: step.path.clone(),
        duration: began.elapsed(),
        outputs: outputs.into_values().collect(),
    });
    Ok(())
}

/// Staged outputs by name, and what the builder said about them.
type Built = (BTreeMap<String, Staging>, BTreeMap<String, Declared>);

struct Run<'a> {
    builder: &'a Builder<'a>,
    cancellation: &'a Cancellation,
    step: &'a Step,
    log: LogTail,
}

impl Run<'_> {
    fn all_valid(&self, paths: &BTreeSet<StorePath>) -> Result<bool, BuildError> {
        for path in paths {
            if !self.builder.store.is_valid(path)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn build(&self, program: &str, outputs: &BTreeMap<String, StorePath>) -> Result<Built, BuildError> {
        match self.builder.registry.get(program) {
            Some(builtin) => self.build_in_process(builtin.as_ref(), outputs),
            None if self.step.derivation.is_builtin() => Err(BuildError::UnknownBuilder {
                derivation: self.step.path.clone(),
                builder: program.to_owned(),
            }),
            None => Err(self.failed(BuildFailure::new("builds in a sandbox are not there yet"))),
        }
    }

    fn build_in_process(
        &self,
        builtin: &dyn BuiltinBuilder,
        outputs: &BTreeMap<String, StorePath>,
    ) -> Result<Built, BuildError> {
        let mut staged = BTreeMap::new();
        for (name, path) in outputs {
            staged.insert(name.clone(), self.builder.store.stage(path)?);
        }
        let sink = |event: Event| self.tell(event);
        let context = BuildContext {
            path: &self.step.path,
            derivation: &self.step.derivation,
            store: self.builder.store,
            outputs: staged
                .iter()
                .map(|(name, staging)| (name.clone(), staging.path().to_owned()))
                .collect(),
            cores: self.builder.settings.cores,
            sink: &sink,
            cancellation: self.cancellation,
            declared: Mutex::default(),
        };
        let result = catch_unwind(AssertUnwindSafe(|| builtin.build(&context)));
        let declared = context
            .declared
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(Ok(())) => Ok((staged, declared)),
            Ok(Err(failure)) if failure.is_cancelled() => Err(BuildError::Cancelled),
            Ok(Err(failure)) => Err(self.failed(failure)),
            Err(panic) => Err(self.failed(BuildFailure::new(panic_text(panic.as_ref())))),
        }
    }

    fn tell(&self, event: Event) {
        if let Event::Log { line, .. } = &event {
            self.log.push(line);
        }
        (self.builder.sink)(event);
    }

    fn failed(&self, failure: BuildFailure) -> BuildError {
        let derivation = self.step.path.clone();
        BuildError::Failed {
            derivation,
            log_tail: self.log.lines(),
            kept: None,
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

/// The last lines of a log.
struct LogTail {
    capacity: usize,
    lines: Mutex<VecDeque<String>>,
}

impl LogTail {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            lines: Mutex::default(),
        }
    }

    fn push(&self, line: &str) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push_back(line.to_owned());
        if lines.len() > self.capacity {
            lines.pop_front();
        }
    }

    fn lines(&self) -> Vec<String> {
        self.lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the builder has a defect: {}", text.unwrap_or("it panicked"))
}
