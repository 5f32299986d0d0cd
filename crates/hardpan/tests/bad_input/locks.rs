//! Lock files that say what cannot be true.

use std::path::Path;

use crate::archive::Archive;
use crate::fails;
use crate::own::Own;
use crate::support::succeed;

fn read(project: &Path) -> String {
    std::fs::read_to_string(project.join("flake.lock")).expect("it was locked")
}

fn write(project: &Path, text: &str) {
    std::fs::write(project.join("flake.lock"), text).expect("it can be written");
}

/// The value of the first `name` in a lock file.
fn field(lock: &str, name: &str) -> String {
    let (_, rest) = lock.split_once(&format!("\"{name}\": \"")).expect("it is locked");
    rest.split('"').next().expect("it ends").to_owned()
}

/// Another digest that is as well formed.
fn altered(digest: &str) -> String {
    let last = if digest.ends_with('0') { '1' } else { '0' };
    format!("{}{last}", &digest[..digest.len() - 1])
}

#[test]
fn a_lock_file_of_an_unknown_version_is_left_alone() {
    let own = Own::new("127.0.0.1:9");
    write(
        own.folder.path(),
        r#"{ "nodes": { "root": {} }, "root": "root", "version": 99 }"#,
    );
    for arguments in [
        &["build", ".#parts"][..],
        &["flake", "lock"],
        &["flake", "metadata"],
    ] {
        fails(
            &mut own.hardpan(arguments),
            own.folder.path(),
            1,
            &[
                "error: lock file 'path:PROJECT/flake.lock' cannot be read: it has unsupported version 99",
                "hint: restore the file as it was ('git checkout flake.lock' does",
            ],
        );
    }
}

#[test]
fn an_edited_digest_names_the_input_and_both_digests() {
    let archive = Archive::new();
    let project = archive.folder.path();
    succeed(&mut archive.hardpan(&["flake", "lock"]));
    let good = read(project);

    let (_, debian) = good.split_once("\"debian\": {\n").expect("it is an input");
    let real = field(debian, "narHash");
    let first = if real.starts_with("sha256-A") {
        "sha256-B"
    } else {
        "sha256-A"
    };
    let false_one = format!("{first}{}", &real[first.len()..]);
    write(project, &good.replace(&real, &false_one));
    let mut build = archive.hardpan(&["build", ".#one"]);
    fails(
        &mut build,
        project,
        102,
        &[
            "NAR hash mismatch in input 'debian:stable?",
            &format!("expected '{false_one}' but got '{real}'"),
            "hint: if the new content is what you want, 'hardpan flake update' locks it",
        ],
    );

    let pins = field(&good, "pins");
    write(project, &good.replace(&pins, &altered(&pins)));
    // Nothing that was fetched before may stand in for it.
    let fresh = tempfile::tempdir().expect("a temporary folder");
    let mut build = crate::support::hardpan(fresh.path());
    fails(
        build.current_dir(project).args(["build", ".#one"]),
        project,
        1,
        &["stable", "InRelease"],
    );

    write(project, &good);
    succeed(&mut archive.hardpan(&["build", "--no-link", ".#one"]));
}
