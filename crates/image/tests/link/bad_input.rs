//! Damaged objects, absurd packages and full disks: an error that names the thing, and never a panic.

use super::support::packages::{Made, Store, file, hard_link, noise, spec, text};
use image::link::spec::{PermissionSpec, RootSpec};
use image::link::{LinkError, LinkedRoot, link_root};
use image::object::{CompileOptions, Compiler, Control, EntryKind, Object, PackageEntry};
use std::error::Error;
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::symlink;

fn link(store: &Store, spec: &RootSpec) -> Result<LinkedRoot, LinkError> {
    link_root(spec, &spec.store_paths, &store.view(), &store.path().join("root"))
}

/// An error with all its causes, as a person sees it.
fn chain(error: &dyn Error) -> String {
    let cause = error.source().map(|cause| format!(": {}", chain(cause)));
    format!("{error}{}", cause.unwrap_or_default())
}

#[test]
fn damaged_objects_are_errors_and_never_panics() {
    let store = Store::new();
    let entries = [
        file("/usr/bin/x", 0o755, text(50_000)),
        file("/usr/y", 0o644, "y"),
    ];
    let package = store.add("x", &entries, &[]);
    let directory = store.path().join(&package.object[1..]);
    let spec = spec(vec![package]);
    let meta = fs::read(directory.join("meta")).expect("meta");
    for cut in 0..meta.len() {
        fs::write(directory.join("meta"), &meta[..cut]).expect("write");
        assert!(link(&store, &spec).is_err(), "cut at {cut}");
    }
    for at in 0..meta.len() {
        let mut broken = meta.clone();
        broken[at] ^= 0x55;
        fs::write(directory.join("meta"), broken).expect("write");
        let _ = link(&store, &spec);
    }
    fs::write(directory.join("meta"), meta).expect("write");
    assert!(link(&store, &spec).is_ok());
    for name in ["verity", "data"] {
        let whole = fs::read(directory.join(name)).expect("read");
        fs::write(directory.join(name), &whole[..whole.len() - 1]).expect("write");
        let error = chain(&link(&store, &spec).expect_err("it is cut off"));
        assert!(error.contains(&format!("x-object/{name}")), "{error}");
        fs::write(directory.join(name), whole).expect("write");
    }
}

/// Compiles one entry that says it has `size` bytes.
fn compile(path: &str, kind: EntryKind, size: u64, content: &mut dyn Read) -> Result<(), String> {
    let store = Store::new();
    let directory = store.path().join("object");
    let mut compiler = Compiler::create(&directory, CompileOptions::default()).expect("there is room");
    let (path, xattrs) = (path.into(), Vec::new());
    let entry = PackageEntry {
        path,
        mode: 0o644,
        uid: 0,
        gid: 0,
        size,
        xattrs,
        kind,
    };
    let compiled = compiler
        .add(&entry, content)
        .and_then(|()| compiler.finish(&Control::default()));
    compiled.map(drop).map_err(|error| chain(&error))
}

#[test]
fn absurd_packages_are_refused_by_name() {
    let module = "./usr/lib/modules/6.1/kernel/x.ko";
    let link = || EntryKind::HardLink("./no".into());
    let table = [
        ("./x", EntryKind::File, 5, "/x should have 5 bytes and has 3"),
        (
            "./x",
            EntryKind::File,
            u64::MAX,
            "/x should have 18446744073709551615 bytes and has 3",
        ),
        (
            module,
            EntryKind::File,
            u64::MAX,
            "a kernel module of more than 256 MiB",
        ),
        ("../x", EntryKind::File, 3, "it climbs with .."),
        ("./x", EntryKind::Device, 0, "/x is a device"),
        ("./x", EntryKind::Fifo, 0, "/x is a named pipe"),
        ("./x", link(), 0, "/x leads to /no"),
    ];
    for (path, kind, size, expected) in table {
        let error = compile(path, kind, size, &mut &b"abc"[..]).expect_err(expected);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn content_that_breaks_off_is_named() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends"))
        }
    }
    let error = compile("./x", EntryKind::File, 9, &mut Broken).expect_err("it breaks off");
    assert_eq!(error, "cannot store the content of /x: the archive ends");
}

