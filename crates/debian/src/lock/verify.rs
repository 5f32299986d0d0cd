//! Checks that a tree holds what signed release files vouch for, wherever it comes from.

use std::path::Path;

use nix_formats::Hash;

use super::LockError;
use super::release::{IndexFile, Release};
use super::signed::SignedRelease;
use crate::signature::{Keyring, Moment};
use crate::suite::{Suite, is_suite};
use crate::tree::{LockedSuite, Manifest, read_bounded};

/// Most bytes of one package index as it is published; Debian's largest has about 60 MB when not compressed.
pub(crate) const MOST_INDEX_BYTES: u64 = 2 << 30;

/// Whether every suite of the tree at `tree` belongs to one of `archives`, is signed by a key of `keyring`, and has no
/// package index but those that its release file names.
pub fn verify_tree(
    tree: &Path,
    manifest: &Manifest,
    archives: &[String],
    keyring: &Keyring,
) -> Result<(), LockError> {
    if manifest.suites.is_empty() {
        return Err(forged("it has no suite".to_owned()));
    }
    for suite in &manifest.suites {
        if !archives.contains(&suite.archive) {
            let reason = format!(
                "it has a suite of the archive {}, and not of {}",
                suite.archive,
                archives.join(" or ")
            );
            return Err(forged(reason));
        }
        if !is_suite(&suite.suite) {
            return Err(forged(format!("{:?} is not the name of a suite", suite.suite)));
        }
        verify_suite(tree, suite, &manifest.architecture, keyring)?;
    }
    Ok(())
}

fn verify_suite(
    tree: &Path,
    suite: &LockedSuite,
    architecture: &str,
    keyring: &Keyring,
) -> Result<(), LockError> {
    let files = SignedRelease::read(tree, suite)?;
    let unusable = |source| LockError::Release {
        archive: suite.archive.clone(),
        suite: suite.suite.clone(),
        source: Box::new(source),
    };
    let signed = files
        .verify(keyring, Moment::WhenSigned)
        .map_err(|source| LockError::Signature {
            file: suite.release_file(),
            source,
        })?;
    let release = Release::parse(&signed.text).map_err(unusable)?;
    release.check_name(&suite.suite).map_err(unusable)?;
    if (release.date, &release.codename) != (suite.date, &suite.codename) {
        return Err(forged(format!(
            "suite {} has another date or code name",
            suite.suite
        )));
    }
    let wanted = Suite {
        name: suite.suite.clone(),
        components: suite.components.clone(),
    };
    let wanted = release.indexes(&wanted, architecture).map_err(unusable)?;
    if wanted.len() != suite.indexes.len() {
        return Err(forged(format!(
            "suite {} has not the indexes that belong to it",
            suite.suite
        )));
    }
    for (index, wanted) in suite.indexes.iter().zip(&wanted) {
        let path = tree.join(&index.file);
        let bytes =
            read_bounded(&path, MOST_INDEX_BYTES).map_err(|source| LockError::Read { path, source })?;
        let digest = Hash::sha256(&bytes).to_base16();
        let is_own = |form: &&IndexFile| form.sha256 == digest && form.size == bytes.len() as u64;
        if index.component != wanted.component || !wanted.files.iter().any(is_own) {
            return Err(forged(format!(
                "{} is not the index that its release names",
                index.file
            )));
        }
    }
    Ok(())
}

fn forged(reason: String) -> LockError {
    LockError::Forged { reason }
}
