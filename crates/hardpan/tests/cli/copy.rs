//! `hardpan copy`, `store sign` and what the settings say about binary caches.

use crate::project::{Project, WRITE};

/// The secret half is 32 times the byte seven.
const SECRET: &str =
    "test-1:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwfqSmxj4pxSCr71UHsTLsX5lUd2rr6+e5JCHuppFEbSLA==";
const PUBLIC: &str = "test-1:6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=";

fn project() -> Project {
    let project = Project::with_flake(&format!(
        "{{ outputs = _: let {WRITE} in {{ packages.x86_64-linux.default = write \"default\" \"hello\"; }}; }}"
    ));
    project.write("key", SECRET);
    project
}

fn settings(project: &Project, text: &str) {
    project.write("home/.config/nix/nix.conf", text);
}

#[test]
fn what_was_copied_to_a_cache_is_not_built_elsewhere() {
    let project = project();
    let cache = format!("file://{}", project.path("cache").display());
    let path = project.succeed(&["copy", "--to", &cache, "."]);
    project.succeed(&["store", "sign", "--key-file", "../key", path.trim()]);
    // What is there already is not written again.
    assert_eq!(project.succeed(&["copy", "--to", &cache, path.trim()]), "");
    settings(&project, &format!("substituters = {cache}\n"));
    let unsigned = project.run(&["build", "--store", "../second"]);
    assert!(
        unsigned.err.contains("has no signature by a key that is trusted"),
        "{}",
        unsigned.err
    );
    assert!(unsigned.err.contains("1 to build"), "{}", unsigned.err);
    let signed = format!("file://{}", project.path("signed").display());
    project.succeed(&["copy", "--to", &signed, path.trim()]);
    settings(
        &project,
        &format!("substituters = {signed}\ntrusted-public-keys = {PUBLIC}\n"),
    );
    let brought = project.run(&["build", "--store", "../third"]);
    assert!(
        brought.err.contains("1 to fetch") && !brought.err.contains("to build"),
        "{}",
        brought.err
    );
    assert_eq!(project.read("project/result"), "hello");
}

#[test]
fn paths_are_copied_between_stores_if_somebody_trusted_signed_them() {
    let project = project();
    let path = project.succeed(&["copy", "--to", "../other", "--no-check-sigs", "."]);
    assert_eq!(project.read(&format!("other{}", path.trim())), "hello");
    let from = ["copy", "--store", "../third", "--from", "../other", path.trim()];
    project.fail(&from, 1, &["has no signature by a key that is trusted"]);
    project.succeed(&[
        "store",
        "sign",
        "--store",
        "../other",
        "--key-file",
        "../key",
        path.trim(),
    ]);
    settings(&project, &format!("trusted-public-keys = {PUBLIC}\n"));
    assert_eq!(project.succeed(&from), path);
    let cache = format!("file://{}", project.path("cache").display());
    project.fail(
        &["copy", "--store", "../fourth", "--from", &cache, path.trim()],
        1,
        &["is not in"],
    );
    project.fail(&["copy", path.trim()], 2, &["--to"]);
    project.fail(
        &["copy", "--to", "ftp://x", path.trim()],
        1,
        &["a binary cache is at file://"],
    );
}
