//! A linked root gives back every file with content, mode, owner and attributes, and its hash tree is right.

use super::support::erofs::{self, Found};
use super::support::packages::{Made, Store, directory, file, hard_link, noise, spec, symlink, text};
use image::link::spec::{DeriveSpec, FileSpec, PermissionSpec, ProfileSpec, RootSpec};
use image::link::{Layout, LinkError, LinkedRoot, Manifest, extents, link_root};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// A store path whose programs are on the path, with the usual priority.
fn on_path(path: &str) -> ProfileSpec {
    ProfileSpec {
        path: path.to_owned(),
        priority: 5,
    }
}

fn link(store: &Store, spec: &RootSpec) -> Result<LinkedRoot, LinkError> {
    link_root(spec, &spec.store_paths, &store.view(), &store.path().join("root"))
}

/// Links, assembles and reads back.
fn image(store: &Store, spec: &RootSpec) -> (LinkedRoot, Vec<u8>, BTreeMap<String, Found>) {
    let linked = link(store, spec).expect("linked");
    let image = assembled(store);
    assert_eq!(linked.root_bytes, image.len() as u64);
    let found = erofs::read(&image);
    (linked, image, found)
}

/// The bytes of the root partition.
fn assembled(store: &Store) -> Vec<u8> {
    let directory = store.path().join("root");
    let layout = Layout::open(&directory).expect("a sound layout");
    let mut image = Vec::new();
    for extent in extents(&directory, &layout, &store.view()).expect("the objects are there") {
        assert_eq!(extent.target_offset, image.len() as u64);
        image.resize(image.len() + extent.length as usize, 0);
        let place = &mut image[extent.target_offset as usize..];
        let source = File::open(extent.path).expect("the object is there");
        source
            .read_exact_at(place, extent.source_offset)
            .expect("the object has all its blocks");
    }
    image
}

/// The root hash by the book: every level is the hashes of the blocks of the one below.
fn root_hash(image: &[u8]) -> String {
    let mut level = image.to_vec();
    loop {
        let hashes: Vec<u8> = level.chunks(4096).flat_map(Sha256::digest).collect();
        if hashes.len() == 32 {
            return hashes.iter().map(|byte| format!("{byte:02x}")).collect();
        }
        level = hashes;
        level.resize(level.len().next_multiple_of(4096), 0);
    }
}

#[test]
fn files_of_every_size_come_back() {
    const SIZES: [usize; 15] = [
        0, 1, 3584, 3585, 4095, 4096, 4097, 6000, 8192, 131_072, 131_073, 200_000, 1_048_576, 1_048_577,
        3_000_000,
    ];
    let store = Store::new();
    let contents: Vec<(String, Vec<u8>)> = SIZES
        .iter()
        .flat_map(|&size| {
            let mut mixed = noise(size / 2);
            mixed.extend(text(size - size / 2));
            let zeros = vec![0; size];
            let kinds = [
                ("noise", noise(size)),
                ("text", text(size)),
                ("mixed", mixed),
                ("zeros", zeros),
            ];
            kinds.map(|(kind, content)| (format!("/usr/share/{kind}/{size}"), content))
        })
        .collect();
    let entries: Vec<_> = contents
        .iter()
        .map(|(path, content)| file(path, 0o644, content.clone()))
        .collect();
    let (linked, image, found) = image(&store, &spec(vec![store.add("sizes", &entries, &[])]));
    for (path, content) in &contents {
        assert!(found[path].content == *content, "{path}");
    }
    assert_eq!(linked.root_hash, root_hash(&image));
}

#[test]
fn the_hash_tree_says_what_the_manifest_and_the_root_hash_file_say() {
    let store = Store::new();
    let package = store.add("x", &[file("/usr/bin/x", 0o755, text(50_000))], &[]);
    let (linked, image, found) = image(&store, &spec(vec![package]));
    let root = store.path().join("root");
    let tree = fs::read(root.join("verity")).expect("tree");
    assert_eq!(&tree[..8], b"verity\0\0");
    assert_eq!(
        u64::from_le_bytes(tree[72..80].try_into().expect("8 bytes")) as usize * 4096,
        image.len()
    );
    assert_eq!(
        fs::read_to_string(root.join("roothash")).expect("hash"),
        linked.root_hash
    );
    let manifest: Manifest =
        serde_json::from_slice(&fs::read(root.join("manifest.json")).expect("manifest")).expect("JSON");
    assert_eq!(manifest.paths.len(), found.len());
    for listed in manifest.paths.iter().filter(|path| path.kind == "file") {
        let hash: String = Sha256::digest(&found[&listed.path].content)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(listed.sha256.as_deref(), Some(hash.as_str()), "{}", listed.path);
    }
}

