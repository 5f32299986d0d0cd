//! What a derivation allows its outputs to be: how large they may get and what they may refer to.

use std::collections::{BTreeMap, BTreeSet};

use nix_formats::{Derivation, StorePath};
use serde::Deserialize;
use serde_json::Value;
use store::Store;

use crate::attributes::Attributes;
use crate::error::BuildFailure;

/// The limits of one output.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct OutputChecks {
    max_size: Option<u64>,
    max_closure_size: Option<u64>,
    allowed_references: Option<Vec<String>>,
    allowed_requisites: Option<Vec<String>>,
    disallowed_references: Option<Vec<String>>,
    disallowed_requisites: Option<Vec<String>>,
    /// Whether an output that needs itself needs permission for that.
    #[serde(skip)]
    counts_itself: bool,
}

/// An output that was made and is not valid yet.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) references: BTreeSet<StorePath>,
    pub(crate) nar_size: u64,
}

impl OutputChecks {
    /// Those for `output`: attributes of their own where no attributes are structured, else in `outputChecks`.
    pub(crate) fn of(derivation: &Derivation, output: &str) -> Result<Self, BuildFailure> {
        let attributes = Attributes::of(derivation)?;
        if let Attributes::Structured(attributes) = &attributes {
            let checks = attributes
                .get("outputChecks")
                .and_then(|checks| checks.get(output));
            let checks = checks.cloned().unwrap_or(Value::Object(serde_json::Map::new()));
            let checks: Self = serde_json::from_value(checks).map_err(|error| {
                BuildFailure::caused_by(
                    format!("cannot read the attribute 'outputChecks.{output}'"),
                    error,
                )
            })?;
            return Ok(Self {
                counts_itself: true,
                ..checks
            });
        }
        Ok(Self {
            allowed_references: attributes.words("allowedReferences")?,
            allowed_requisites: attributes.words("allowedRequisites")?,
            disallowed_references: attributes.words("disallowedReferences")?,
            disallowed_requisites: attributes.words("disallowedRequisites")?,
            ..Self::default()
        })
    }

    /// Whether nothing is asked for.
    fn are_none(&self) -> bool {
        let lists = [
            &self.allowed_references,
            &self.allowed_requisites,
            &self.disallowed_references,
            &self.disallowed_requisites,
        ];
        lists.iter().all(|list| list.is_none()) && self.max_size.is_none() && self.max_closure_size.is_none()
    }
}

/// Which outputs lose what they refer to, at their author's risk.
pub(crate) fn discards_references(derivation: &Derivation, output: &str) -> Result<bool, BuildFailure> {
    Ok(match Attributes::of(derivation)? {
        Attributes::Plain(_) => false,
        Attributes::Structured(attributes) => attributes
            .get("unsafeDiscardReferences")
            .and_then(|outputs| outputs.get(output))
            .and_then(Value::as_bool)
            .unwrap_or(false),
    })
}

/// The outputs of one derivation, to be checked against its limits.
pub(crate) struct Checker<'a> {
    pub(crate) store: &'a Store,
    pub(crate) derivation: &'a Derivation,
    pub(crate) made: BTreeMap<StorePath, Made>,
}

impl Checker<'_> {
    /// Fails if the output called `name` is not what it may be.
    pub(crate) fn check(&self, name: &str, path: &StorePath) -> Result<(), BuildFailure> {
        let checks = OutputChecks::of(self.derivation, name)?;
        let Some(output) = self.made.get(path).filter(|_| !checks.are_none()) else {
            return Ok(());
        };
        not_larger("it", output.nar_size, checks.max_size)?;
        let lists = [
            ("allowedReferences", &checks.allowed_references, true),
            ("disallowedReferences", &checks.disallowed_references, false),
        ];
        for (attribute, list, allows) in lists {
            self.compare(attribute, list.as_deref(), allows, &output.references, "refer to")?;
        }
        if checks.max_closure_size.is_none()
            && checks.allowed_requisites.is_none()
            && checks.disallowed_requisites.is_none()
        {
            return Ok(());
        }
        let (mut needs, size) = self.closure(path)?;
        not_larger("it with all that it needs", size, checks.max_closure_size)?;
        if !checks.counts_itself {
            needs.remove(path);
        }
        let lists = [
            ("allowedRequisites", &checks.allowed_requisites, true),
            ("disallowedRequisites", &checks.disallowed_requisites, false),
        ];
        for (attribute, list, allows) in lists {
            self.compare(attribute, list.as_deref(), allows, &needs, "need")?;
        }
        Ok(())
    }

    fn compare(
        &self,
        attribute: &str,
        list: Option<&[String]>,
        allows: bool,
        used: &BTreeSet<StorePath>,
        verb: &str,
    ) -> Result<(), BuildFailure> {
        let Some(list) = list else { return Ok(()) };
        let named: BTreeSet<StorePath> = list
            .iter()
            .map(|item| self.path_of(attribute, item))
            .collect::<Result<_, _>>()?;
        let bad: BTreeSet<StorePath> = used
            .iter()
            .filter(|path| named.contains(path) != allows)
            .cloned()
            .collect();
        match bad.is_empty() {
            true => Ok(()),
            false => Err(format!("it is not allowed to {verb} {}", names(&bad)).into()),
        }
    }

    /// A path that an attribute lists, as a path or as the name of an output.
    fn path_of(&self, attribute: &str, item: &str) -> Result<StorePath, BuildFailure> {
        match self.derivation.output_path(item) {
            Some(path) => Ok(path.clone()),
            None => StorePath::parse_absolute(item)
                .map_err(|error| BuildFailure::new(format!("{attribute} has a bad entry: {error}"))),
        }
    }

    /// Everything that `output` needs, itself too, and the size of all their archives.
    fn closure(&self, output: &StorePath) -> Result<(BTreeSet<StorePath>, u64), BuildFailure> {
        let failed = |error| BuildFailure::caused_by("cannot follow references", error);
        let mut closure = BTreeSet::new();
        let mut pending = vec![output.clone()];
        let mut size: u64 = 0;
        while let Some(path) = pending.pop() {
            if !closure.insert(path.clone()) {
                continue;
            }
            if let Some(made) = self.made.get(&path) {
                size = size.saturating_add(made.nar_size);
                pending.extend(made.references.iter().cloned());
            } else {
                let info = self.store.require_info(&path).map_err(failed)?;
                size = size.saturating_add(info.nar_size);
                pending.extend(info.references);
            }
        }
        Ok((closure, size))
    }
}

fn not_larger(what: &str, size: u64, limit: Option<u64>) -> Result<(), BuildFailure> {
    match limit {
        Some(limit) if size > limit => {
            Err(format!("{what} is too large: {size} bytes, where the limit is {limit} bytes").into())
        }
        _ => Ok(()),
    }
}

/// Paths, for people.
pub(crate) fn names(paths: &BTreeSet<StorePath>) -> String {
    let names: Vec<String> = paths.iter().map(StorePath::to_string).collect();
    names.join(", ")
}
