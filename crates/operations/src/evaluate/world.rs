//! What the evaluator sees of the outside: the store, and nothing else unless evaluation is impure.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use builder::DerivedPath;
use nix_formats::{ContentAddress, Derivation, Hash, Method, StorePath, store_path};
use nix_lang::{FetchRequest, Fetched, Filter, PathImport, PathKind, World, WorldError};
use store::{FileKind, Store};

use super::derivations::Derivations;
use super::host::HostFunctions;
use super::paths::{Access, Paths, from_store};
use crate::{Event, Session};

/// The outside of one evaluation.
pub(crate) struct StoreWorld<'s> {
    session: &'s Session,
    store: &'s Store,
    pure: bool,
    pub(crate) paths: Paths<'s>,
    pub(crate) derivations: Arc<Derivations<'s>>,
    host: HostFunctions<'s>,
}

impl<'s> StoreWorld<'s> {
    pub(crate) fn new(
        session: &'s Session,
        store: &'s Store,
        access: Access,
        derivations: Arc<Derivations<'s>>,
        host: HostFunctions<'s>,
    ) -> Self {
        Self {
            session,
            store,
            pure: access == Access::Pure,
            paths: Paths::new(store, access),
            derivations,
            host,
        }
    }

    /// Adds a tree as far as the filter keeps it.
    fn add_tree(
        &self,
        import: &PathImport,
        place: &Path,
        filter: Option<Filter<'_>>,
    ) -> Result<StorePath, WorldError> {
        let Some(filter) = filter else {
            return Ok(self.store.add_source(place, &import.name, &mut store::keep_all)?);
        };
        let mut keep = |path: &Path, kind: FileKind| {
            let below = path.strip_prefix(place).unwrap_or(path);
            filter(
                &format!("{}/{}", import.path, below.to_string_lossy()),
                from_store(kind),
            )
        };
        Ok(self.store.add_source(place, &import.name, &mut keep)?)
    }

    /// The path that an import with a known hash has, if it is there.
    fn expected_path(&self, import: &PathImport) -> Result<Option<StorePath>, WorldError> {
        let Some(hash) = import.expected else {
            return Ok(None);
        };
        let method = if import.recursive {
            Method::Nar
        } else {
            Method::Flat
        };
        let path = content_path(&import.name, method, hash)?;
        self.store.add_temporary_root(&path)?;
        Ok(Some(path))
    }
}

/// The store path of content of that kind and hash.
pub(super) fn content_path(name: &str, method: Method, hash: Hash) -> Result<StorePath, WorldError> {
    let address = ContentAddress { method, hash };
    Ok(store_path::content_addressed_path(
        name,
        &address,
        &BTreeSet::new(),
    )?)
}

impl World for StoreWorld<'_> {
    fn interrupted(&self) -> &AtomicBool {
        self.session.cancelled()
    }

    fn read_file(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        self.session.check_cancelled()?;
        self.paths.read(path)
    }

    fn path_kind(&self, path: &str) -> Result<Option<PathKind>, WorldError> {
        let resolved = self.paths.resolve_parents(path)?;
        self.paths.kind(&resolved)
    }

    fn hides(&self, path: &str) -> bool {
        self.paths.hides(path)
    }

    fn why_missing(&self, path: &str) -> Option<WorldError> {
        Some(self.session.origins.untracked(path)?.into())
    }

    fn read_dir(&self, path: &str) -> Result<Vec<(String, PathKind)>, WorldError> {
        self.paths.entries(path)
    }

    fn resolve_links(&self, path: &str) -> Result<String, WorldError> {
        self.paths.resolve(path)
    }

    fn add_path(&self, import: &PathImport, filter: Option<Filter<'_>>) -> Result<StorePath, WorldError> {
        let expected = self.expected_path(import)?;
        if let Some(path) = &expected
            && self.store.is_valid(path)?
        {
            self.paths.allow(path);
            return Ok(path.clone());
        }
        let place = self.paths.physical(&self.paths.resolve_parents(&import.path)?)?;
        let path = match import.recursive {
            true => self.add_tree(import, &place, filter)?,
            false => {
                let content = self.paths.read(&import.path)?;
                self.store
                    .add_flat_file(&import.name, &content, Hash::sha256(&content))?
            }
        };
        if let Some(expected) = expected.filter(|expected| *expected != path) {
            let from = &import.path;
            let message =
                format!("path '{from}' has other content than its hash says: '{path}', not '{expected}'");
            return Err(message.into());
        }
        self.paths.allow(&path);
        Ok(path)
    }

    fn add_text(
        &self,
        name: &str,
        content: &[u8],
        references: &BTreeSet<StorePath>,
    ) -> Result<StorePath, WorldError> {
        let derivations = references.iter().filter(|path| path.is_derivation()).cloned();
        self.derivations.write(derivations)?;
        let path = self.store.add_text(name, content, references)?;
        self.paths.allow(&path);
        Ok(path)
    }

    fn add_derivation(&self, derivation: Derivation) -> Result<StorePath, WorldError> {
        self.derivations.add(derivation)
    }

    fn read_derivation(&self, path: &StorePath) -> Result<Arc<Derivation>, WorldError> {
        Ok(self.derivations.read(path)?)
    }

    fn references(&self, path: &StorePath) -> Result<BTreeSet<StorePath>, WorldError> {
        Ok(self.store.references(path)?)
    }

    fn realise(&self, wanted: &[(StorePath, String)]) -> Result<(), WorldError> {
        self.derivations
            .write(wanted.iter().map(|(derivation, _)| derivation.clone()))?;
        let wished = wanted.iter().map(|(derivation, output)| DerivedPath::Built {
            derivation: derivation.clone(),
            outputs: BTreeSet::from([output.clone()]),
        });
        let built = self.session.realise(&wished.collect::<Vec<_>>())?;
        for path in self.store.closure(&built)? {
            self.paths.allow(&path);
        }
        Ok(())
    }

    fn ensure_path(&self, path: &StorePath) -> Result<(), WorldError> {
        self.store.add_temporary_root(path)?;
        for member in self.store.closure([path])? {
            self.paths.allow(&member);
        }
        Ok(())
    }

    fn fetch(&self, request: &FetchRequest) -> Result<Fetched, WorldError> {
        let fetched = self.host.fetch(request, &self.paths)?;
        self.paths.allow(&fetched.path);
        Ok(fetched)
    }

    fn variable(&self, name: &str) -> Option<String> {
        if self.pure || self.paths.is_restricted() {
            None
        } else {
            self.session.settings().variable(name)
        }
    }

    fn current_time(&self) -> Option<i64> {
        if self.pure {
            None
        } else {
            i64::try_from(self.session.settings().now).ok()
        }
    }

    fn host_functions(&self) -> Vec<String> {
        HostFunctions::NAMES
            .iter()
            .map(|name| (*name).to_owned())
            .collect()
    }

    fn host_function(
        &self,
        name: &str,
        argument: serde_json::Value,
    ) -> Result<serde_json::Value, WorldError> {
        self.host.call(name, &argument, &self.paths)
    }

    fn trace(&self, text: &str) {
        self.session
            .tell(Event::Trace(self.session.with_readable_paths(text)));
    }

    fn warn(&self, text: &str) {
        self.session.warn(text);
    }
}
