//! Runs programs of unpacked Debian packages without installing them: by their own loader, with their own libraries.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

const LOADER: &str = "usr/lib64/ld-linux-x86-64.so.2";
const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";

/// A folder with unpacked packages.
pub(super) struct Sysroot {
    folder: PathBuf,
    /// Folders with shared libraries.
    libraries: Vec<PathBuf>,
}

impl Sysroot {
    pub(super) fn new(folder: &Path) -> Result<Self, Error> {
        let top = folder.join(LIBRARIES);
        let entries = fs::read_dir(&top).map_err(Error::files("read the directory", &top))?;
        let mut below: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        below.retain(|path| path.is_dir() && holds_libraries(path));
        below.sort();
        let libraries = [vec![top], below].concat();
        Ok(Self {
            folder: folder.to_owned(),
            libraries,
        })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Those of `paths` that are there.
    pub(super) fn existing(&self, paths: &[&str]) -> Vec<PathBuf> {
        paths
            .iter()
            .map(|path| self.folder.join(path))
            .filter(|path| path.exists())
            .collect()
    }

    /// The command that runs `program`.
    pub(super) fn command(&self, program: &str) -> Command {
        let libraries: Vec<_> = self
            .libraries
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let mut command = Command::new(self.folder.join(LOADER));
        command
            .arg("--library-path")
            .arg(libraries.join(":"))
            .arg(self.folder.join(program));
        command.env("QEMU_MODULE_DIR", self.folder.join(LIBRARIES).join("qemu"));
        command.env_remove("LD_LIBRARY_PATH").env_remove("LD_PRELOAD");
        command
    }
}

fn holds_libraries(folder: &Path) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.any(|name| name.starts_with("lib") && name.contains(".so"))
}
