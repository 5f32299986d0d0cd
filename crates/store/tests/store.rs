//! The promises of a store: what is valid is complete, what is not valid leaves nothing.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use nix_formats::{Derivation, Hash, Output, StorePath, store_path};
use store::{CollectOptions, Damage, Options, Registration, Store, StoreError, keep_all};

fn new_store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(directory.path()).unwrap();
    (directory, store)
}

fn text(store: &Store, name: &str, contents: &str, references: &[&StorePath]) -> StorePath {
    let references = references.iter().map(|path| (*path).clone()).collect();
    store.add_text(name, contents.as_bytes(), &references).unwrap()
}

fn sample_tree(at: &Path) {
    fs::create_dir_all(at.join("b/c")).unwrap();
    fs::write(at.join("b/run"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(at.join("b/run"), fs::Permissions::from_mode(0o700)).unwrap();
    fs::write(at.join("a"), "text").unwrap();
    symlink("a", at.join("link")).unwrap();
}

fn invented_path(name: &str) -> StorePath {
    store_path::output_path(name, "out", &Hash::sha256(name.as_bytes())).unwrap()
}

#[test]
fn a_text_gets_the_path_that_nix_gives_it() {
    let (_directory, store) = new_store();
    let path = text(&store, "foo", "bar", &[]);
    assert_eq!(
        path.to_string(),
        "/nix/store/vxjiwkjkn7x4079qvh1jkl5pn05j2aw0-foo"
    );
    assert_eq!(fs::read(store.physical(&path)).unwrap(), b"bar");
    let info = store.require_info(&path).unwrap();
    assert_eq!(
        store::hashing::nar_hash(&store.physical(&path)).unwrap(),
        (info.nar_hash, info.nar_size)
    );
}

#[test]
fn a_tree_is_canonical_once_it_is_valid() {
    let (directory, store) = new_store();
    let source = directory.path().join("source");
    sample_tree(&source);
    let path = store.add_source(&source, "tree", &mut keep_all).unwrap();
    let place = store.physical(&path);
    let mode = |name: &str| fs::metadata(place.join(name)).unwrap().permissions().mode() & 0o7777;
    assert_eq!(
        (mode(""), mode("b"), mode("b/run"), mode("a")),
        (0o555, 0o555, 0o555, 0o444)
    );
    let time = fs::symlink_metadata(place.join("link"))
        .unwrap()
        .modified()
        .unwrap();
    assert_eq!(time.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs(), 1);
    assert_eq!(store.add_source(&source, "tree", &mut keep_all).unwrap(), path);
    assert_eq!(store.verify(&mut |_, _, _| {}).unwrap(), []);
}

#[test]
fn a_filter_decides_what_is_imported() {
    let (directory, store) = new_store();
    let source = directory.path().join("source");
    sample_tree(&source);
    let path = store
        .add_source(&source, "tree", &mut |path, _| Ok(!path.ends_with("b")))
        .unwrap();
    assert!(!store.physical(&path).join("b").exists() && store.physical(&path).join("a").exists());
    let failing = store.add_source(&source, "tree", &mut |_, _| Err("no".into()));
    assert!(matches!(failing, Err(StoreError::Filter { .. })));
}

#[test]
fn a_tree_with_the_store_inside_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("data/store")).unwrap();
    let error = store
        .add_source(directory.path(), "x", &mut keep_all)
        .unwrap_err();
    assert!(matches!(error, StoreError::ContainsStore { .. }), "{error}");
    let link = directory.path().join("data/link");
    symlink("nowhere", &link).unwrap();
    store.add_source(&link, "link", &mut keep_all).unwrap();
}

#[test]
fn a_dropped_staging_leaves_nothing() {
    let (_directory, store) = new_store();
    let path = invented_path("x");
    let staging = store.stage(&path).unwrap();
    sample_tree(staging.path());
    let place = staging.path().to_owned();
    drop(staging);
    assert!(!place.exists() && !store.physical(&path).exists());
    assert!(!store.is_valid(&path).unwrap());
}

#[test]
fn what_refers_to_an_invalid_path_does_not_become_valid() {
    let (_directory, store) = new_store();
    let path = invented_path("x");
    let staging = store.stage(&path).unwrap();
    fs::write(staging.path(), "x").unwrap();
    let registration = Registration {
        references: BTreeSet::from([invented_path("y")]),
        ..Registration::default()
    };
    assert!(matches!(
        staging.register(registration),
        Err(StoreError::InvalidReference { .. })
    ));
    assert!(!store.is_valid(&path).unwrap() && !store.physical(&path).exists());
}

