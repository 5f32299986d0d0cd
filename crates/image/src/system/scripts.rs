//! Refuses an image with maintainer scripts that nobody has accounted for.

use super::{SystemError, UnknownScript};
use crate::link::spec::ScriptSpec;
use crate::object::{Object, Verdict};

/// Scripts that act on a first installation. `prerm` and `postrm` act on removal, which an image never sees, and
/// `config` only asks questions whose answers the others use.
const CHECKED: [&str; 2] = ["preinst", "postinst"];

/// Every checked script with code of its own must be accounted for by its hash.
pub fn check_scripts(objects: &[Object], known: &[ScriptSpec]) -> Result<(), SystemError> {
    let mut unknown = Vec::new();
    for object in objects {
        for script in &object.control().scripts {
            if script.verdict == Verdict::Debhelper || !CHECKED.contains(&script.name.as_str()) {
                continue;
            }
            let of_this = |entry: &&ScriptSpec| entry.package == object.name() && entry.script == script.name;
            if known
                .iter()
                .filter(of_this)
                .any(|entry| entry.sha256 == script.sha256)
            {
                continue;
            }
            unknown.push(UnknownScript {
                package: object.name().into(),
                script: script.name.clone(),
                sha256: script.sha256.clone(),
                known: known.iter().find(of_this).map(|entry| entry.sha256.clone()),
            });
        }
    }
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(SystemError::UnknownScripts { scripts: unknown })
    }
}
