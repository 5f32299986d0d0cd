//! What is known about store paths.

use nix_formats::StorePath;
use nix_formats::store_path::STORE_DIRECTORY;
use serde_json::{Value, json};
use store::PathInfo;

use crate::{Error, Session};

/// What is known about one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathReport {
    /// What the database says.
    pub info: PathInfo,
    /// The size of the archives of the path and all that it refers to, in bytes.
    pub closure_size: u64,
}

/// What is known about `paths`, with `recursive` about all that they refer to as well; each
/// after what it refers to.
pub fn path_reports(
    session: &Session,
    paths: &[StorePath],
    recursive: bool,
) -> Result<Vec<PathReport>, Error> {
    let store = session.store()?;
    let paths = match recursive {
        true => store.closure(paths)?,
        false => paths.iter().cloned().collect(),
    };
    let order = super::postorder(session, &paths)?;
    let report = |path: &StorePath| {
        let mut closure_size = 0;
        for member in store.closure([path])? {
            closure_size += store.require_info(&member)?.nar_size;
        }
        Ok(PathReport {
            info: store.require_info(path)?,
            closure_size,
        })
    };
    order.iter().map(report).collect()
}

impl PathReport {
    /// As `nix path-info --json --json-format 1` has it.
    pub fn to_json(&self, with_closure_size: bool) -> Value {
        let info = &self.info;
        let references: Vec<String> = info.references.iter().map(ToString::to_string).collect();
        let mut shown = json!({
            "ca": info.content_address.as_ref().map(ToString::to_string),
            "deriver": info.deriver.as_ref().map(ToString::to_string),
            "narHash": info.nar_hash.to_sri(),
            "narSize": info.nar_size,
            "references": references,
            "registrationTime": info.registration_time,
            "signatures": info.signatures,
            "storeDir": STORE_DIRECTORY,
            "ultimate": info.ultimate,
            "version": 1,
        });
        if with_closure_size {
            shown["closureSize"] = self.closure_size.into();
        }
        shown
    }
}