#[test]
fn paths_that_refer_to_each_other_are_registered_together() {
    let (_directory, store) = new_store();
    let paths = [invented_path("x"), invented_path("y")];
    let registration = Registration {
        references: paths.iter().cloned().collect(),
        ..Registration::default()
    };
    let staged = paths
        .iter()
        .map(|path| {
            let staging = store.stage(path).unwrap();
            fs::write(staging.path(), format!("{} {}", paths[0], paths[1])).unwrap();
            (staging, registration.clone())
        })
        .collect();
    store.register_all(staged).unwrap();
    assert_eq!(
        store.closure([&paths[0]]).unwrap(),
        paths.iter().cloned().collect()
    );
    assert_eq!(
        store
            .collect_garbage(CollectOptions::default())
            .unwrap()
            .paths
            .len(),
        0,
        "in use by this process"
    );
}

#[test]
fn special_files_are_refused() {
    let (_directory, store) = new_store();
    let staging = store.stage(&invented_path("x")).unwrap();
    fs::create_dir(staging.path()).unwrap();
    let _socket = std::os::unix::net::UnixListener::bind(staging.path().join("s")).unwrap();
    let error = staging.register(Registration::default()).unwrap_err();
    assert!(
        matches!(error, StoreError::Special { kind: "socket", .. }),
        "{error}"
    );
}

#[test]
fn collection_removes_what_no_root_reaches() {
    let (directory, store) = new_store();
    let leaf = text(&store, "leaf", "leaf", &[]);
    let kept = text(&store, "kept", "kept", &[&leaf]);
    let dead_leaf = text(&store, "dead-leaf", "x", &[]);
    let dead = text(&store, "dead", "y", &[&dead_leaf, &leaf]);
    let result = directory.path().join("result");
    store.add_indirect_root(&result, &kept).unwrap();
    assert_eq!(fs::read(&result).unwrap(), b"kept");
    let root = directory.path().to_owned();
    drop(store);
    let store = Store::open(&root).unwrap();
    fs::write(store.physical(&invented_path("half-written")), "x").unwrap();
    let planned = store
        .collect_garbage(CollectOptions {
            dry_run: true,
            ..CollectOptions::default()
        })
        .unwrap();
    assert_eq!(planned.paths, [dead.clone(), dead_leaf.clone()]);
    let done = store.collect_garbage(CollectOptions::default()).unwrap();
    assert_eq!(done.paths, planned.paths);
    assert_eq!(
        store.all_paths().unwrap(),
        BTreeSet::from([kept.clone(), leaf.clone()])
    );
    assert_eq!(fs::read_dir(store.physical_store_directory()).unwrap().count(), 2);
    fs::remove_file(&result).unwrap();
    assert_eq!(
        store.collect_garbage(CollectOptions::default()).unwrap().paths,
        [kept, leaf]
    );
}

#[test]
fn verification_finds_a_flipped_byte_and_a_missing_path() {
    let (directory, store) = new_store();
    let (flipped, missing) = (
        text(&store, "flipped", "abc", &[]),
        text(&store, "missing", "abc", &[]),
    );
    let source = directory.path().join("source");
    sample_tree(&source);
    store.add_source(&source, "whole", &mut keep_all).unwrap();
    let file = store.physical(&flipped);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(&file, "abd").unwrap();
    fs::remove_file(store.physical(&missing)).unwrap();
    let damage = store.verify(&mut |_, _, _| {}).unwrap();
    assert_eq!(damage.len(), 2);
    assert!(
        damage
            .iter()
            .any(|(path, found)| *path == missing && *found == Damage::Missing)
    );
    assert!(
        damage
            .iter()
            .any(|(path, found)| *path == flipped && matches!(found, Damage::Modified { .. }))
    );
}

#[test]
fn an_archive_must_have_the_digest_that_was_signed() {
    let (_from_directory, from) = new_store();
    let (_to_directory, to) = new_store();
    let path = text(&from, "foo", "bar", &[]);
    let info = from.require_info(&path).unwrap();
    let archive = from.dump(&path, Vec::new()).unwrap();
    let text = format!(
        "StorePath: {path}\nURL: x\nCompression: none\nNarHash: {}\nNarSize: {}\nReferences: \n",
        info.nar_hash, info.nar_size
    );
    let narinfo = nix_formats::narinfo::NarInfo::parse(&text).unwrap();
    let changed: Vec<u8> = archive
        .iter()
        .map(|byte| if *byte == b'b' { b'c' } else { *byte })
        .collect();
    assert!(
        to.add_archive(&narinfo, &mut &archive[..archive.len() - 1])
            .is_err()
    );
    let error = to.add_archive(&narinfo, &mut changed.as_slice()).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::HashMismatch { .. } | StoreError::Archive { .. }
        ),
        "{error}"
    );
    to.add_archive(&narinfo, &mut archive.as_slice()).unwrap();
    assert_eq!(to.require_info(&path).unwrap().nar_hash, info.nar_hash);
}

