//! Finds derivations in values and writes them into the store.

use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use builder::DerivedPath;
use nix_formats::StorePath;
use nix_lang::{ErrorData, ErrorKind, Thunk, Value};

use crate::build::{Resolved, Target};
use crate::eval::{Verb, candidates, first_of};
use crate::evaluate::{Derivations, Evaluation, Failure, Stage, evaluate};
use crate::{Error, Session};

/// One derivation that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its attribute path, as far as it is known.
    pub attribute: String,
    /// Where it lies.
    pub derivation: StorePath,
    /// The output that is meant.
    pub output: String,
}

/// Writes every derivation at the attribute paths into the store, in the order of their attributes: a derivation
/// itself, those in a list or set, and those in sets that say `recurseForDerivations`.
pub fn instantiate(
    session: &Session,
    evaluation: &Evaluation,
    attributes: &[String],
) -> Result<Vec<Found>, Error> {
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    let tried = attributes
        .iter()
        .map(|attribute| candidates(session, &evaluation.root, attribute, Verb::Build));
    let tried = tried.collect::<Result<Vec<_>, _>>()?;
    let found = evaluate(session, store, &derivations, evaluation, |stage| {
        let mut search = Search {
            stage,
            seen: HashSet::new(),
            found: Vec::new(),
        };
        for tried in &tried {
            let (thunk, name) = first_of(stage, tried)?;
            search.all_in(thunk, &name)?;
        }
        Ok(search.found)
    })?;
    derivations.write(found.iter().map(|found| found.derivation.clone()))?;
    Ok(found)
}

/// What was found as what is to be built.
pub fn targets(found: &[Found]) -> Resolved {
    let target = |found: &Found| Target {
        installable: found.attribute.clone(),
        attribute: found.attribute.clone(),
        wanted: DerivedPath::Built {
            derivation: found.derivation.clone(),
            outputs: BTreeSet::from([found.output.clone()]),
        },
    };
    Resolved {
        targets: found.iter().map(target).collect(),
    }
}

/// Makes `link` lead to `path` and keep it from collection; gives the absolute name of the link.
pub fn keep(session: &Session, link: &Path, path: &StorePath) -> Result<PathBuf, Error> {
    let link = session.settings().current_folder.join(link);
    session.store()?.add_indirect_root(&link, path)?;
    Ok(link)
}

struct Search<'s, 'e, 'a> {
    stage: &'s Stage<'e, 'a>,
    /// Sets that were looked at, by identity.
    seen: HashSet<usize>,
    found: Vec<Found>,
}

impl<'a> Search<'_, '_, 'a> {
    fn all_in(&mut self, thunk: &'a Thunk<'a>, path: &str) -> Result<(), Failure> {
        let thunk = self.stage.auto_call(thunk)?;
        let value = self.stage.evaluator.force(thunk)?;
        if !self.one(&value, path)? {
            return Ok(());
        }
        match &value {
            Value::Attrs(_) => self.members(&value, path),
            Value::List(list) => {
                for (index, item) in list.items.iter().enumerate() {
                    let path = below(path, &index.to_string());
                    if self.one(&self.stage.evaluator.force(item)?, &path)? {
                        self.all_in(item, &path)?;
                    }
                }
                Ok(())
            }
            _ => {
                let message = "expression does not evaluate to a derivation (or a set or list of those)";
                Err(ErrorData::new(ErrorKind::Type, message).into())
            }
        }
    }

    fn members(&mut self, set: &Value<'a>, path: &str) -> Result<(), Failure> {
        let evaluator = self.stage.evaluator;
        let combine = evaluator.attribute(set, "_combineChannels").is_some();
        for (name, thunk) in evaluator.attributes(set) {
            if !is_plain(name) {
                continue;
            }
            let path = below(path, name);
            if combine {
                self.all_in(thunk, &path)?;
                continue;
            }
            let value = evaluator.force(thunk)?;
            if !self.one(&value, &path)? {
                continue;
            }
            let recurse = match evaluator.attribute(&value, "recurseForDerivations") {
                Some(flag) => matches!(evaluator.force(flag)?, Value::Bool(true)),
                None => false,
            };
            if recurse {
                self.all_in(thunk, &path)?;
            }
        }
        Ok(())
    }

    /// Notes a derivation; whether it is something else, in which there may be some.
    fn one(&mut self, value: &Value<'a>, path: &str) -> Result<bool, Failure> {
        let evaluator = self.stage.evaluator;
        let Value::Attrs(attrs) = value else {
            return Ok(true);
        };
        if !evaluator.is_derivation_value(value)? {
            return Ok(true);
        }
        if !self.seen.insert(std::ptr::from_ref(*attrs) as usize) {
            return Ok(false);
        }
        let text = |name: &str| match evaluator.attribute(value, name) {
            Some(thunk) => Ok(Some(evaluator.text_of(thunk)?.0)),
            None => Ok::<_, nix_lang::Error>(None),
        };
        let Some(drv_path) = text("drvPath")? else {
            return Err(ErrorData::new(
                ErrorKind::Type,
                "derivation does not contain a 'drvPath' attribute",
            )
            .into());
        };
        let derivation =
            StorePath::parse_absolute(&drv_path).map_err(|error| Error::Usage(error.to_string()))?;
        self.found.push(Found {
            attribute: path.to_owned(),
            derivation,
            output: text("outputName")?.unwrap_or_else(|| "out".to_owned()),
        });
        Ok(false)
    }
}

fn below(path: &str, name: &str) -> String {
    match path {
        "" => name.to_owned(),
        _ => format!("{path}.{name}"),
    }
}

/// Whether sets are searched under this name.
fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_+".contains(&byte))
}
