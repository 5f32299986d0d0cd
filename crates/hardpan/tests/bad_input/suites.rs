//! Archives whose suites must not be locked, and packages that are not what the index says.

use std::path::PathBuf;

use crate::archive::{Answer, Archive, INDEX, RELEASE, Release, deb, pool};
use crate::fails;
use crate::support::{built_path, succeed};

/// An archive with a change that was made before anything is locked: building says why that cannot be.
#[track_caller]
fn is_not_locked(change: impl FnOnce(&Archive), expected: &[&str]) {
    let archive = Archive::new();
    change(&archive);
    let mut all = vec!["error: cannot lock 'debian:stable?"];
    all.extend(expected);
    check(&archive, ".#one", 1, &all);
}

/// The same for a change of the release file.
#[track_caller]
fn release_is_not_locked(release: &Release, expected: &[&str]) {
    is_not_locked(|archive| archive.publish(release), expected);
}

/// Expects that a build fails, changes nothing in the project and leaves no package in the store.
#[track_caller]
fn check(archive: &Archive, attribute: &str, code: i32, expected: &[&str]) {
    let mut command = archive.hardpan(&["build", attribute]);
    fails(&mut command, archive.folder.path(), code, expected);
    assert_eq!(archive.stored(".object"), Vec::<PathBuf>::new());
    assert_eq!(archive.stored("-root"), Vec::<PathBuf>::new());
    succeed(&mut archive.hardpan(&["store", "verify"]));
}

#[test]
fn release_files_without_a_good_signature_are_not_locked() {
    let hint = "hint: somebody altered the file, or the archive changed its key";
    let stranger = Release {
        seed_of_key: 2,
        ..Release::default()
    };
    release_is_not_locked(
        &stranger,
        &[
            "/vendor/dists/stable/InRelease: the signature of the release file does not hold: it is signed by ",
            "only, which is not trusted",
            hint,
        ],
    );
    let alter = |archive: &Archive| {
        let text = String::from_utf8(archive.file(RELEASE)).expect("it is text");
        let altered = text.replace("Suite: stable", "Suite: stables");
        archive.answer(RELEASE, Answer::File(altered.into()));
    };
    is_not_locked(alter, &["did not sign this text", hint]);
    is_not_locked(
        |archive| archive.answer(RELEASE, Answer::File(b"Suite: stable\n".to_vec())),
        &["it is not a signed text", hint],
    );
}

#[test]
fn release_files_of_another_time_are_not_locked() {
    let lags = "hint: the mirror lags behind, or somebody holds back updates: try again later, or name another mirror";
    release_is_not_locked(
        &Release {
            more: "Valid-Until: Wed, 15 Nov 2023 00:00:00 UTC\n",
            ..Release::default()
        },
        &["was valid until 2023-11-15 00:00:00 UTC only", lags],
    );
    release_is_not_locked(
        &Release {
            date: "Sat, 14 Nov 2099 22:13:20 UTC",
            ..Release::default()
        },
        &[
            "is dated 2099-11-14 22:13:20 UTC, which lies in the future",
            "hint: set this machine's clock",
        ],
    );
    let archive = Archive::new();
    succeed(&mut archive.hardpan(&["flake", "lock"]));
    archive.publish(&Release {
        date: "Mon, 13 Nov 2023 22:13:20 UTC",
        ..Release::default()
    });
    let mut update = archive.hardpan(&["flake", "update"]);
    let older = "is of 2023-11-13 22:13:20 UTC, older than the locked one of 2023-11-14 22:13:20 UTC";
    fails(&mut update, archive.folder.path(), 1, &[older, lags]);
}

#[test]
fn archives_that_make_no_sense_are_not_locked() {
    let date = Release {
        date: "yesterday",
        ..Release::default()
    };
    release_is_not_locked(&date, &["makes no sense: Date \"yesterday\" is not a date"]);
    for (records, expected) in [
        ("Package one\n", "line 1 is no field"),
        (
            "Package: one\nVersion: 1\nArchitecture: amd64\n",
            "its file name \"\" is not a path",
        ),
    ] {
        is_not_locked(
            |archive| archive.publish_index(&Release::default(), records),
            &[
                "the package index vendor/stable/main/Packages.gz cannot be used: ",
                expected,
                "hint: the archive published it so",
            ],
        );
    }
    is_not_locked(
        |archive| archive.answer(INDEX, Answer::File(vec![0; 4000])),
        &[
            "cannot fetch the package index",
            "hint: the mirror may be in the middle of an update",
        ],
    );
}

#[test]
fn mirrors_that_do_not_give_files_are_named() {
    for (answer, expected) in [
        (
            Answer::Status("404 Not Found"),
            "the server answered 404 (not found)",
        ),
        (
            Answer::Status("500 Internal Server Error"),
            "the server answered 500",
        ),
        (Answer::Loop, "too many redirects"),
        (Answer::Garbage, "invalid HTTP version"),
    ] {
        is_not_locked(
            |archive| archive.answer(RELEASE, answer),
            &[
                "/vendor/dists/stable/InRelease'",
                expected,
                "hint: name another mirror",
            ],
        );
    }
}