#[test]
fn one_path_under_two_names_is_a_conflict_of_two_packages() {
    let store = Store::new();
    let package = |name: &str, path: &str| store.add(name, &[file(path, 0o755, name)], &[]);
    let spec = spec(vec![package("first", "/bin/x"), package("second", "/usr/bin/x")]);
    let error = chain(&link(&store, &spec).expect_err("both own it"));
    for word in ["/usr/bin/x", "first", "second"] {
        assert!(error.contains(word), "{error}");
    }
}

#[test]
fn a_setuid_bit_that_nobody_has_decided_about_stops_the_link() {
    let store = Store::new();
    let entries = [
        file("/usr/bin/raised", 0o4755, "1"),
        file("/usr/bin/known", 0o2755, "2"),
    ];
    let mut spec = spec(vec![store.add("x", &entries, &[])]);
    let permission = |path: &str, mode: Option<&str>| PermissionSpec {
        path: path.into(),
        mode: mode.map(Into::into),
        user: Some("0".into()),
        ..PermissionSpec::default()
    };
    spec.permissions = vec![permission("/usr/bin/known", Some("0755"))];
    let error = link(&store, &spec)
        .expect_err("/usr/bin/raised is undeclared")
        .to_string();
    assert!(error.contains("/usr/bin/raised of x (4755)"), "{error}");
    assert!(!error.contains("/usr/bin/known"), "{error}");
    assert!(error.contains("image.root.permissions"), "{error}");
    // An owner says nothing about the mode.
    spec.permissions.push(permission("/usr/bin/raised", None));
    assert!(link(&store, &spec).is_err());
    spec.permissions.push(permission("/usr/bin/raised", Some("4755")));
    assert!(link(&store, &spec).is_ok());
}

#[test]
fn a_capability_that_nobody_has_decided_about_stops_the_link() {
    let store = Store::new();
    let raised = |path: &str, name: &str| file(path, 0o755, "x").with_attribute(name, b"\x01");
    let entries = [
        raised("/usr/bin/able", "security.capability"),
        raised("/usr/bin/known", "security.capability"),
        raised("/usr/bin/listed", "system.posix_acl_access"),
        raised("/usr/bin/plain", "user.note"),
        hard_link("/usr/bin/again", "/usr/bin/known"),
    ];
    let mut spec = spec(vec![store.add("x", &entries, &[])]);
    let permission = |path: &str, capabilities: Option<&str>| PermissionSpec {
        path: path.into(),
        mode: Some("0755".into()),
        capabilities: capabilities.map(Into::into),
        ..PermissionSpec::default()
    };
    spec.permissions = vec![
        permission("/usr/bin/known", Some("cap_net_raw=ep")),
        // A mode says nothing about capabilities.
        permission("/usr/bin/able", None),
    ];
    let error = link(&store, &spec).expect_err("three are undeclared").to_string();
    for word in [
        "/usr/bin/able of x (security.capability)",
        "/usr/bin/listed of x (system.posix_acl_access)",
        "/usr/bin/again of x (security.capability)",
        "image.root.permissions",
        "capabilities = \"\"",
    ] {
        assert!(error.contains(word), "{word}: {error}");
    }
    assert!(
        !error.contains("/usr/bin/known of") && !error.contains("plain"),
        "{error}"
    );
    for path in ["/usr/bin/able", "/usr/bin/listed", "/usr/bin/again"] {
        spec.permissions.push(permission(path, Some("")));
    }
    link(&store, &spec).expect("everything is declared");
}

