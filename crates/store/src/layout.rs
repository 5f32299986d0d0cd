//! Where the parts of a store lie below its root, as `nix --store ROOT` has them.

use std::fs;
use std::path::{Path, PathBuf};

use nix_formats::StorePath;

use crate::durable::write_durably;
use crate::error::{FileContext as _, StoreError};

/// The version of layout and database that this program reads and writes.
pub(crate) const SCHEMA: &str = "10";

/// The directories of a store.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) root: PathBuf,
    pub(crate) store: PathBuf,
    pub(crate) state: PathBuf,
}

impl Layout {
    /// Makes what is missing below `root` and checks the schema of what is there.
    pub(crate) fn prepare(root: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(root).file("make the store directory", root)?;
        let root = root.canonicalize().file("find", root)?;
        let layout = Self {
            store: root.join("nix/store"),
            state: root.join("nix/var/nix"),
            root,
        };
        let directories = [
            layout.store.clone(),
            layout.database_directory(),
            layout.roots().join("auto"),
            layout.temporary_roots(),
            layout.state.join("profiles"),
            layout.staging(),
        ];
        for directory in directories {
            fs::create_dir_all(&directory).file("make the directory", &directory)?;
        }
        layout.check_schema()?;
        layout.link_profiles()?;
        Ok(layout)
    }

    pub(crate) fn physical(&self, path: &StorePath) -> PathBuf {
        self.store.join(path.base_name())
    }

    pub(crate) fn lock_file(&self, path: &StorePath) -> PathBuf {
        self.store.join(format!("{}.lock", path.base_name()))
    }

    pub(crate) fn database_directory(&self) -> PathBuf {
        self.state.join("db")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.database_directory().join("db.sqlite")
    }

    pub(crate) fn roots(&self) -> PathBuf {
        self.state.join("gcroots")
    }

    pub(crate) fn temporary_roots(&self) -> PathBuf {
        self.state.join("temproots")
    }

    pub(crate) fn collector_lock(&self) -> PathBuf {
        self.state.join("gc.lock")
    }

    /// Outside of the store directory, where every collector would take it for garbage.
    pub(crate) fn staging(&self) -> PathBuf {
        self.root.join("nix/var/hardpan/staging")
    }

    fn check_schema(&self) -> Result<(), StoreError> {
        let file = self.database_directory().join("schema");
        match fs::read_to_string(&file) {
            Ok(found) if found.trim() == SCHEMA => Ok(()),
            // A power cut left it like this where it was written in two steps; the database says the rest.
            Ok(found) if found.trim().is_empty() => {
                write_durably(&file, SCHEMA.as_bytes()).file("write", &file)
            }
            Ok(found) => Err(StoreError::Schema {
                path: self.root.clone(),
                found: found.trim().to_owned(),
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                write_durably(&file, SCHEMA.as_bytes()).file("write", &file)
            }
            Err(error) => Err(error).file("read", &file),
        }
    }

    /// Profiles keep what they point to alive.
    fn link_profiles(&self) -> Result<(), StoreError> {
        let link = self.roots().join("profiles");
        match std::os::unix::fs::symlink(self.state.join("profiles"), &link) {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                Err(error).file("make the link", &link)
            }
            _ => Ok(()),
        }
    }
}
