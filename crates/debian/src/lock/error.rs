//! Why suites cannot be locked or fetched again.

use std::io;
use std::path::PathBuf;

use super::ReleaseError;
use crate::date;
use crate::signature::SignatureError;

/// An error while suites are locked or fetched.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// What was asked for cannot be.
    #[error("cannot lock: {reason}")]
    BadRequest {
        /// What is wrong.
        reason: String,
    },
    /// No mirror gave a release file that can be locked.
    #[error("cannot lock suite {suite} of archive {archive}:{}", describe(.failures))]
    NoRelease {
        /// Name of the archive.
        archive: String,
        /// The suite.
        suite: String,
        /// What was wrong with each mirror.
        failures: Vec<MirrorFailure>,
    },
    /// A locked release file has no good signature.
    #[error("the signature of the locked release file {file} does not hold: {source}")]
    Signature {
        /// Path below the tree.
        file: String,
        /// Cause.
        source: SignatureError,
    },
    /// A locked tree is not what its signed release files vouch for.
    #[error("the locked tree is not what its signed release files say: {reason}")]
    Forged {
        /// What differs.
        reason: String,
    },
    /// The release file names no such index, or cannot be understood.
    #[error("cannot use suite {suite} of archive {archive}")]
    Release {
        /// Name of the archive.
        archive: String,
        /// The suite.
        suite: String,
        /// Cause.
        source: Box<ReleaseError>,
    },
    /// A package index could not be fetched.
    #[error("cannot fetch the package index {file}")]
    Index {
        /// Path below the tree.
        file: String,
        /// Cause.
        source: Box<fetch::Error>,
    },
    /// A locked file is nowhere to be found any more.
    #[error(
        "the locked file {file} of {} is not to be had any more\n{source}\n\
         ways out: lock anew (hardpan flake update), copy the locked input from a machine or binary cache that has \
         it, or name a mirror that keeps past states",
        date::display(*.date)
    )]
    Gone {
        /// Path below the tree.
        file: String,
        /// Date of the suite.
        date: u64,
        /// What each place said.
        source: Box<fetch::Error>,
    },
    /// A file cannot be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// A file that was just written cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
}

/// What was wrong with one mirror.
#[derive(Debug)]
pub struct MirrorFailure {
    /// Address of the release file.
    pub url: String,
    /// Why it cannot be used.
    pub problem: MirrorProblem,
}

/// Why the release file of a mirror cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MirrorProblem {
    /// It could not be fetched.
    #[error(transparent)]
    Fetch(#[from] Box<fetch::Error>),
    /// Its signature is not good.
    #[error("the signature of the release file does not hold: {0}")]
    Signature(#[from] SignatureError),
    /// There is a release file without any signature.
    #[error("the release file is not signed: there is neither an InRelease nor a Release.gpg")]
    Unsigned,
    /// It is not to be locked.
    #[error(transparent)]
    Release(#[from] ReleaseError),
}

fn describe(failures: &[MirrorFailure]) -> String {
    if failures.is_empty() {
        return " no mirror is known for it".to_owned();
    }
    let line = |failure: &MirrorFailure| match &failure.problem {
        // It names the address itself.
        MirrorProblem::Fetch(error) => format!("\n  {error}"),
        problem => format!("\n  {}: {problem}", failure.url),
    };
    failures.iter().map(line).collect()
}
