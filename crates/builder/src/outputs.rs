//! Checks what a builder made against what its derivation promises, and makes it valid.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use nix_formats::{ContentAddress, Hash, Method, StorePath};
use store::hashing::content_hash_unless;
use store::{Registration, Staging, Stop, Store, StoreError};

use crate::checks::{self, Checker, Made, names};
use crate::context::Declared;
use crate::error::{BuildError, BuildFailure};
use crate::events::Cancellation;
use crate::placeholders;
use crate::plan::Step;

/// Everything that the builder of `step` may look at.
pub(crate) fn inputs(store: &Store, step: &Step) -> Result<BTreeSet<StorePath>, BuildError> {
    let mut direct = step.derivation.input_sources.clone();
    for (input, outputs) in &step.derivation.input_derivations {
        let derivation = store.read_derivation(input)?;
        direct.extend(
            outputs
                .iter()
                .filter_map(|output| derivation.output_path(output).cloned()),
        );
    }
    Ok(store.closure(&direct)?)
}

/// Checks and registers the staged outputs of `step`, whose inputs are `inputs`.
pub(crate) fn register(
    store: &Store,
    step: &Step,
    inputs: &BTreeSet<StorePath>,
    staged: BTreeMap<String, Staging>,
    mut declared: BTreeMap<String, Declared>,
    cancellation: &Cancellation,
) -> Result<(), BuildError> {
    let stop = || cancellation.is_cancelled();
    let check = Check {
        store,
        step,
        stop: &stop,
    };
    let mut candidates = inputs.clone();
    // What is fetched in process is data that was there before its path was.
    if !(step.is_fetch() && step.derivation.is_builtin()) {
        candidates.extend(step.outputs()?.into_values());
    }
    let mut registrations = Vec::with_capacity(staged.len());
    for (name, staging) in staged {
        exists(step, &name, &staging)?;
        let declared = declared.remove(&name).unwrap_or_default();
        let registration = check
            .output(&name, &staging, declared, &candidates)
            .map_err(|error| cancellation.or(error))?;
        registrations.push((staging, registration));
    }
    check.no_cycle(&registrations)?;
    check.limits(&registrations)?;
    store.register_all(registrations)?;
    Ok(())
}

/// Whether the builder made an output at all.
pub(crate) fn exists(step: &Step, name: &str, staging: &Staging) -> Result<(), BuildError> {
    if fs::symlink_metadata(staging.path()).is_ok() {
        return Ok(());
    }
    Err(BuildError::MissingOutput {
        derivation: step.path.clone(),
        output: name.to_owned(),
    })
}

struct Check<'a> {
    store: &'a Store,
    step: &'a Step,
    stop: &'a Stop<'a>,
}

impl Check<'_> {
    fn output(
        &self,
        name: &str,
        staging: &Staging,
        declared: Declared,
        candidates: &BTreeSet<StorePath>,
    ) -> Result<Registration, BuildError> {
        let fixed = self.step.derivation.fixed_output();
        if let Some(fixed) = fixed {
            self.has_content(name, staging, fixed)?;
        }
        let (references, nar) = match declared {
            Declared {
                references: Some(references),
                nar,
            } => (references, nar),
            Declared { references: None, .. } => {
                let (references, hash, size) = staging.scan(candidates, self.stop)?;
                (references, Some((hash, size)))
            }
        };
        let discards = checks::discards_references(&self.step.derivation, name)
            .map_err(|failure| self.bad(name, chain(&failure)))?;
        let references = if discards { BTreeSet::new() } else { references };
        if fixed.is_some() && !references.is_empty() {
            return Err(self.bad(
                name,
                format!("a fixed output may not refer to {}", names(&references)),
            ));
        }
        Ok(Registration {
            references,
            deriver: Some(self.step.path.clone()),
            content_address: fixed.copied(),
            nar,
            ultimate: true,
            signatures: Vec::new(),
        })
    }

    /// Outputs may refer to each other in one direction only: no order of removing them would be right otherwise.
    fn no_cycle(&self, outputs: &[(Staging, Registration)]) -> Result<(), BuildError> {
        let mut waiting: BTreeMap<&StorePath, BTreeSet<&StorePath>> = BTreeMap::new();
        for (staging, registration) in outputs {
            let path = staging.store_path();
            let others = registration
                .references
                .iter()
                .filter(|reference| *reference != path);
            let own =
                others.filter(|other| outputs.iter().any(|(staging, _)| staging.store_path() == *other));
            waiting.insert(path, own.collect());
        }
        while let Some(free) = waiting
            .iter()
            .find(|(_, needs)| needs.is_empty())
            .map(|(path, _)| *path)
        {
            waiting.remove(free);
            waiting.values_mut().for_each(|needs| {
                needs.remove(free);
            });
        }
        match waiting.into_iter().next() {
            None => Ok(()),
            Some((path, needs)) => {
                let reason = format!(
                    "it refers to {}, which leads back to it",
                    names(&needs.into_iter().cloned().collect())
                );
                Err(self.bad(path.name(), reason))
            }
        }
    }

    fn limits(&self, outputs: &[(Staging, Registration)]) -> Result<(), BuildError> {
        let made = outputs.iter().map(|(staging, registration)| {
            let made = Made {
                references: registration.references.clone(),
                nar_size: registration.nar.map_or(0, |(_, size)| size),
            };
            (staging.store_path().clone(), made)
        });
        let checker = Checker {
            store: self.store,
            derivation: &placeholders::replaced(&self.step.derivation),
            made: made.collect(),
        };
        for (name, path) in self.step.outputs()? {
            checker
                .check(&name, &path)
                .map_err(|failure| self.bad(&name, chain(&failure)))?;
        }
        Ok(())
    }

    fn has_content(&self, name: &str, staging: &Staging, fixed: &ContentAddress) -> Result<(), BuildError> {
        let place = staging.path();
        if fixed.method != Method::Nar {
            let file_error = |source| StoreError::File {
                action: "read",
                path: place.to_owned(),
                source,
            };
            let metadata = fs::symlink_metadata(place).map_err(file_error)?;
            if !metadata.is_file() || metadata.permissions().mode() & 0o100 != 0 {
                let reason = "a flat fixed output must be a regular file that is not executable";
                return Err(self.bad(name, reason.to_owned()));
            }
        }
        let got = content_hash_unless(place, fixed.method, fixed.hash.algorithm(), self.stop)?;
        if got == fixed.hash {
            Ok(())
        } else {
            Err(self.mismatch(fixed.hash, got))
        }
    }

    fn bad(&self, output: &str, reason: String) -> BuildError {
        BuildError::BadOutput {
            derivation: self.step.path.clone(),
            output: output.to_owned(),
            reason,
        }
    }

    fn mismatch(&self, specified: Hash, got: Hash) -> BuildError {
        let (specified, got) = (Box::new(specified), Box::new(got));
        BuildError::HashMismatch {
            derivation: self.step.path.clone(),
            specified,
            got,
        }
    }
}

/// A failure with its cause, for the middle of a sentence.
fn chain(failure: &BuildFailure) -> String {
    match std::error::Error::source(failure) {
        None => failure.to_string(),
        Some(cause) => format!("{failure}: {cause}"),
    }
}