/// An object whose table says `path` where it said `/usr/XX`.
fn object_with_path(store: &Store, path: &str) -> String {
    let package = store.add("x", &[file("/usr/XX", 0o644, "x")], &[]);
    let meta = store.path().join(&package.object[1..]).join("meta");
    let mut bytes = fs::read(&meta).expect("it was written");
    let at = bytes
        .windows(7)
        .position(|part| part == b"/usr/XX")
        .expect("the path is in the table");
    bytes[at..at + 7].copy_from_slice(path.as_bytes());
    let checksum = crc32c::crc32c(&bytes[24..]).to_le_bytes();
    bytes[16..20].copy_from_slice(&checksum);
    fs::write(&meta, bytes).expect("there is room");
    package.object
}

#[test]
fn an_object_of_somebody_else_cannot_name_paths_that_lead_out() {
    for path in [
        "/../../x", "usr/../x", "/usr//x", "/usr/..", "/usr/./", "/usr/x\n", "/us\0/xx",
    ] {
        let path = format!("{path:x<7}");
        let store = Store::new();
        let object = object_with_path(&store, &path[..7]);
        let error = Object::open(&store.path().join(&object[1..]));
        let error = chain(&error.expect_err("the path is not plain"));
        assert!(error.contains("not plain"), "{path}: {error}");
    }
    let store = Store::new();
    let object = object_with_path(&store, "/usr/yy");
    Object::open(&store.path().join(&object[1..])).expect("the path is plain");
}

#[test]
fn what_the_disk_changed_in_an_object_is_noticed() {
    for (name, says) in [
        ("meta", "changed it"),
        ("verity", "changed it"),
        ("crc32c", "changed it"),
    ] {
        let store = Store::new();
        let package = store.add("x", &[file("/usr/lib/x", 0o644, noise(9000))], &[]);
        let directory = store.path().join(&package.object[1..]);
        let path = directory.join(name);
        let mut bytes = fs::read(&path).expect("it was written");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(&path, bytes).expect("there is room");
        let opened = Object::open(&directory).and_then(|object| {
            object.leaves()?;
            image::object::Checksums::open(&directory)
        });
        let error = chain(&opened.expect_err(name));
        assert!(error.contains(says) && error.contains("store verify"), "{error}");
    }
    let store = Store::new();
    let package = store.add("x", &[file("/usr/lib/x", 0o644, noise(9000))], &[]);
    let directory = store.path().join(&package.object[1..]);
    let object = Object::open(&directory).expect("it is sound");
    object.read_file("/usr/lib/x").expect("it is sound");
    let mut bytes = fs::read(directory.join("data")).expect("it was written");
    bytes[5000] ^= 1;
    fs::write(directory.join("data"), bytes).expect("there is room");
    assert!(object.read_file("/usr/lib/x").is_err());
}

#[test]
fn only_inputs_are_looked_at_and_only_whole_store_paths_are_kept_compiled() {
    let store = Store::new();
    let package = store.add("x", &[file("/usr/lib/x", 0o644, "x")], &[]);
    let name = package.object.trim_start_matches("/nix/store/").to_owned();
    let inputs = |names: &[&str]| {
        let names = names.iter().map(|name| (*name).to_owned());
        let inputs = sandbox::inputs::Inputs::only(store.path().join("nix/store"), names);
        image::link::StoreView::of_inputs(inputs, store.path().join("cache"))
    };
    let root = store.path().join("root");
    let spec = spec(vec![package]);
    let link = |view| image::link::link_root(&spec, &[], &view, &root);
    link(inputs(&[&name])).expect("it is an input");
    let error = chain(&link(inputs(&[])).expect_err("it is none"));
    assert!(error.contains("is no input of this derivation"), "{error}");
    fs::create_dir_all(store.path().join("nix/store/tree/digest-victim")).expect("there is room");
    let error = inputs(&["tree"]).object("/nix/store/tree/digest-victim");
    assert!(chain(&error.expect_err("it is no whole path")).contains("nor a whole store path"));
}