#[test]
fn modes_links_and_owners_come_back() {
    let store = Store::new();
    let package = store.add(
        "x",
        &[
            directory("./usr/share/private/", 0o750),
            file("./bin/tool", 0o755, "tool"),
            hard_link("./usr/bin/same", "./bin/tool"),
            symlink("./usr/bin/other", "tool"),
            file("./usr/bin/raised", 0o4755, "raised"),
            file("./usr/bin/dropped", 0o6755, "dropped"),
        ],
        &[],
    );
    let mut spec = spec(vec![package]);
    let permission = |path: &str, mode: &str, capabilities: &str| PermissionSpec {
        path: path.into(),
        mode: Some(mode.into()),
        capabilities: Some(capabilities.into()),
        group: Some("70000".into()),
        ..PermissionSpec::default()
    };
    spec.permissions = vec![
        permission("/usr/bin/raised", "4750", "cap_net_raw=ep"),
        permission("/usr/bin/dropped", "0755", ""),
    ];
    let (_, _, found) = image(&store, &spec);
    assert_eq!(found["/usr/share/private"].mode, 0o040_750);
    assert_eq!(found["/usr/bin/tool"].nid, found["/usr/bin/same"].nid);
    assert_eq!(found["/usr/bin/tool"].links, 2);
    assert_eq!(found["/usr/bin/other"].content, b"tool");
    assert_eq!(found["/usr/bin/dropped"].mode, 0o100_755);
    let raised = &found["/usr/bin/raised"];
    assert_eq!(
        (raised.mode, raised.gid, raised.content.as_slice()),
        (0o104_750, 70_000, b"raised".as_slice())
    );
    assert_eq!(
        (raised.xattrs[0].0, raised.xattrs[0].1.as_str()),
        (6, "capability")
    );
    assert_eq!(found["/bin"].content, b"usr/bin");
    assert_eq!(found["/tmp"].mode, 0o041_777);
}

