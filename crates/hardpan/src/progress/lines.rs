//! One plain line for each step that is done.

use std::collections::BTreeMap;

use builder::Event as Build;
use nix_formats::StorePath;
use operations::{Event, StepKind};

use super::{Display, Talk, message, name_of, words};
use crate::{output, talk};

/// Plain lines on standard error.
pub struct Lines {
    talk: Talk,
    logs: bool,
    running: BTreeMap<StorePath, StepKind>,
    steps: usize,
    done: usize,
}

impl Lines {
    /// Says as much as `talk` allows, with `logs` also what builds say.
    pub fn new(talk: Talk, logs: bool) -> Self {
        Self {
            talk,
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
                    talk::line(&planned(*fetch, *build));
                }
            }
            Build::Started { derivation, builder } => {
                self.running.insert(derivation.clone(), StepKind::of(builder));
            }
            Build::Waiting { path } => talk::line(&format!("waiting for another process to make {path}")),
            Build::Log { derivation, line } if self.logs => {
                talk::line(&format!("{}> {line}", name_of(derivation)))
            }
            Build::Finished {
                derivation, duration, ..
            } => {
                let (_, done) = words(self.running.remove(derivation).unwrap_or(StepKind::Other));
                self.done += 1;
                let time = output::duration(*duration);
                talk::line(&format!(
                    "[{}/{}] {done} {} ({time})",
                    self.done,
                    self.steps,
                    name_of(derivation)
                ));
            }
            Build::Failed { derivation } => talk::line(&format!("failed: {}", name_of(derivation))),
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
        let is_warning = matches!(
            event,
            Event::Warning(_) | Event::Trace(_) | Event::LockWritten { .. } | Event::LockNotWritten { .. }
        );
        match (self.talk, event) {
            (Talk::Nothing, _) => {}
            (Talk::Warnings, _) if !is_warning => {}
            (_, Event::Build(event)) => self.build(event),
            (_, event) => {
                if let Some(text) = message(event) {
                    talk::line(&text);
                }
            }
        }
    }
}
