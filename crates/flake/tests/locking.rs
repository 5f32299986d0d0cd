//! Locks flakes on disk: what is kept, what is fetched anew, and what stands in the file.

mod support;

use flake::{FlakeReference, LockFlags, parse_input_path, write_lock_file};
use support::{Project, git};

fn flags() -> LockFlags {
    LockFlags::default()
}

fn updating(path: &str) -> LockFlags {
    LockFlags {
        update: [parse_input_path(path).expect("it is a path")].into(),
        ..flags()
    }
}

const LOCK: &str = r#"{
  "nodes": {
    "a": {
      "inputs": {
        "b": [
          "b"
        ]
      },
      "locked": {
        "lastModified": 1500000000,
        "narHash": "sha256-HASH-A",
        "path": "TOP/a",
        "type": "path"
      },
      "original": {
        "path": "TOP/a",
        "type": "path"
      }
    },
    "b": {
      "flake": false,
      "locked": {
        "lastModified": 1500000000,
        "narHash": "sha256-HASH-B",
        "path": "TOP/b",
        "type": "path"
      },
      "original": {
        "path": "TOP/b",
        "type": "path"
      }
    },
    "root": {
      "inputs": {
        "a": "a",
        "b": "b"
      }
    }
  },
  "root": "root",
  "version": 7
}
"#;

