//! A package of files as nobody writes them, linked into a root: what an EROFS writer gets wrong first.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use image::link::spec::{PackageSpec, RootSpec};
use image::link::{Layout, StoreView, extents, link_root};
use image::object::{CompileOptions, Compiler, Control, EntryKind, PackageEntry, Xattr};

/// What must come back: files by path.
pub struct OddTree {
    pub files: BTreeMap<String, Vec<u8>>,
    /// Names that are one file.
    pub same: Vec<String>,
    pub links: BTreeMap<String, String>,
    /// Its owner has a number beyond 16 bits.
    pub owned: (&'static str, u32),
    /// Has more attributes than fit beside most inodes.
    pub attributed: &'static str,
}

/// Sizes around blocks and clusters.
const SIZES: [usize; 11] = [
    0, 1, 4064, 4095, 4096, 4097, 65_535, 65_536, 65_537, 131_072, 1_000_003,
];
const OWNER: u32 = 3_000_000_000;

impl OddTree {
    pub fn new() -> Self {
        let mut files = BTreeMap::new();
        for size in SIZES {
            files.insert(format!("/usr/share/noise/{size}"), noise(size));
            files.insert(format!("/usr/share/zeros/{size}"), vec![0; size]);
        }
        for name in [
            "x".repeat(255),
            "ü".repeat(127),
            "a b".into(),
            "-rf *".into(),
            "\\".into(),
            "…".into(),
        ] {
            files.insert(format!("/usr/share/names/{name}"), name.into_bytes());
        }
        for number in 0..4000 {
            let name = format!("{number:05}-{}", "n".repeat(number % 200));
            files.insert(format!("/usr/share/many/{name}"), number.to_string().into_bytes());
        }
        files.insert(
            format!("/usr/share{}/bottom", "/deep".repeat(120)),
            b"far down".to_vec(),
        );
        files.insert("/usr/share/owned".into(), b"owned".to_vec());
        files.insert("/usr/share/attributed".into(), noise(5000));
        files.insert("/usr/share/same/0000".into(), noise(70_000));
        let links =
            [1, 59, 60, 1000, 4000].map(|length| (format!("/usr/share/links/{length}"), "t".repeat(length)));
        Self {
            files,
            same: (1..400)
                .map(|number| format!("/usr/share/same/{number:04}"))
                .collect(),
            links: links.into(),
            owned: ("/usr/share/owned", OWNER),
            attributed: "/usr/share/attributed",
        }
    }

    /// Compiles and links it below `folder`; the file system's bytes, in a file.
    pub fn linked(&self, folder: &Path) -> PathBuf {
        const OBJECT: &str = "/nix/store/00000000000000000000000000000000-odd";
        self.compile(&folder.join(&OBJECT[1..]));
        let spec = RootSpec {
            version: 1,
            name: "odd".into(),
            epoch: 1_700_000_000,
            packages: vec![PackageSpec {
                name: "odd".into(),
                object: OBJECT.into(),
                ..PackageSpec::default()
            }],
            ..RootSpec::default()
        };
        let store = StoreView::new(folder, folder.join("cache"));
        let root = folder.join("root");
        link_root(&spec, &[], &store, &root).expect("an odd tree can be linked");
        let layout = Layout::open(&root).expect("a sound layout");
        let path = folder.join("root.erofs");
        let mut image = File::create_new(&path).expect("the image can be made");
        for extent in extents(&root, &layout, &store).expect("the object is there") {
            let mut bytes = vec![0; usize::try_from(extent.length).expect("it fits into memory")];
            let source = File::open(extent.path).expect("the object is there");
            source
                .read_exact_at(&mut bytes, extent.source_offset)
                .expect("it has its blocks");
            image.write_all(&bytes).expect("the image can be written");
        }
        path
    }

    fn compile(&self, object: &Path) {
        std::fs::create_dir_all(object.parent().expect("it lies in the store"))
            .expect("a folder can be made");
        let mut compiler =
            Compiler::create(object, CompileOptions::default()).expect("an object can be made");
        let mut add = |path: &str, kind: EntryKind, content: &mut dyn Read, size: usize| {
            let entry = PackageEntry {
                path: path.into(),
                mode: 0o644,
                uid: if path == self.owned.0 { self.owned.1 } else { 0 },
                gid: 0,
                size: size as u64,
                xattrs: if path == self.attributed {
                    attributes()
                } else {
                    Vec::new()
                },
                kind,
            };
            compiler.add(&entry, content).expect(path);
        };
        for (path, content) in &self.files {
            add(path, EntryKind::File, &mut content.as_slice(), content.len());
        }
        for (path, target) in &self.links {
            add(path, EntryKind::Symlink(target.clone()), &mut std::io::empty(), 0);
        }
        for path in &self.same {
            add(
                path,
                EntryKind::HardLink("/usr/share/same/0000".into()),
                &mut std::io::empty(),
                0,
            );
        }
        compiler
            .finish(&Control::default())
            .expect("the object can be finished");
    }
}

fn attributes() -> Vec<Xattr> {
    let attribute = |number: usize| Xattr {
        name: format!("user.{}{number}", "name".repeat(number)),
        value: noise(number * 30),
    };
    (1..12).map(attribute).collect()
}

/// Bytes that look random and so do not compress.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}
