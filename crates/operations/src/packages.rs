//! Explains which packages of an image brought in another one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use debian::index::{Record, Selection};
use debian::relation;
use flake::{FlakeReference, Notice, Sources as _};
use nix_formats::StorePath;
use serde::Deserialize;

use crate::build::Target;
use crate::suites::{Suites, Tree, open_index};
use crate::{Error, LockOptions, Session, flakes, outcome};

/// A package of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Name of the binary package.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// The part of a root's specification that lists packages.
#[derive(Deserialize)]
struct Spec {
    packages: Vec<Listed>,
}

#[derive(Deserialize)]
struct Listed {
    name: String,
    version: String,
}

/// A shortest chain of dependencies from a package that no other one needs to the package called `name`, in the image
/// that `target` is. Nothing if it is no image or has no such package.
pub fn chain_to(
    session: &Session,
    target: &Target,
    reference: &FlakeReference,
    lock: &LockOptions,
    name: &str,
) -> Result<Option<Vec<Package>>, Error> {
    let Some(derivation) = target.derivation() else {
        return Ok(None);
    };
    let Some(versions) = packages_of(session, derivation)? else {
        return Ok(None);
    };
    if !versions.contains_key(name) {
        return Ok(None);
    }
    let records = records_of(session, reference, lock, &versions)?;
    let chain = shortest(&needs(&records), name);
    let package = |name: &String| {
        let version = versions.get(name).cloned().unwrap_or_default();
        Package {
            name: name.clone(),
            version,
        }
    };
    Ok(Some(chain.iter().map(package).collect()))
}

/// The names of the packages of the image that `target` is; none if it is no image.
pub fn names(session: &Session, target: &Target) -> Result<BTreeSet<String>, Error> {
    let packages = match target.derivation() {
        Some(derivation) => packages_of(session, derivation)?,
        None => None,
    };
    Ok(packages.unwrap_or_default().into_keys().collect())
}

/// The packages of an image with their versions.
fn packages_of(session: &Session, derivation: &StorePath) -> Result<Option<BTreeMap<String, String>>, Error> {
    let Some(root) = outcome::root_derivation(session, derivation)? else {
        return Ok(None);
    };
    let spec = root
        .env_str("spec")
        .and_then(|spec| serde_json::from_str::<Spec>(spec).ok());
    Ok(spec.map(|spec| {
        spec.packages
            .into_iter()
            .map(|package| (package.name, package.version))
            .collect()
    }))
}

/// What the indexes of the flake's Debian inputs say about the packages.
fn records_of(
    session: &Session,
    reference: &FlakeReference,
    lock: &LockOptions,
    versions: &BTreeMap<String, String>,
) -> Result<Vec<Record>, Error> {
    let store = session.store()?;
    let locked = flakes::lock(session, reference, lock)?;
    let suites = Suites { session };
    let notify = |notice: Notice| session.notice(notice);
    let sources = session.sources(&suites, &notify)?;
    let failed = |error: debian::index::IndexError| Error::Program {
        what: "reading the package index".to_owned(),
        reason: error.to_string(),
    };
    let mut records = Vec::new();
    for input in locked
        .lock
        .inputs()
        .map(|input| &input.locked.input)
        .filter(|input| input.kind() == "debian")
    {
        let tree = sources.fetch(input)?.tree.store_path;
        let tree = Tree {
            path: tree,
            selection: Selection::default(),
        };
        let index = open_index(session, store, &[tree]).map_err(|error| Error::Program {
            what: "reading the package index".to_owned(),
            reason: error.to_string(),
        })?;
        for (name, version) in versions {
            let candidates = index.candidates(name).map_err(failed)?;
            records.extend(candidates.into_iter().filter(|record| record.version == *version));
        }
    }
    Ok(records)
}

/// For each package the ones among `records` that it depends on.
fn needs(records: &[Record]) -> BTreeMap<String, BTreeSet<String>> {
    let names_in = |field: &str| -> Vec<String> {
        let groups = relation::parse(field).unwrap_or_default();
        groups.into_iter().flatten().map(|atom| atom.name).collect()
    };
    let mut providers: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for record in records {
        for name in names_in(&record.provides)
            .into_iter()
            .chain([record.name.clone()])
        {
            providers.entry(name).or_default().insert(&record.name);
        }
    }
    let needed = |record: &Record| {
        let wanted = names_in(&record.depends)
            .into_iter()
            .chain(names_in(&record.pre_depends));
        let found = wanted.filter_map(|name| providers.get(&name)).flatten();
        found
            .filter(|name| **name != record.name)
            .map(|name| (*name).to_owned())
            .collect()
    };
    records
        .iter()
        .map(|record| (record.name.clone(), needed(record)))
        .collect()
}

/// The shortest chain to `name` from a package that no other one needs, or from wherever one begins.
fn shortest(needs: &BTreeMap<String, BTreeSet<String>>, name: &str) -> Vec<String> {
    let needed: BTreeSet<&String> = needs.values().flatten().collect();
    let tops = needs.keys().filter(|name| !needed.contains(name));
    let mut came_from: BTreeMap<&str, Option<&str>> = tops.map(|top| (top.as_str(), None)).collect();
    let mut pending: VecDeque<&str> = came_from.keys().copied().collect();
    while let Some(package) = pending.pop_front() {
        for next in needs.get(package).into_iter().flatten() {
            if !came_from.contains_key(next.as_str()) {
                came_from.insert(next, Some(package));
                pending.push_back(next);
            }
        }
    }
    let mut chain = vec![name.to_owned()];
    let mut package = name;
    while let Some(Some(before)) = came_from.get(package) {
        chain.push((*before).to_owned());
        package = before;
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, depends: &str, provides: &str) -> Record {
        Record {
            name: name.to_owned(),
            depends: depends.to_owned(),
            provides: provides.to_owned(),
            ..Record::default()
        }
    }

    #[test]
    fn the_shortest_chain_begins_at_a_package_that_nobody_needs() {
        let records = [
            record("server", "library (>= 1), helper | other", ""),
            record("library", "deep:any", ""),
            record("helper", "virtual", ""),
            record("deep", "", "virtual"),
            record("circle-a", "circle-b", ""),
            record("circle-b", "circle-a", ""),
        ];
        let needs = needs(&records);
        let table: &[(&str, &[&str])] = &[
            ("server", &["server"]),
            ("deep", &["server", "helper", "deep"]),
            ("library", &["server", "library"]),
            ("circle-b", &["circle-b"]),
        ];
        for (name, expected) in table {
            assert_eq!(shortest(&needs, name), *expected, "{name}");
        }
    }
}
