//! A world for tests: the machine's files, and a store that only knows what paths would be.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::{Arc, Mutex};

use nix_formats::nar::Writer;
use nix_formats::{Derivation, Hash, Method, StorePath, store_path};
use nix_lang::{FetchRequest, Fetched, Filter, PathImport, PathKind, World, WorldError};

/// The machine's files and an imagined store.
#[derive(Default)]
pub(crate) struct Files {
    derivations: Mutex<BTreeMap<StorePath, Arc<Derivation>>>,
    /// What text files refer to.
    references: Mutex<BTreeMap<StorePath, BTreeSet<StorePath>>>,
}

fn refused<T>(what: &str) -> Result<T, WorldError> {
    Err(format!("{what} is not for tests").into())
}

fn kind(file_type: fs::FileType) -> PathKind {
    match file_type {
        _ if file_type.is_dir() => PathKind::Directory,
        _ if file_type.is_symlink() => PathKind::Symlink,
        _ if file_type.is_file() => PathKind::Regular,
        _ => PathKind::Other,
    }
}

fn entries(path: &str) -> Result<Vec<(String, PathKind)>, WorldError> {
    let failed = |error: io::Error| WorldError::from(format!("reading directory '{path}': {error}"));
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        entries.push((
            entry.file_name().to_string_lossy().into_owned(),
            kind(entry.file_type().map_err(failed)?),
        ));
    }
    entries.sort();
    Ok(entries)
}

/// Writes what lies at `path` as an archive.
fn archive(
    writer: &mut Writer<Vec<u8>>,
    path: &str,
    filter: &mut Option<Filter<'_>>,
) -> Result<(), WorldError> {
    let metadata = fs::symlink_metadata(path)?;
    match kind(metadata.file_type()) {
        PathKind::Directory => {
            writer.open_directory()?;
            for (name, kind) in entries(path)? {
                let inner = format!("{path}/{name}");
                let kept = match filter {
                    Some(filter) => filter(&inner, kind)?,
                    None => true,
                };
                if kept {
                    writer.entry(name.as_bytes())?;
                    archive(writer, &inner, filter)?;
                }
            }
            writer.close_directory()?;
        }
        PathKind::Symlink => writer.symlink(fs::read_link(path)?.as_os_str().as_encoded_bytes())?,
        _ => writer.regular_bytes(metadata.permissions().mode() & 0o100 != 0, &fs::read(path)?)?,
    }
    Ok(())
}

impl World for Files {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        fs::read(path).map_err(|error| format!("opening file '{path}': {error}").into())
    }

    fn path_kind(&self, path: &str) -> Result<Option<PathKind>, WorldError> {
        Ok(fs::symlink_metadata(path)
            .ok()
            .map(|metadata| kind(metadata.file_type())))
    }

    fn read_dir(&self, path: &str) -> Result<Vec<(String, PathKind)>, WorldError> {
        entries(path)
    }

    fn resolve_links(&self, path: &str) -> Result<String, WorldError> {
        let resolved = fs::canonicalize(path).unwrap_or_else(|_| Path::new(path).to_owned());
        Ok(resolved.to_string_lossy().into_owned())
    }

    fn add_path(&self, import: &PathImport, mut filter: Option<Filter<'_>>) -> Result<StorePath, WorldError> {
        let mut writer = Writer::new(Vec::new())?;
        let (method, hash) = match import.recursive {
            true => {
                archive(&mut writer, &import.path, &mut filter)?;
                (Method::Nar, Hash::sha256(&writer.finish()?))
            }
            false => (Method::Flat, Hash::sha256(&self.read_file(&import.path)?)),
        };
        if import.expected.is_some_and(|expected| expected != hash) {
            return Err(format!("store path mismatch in path added from '{}'", import.path).into());
        }
        Ok(store_path::fixed_output_path(
            &import.name,
            method,
            &hash,
            &BTreeSet::new(),
        )?)
    }

    fn add_text(
        &self,
        name: &str,
        content: &[u8],
        references: &BTreeSet<StorePath>,
    ) -> Result<StorePath, WorldError> {
        let path = store_path::text_path(name, content, references)?;
        self.references
            .lock()
            .map_err(|_| "poisoned")?
            .insert(path.clone(), references.clone());
        Ok(path)
    }

    fn add_derivation(&self, derivation: Derivation) -> Result<StorePath, WorldError> {
        let path = derivation.path()?;
        self.derivations
            .lock()
            .map_err(|_| "poisoned")?
            .insert(path.clone(), Arc::new(derivation));
        Ok(path)
    }

    fn read_derivation(&self, path: &StorePath) -> Result<Arc<Derivation>, WorldError> {
        let derivations = self.derivations.lock().map_err(|_| "poisoned")?;
        derivations
            .get(path)
            .cloned()
            .ok_or_else(|| format!("'{path}' was not added").into())
    }

    fn references(&self, path: &StorePath) -> Result<BTreeSet<StorePath>, WorldError> {
        let references = self.references.lock().map_err(|_| "poisoned")?;
        Ok(references.get(path).cloned().unwrap_or_default())
    }

    fn realise(&self, _: &[(StorePath, String)]) -> Result<(), WorldError> {
        refused("building")
    }

    fn ensure_path(&self, _: &StorePath) -> Result<(), WorldError> {
        Ok(())
    }

    fn fetch(&self, _: &FetchRequest) -> Result<Fetched, WorldError> {
        refused("the network")
    }

    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn current_time(&self) -> Option<i64> {
        Some(0)
    }

    fn host_functions(&self) -> Vec<String> {
        Vec::new()
    }

    fn host_function(&self, name: &str, _: serde_json::Value) -> Result<serde_json::Value, WorldError> {
        refused(name)
    }

    fn trace(&self, _: &str) {}

    fn warn(&self, _: &str) {}
}