/// A flake `main` with the inputs `a`, whose own `b` follows that of the root, and `b`.
fn two_inputs() -> Project {
    let project = Project::new();
    project.write(
        "main/flake.nix",
        r#"{"inputs":{"a":{"url":"path:TOP/a","inputs":{"b":{"follows":"b"}}},"b":{"url":"path:TOP/b","flake":false}}}"#,
    );
    project.write("a/flake.nix", r#"{"inputs":{"b":{"url":"path:TOP/elsewhere"}}}"#);
    project.write("b/file", "1");
    project
}

#[test]
fn the_lock_file_is_what_nix_writes() {
    let project = two_inputs();
    let locked = project.lock("path:TOP/main", &flags());
    let text = project.plain(&locked.lock.to_text());
    let hashes: Vec<&str> = text
        .split("sha256-")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert_eq!(
        text.replace(hashes[0], "HASH-A").replace(hashes[1], "HASH-B"),
        LOCK
    );
    assert_eq!(
        project.plain(&locked.changes()),
        format!(
            "• Added input 'a':\n    'path:TOP/a?lastModified=1500000000&narHash={}' (2017-07-14)\n\
             • Added input 'a/b':\n    follows 'b'\n\
             • Added input 'b':\n    'path:TOP/b?lastModified=1500000000&narHash={}' (2017-07-14)\n",
            format!("sha256-{}", hashes[0])
                .replace('+', "%2B")
                .replace('=', "%3D"),
            format!("sha256-{}", hashes[1])
                .replace('+', "%2B")
                .replace('=', "%3D"),
        )
    );
}

#[test]
fn a_written_lock_is_kept_until_it_is_updated() {
    let project = two_inputs();
    let first = project.lock("path:TOP/main", &flags());
    write_lock_file(&first).expect("the lock file can be written");
    project.write("b/file", "2");
    let kept = project.lock("path:TOP/main", &flags());
    assert!(!kept.changed(), "{}", kept.changes());
    assert!(!project.lock("path:TOP/main", &updating("a")).changed());
    let updated = project.lock("path:TOP/main", &updating("b"));
    assert!(
        updated.changes().starts_with("• Updated input 'b':\n"),
        "{}",
        updated.changes()
    );
    assert!(
        updated.changes().contains("\n  → 'path:"),
        "{}",
        updated.changes()
    );
    let all = project.lock(
        "path:TOP/main",
        &LockFlags {
            recreate: true,
            ..flags()
        },
    );
    assert_eq!(all.lock.to_text(), updated.lock.to_text());
    let unknown = project.lock("path:TOP/main", &updating("x"));
    assert_eq!(unknown.warnings, ["'x' does not match any input of this flake"]);
}

#[test]
fn an_overridden_input_keeps_its_original_and_comes_from_elsewhere() {
    let project = two_inputs();
    project.write("c/file", "3");
    let path = parse_input_path("b").expect("it is a path");
    let overrides = [(path, project.reference("path:TOP/c"))].into();
    let locked = project.lock("path:TOP/main", &LockFlags { overrides, ..flags() });
    let text = project.plain(&locked.lock.to_text());
    assert!(
        text.contains("\"path\": \"TOP/c\",\n        \"type\": \"path\"\n      },\n      \"original\""),
        "{text}"
    );
    assert!(
        text.contains("\"original\": {\n        \"path\": \"TOP/b\""),
        "{text}"
    );
}

#[test]
fn a_relative_input_is_part_of_its_parents_tree() {
    let project = Project::new();
    project.write("main/flake.nix", r#"{"inputs":{"sub":{"url":"path:./sub"}}}"#);
    project.write(
        "main/sub/flake.nix",
        r#"{"inputs":{"deep":{"url":"path:../deep","flake":false}}}"#,
    );
    project.write("main/deep/file", "");
    let locked = project.lock("path:TOP/main", &flags());
    let text = locked.lock.to_text();
    assert!(
        text.contains("\"path\": \"./sub\",\n        \"type\": \"path\"\n      },\n      \"parent\": []"),
        "{text}"
    );
    assert!(text.contains("\"parent\": [\n        \"sub\"\n      ]"), "{text}");
    assert!(!text.contains("narHash"), "{text}");
    assert_eq!(locked.lock.unlocked_input(), None);
}

#[test]
fn the_base_and_debian_are_locked() {
    let project = Project::new();
    project.write(
        "main/flake.nix",
        r#"{"inputs":{},"arguments":["self","hardpan"]}"#,
    );
    let locked = project.lock("path:TOP/main", &flags());
    let json = locked.lock.to_json();
    assert_eq!(
        json["nodes"]["hardpan"]["original"],
        serde_json::json!({ "type": "hardpan" })
    );
    assert_eq!(json["nodes"]["hardpan"]["locked"]["lastModified"], 1);
    assert_eq!(json["nodes"]["debian"]["locked"]["lastModified"], 1_700_000_000);
    assert_eq!(json["nodes"]["debian"]["locked"]["suite"], "trixie");
    assert_eq!(locked.lock.unlocked_input(), None);
}

#[test]
fn a_new_base_does_not_bring_new_packages() {
    let project = Project::new();
    project.write("main/flake.nix", r#"{"inputs":{"hardpan":{"url":"hardpan"}}}"#);
    let date = |flags: &LockFlags| {
        let locked = project.lock("path:TOP/main", flags);
        write_lock_file(&locked).expect("the lock file can be written");
        locked.lock.to_json()["nodes"]["debian"]["locked"]["lastModified"].as_u64()
    };
    let first = date(&flags());
    assert_eq!(date(&updating("hardpan")), first);
    let newer = date(&updating("hardpan/debian"));
    assert!(newer > first);
    assert!(
        date(&LockFlags {
            recreate: true,
            ..flags()
        }) > newer
    );
}

#[test]
fn a_git_work_tree_gives_its_tracked_files_and_gets_the_lock_file() {
    let project = Project::new();
    project.write(
        "repository/sub/flake.nix",
        r#"{"inputs":{"b":{"url":"path:TOP/b","flake":false}}}"#,
    );
    project.write("repository/untracked", "");
    project.write("b/file", "");
    let folder = project.path("repository");
    git(&folder, &["init", "--quiet", "-b", "main"]);
    git(&folder, &["add", "sub"]);
    git(&folder, &["commit", "--quiet", "-m", "one"]);
    let (reference, fragment) =
        flake::resolve_path_reference("./sub#x", &folder, true).expect("there is a flake");
    assert_eq!(
        project.plain(&reference.to_string()),
        "git+file://TOP/repository?dir=sub"
    );
    assert_eq!(fragment, "x");
    let text = reference.to_string();
    let clean = project.lock(&text, &flags());
    assert!(!clean.flake.tree.root.join("untracked").exists());
    assert_eq!(clean.flake.locked.input.attributes().integer("revCount"), Some(1));
    assert_eq!(clean.flake.locked.input.last_modified(), Some(1_709_251_199));
    let file = write_lock_file(&clean).expect("a work tree can be written to");
    assert_eq!(file, folder.join("sub/flake.lock"));
    let dirty = project.lock(&text, &flags());
    assert!(dirty.flake.tree.root.join("sub/flake.lock").exists());
    assert_eq!(dirty.flake.locked.input.text("rev"), None);
    assert!(
        dirty
            .flake
            .locked
            .input
            .text("dirtyRev")
            .is_some_and(|revision| revision.ends_with("-dirty"))
    );
    assert!(!dirty.changed());
}

#[test]
fn what_cannot_be_locked_says_why() {
    let table: &[(&str, &str, &str)] = &[
        (
            r#"{"inputs":{"a":{"follows":"b"}}}"#,
            "",
            "input 'a' follows a non-existent input 'b'",
        ),
        (
            r#"{"inputs":{"a":{"follows":"b"},"b":{"follows":"a"}}}"#,
            "",
            "follow cycle",
        ),
        (
            r#"{"inputs":{"a":{"url":"path:TOP/main"}}}"#,
            "",
            "circular import",
        ),
        (
            r#"{"inputs":{"a":{"url":"path:../../x"}}}"#,
            "",
            "outside of its source tree",
        ),
        (
            r#"{"inputs":{"a":{"url":"nowhere"}}}"#,
            "",
            "cannot find flake 'nowhere'",
        ),
        (
            r#"{"inputs":{"a":{"url":"path:TOP/b?narHash=sha256-47DEQpj8HBSa%2B/TImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D"}}}"#,
            "{}",
            "NAR hash mismatch",
        ),
        (
            r#"{"inputs":{"a":{"url":"path:TOP/b"}}}"#,
            "{",
            "while reading the flake",
        ),
        (r#"{"inputs":{"a":{"url":"path:TOP/none"}}}"#, "", "No such file"),
    ];
    for (main, other, expected) in table {
        let project = Project::new();
        project.write("main/flake.nix", main);
        project.write("b/flake.nix", other);
        let error = project.try_lock("path:TOP/main", &flags()).expect_err(main);
        let mut text = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(error) = cause {
            text += &format!(": {error}");
            cause = error.source();
        }
        assert!(text.contains(expected), "{main}: {text}");
    }
}

#[test]
fn a_lock_that_must_not_change_is_an_error() {
    let project = two_inputs();
    let error = project.try_lock(
        "path:TOP/main",
        &LockFlags {
            forbid_changes: true,
            ..flags()
        },
    );
    assert!(error.is_err());
}

#[test]
fn a_flake_is_searched_upwards_but_not_beyond_its_repository() {
    let project = Project::new();
    project.write("flake.nix", "{}");
    project.write("plain/deep/file", "");
    project.write("repository/.git/HEAD", "");
    project.write("repository/deep/file", "");
    let find = |text: &str| {
        flake::resolve_path_reference(text, &project.path("plain/deep"), true)
            .map(|(reference, _): (FlakeReference, String)| project.plain(&reference.to_string()))
            .map_err(|error| project.plain(&error.to_string()))
    };
    project.write("plain/deep/own/flake.nix", "{}");
    assert_eq!(find("own#x"), Ok("path:TOP/plain/deep/own".to_owned()));
    assert_eq!(find("other#x"), Ok("flake:other".to_owned()));
    assert_eq!(find("."), Ok("path:TOP".to_owned()));
    assert_eq!(find(".."), Ok("path:TOP".to_owned()));
    assert!(find("../../repository/deep").is_err_and(|text| text.contains("is not part of a flake")));
    assert!(find("./file").is_err_and(|text| text.contains("not a directory")));
    assert!(find("./none").is_err_and(|text| text.contains("does not exist")));
}

#[test]
fn what_a_dependency_follows_is_its_own_input() {
    let project = Project::new();
    let input = |name: &str| format!(r#""{name}":{{"url":"path:TOP/{name}"}}"#);
    project.write("one/flake.nix", "{}");
    project.write("two/flake.nix", "{}");
    project.write("utils/flake.nix", r#"{"inputs":{"base":{"url":"path:TOP/one"}}}"#);
    project.write(
        "mid/flake.nix",
        r#"{"inputs":{"base":{"url":"path:TOP/two"},"own":{"follows":"base"},"self_":{"follows":""},
            "utils":{"url":"path:TOP/utils","inputs":{"base":{"follows":"base"}}}}}"#,
    );
    project.write("top/flake.nix", &format!(r#"{{"inputs":{{{}}}}}"#, input("mid")));
    project.write(
        "top2/flake.nix",
        &format!(
            r#"{{"inputs":{{"base":{{"url":"path:TOP/one"}},{}}}}}"#,
            input("mid")
        ),
    );
    project.write(
        "over/flake.nix",
        &format!(r#"{{"inputs":{{{}}}}}"#, input("top2")),
    );
    let table: &[(&str, &[&str])] = &[("top", &["mid"]), ("top2", &["mid"]), ("over", &["top2", "mid"])];
    // With and without lock files of the dependencies.
    for locks in [&[][..], &["mid"][..], &["mid", "top2"][..]] {
        for name in locks {
            let locked = project.lock(&format!("path:TOP/{name}"), &flags());
            write_lock_file(&locked).expect("the lock file can be written");
        }
        for (flake, mid) in table {
            let locked = project.lock(&format!("path:TOP/{flake}"), &flags()).lock;
            let find = |names: &[&str]| {
                let path: Vec<String> = mid.iter().chain(names).map(|&name| name.to_owned()).collect();
                locked
                    .find(&path)
                    .expect("nothing goes in circles")
                    .expect("it is there")
            };
            let base = find(&["base"]);
            let two = locked
                .node(base)
                .input
                .as_ref()
                .map(|input| project.plain(&input.original.to_string()));
            assert_eq!(two.as_deref(), Some("path:TOP/two"), "{flake} with {locks:?}");
            assert_eq!(find(&["utils", "base"]), base, "{flake} with {locks:?}");
            assert_eq!(find(&["own"]), base, "{flake} with {locks:?}");
            assert_eq!(find(&["self_"]), find(&[]), "{flake} with {locks:?}");
        }
    }
}

#[test]
fn a_relative_input_lies_below_the_flake_that_names_it_however_deep() {
    let project = Project::new();
    project.write(
        "lib/sub/flake.nix",
        r#"{"inputs":{"deep":{"url":"path:./deep"}}}"#,
    );
    project.write("lib/sub/deep/flake.nix", "{}");
    project.write("lib/flake.nix", r#"{"inputs":{"sub":{"url":"path:./sub"}}}"#);
    project.write("mid/flake.nix", r#"{"inputs":{"lib":{"url":"path:TOP/lib"}}}"#);
    project.write("top/flake.nix", r#"{"inputs":{"mid":{"url":"path:TOP/mid"}}}"#);
    let mut expected = None;
    for locks in [&[][..], &["lib"][..], &["lib", "mid"][..]] {
        for name in locks {
            let locked = project.lock(&format!("path:TOP/{name}"), &flags());
            write_lock_file(&locked).expect("the lock file can be written");
        }
        let locked = project.lock("path:TOP/top", &flags());
        let nodes = &locked.lock.to_json()["nodes"];
        assert_eq!(
            nodes["sub"]["parent"],
            serde_json::json!(["mid", "lib"]),
            "{locks:?}"
        );
        assert_eq!(
            nodes["deep"]["parent"],
            serde_json::json!(["mid", "lib", "sub"]),
            "{locks:?}"
        );
        // Locks of dependencies change their trees, and nothing else.
        let names: Vec<String> = nodes
            .as_object()
            .expect("nodes are an object")
            .keys()
            .cloned()
            .collect();
        assert_eq!(expected.get_or_insert_with(|| names.clone()), &names);
    }
    let top = project.lock("path:TOP/top", &flags());
    write_lock_file(&top).expect("the lock file can be written");
    let again = project.lock("path:TOP/top", &updating("mid/lib/sub"));
    assert!(!again.changed(), "{}", again.changes());
}
