//! Locks suites of an archive on the loopback interface, sound and damaged.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::world::{SIGNED, Shape, World};
use super::*;
use crate::index::Index;
use crate::testing::{Options, Signer};

/// Paths and contents of a tree.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut todo = vec![root.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in fs::read_dir(folder).expect("the folder is there").flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let inner = path.strip_prefix(root).expect("it lies below").to_owned();
                found.insert(inner, fs::read(&path).expect("it can be read"));
            }
        }
    }
    found
}

#[test]
fn a_tree_is_locked_and_made_again() {
    let forms = [
        (".xz", true),
        (".gz", false),
        ("", true),
        (".bz2", false),
        (".zst", false),
        ("", false),
    ];
    for (compression, by_hash) in forms {
        let world = World::new();
        world.publish(&Shape {
            compression,
            by_hash,
            ..Shape::default()
        });
        let locked = world.lock("tree").expect("it can be locked");
        assert_eq!(locked.last_modified, u64::from(SIGNED));
        assert!(locked.summary[0].starts_with("vendor trixie: 2026-11-21 09:15:44 UTC, signed by "));
        let tree = files(&world.out("tree"));
        let names: Vec<String> = tree.keys().map(|path| path.display().to_string()).collect();
        let index = format!("vendor/trixie/main/Packages{compression}");
        assert_eq!(names, ["manifest.json", "vendor/trixie/InRelease", &index]);
        let manifest = Manifest::read(&world.out("tree")).expect("it can be read");
        assert_eq!(manifest.suites[0].codename, "trixie");
        let opened = Index::compile_unsigned(&world.out("tree")).expect("it compiles");
        assert_eq!(opened.names().collect::<Vec<_>>(), ["one"]);
        let pins: Pins = locked.pins.to_string().parse().expect("pins are text");
        let restored = world.restore(&pins, "again").expect("it is all there");
        assert_eq!(files(&world.out("again")), tree);
        assert_eq!(
            (restored.last_modified, restored.pins),
            (locked.last_modified, locked.pins)
        );
    }
}

#[test]
fn archives_are_read_in_every_form_that_apt_reads() {
    let plain = || Shape {
        by_hash: false,
        ..Shape::default()
    };
    for (name, shape, expected) in [
        (
            "Release and Release.gpg",
            Shape {
                apart: true,
                ..plain()
            },
            [
                "vendor/trixie/Release",
                "vendor/trixie/Release.gpg",
                "vendor/trixie/main/Packages.xz",
            ]
            .as_slice(),
        ),
        (
            "a form that nobody keeps",
            Shape {
                compression: ".gz",
                only_named: Some("Packages.xz"),
                ..plain()
            },
            &["vendor/trixie/InRelease", "vendor/trixie/main/Packages.gz"],
        ),
        (
            "a folder",
            Shape {
                flat: true,
                compression: "",
                ..plain()
            },
            &["vendor/flat/InRelease", "vendor/flat/Packages"],
        ),
        (
            "a folder with all its files apart",
            Shape {
                flat: true,
                apart: true,
                compression: ".bz2",
                ..plain()
            },
            &[
                "vendor/flat/Packages.bz2",
                "vendor/flat/Release",
                "vendor/flat/Release.gpg",
            ],
        ),
    ] {
        let world = World::new();
        world.publish(&shape);
        let mut request = world.request();
        if shape.flat {
            request.archives[0].suites[0] = Suite {
                name: "./".to_owned(),
                components: Vec::new(),
            };
        }
        let locked = lock(&world.fetcher, &request, &world.out("tree")).expect(name);
        let tree = files(&world.out("tree"));
        let mut paths: Vec<String> = tree.keys().map(|path| path.display().to_string()).collect();
        paths.retain(|path| path != "manifest.json");
        assert_eq!(paths, expected, "{name}");
        let manifest = Manifest::read(&world.out("tree")).expect(name);
        verify_tree(
            &world.out("tree"),
            &manifest,
            &["vendor".to_owned()],
            &world.keyring,
        )
        .expect(name);
        let pins: Pins = locked.pins.to_string().parse().expect(name);
        world.restore(&pins, "again").expect(name);
        assert_eq!(files(&world.out("again")), tree, "{name}");
    }
}

