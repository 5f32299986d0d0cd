//! One plain line for each step that is done.

use std::collections::BTreeMap;

use builder::Event as Build;
use nix_formats::StorePath;
use operations::{Event, StepKind};

use super::{Display, message, name_of, words};
use crate::output;

/// Plain lines on standard error.
pub struct Lines {
    quiet: bool,
    logs: bool,
    running: BTreeMap<StorePath, StepKind>,
    steps: usize,
    done: usize,
}

impl Lines {
    /// With `quiet` only warnings, with `logs` what builds say.
    pub fn new(quiet: bool, logs: bool) -> Self {
        Self {
            quiet,
            logs,
            running: BTreeMap::new(),
            steps: 0,
            done: 0,
        }
    }

    fn build(&mut self, event: &Build) {
        match event {
            Build::Phase { .. } => {}
            Build::Planned { fetch, build, .. } => {
                (self.steps, self.done) = (fetch + build, 0);
                if self.steps > 0 {
                    eprintln!("{}", planned(*fetch, *build));
                }
            }
            Build::Started { derivation, builder } => {
                self.running.insert(derivation.clone(), StepKind::of(builder));
            }
            Build::Waiting { path } => eprintln!("waiting for another process to make {path}"),
            Build::Log { derivation, line } if self.logs => eprintln!("{}> {line}", name_of(derivation)),
            Build::Finished {
                derivation, duration, ..
            } => {
                let (_, done) = words(self.running.remove(derivation).unwrap_or(StepKind::Other));
                self.done += 1;
                let time = output::duration(*duration);
                eprintln!(
                    "[{}/{}] {done} {} ({time})",
                    self.done,
                    self.steps,
                    name_of(derivation)
                );
            }
            Build::Failed { derivation } => eprintln!("failed: {}", name_of(derivation)),
            _ => {}
        }
    }
}

/// What is going to be done.
fn planned(fetch: usize, build: usize) -> String {
    let parts = [(fetch, "to fetch"), (build, "to build")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    parts
        .map(|(count, what)| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}

impl Display for Lines {
    fn show(&mut self, event: &Event) {
        match event {
            Event::Build(event) if !self.quiet => self.build(event),
            Event::Warning(_)
            | Event::Trace(_)
            | Event::LockWritten { .. }
            | Event::LockNotWritten { .. } => {
                eprintln!("{}", message(event).unwrap_or_default());
            }
            event if !self.quiet => {
                if let Some(text) = message(event) {
                    eprintln!("{text}");
                }
            }
            _ => {}
        }
    }
}
