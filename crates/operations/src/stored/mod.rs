//! What can be asked about things that are in the store.

mod content;
mod exchange;
mod graph;
mod keeping;
mod query;
mod report;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use nix_formats::{Derivation, StorePath};

use builder::DerivedPath;

use crate::build::{Resolved, Target};
use crate::{Error, Session};

pub use content::{
    Entry, add, add_derivation, add_fixed, add_flat, cat, fixed_path, list, place as physical, would_add,
};
pub use exchange::{database_dump, dump, export, import, load_database, restore};
pub use graph::{find_below, names_below, nearest, why_depends};
pub use keeping::{VerifyOptions, VerifyReport, collect_garbage, delete, missing, roots, verify};
pub use query::{Query, closure, closure_with_outputs, living_and_dead, outputs, postorder, query};
pub use report::{PathReport, path_reports};

const MAXIMUM_LINKS: usize = 40;

/// The store path that `text` names: `/nix/store/…`, the same on disk, or a link such as `result`, with what follows
/// inside of it.
pub(crate) fn locate(session: &Session, text: &str) -> Result<(StorePath, String), Error> {
    let store = session.store()?;
    let mut path = session.settings().current_folder.join(text);
    for _ in 0..MAXIMUM_LINKS {
        if let Some(store_path) = store.store_path_of(&path) {
            let rest = path
                .components()
                .skip_while(|part| part.as_os_str() != store_path.base_name());
            let inside: std::path::PathBuf = rest.skip(1).collect();
            return Ok((store_path, inside.to_string_lossy().into_owned()));
        }
        match std::fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("/")).join(target),
            Err(_) => break,
        }
    }
    Err(Error::NotInStore(text.to_owned()))
}

/// The valid store path that `text` names.
pub fn valid_path(session: &Session, text: &str) -> Result<StorePath, Error> {
    let (path, _) = locate(session, text)?;
    session.store()?.add_temporary_root(&path)?;
    match session.store()?.is_valid(&path)? {
        true => Ok(path),
        false => Err(Error::NotInStore(text.to_owned())),
    }
}

/// What a store path stands for that is to be made valid: `PATH.drv` for all outputs, `PATH.drv!out,dev` (or with `^`)
/// for some, another path for itself.
pub fn derived_path(session: &Session, text: &str) -> Result<Target, Error> {
    let (path, outputs) = match text.split_once(['!', '^']) {
        Some((path, "*")) => (path, BTreeSet::new()),
        Some((path, outputs)) => (path, outputs.split(',').map(str::to_owned).collect()),
        None => (text, BTreeSet::new()),
    };
    let path = valid_path(session, path)?;
    Ok(Target {
        installable: text.to_owned(),
        attribute: path.to_string(),
        wanted: match path.is_derivation() {
            true => DerivedPath::Built {
                derivation: path,
                outputs,
            },
            false => DerivedPath::Opaque(path),
        },
    })
}

/// Whether `text` can only mean a store path or a link to one.
pub fn is_store_path(session: &Session, text: &str) -> bool {
    !text.contains('#') && locate(session, text).is_ok()
}

/// The derivation at `path`, or the one that made it.
pub fn derivation_of(session: &Session, path: &StorePath) -> Result<(StorePath, Derivation), Error> {
    let store = session.store()?;
    let path = match path.is_derivation() {
        true => path.clone(),
        false => {
            let deriver = store.require_info(path)?.deriver;
            let derivers = store.derivers(path)?;
            let known = deriver
                .into_iter()
                .chain(derivers)
                .find(|path| store.is_valid(path).unwrap_or(false));
            known.ok_or_else(|| Error::NotInStore(format!("the derivation of {path}")))?
        }
    };
    let derivation = store.read_derivation(&path)?;
    Ok((path, derivation))
}

/// The derivations of targets, with `recursive` those of all that they need as well.
pub fn derivations(
    session: &Session,
    resolved: &Resolved,
    recursive: bool,
) -> Result<BTreeMap<StorePath, Derivation>, Error> {
    let mut found = BTreeMap::new();
    let mut pending = Vec::new();
    for target in &resolved.targets {
        match &target.wanted {
            builder::DerivedPath::Built { derivation, .. } => pending.push(derivation.clone()),
            builder::DerivedPath::Opaque(path) => pending.push(derivation_of(session, path)?.0),
        }
    }
    while let Some(path) = pending.pop() {
        if found.contains_key(&path) {
            continue;
        }
        let derivation = session.store()?.read_derivation(&path)?;
        if recursive {
            pending.extend(derivation.input_derivations.keys().cloned());
        }
        found.insert(path, derivation);
    }
    Ok(found)
}

/// What the build of the derivation at `path` said.
pub fn build_log(session: &Session, path: &StorePath) -> Result<Vec<u8>, Error> {
    let store = session.store()?;
    let log = builder::read_log(store, path).map_err(Error::files("read the log", &store.log_file(path)))?;
    log.ok_or_else(|| Error::NotInStore(format!("the log of {path}")))
}
