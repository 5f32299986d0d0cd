//! What maintainer scripts would have done, as pure functions over the merged tree.

pub mod accounts;
mod alternatives;
mod capabilities;
mod certificates;
pub mod depmod;
mod dpkg;
mod error;
mod libraries;
mod permissions;
mod profile;
mod scripts;
mod skeleton;
mod sysusers;
mod tmpfiles;
mod units;
mod wanted;
mod words;

pub use accounts::Accounts;
pub use alternatives::link_alternatives;
pub use capabilities::encode as encode_capabilities;
pub use certificates::bundle_certificates;
pub use dpkg::write_package_database;
pub use error::{SystemError, UnknownScript};
pub use libraries::{Missing, find_missing};
pub use permissions::apply_permissions;
pub use profile::link_profile;
pub use scripts::check_scripts;
pub use skeleton::add_skeleton;
pub use tmpfiles::{apply_tmpfiles, write_state_directories};
pub use units::apply_units;
pub use wanted::check_wanted;

/// A mode in octal digits, as configuration files write it.
pub(crate) fn parse_mode(text: &str) -> Option<u16> {
    u16::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777)
}

/// Configuration files of a `*.d` directory by name: those below `/etc` win over those below `/usr/lib`, and a link
/// to `/dev/null` hides a file.
pub(crate) fn configuration_files(
    tree: &crate::tree::Tree,
    objects: &[crate::object::Object],
    directory: &str,
) -> Result<std::collections::BTreeMap<String, String>, SystemError> {
    let mut files = std::collections::BTreeMap::new();
    for root in ["/usr/lib", "/run", "/etc"] {
        let directory = format!("{root}/{directory}");
        for (path, node) in tree.below(&directory) {
            let name = &path[directory.len() + 1..];
            if name.contains('/') || !name.ends_with(".conf") {
                continue;
            }
            if matches!(&node.kind, crate::tree::NodeKind::Symlink(target) if target == "/dev/null") {
                files.remove(name);
                continue;
            }
            if let Some(text) = read_text(tree, objects, path)? {
                files.insert(name.into(), text);
            }
        }
    }
    Ok(files)
}

/// The text of a file; bytes that are not UTF-8 are replaced.
pub(crate) fn read_text(
    tree: &crate::tree::Tree,
    objects: &[crate::object::Object],
    path: &str,
) -> Result<Option<String>, SystemError> {
    let content = tree.read(path, objects).map_err(|source| SystemError::Read {
        path: path.into(),
        source,
    })?;
    Ok(content.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}
