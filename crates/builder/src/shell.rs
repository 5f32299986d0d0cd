//! Finds the `/bin/sh` that sandboxes without a system of their own show, as Nix has one: a program of this machine
//! that needs nothing else if there is one, else its shell with the libraries that it needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

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
/// More than a shell is.
const LARGEST_PROGRAM_BYTES: u64 = 64 * 1024 * 1024;
const MOST_LIBRARIES: usize = 64;

/// What a sandbox has to show for `/bin/sh` to run: path inside to path on this machine. Nothing if there is no shell.
pub fn shell_for_sandboxes() -> BTreeMap<PathBuf, PathBuf> {
    let alone = CANDIDATES.iter().map(Path::new).find(|path| {
        Program::read(path).is_some_and(|program| program.loader.is_none() && program.needed.is_empty())
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
        let program = Program::read(&path)?;
        pending.extend(program.loader);
        for name in program.needed {
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

/// What a program says that it needs.
#[derive(Debug, Default, PartialEq, Eq)]
struct Program {
    loader: Option<PathBuf>,
    needed: Vec<String>,
}

/// A part of a program that is loaded: offset in the file, address and size.
struct Loaded {
    offset: u64,
    address: u64,
    size: u64,
}

const LOAD: u64 = 1;
const DYNAMIC: u64 = 2;
const INTERPRETER: u64 = 3;
const NEEDED: u64 = 1;
const STRINGS: u64 = 5;

impl Program {
    fn read(path: &Path) -> Option<Self> {
        let size = fs::metadata(path).ok()?.len();
        if size > LARGEST_PROGRAM_BYTES {
            return None;
        }
        Self::parse(&fs::read(path).ok()?)
    }

    /// Reads a little-endian 64-bit ELF file.
    fn parse(bytes: &[u8]) -> Option<Self> {
        bytes.strip_prefix(b"\x7fELF\x02\x01")?;
        let (table, entry_size, count) = (
            number(bytes, 0x20, 8)?,
            number(bytes, 0x36, 2)?,
            number(bytes, 0x38, 2)?,
        );
        let mut program = Self::default();
        let (mut loaded, mut dynamic) = (Vec::new(), None);
        for entry in 0..count {
            let at = table.checked_add(entry * entry_size)?;
            let field = |offset| number(bytes, at.checked_add(offset)?, 8);
            let (offset, size) = (field(8)?, field(32)?);
            match number(bytes, at, 4)? {
                LOAD => loaded.push(Loaded {
                    offset,
                    address: field(16)?,
                    size,
                }),
                DYNAMIC => dynamic = Some((offset, size)),
                INTERPRETER => program.loader = Some(PathBuf::from(text(bytes, offset)?)),
                _ => {}
            }
        }
        if let Some((offset, size)) = dynamic {
            program.needed = needed(bytes, offset, size, &loaded)?;
        }
        Some(program)
    }
}

fn needed(bytes: &[u8], offset: u64, size: u64, loaded: &[Loaded]) -> Option<Vec<String>> {
    let (mut names, mut strings) = (Vec::new(), None);
    for entry in 0..size / 16 {
        let at = offset.checked_add(entry * 16)?;
        match (number(bytes, at, 8)?, number(bytes, at.checked_add(8)?, 8)?) {
            (NEEDED, name) => names.push(name),
            (STRINGS, address) => strings = Some(address),
            (0, _) => break,
            _ => {}
        }
    }
    if names.is_empty() {
        return Some(Vec::new());
    }
    let address = strings?;
    let part = loaded
        .iter()
        .find(|part| part.address <= address && address - part.address < part.size)?;
    let start = part.offset.checked_add(address - part.address)?;
    names
        .into_iter()
        .map(|name| text(bytes, start.checked_add(name)?))
        .collect()
}

fn number(bytes: &[u8], at: u64, size: usize) -> Option<u64> {
    let at = usize::try_from(at).ok()?;
    let field = bytes.get(at..at.checked_add(size)?)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u64::from(*byte)),
    )
}

fn text(bytes: &[u8], at: u64) -> Option<String> {
    let rest = bytes.get(usize::try_from(at).ok()?..)?;
    let end = rest.iter().position(|byte| *byte == 0)?;
    String::from_utf8(rest[..end].to_vec()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_needs_are_those_that_its_loader_finds() {
        let shell = Path::new("/bin/sh").canonicalize().unwrap();
        let program = Program::read(&shell).unwrap();
        let output = std::process::Command::new("ldd").arg(&shell).output().unwrap();
        let listed = String::from_utf8_lossy(&output.stdout).into_owned();
        for name in &program.needed {
            assert!(listed.contains(name.as_str()), "{name}: {listed}");
        }
        let shown = with_libraries(&shell).unwrap();
        assert!(shown.len() > program.needed.len(), "{shown:?}");
    }

    #[test]
    fn junk_is_no_program() {
        let whole = fs::read("/bin/sh").unwrap();
        for length in (0..whole.len().min(4096)).step_by(7) {
            let _ = Program::parse(&whole[..length]);
        }
        let mut changed = whole[..4096.min(whole.len())].to_vec();
        for position in 0..changed.len() {
            let byte = std::mem::replace(&mut changed[position], 0xff);
            let _ = Program::parse(&changed);
            changed[position] = byte;
        }
        assert_eq!(Program::parse(b"#!/bin/sh\n"), None);
    }
}
