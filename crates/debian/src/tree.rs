//! The tree that a locked Debian input is: `manifest.json`, signed `InRelease` files and package indexes.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::suite::folder_of;

/// Name of the file that describes the tree.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The only version of the manifest so far.
const MANIFEST_VERSION: u32 = 1;
/// Most bytes of the manifest; a suite takes a few hundred.
const MOST_MANIFEST_BYTES: u64 = 1 << 20;

/// What a Debian input consists of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Version of the manifest's format.
    pub version: u32,
    /// Debian's name of the architecture (`amd64`).
    pub architecture: String,
    /// The suites in order of precedence.
    pub suites: Vec<LockedSuite>,
}

/// One suite as it was locked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedSuite {
    /// Name of the archive (`debian`, `debian-security`).
    pub archive: String,
    /// The suite as it was asked for, which is also its folder below `dists`.
    pub suite: String,
    /// The release's code name.
    pub codename: String,
    /// Components that were locked.
    pub components: Vec<String>,
    /// When the release file was signed, in seconds since 1970.
    pub date: u64,
    /// SHA-256 of the `InRelease` file, or of the `Release` file.
    pub in_release: String,
    /// SHA-256 of the `Release.gpg` file, where the signatures stand in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Package indexes, of each component those of the architecture and of all architectures.
    pub indexes: Vec<LockedIndex>,
}

/// One package index of a suite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LockedIndex {
    /// Its component.
    pub component: String,
    /// Path below the tree.
    pub file: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Size of the file in bytes.
    pub size: u64,
}

/// Why a tree cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// A file is missing or unreadable.
    #[error("cannot read {} of the Debian input", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Cause.
        source: io::Error,
    },
    /// The manifest is not one that this version writes.
    #[error("{} of the Debian input cannot be used: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl Manifest {
    /// A manifest of the current version.
    pub fn new(architecture: &str, suites: Vec<LockedSuite>) -> Self {
        Self {
            version: MANIFEST_VERSION,
            architecture: architecture.to_owned(),
            suites,
        }
    }

    /// Reads the manifest of `tree`.
    pub fn read(tree: &Path) -> Result<Self, TreeError> {
        let path = tree.join(MANIFEST_FILE);
        let bytes = read_bounded(&path, MOST_MANIFEST_BYTES).map_err(|source| TreeError::Read {
            path: path.clone(),
            source,
        })?;
        Self::parse(&bytes).map_err(|reason| TreeError::Malformed { path, reason })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        let manifest: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if manifest.version != MANIFEST_VERSION {
            return Err(format!("its version is {}", manifest.version));
        }
        for suite in &manifest.suites {
            let places = suite.indexes.iter().map(|index| index.file.as_str());
            let folder = folder_of(&suite.suite);
            for place in places.chain([suite.archive.as_str(), &folder]) {
                if !is_inner(place) {
                    return Err(format!("{place:?} is not a path inside the tree"));
                }
            }
        }
        Ok(manifest)
    }

    /// The manifest as it is written: sorted by its structure, with a line end.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The newest date of its suites.
    pub fn last_modified(&self) -> u64 {
        self.suites.iter().map(|suite| suite.date).max().unwrap_or(0)
    }
}

impl LockedSuite {
    /// Path below the tree of the release file that was signed.
    pub fn release_file(&self) -> String {
        let name = match self.signature {
            Some(_) => "Release",
            None => "InRelease",
        };
        format!("{}/{name}", self.folder())
    }

    /// Path below the tree of the file with the signatures, where they stand in one.
    pub fn signature_file(&self) -> Option<String> {
        let folder = self.folder();
        self.signature.as_ref().map(|_| format!("{folder}/Release.gpg"))
    }

    fn folder(&self) -> String {
        format!("{}/{}", self.archive, folder_of(&self.suite))
    }
}

/// The content of a file of at most that many bytes.
pub(crate) fn read_bounded(path: &Path, most_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    fs::File::open(path)?
        .take(most_bytes + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most_bytes {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large"));
    }
    Ok(bytes)
}

/// Whether a path stays below the folder it is relative to.
pub(crate) fn is_inner(path: &str) -> bool {
    let mut components = Path::new(path).components().peekable();
    components.peek().is_some() && components.all(|component| matches!(component, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_tree_are_refused() {
        for (path, inner) in [
            ("a/b", true),
            ("", false),
            ("../a", false),
            ("/a", false),
            ("a/../b", false),
        ] {
            assert_eq!(is_inner(path), inner, "{path:?}");
        }
        let manifest = r#"{"version":1,"architecture":"amd64","suites":[{"archive":"..","suite":"x",
            "codename":"x","components":[],"date":1,"inRelease":"","indexes":[]}]}"#;
        let error = Manifest::parse(manifest.as_bytes()).expect_err("the archive climbs");
        assert!(error.contains("inside the tree"), "{error}");
        assert!(Manifest::parse(b"{}").is_err());
        let other = br#"{"version":2,"architecture":"amd64","suites":[]}"#;
        assert!(Manifest::parse(other).is_err());
    }
}
