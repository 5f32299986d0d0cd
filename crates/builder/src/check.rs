//! Builds a derivation again whose outputs are valid, and compares.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use nix_formats::StorePath;
use store::Staging;

use crate::Builder;
use crate::error::BuildError;
use crate::events::Event;
use crate::outputs;
use crate::plan::Step;
use crate::step::Run;

/// Runs the builder of `step` once more; fails if an output comes out different.
pub(crate) fn run(builder: &Builder<'_>, step: &Step) -> Result<(), BuildError> {
    let run = Run::new(builder, &builder.cancellation, step);
    let paths: BTreeSet<StorePath> = step.outputs()?.into_values().collect();
    let began = std::time::Instant::now();
    let _locks = builder.store.lock(&paths, &run)?;
    let inputs = outputs::inputs(builder.store, step)?;
    let built = run.build(&inputs)?;
    for (name, staging) in &built.staged {
        outputs::exists(step, name, staging)?;
        let path = staging.store_path();
        let expected = builder.store.require_info(path)?.nar_hash;
        let stop = || builder.cancellation.is_cancelled();
        let (_, got, _) = staging
            .scan(&BTreeSet::new(), &stop)
            .map_err(|error| builder.cancellation.or(error))?;
        if got != expected {
            return Err(BuildError::NotDeterministic {
                derivation: step.path.clone(),
                output: path.clone(),
                kept: keep(builder, staging),
            });
        }
    }
    (builder.sink)(Event::Finished {
        derivation: step.path.clone(),
        duration: began.elapsed(),
        outputs: paths.into_iter().collect(),
    });
    Ok(())
}

/// Moves what came out to where a person can compare it.
fn keep(builder: &Builder<'_>, staging: &Staging) -> Option<PathBuf> {
    if !builder.settings.keep_failed {
        return None;
    }
    let parent = builder.store.kept_builds_directory();
    fs::create_dir_all(&parent).ok()?;
    let name = staging.store_path().base_name();
    let free = (0..u32::MAX)
        .map(|number| parent.join(format!("{name}.check-{number}")))
        .find(|kept| !kept.exists())?;
    fs::rename(staging.path(), &free).ok()?;
    Some(free)
}