#[test]
fn a_store_of_another_schema_is_refused() {
    let (directory, store) = new_store();
    drop(store);
    fs::write(directory.path().join("nix/var/nix/db/schema"), "11").unwrap();
    assert!(matches!(
        Store::open(directory.path()),
        Err(StoreError::Schema { .. })
    ));
}

#[test]
fn a_store_whose_first_run_was_cut_off_opens() {
    let (directory, store) = new_store();
    let path = text(&store, "foo", "bar", &[]);
    drop(store);
    fs::write(directory.path().join("nix/var/nix/db/schema"), "").unwrap();
    assert!(Store::open(directory.path()).unwrap().is_valid(&path).unwrap());
    assert_eq!(
        fs::read(directory.path().join("nix/var/nix/db/schema")).unwrap(),
        b"10"
    );
}

#[test]
fn what_a_batch_holds_back_is_valid_for_its_process_at_once_and_for_others_at_its_end() {
    let (directory, store) = new_store();
    let other = Store::open(directory.path()).unwrap();
    let batch = store.batch();
    let below = text(&store, "below", "below", &[]);
    let above = text(&store, "above", "above", &[&below]);
    assert!(store.is_valid(&above).unwrap());
    assert_eq!(store.references(&above).unwrap(), BTreeSet::from([below.clone()]));
    assert_eq!(store.referrers(&below).unwrap(), BTreeSet::from([above.clone()]));
    assert!(store.all_paths().unwrap().contains(&below));
    // A collector of another process leaves it alone.
    other.collect_garbage(CollectOptions::default()).unwrap();
    batch.finish().unwrap();
    assert!(other.is_valid(&above).unwrap());
    assert_eq!(other.verify(&mut |_, _, _| {}).unwrap(), []);
}

#[test]
fn nobody_waits_for_the_end_of_anothers_batch() {
    let (directory, store) = new_store();
    let (first, second) = (directory.path().join("first"), directory.path().join("second"));
    sample_tree(&first);
    fs::create_dir(&second).unwrap();
    fs::write(second.join("other"), "other").unwrap();
    let other = Store::open(directory.path()).unwrap();
    let (batch, other_batch) = (store.batch(), other.batch());
    let add = |store: &Store, place: &Path| store.add_source(place, "tree", &mut keep_all).unwrap();
    // Each holds back what the other wants.
    std::thread::scope(|scope| {
        scope.spawn(|| assert_ne!(add(&store, &first), add(&store, &second)));
        scope.spawn(|| assert_ne!(add(&other, &second), add(&other, &first)));
    });
    batch.finish().unwrap();
    other_batch.finish().unwrap();
    assert_eq!(store.verify(&mut |_, _, _| {}).unwrap(), []);
}

#[test]
fn what_a_running_process_uses_is_no_garbage() {
    let (directory, store) = new_store();
    let [script, folder, open, variable, unused] =
        ["script", "folder", "open", "variable", "unused"].map(|name| text(&store, name, name, &[]));
    let source = directory.path().join("source");
    sample_tree(&source);
    let tree = store.add_source(&source, "tree", &mut keep_all).unwrap();
    let mut process = std::process::Command::new("/bin/sh")
        .args(["-c", "echo; read line"])
        .current_dir(store.physical(&tree))
        .env("A_PATH", format!("/bin:{variable}/bin"))
        .env("SCRIPT", store.physical(&script))
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(fs::File::open(store.physical(&open)).unwrap())
        .spawn()
        .unwrap();
    let mut ready = [0];
    std::io::Read::read_exact(process.stdout.as_mut().unwrap(), &mut ready).unwrap();
    drop(store);
    let store = Store::open(directory.path()).unwrap();
    let removed = store.collect_garbage(CollectOptions::default()).unwrap().paths;
    let removed: BTreeSet<StorePath> = removed.into_iter().collect();
    assert_eq!(removed, BTreeSet::from([folder, unused]));
    let busy = store.delete(&BTreeSet::from([tree.clone()]));
    assert!(matches!(busy, Err(StoreError::Alive { .. })));
    drop(process.stdin.take());
    process.wait().unwrap();
    store.delete(&BTreeSet::from([tree])).unwrap();
}

