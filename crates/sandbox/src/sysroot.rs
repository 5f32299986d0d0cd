//! Shows the tree of a distribution as the sandbox's own root.

use std::ffi::OsStr;
use std::path::Path;

use crate::error::SandboxError;
use crate::folder::Folder;
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
    /// sandbox has of its own is left out. Neither the tree nor its `etc` may be a link: that would be followed on
    /// this machine.
    pub fn show_tree(&mut self, tree: &Path) -> Result<(), SandboxError> {
        let reading = || SandboxError::host(format!("read the directory '{}'", tree.display()));
        let folder = Folder::open(tree).map_err(reading())?;
        for name in folder.names().map_err(reading())? {
            if name == OsStr::new("etc") {
                let settings = folder.folder(Path::new("etc")).map_err(reading())?;
                self.show_settings(&settings, &tree.join("etc"))?;
            } else if !OWN_DIRECTORIES.iter().any(|own| name == OsStr::new(own)) {
                self.show(tree.join(&name), Path::new("/").join(name));
            }
        }
        Ok(())
    }

    fn show_settings(&mut self, settings: &Folder, place: &Path) -> Result<(), SandboxError> {
        let reading = SandboxError::host(format!("read the directory '{}'", place.display()));
        for name in settings.names().map_err(reading)? {
            if !OWN_SETTINGS.iter().any(|own| name == OsStr::new(own)) {
                self.show(place.join(&name), Path::new("/etc").join(name));
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
