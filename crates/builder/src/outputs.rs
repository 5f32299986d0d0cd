//! Checks what a builder made against what its derivation promises, and makes it valid.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt as _;

use nix_formats::{ContentAddress, Hash, Method, StorePath};
use store::hashing::HashingSink;
use store::{Registration, Staging, Store, StoreError, tree};

use crate::context::Declared;
use crate::error::BuildError;
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
) -> Result<(), BuildError> {
    let check = Check { store, step };
    let mut candidates = inputs.clone();
    if step.derivation.fixed_output().is_none() {
        candidates.extend(step.outputs()?.into_values());
    }
    let mut registrations = Vec::with_capacity(staged.len());
    for (name, staging) in staged {
        exists(step, &name, &staging)?;
        let declared = declared.remove(&name).unwrap_or_default();
        let registration = check.output(&name, &staging, declared, &candidates)?;
        registrations.push((staging, registration));
    }
    check.no_cycle(&registrations)?;
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
                let (references, hash, size) = staging.scan(candidates)?;
                (references, Some((hash, size)))
            }
        };
        if fixed.is_some() && !references.is_empty() {
            return Err(self.bad(
                name,
                format!("a fixed output may not refer to {}", names(&references)),
            ));
        }
        self.references_are_allowed(name, staging.store_path(), &references)?;
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

    fn has_content(&self, name: &str, staging: &Staging, fixed: &ContentAddress) -> Result<(), BuildError> {
        let place = staging.path();
        let algorithm = fixed.hash.algorithm();
        let (got, _) = match fixed.method {
            Method::Nar => tree::dump(place, &mut store::keep_all, HashingSink::new(algorithm))?.finish(),
            Method::Flat | Method::Text => {
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
                let mut sink = HashingSink::new(algorithm);
                io::copy(&mut File::open(place).map_err(file_error)?, &mut sink).map_err(file_error)?;
                sink.finish()
            }
        };
        if got == fixed.hash {
            Ok(())
        } else {
            Err(self.mismatch(fixed.hash, got))
        }
    }

    fn references_are_allowed(
        &self,
        name: &str,
        path: &StorePath,
        references: &BTreeSet<StorePath>,
    ) -> Result<(), BuildError> {
        if let Some(allowed) = self.path_list(name, "allowedReferences")? {
            let surplus: BTreeSet<StorePath> = references.difference(&allowed).cloned().collect();
            if !surplus.is_empty() {
                return Err(self.bad(name, format!("it is not allowed to refer to {}", names(&surplus))));
            }
        }
        if let Some(forbidden) = self.path_list(name, "disallowedReferences")? {
            let found: BTreeSet<StorePath> = references.intersection(&forbidden).cloned().collect();
            if !found.is_empty() {
                return Err(self.bad(name, format!("it is not allowed to refer to {}", names(&found))));
            }
        }
        self.requisites_are_allowed(name, path, references)
    }

    fn requisites_are_allowed(
        &self,
        name: &str,
        path: &StorePath,
        references: &BTreeSet<StorePath>,
    ) -> Result<(), BuildError> {
        let allowed = self.path_list(name, "allowedRequisites")?;
        let forbidden = self.path_list(name, "disallowedRequisites")?;
        if allowed.is_none() && forbidden.is_none() {
            return Ok(());
        }
        let own: BTreeSet<StorePath> = self.step.outputs()?.into_values().collect();
        let mut requisites = self.store.closure(references.difference(&own))?;
        requisites.extend(references.intersection(&own).filter(|own| *own != path).cloned());
        let surplus =
            allowed.map(|allowed| requisites.difference(&allowed).cloned().collect::<BTreeSet<_>>());
        let found = forbidden.map(|forbidden| requisites.intersection(&forbidden).cloned().collect());
        let bad: BTreeSet<StorePath> = [surplus, found].into_iter().flatten().flatten().collect();
        if bad.is_empty() {
            return Ok(());
        }
        Err(self.bad(name, format!("it is not allowed to need {}", names(&bad))))
    }

    /// The paths that an attribute lists, either as paths or as names of outputs.
    fn path_list(&self, name: &str, attribute: &str) -> Result<Option<BTreeSet<StorePath>>, BuildError> {
        let Some(list) = self.step.derivation.env_str(attribute) else {
            return Ok(None);
        };
        let path_of = |item: &str| match self.step.derivation.output_path(item) {
            Some(path) => Ok(path.clone()),
            None => StorePath::parse_absolute(item)
                .map_err(|error| self.bad(name, format!("{attribute} has a bad entry: {error}"))),
        };
        list.split_ascii_whitespace()
            .map(path_of)
            .collect::<Result<_, _>>()
            .map(Some)
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

fn names(paths: &BTreeSet<StorePath>) -> String {
    paths
        .iter()
        .map(StorePath::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}
