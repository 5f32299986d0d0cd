//! Compares what lies on disk with what the database says about it.

use std::fs;
use std::io::ErrorKind;

use nix_formats::{ContentAddress, Hash, HashAlgorithm, Method, StorePath, store_path};

use crate::error::StoreError;
use crate::hashing::{content_hash, nar_hash};
use crate::{PathInfo, Store};

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
    /// Its name says that it has another content than it has.
    Misnamed {
        /// What its content address says.
        address: ContentAddress,
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
            Ok((actual, _)) if actual == info.nar_hash => self.misnamed(&info),
            Ok((actual, _)) => Some(Damage::Modified {
                expected: info.nar_hash,
                actual,
            }),
            Err(error) => Some(Damage::Unreadable {
                reason: error.to_string(),
            }),
        })
    }

    /// What is wrong with the content address of a path whose archive is as recorded. Of content that has its own name
    /// in it only signatures can tell.
    fn misnamed(&self, info: &PathInfo) -> Option<Damage> {
        let address = info.content_address?;
        if info.references.contains(&info.path) {
            return None;
        }
        let algorithm = address.hash.algorithm();
        let actual = match (address.method, algorithm) {
            (Method::Nar, HashAlgorithm::Sha256) => Ok(info.nar_hash),
            (method, _) => content_hash(&self.physical(&info.path), method, algorithm),
        };
        let named = store_path::content_addressed_path(info.path.name(), &address, &info.references);
        match actual {
            Ok(actual) if actual == address.hash && named.as_ref() == Ok(&info.path) => None,
            Ok(_) => Some(Damage::Misnamed { address }),
            Err(error) => Some(Damage::Unreadable {
                reason: error.to_string(),
            }),
        }
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
