//! Derivations that evaluation made, kept in memory until something is to be built.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix_formats::{ContentAddress, Derivation, Hash, Method, StorePath, nar};
use nix_lang::WorldError;
use store::{Registration, Store, StoreError};

/// The derivations of one evaluation.
pub(crate) struct Derivations<'s> {
    store: &'s Store,
    known: Mutex<HashMap<StorePath, Arc<Derivation>>>,
}

impl<'s> Derivations<'s> {
    pub(crate) fn new(store: &'s Store) -> Self {
        Self {
            store,
            known: Mutex::default(),
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<StorePath, Arc<Derivation>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a derivation; gives the path that its file will have.
    pub(crate) fn add(&self, derivation: Derivation) -> Result<StorePath, WorldError> {
        let path = derivation.path()?;
        self.known().insert(path.clone(), Arc::new(derivation));
        Ok(path)
    }

    /// The derivation at `path`, noted or in the store.
    pub(crate) fn read(&self, path: &StorePath) -> Result<Arc<Derivation>, StoreError> {
        let known = self.known().get(path).cloned();
        if let Some(derivation) = known {
            return Ok(derivation);
        }
        self.store.add_temporary_root(path)?;
        self.store.require_info(path)?;
        let derivation = Arc::new(self.store.read_derivation(path)?);
        self.known().insert(path.clone(), Arc::clone(&derivation));
        Ok(derivation)
    }

    /// Writes `wanted` and what they need into the store, in one transaction. A derivation that is there already has
    /// all that it needs there.
    pub(crate) fn write(&self, wanted: impl IntoIterator<Item = StorePath>) -> Result<(), StoreError> {
        let missing = self.missing(wanted.into_iter().collect())?;
        if missing.is_empty() {
            return Ok(());
        }
        let folder = self.store.staging_directory()?;
        let mut staged = Vec::with_capacity(missing.len());
        for (path, derivation) in missing {
            let text = derivation.to_aterm();
            let file = folder.path().join(path.base_name());
            let failed = |source| StoreError::File {
                action: "write",
                path: file.clone(),
                source,
            };
            std::fs::write(&file, &text).map_err(failed)?;
            let registration = Registration {
                references: derivation.references(),
                content_address: Some(ContentAddress {
                    method: Method::Text,
                    hash: Hash::sha256(&text),
                }),
                nar: Some(archive_of(&text).map_err(failed)?),
                ..Registration::default()
            };
            staged.push((self.store.stage_existing(&path, file), registration));
        }
        let at_hand = |path: &StorePath| self.known().get(path).cloned();
        self.store.register_all_with(staged, &at_hand)?;
        Ok(())
    }

    /// Writes everything that was noted.
    pub(crate) fn write_all(&self) -> Result<(), StoreError> {
        let known: Vec<StorePath> = self.known().keys().cloned().collect();
        self.write(known)
    }

    fn missing(
        &self,
        mut pending: Vec<StorePath>,
    ) -> Result<BTreeMap<StorePath, Arc<Derivation>>, StoreError> {
        let mut missing = BTreeMap::new();
        let mut seen = BTreeSet::new();
        while let Some(path) = pending.pop() {
            if !seen.insert(path.clone()) {
                continue;
            }
            self.store.add_temporary_root(&path)?;
            if self.store.is_valid(&path)? {
                continue;
            }
            let derivation = self.read(&path)?;
            pending.extend(derivation.input_derivations.keys().cloned());
            missing.insert(path, derivation);
        }
        Ok(missing)
    }

    /// The derivations whose outputs may be reached at run time from the outputs of `starts`, themselves included.
    ///
    /// What an output will refer to is known only when it is built, so this is what it could: not what a derivation
    /// only builds with, and nothing below a fixed output, which refers to nothing.
    pub(crate) fn runtime_closure(&self, starts: Vec<StorePath>) -> Result<BTreeSet<StorePath>, StoreError> {
        let mut pending = starts;
        let mut closure = BTreeSet::new();
        while let Some(path) = pending.pop() {
            if closure.contains(&path) {
                continue;
            }
            pending.extend(self.carried_inputs(&*self.read(&path)?)?);
            closure.insert(path);
        }
        Ok(closure)
    }

    /// The inputs that the outputs of `derivation` may refer to.
    fn carried_inputs(&self, derivation: &Derivation) -> Result<Vec<StorePath>, StoreError> {
        if derivation.outputs.values().any(|output| output.fixed.is_some()) {
            return Ok(Vec::new());
        }
        let texts = carried_texts(derivation);
        let mut carried = Vec::new();
        for (path, wanted) in &derivation.input_derivations {
            let input = self.read(path)?;
            let is_carried = wanted.iter().any(|name| {
                let output = input.outputs.get(name).and_then(|output| output.path.as_ref());
                // Where an output's place is not known beforehand, it cannot be told.
                output.is_none_or(|output| texts.iter().any(|text| text.contains(output.hash_part())))
            });
            if is_carried {
                carried.push(path.clone());
            }
        }
        Ok(carried)
    }
}

/// What a generic derivation says of how it is built: roots of Debian packages, programs that only the build runs.
const BUILD_ONLY: [&str; 4] = [
    "__hardpanSysroot",
    "hardpanInputs",
    "nativeBuildInputs",
    "depsBuildBuild",
];

/// The texts of a derivation out of which paths can come into its outputs.
fn carried_texts(derivation: &Derivation) -> Vec<Cow<'_, str>> {
    let arguments = derivation
        .arguments
        .iter()
        .map(|text| String::from_utf8_lossy(text));
    let environment = derivation.environment.iter();
    let environment = environment.map(|(name, value)| (String::from_utf8_lossy(name), value));
    let carried = environment.filter(|(name, _)| !BUILD_ONLY.contains(&&**name));
    let values = carried.map(|(name, value)| match &*name {
        "__json" => without_build_only(String::from_utf8_lossy(value)),
        _ => String::from_utf8_lossy(value),
    });
    arguments.chain(values).collect()
}

/// Structured attributes without those that only tell how to build.
fn without_build_only(json: Cow<'_, str>) -> Cow<'_, str> {
    let Ok(mut attributes) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&json) else {
        return json;
    };
    attributes.retain(|name, _| !BUILD_ONLY.contains(&name.as_str()));
    Cow::Owned(serde_json::Value::Object(attributes).to_string())
}

fn archive_of(text: &[u8]) -> std::io::Result<(Hash, u64)> {
    let mut writer = nar::Writer::new(Vec::with_capacity(text.len() + 256))?;
    writer.regular_bytes(false, text)?;
    let archive = writer.finish()?;
    Ok((Hash::sha256(&archive), archive.len() as u64))
}
