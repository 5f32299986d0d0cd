//! Writes small trees for tests.

use std::fs;
use std::io::Write;
use std::path::Path;

use super::{Options, Signer};
use crate::index::{Selection, Source};
use crate::tree::{LockedIndex, LockedSuite, MANIFEST_FILE, Manifest};

/// When the release files of the trees are signed.
const SIGNED: u32 = 1_795_252_544;

/// Writes a tree of signed suites of the archive `debian`, each with the text of its one package index.
pub(crate) fn write_tree(tree: &Path, suites: &[(&str, &str)]) {
    write_tree_of("debian", tree, suites);
}

/// The same of another archive.
pub(crate) fn write_tree_of(archive: &str, tree: &Path, suites: &[(&str, &str)]) {
    let mut locked = Vec::new();
    for (suite, text) in suites {
        let file = format!("{archive}/{suite}/main/Packages.xz");
        let path = tree.join(&file);
        fs::create_dir_all(path.parent().expect("the path has a folder")).expect("the tree is new");
        let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 1);
        encoder
            .write_all(text.as_bytes())
            .expect("writing to memory works");
        let index = encoder.finish().expect("writing to memory works");
        let sha256 = nix_formats::Hash::sha256(&index).to_base16();
        let release = format!(
            "Suite: {suite}\nCodename: {suite}\nDate: Sat, 21 Nov 2026 09:15:44 UTC\nSHA256:\n {sha256} {} \
             main/binary-amd64/Packages.xz\n",
            index.len()
        );
        let release = Signer::new(&Options::default()).sign(&release, SIGNED);
        locked.push(LockedSuite {
            archive: archive.into(),
            suite: (*suite).into(),
            codename: (*suite).into(),
            components: vec!["main".into()],
            date: SIGNED.into(),
            in_release: nix_formats::Hash::sha256(&release).to_base16(),
            signature: None,
            indexes: vec![LockedIndex {
                component: "main".into(),
                file,
                sha256,
                size: index.len() as u64,
            }],
        });
        fs::write(path, index).expect("the tree is new");
        fs::write(tree.join(format!("{archive}/{suite}/InRelease")), release).expect("the tree is new");
    }
    let manifest = Manifest::new("amd64", locked).to_json();
    fs::write(tree.join(MANIFEST_FILE), manifest).expect("the tree is new");
}

/// Such a tree as an index takes it.
pub(crate) fn source_of(archive: &str, tree: &Path, selection: Selection) -> Source {
    Source {
        tree: tree.to_owned(),
        keys: vec![("test".to_owned(), Signer::new(&Options::default()).certificate())],
        archives: vec![archive.to_owned()],
        is_foreign: archive != "debian",
        selection,
    }
}
