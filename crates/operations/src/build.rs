//! Builds what flakes, files and expressions define.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use builder::DerivedPath;
pub use builder::Plan;
use flake::{Installable, OutputSelection};
use nix_formats::StorePath;
use nix_lang::{Thunk, Value};

use crate::eval::{Verb, candidates, first_of};
use crate::evaluate::{Argument, Derivations, Evaluation, Failure, Root, Stage, evaluate};
use crate::{Error, Event, LockOptions, Phase, Session, Work, stored};

/// What is to be built.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    /// Installables: flake references with attribute and outputs, or store paths; with `root` attribute paths in it.
    pub installables: Vec<String>,
    /// A file or expression in which the installables are attribute paths.
    pub root: Option<Root>,
    /// Arguments for functions in it.
    pub arguments: BTreeMap<String, Argument>,
    /// What may be done to lock files.
    pub lock: LockOptions,
}

/// One thing that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// As it was asked for.
    pub installable: String,
    /// Its attribute path or store path.
    pub attribute: String,
    /// What has to be made valid.
    pub wanted: DerivedPath,
}

impl Target {
    /// The derivation that makes it, if one does.
    pub fn derivation(&self) -> Option<&StorePath> {
        match &self.wanted {
            DerivedPath::Built { derivation, .. } => Some(derivation),
            DerivedPath::Opaque(_) => None,
        }
    }
}

/// A target and what was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// What was asked for.
    pub target: Target,
    /// The derivation, if there is one.
    pub derivation: Option<StorePath>,
    /// Outputs by name; a plain store path is called `out`.
    pub outputs: BTreeMap<String, StorePath>,
    /// Where each output lies on disk.
    pub places: BTreeMap<String, PathBuf>,
}

/// Targets that are evaluated: their derivations are in the store.
pub struct Resolved {
    /// What was asked for.
    pub targets: Vec<Target>,
}

/// Evaluates `targets` and writes their derivations into the store.
pub fn resolve(session: &Session, targets: &Targets) -> Result<Resolved, Error> {
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    let mut resolved = Vec::with_capacity(targets.installables.len());
    for text in &targets.installables {
        resolved.push(resolve_one(session, targets, text, &derivations)?);
    }
    let wanted = resolved.iter().filter_map(|target| match &target.wanted {
        DerivedPath::Built { derivation, .. } => Some(derivation.clone()),
        DerivedPath::Opaque(_) => None,
    });
    derivations.write(wanted)?;
    Ok(Resolved { targets: resolved })
}

fn resolve_one<'s>(
    session: &'s Session,
    targets: &Targets,
    text: &str,
    derivations: &Arc<Derivations<'s>>,
) -> Result<Target, Error> {
    if targets.root.is_none() && stored::is_store_path(session, text) {
        let path = stored::valid_path(session, text)?;
        let wanted = match path.is_derivation() {
            true => DerivedPath::Built {
                derivation: path.clone(),
                outputs: BTreeSet::new(),
            },
            false => DerivedPath::Opaque(path.clone()),
        };
        return Ok(Target {
            installable: text.to_owned(),
            attribute: path.to_string(),
            wanted,
        });
    }
    let (evaluation, attribute, outputs) = targets.locate(session, text)?;
    let tried = candidates(session, &evaluation.root, &attribute, Verb::Build)?;
    evaluate(session, session.store()?, derivations, &evaluation, |stage| {
        let (thunk, attribute) = first_of(stage, &tried)?;
        let thunk = stage.auto_call(thunk)?;
        let wanted = derivation_in(stage, thunk, &outputs, text)?;
        Ok(Target {
            installable: text.to_owned(),
            attribute,
            wanted,
        })
    })
}

impl Targets {
    /// What an installable stands for: where to begin, the attribute and the outputs.
    pub fn locate(
        &self,
        session: &Session,
        text: &str,
    ) -> Result<(Evaluation, String, OutputSelection), Error> {
        if let Some(root) = &self.root {
            let evaluation = Evaluation {
                root: root.clone(),
                lock: LockOptions::default(),
                arguments: self.arguments.clone(),
            };
            // What is not named is the whole, as `.` is for flakes.
            let attribute = if text == "." { "" } else { text };
            return Ok((evaluation, attribute.to_owned(), OutputSelection::Default));
        }
        let installable = Installable::parse(text, &session.settings().current_folder)?;
        let evaluation = Evaluation::of_flake(installable.reference, self.lock.clone());
        Ok((evaluation, installable.attribute, installable.outputs))
    }
}

fn derivation_in<'a>(
    stage: &Stage<'_, 'a>,
    thunk: &'a Thunk<'a>,
    outputs: &OutputSelection,
    what: &str,
) -> Result<DerivedPath, Failure> {
    let evaluator = stage.evaluator;
    let value = evaluator.force(thunk)?;
    if let Value::String(_) = value
        && let Ok(path) = StorePath::parse_absolute(&evaluator.text_of(thunk)?.0)
    {
        let (_, context) = evaluator.text_of(thunk)?;
        evaluator.realise(context)?;
        return Ok(DerivedPath::Opaque(path));
    }
    if !evaluator.is_derivation_value(&value)? {
        let kind = value.kind().described().to_owned();
        return Err(Error::NotADerivation {
            what: what.to_owned(),
            kind,
        }
        .into());
    }
    let path = evaluator
        .attribute(&value, "drvPath")
        .ok_or_else(|| evaluator.missing(&value, "drvPath"))?;
    let path = evaluator.text_of(path)?.0;
    let derivation = StorePath::parse_absolute(&path).map_err(|error| Error::Usage(error.to_string()))?;
    let outputs = match outputs {
        OutputSelection::All => BTreeSet::new(),
        OutputSelection::Named(names) => names.iter().cloned().collect(),
        OutputSelection::Default => default_outputs(stage, &value)?,
    };
    Ok(DerivedPath::Built { derivation, outputs })
}

