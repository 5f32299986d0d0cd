//! Compiling small trees and looking packages up.

use super::*;
use std::fs;

use crate::testing::{source_of, write_tree, write_tree_of};

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
    Index::compile_unsigned(folder.path())
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

/// Debian's tree and that of a vendor, whose packages are given as names, versions and further fields.
struct Two {
    folder: tempfile::TempDir,
}

impl Two {
    fn new(debian: &[(&str, &str, &str)], vendor: &[(&str, &str, &str)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        for (archive, suite, packages) in [("debian", "trixie", debian), ("vendor", "stable", vendor)] {
            let tree = folder.path().join(archive);
            fs::create_dir(&tree).expect("the folder is new");
            let text: String = packages
                .iter()
                .map(|(name, version, more)| paragraph(name, version, more))
                .collect::<Vec<_>>()
                .join("\n");
            write_tree_of(archive, &tree, &[(suite, &text)]);
        }
        Self { folder }
    }

    fn open(&self, packages: Option<&[&str]>, replace: &[&str]) -> Result<Index, IndexError> {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let selection = Selection {
            packages: packages.map(owned),
            replace: owned(replace),
        };
        let root = self.folder.path();
        let sources = [
            source_of("debian", &root.join("debian"), Selection::default()),
            source_of("vendor", &root.join("vendor"), selection),
        ];
        Index::open_or_compile(&sources, &root.join("cache"), "one two")
    }

    /// Name, version and suite of the best package of each name.
    fn names(&self, packages: Option<&[&str]>, replace: &[&str]) -> Vec<String> {
        let index = self.open(packages, replace).expect("it compiles");
        let best = |name: &str| index.package(name).expect("it is sound").expect("it is there");
        index
            .names()
            .map(|name| format!("{name} {} {}", best(name).version, best(name).suite))
            .collect()
    }
}

#[test]
fn a_further_archive_adds_packages_and_replaces_what_is_named() {
    let two = Two::new(
        &[("a", "1", "Depends: v2\n"), ("b", "1", "Provides: v1\n")],
        &[
            ("b", "1:99", ""),
            ("c", "2", "Provides: v1, v2 (= 3), v3, a, c-abi\n"),
            ("v1", "9", ""),
            ("d", "1", ""),
        ],
    );
    let plain = ["a 1 trixie", "b 1 trixie", "c 2 stable", "d 1 stable"];
    assert_eq!(two.names(None, &[]), plain);
    assert_eq!(
        two.names(Some(&["c"]), &[]),
        ["a 1 trixie", "b 1 trixie", "c 2 stable"]
    );
    assert_eq!(two.names(Some(&["b"]), &[]), ["a 1 trixie", "b 1 trixie"]);
    let replaced = ["a 1 trixie", "b 1:99 stable", "c 2 stable", "d 1 stable"];
    assert_eq!(two.names(None, &["b"]), replaced);
    assert_eq!(two.names(Some(&["c"]), &["b"]), replaced[..3]);
    let index = two.open(None, &[]).expect("it compiles");
    let package = |name: &str| index.package(name).expect("it is sound").expect("it is there");
    assert_eq!(
        (package("b").foreign, package("b").held_back),
        (false, vec!["vendor".to_owned()])
    );
    assert_eq!(
        (package("c").foreign, package("c").provides),
        (true, "v3, c-abi".to_owned())
    );
    for (name, providers) in [("v1", 1), ("v2", 0), ("v3", 1), ("a", 0), ("c-abi", 1)] {
        let found = index.providers(name).expect("it is sound");
        assert_eq!(
            found.iter().filter(|record| record.name != "a").count(),
            providers,
            "{name}"
        );
    }
    let index = two
        .open(None, &["v2"])
        .expect_err("there is no such package")
        .to_string();
    assert_eq!(index, "hardpan.archives: the archive vendor has no package v2");
}

#[test]
fn a_lower_version_replaces_where_it_is_named() {
    let two = Two::new(&[("b", "5", "")], &[("b", "1", ""), ("b", "2", "")]);
    assert_eq!(two.names(None, &["b"]), ["b 2 stable"]);
}

#[test]
fn trees_for_other_machines_are_no_further_archives() {
    let two = Two::new(&[("a", "1", "")], &[("b", "1", "")]);
    let manifest = two.folder.path().join("vendor/manifest.json");
    let text = fs::read_to_string(&manifest).expect("it can be read");
    fs::write(&manifest, text.replace("amd64", "arm64")).expect("it can be written");
    let refused = two
        .open(None, &[])
        .expect_err("the architectures differ")
        .to_string();
    assert!(
        refused.contains("cannot use suite stable of archive vendor"),
        "{refused}"
    );
}

#[test]
fn a_tree_that_its_archive_has_not_signed_has_no_packages() {
    let index = "vendor/stable/main/Packages.xz";
    type Damage<'a> = &'a dyn Fn(&Path);
    let cases: [(&str, Damage<'_>, &str); 6] = [
        (
            "index",
            &|tree| fs::write(tree.join(index), "").expect("it can be written"),
            "is not the index that",
        ),
        (
            "release",
            &|tree| {
                let file = tree.join("vendor/stable/InRelease");
                let text = fs::read_to_string(&file)
                    .expect("it is there")
                    .replace("21 Nov", "22 Nov");
                fs::write(file, text).expect("it can be written");
            },
            "does not hold",
        ),
        (
            "date",
            &|tree| edit_manifest(tree, "\"date\":1795252544", "\"date\":1"),
            "has another date",
        ),
        (
            "archive",
            &|tree| {
                edit_manifest(tree, "\"archive\":\"vendor\"", "\"archive\":\"debian\"");
            },
            "it has a suite of the archive debian, and not of vendor",
        ),
        (
            "no index",
            &|tree| {
                let manifest = fs::read_to_string(tree.join("manifest.json")).expect("it is there");
                let start = manifest.find("\"indexes\":[").expect("it has indexes") + 11;
                fs::write(
                    tree.join("manifest.json"),
                    format!("{}]}}]}}", &manifest[..start]),
                )
                .expect("it can be written");
            },
            "has not the indexes that belong to it",
        ),
        (
            "suites",
            &|tree| {
                fs::write(
                    tree.join("manifest.json"),
                    r#"{"version":1,"architecture":"amd64","suites":[]}"#,
                )
                .expect("it can be written");
            },
            "it has no suite",
        ),
    ];
    for (name, change, expected) in cases {
        let two = Two::new(&[("a", "1", "")], &[("b", "1", "")]);
        change(&two.folder.path().join("vendor"));
        let error = two.open(None, &[]).expect_err(name).to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

fn edit_manifest(tree: &Path, from: &str, to: &str) {
    let file = tree.join("manifest.json");
    let text = fs::read_to_string(&file).expect("it is there");
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replace(from, to)).expect("it can be written");
}

#[test]
fn what_was_compiled_for_other_keys_is_not_used() {
    let two = Two::new(&[("a", "1", "")], &[("b", "1", "")]);
    two.open(None, &[]).expect("it compiles");
    let root = two.folder.path();
    let mut source = source_of("debian", &root.join("debian"), Selection::default());
    let open =
        |source: &Source| Index::open_or_compile(std::slice::from_ref(source), &root.join("cache"), "x");
    assert!(open(&source).is_ok());
    let stranger = crate::testing::Signer::new(&crate::testing::Options {
        seed: 9,
        ..Default::default()
    });
    source.keys = vec![("other".to_owned(), stranger.certificate())];
    let error = open(&source).expect_err("nobody trusts its signer").to_string();
    assert!(error.contains("which is not trusted"), "{error}");
}

#[test]
fn the_cache_is_used_and_a_damaged_one_is_made_again() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (tree, cache) = (folder.path().join("tree"), folder.path().join("cache"));
    fs::create_dir(&tree).expect("the folder is new");
    write_tree(&tree, &[("trixie", &paragraph("x", "1", ""))]);
    let sources = [source_of("debian", &tree, Selection::default())];
    let open = || Index::open_or_compile(&sources, &cache, "sha256-a/b+c=");
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
