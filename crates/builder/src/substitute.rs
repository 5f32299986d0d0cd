//! Has binary caches bring outputs that would have to be built otherwise.

use std::collections::BTreeSet;

use nix_formats::StorePath;
use store::cache::{Caches, Notice};

use crate::Builder;
use crate::attributes::Attributes;
use crate::error::BuildError;
use crate::events::Event;
use crate::plan::DerivedPath;

/// What is begun instead of a builder, in events.
pub const SUBSTITUTE: &str = "substitute";

/// Gives the caches when there is something to ask them.
pub trait CacheSource: Sync {
    /// The caches, if there are any.
    fn caches(&self) -> Option<&Caches>;
}

/// Brings what the caches have of `wanted` and, where they do not have it, of what is needed to build it. What a cache
/// offers and does not have counts as never offered.
pub(crate) fn run(
    builder: &Builder<'_>,
    source: &dyn CacheSource,
    wanted: &[DerivedPath],
) -> Result<(), BuildError> {
    while bring(builder, source, wanted)? == Brought::SomeAreGone {}
    Ok(())
}

/// How an attempt ended.
#[derive(PartialEq, Eq)]
enum Brought {
    WhatThereIs,
    /// The caches know now that they do not have something; what is needed to build it may be had from them.
    SomeAreGone,
}

fn bring(
    builder: &Builder<'_>,
    source: &dyn CacheSource,
    wanted: &[DerivedPath],
) -> Result<Brought, BuildError> {
    let pause = builder.store.pause_collection()?;
    let mut search = Search {
        builder,
        source,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    search.walk(wanted.to_vec())?;
    builder.store.add_temporary_roots(&search.found)?;
    drop(pause);
    if search.found.is_empty() {
        return Ok(Brought::WhatThereIs);
    }
    let Some(caches) = source.caches() else {
        return Ok(Brought::WhatThereIs);
    };
    fetch(builder, caches, &search.found)
}

struct Search<'a> {
    builder: &'a Builder<'a>,
    source: &'a dyn CacheSource,
    seen: BTreeSet<DerivedPath>,
    /// What is not there and can be had.
    found: Vec<StorePath>,
}

/// Something that is not there, and what has to be there to build it.
struct Missing {
    paths: Vec<StorePath>,
    inputs: Vec<DerivedPath>,
}

impl Search<'_> {
    /// Looks at everything of one depth at the same time, because each question takes a while.
    fn walk(&mut self, mut frontier: Vec<DerivedPath>) -> Result<(), BuildError> {
        while !frontier.is_empty() {
            let mut missing = Vec::new();
            let mut next = Vec::new();
            for wish in frontier {
                if !self.seen.insert(wish.clone()) {
                    continue;
                }
                match self.missing(&wish)? {
                    Some(Missing { paths, inputs }) if paths.is_empty() => next.extend(inputs),
                    Some(some) => missing.push(some),
                    None => {}
                }
            }
            if missing.is_empty() {
                frontier = next;
                continue;
            }
            let Some(caches) = self.source.caches() else {
                return Ok(());
            };
            let all: Vec<StorePath> = missing.iter().flat_map(|missing| missing.paths.clone()).collect();
            let answers = caches
                .find_all(&all, &|notice| self.builder.hear(notice))
                .map_err(|error| BuildError::substitute(&all[0], error))?;
            let offered = answers
                .into_iter()
                .flatten()
                .map(|found| found.info.store_path.clone());
            let offered: Vec<StorePath> = offered.collect();
            // What refers to something that nobody has cannot come either.
            let whole = caches
                .closure(self.builder.store, &offered, &|notice| self.builder.hear(notice))
                .map_err(|error| BuildError::substitute(&all[0], error))?;
            for Missing { paths, inputs } in missing {
                match paths.iter().all(|path| whole.contains_key(path)) {
                    true => self.found.extend(paths),
                    false => next.extend(inputs),
                }
            }
            frontier = next;
        }
        Ok(())
    }

    /// What is not there of `wish`; with no paths what may not be asked for.
    fn missing(&self, wish: &DerivedPath) -> Result<Option<Missing>, BuildError> {
        let store = self.builder.store;
        let (path, outputs) = match wish {
            DerivedPath::Opaque(path) => {
                return Ok((!store.is_valid(path)?).then(|| Missing {
                    paths: vec![path.clone()],
                    inputs: Vec::new(),
                }));
            }
            DerivedPath::Built { derivation, outputs } => (derivation, outputs),
        };
        // What is not there cannot be looked into; planning says so.
        if !store.is_valid(path)? {
            return Ok(None);
        }
        let step = crate::plan::single(store, path)?;
        let mut paths = Vec::new();
        for (name, output) in step.outputs()? {
            if (outputs.is_empty() || outputs.contains(&name)) && !store.is_valid(&output)? {
                paths.push(output);
            }
        }
        if paths.is_empty() {
            return Ok(None);
        }
        let inputs = crate::plan::inputs(&step);
        let may_ask = Attributes::of(&step.derivation)
            .map(|attributes| attributes.flag("allowSubstitutes", true))
            .unwrap_or(true)
            || self.builder.settings.always_substitutes;
        let paths = if may_ask { paths } else { Vec::new() };
        Ok(Some(Missing { paths, inputs }))
    }
}

fn fetch(builder: &Builder<'_>, caches: &Caches, wanted: &[StorePath]) -> Result<Brought, BuildError> {
    let failed = |error| BuildError::substitute(&wanted[0], error);
    let listener = |notice: Notice<'_>| builder.hear(notice);
    let found = caches.closure(builder.store, wanted, &listener).map_err(failed)?;
    (builder.sink)(Event::Planned {
        fetch: found.len(),
        build: 0,
        have: 0,
    });
    let workers = builder.settings.fetch_jobs;
    let batch = builder.store.batch();
    let brought = caches.fetch_all(builder.store, &found, workers, &listener);
    batch.finish()?;
    let failures = brought.map_err(failed)?;
    let mut brought = Brought::WhatThereIs;
    for (path, error) in failures {
        if error.is_gone() {
            brought = Brought::SomeAreGone;
            continue;
        }
        let error = BuildError::substitute(&path, error);
        if !builder.settings.fallback {
            return Err(error);
        }
        builder.warn(&error);
    }
    Ok(brought)
}

impl Builder<'_> {
    fn warn(&self, error: &dyn std::error::Error) {
        let causes = std::iter::successors(Some(error), |error| error.source());
        let text = causes.map(ToString::to_string).collect::<Vec<_>>().join(": ");
        (self.sink)(Event::Warning(text));
    }

    /// Tells what the caches do.
    fn hear(&self, notice: Notice<'_>) {
        let event = match notice {
            Notice::Broken(error) | Notice::Untrusted(error) | Notice::Gone(error) => {
                return self.warn(error);
            }
            Notice::Fetching { path, .. } => Event::Started {
                derivation: path.clone(),
                builder: SUBSTITUTE.to_owned(),
            },
            Notice::Progress { path, done, total } => Event::Progress {
                derivation: path.clone(),
                done,
                total,
            },
            Notice::Fetched { path, duration } => Event::Finished {
                derivation: path.clone(),
                duration,
                outputs: vec![path.clone()],
            },
        };
        (self.sink)(event);
    }
}
