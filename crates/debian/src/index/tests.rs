//! Compiling small trees and looking packages up.

use super::*;
use crate::testing::write_tree;

/// A paragraph of a package index with `more` fields.
fn paragraph(name: &str, version: &str, more: &str) -> String {
    let sha256 = "0".repeat(64);
    format!(
        "Package: {name}\nVersion: {version}\nArchitecture: amd64\nFilename: pool/{name}.deb\nSize: 1\n\
         SHA256: {sha256}\n{more}\n"
    )
}

fn index(suites: &[(&str, &str)]) -> Result<Index, IndexError> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write_tree(folder.path(), suites);
    Index::compile(folder.path())
}

fn versions(records: Vec<Record>) -> Vec<(String, String, String)> {
    let triple = |record: Record| (record.name, record.version, record.suite);
    records.into_iter().map(triple).collect()
}

#[test]
fn suites_merge_and_the_highest_version_comes_first() {
    let first = [
        paragraph("b", "1.10", ""),
        paragraph("a", "1", "Provides: v, w (= 2)\n"),
        paragraph("b", "1.9", "Provides: v\n"),
    ];
    let second = [paragraph("b", "1.9", ""), paragraph("b", "1:0", "")];
    let index =
        index(&[("trixie", &first.join("\n")), ("updates", &second.join("\n"))]).expect("it compiles");
    assert_eq!(index.names().collect::<Vec<_>>(), ["a", "b"]);
    let of = |name: &str, version: &str, suite: &str| (name.into(), version.into(), suite.into());
    let candidates = index.candidates("b").expect("it is sound");
    let expected = [
        of("b", "1:0", "updates"),
        of("b", "1.10", "trixie"),
        of("b", "1.9", "trixie"),
    ];
    assert_eq!(versions(candidates), expected);
    let package = index.package("b").expect("it is sound").expect("b is there");
    assert_eq!(package.version, "1:0");
    let providers = index.providers("v").expect("it is sound");
    assert_eq!(
        versions(providers),
        [of("a", "1", "trixie"), of("b", "1.9", "trixie")]
    );
    assert_eq!(versions(index.providers("w").expect("it is sound")).len(), 1);
    for absent in ["", "aa", "c", "v"] {
        assert_eq!(index.package(absent).expect("it is sound"), None, "{absent}");
    }
}

#[test]
fn records_hold_what_nix_code_sees() {
    let text = paragraph(
        "x",
        "2-1+b1",
        "Source: y (2-1)\nInstalled-Size: 12\nEssential: yes\nDescription: short\n long\nDepends: a,\n b\n",
    );
    let index = index(&[("trixie", &text)]).expect("it compiles");
    let record = index.package("x").expect("it is sound").expect("x is there");
    let json = serde_json::to_value(record).expect("a record is JSON");
    for (name, expected) in [
        ("source", "\"y\""),
        ("sourceVersion", "\"2-1\""),
        ("installedSize", "12"),
        ("essential", "true"),
        ("multiArch", "\"\""),
        ("description", "\"short\""),
        ("depends", "\"a,\\n b\""),
        ("preDepends", "\"\""),
        ("filename", "\"pool/x.deb\""),
        ("component", "\"main\""),
    ] {
        assert_eq!(json[name].to_string(), expected, "{name}");
    }
}

#[test]
fn an_empty_index_has_no_packages() {
    let index = index(&[("trixie", "")]).expect("it compiles");
    assert_eq!(index.names().count(), 0);
    assert_eq!(index.package("x").expect("it is sound"), None);
    assert!(index.providers("x").expect("it is sound").is_empty());
}

