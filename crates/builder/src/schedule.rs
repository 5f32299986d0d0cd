//! Runs the steps of a plan, as many side by side as allowed, each after those that it needs.

use std::collections::BinaryHeap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use crate::Builder;
use crate::error::BuildError;
use crate::events::{Cancellation, Event};
use crate::plan::Plan;
use crate::step;

/// Runs all steps of `plan`.
pub(crate) fn run(builder: &Builder<'_>, plan: &Plan) -> Result<(), BuildError> {
    let schedule = Schedule::new(builder, plan);
    let (fetches, builds) = plan.counts();
    thread::scope(|scope| {
        for _ in 0..builder.settings.fetch_jobs.clamp(1, fetches.max(1)) {
            scope.spawn(|| schedule.work(Kind::Fetch));
        }
        for _ in 0..builder.settings.jobs.clamp(1, builds.max(1)) {
            scope.spawn(|| schedule.work(Kind::Build));
        }
    });
    schedule.finish()
}

/// Fetching waits for the network and building for the processor, so each has workers of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fetch,
    Build,
}

/// A step that can begin. The greatest is taken first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ready {
    /// How many steps the longest chain has that waits for this one.
    height: usize,
    size_hint: u64,
    /// Earlier in the plan is greater.
    order: std::cmp::Reverse<usize>,
}

struct Schedule<'a> {
    builder: &'a Builder<'a>,
    plan: &'a Plan,
    /// The steps that wait for each step.
    dependents: Vec<Vec<usize>>,
    heights: Vec<usize>,
    cancellation: Cancellation,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    fetches: BinaryHeap<Ready>,
    builds: BinaryHeap<Ready>,
    /// For how many steps each step still waits.
    waits_for: Vec<usize>,
    running: usize,
    errors: Vec<BuildError>,
    stopping: bool,
}

impl<'a> Schedule<'a> {
    fn new(builder: &'a Builder<'a>, plan: &'a Plan) -> Self {
        let mut dependents = vec![Vec::new(); plan.steps.len()];
        let mut heights = vec![0; plan.steps.len()];
        for (position, step) in plan.steps.iter().enumerate().rev() {
            for needed in &step.after {
                dependents[*needed].push(position);
                heights[*needed] = heights[*needed].max(heights[position] + 1);
            }
        }
        let state = State {
            fetches: BinaryHeap::new(),
            builds: BinaryHeap::new(),
            waits_for: plan.steps.iter().map(|step| step.after.len()).collect(),
            running: 0,
            errors: Vec::new(),
            stopping: false,
        };
        let schedule = Self {
            builder,
            plan,
            dependents,
            heights,
            cancellation: builder.cancellation.child(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        };
        let mut state = schedule.lock();
        for position in 0..plan.steps.len() {
            if state.waits_for[position] == 0 {
                schedule.make_ready(&mut state, position);
            }
        }
        drop(state);
        schedule
    }

    fn finish(self) -> Result<(), BuildError> {
        let state = self.state.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut errors = state.errors;
        if errors.len() > 1 {
            // What was stopped because something else failed is no news.
            errors.retain(|error| !error.is_cancelled());
        }
        match errors.len() {
            0 if self.builder.cancellation.is_cancelled() => Err(BuildError::Cancelled),
            0 => Ok(()),
            1 => Err(errors.remove(0)),
            _ => Err(BuildError::Several(errors)),
        }
    }

    fn work(&self, kind: Kind) {
        while let Some(position) = self.next(kind) {
            let step = &self.plan.steps[position];
            let watch = Watch(self);
            let result = step::run(self.builder, &self.cancellation, step);
            drop(watch);
            let mut state = self.lock();
            state.running -= 1;
            match result {
                Ok(()) => self.release_dependents(&mut state, position),
                Err(error) => {
                    (self.builder.sink)(Event::Failed {
                        derivation: step.path.clone(),
                    });
                    state.errors.push(error);
                    if !self.builder.settings.keep_going {
                        state.stopping = true;
                        self.cancellation.cancel();
                    }
                }
            }
            self.changed.notify_all();
        }
    }

    /// The next step of a kind, as soon as there is one; nothing when no more will come.
    fn next(&self, kind: Kind) -> Option<usize> {
        let mut state = self.lock();
        loop {
            if state.stopping || self.cancellation.is_cancelled() {
                return None;
            }
            let queue = if kind == Kind::Fetch {
                &mut state.fetches
            } else {
                &mut state.builds
            };
            if let Some(ready) = queue.pop() {
                state.running += 1;
                return Some(ready.order.0);
            }
            if state.running == 0 && state.fetches.is_empty() && state.builds.is_empty() {
                self.changed.notify_all();
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn release_dependents(&self, state: &mut State, position: usize) {
        for dependent in &self.dependents[position] {
            state.waits_for[*dependent] -= 1;
            if state.waits_for[*dependent] == 0 {
                self.make_ready(state, *dependent);
            }
        }
    }

    fn make_ready(&self, state: &mut State, position: usize) {
        let step = &self.plan.steps[position];
        let size_hint = step
            .derivation
            .env_str("size")
            .and_then(|size| size.parse().ok())
            .unwrap_or(0);
        let ready = Ready {
            height: self.heights[position],
            size_hint,
            order: std::cmp::Reverse(position),
        };
        if step.is_fetch() {
            state.fetches.push(ready)
        } else {
            state.builds.push(ready)
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Has the other threads stop when one panics: they would wait for its step for ever.
struct Watch<'s, 'a>(&'s Schedule<'a>);

impl Drop for Watch<'_, '_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().stopping = true;
            self.0.cancellation.cancel();
            self.0.changed.notify_all();
        }
    }
}