#[test]
fn an_archive_without_signatures_is_not_locked() {
    let world = World::new();
    world.publish(&Shape {
        apart: true,
        ..Shape::default()
    });
    fs::remove_file(world.suite_folder().join("Release.gpg")).expect("it is there");
    let error = world.lock("tree").expect_err("it is not signed").to_string();
    assert!(
        error.contains("there is neither an InRelease nor a Release.gpg"),
        "{error}"
    );
}

#[test]
fn a_lock_says_which_state_is_meant_and_never_whom_to_believe() {
    let world = World::new();
    let stranger = Signer::new(&Options {
        seed: 2,
        ..Options::default()
    });
    let locked = world.lock("tree").expect("it can be locked");
    let release = fs::read_to_string(world.suite_folder().join("InRelease")).expect("it is there");
    let pinned = |bytes: &[u8]| {
        world.put("InRelease", bytes);
        let mut pins = locked.pins.clone();
        pins.suites[0].in_release = Hash::sha256(bytes).to_base16();
        world
            .restore(&pins, "forged")
            .expect_err("it is forged")
            .to_string()
    };
    let text = release
        .lines()
        .skip(3)
        .take_while(|line| !line.starts_with("-----"))
        .collect::<Vec<_>>();
    let forged = stranger.sign(&text.join("\n"), SIGNED);
    assert!(pinned(&forged).contains("which is not trusted"));
    assert!(pinned(release.replace("21 Nov", "20 Nov").as_bytes()).contains("does not hold"));
    assert!(pinned(text.join("\n").as_bytes()).contains("not a signed text"));
    let other = world.signer.sign(
        &text.join("\n").replace("stable", "old").replace("trixie", "old"),
        SIGNED,
    );
    assert!(pinned(&other).contains("cannot use suite trixie"));
}

#[test]
fn release_files_that_must_not_be_locked_are_refused() {
    let plain = Shape::default;
    for (shape, expected) in [
        (
            Shape {
                date: "Sat, 28 Nov 2026 09:15:44 UTC",
                ..plain()
            },
            "lies in the future",
        ),
        (
            Shape {
                more: "Valid-Until: Sat, 21 Nov 2026 10:00:00 UTC\n",
                ..plain()
            },
            "was valid until 2026-11-21 10:00:00 UTC only",
        ),
        (
            Shape {
                date: "yesterday",
                ..plain()
            },
            "makes no sense",
        ),
    ] {
        let world = World::new();
        world.publish(&shape);
        let error = world.lock("tree").expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(error.contains("/vendor/dists/trixie/InRelease: "), "{error}");
        assert!(!world.out("tree").exists());
    }
}

