//! Refuses an image with maintainer scripts that nobody has accounted for.

use super::{SystemError, UnknownScript};
use crate::link::spec::ScriptSpec;
use crate::object::{Object, Script, Verdict, hex};
use sha2::{Digest, Sha256};

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
                .any(|entry| accounts_for(entry, object, script))
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

/// Whether a script is the one that somebody has read.
fn accounts_for(entry: &ScriptSpec, object: &Object, script: &Script) -> bool {
    let Some(replacing) = entry.replacing.as_deref().filter(|text| !text.is_empty()) else {
        return entry.sha256 == script.sha256;
    };
    let text = object
        .control_member(&script.name)
        .and_then(|bytes| std::str::from_utf8(bytes).ok());
    text.is_some_and(|text| hex(&Sha256::digest(without(text, replacing)).into()) == entry.sha256)
}

/// `text` with `@` for `replacing`, also where debhelper has written it as a pattern.
fn without(text: &str, replacing: &str) -> String {
    let pattern = replacing.replace('+', "\\+").replace('~', "\\~");
    text.replace(&pattern, "@").replace(replacing, "@")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_of_a_kernel_is_replaced_however_it_is_written() {
        let text = "version=6.12.1+deb13-amd64\nhelper linux-image-6.12.1\\+deb13-amd64\n";
        assert_eq!(
            without(text, "6.12.1+deb13-amd64"),
            "version=@\nhelper linux-image-@\n"
        );
        assert_eq!(without(text, "6.12.2+deb13-amd64"), text);
    }
}
