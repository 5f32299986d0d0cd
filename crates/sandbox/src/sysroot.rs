//! Shows the tree of a distribution as the sandbox's own root.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::Path;

use crate::error::SandboxError;
use crate::spec::{Access, Entry, Spec};

/// What every sandbox has of its own.
const OWN_DIRECTORIES: [&str; 10] = [
    "build", "dev", "home", "nix", "proc", "root", "run", "sys", "tmp", "var",
];
const OWN_SETTINGS: [&str; 8] = [
    "group",
    "gshadow",
    "hostname",
    "hosts",
    "nsswitch.conf",
    "passwd",
    "resolv.conf",
    "shadow",
];

impl Spec {
    /// Shows what is in the tree at `tree` (with merged `/usr`) at the same places below `/`, to be read only. What a
    /// sandbox has of its own is left out.
    pub fn show_tree(&mut self, tree: &Path) -> Result<(), SandboxError> {
        for name in sorted_names(tree)? {
            let source = tree.join(&name);
            if name == OsStr::new("etc") {
                self.show_settings(&source)?;
            } else if !OWN_DIRECTORIES.iter().any(|own| name == OsStr::new(own)) {
                self.show(source, Path::new("/").join(name));
            }
        }
        Ok(())
    }

    fn show_settings(&mut self, settings: &Path) -> Result<(), SandboxError> {
        for name in sorted_names(settings)? {
            if !OWN_SETTINGS.iter().any(|own| name == OsStr::new(own)) {
                self.show(settings.join(&name), Path::new("/etc").join(name));
            }
        }
        Ok(())
    }

    fn show(&mut self, source: std::path::PathBuf, path: std::path::PathBuf) {
        self.entries.push(Entry::Bind {
            source,
            path,
            access: Access::Read,
        });
    }
}

fn sorted_names(directory: &Path) -> Result<Vec<OsString>, SandboxError> {
    let reading = || SandboxError::host(format!("read the directory '{}'", directory.display()));
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(reading())? {
        names.push(entry.map_err(reading())?.file_name());
    }
    names.sort_unstable();
    Ok(names)
}
