//! Evaluates all that a flake provides and builds its checks.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use builder::DerivedPath;
use flake::FlakeReference;
use nix_formats::StorePath;
use nix_lang::Thunk;
use serde::Deserialize;

use crate::evaluate::{Derivations, Evaluation, Failure, Found, Stage, evaluate, print_attribute_path};
use crate::{Error, LockOptions, Phase, Session};

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Attribute paths that were evaluated to derivations.
    pub evaluated: Vec<String>,
    /// The derivations of `checks`, which were built.
    pub built: Vec<StorePath>,
    /// For each configuration what it sets without effect.
    pub without_effect: BTreeMap<String, Vec<WithoutEffect>>,
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

/// The part of `hardpan.report` that is shown.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Report {
    no_meaning: Vec<WithoutEffect>,
}

/// Evaluates packages, systems and checks of a flake; builds the checks. The first error ends it.
pub fn check(
    session: &Session,
    reference: &FlakeReference,
    options: &LockOptions,
) -> Result<CheckReport, Error> {
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    let evaluation = Evaluation::of_flake(reference.clone(), options.clone());
    let system = session.settings().system.clone();
    let mut report = evaluate(session, store, &derivations, &evaluation, |stage| {
        let mut report = CheckReport::default();
        for output in ["packages", "devShells"] {
            each(stage, &[output.to_owned(), system.clone()], &[], &mut report)?;
        }
        let toplevel = ["config", "system", "build", "toplevel"].map(str::to_owned);
        each(stage, &["nixosConfigurations".to_owned()], &toplevel, &mut report)?;
        report.without_effect = without_effect(stage)?;
        report.built = each(stage, &["checks".to_owned(), system.clone()], &[], &mut report)?;
        Ok(report)
    })?;
    derivations.write(report.built.iter().cloned())?;
    let wanted = report.built.iter().map(|derivation| DerivedPath::Built {
        derivation: derivation.clone(),
        outputs: BTreeSet::new(),
    });
    let wanted: Vec<DerivedPath> = wanted.collect();
    session.phase(Phase::Realise, || session.realise(&wanted))?;
    report.evaluated.sort();
    Ok(report)
}

/// What each configuration sets without effect, as far as it says so.
fn without_effect(stage: &Stage<'_, '_>) -> Result<BTreeMap<String, Vec<WithoutEffect>>, Failure> {
    let mut found = BTreeMap::new();
    let configurations = ["nixosConfigurations".to_owned()];
    let Found::Value(set) = stage.find(&configurations)? else {
        return Ok(found);
    };
    for (name, _) in stage.evaluator.attributes(&stage.evaluator.force(set)?) {
        let path = ["nixosConfigurations", name, "config", "hardpan", "report"].map(str::to_owned);
        if let Found::Value(thunk) = stage.find(&path)? {
            let (json, _) = stage.evaluator.json_of(thunk)?;
            let report: Report = serde_json::from_value(json).unwrap_or_default();
            if !report.no_meaning.is_empty() {
                found.insert(print_attribute_path(&path[..2]), report.no_meaning);
            }
        }
    }
    Ok(found)
}

/// Evaluates what lies at `suffix` below each member of the set at `prefix`; gives the derivations there.
fn each(
    stage: &Stage<'_, '_>,
    prefix: &[String],
    suffix: &[String],
    report: &mut CheckReport,
) -> Result<Vec<StorePath>, Failure> {
    let Found::Value(set) = stage.find(prefix)? else {
        return Ok(Vec::new());
    };
    let mut found = Vec::new();
    for (name, _) in stage.evaluator.attributes(&stage.evaluator.force(set)?) {
        let names: Vec<String> = prefix
            .iter()
            .chain([&name.to_owned()])
            .chain(suffix)
            .cloned()
            .collect();
        if let Found::Value(thunk) = stage.find(&names)?
            && let Some(path) = derivation_at(stage, thunk)?
        {
            report.evaluated.push(print_attribute_path(&names));
            found.push(path);
        }
    }
    Ok(found)
}

fn derivation_at<'a>(stage: &Stage<'_, 'a>, thunk: &'a Thunk<'a>) -> Result<Option<StorePath>, Failure> {
    let value = stage.evaluator.force(thunk)?;
    if !stage.evaluator.is_derivation_value(&value)? {
        return Ok(None);
    }
    let path = stage.evaluator.attribute(&value, "drvPath");
    let path = path.ok_or_else(|| stage.evaluator.missing(&value, "drvPath"))?;
    let (text, _) = stage.evaluator.text_of(path)?;
    StorePath::parse_absolute(&text)
        .map(Some)
        .map_err(|error| Error::Usage(error.to_string()).into())
}
