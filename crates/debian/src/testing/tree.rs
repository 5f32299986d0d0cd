//! Writes small trees for tests.

use std::fs;
use std::io::Write;
use std::path::Path;

use crate::tree::{LockedIndex, LockedSuite, MANIFEST_FILE, Manifest};

/// Writes a tree of suites, each with the text of its one package index.
pub(crate) fn write_tree(tree: &Path, suites: &[(&str, &str)]) {
    let mut locked = Vec::new();
    for (suite, text) in suites {
        let file = format!("debian/{suite}/main/Packages.xz");
        let path = tree.join(&file);
        fs::create_dir_all(path.parent().expect("the path has a folder")).expect("the tree is new");
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder
            .write_all(text.as_bytes())
            .expect("writing to memory works");
        fs::write(path, encoder.finish().expect("writing to memory works")).expect("the tree is new");
        locked.push(LockedSuite {
            archive: "debian".into(),
            suite: (*suite).into(),
            codename: (*suite).into(),
            components: vec!["main".into()],
            date: 1,
            in_release: String::new(),
            indexes: vec![LockedIndex {
                component: "main".into(),
                file,
                sha256: String::new(),
                size: 0,
            }],
        });
    }
    let manifest = Manifest::new("amd64", locked).to_json();
    fs::write(tree.join(MANIFEST_FILE), manifest).expect("the tree is new");
}