#[test]
fn unsigned_and_wrongly_signed_release_files_are_refused() {
    let world = World::new();
    let stranger = Signer::new(&Options {
        seed: 2,
        ..Options::default()
    });
    for (bytes, expected) in [
        (b"Suite: stable\n".to_vec(), "not a signed text"),
        (stranger.sign("Suite: stable\n", SIGNED), "which is not trusted"),
    ] {
        world.put("InRelease", &bytes);
        let error = world.lock("tree").expect_err(expected).to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn an_index_with_another_hash_is_refused() {
    let world = World::new();
    world.publish(&Shape {
        by_hash: false,
        ..Shape::default()
    });
    let sound = fs::read(world.suite_folder().join("main/binary-amd64/Packages.xz")).expect("it is there");
    let mut altered = sound.clone();
    altered[20] ^= 1;
    for (name, bytes) in [
        ("altered", altered),
        ("longer", [sound.clone(), vec![0]].concat()),
        ("empty", vec![]),
    ] {
        world.put("main/binary-amd64/Packages.xz", &bytes);
        let error = world.lock("tree").expect_err(name);
        assert!(matches!(error, LockError::Index { .. }), "{name}: {error}");
    }
}

#[test]
fn an_older_release_file_is_refused() {
    let world = World::new();
    let newer = world.lock("tree").expect("it can be locked");
    world.publish(&Shape {
        date: "Fri, 20 Nov 2026 09:15:44 UTC",
        ..Shape::default()
    });
    let request = LockRequest {
        previous: Some(newer.pins),
        ..world.request()
    };
    let error = lock(&world.fetcher, &request, &world.out("older"))
        .expect_err("it is older")
        .to_string();
    assert!(
        error.contains("of 2026-11-20 09:15:44 UTC, older than the locked one"),
        "{error}"
    );
}

#[test]
fn a_bad_mirror_is_passed_over() {
    let world = World::new();
    let bad = world.folder.path().join("www/bad/dists/trixie");
    fs::create_dir_all(&bad).expect("it can be made");
    fs::write(bad.join("InRelease"), "Suite: stable\n").expect("it can be written");
    let mut request = world.request();
    let address = &world.server.address;
    request.archives[0].mirrors = vec![
        format!("{address}/none"),
        format!("{address}/bad"),
        world.mirror(),
    ];
    assert!(lock(&world.fetcher, &request, &world.out("tree")).is_ok());
    request.archives[0].mirrors.pop();
    let error = lock(&world.fetcher, &request, &world.out("tree2"))
        .expect_err("no mirror is good")
        .to_string();
    assert!(
        error.contains("/none/dists/trixie/InRelease") && error.contains("/bad/dists"),
        "{error}"
    );
    request.archives[0].mirrors.clear();
    let error = lock(&world.fetcher, &request, &world.out("tree3"))
        .expect_err("no mirror is known")
        .to_string();
    assert!(error.contains("no mirror is known"), "{error}");
}

#[test]
fn a_locked_tree_outlives_a_change_of_the_archive_as_long_as_its_files_do() {
    let world = World::new();
    let locked = world.lock("tree").expect("it can be locked");
    let old = fs::read(world.suite_folder().join("InRelease")).expect("it is there");
    world.publish(&Shape {
        package: "two",
        ..Shape::default()
    });
    let error = world
        .restore(&locked.pins, "gone")
        .expect_err("the release file is gone");
    let text = error.to_string();
    assert!(matches!(error, LockError::Gone { .. }), "{text}");
    for part in [
        "vendor/trixie/InRelease",
        "2026-11-21 09:15:44 UTC",
        "ways out",
        "hash mismatch",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // Indexes stay under their hashes; with the release file back, the tree is whole.
    world.put("InRelease", &old);
    world.restore(&locked.pins, "again").expect("it is all there");
    assert_eq!(files(&world.out("again")), files(&world.out("tree")));
    fs::remove_dir_all(world.suite_folder().join("main")).expect("it can be removed");
    let text = world
        .restore(&locked.pins, "partly")
        .expect_err("the index is gone")
        .to_string();
    assert!(
        text.contains("vendor/trixie/main/Packages.xz") && text.contains("ways out"),
        "{text}"
    );
}

#[test]
fn a_locked_tree_is_made_again_long_after_it_expired() {
    let world = World::new();
    world.publish(&Shape {
        more: "Valid-Until: Sun, 22 Nov 2026 09:15:44 UTC\n",
        ..Shape::default()
    });
    let locked = world.lock("tree").expect("it can be locked");
    // Restoring takes no clock at all.
    assert!(world.restore(&locked.pins, "again").is_ok());
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let world = World::new();
    let cases: [fn(&mut LockRequest<'_>); 5] = [
        |request| request.archives[0].name = "../x".to_owned(),
        |request| request.archives[0].suites[0].name = "a/../b".to_owned(),
        |request| request.archives[0].suites[0].components = vec!["/etc".to_owned()],
        |request| request.architecture = "a/b".to_owned(),
        |request| request.archives[0].suites[0].name = "a b".to_owned(),
    ];
    for change in cases {
        let mut request = world.request();
        change(&mut request);
        let result = lock(&world.fetcher, &request, &world.out("tree"));
        assert!(matches!(result, Err(LockError::BadRequest { .. })));
    }
    let mut request = world.request();
    request.archives[0].suites[0].components = vec!["contrib".to_owned()];
    let error = lock(&world.fetcher, &request, &world.out("tree")).expect_err("there is no contrib");
    let source = std::error::Error::source(&error)
        .map(ToString::to_string)
        .unwrap_or_default();
    assert!(
        source.contains("no component contrib for amd64; it has main"),
        "{error} {source}"
    );
}

#[test]
fn releases_have_the_suites_that_belong_to_them() {
    let names = |release: &str| -> Vec<String> {
        let archives = debian_release(release, &["main".to_owned()]);
        let named = |(archive, suites): (String, Vec<Suite>)| {
            suites
                .into_iter()
                .map(move |suite| format!("{archive}/{}", suite.name))
                .collect::<Vec<_>>()
        };
        archives.into_iter().flat_map(named).collect()
    };
    let expected = [
        "debian/trixie",
        "debian/trixie-updates",
        "debian-security/trixie-security",
    ];
    assert_eq!(names("trixie"), expected);
    assert_eq!(names("sid"), ["debian/sid"]);
}
