//! Takes `path:` inputs into the store.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use nix_formats::StorePath;
use store::Store;

use super::{Fetched, StandardSources};
use crate::{Error, Input};

const MAXIMUM_DEPTH: usize = 256;

impl StandardSources<'_> {
    pub(super) fn fetch_path(&self, input: &Input) -> Result<Fetched, Error> {
        let written = input.text("path").unwrap_or_default();
        if input.is_relative() {
            let reason = "a relative path has a meaning only inside a flake".to_owned();
            return Err(Error::Unsupported {
                input: input.to_text(),
                reason,
            });
        }
        let folder = self.physical(written);
        let metadata = fs::symlink_metadata(&folder).map_err(Error::files("read the input", &folder))?;
        let own = OwnStore::below(&folder, self.store);
        let mut locked = input.clone();
        if input.last_modified().is_none() {
            let newest = newest_change(&folder, &metadata, &own, 0)?;
            locked.attributes_mut().set("lastModified", newest);
        }
        self.add(&folder, &mut |path, _| Ok(!own.contains(path)), locked)
    }

    /// A path in the logical store lies elsewhere on disk.
    fn physical(&self, written: &str) -> PathBuf {
        match StorePath::parse_inside(written) {
            Ok((path, rest)) if self.store.is_valid(&path).unwrap_or(false) => {
                let root = self.store.physical(&path);
                if rest.is_empty() {
                    root
                } else {
                    root.join(rest.trim_start_matches('/'))
                }
            }
            _ => match Path::new(written).canonicalize() {
                // The tree of a folder that a link leads to is the folder's.
                Ok(real) if real.is_dir() => real,
                _ => PathBuf::from(written),
            },
        }
    }
}

/// The folders of the store itself where it lies in an input's own folder: no part of the input, which would else
/// be another one after each build.
struct OwnStore(Vec<PathBuf>);

impl OwnStore {
    fn below(folder: &Path, store: &Store) -> Self {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let folders = ["nix/store", "nix/var"].map(|name| store.root().join(name));
        let inside = folders.iter().filter_map(|own| own.strip_prefix(&real).ok());
        Self(inside.map(|own| folder.join(own)).collect())
    }

    fn contains(&self, path: &Path) -> bool {
        self.0.iter().any(|own| own == path)
    }
}

/// The newest modification time in the tree, in seconds since 1970.
fn newest_change(path: &Path, metadata: &fs::Metadata, own: &OwnStore, depth: usize) -> Result<u64, Error> {
    let mut newest = u64::try_from(metadata.mtime()).unwrap_or(0);
    if !metadata.is_dir() || depth > MAXIMUM_DEPTH {
        return Ok(newest);
    }
    for entry in fs::read_dir(path).map_err(Error::files("read the directory", path))? {
        let entry = entry.map_err(Error::files("read the directory", path))?;
        let child = entry.path();
        if own.contains(&child) {
            continue;
        }
        let metadata = fs::symlink_metadata(&child).map_err(Error::files("look at", &child))?;
        newest = newest.max(newest_change(&child, &metadata, own, depth + 1)?);
    }
    Ok(newest)
}
