//! Shows what happens: bars on a terminal, one plain line a step elsewhere, JSON for machines.

mod bars;
mod json;
mod lines;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use operations::{Event, Phase, StepKind};

use crate::streams;

pub use bars::Bars;
pub use json::Json;
pub use lines::Lines;

/// Shows events.
pub trait Display: Send {
    /// Shows one event.
    fn show(&mut self, event: &Event);

    /// Leaves the terminal as it should be.
    fn finish(&mut self) {}
}

/// How much is said of what is no error.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Talk {
    /// All.
    #[default]
    All,
    /// Warnings.
    Warnings,
    /// Nothing.
    Nothing,
}

/// In which form events are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// As JSON, for machines.
    pub json: bool,
    /// How much is said.
    pub talk: Talk,
    /// The lines that builds say.
    pub logs: bool,
}

/// Shows events and remembers how long things took.
#[derive(Clone)]
pub struct Progress {
    state: Arc<Mutex<State>>,
}

struct State {
    display: Box<dyn Display>,
    times: Vec<(Phase, Duration)>,
}

impl Progress {
    /// Shows events on standard error.
    pub fn new(options: Options) -> Self {
        // A terminal that cannot move its cursor would show nothing of what is said above bars.
        let has_bars = streams::talk().terminal().is_some() && Bars::can_be_shown();
        let display: Box<dyn Display> = match options {
            Options { json: true, .. } => Box::new(Json),
            Options { talk: Talk::All, .. } if has_bars => Box::new(Bars::new(options.logs)),
            Options { talk, logs, .. } => Box::new(Lines::new(talk, logs)),
        };
        Self {
            state: Arc::new(Mutex::new(State {
                display,
                times: Vec::new(),
            })),
        }
    }

    /// Shows one event.
    pub fn show(&self, event: &Event) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if let Event::Ended(phase, duration) = event {
            state.times.push((*phase, *duration));
        }
        state.display.show(event);
    }

    /// Ends the showing; gives the time that each part took, in the order of their ends.
    pub fn finish(&self) -> Vec<(Phase, Duration)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.display.finish();
        let mut times: Vec<(Phase, Duration)> = Vec::new();
        for (phase, duration) in std::mem::take(&mut state.times) {
            match times.iter_mut().find(|(other, _)| *other == phase) {
                Some((_, sum)) => *sum += duration,
                None => times.push((phase, duration)),
            }
        }
        times
    }
}

/// Words for a step that is going on and for one that is done.
pub const fn words(kind: StepKind) -> (&'static str, &'static str) {
    match kind {
        StepKind::Download => ("fetching", "fetched"),
        StepKind::Object => ("compiling", "compiled"),
        StepKind::Image => ("writing", "wrote"),
        StepKind::Other => ("building", "built"),
    }
}

/// The name of a derivation as people see it.
pub fn name_of(derivation: &nix_formats::StorePath) -> &str {
    derivation.name().trim_end_matches(".drv")
}

/// Warnings, notes and changed locks as text; nothing for events that are shown otherwise.
pub fn message(event: &Event) -> Option<String> {
    match event {
        Event::Warning(text) => Some(format!("warning: {text}")),
        Event::Trace(text) => Some(format!("trace: {text}")),
        Event::Note(text) => Some(text.clone()),
        Event::Fetching(url) => Some(format!("fetching {url}")),
        Event::LockWritten {
            file,
            created,
            changes,
        } => {
            let verb = if *created { "creating" } else { "updating" };
            Some(format!(
                "{verb} lock file '{}':\n{}",
                file.display(),
                changes.trim_end()
            ))
        }
        Event::LockNotWritten { flake, changes } => Some(format!(
            "warning: not writing modified lock file of flake '{flake}':\n{}",
            changes.trim_end()
        )),
        _ => None,
    }
}