#[test]
fn indexes_that_make_no_sense_are_refused() {
    let good = paragraph("x", "1", "");
    for (name, text, expected) in [
        ("no fields", "hello".to_owned(), "no field"),
        ("climbs", good.replace("pool/", "../"), "inside the archive"),
        ("absolute", good.replace("pool/", "/"), "inside the archive"),
        ("hash", good.replace("000", "00x"), "SHA256"),
        ("size", good.replace("Size: 1", "Size: y"), "not a number"),
        ("name", good.replace("Package: x", "Package: x/y"), "not the name"),
        ("version", good.replace("Version: 1\n", ""), "version"),
    ] {
        let error = index(&[("trixie", &text)]).expect_err(name);
        assert!(error.to_string().contains(expected), "{name}: {error}");
    }
}

#[test]
fn other_architectures_are_left_out() {
    let text = paragraph("x", "1", "").replace("amd64", "i386")
        + "\n"
        + &paragraph("y", "1", "").replace("amd64", "all");
    let index = index(&[("trixie", &text)]).expect("it compiles");
    assert_eq!(index.names().collect::<Vec<_>>(), ["y"]);
}

#[test]
fn several_trees_are_one_index() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let tree = |name: &str, suites: &[(&str, &str)]| {
        let tree = folder.path().join(name);
        fs::create_dir(&tree).expect("the folder is new");
        write_tree(&tree, suites);
        tree
    };
    let debian = tree(
        "debian",
        &[("trixie", &(paragraph("a", "1", "") + &paragraph("b", "1", "")))],
    );
    let vendor = tree(
        "vendor",
        &[("stable", &(paragraph("b", "1", "") + &paragraph("c", "2", "")))],
    );
    let open =
        |trees: &[PathBuf], key: &str| Index::open_or_compile(trees, &folder.path().join("cache"), key);
    let index = open(&[debian.clone(), vendor.clone()], "one two").expect("it compiles");
    assert_eq!(index.names().collect::<Vec<_>>(), ["a", "b", "c"]);
    let suite = |name: &str| index.package(name).expect("it is sound").expect(name).suite;
    assert_eq!((suite("b").as_str(), suite("c").as_str()), ("trixie", "stable"));

    let manifest = fs::read_to_string(vendor.join("manifest.json")).expect("it can be read");
    fs::write(vendor.join("manifest.json"), manifest.replace("amd64", "arm64")).expect("it can be written");
    let refused = open(&[debian, vendor], "other")
        .expect_err("the architectures differ")
        .to_string();
    assert!(
        refused.contains("it is for arm64, and not for amd64 as the first one"),
        "{refused}"
    );
}

#[test]
fn the_cache_is_used_and_a_damaged_one_is_made_again() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (tree, cache) = (folder.path().join("tree"), folder.path().join("cache"));
    fs::create_dir(&tree).expect("the folder is new");
    write_tree(&tree, &[("trixie", &paragraph("x", "1", ""))]);
    let open = || Index::open_or_compile(std::slice::from_ref(&tree), &cache, "sha256-a/b+c=");
    open().expect("it compiles");
    let kept = fs::read_dir(&cache).expect("the cache is there").flatten().next();
    let file = kept.expect("an index was kept").path();
    let sound = fs::read(&file).expect("it can be read");
    fs::rename(&tree, folder.path().join("away")).expect("it can be moved");
    let found = open().expect("the cache is enough").package("x");
    assert!(found.expect("it is sound").is_some());
    fs::rename(folder.path().join("away"), &tree).expect("it can be moved");
    for index in 0..sound.len() {
        let mut damaged = sound.clone();
        damaged[index] ^= 0x55;
        fs::write(&file, &damaged).expect("it can be written");
        // Damage to the table leads to a new file; damage to a record is found when it is read.
        if let Ok(found) = open().expect("it compiles again").package("x") {
            assert_eq!(
                found.map(|record| record.name).as_deref(),
                Some("x"),
                "byte {index}"
            );
        }
    }
    fs::write(&file, &sound[..sound.len() - 1]).expect("it can be written");
    let found = open().expect("it compiles again").package("x");
    assert!(found.expect("it is sound").is_some());
}