#[test]
fn a_full_disk_is_said_and_where() {
    let entries: [&[Made]; 2] = [
        &[file("./x", 0o644, noise(3 << 20))],
        &[file("./x", 0o644, noise(5000))],
    ];
    for entries in entries {
        let store = Store::new();
        let directory = store.path().join("object");
        fs::create_dir(&directory).expect("there is room");
        symlink("/dev/full", directory.join("data")).expect("there is room");
        let error = chain(&store.compile(&directory, entries).expect_err("the disk is full"));
        assert!(error.contains("No space left on device"), "{error}");
        assert!(error.contains("/x") || error.contains("object/data"), "{error}");
        assert!(Object::open(&directory).is_err());
    }
    let store = Store::new();
    let package = store.add("x", &[file("/usr/x", 0o644, "x")], &[]);
    for name in ["metadata.erofs", "verity", "layout.json", "manifest.json"] {
        let root = store.path().join("root");
        let _ = fs::remove_dir_all(&root);
        fs::create_dir(&root).expect("there is room");
        symlink("/dev/full", root.join(name)).expect("there is room");
        let error = chain(&link(&store, &spec(vec![package.clone()])).expect_err("the disk is full"));
        assert!(
            error.contains("No space left on device") && error.contains(name),
            "{error}"
        );
    }
}

#[test]
fn a_copy_in_the_cache_is_made_anew_when_it_is_broken_or_its_path_has_another_content() {
    const PATH: &str = "/nix/store/00000000000000000000000000000000-tool";
    let store = Store::new();
    let physical = store.path().join(&PATH[1..]);
    let write = |byte: u8| fs::write(&physical, vec![byte; 400 << 10]).expect("there is room");
    fs::create_dir_all(physical.parent().expect("it has a parent")).expect("there is room");
    let content = |view: &image::link::StoreView| {
        let object = Object::open(&view.object(PATH).expect("it can be compiled")).expect("it is sound");
        object.read_file(PATH).expect("it is there")[0]
    };
    write(1);
    let first = store.view().with_digests(|_| Some("one".into()));
    assert_eq!(content(&first), 1);
    let data = first.object(PATH).expect("it is there").join("data");
    fs::write(data, "").expect("there is room");
    assert_eq!(content(&first), 1);
    write(2);
    assert_eq!(content(&first), 1);
    assert_eq!(content(&store.view().with_digests(|_| Some("two".into()))), 2);
    let left = fs::read_dir(store.path().join("cache")).expect("the cache is there");
    assert_eq!(left.count(), 2, "nothing unfinished stays");
}

#[test]
fn programs_that_cannot_run_are_recorded_or_refused() {
    let store = Store::new();
    let script = |path: &str, line: &str| file(path, 0o755, format!("#!{line}\n"));
    let entries = [
        script("/usr/bin/sound", "/bin/sh"),
        script("/usr/bin/sh", "/usr/bin/env sound"),
        script("/usr/bin/env", "/usr/bin/sh"),
        script("/usr/bin/lost", "/usr/bin/env python3"),
        script("/usr/bin/gone", "/usr/bin/perl"),
    ];
    let mut spec = spec(vec![store.add("x", &entries, &[])]);
    let linked = link(&store, &spec).expect("nothing is refused");
    let shown: Vec<String> = linked.missing.iter().map(ToString::to_string).collect();
    let expected = [
        "/usr/bin/gone of x needs /usr/bin/perl",
        "/usr/bin/lost of x needs python3",
    ];
    assert_eq!(shown, expected);
    spec.may_miss = Some(vec!["/usr/bin/lost".into()]);
    let error = link(&store, &spec).expect_err("perl is not there").to_string();
    assert!(
        error.contains(expected[0]) && !error.contains(expected[1]),
        "{error}"
    );
    spec.may_miss = Some(vec!["/usr/bin/*".into()]);
    assert!(link(&store, &spec).is_ok());
}
