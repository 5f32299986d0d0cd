//! Decides for each input whether its tree is there already and who fetches it otherwise.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use fetch::Fetcher;
use nix_formats::hash::{Hash, HashAlgorithm};
use nix_formats::{StorePath, store_path};
use store::Store;
use store::tree::Filter;

use super::{Base, DebianLock, Fetched, Notice, Registry, SourceTree, Sources};
use crate::{Error, Input};

/// The name of every source tree in the store.
const TREE_NAME: &str = "source";
/// The base is as old as any store path, whenever the program was compiled.
const BASE_LAST_MODIFIED: u64 = 1;

/// Fetches all kinds of input that hardpan knows.
pub struct StandardSources<'a> {
    /// Where trees go.
    pub store: &'a Store,
    /// The network.
    pub fetcher: &'a Fetcher,
    /// The embedded base.
    pub base: Base<'a>,
    /// Locks Debian suites.
    pub debian: &'a (dyn DebianLock + Sync),
    /// Short names.
    pub registry: Registry,
    /// Where clones and what is known of commits are kept.
    pub cache_folder: PathBuf,
    /// Told what happens.
    pub notify: &'a (dyn Fn(Notice) + Sync),
    /// What this process has fetched already.
    pub known: Mutex<BTreeMap<Input, Fetched>>,
}

impl Sources for StandardSources<'_> {
    fn fetch(&self, input: &Input) -> Result<Fetched, Error> {
        self.fetch_newer(input, None)
    }

    fn fetch_newer(&self, input: &Input, previous: Option<&Input>) -> Result<Fetched, Error> {
        let known = self.known.lock().map(|known| known.get(input).cloned());
        if let Ok(Some(fetched)) = known {
            return Ok(fetched);
        }
        let fetched = match self.locked_tree(input)? {
            Some(fetched) => fetched,
            None => self.fetch_anew(input, previous)?,
        };
        (self.notify)(Notice::Available {
            input: input.clone(),
            tree: fetched.tree.store_path.clone(),
        });
        if let Ok(mut known) = self.known.lock() {
            known.insert(input.clone(), fetched.clone());
        }
        Ok(fetched)
    }

    fn forget(&self, input: &Input) {
        if let Ok(mut known) = self.known.lock() {
            known.remove(input);
        }
    }
}