#[test]
fn what_is_collected_follows_keep_derivations_and_keep_outputs() {
    let table = [
        ((true, false), "kept.drv"),
        ((true, true), "kept.drv input"),
        ((false, false), ""),
    ];
    for ((keep_derivations, keep_outputs), expected) in table {
        let (directory, store) = new_store();
        let input = derivation("input", &[]);
        let input_path = store.add_derivation(&input).unwrap();
        let kept = derivation("kept", &[(&input_path, &input)]);
        let deriver = store.add_derivation(&kept).unwrap();
        for (derivation, deriver) in [(&input, &input_path), (&kept, &deriver)] {
            let staging = store.stage(derivation.output_path("out").unwrap()).unwrap();
            fs::write(staging.path(), "made").unwrap();
            let deriver = Some(deriver.clone());
            staging
                .register(Registration {
                    deriver,
                    ..Registration::default()
                })
                .unwrap();
        }
        store
            .add_permanent_root("kept", kept.output_path("out").unwrap())
            .unwrap();
        drop(store);
        let store = Store::open(directory.path()).unwrap();
        let options = CollectOptions {
            keep_derivations,
            keep_outputs,
            ..CollectOptions::default()
        };
        store.collect_garbage(options).unwrap();
        let left: Vec<String> = store
            .all_paths()
            .unwrap()
            .iter()
            .map(|path| path.name().to_owned())
            .collect();
        for name in ["kept.drv", "input"] {
            let stays = expected.split(' ').any(|expected| expected == name);
            assert_eq!(left.iter().any(|left| left == name), stays, "{name} of {left:?}");
        }
    }
}

/// A derivation that needs those of `inputs`.
fn derivation(name: &str, inputs: &[(&StorePath, &Derivation)]) -> Derivation {
    let all = BTreeSet::from(["out".to_owned()]);
    let mut derivation = Derivation {
        name: name.to_owned(),
        outputs: [("out".to_owned(), Output::default())].into(),
        input_derivations: inputs
            .iter()
            .map(|(path, _)| ((*path).clone(), all.clone()))
            .collect(),
        system: "builtin".into(),
        builder: "builtin:x".into(),
        ..Derivation::default()
    };
    derivation.environment.insert("out".into(), "".into());
    let hash_of = |path: &StorePath| {
        let (_, input) = inputs.iter().find(|(input, _)| *input == path)?;
        input.hash_modulo(&mut |_| None).ok()
    };
    derivation.fill_output_paths(&mut |path| hash_of(path)).unwrap();
    derivation
}

#[test]
fn a_derivation_makes_no_path_but_its_own() {
    let foreign = invented_path("foreign");
    type Change<'a> = &'a dyn Fn(&mut Derivation);
    let table: [(&str, Change<'_>); 5] = [
        ("incorrect output", &|changed| {
            changed.outputs.insert(
                "out".to_owned(),
                Output {
                    path: Some(foreign.clone()),
                    fixed: None,
                },
            );
        }),
        ("incorrect environment variable 'out'", &|changed| {
            changed
                .environment
                .insert("out".into(), foreign.to_string().into());
        }),
        ("incorrect output", &|changed| {
            changed.environment.insert("more".into(), "x".into());
        }),
        ("incorrect output", &|changed| {
            drop(changed.input_derivations.pop_first())
        }),
        ("incorrect output", &|changed| {
            let mut output = Output::fixed(nix_formats::Method::Flat, Hash::sha256(b"x"));
            output.path = Some(foreign.clone());
            changed.outputs.insert("out".to_owned(), output);
        }),
    ];
    for (number, (message, change)) in table.iter().enumerate() {
        let (_directory, store) = new_store();
        let input = derivation("input", &[]);
        let input_path = store.add_derivation(&input).unwrap();
        let good = derivation("x", &[(&input_path, &input)]);
        store.add_derivation(&good).unwrap();
        let mut bad = good;
        change(&mut bad);
        let error = store.add_derivation(&bad).unwrap_err().to_string();
        assert!(error.contains(message), "{number}: {error}");
        // As a text it is no better.
        let refused = store.add_text("x.drv", &bad.to_aterm(), &bad.references());
        assert!(refused.is_err(), "{number}");
        assert!(
            store
                .all_paths()
                .unwrap()
                .iter()
                .all(|path| path.name() != "x.drv" || store.read_derivation(path).unwrap() != bad)
        );
    }
}

#[test]
fn equal_files_are_kept_once_where_that_is_asked_for() {
    use std::os::unix::fs::MetadataExt as _;
    for optimise in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let options = Options {
            optimise,
            ..Options::default()
        };
        let store = Store::open_with(directory.path(), options).unwrap();
        let source = directory.path().join("source");
        sample_tree(&source);
        let first = store.add_source(&source, "first", &mut keep_all).unwrap();
        let second = store.add_source(&source, "second", &mut keep_all).unwrap();
        let alone = text(&store, "alone", "text", &[]);
        let inode = |path: &StorePath, name: &str| {
            fs::symlink_metadata(store.physical(path).join(name))
                .unwrap()
                .ino()
        };
        for name in ["a", "b/run"] {
            assert_eq!(inode(&first, name) == inode(&second, name), optimise, "{name}");
        }
        let alone = fs::symlink_metadata(store.physical(&alone)).unwrap().ino();
        assert_eq!(inode(&first, "a") == alone, optimise);
        let folder = fs::symlink_metadata(store.physical(&second).join("b")).unwrap();
        assert_eq!((folder.permissions().mode() & 0o7777, folder.mtime()), (0o555, 1));
        assert_eq!(store.verify(&mut |_, _, _| {}).unwrap(), []);
        assert_eq!(store.optimise().unwrap().files, if optimise { 0 } else { 3 });
        assert_eq!(store.verify(&mut |_, _, _| {}).unwrap(), []);
        drop(store);
        let store = Store::open(directory.path()).unwrap();
        store.collect_garbage(CollectOptions::default()).unwrap();
        let links = store.physical_store_directory().join(".links");
        assert_eq!(fs::read_dir(links).unwrap().count(), 0);
    }
}

