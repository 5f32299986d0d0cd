//! Machines that are too small or too strict.

use std::path::PathBuf;
use std::process::Command;

use crate::own::Own;
use crate::support::{self, built_path, hardpan, shared_data_folder, succeed, text};
use crate::{fails, snapshot};

/// A shell script in which this user is root and may mount, or nothing where that is not allowed.
fn as_root(script: &str) -> Option<Command> {
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        command.args(["-rm", "sh", "-c", script]);
        command
    };
    let is_allowed = unshare("true")
        .output()
        .is_ok_and(|output| output.status.success());
    if !is_allowed {
        eprintln!("not tested: this machine allows no user namespaces");
    }
    is_allowed.then(|| unshare(script))
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
fn a_full_disk_is_named_and_nothing_is_registered() {
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
        let Some(mut command) = as_root(&script) else {
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
    let script = "echo 0 > /proc/sys/user/max_user_namespaces || exit 9; exec $0 build .#shell";
    let Some(mut command) = as_root(script) else {
        return;
    };
    support::with_data(command.arg(env!("CARGO_BIN_EXE_hardpan")), own.data.path());
    let expected = [
        "this machine allows no sandbox",
        "sudo sysctl -w user.max_user_namespaces=",
    ];
    fails(&mut command, own.folder.path(), 100, &expected);
    let output = command.output().expect("the command starts");
    assert!(
        !text(&output).contains("store gc"),
        "the disk is not full:\n{}",
        text(&output)
    );
}
