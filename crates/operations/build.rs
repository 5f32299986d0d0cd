//! Collects the files of `base/`, so that the program carries them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// Folders that belong to the development of the base and not to the base.
const LEFT_OUT: &[&str] = &["tests"];

fn main() -> io::Result<()> {
    let base = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default())
        .join("../../base")
        .canonicalize()?;
    println!("cargo::rerun-if-changed={}", base.display());
    println!("cargo::rerun-if-changed=build.rs");
    let mut files = Vec::new();
    collect(&base, &mut files)?;
    files.sort();
    let mut table = String::from("&[\n");
    for file in &files {
        let name = file.strip_prefix(&base).map_err(io::Error::other)?;
        let (name, path) = (name.to_string_lossy(), file.to_string_lossy());
        let _ = writeln!(
            table,
            "    BaseFile {{ path: {name:?}, contents: include_bytes!({path:?}) }},"
        );
    }
    table.push(']');
    let out = PathBuf::from(env::var("OUT_DIR").unwrap_or_default()).join("base.rs");
    fs::write(out, table)
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = entry.file_type()?;
        if name.starts_with('.') || name.ends_with('~') || LEFT_OUT.contains(&&*name) && kind.is_dir() {
            continue;
        }
        match kind.is_dir() {
            true => collect(&entry.path(), files)?,
            false => files.push(entry.path()),
        }
    }
    Ok(())
}
