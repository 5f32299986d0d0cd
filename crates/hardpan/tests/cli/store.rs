//! `hardpan store` and `path-info`: looking into the store, keeping and collecting.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::project::{Project, WRITE};

fn project() -> Project {
    Project::with_flake(&format!(
        "{{ outputs = _: let {WRITE} in {{ packages.x86_64-linux.default = write \"default\" \"hello\"; }}; }}"
    ))
}

#[test]
fn what_a_link_keeps_survives_collection() {
    let project = project();
    project.succeed(&["build"]);
    project.succeed(&["store", "gc"]);
    assert_eq!(project.read("project/result"), "hello");
    assert!(
        project
            .succeed(&["store", "roots"])
            .contains("TOP/project/result -> /nix/store/")
    );
    let path = project.physical(project.succeed(&["path-info", "./result"]).trim());
    fs::remove_file(project.path("project/result")).expect("it is there");
    assert!(
        project
            .succeed(&["store", "gc", "--dry-run"])
            .contains("-default\n")
    );
    assert!(path.exists());
    project.succeed(&["store", "gc"]);
    assert!(!path.exists());
    assert_eq!(project.succeed(&["store", "gc"]), "");
}

#[test]
fn damage_is_found_and_ends_with_failure() {
    let project = project();
    project.succeed(&["build"]);
    assert!(
        project
            .run(&["store", "verify"])
            .err
            .contains("paths checked, all are whole")
    );
    let path = project
        .path("project/result")
        .canonicalize()
        .expect("it is there");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("modes can be set");
    fs::write(&path, "hullo").expect("it can be written");
    project.fail(
        &["store", "verify"],
        1,
        &["-default' is damaged: it was modified", "1 of "],
    );
    project.fail(&["store", "verify", "./result"], 1, &["1 of 1 paths are damaged"]);
}

#[test]
fn trees_are_added_listed_and_printed() {
    let project = Project::new();
    project.write("project/tree/sub/file", "content");
    std::os::unix::fs::symlink("sub/file", project.path("project/tree/link")).expect("links can be made");
    let path = project.succeed(&["store", "add", "tree", "--name", "a-tree"]);
    let path = path.trim();
    assert!(path.ends_with("-a-tree"), "{path}");
    assert_eq!(project.succeed(&["store", "ls", path]), "./link\n./sub\n");
    assert_eq!(
        project.succeed(&["store", "ls", "-R", path]),
        "./link\n./sub\n./sub/file\n"
    );
    assert_eq!(
        project.succeed(&["store", "ls", "-l", &format!("{path}/sub")]),
        "-r--r--r--                    7 ./file\n"
    );
    for file in ["link", "sub/file"] {
        assert_eq!(
            project.succeed(&["store", "cat", &format!("{path}/{file}")]),
            "content"
        );
    }
    project.fail(&["store", "cat", &format!("{path}/none")], 1, &["cannot open"]);
    project.fail(
        &["store", "ls", "/nix/store/none"],
        1,
        &["is not a path of this store"],
    );
}

#[test]
fn what_is_known_about_paths_is_told() {
    let project = project();
    project.succeed(&["build"]);
    let info = project.succeed(&["path-info", "--json"]);
    let info: serde_json::Value = serde_json::from_str(&info).expect("it is JSON");
    let (path, info) = info
        .as_object()
        .and_then(|infos| infos.iter().next())
        .expect("there is one");
    assert!(path.ends_with("-default"));
    assert_eq!(info["narSize"], 120);
    assert_eq!(info["storeDir"], "/nix/store");
    assert!(
        info["deriver"]
            .as_str()
            .is_some_and(|path| path.ends_with("-default.drv"))
    );
    assert_eq!(
        project.succeed(&["path-info", "-s", "./result"]),
        format!("{path}\t        120\n")
    );
}

#[test]
fn the_store_lies_where_it_is_told_to() {
    let project = project();
    let out = project.succeed(&["build", "--store", "../elsewhere", "--no-link"]);
    assert!(out.starts_with("TOP/elsewhere/nix/store/"), "{out}");
    assert!(!project.path("home/.local").exists());
}
