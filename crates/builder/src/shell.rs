//! Finds the `/bin/sh` that sandboxes without a system of their own show, as Nix has one: a program of this machine
//! that needs nothing else if there is one, else its shell with the libraries that it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use image::object::Requirements;

/// Where builders look for it.
const SHELL: &str = "/bin/sh";
/// Shells that are one file on most machines that have them.
const CANDIDATES: [&str; 4] = [
    "/usr/bin/bash-static",
    "/usr/bin/busybox",
    "/bin/busybox",
    "/usr/bin/dash-static",
];
const LIBRARY_FOLDERS: [&str; 6] = [
    "/lib/x86_64-linux-gnu",
    "/lib/aarch64-linux-gnu",
    "/lib64",
    "/usr/lib64",
    "/lib",
    "/usr/lib",
];
const MOST_LIBRARIES: usize = 64;

/// What a sandbox has to show for `/bin/sh` to run: path inside to path on this machine. Nothing if there is no shell.
pub fn shell_for_sandboxes() -> BTreeMap<PathBuf, PathBuf> {
    let alone = CANDIDATES.iter().map(Path::new).find(|path| {
        Requirements::of(path).is_ok_and(|needs| needs.interpreter.is_none() && needs.libraries.is_empty())
    });
    match alone {
        Some(path) => [(PathBuf::from(SHELL), path.to_owned())].into(),
        None => with_libraries(Path::new(SHELL)).unwrap_or_default(),
    }
}

fn with_libraries(shell: &Path) -> Option<BTreeMap<PathBuf, PathBuf>> {
    let mut shown = BTreeMap::new();
    let mut pending = vec![shell.to_owned()];
    let mut seen = BTreeSet::new();
    while let Some(path) = pending.pop() {
        if !seen.insert(path.clone()) || seen.len() > MOST_LIBRARIES {
            continue;
        }
        let needs = Requirements::of(&path).ok()?;
        pending.extend(needs.interpreter.map(PathBuf::from));
        for name in needs.libraries {
            pending.push(library(&name)?);
        }
        shown.insert(path.clone(), path.canonicalize().ok()?);
    }
    Some(shown)
}

fn library(name: &str) -> Option<PathBuf> {
    let places = LIBRARY_FOLDERS.iter().map(|folder| Path::new(folder).join(name));
    places.into_iter().find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_comes_with_what_its_loader_finds() {
        let shell = Path::new("/bin/sh").canonicalize().expect("there is a shell");
        let output = std::process::Command::new("ldd").arg(&shell).output();
        let output = output.expect("the C library's tools are there");
        let listed = String::from_utf8_lossy(&output.stdout).into_owned();
        let needs = Requirements::of(&shell).expect("the shell can be read");
        for name in &needs.libraries {
            assert!(listed.contains(name.as_str()), "{name}: {listed}");
        }
        let shown = with_libraries(&shell).expect("all that it needs is there");
        assert!(shown.len() > needs.libraries.len(), "{shown:?}");
    }
}
