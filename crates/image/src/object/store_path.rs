//! Compiles a store path into an object, so that it is linked as packages are.

use super::ObjectError;
use super::compile::{CompileOptions, CompileSummary, Compiler, Control, EntryKind, PackageEntry};
use sandbox::folder::{Folder, Kind};
use std::io;
use std::path::{Path, PathBuf};

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
    let (parent, top) = source
        .parent()
        .zip(source.file_name())
        .unwrap_or((source, "".as_ref()));
    let parent = Folder::open(parent).map_err(|error| ObjectError::Read {
        path: source.into(),
        source: error,
    })?;
    Tree {
        compiler: &mut compiler,
        source,
        modes,
    }
    .add(&parent, Path::new(top), path)?;
    let fields = vec![("Package".into(), name.into())];
    compiler.finish(&Control {
        fields,
        members: Vec::new(),
    })
}

/// A tree on its way into an object. Nothing in it is followed.
struct Tree<'a> {
    compiler: &'a mut Compiler,
    /// Where its top lies, for messages.
    source: &'a Path,
    modes: Modes,
}

impl Tree<'_> {
    fn add(&mut self, parent: &Folder, name: &Path, path: &str) -> Result<(), ObjectError> {
        let place: PathBuf = self.source.into();
        let read = |source: io::Error| ObjectError::Read {
            path: place.clone(),
            source,
        };
        let facts = parent.facts(name).map_err(read)?;
        let entry = |kind, mode, size| PackageEntry {
            path: path.into(),
            mode,
            uid: 0,
            gid: 0,
            size,
            xattrs: Vec::new(),
            kind,
        };
        let bad = |reason| ObjectError::BadPath {
            path: path.into(),
            reason,
        };
        match facts.kind {
            Kind::Link => {
                let target = parent.link(name).map_err(read)?.into_string();
                let target = target.map_err(|_| bad("it is a link whose target is not UTF-8"))?;
                let link = entry(EntryKind::Symlink(target), 0o777, 0);
                self.compiler.add(&link, &mut io::empty())
            }
            Kind::File => {
                let is_program = facts.is_executable;
                let mode = if is_program {
                    self.modes.program
                } else {
                    self.modes.file
                };
                let mut content = parent.file(name).map_err(read)?;
                self.compiler
                    .add(&entry(EntryKind::File, mode, facts.size_bytes), &mut content)
            }
            Kind::Special => Err(ObjectError::UnsupportedKind {
                path: path.into(),
                kind: "special file",
            }),
            Kind::Folder => {
                let folder = parent.folder(name).map_err(read)?;
                let directory = entry(EntryKind::Directory, self.modes.program, 0);
                self.compiler.add(&directory, &mut io::empty())?;
                for name in folder.names().map_err(read)? {
                    let name = name.into_string();
                    let name = name.map_err(|_| bad("a name below it is not UTF-8"))?;
                    self.add(&folder, Path::new(&name), &format!("{path}/{name}"))?;
                }
                Ok(())
            }
        }
    }
}