fn default_outputs<'a>(stage: &Stage<'_, 'a>, value: &Value<'a>) -> Result<BTreeSet<String>, Failure> {
    let evaluator = stage.evaluator;
    let text = |name: &str| match evaluator.attribute(value, name) {
        Some(thunk) => evaluator.text_of(thunk).map(|(text, _)| Some(text)),
        None => Ok(None),
    };
    let name = text("outputName")?.unwrap_or_else(|| "out".to_owned());
    let flag = evaluator
        .attribute(value, "outputSpecified")
        .map(|thunk| evaluator.force(thunk))
        .transpose()?;
    if matches!(flag, Some(Value::Bool(true))) {
        return Ok(BTreeSet::from([name]));
    }
    // As in Nix, a derivation that does not say which of its outputs people want gives all.
    let Some(meta) = evaluator.attribute(value, "meta") else {
        return Ok(BTreeSet::new());
    };
    let meta = evaluator.force(meta)?;
    let Some(listed) = evaluator.attribute(&meta, "outputsToInstall") else {
        return Ok(BTreeSet::new());
    };
    let (listed, _) = evaluator.json_of(listed)?;
    let names = listed
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned));
    let names: BTreeSet<String> = names.collect();
    Ok(if names.is_empty() {
        BTreeSet::from([name])
    } else {
        names
    })
}

/// What would have to be done to have the targets.
pub fn plan(session: &Session, resolved: &Resolved) -> Result<Plan, Error> {
    let wanted: Vec<DerivedPath> = resolved
        .targets
        .iter()
        .map(|target| target.wanted.clone())
        .collect();
    session.phase(Phase::Plan, || {
        session.with_builder(|builder| Ok(builder.plan(&wanted)?))
    })
}

/// Does what has to be done to have the targets.
pub fn realise(session: &Session, resolved: Resolved) -> Result<Vec<Built>, Error> {
    let wanted: Vec<DerivedPath> = resolved
        .targets
        .iter()
        .map(|target| target.wanted.clone())
        .collect();
    session.substitute(&wanted)?;
    let plan = plan(session, &resolved)?;
    session.tell(Event::Work(Work::of(&plan)));
    session.phase(Phase::Realise, || {
        session.with_builder(|builder| Ok(builder.execute(plan)?))
    })?;
    resolved
        .targets
        .into_iter()
        .map(|target| built(session, target))
        .collect()
}

/// Builds targets that are there already once more; fails if anything comes out different.
pub fn rebuild(session: &Session, resolved: Resolved) -> Result<Vec<Built>, Error> {
    let derivations: Vec<StorePath> = resolved
        .targets
        .iter()
        .filter_map(Target::derivation)
        .cloned()
        .collect();
    session.phase(Phase::Realise, || {
        session.with_builder(|builder| Ok(builder.check(&derivations)?))
    })?;
    resolved
        .targets
        .into_iter()
        .map(|target| built(session, target))
        .collect()
}

/// The paths that the targets have or will have.
pub fn output_paths(session: &Session, resolved: &Resolved) -> Result<Vec<StorePath>, Error> {
    let mut paths = Vec::new();
    for target in &resolved.targets {
        paths.extend(outputs_of(session, target)?.1.into_values());
    }
    Ok(paths)
}

/// Evaluates and builds.
pub fn build(session: &Session, targets: &Targets) -> Result<Vec<Built>, Error> {
    realise(session, resolve(session, targets)?)
}

fn built(session: &Session, target: Target) -> Result<Built, Error> {
    let (derivation, outputs) = outputs_of(session, &target)?;
    let store = session.store()?;
    let places = outputs
        .iter()
        .map(|(name, path)| (name.clone(), store.physical(path)))
        .collect();
    Ok(Built {
        target,
        derivation,
        outputs,
        places,
    })
}

/// The derivation of a target and the outputs that are wanted of it.
fn outputs_of(
    session: &Session,
    target: &Target,
) -> Result<(Option<StorePath>, BTreeMap<String, StorePath>), Error> {
    let (path, wanted) = match &target.wanted {
        DerivedPath::Opaque(path) => return Ok((None, BTreeMap::from([("out".to_owned(), path.clone())]))),
        DerivedPath::Built { derivation, outputs } => (derivation, outputs),
    };
    let derivation = session.store()?.read_derivation(path)?;
    let outputs = derivation.outputs.into_iter().filter_map(|(name, output)| {
        let path = output
            .path
            .filter(|_| wanted.is_empty() || wanted.contains(&name))?;
        Some((name, path))
    });
    Ok((Some(path.clone()), outputs.collect()))
}

/// Makes `link` (and `link-<output>` for further outputs) point to what was built, and keeps it from collection.
pub fn link(session: &Session, built: &[Built], link: &std::path::Path) -> Result<Vec<PathBuf>, Error> {
    let store = session.store()?;
    let link = session.settings().current_folder.join(link);
    let mut inputs = BTreeSet::new();
    for input in session.origins.fetched() {
        if store.is_valid(&input)? {
            inputs.insert(input);
        }
    }
    let mut links = Vec::new();
    for (number, built) in built.iter().enumerate() {
        for (output, path) in &built.outputs {
            let mut name = link.as_os_str().to_owned();
            if number > 0 {
                name.push(format!("-{number}"));
            }
            if output != "out" {
                name.push(format!("-{output}"));
            }
            let name = PathBuf::from(name);
            store.add_indirect_root(&name, path)?;
            if !inputs.is_empty() {
                store.keep_with_root(&name, &inputs)?;
            }
            links.push(name);
        }
    }
    Ok(links)
}
