//! Evaluates all that a flake provides and builds its checks.

use std::collections::BTreeSet;
use std::sync::Arc;

use builder::DerivedPath;
use flake::FlakeReference;
use nix_formats::StorePath;
use nix_lang::Thunk;

use crate::evaluate::{Derivations, Evaluation, Failure, Stage, evaluate, print_attribute_path};
use crate::{Error, LockOptions, Phase, Session};

/// What was looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Attribute paths that were evaluated to derivations.
    pub evaluated: Vec<String>,
    /// The derivations of `checks`, which were built.
    pub built: Vec<StorePath>,
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

/// Evaluates what lies at `suffix` below each member of the set at `prefix`; gives the derivations there.
fn each(
    stage: &Stage<'_, '_>,
    prefix: &[String],
    suffix: &[String],
    report: &mut CheckReport,
) -> Result<Vec<StorePath>, Failure> {
    let crate::evaluate::Found::Value(set) = stage.find(prefix)? else {
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
        if let crate::evaluate::Found::Value(thunk) = stage.find(&names)?
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
