//! What came out of a build, in numbers.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix_formats::{Derivation, StorePath};
use sandbox::folder::Folder;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::build::Built;
use crate::{Error, Session};

/// Builds root file systems.
const ROOT_BUILDER: &str = "builtin:hardpan-root-v2";
/// Describes a linked root, beside it.
const MANIFEST: &str = "manifest.json";

/// What is in an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// Root hash of the hash tree.
    pub root_hash: String,
    /// How many packages are in it.
    pub packages: usize,
    /// How many paths are in it.
    pub paths: usize,
}

/// The part of a root's manifest that is counted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest {
    root_hash: String,
    packages: Vec<IgnoredAny>,
    paths: Vec<IgnoredAny>,
}

/// How many bytes the files of what was built have.
pub fn size(built: &Built) -> Result<u64, Error> {
    built.places.values().map(|place| tree_size(place)).sum()
}

fn tree_size(path: &Path) -> Result<u64, Error> {
    let metadata = fs::symlink_metadata(path).map_err(Error::files("look at", path))?;
    if !metadata.is_dir() {
        return Ok(metadata.size());
    }
    let entries = fs::read_dir(path).map_err(Error::files("read the directory", path))?;
    let sizes =
        entries.map(|entry| tree_size(&entry.map_err(Error::files("read the directory", path))?.path()));
    sizes.sum()
}

/// What is in the image that was built; nothing if it is no image.
pub fn image_facts(session: &Session, built: &Built) -> Result<Option<ImageFacts>, Error> {
    let Some(path) = &built.derivation else {
        return Ok(None);
    };
    let Some(root) = root_derivation(session, path)? else {
        return Ok(None);
    };
    let Some(output) = root.output_path("out") else {
        return Ok(None);
    };
    let root = session.store()?.physical(output);
    let Ok(text) = Folder::open(&root).and_then(|root| root.read(Path::new(MANIFEST))) else {
        return Ok(None);
    };
    let manifest: Option<Manifest> = serde_json::from_slice(&text).ok();
    Ok(manifest.map(|manifest| ImageFacts {
        root_hash: manifest.root_hash,
        packages: manifest.packages.len(),
        paths: manifest.paths.len(),
    }))
}

/// The derivation of the root file system that a derivation makes or uses.
pub(crate) fn root_derivation(session: &Session, path: &StorePath) -> Result<Option<Derivation>, Error> {
    let store = session.store()?;
    let derivation = store.read_derivation(path)?;
    if derivation.builder == ROOT_BUILDER {
        return Ok(Some(derivation));
    }
    for input in derivation.input_derivations.keys() {
        let input = store.read_derivation(input)?;
        if input.builder == ROOT_BUILDER {
            return Ok(Some(input));
        }
    }
    Ok(None)
}
