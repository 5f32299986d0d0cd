//! Looks at all that a flake provides, each output as what its name says it is, and builds its checks.

mod kinds;
mod outputs;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use builder::{BuildError, DerivedPath};
use flake::FlakeReference;
use nix_formats::StorePath;
use serde::Deserialize;

use crate::evaluate::{Derivations, Evaluation, evaluate};
use crate::{Error, LockOptions, Phase, Session};

use outputs::Checker;

/// What is looked at.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// What may be done to the lock file.
    pub lock: LockOptions,
    /// Outputs for other systems than this one too.
    pub all_systems: bool,
    /// Only evaluate: checks are not built.
    pub no_build: bool,
}

/// What was looked at.
#[derive(Debug, Default)]
pub struct CheckReport {
    /// Attribute paths of what was looked at and is right.
    pub evaluated: Vec<String>,
    /// The derivations of `checks` for this system, by attribute path: what is to be built.
    pub checks: BTreeMap<String, StorePath>,
    /// The checks that were built.
    pub built: Vec<StorePath>,
    /// For each configuration what it sets without effect.
    pub without_effect: BTreeMap<String, Vec<WithoutEffect>>,
    /// Systems whose outputs were not looked at.
    pub omitted_systems: BTreeSet<String>,
    /// What is wrong, if it was asked to go on after that.
    pub failures: Vec<Error>,
}

/// An option that is set and means nothing on an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct WithoutEffect {
    /// The option.
    pub option: String,
    /// Why it means nothing.
    #[serde(default)]
    pub reason: String,
    /// Where it is set.
    #[serde(default)]
    pub at: Vec<String>,
}

/// Looks at all outputs of a flake; builds the checks. The first fault ends it, unless builds keep going too.
pub fn check(
    session: &Session,
    reference: &FlakeReference,
    options: &CheckOptions,
) -> Result<CheckReport, Error> {
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    let evaluation = Evaluation::of_flake(reference.clone(), options.lock.clone());
    let mut report = evaluate(session, store, &derivations, &evaluation, |stage| {
        let mut checker = Checker::new(session, stage, options.all_systems);
        checker.outputs()?;
        Ok(checker.report)
    })?;
    report.evaluated.sort();
    if options.no_build {
        return Ok(report);
    }
    derivations.write(report.checks.values().cloned())?;
    let wanted: BTreeSet<&StorePath> = report.checks.values().collect();
    let wanted: Vec<DerivedPath> = wanted.into_iter().map(built).collect();
    match session.phase(Phase::Realise, || session.realise(&wanted)) {
        Ok(_) => report.built = report.checks.values().cloned().collect(),
        Err(error) => note_failed_build(session, &mut report, error)?,
    }
    Ok(report)
}

fn built(derivation: &StorePath) -> DerivedPath {
    DerivedPath::Built {
        derivation: derivation.clone(),
        outputs: BTreeSet::new(),
    }
}

/// Names the attributes whose builds failed.
fn note_failed_build(session: &Session, report: &mut CheckReport, error: Error) -> Result<(), Error> {
    let Error::Build(build) = error else {
        return Err(error);
    };
    let errors = match *build {
        BuildError::Several(errors) => errors,
        error => vec![error],
    };
    let named = errors.into_iter().map(|error| {
        let is_it = |(_, path): &(&String, &StorePath)| error.derivation() == Some(path);
        match report.checks.iter().find(is_it) {
            None => Error::from(error),
            Some((attribute, _)) => Error::Check {
                attribute: attribute.clone(),
                source: Box::new(error),
            },
        }
    });
    let mut named: Vec<Error> = named.collect();
    match session.settings().keep_going || named.len() > 1 {
        true => report.failures.append(&mut named),
        false => return Err(named.remove(0)),
    }
    Ok(())
}
