//! Compares what lies on disk with what the database says about it.

use std::fs;
use std::io::ErrorKind;

use nix_formats::{Hash, StorePath};

use crate::Store;
use crate::error::StoreError;
use crate::hashing::nar_hash;

/// What is wrong with a valid path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It is not on disk.
    Missing,
    /// Its content has another digest than recorded.
    Modified {
        /// The digest recorded.
        expected: Hash,
        /// The digest found.
        actual: Hash,
    },
    /// It cannot be read, or holds what no store path may.
    Unreadable {
        /// Why.
        reason: String,
    },
}

impl Store {
    /// Checks one valid path; nothing means that it is whole.
    pub fn verify_path(&self, path: &StorePath) -> Result<Option<Damage>, StoreError> {
        let info = self.require_info(path)?;
        let place = self.physical(path);
        if let Err(error) = fs::symlink_metadata(&place)
            && error.kind() == ErrorKind::NotFound
        {
            return Ok(Some(Damage::Missing));
        }
        Ok(match nar_hash(&place) {
            Ok((actual, _)) if actual == info.nar_hash => None,
            Ok((actual, _)) => Some(Damage::Modified {
                expected: info.nar_hash,
                actual,
            }),
            Err(error) => Some(Damage::Unreadable {
                reason: error.to_string(),
            }),
        })
    }

    /// Checks every valid path; `progress` is called before each with its number from zero and the number of all.
    pub fn verify(
        &self,
        progress: &mut dyn FnMut(usize, usize, &StorePath),
    ) -> Result<Vec<(StorePath, Damage)>, StoreError> {
        let paths = self.all_paths()?;
        let mut damaged = Vec::new();
        for (number, path) in paths.iter().enumerate() {
            progress(number, paths.len(), path);
            if let Some(damage) = self.verify_path(path)? {
                damaged.push((path.clone(), damage));
            }
        }
        Ok(damaged)
    }
}
