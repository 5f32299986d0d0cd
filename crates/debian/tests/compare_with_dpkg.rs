//! Compares what is read from packages with what dpkg-deb says.
//!
//! A small package is built on the spot; `HARDPAN_TEST_DEBS` may name a folder with more.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use debian::deb::{Deb, DebError, Kind};

fn build(folder: &Path) -> PathBuf {
    let tree = folder.join("tree");
    fs::create_dir_all(tree.join("DEBIAN")).expect("the folder is new");
    fs::create_dir_all(tree.join("usr/bin")).expect("the folder is new");
    let control =
        "Package: sample\nVersion: 1.0\nArchitecture: all\nMaintainer: A <a@example.org>\nDescription: x\n";
    fs::write(tree.join("DEBIAN/control"), control).expect("the folder is there");
    fs::write(tree.join("usr/bin/one"), "x".repeat(100_000)).expect("the folder is there");
    fs::hard_link(tree.join("usr/bin/one"), tree.join("usr/bin/two")).expect("the file is there");
    symlink("one", tree.join("usr/bin/three")).expect("the folder is there");
    let long = "n".repeat(200);
    fs::write(tree.join("usr").join(long), "").expect("the folder is there");
    let deb = folder.join("sample.deb");
    let status = Command::new("dpkg-deb")
        .args(["--root-owner-group", "--build"])
        .arg(&tree)
        .arg(&deb)
        .output()
        .expect("dpkg-deb ran before");
    assert!(status.status.success(), "{status:?}");
    deb
}

/// Paths as `tar t` gives them, from our reader.
fn ours(bytes: &[u8]) -> Result<BTreeSet<String>, DebError> {
    let mut paths = BTreeSet::new();
    Deb::open(bytes)?.data_entries::<DebError>(|entry, content| {
        let mut count = 0;
        let mut buffer = vec![0; 1 << 16];
        while let Ok(read @ 1..) = content.read(&mut buffer) {
            count += read as u64;
        }
        let expected = match entry.kind {
            Kind::Regular { size } => size,
            _ => 0,
        };
        assert_eq!(count, expected, "{}", entry.path);
        paths.insert(entry.path.clone());
        Ok(())
    })?;
    Ok(paths)
}

fn dpkgs(deb: &Path) -> BTreeSet<String> {
    let command = format!(
        "dpkg-deb --fsys-tarfile '{}' | tar t --quoting-style=literal",
        deb.display()
    );
    let output = Command::new("sh")
        .args(["-c", &command])
        .output()
        .expect("a shell is there");
    let text = String::from_utf8(output.stdout).expect("paths are UTF-8");
    let absolute = |line: &str| format!("/{}", line.trim_start_matches('.').trim_matches('/'));
    text.lines().map(absolute).collect()
}

#[test]
fn dpkg_deb_agrees() {
    if Command::new("dpkg-deb").arg("--version").output().is_err() {
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut debs = vec![build(folder.path())];
    if let Some(more) = std::env::var_os("HARDPAN_TEST_DEBS") {
        let entries = fs::read_dir(more).expect("HARDPAN_TEST_DEBS is a folder");
        debs.extend(
            entries
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "deb")),
        );
    }
    for deb in debs {
        let bytes = fs::read(&deb).expect("the package is there");
        let paths = ours(&bytes).unwrap_or_else(|error| panic!("{}: {error}", deb.display()));
        assert_eq!(paths, dpkgs(&deb), "{}", deb.display());
    }
}
