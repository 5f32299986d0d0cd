//! The stock `nix` program opens our store, and we open its own. Where it is not installed these tests say so and
//! pass; `HARDPAN_TEST_NIX` names the directory of another one.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use nix_formats::StorePath;
use store::{CollectOptions, Store, keep_all};

struct Nix {
    programs: Option<PathBuf>,
    directory: tempfile::TempDir,
}

impl Nix {
    fn find() -> Option<Self> {
        let nix = Self {
            programs: std::env::var_os("HARDPAN_TEST_NIX").map(PathBuf::from),
            directory: tempfile::tempdir().unwrap(),
        };
        let found = nix.command("nix").arg("--version").output().is_ok();
        if !found {
            eprintln!("skipped: there is no nix program here");
        }
        found.then_some(nix)
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
        command.env("HOME", self.directory.path()).env(
            "NIX_CONFIG",
            "experimental-features = nix-command\nbuild-users-group =",
        );
        command
    }

    /// Runs `nix-store` on the store; it must succeed.
    #[track_caller]
    fn store(&self, arguments: &[&str]) -> Vec<u8> {
        let mut command = self.command("nix-store");
        command.arg("--store").arg(self.root()).args(arguments);
        success(command.output().unwrap(), arguments).stdout
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