impl StandardSources<'_> {
    /// The tree of a locked input that is in the store.
    fn locked_tree(&self, input: &Input) -> Result<Option<Fetched>, Error> {
        let needs_date = !matches!(input.kind(), "hardpan" | "file");
        if needs_date && input.last_modified().is_none() {
            return Ok(None);
        }
        let Some(path) = expected_path(input)? else {
            return Ok(None);
        };
        let failed = |error| self.store_failed(input, error);
        self.store.add_temporary_root(&path).map_err(failed)?;
        let is_valid = self.store.is_valid(&path).map_err(failed)?;
        Ok(is_valid.then(|| Fetched {
            tree: self.tree_at(path),
            locked: input.clone(),
        }))
    }

    fn fetch_anew(&self, input: &Input, previous: Option<&Input>) -> Result<Fetched, Error> {
        let fetched = match input.kind() {
            "path" => self.fetch_path(input)?,
            "git" => self.fetch_git(input)?,
            "tarball" => self.fetch_tarball(input)?,
            "file" => self.fetch_file(input)?,
            "github" | "gitlab" | "sourcehut" => self.fetch_forge(input)?,
            "hardpan" => self.fetch_base(input)?,
            "debian" => self.fetch_debian(input, previous)?,
            "indirect" => return self.fetch(&self.registry.resolve(input)?),
            kind => {
                let reason = format!("hardpan does not know inputs of type '{kind}'");
                return Err(Error::Unsupported {
                    input: input.to_text(),
                    reason,
                });
            }
        };
        check_pins(input, &fetched.locked)?;
        Ok(fetched)
    }

    fn fetch_base(&self, input: &Input) -> Result<Fetched, Error> {
        let folder = self.scratch(input)?;
        let top = folder.path().join("base");
        for file in self.base.files {
            let path = top.join(file.path);
            let parent = path.parent().unwrap_or(&top);
            fs::create_dir_all(parent).map_err(Error::files("make the directory", parent))?;
            fs::write(&path, file.contents).map_err(Error::files("write", &path))?;
        }
        let mut locked = Input::from_attributes([("type", "hardpan")].into_iter().collect())?;
        locked.attributes_mut().set("lastModified", BASE_LAST_MODIFIED);
        let fetched = self.add(&top, &mut store::keep_all, locked)?;
        match input.nar_hash() {
            Some(expected) if fetched.locked.nar_hash() != Some(expected) => Err(Error::OtherBase {
                input: input.to_text(),
                own: self.base.version.to_owned(),
            }),
            _ => Ok(fetched),
        }
    }

    fn fetch_debian(&self, input: &Input, previous: Option<&Input>) -> Result<Fetched, Error> {
        let folder = self.scratch(input)?;
        let top = folder.path().join("debian");
        fs::create_dir(&top).map_err(Error::files("make the directory", &top))?;
        let result = match input.nar_hash() {
            Some(_) => self.debian.restore(input.attributes(), &top),
            None => self
                .debian
                .lock(input.attributes(), previous.map(Input::attributes), &top),
        };
        let operation = if input.nar_hash().is_some() {
            "fetch the locked"
        } else {
            "lock"
        };
        let provider = |source| Error::Provider {
            operation,
            thing: input.to_text(),
            source,
        };
        let result = result.map_err(provider)?;
        let mut locked = input.clone();
        for (name, value) in result.attributes.iter() {
            locked.attributes_mut().set(name, value.clone());
        }
        locked.attributes_mut().set("lastModified", result.last_modified);
        self.add(&top, &mut store::keep_all, locked)
    }

    /// A private folder on the store's file system.
    pub(super) fn scratch(&self, input: &Input) -> Result<store::StagingDirectory, Error> {
        self.store
            .staging_directory()
            .map_err(|error| self.store_failed(input, error))
    }

    /// Adds the tree at `folder` to the store and its hash to `locked`.
    pub(super) fn add(
        &self,
        folder: &Path,
        filter: &mut Filter<'_>,
        mut locked: Input,
    ) -> Result<Fetched, Error> {
        let added = self.store.add_source(folder, TREE_NAME, filter);
        let path = added.map_err(|error| self.store_failed(&locked, error))?;
        let info = self
            .store
            .require_info(&path)
            .map_err(|error| self.store_failed(&locked, error))?;
        locked.attributes_mut().set("narHash", info.nar_hash.to_sri());
        Ok(Fetched {
            tree: self.tree_at(path),
            locked,
        })
    }

    pub(super) fn tree_at(&self, store_path: StorePath) -> SourceTree {
        SourceTree {
            root: self.store.physical(&store_path),
            store_path,
        }
    }

    pub(super) fn store_failed(&self, input: &Input, source: store::StoreError) -> Error {
        Error::Provider {
            operation: "add to the store the input",
            thing: input.to_text(),
            source: source.into(),
        }
    }
}

/// The store path that a pinned tree has.
pub(super) fn expected_path(input: &Input) -> Result<Option<StorePath>, Error> {
    let Some(text) = input.nar_hash() else {
        return Ok(None);
    };
    let bad = |reason: String| Error::BadAttributes {
        attributes: input.attributes().to_json().to_string(),
        reason,
    };
    let hash = Hash::parse_any(text, Some(HashAlgorithm::Sha256)).map_err(|error| bad(error.to_string()))?;
    let path = store_path::source_path(TREE_NAME, &hash, &Default::default());
    path.map(Some).map_err(|error| bad(error.to_string()))
}

/// Compares what was pinned with what came.
fn check_pins(input: &Input, locked: &Input) -> Result<(), Error> {
    if let (Some(expected), Some(actual)) = (input.nar_hash(), locked.nar_hash())
        && Hash::parse_any(expected, Some(HashAlgorithm::Sha256)).ok()
            != Hash::parse_any(actual, Some(HashAlgorithm::Sha256)).ok()
    {
        return Err(Error::NarHashMismatch {
            input: input.to_text(),
            expected: expected.to_owned(),
            actual: actual.to_owned(),
        });
    }
    let mismatch = |attribute, expected: String, actual: String| {
        Err(Error::AttributeMismatch {
            attribute,
            input: input.to_text(),
            expected,
            actual,
        })
    };
    match (input.last_modified(), locked.last_modified()) {
        (Some(expected), Some(actual)) if expected != actual => {
            return mismatch("lastModified", expected.to_string(), actual.to_string());
        }
        _ => {}
    }
    match (input.text("rev"), locked.text("rev")) {
        (Some(expected), Some(actual)) if expected != actual => {
            mismatch("rev", expected.to_owned(), actual.to_owned())
        }
        _ => Ok(()),
    }
}
