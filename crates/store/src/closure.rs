//! Follows references.

use std::collections::BTreeSet;

use nix_formats::StorePath;

use crate::Store;
use crate::error::StoreError;

impl Store {
    /// `starts` and everything that they refer to, directly or not. All of `starts` must be valid.
    pub fn closure<'a>(
        &self,
        starts: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<BTreeSet<StorePath>, StoreError> {
        let starts: Vec<StorePath> = starts.into_iter().cloned().collect();
        for start in &starts {
            if !self.is_valid(start)? {
                return Err(StoreError::NotValid(start.clone()));
            }
        }
        reach(starts, |path| self.references(path))
    }

    /// `starts` and everything that refers to them, directly or not.
    pub fn referrers_closure<'a>(
        &self,
        starts: impl IntoIterator<Item = &'a StorePath>,
    ) -> Result<BTreeSet<StorePath>, StoreError> {
        reach(starts.into_iter().cloned().collect(), |path| self.referrers(path))
    }
}

/// Everything that can be reached from `pending` by `next`.
pub(crate) fn reach(
    mut pending: Vec<StorePath>,
    mut next: impl FnMut(&StorePath) -> Result<BTreeSet<StorePath>, StoreError>,
) -> Result<BTreeSet<StorePath>, StoreError> {
    let mut reached = BTreeSet::new();
    while let Some(path) = pending.pop() {
        if reached.contains(&path) {
            continue;
        }
        pending.extend(next(&path)?);
        reached.insert(path);
    }
    Ok(reached)
}
