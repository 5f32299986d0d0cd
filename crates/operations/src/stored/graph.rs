//! Finds out why one store path needs another.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use nix_formats::StorePath;

use crate::{Error, Session};

/// A shortest chain of references from `from` to `to`, both included.
pub fn why_depends(session: &Session, from: &StorePath, to: &StorePath) -> Result<Vec<StorePath>, Error> {
    let store = session.store()?;
    let mut came_from: BTreeMap<StorePath, StorePath> = BTreeMap::new();
    let mut pending = VecDeque::from([from.clone()]);
    while let Some(path) = pending.pop_front() {
        if path == *to {
            return Ok(chain(from, path, &came_from));
        }
        for reference in store.references(&path)? {
            if reference != *from && !came_from.contains_key(&reference) {
                came_from.insert(reference.clone(), path.clone());
                pending.push_back(reference);
            }
        }
    }
    Err(Error::NoDependency {
        from: from.clone(),
        to: to.clone(),
    })
}

/// The nearest path that `from` refers to, directly or not, and that is called `name`: the whole name, or the part
/// before a version.
pub fn find_below(session: &Session, from: &StorePath, name: &str) -> Result<Option<StorePath>, Error> {
    if name.starts_with('.') || name.contains(['/', '#', ':']) {
        return Ok(None);
    }
    let store = session.store()?;
    let mut seen = BTreeSet::from([from.clone()]);
    let mut pending = VecDeque::from([from.clone()]);
    while let Some(path) = pending.pop_front() {
        if is_called(path.name(), name) {
            return Ok(Some(path));
        }
        let references = store.references(&path)?;
        pending.extend(
            references
                .into_iter()
                .filter(|reference| seen.insert(reference.clone())),
        );
    }
    Ok(None)
}

/// The names of all that `from` refers to, directly or not.
pub fn names_below(session: &Session, from: &StorePath) -> Result<BTreeSet<String>, Error> {
    let store = session.store()?;
    let mut seen = BTreeSet::from([from.clone()]);
    let mut pending = vec![from.clone()];
    while let Some(path) = pending.pop() {
        let references = store.references(&path)?.into_iter();
        pending.extend(references.filter(|reference| seen.insert(reference.clone())));
    }
    Ok(seen.iter().map(|path| path.name().to_owned()).collect())
}

/// The names that look like one that is not there.
pub fn nearest(name: &str, known: &BTreeSet<String>) -> Vec<String> {
    debian::index::nearest(name, known.iter().map(String::as_str))
}

fn is_called(whole: &str, name: &str) -> bool {
    let Some(rest) = whole.trim_end_matches(".drv").strip_prefix(name) else {
        return false;
    };
    let mut rest = rest.chars();
    match (rest.next(), rest.next()) {
        (None, _) | (Some('_'), _) => true,
        (Some('-'), Some(digit)) => digit.is_ascii_digit(),
        _ => false,
    }
}

fn chain(from: &StorePath, to: StorePath, came_from: &BTreeMap<StorePath, StorePath>) -> Vec<StorePath> {
    let mut chain = vec![to];
    while let Some(before) = chain
        .last()
        .filter(|path| *path != from)
        .and_then(|path| came_from.get(path))
    {
        chain.push(before.clone());
    }
    chain.reverse();
    chain
}

#[cfg(test)]
mod tests {
    use super::is_called;

    #[test]
    fn a_name_is_the_whole_or_what_stands_before_the_version() {
        let table = [
            ("openssh-server_10.0_amd64.deb.drv", "openssh-server", true),
            ("openssh-server_10.0_amd64.deb.drv", "openssh", false),
            ("helm-4.1.4", "helm", true),
            ("helm", "helm", true),
            ("helmet-1", "helm", false),
        ];
        for (whole, name, expected) in table {
            assert_eq!(is_called(whole, name), expected, "{whole} {name}");
        }
    }
}