#[test]
fn a_content_address_is_that_of_the_content() {
    let (_directory, store) = new_store();
    let whole = store
        .add_flat_file("whole", b"abc", Hash::sha256(b"abc"))
        .unwrap();
    assert_eq!(store.verify_path(&whole).unwrap(), None);
    let address = |contents: &[u8]| {
        Some(nix_formats::ContentAddress {
            method: nix_formats::Method::Flat,
            hash: Hash::sha256(contents),
        })
    };
    for (name, content_address) in [
        ("other-content", address(b"abd")),
        ("other-name", address(b"abc")),
    ] {
        let staging = store.stage(&invented_path(name)).unwrap();
        fs::write(staging.path(), "abc").unwrap();
        let registration = Registration {
            content_address,
            ..Registration::default()
        };
        let info = staging.register(registration).unwrap();
        let damage = store.verify_path(&info.path).unwrap();
        assert!(
            matches!(damage, Some(Damage::Misnamed { .. })),
            "{name}: {damage:?}"
        );
    }
}

#[test]
fn opening_sweeps_what_a_dead_process_left() {
    let (directory, store) = new_store();
    let staging = directory.path().join("nix/var/hardpan/staging");
    fs::create_dir_all(staging.join("4194305-0/7/half")).unwrap();
    fs::write(staging.join("4194305-0.lock"), "").unwrap();
    let _second = Store::open(directory.path()).unwrap();
    assert!(!staging.join("4194305-0").exists());
    let mine = store.staging_directory().unwrap();
    let _third = Store::open(directory.path()).unwrap();
    assert!(mine.path().exists(), "what is in use stays");
}

#[test]
fn only_what_nothing_needs_is_deleted_on_request() {
    let (directory, store) = new_store();
    let leaf = text(&store, "leaf", "leaf", &[]);
    let above = text(&store, "above", "above", &[&leaf]);
    let kept = text(&store, "kept", "kept", &[]);
    store.add_permanent_root("kept", &kept).unwrap();
    let set = |paths: &[&StorePath]| paths.iter().map(|path| (*path).clone()).collect::<BTreeSet<_>>();
    assert!(matches!(
        store.delete(&set(&[&above])),
        Err(StoreError::Alive { .. })
    ));
    drop(store);
    let store = Store::open(directory.path()).unwrap();
    let error = store.delete(&set(&[&leaf])).unwrap_err();
    assert_eq!(error.to_string(), format!("path '{leaf}' is in use by '{above}'"));
    let error = store.delete(&set(&[&kept])).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("in use by a root or a running process"),
        "{error}"
    );
    let gone = store.delete(&set(&[&leaf, &above])).unwrap();
    assert_eq!(gone.paths, [above, leaf]);
    assert_eq!(store.all_paths().unwrap(), set(&[&kept]));
}
