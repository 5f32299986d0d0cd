//! Packages made up for tests, compiled into a store in a temporary directory.

use image::link::StoreView;
use image::link::spec::{PackageSpec, RootSpec};
use image::object::{CompileOptions, Compiler, Control, EntryKind, ObjectError, PackageEntry, Xattr};
use std::path::Path;
use tempfile::TempDir;

/// One entry: path, mode, what it is, content.
pub struct Made {
    entry: PackageEntry,
    content: Vec<u8>,
}

impl Made {
    /// The same with an extended attribute.
    pub fn with_attribute(mut self, name: &str, value: &[u8]) -> Self {
        self.entry.xattrs.push(Xattr {
            name: name.into(),
            value: value.into(),
        });
        self
    }
}

fn made(path: &str, mode: u32, kind: EntryKind, content: Vec<u8>) -> Made {
    let (path, size) = (path.into(), content.len() as u64);
    Made {
        entry: PackageEntry {
            path,
            mode,
            uid: 0,
            gid: 0,
            size,
            xattrs: Vec::new(),
            kind,
        },
        content,
    }
}

pub fn file(path: &str, mode: u32, content: impl Into<Vec<u8>>) -> Made {
    made(path, mode, EntryKind::File, content.into())
}

pub fn directory(path: &str, mode: u32) -> Made {
    made(path, mode, EntryKind::Directory, Vec::new())
}

pub fn symlink(path: &str, target: &str) -> Made {
    made(path, 0o777, EntryKind::Symlink(target.into()), Vec::new())
}

pub fn hard_link(path: &str, target: &str) -> Made {
    made(path, 0o644, EntryKind::HardLink(target.into()), Vec::new())
}

/// Bytes that look random and so do not compress.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// Bytes that compress well but are nowhere the same.
pub fn text(length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..length / 8 + 1)
        .flat_map(|number| format!("line {number}\n").into_bytes())
        .collect();
    bytes.truncate(length);
    bytes
}

/// A store in a temporary directory.
pub struct Store {
    pub directory: TempDir,
}

impl Store {
    pub fn new() -> Self {
        let directory = TempDir::new().expect("temporary directory");
        std::fs::create_dir_all(directory.path().join("cache")).expect("cache");
        Self { directory }
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    pub fn view(&self) -> StoreView {
        StoreView::new(self.path(), self.path().join("cache"))
    }

    /// Compiles a package; `members` are further members of its control archive.
    pub fn add(&self, name: &str, entries: &[Made], members: &[(&str, &str)]) -> PackageSpec {
        let object = format!("/nix/store/{name}-object");
        let directory = self.path().join(&object[1..]);
        let mut compiler = Compiler::create(&directory, CompileOptions::default()).expect("create");
        add_all(&mut compiler, entries).expect("add");
        let fields = [("Package", name), ("Version", "1.0"), ("Architecture", "amd64")];
        let control = Control {
            fields: fields.map(|(key, value)| (key.into(), value.into())).into(),
            members: members
                .iter()
                .map(|(name, text)| ((*name).into(), text.as_bytes().to_vec()))
                .collect(),
        };
        compiler.finish(&control).expect("finish");
        PackageSpec {
            name: name.into(),
            version: "1.0".into(),
            object,
            ..PackageSpec::default()
        }
    }

    /// Compiles a package without control information, which may fail.
    pub fn compile(&self, directory: &Path, entries: &[Made]) -> Result<(), ObjectError> {
        let mut compiler = Compiler::create(directory, CompileOptions::default())?;
        add_all(&mut compiler, entries)?;
        compiler.finish(&Control::default()).map(drop)
    }
}

fn add_all(compiler: &mut Compiler, entries: &[Made]) -> Result<(), ObjectError> {
    entries
        .iter()
        .try_for_each(|Made { entry, content }| compiler.add(entry, &mut content.as_slice()))
}

/// A description with nothing but these packages.
pub fn spec(packages: Vec<PackageSpec>) -> RootSpec {
    RootSpec {
        version: 1,
        name: "test".into(),
        epoch: 1_700_000_000,
        packages,
        ..RootSpec::default()
    }
}
