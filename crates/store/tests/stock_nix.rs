//! The stock `nix` program opens our store, and we open its own. Where it is not installed these tests say so and
//! pass; `HARDPAN_TEST_NIX` names the directory of another one.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix_formats::narinfo::fingerprint;
use nix_formats::{SecretKey, StorePath};
use store::{CollectOptions, Registration, Store, keep_all};

const SETTINGS: &str = "experimental-features = nix-command ca-derivations\nbuild-users-group =\nsubstituters =\n\
                        sandbox-paths = /usr /bin=/usr/bin /lib=/usr/lib /lib64=/usr/lib64";

struct Nix {
    programs: Option<PathBuf>,
    settings: String,
    directory: tempfile::TempDir,
}

impl Nix {
    fn find() -> Option<Self> {
        let mut nix = Self {
            programs: std::env::var_os("HARDPAN_TEST_NIX").map(PathBuf::from),
            settings: SETTINGS.to_owned(),
            directory: tempfile::tempdir().unwrap(),
        };
        let Ok(found) = nix.command("nix").arg("--version").output() else {
            eprintln!("skipped: there is no nix program here");
            return None;
        };
        // Old versions cannot do without the program that asks other machines to build, new ones may not find it.
        if !String::from_utf8_lossy(&found.stdout).contains(" 2.8") {
            nix.settings.push_str("\nbuild-hook =");
        }
        Some(nix)
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    fn command(&self, program: &str) -> Command {
        let program = self
            .programs
            .as_ref()
            .map_or_else(|| program.into(), |programs| programs.join(program));
        let mut command = Command::new(program);
        command
            .env("HOME", self.directory.path())
            .env("NIX_CONFIG", &self.settings);
        command
    }

    /// Runs `nix-store` on the store; it must succeed.
    #[track_caller]
    fn store(&self, arguments: &[&str]) -> Vec<u8> {
        let mut command = self.command("nix-store");
        command.arg("--store").arg(self.root()).args(arguments);
        success(command.output().unwrap(), arguments).stdout
    }

    /// Runs `nix` on the store; it must succeed.
    #[track_caller]
    fn nix(&self, arguments: &[&str]) -> String {
        let mut command = self.command("nix");
        command.arg("--store").arg(self.root()).args(arguments);
        String::from_utf8(success(command.output().unwrap(), arguments).stdout).unwrap()
    }

    #[track_caller]
    fn lines(&self, arguments: &[&str]) -> BTreeSet<String> {
        let text = String::from_utf8(self.store(arguments)).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

#[track_caller]
fn success(output: Output, arguments: &[&str]) -> Output {
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

fn sample(at: &Path) -> PathBuf {
    let tree = at.join("sample");
    fs::create_dir_all(tree.join("b/empty")).unwrap();
    fs::write(tree.join("b/run"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(tree.join("b/run"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(tree.join("a"), "text").unwrap();
    symlink("../a", tree.join("b/link")).unwrap();
    tree
}

fn texts(paths: &BTreeSet<StorePath>) -> BTreeSet<String> {
    paths.iter().map(ToString::to_string).collect()
}

#[test]
fn nix_reads_and_verifies_what_we_wrote() {
    let Some(nix) = Nix::find() else { return };
    let store = Store::open(&nix.root()).unwrap();
    let tree = store
        .add_source(&sample(nix.directory.path()), "tree", &mut keep_all)
        .unwrap();
    let text = store
        .add_text(
            "text",
            tree.to_string().as_bytes(),
            &BTreeSet::from([tree.clone()]),
        )
        .unwrap();
    let path = text.to_string();
    nix.store(&["--verify", "--check-contents"]);
    assert_eq!(
        nix.lines(&["--query", "--references", &path]),
        BTreeSet::from([tree.to_string()])
    );
    assert_eq!(
        nix.lines(&["--query", "--requisites", &path]),
        texts(&store.closure([&text]).unwrap())
    );
    assert_eq!(
        nix.lines(&["--query", "--referrers", &tree.to_string()]),
        BTreeSet::from([path.clone()])
    );
    assert_eq!(
        nix.store(&["--dump", &store.physical(&tree).display().to_string()]),
        store.dump(&tree, Vec::new()).unwrap()
    );
    let info = store.require_info(&tree).unwrap();
    assert_eq!(
        nix.lines(&["--query", "--hash", &tree.to_string()]),
        BTreeSet::from([info.nar_hash.to_prefixed_nix32()])
    );
}

#[test]
fn nix_names_a_tree_as_we_do_and_we_read_what_it_wrote() {
    let Some(nix) = Nix::find() else { return };
    let tree = sample(nix.directory.path());
    let added = String::from_utf8(nix.store(&["--add", &tree.display().to_string()])).unwrap();
    let path = StorePath::parse_absolute(added.trim()).unwrap();
    let store = Store::open(&nix.root()).unwrap();
    assert!(store.is_valid(&path).unwrap());
    assert_eq!(store.verify(&mut |_, _, _| {}).unwrap(), []);
    assert_eq!(store.add_source(&tree, "sample", &mut keep_all).unwrap(), path);
}

#[test]
fn neither_collects_what_the_other_one_keeps() {
    let Some(nix) = Nix::find() else { return };
    let store = Store::open(&nix.root()).unwrap();
    let add = |name: &str| store.add_text(name, name.as_bytes(), &BTreeSet::new()).unwrap();
    let (linked, unlinked, theirs, dead) = (add("linked"), add("unlinked"), add("theirs"), add("dead"));
    let link = |name: &str| nix.directory.path().join(name);
    store.add_indirect_root(&link("linked"), &linked).unwrap();
    store.add_indirect_root(&link("unlinked"), &unlinked).unwrap();
    let mut command = nix.command("nix-store");
    command
        .arg("--store")
        .arg(nix.root())
        .args(["--realise", &theirs.to_string(), "--add-root"]);
    success(command.arg(link("theirs")).output().unwrap(), &["--realise"]);
    assert_eq!(
        nix.lines(&["--gc", "--print-dead"]),
        BTreeSet::new(),
        "in use by this process"
    );
    drop(store);
    assert_eq!(
        nix.lines(&["--gc", "--print-dead"]),
        BTreeSet::from([dead.to_string()])
    );
    fs::remove_file(link("unlinked")).unwrap();
    let store = Store::open(&nix.root()).unwrap();
    let collected: BTreeSet<StorePath> = store
        .collect_garbage(CollectOptions::default())
        .unwrap()
        .paths
        .into_iter()
        .collect();
    assert_eq!(collected, BTreeSet::from([dead, unlinked]));
    drop(store);
    nix.store(&["--gc"]);
    let store = Store::open(&nix.root()).unwrap();
    assert_eq!(store.all_paths().unwrap(), BTreeSet::from([linked, theirs]));
    nix.store(&["--verify", "--check-contents"]);
}

/// A derivation and an output of it that refers to itself, signed by `key`.
fn built(store: &Store, key: &SecretKey) -> (StorePath, StorePath) {
    let derivation = store
        .add_text("made.drv", DERIVATION.as_bytes(), &BTreeSet::new())
        .unwrap();
    let output = StorePath::parse_absolute(DERIVATION_OUTPUT).unwrap();
    let staging = store.stage(&output).unwrap();
    fs::write(staging.path(), output.to_string()).unwrap();
    let references = BTreeSet::from([output.clone()]);
    let info = staging
        .register(Registration {
            references: references.clone(),
            deriver: Some(derivation.clone()),
            ultimate: true,
            ..Registration::default()
        })
        .unwrap();
    let signed = fingerprint(&output, &info.nar_hash, info.nar_size, &references);
    store
        .add_signatures(&output, &[key.sign(signed.as_bytes())])
        .unwrap();
    (derivation, output)
}

const DERIVATION_OUTPUT: &str = "/nix/store/yx01ygv549413pvy5bzf50n54k9cfr45-made";
const DERIVATION: &str = r#"Derive([("out","/nix/store/yx01ygv549413pvy5bzf50n54k9cfr45-made","","")],[],[],"x86_64-linux","/bin/sh",[],[("out","/nix/store/yx01ygv549413pvy5bzf50n54k9cfr45-made")])"#;

#[test]
fn nix_knows_all_that_we_registered() {
    let Some(nix) = Nix::find() else { return };
    let store = Store::open(&nix.root()).unwrap();
    let key = SecretKey::from_seed("test-1", [3; 32]);
    let (derivation, output) = built(&store, &key);
    let info = store.require_info(&output).unwrap();
    let text = output.to_string();
    let found: serde_json::Value = serde_json::from_str(&nix.nix(&["path-info", "--json", &text])).unwrap();
    // Older versions give a list, newer ones a table.
    let found = found.get(&text).or_else(|| found.get(0)).unwrap();
    let expected = serde_json::json!({
        "narHash": info.nar_hash.to_sri(),
        "narSize": info.nar_size,
        "deriver": derivation.to_string(),
        "references": [text],
        "registrationTime": info.registration_time,
        "signatures": info.signatures,
        "ultimate": true,
    });
    for (field, expected) in expected.as_object().unwrap() {
        assert_eq!(found[field], *expected, "{field}");
    }
    let trusted = key.public_key().to_string();
    nix.nix(&["store", "verify", "--all"]);
    nix.nix(&[
        "store",
        "verify",
        &text,
        "--sigs-needed",
        "1",
        "--option",
        "trusted-public-keys",
        &trusted,
    ]);
    assert_eq!(
        nix.lines(&["--query", "--deriver", &text]),
        BTreeSet::from([derivation.to_string()])
    );
}

#[test]
fn nix_copies_from_our_store_and_to_it() {
    let Some(nix) = Nix::find() else { return };
    let store = Store::open(&nix.root()).unwrap();
    let key = SecretKey::from_seed("test-1", [3; 32]);
    let (_, output) = built(&store, &key);
    let info = store.require_info(&output).unwrap();
    drop(store);
    let elsewhere = nix.directory.path().join("elsewhere");
    let other = elsewhere.display().to_string();
    let trusted = key.public_key().to_string();
    nix.nix(&[
        "copy",
        "--to",
        &other,
        &output.to_string(),
        "--option",
        "trusted-public-keys",
        &trusted,
    ]);
    let copy = Store::open(&elsewhere).unwrap();
    let copied = copy.require_info(&output).unwrap();
    assert_eq!(
        (copied.nar_hash, &copied.signatures),
        (info.nar_hash, &info.signatures)
    );
    assert!(!copied.ultimate, "only what was built there is");
    let more = copy
        .add_text(
            "more",
            output.to_string().as_bytes(),
            &BTreeSet::from([output.clone()]),
        )
        .unwrap();
    nix.nix(&["copy", "--from", &other, &more.to_string()]);
    let store = Store::open(&nix.root()).unwrap();
    assert_eq!(store.references(&more).unwrap(), BTreeSet::from([output]));
    assert_eq!(store.verify(&mut |_, _, _| {}).unwrap(), []);
}

#[test]
fn we_read_and_collect_what_nix_built_linked_and_realised() {
    let Some(nix) = Nix::find() else { return };
    let expression = r#"let make = extra: derivation ({ name = "x"; system = "x86_64-linux"; builder = "/bin/sh";
        args = [ "-c" "echo equal > $out" ]; } // extra);
        in { plain = make {}; floating = make { __contentAddressed = true; outputHashMode = "recursive"; }; }"#;
    let file = nix.directory.path().join("two.nix");
    fs::write(&file, expression).unwrap();
    let link = nix.directory.path().join("result");
    let [file, link] = [file, link].map(|path| path.display().to_string());
    nix.nix(&[
        "build",
        "-f",
        &file,
        "plain",
        "floating",
        "-o",
        &link,
        "--option",
        "system",
        "x86_64-linux",
    ]);
    nix.nix(&["store", "optimise"]);
    let store = Store::open(&nix.root()).unwrap();
    assert_eq!(store.verify(&mut |_, _, _| {}).unwrap(), []);
    let outputs: Vec<StorePath> = store
        .all_paths()
        .unwrap()
        .into_iter()
        .filter(|path| !path.is_derivation())
        .collect();
    let infos: Vec<_> = outputs
        .iter()
        .map(|path| store.require_info(path).unwrap())
        .collect();
    assert_eq!(infos.len(), 2);
    assert!(infos.iter().all(|info| info.ultimate && info.deriver.is_some()));
    assert_eq!(
        infos.iter().filter(|info| info.content_address.is_some()).count(),
        1
    );
    assert_eq!(
        store.collect_garbage(CollectOptions::default()).unwrap().paths,
        [],
        "both have a root"
    );
    for number in ["", "-1"] {
        fs::remove_file(format!("{link}{number}")).unwrap();
    }
    assert_eq!(
        store
            .collect_garbage(CollectOptions::default())
            .unwrap()
            .paths
            .len(),
        4
    );
    let links = store.physical_store_directory().join(".links");
    assert_eq!(fs::read_dir(links).unwrap().count(), 0);
    drop(store);
    nix.store(&["--verify", "--check-contents"]);
}
