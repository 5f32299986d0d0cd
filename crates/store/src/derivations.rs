//! Checks that derivations make only their own outputs: the path of each follows from the derivation.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix_formats::derivation::DerivationError;
use nix_formats::{Derivation, Hash, StorePath};

use crate::Store;
use crate::error::StoreError;

/// The hashes that stand for derivations where others take them in. What a path stands for never changes.
#[derive(Debug, Default)]
pub(crate) struct DerivationHashes {
    known: Mutex<HashMap<StorePath, Hash>>,
}

/// Gives derivations that are at hand without being read from the store.
pub type AtHand<'a> = dyn Fn(&StorePath) -> Option<Arc<Derivation>> + 'a;

impl DerivationHashes {
    fn lock(&self) -> MutexGuard<'_, HashMap<StorePath, Hash>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn get(&self, path: &StorePath) -> Option<Hash> {
        self.lock().get(path).copied()
    }
}

impl Store {
    /// Fails unless the outputs of `derivation` have the paths that follow from it. Its inputs are taken from `at_hand`,
    /// where they are, else from the store.
    ///
    /// # Errors
    /// If a path is another one, or an input cannot be read.
    pub fn check_derivation(&self, derivation: &Derivation, at_hand: &AtHand<'_>) -> Result<(), StoreError> {
        if derivation.fixed_output().is_none() {
            for input in derivation.input_derivations.keys() {
                self.find_derivation_hash(input, at_hand)?;
            }
        }
        let hashes = &self.inner.derivation_hashes;
        Ok(derivation.check_output_paths(&mut |input| hashes.get(input))?)
    }

    /// Computes the hash of the derivation at `start`, and before it those of what it needs.
    fn find_derivation_hash(&self, start: &StorePath, at_hand: &AtHand<'_>) -> Result<(), StoreError> {
        let hashes = &self.inner.derivation_hashes;
        let mut read: BTreeMap<StorePath, Arc<Derivation>> = BTreeMap::new();
        let mut open = BTreeSet::new();
        let mut pending = vec![start.clone()];
        while let Some(path) = pending.last().cloned() {
            if hashes.get(&path).is_some() {
                pending.pop();
                continue;
            }
            let derivation = match read.get(&path) {
                Some(derivation) => Arc::clone(derivation),
                None => at_hand(&path).map_or_else(|| self.read_derivation(&path).map(Arc::new), Ok)?,
            };
            let inputs = derivation.input_derivations.keys();
            let unknown: Vec<StorePath> = match derivation.fixed_output() {
                Some(_) => Vec::new(),
                None => inputs
                    .filter(|input| hashes.get(input).is_none())
                    .cloned()
                    .collect(),
            };
            if unknown.is_empty() {
                let hash = derivation.hash_modulo(&mut |input| hashes.get(input))?;
                hashes.lock().insert(path, hash);
                pending.pop();
            } else if open.insert(path.clone()) {
                read.insert(path, derivation);
                pending.extend(unknown);
            } else {
                // Only a circle leads back to what waits for its own inputs.
                let (name, input) = (derivation.name.clone(), unknown[0].clone());
                return Err(DerivationError::UnknownInput { name, input }.into());
            }
        }
        Ok(())
    }
}
