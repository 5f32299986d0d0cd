//! Machines that are too small or too strict.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::descriptions::built_project;
use crate::kernel::{self, Refusal};
use crate::own::Own;
use crate::support::{self, built_path, hardpan, shared_data_folder, succeed, text};
use crate::{fails_where_refused, snapshot};

/// A shell script that may mount without anybody else seeing it, or nothing where that is not allowed.
fn with_own_mounts(script: &str) -> Option<Command> {
    let unshare = |how: &str, script: &str| {
        let mut command = Command::new("unshare");
        command.args([how, "sh", "-c", script]);
        command
    };
    let is_allowed = |how: &&str| {
        let tried = unshare(how, "mount -t tmpfs none /tmp").output();
        tried.is_ok_and(|output| output.status.success())
    };
    let how = ["-m", "-rm"].into_iter().find(is_allowed);
    how.map(|how| unshare(how, script))
}

/// A .deb of a few megabytes from the shared store.
fn large_deb() -> PathBuf {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flake = "{ inputs.hardpan.url = \"hardpan\"; outputs = { self, hardpan }: { deb = \
                 hardpan.legacyPackages.x86_64-linux.hardpan.deb \"coreutils\"; }; }";
    std::fs::write(folder.path().join("flake.nix"), flake).expect("the flake can be written");
    let mut command = hardpan(&shared_data_folder());
    command.current_dir(folder.path());
    built_path(&succeed(command.args([
        "build",
        ".#deb",
        "--no-link",
        "--print-out-paths",
    ])))
}

#[test]
fn a_disk_that_fills_up_is_named_and_nothing_is_registered() {
    let deb = large_deb();
    for (attribute, prepared, code, named) in [
        (".#parts", ".#shell.drvPath", 1, "-part"),
        (".#large", ".#shell.drvPath", 1, "large.deb"),
        (".#large", ".#large.drvPath", 100, "large.object"),
    ] {
        let own = Own::new("127.0.0.1:9");
        std::fs::copy(&deb, own.folder.path().join("large.deb")).expect("the package can be copied");
        succeed(&mut own.hardpan(&["eval", prepared]));
        let full = "No space left on device";
        let expected = [named, full, "hint: 'hardpan store gc'"];
        let mut command = own.hardpan(&["build", attribute]);
        fails_where_refused(&mut command, Refusal::Space, own.folder.path(), code, &expected);
        assert_eq!(own.stored(".object"), Vec::<PathBuf>::new());
        own.is_sound(attribute);
    }
}

#[test]
fn a_disk_that_fills_up_while_an_image_is_written_leaves_no_image() {
    let build = |folder: &Path, arguments: &[&str]| {
        let mut command = hardpan(&shared_data_folder());
        command.current_dir(folder).args(arguments);
        command
    };
    let sound = built_project("{ }");
    succeed(&mut build(sound.path(), &["build", ".#rawImage", "--no-link"]));
    let other = built_project("{ image.disk.ukiSlots = 5; }");
    for attribute in [".#rawImage", ".#qcow2Image", ".#googleComputeImage"] {
        // The project's own files are in the store before the disk is full.
        let path = succeed(&mut build(
            other.path(),
            &["eval", "--raw", &format!("{attribute}.outPath")],
        ));
        let expected = ["No space left on device", "hint: 'hardpan store gc'"];
        let mut failing = build(other.path(), &["build", attribute]);
        fails_where_refused(&mut failing, Refusal::Space, other.path(), 100, &expected);
        let path = String::from_utf8_lossy(&path.stdout).into_owned();
        let physical = shared_data_folder()
            .join("hardpan")
            .join(path.trim().trim_start_matches('/'));
        assert!(!physical.exists(), "{} is there", physical.display());
    }
}

#[test]
fn a_small_disk_is_named_and_nothing_is_registered() {
    let deb = large_deb();
    let store = "/hardpan/nix/";
    for (attribute, megabytes, named) in [
        (".#parts", 12, store),
        (".#parts", 24, store),
        (".#large", 12, "large.object"),
    ] {
        let own = Own::new("127.0.0.1:9");
        std::fs::copy(&deb, own.folder.path().join("large.deb")).expect("the package can be copied");
        let script = format!(
            "mount -t tmpfs -o size={megabytes}m none \"$XDG_DATA_HOME\" || exit 9; \
             $0 build {attribute}; code=$?; $0 store verify 1>&2 || exit 8; \
             test -z \"$(ls $XDG_DATA_HOME/hardpan/nix/store | grep '[.]object$')\" || exit 7; exit $code"
        );
        let Some(mut command) = with_own_mounts(&script) else {
            // The kernel's refusals above are the same to the program.
            return;
        };
        support::with_data(command.arg(env!("CARGO_BIN_EXE_hardpan")), own.data.path());
        let before = snapshot(own.folder.path());
        let output = command
            .current_dir(own.folder.path())
            .output()
            .expect("it starts");
        let said = text(&output);
        assert!(
            matches!(output.status.code(), Some(1 | 100)),
            "{attribute} {megabytes} {output:?}\n{said}"
        );
        // The database says it in its own words.
        let is_full = ["No space left on device", "database or disk is full"];
        assert!(
            is_full.iter().any(|text| said.contains(text)),
            "not said to be full:\n{said}"
        );
        for expected in [named, "all are whole", "hint: 'hardpan store gc'"] {
            assert!(said.contains(expected), "'{expected}' is missing:\n{said}");
        }
        assert_eq!(before, snapshot(own.folder.path()), "the project changed");
    }
}

#[test]
fn a_user_without_namespaces_is_told_what_to_do() {
    let own = Own::new("127.0.0.1:9");
    let mut command = own.hardpan(&["build", ".#shell"]);
    let expected = ["this machine allows no sandbox"];
    fails_where_refused(
        &mut command,
        Refusal::Namespaces,
        own.folder.path(),
        100,
        &expected,
    );
    let said = text(&kernel::output(&mut command, Refusal::Namespaces));
    assert!(!said.contains("store gc"), "the disk is not full:\n{said}");
    assert_eq!(own.stored("-shell"), Vec::<PathBuf>::new());
}
