//! What `nix-store --query` tells, in the order in which it tells it.

use std::collections::{BTreeMap, BTreeSet};

use nix_formats::StorePath;
use store::CollectOptions;

use super::derivation_of;
use crate::{Error, Session};

/// A question about one store path whose answer is some lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Query {
    /// The outputs of a derivation.
    Outputs,
    /// What it refers to.
    References,
    /// What refers to it.
    Referrers,
    /// What refers to it, directly or not.
    ReferrersClosure,
    /// The derivation that made it.
    Deriver,
    /// The derivations in the store that make it.
    ValidDerivers,
    /// The digest of its archive.
    Hash,
    /// The size of its archive.
    Size,
    /// What keeps it alive.
    Roots,
    /// A variable of its derivation.
    Binding(String),
    /// What it refers to, as a tree.
    Tree,
}

/// The lines of the answer.
pub fn query(session: &Session, path: &StorePath, query: &Query) -> Result<Vec<String>, Error> {
    let store = session.store()?;
    let lines = |paths: BTreeSet<StorePath>| paths.iter().map(ToString::to_string).collect();
    Ok(match query {
        Query::Outputs => outputs(session, path)?.iter().map(ToString::to_string).collect(),
        Query::References => lines(store.require_info(path)?.references),
        Query::Referrers => lines(store.referrers(path)?),
        Query::ReferrersClosure => {
            let ordered = postorder(session, &store.referrers_closure([path])?)?;
            ordered.iter().map(ToString::to_string).collect()
        }
        Query::Deriver => {
            let deriver = store.require_info(path)?.deriver;
            vec![deriver.map_or_else(|| "unknown-deriver".to_owned(), |path| path.to_string())]
        }
        Query::ValidDerivers => lines(store.derivers(path)?),
        Query::Hash => vec![store.require_info(path)?.nar_hash.to_prefixed_nix32()],
        Query::Size => vec![store.require_info(path)?.nar_size.to_string()],
        Query::Roots => roots_of(session, path)?,
        Query::Binding(name) => {
            let (derivation_path, derivation) = derivation_of(session, path)?;
            let value = derivation.env(name).ok_or_else(|| {
                let message =
                    format!("derivation '{derivation_path}' has no environment binding named '{name}'");
                Error::Usage(message)
            })?;
            vec![value.to_string()]
        }
        Query::Tree => {
            let mut tree = Tree {
                session,
                done: BTreeSet::new(),
                lines: Vec::new(),
            };
            tree.node(path, "", "")?;
            tree.lines
        }
    })
}

/// The outputs of a derivation, sorted; another path is its own.
pub fn outputs(session: &Session, path: &StorePath) -> Result<Vec<StorePath>, Error> {
    if !path.is_derivation() {
        return Ok(vec![path.clone()]);
    }
    let derivation = session.store()?.read_derivation(path)?;
    let outputs = derivation.outputs.into_values();
    let paths: BTreeSet<StorePath> = outputs.filter_map(|output| output.path).collect();
    Ok(paths.into_iter().collect())
}

/// `paths` and all that they refer to, each after what it refers to.
pub fn closure(session: &Session, paths: &[StorePath]) -> Result<Vec<StorePath>, Error> {
    postorder(session, &session.store()?.closure(paths)?)
}

/// The same with the valid outputs of derivations.
pub fn closure_with_outputs(session: &Session, paths: &[StorePath]) -> Result<Vec<StorePath>, Error> {
    let store = session.store()?;
    let mut all = store.closure(paths)?;
    loop {
        let mut more = BTreeSet::new();
        for path in all.iter().filter(|path| path.is_derivation()) {
            for output in outputs(session, path)? {
                if !all.contains(&output) && store.is_valid(&output)? {
                    more.insert(output);
                }
            }
        }
        if more.is_empty() {
            return postorder(session, &all);
        }
        all.extend(store.closure(&more)?);
    }
}

/// `paths` in an order in which each comes after what it refers to.
pub fn postorder(session: &Session, paths: &BTreeSet<StorePath>) -> Result<Vec<StorePath>, Error> {
    let store = session.store()?;
    let mut order = Vec::with_capacity(paths.len());
    let mut seen = BTreeSet::new();
    for start in paths {
        let mut pending = vec![(start.clone(), false)];
        while let Some((path, are_references_done)) = pending.pop() {
            if are_references_done {
                order.push(path);
                continue;
            }
            if !seen.insert(path.clone()) {
                continue;
            }
            let references = store.references(&path)?;
            pending.push((path, true));
            let below = references.into_iter().rev().filter(|path| paths.contains(path));
            pending.extend(below.map(|path| (path, false)));
        }
    }
    Ok(order)
}

/// What a collection would leave, and what it would remove.
pub fn living_and_dead(session: &Session) -> Result<(BTreeSet<StorePath>, BTreeSet<StorePath>), Error> {
    let store = session.store()?;
    let collected = store.collect_garbage(CollectOptions {
        dry_run: true,
        ..super::keeping::collect_options(session, false)
    })?;
    let dead: BTreeSet<StorePath> = collected.paths.into_iter().collect();
    let living = store.all_paths()?.difference(&dead).cloned().collect();
    Ok((living, dead))
}

fn roots_of(session: &Session, path: &StorePath) -> Result<Vec<String>, Error> {
    let store = session.store()?;
    let needing: BTreeSet<StorePath> = store.referrers_closure([path])?;
    let roots = store.roots()?;
    let keeping = roots.iter().filter(|root| needing.contains(&root.path));
    Ok(keeping
        .map(|root| format!("{} -> {}", root.link.display(), root.path))
        .collect())
}

struct Tree<'s> {
    session: &'s Session,
    done: BTreeSet<StorePath>,
    lines: Vec<String>,
}

impl Tree<'_> {
    fn node(&mut self, path: &StorePath, first: &str, further: &str) -> Result<(), Error> {
        if !self.done.insert(path.clone()) {
            self.lines.push(format!("{first}{path} [...]"));
            return Ok(());
        }
        self.lines.push(format!("{first}{path}"));
        let references = self.session.store()?.require_info(path)?.references;
        let below: BTreeSet<StorePath> = references.into_iter().filter(|below| below != path).collect();
        let sorted = postorder_within(self.session, &below)?;
        for (index, below) in sorted.iter().enumerate() {
            let (own, inside) = match index + 1 == sorted.len() {
                true => ("└───", "    "),
                false => ("├───", "│   "),
            };
            self.node(below, &format!("{further}{own}"), &format!("{further}{inside}"))?;
        }
        Ok(())
    }
}

/// A few paths so that what others of them need, directly or not, comes first.
fn postorder_within(session: &Session, paths: &BTreeSet<StorePath>) -> Result<Vec<StorePath>, Error> {
    if paths.len() < 2 {
        return Ok(paths.iter().cloned().collect());
    }
    let all = closure(session, &paths.iter().cloned().collect::<Vec<_>>())?;
    let place: BTreeMap<&StorePath, usize> = all
        .iter()
        .enumerate()
        .map(|(index, path)| (path, index))
        .collect();
    let mut sorted: Vec<StorePath> = paths.iter().cloned().collect();
    sorted.sort_by_key(|path| place.get(path).copied());
    Ok(sorted)
}