#[test]
fn packages_that_are_not_what_the_signed_index_says_are_not_kept() {
    let archive = Archive::new();
    succeed(&mut archive.hardpan(&["flake", "lock"]));
    let sound = archive.file(&pool("one"));
    let mut altered = sound.clone();
    altered[200] ^= 1;
    let another = "hint: name another mirror";
    for (answer, code, expected) in [
        (
            Answer::File(altered),
            102,
            &["hash mismatch in", "specified: sha256-", another][..],
        ),
        (
            Answer::File(sound[..100].to_vec()),
            100,
            &["is truncated: got 100 of", another],
        ),
        (Answer::Cut(sound.clone()), 100, &["transfer of", another]),
        (
            Answer::Status("404 Not Found"),
            100,
            &[
                "pool/one.deb has vanished from every mirror",
                "hint: 'hardpan flake update' moves on to what the archive publishes now",
            ],
        ),
    ] {
        archive.answer(&pool("one"), answer);
        check(&archive, ".#one", code, expected);
        assert_eq!(archive.stored(".deb"), Vec::<PathBuf>::new());
    }
    archive.answer(&pool("one"), Answer::File(sound));
    succeed(&mut archive.hardpan(&["build", ".#one"]));
}

#[test]
fn packages_that_were_published_damaged_are_not_compiled() {
    let sound = deb("one", b"content");
    for (damaged, expected) in [
        (
            sound[..sound.len() - 40].to_vec(),
            "the package is truncated: data.tar.gz needs ",
        ),
        (b"no package".to_vec(), "not a Debian package"),
    ] {
        let archive = Archive::new();
        let record = archive.add("one", "", &damaged);
        archive.publish_index(&Release::default(), &record);
        succeed(&mut archive.hardpan(&["flake", "lock"]));
        let hint = "hint: the archive published it so";
        check(
            &archive,
            ".#one",
            100,
            &["read the Debian package one_1_amd64.deb", expected, hint],
        );
    }
}

#[test]
fn packages_that_do_not_fit_together_are_named() {
    let archive = Archive::new();
    succeed(&mut archive.hardpan(&["flake", "lock"]));
    let depends =
        "needy 1 (stable) depends on one (>= 2) | three; there is one 1 (stable); there is no package three";
    check(
        &archive,
        ".#needy",
        1,
        &[
            "no set of packages has all that is wanted:",
            "needy is wanted",
            depends,
        ],
    );
    check(
        &archive,
        ".#misspelt",
        1,
        &["oen is wanted; there is no package oen (did you mean one?)"],
    );
    let mut both = archive.hardpan(&["build", ".#both"]);
    let expected = [
        "packages own the same paths; leave one of the packages out, or say which one wins",
        "/usr/share/same/file: one and two (both ship it)",
    ];
    fails(&mut both, archive.folder.path(), 100, &expected);
    assert_eq!(archive.stored("-root"), Vec::<PathBuf>::new());
    succeed(&mut archive.hardpan(&["store", "verify"]));
}

/// A machine whose packages come from two archives; `FIRST` and `SECOND` stand for their addresses.
const TWO_ARCHIVES: &str = r#"
{
  inputs.hardpan.url = "hardpan";
  inputs.hardpan.inputs.debian.url = "debian:stable?url=FIRST/vendor&archive=vendor&keyUrl=FIRST/key.asc";
  inputs.further.url = "debian:stable?url=SECOND/vendor&archive=further&keyUrl=SECOND/key.asc";
  outputs = { self, hardpan, further }: let
    machine = archives: hardpan.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ { hardpan = { inherit archives; }; } ];
    };
    inherit (machine [ further ]) pkgs;
  in {
    closure = (pkgs.hardpan.closure { wanted = [ "grafana" ]; }).names;
    names = [ pkgs.grafana.version pkgs.debian.grafana.version ];
    deb = pkgs.hardpan.deb "grafana";
    alone = (machine [ ]).pkgs.grafana.version;
  };
}
"#;

#[test]
fn packages_of_a_further_archive_stand_beside_those_of_the_first() {
    let (first, second) = (Archive::new(), Archive::new());
    let content = deb("grafana", b"the fourth");
    second.publish_index(
        &Release::default(),
        &second.add("grafana", "Depends: one\n", &content),
    );
    let flake = TWO_ARCHIVES
        .replace("FIRST", &first.address)
        .replace("SECOND", &second.address);
    std::fs::write(first.folder.path().join("flake.nix"), flake).expect("the flake can be written");
    for (attribute, expected) in [(".#closure", r#"["grafana","one"]"#), (".#names", r#"["1","1"]"#)] {
        let output = succeed(&mut first.hardpan(&["eval", "--json", attribute]));
        assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), expected);
    }
    let output = succeed(&mut first.hardpan(&["build", "--no-link", "--print-out-paths", ".#deb"]));
    assert_eq!(
        std::fs::read(built_path(&output)).expect("it was fetched"),
        content
    );
    let expected = [
        "error: pkgs.grafana: Debian has no such package; its publisher has a signed Debian archive (Grafana Labs, ",
        "make it an input by a 'debian:<suite>?url=...&keyUrl=...' and put that into hardpan.archives",
    ];
    fails(
        &mut first.hardpan(&["eval", ".#alone"]),
        first.folder.path(),
        1,
        &expected,
    );
}
