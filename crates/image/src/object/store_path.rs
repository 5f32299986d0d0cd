//! Compiles a store path into an object, so that it is linked as packages are.

use super::ObjectError;
use super::compile::{CompileOptions, CompileSummary, Compiler, Control, EntryKind, PackageEntry};
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Compiles the tree at `source` as the store path `logical` (`/nix/store/<hash>-<name>`).
///
/// Modes become those of a Nix store: 0444 and 0555, owned by root.
pub fn compile_store_path(
    source: &Path,
    logical: &str,
    directory: &Path,
    options: CompileOptions,
) -> Result<CompileSummary, ObjectError> {
    let name = logical.rsplit('/').next().unwrap_or(logical);
    compile(
        source,
        logical,
        name,
        Modes {
            file: 0o444,
            program: 0o555,
        },
        directory,
        options,
    )
}

/// Compiles the tree at `source` as if it were a package called `name` that holds these paths: what lies in
/// `usr/lib` of the tree comes to `/usr/lib` of an image. Modes become 0644 and 0755, owned by root.
pub fn compile_tree(
    source: &Path,
    name: &str,
    directory: &Path,
    options: CompileOptions,
) -> Result<CompileSummary, ObjectError> {
    compile(
        source,
        "",
        name,
        Modes {
            file: 0o644,
            program: 0o755,
        },
        directory,
        options,
    )
}

/// Modes of files, and of programs and directories.
#[derive(Clone, Copy)]
struct Modes {
    file: u32,
    program: u32,
}

fn compile(
    source: &Path,
    path: &str,
    name: &str,
    modes: Modes,
    directory: &Path,
    options: CompileOptions,
) -> Result<CompileSummary, ObjectError> {
    let mut compiler = Compiler::create(directory, options)?;
    add_tree(&mut compiler, source, path, modes)?;
    let fields = vec![("Package".into(), name.into())];
    compiler.finish(&Control {
        fields,
        members: Vec::new(),
    })
}

fn add_tree(compiler: &mut Compiler, source: &Path, path: &str, modes: Modes) -> Result<(), ObjectError> {
    let read = |error: io::Error| ObjectError::Read {
        path: source.into(),
        source: error,
    };
    let metadata = fs::symlink_metadata(source).map_err(read)?;
    let entry = |kind, mode, size| PackageEntry {
        path: path.into(),
        mode,
        uid: 0,
        gid: 0,
        size,
        xattrs: Vec::new(),
        kind,
    };
    if metadata.is_symlink() {
        let target = fs::read_link(source)
            .map_err(read)?
            .into_os_string()
            .into_string();
        let target = target.map_err(|_| ObjectError::BadPath {
            path: path.into(),
            reason: "it is a link whose target is not UTF-8",
        })?;
        return compiler.add(&entry(EntryKind::Symlink(target), 0o777, 0), &mut io::empty());
    }
    if metadata.is_file() {
        let mode = if metadata.permissions().mode() & 0o100 != 0 {
            modes.program
        } else {
            modes.file
        };
        let mut content = File::open(source).map_err(read)?;
        return compiler.add(&entry(EntryKind::File, mode, metadata.len()), &mut content);
    }
    if !metadata.is_dir() {
        return Err(ObjectError::UnsupportedKind {
            path: path.into(),
            kind: "special file",
        });
    }
    compiler.add(&entry(EntryKind::Directory, modes.program, 0), &mut io::empty())?;
    let mut names = Vec::new();
    for child in fs::read_dir(source).map_err(read)? {
        let name = child.map_err(read)?.file_name().into_string();
        names.push(name.map_err(|_| ObjectError::BadPath {
            path: path.into(),
            reason: "a name below it is not UTF-8",
        })?);
    }
    names.sort();
    names
        .iter()
        .try_for_each(|name| add_tree(compiler, &source.join(name), &format!("{path}/{name}"), modes))
}
