//! What is taken of each locked tree: whose signatures count, and which packages may come from there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::record::Record;
use crate::relation;
use crate::signature::{Keyring, SignatureError};

/// A locked tree with what is trusted of it. The first tree of an index is the distribution; what further ones have
/// stands beside it.
#[derive(Clone, Debug)]
pub struct Source {
    /// The tree.
    pub tree: PathBuf,
    /// Names and contents of the files with the keys that its release files must be signed with.
    pub keys: Vec<(String, Vec<u8>)>,
    /// The archives whose suites it may hold.
    pub archives: Vec<String>,
    /// Whether it is from another publisher than the distribution.
    pub is_foreign: bool,
    /// Which packages are taken.
    pub selection: Selection,
}

/// Which packages of a further archive are taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Selection {
    /// The only packages that are taken; all where nothing is said.
    #[serde(default)]
    pub packages: Option<Vec<String>>,
    /// Packages that are taken from here although an archive before has them or something that provides them.
    #[serde(default)]
    pub replace: Vec<String>,
}

impl Source {
    /// The keys that count for this tree.
    pub(super) fn keyring(&self) -> Result<Keyring, SignatureError> {
        let mut keyring = Keyring::default();
        for (name, bytes) in &self.keys {
            keyring.add(name, bytes)?;
        }
        Ok(keyring)
    }

    /// Adds all that decides what the index holds beside the tree's content.
    pub(super) fn digest(&self, digest: &mut Sha256) {
        let mut add = |bytes: &[u8]| {
            digest.update((bytes.len() as u64).to_le_bytes());
            digest.update(bytes);
        };
        for (name, bytes) in &self.keys {
            add(name.as_bytes());
            add(bytes);
        }
        add(self.archives.join(" ").as_bytes());
        add(&[u8::from(self.is_foreign)]);
        add(serde_json::to_string(&self.selection)
            .unwrap_or_default()
            .as_bytes());
    }
}

/// The packages of several trees, as far as they may come together.
#[derive(Debug, Default)]
pub(super) struct Together {
    records: Vec<Record>,
}

impl Together {
    /// Adds the packages of the next tree.
    pub fn add(&mut self, mut records: Vec<Record>, selection: &Selection) -> Result<(), String> {
        if self.records.is_empty() {
            self.records = records;
            return Ok(());
        }
        check_names(&records, selection)?;
        let known = Known::of(&self.records);
        let replaced: BTreeSet<&str> = selection.replace.iter().map(String::as_str).collect();
        let wanted: Option<BTreeSet<&str>> = selection
            .packages
            .as_ref()
            .map(|packages| packages.iter().map(String::as_str).collect());
        let mut held_back: BTreeMap<String, String> = BTreeMap::new();
        records.retain(|record| {
            let name = record.name.as_str();
            let is_wanted = wanted.as_ref().is_none_or(|wanted| wanted.contains(name));
            let may_come = replaced.contains(name) || (is_wanted && !known.has(name));
            if !may_come && is_wanted {
                held_back.insert(record.name.clone(), record.archive.clone());
            }
            may_come
        });
        for record in &mut records {
            record.provides = without(&record.provides, |name| {
                known.is_needed(name) && !replaced.contains(name)
            });
        }
        self.records
            .retain(|record| !replaced.contains(record.name.as_str()));
        for record in &mut self.records {
            if let Some(archive) = held_back.get(&record.name) {
                record.held_back.push(archive.clone());
            }
        }
        self.records.extend(records);
        Ok(())
    }

    pub fn into_records(self) -> Vec<Record> {
        self.records
    }
}

/// Whoever names a package that the archive has not has misspelt it, or believes in something that is not so.
fn check_names(records: &[Record], selection: &Selection) -> Result<(), String> {
    let there: BTreeSet<&str> = records.iter().map(|record| record.name.as_str()).collect();
    let named = selection.packages.iter().flatten().chain(&selection.replace);
    let absent: Vec<&str> = named
        .map(String::as_str)
        .filter(|name| !there.contains(name))
        .collect();
    if absent.is_empty() {
        return Ok(());
    }
    let archives: BTreeSet<&str> = records.iter().map(|record| record.archive.as_str()).collect();
    let archives: Vec<&str> = archives.into_iter().collect();
    Err(format!(
        "the archive {} has no package {}",
        archives.join(", "),
        absent.join(", ")
    ))
}

/// Names that mean something in the archives before.
struct Known {
    /// Real packages and what they provide.
    names: BTreeSet<String>,
    /// What packages depend on.
    needed: BTreeSet<String>,
}

impl Known {
    fn of(records: &[Record]) -> Self {
        let mut known = Self {
            names: BTreeSet::new(),
            needed: BTreeSet::new(),
        };
        for record in records {
            known.names.insert(record.name.clone());
            known.names.extend(names_of(&record.provides));
            for field in [&record.depends, &record.pre_depends] {
                known.needed.extend(names_of(field));
            }
        }
        known
    }

    fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    fn is_needed(&self, name: &str) -> bool {
        self.has(name) || self.needed.contains(name)
    }
}

/// The names in a relation. A field that makes no sense names nothing.
fn names_of(field: &str) -> impl Iterator<Item = String> {
    let groups = relation::parse(field).unwrap_or_default();
    groups.into_iter().flatten().map(|atom| atom.name)
}

/// A `Provides` field without the names that `is_refused`.
fn without(provides: &str, is_refused: impl Fn(&str) -> bool) -> String {
    let groups = relation::parse(provides).unwrap_or_default();
    let kept = groups
        .into_iter()
        .filter(|group| !group.iter().any(|atom| is_refused(&atom.name)));
    let kept: Vec<String> = kept.map(|group| relation::display(&group)).collect();
    kept.join(", ")
}