#[test]
fn large_directories_come_back() {
    let store = Store::new();
    let paths: Vec<String> = (0..3000)
        .map(|number| format!("/usr/share/many/{}-{number}", "n".repeat(20)))
        .collect();
    let entries: Vec<_> = paths
        .iter()
        .map(|path| file(path, 0o644, path.as_bytes()))
        .collect();
    let (_, _, found) = image(&store, &spec(vec![store.add("many", &entries, &[])]));
    for path in &paths {
        assert_eq!(found[path].content, path.as_bytes());
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_and_one_option_changes_only_metadata() {
    let make = |host: &str| {
        let store = Store::new();
        let packages = [("b", text(90_000)), ("a", noise(70_000))].map(|(name, content)| {
            store.add(name, &[file(&format!("/usr/lib/{name}"), 0o644, content)], &[])
        });
        let mut spec = spec(packages.into());
        spec.files = vec![FileSpec {
            path: "/etc/hostname".into(),
            text: Some(host.into()),
            ..FileSpec::default()
        }];
        image(&store, &spec).1
    };
    let (first, again, other) = (make("one"), make("one"), make("two"));
    assert!(first == again);
    let blocks = first.chunks(4096).zip(other.chunks(4096)).enumerate();
    let changed: Vec<usize> = blocks
        .filter(|(_, (a, b))| a != b)
        .map(|(number, _)| number)
        .collect();
    assert_eq!(
        (changed.len(), changed[0]),
        (2, 0),
        "the superblock and one block of metadata: {changed:?}"
    );
}

#[test]
fn store_paths_come_in_small_and_large_and_their_programs_are_linked() {
    let store = Store::new();
    let paths = ["/nix/store/aaa-small", "/nix/store/bbb-large"].map(str::to_owned);
    for (path, name, size) in [(&paths[0], "small", 10), (&paths[1], "large", 700_000)] {
        let bin = store.path().join(&path[1..]).join("bin");
        fs::create_dir_all(&bin).expect("directory");
        fs::write(bin.join(name), text(size)).expect("file");
    }
    let mut spec = spec(vec![]);
    (spec.store_paths, spec.profile) = (paths.into(), vec![on_path("/nix/store/bbb-large")]);
    let (_, _, found) = image(&store, &spec);
    assert_eq!(found["/nix/store/aaa-small/bin/small"].content, text(10));
    let large = &found["/nix/store/bbb-large/bin/large"];
    assert!(large.content == text(700_000) && large.mode == 0o100_444);
    assert_eq!(found["/usr/bin/large"].content, b"/nix/store/bbb-large/bin/large");
    assert!(!found.contains_key("/usr/bin/small"));
}

#[test]
fn the_package_database_lists_what_is_there() {
    let store = Store::new();
    let entries = [
        file("/usr/bin/x", 0o755, "x"),
        file("/usr/share/doc/x/y", 0o644, "y"),
    ];
    let sums =
        "9dd4e461268c8034f5c8564e155c67a6  usr/bin/x\n415290769594460e2e485922904f345d  usr/share/doc/x/y\n";
    let mut spec = spec(vec![store.add("x", &entries, &[("md5sums", sums)])]);
    spec.exclude = vec!["/usr/share/doc".into()];
    spec.derive = DeriveSpec {
        dpkg_status: true,
        ..DeriveSpec::default()
    };
    let (_, _, found) = image(&store, &spec);
    let read =
        |name: &str| String::from_utf8(found[&format!("/usr/lib/sysimage/dpkg/{name}")].content.clone());
    let status = read("status").expect("text");
    assert_eq!(
        status,
        "Package: x\nStatus: install ok installed\nVersion: 1.0\nArchitecture: amd64\n\n"
    );
    assert_eq!(read("info/x.list").expect("text"), "/.\n/usr/bin/x\n");
    assert_eq!(
        read("info/x.md5sums").expect("text"),
        "9dd4e461268c8034f5c8564e155c67a6  usr/bin/x\n"
    );
}

/// What a link with two packages and a changed description says.
fn refusal(first: &[Made], change: impl FnOnce(&mut RootSpec)) -> String {
    let store = Store::new();
    let script = [("postinst", "#!/bin/sh\nset -e\nadduser x\n")];
    let packages = vec![
        store.add("first", first, &[]),
        store.add(
            "second",
            &[file("/usr/bin/x", 0o755, "2"), directory("/usr/share/d", 0o755)],
            &script,
        ),
    ];
    let hash = Sha256::digest(script[0].1)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let mut spec = spec(packages);
    spec.scripts.push(image::link::spec::ScriptSpec {
        replacing: None,
        package: "second".into(),
        script: "postinst".into(),
        sha256: hash,
        by: "test".into(),
    });
    change(&mut spec);
    let Err(error) = link(&store, &spec) else {
        return "linked".into();
    };
    assert!(
        !Path::new(&store.path().join("root/layout.json")).exists(),
        "nothing is left behind"
    );
    let mut message = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        message = format!("{message}: {cause}");
        source = cause.source();
    }
    message
}

#[test]
fn what_does_not_fit_together_is_refused_by_name() {
    let other = || vec![file("/usr/bin/y", 0o755, "1")];
    let check = |message: String, words: &[&str]| {
        assert!(
            words.iter().all(|word| message.contains(word)),
            "{message:?} does not say {words:?}"
        );
    };
    check(refusal(&other(), |_| {}), &["linked"]);
    check(
        refusal(&[file("/usr/bin/x", 0o755, "1")], |_| {}),
        &["/usr/bin/x", "first", "second"],
    );
    check(
        refusal(&[directory("/usr/share/d", 0o700)], |_| {}),
        &["/usr/share/d", "0700", "0755"],
    );
    check(
        refusal(&[file("/usr/bin", 0o755, "1")], |_| {}),
        &["/usr/bin/x", "/usr/bin is not a directory"],
    );
    check(
        refusal(&other(), |spec| spec.scripts.clear()),
        &[
            "second postinst",
            "image.acknowledgedScripts (for example { package = \"second\"; script = \"postinst\"",
        ],
    );
    check(refusal(&other(), |spec| spec.version = 9), &["version 9"]);
    check(
        refusal(&other(), |spec| {
            spec.packages[0].object = "/nix/store/none".into()
        }),
        &["/nix/store/none"],
    );
    check(
        refusal(&other(), |spec| spec.exclude = vec!["/x[".into()]),
        &["/x["],
    );
    check(
        refusal(&other(), |spec| spec.units.enable = vec!["no.service".into()]),
        &["no.service"],
    );
    check(
        refusal(&other(), |spec| spec.profile = vec![on_path("/nix/store/gone")]),
        &["/nix/store/gone"],
    );
    let permission = |path: &str, user: &str, mode: &str| PermissionSpec {
        path: path.into(),
        user: Some(user.into()),
        mode: Some(mode.into()),
        ..PermissionSpec::default()
    };
    check(
        refusal(&other(), |spec| {
            spec.permissions = vec![permission("/no", "root", "755")]
        }),
        &["/no"],
    );
    check(
        refusal(&other(), |spec| {
            spec.permissions = vec![permission("/usr/bin/x", "ghost", "755")]
        }),
        &["ghost"],
    );
    check(
        refusal(&other(), |spec| {
            spec.permissions = vec![permission("/usr/bin/x", "root", "9")]
        }),
        &["\"9\""],
    );
    let bad_file = |path: &str| FileSpec {
        path: path.into(),
        text: Some(String::new()),
        ..FileSpec::default()
    };
    check(
        refusal(&other(), |spec| spec.files = vec![bad_file("/usr/../x")]),
        &["/usr/../x"],
    );
    check(
        refusal(&other(), |spec| spec.files = vec![bad_file("/usr/bin/x/y")]),
        &["/usr/bin/x is not a directory"],
    );
}

#[test]
fn preferences_and_diversions_settle_conflicts() {
    let conflict = || vec![file("/usr/bin/x", 0o755, "1")];
    let prefer = |package: &str| image::link::spec::PreferSpec {
        path: "/usr/bin/x".into(),
        package: package.into(),
    };
    assert_eq!(
        refusal(&conflict(), |spec| spec.prefer = vec![prefer("first")]),
        "linked"
    );
    assert_eq!(
        refusal(&conflict(), |spec| spec.prefer = vec![prefer("second")]),
        "linked"
    );
    let diversion = image::link::spec::DiversionSpec {
        path: "/usr/bin/x".into(),
        package: "second".into(),
        to: "/usr/bin/x.second".into(),
    };
    assert_eq!(
        refusal(&conflict(), |spec| spec.diversions = vec![diversion]),
        "linked"
    );
}
