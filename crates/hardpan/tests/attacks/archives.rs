//! A mirror, and the publisher of another archive: signatures, pins, packages and accounts that nobody asked for.

use std::path::Path;
use std::process::{Command, Output};

use sha2::{Digest as _, Sha256};

use crate::archive::{Answer, Archive, INDEX, RELEASE, Release, deb, deb_with};
use crate::signer::{Options, Signer};
use crate::support::{succeed, text};

/// When release files are signed.
const SIGNED: u32 = 1_700_000_000;

/// `vendor` of the first archive stands for Debian, `further` of the second one is another publisher's.
const FLAKE: &str = r#"
{
  inputs.hardpan.url = "hardpan";
  inputs.hardpan.inputs.debian.url = "debian:stable?url=FIRST/vendor&archive=vendor&keyUrl=FIRST/key.asc";
  inputs.further.url = "debian:stable?url=SECOND/vendor&archive=further&keyUrl=SECOND/key.asc";
  outputs = { self, hardpan, further }: let
    pkgs = (hardpan.lib.nixosSystem {
      system = "x86_64-linux";
      modules = [ { hardpan.archives = [ ARCHIVE ]; } ];
    }).pkgs;
    closure = wanted: pkgs.hardpan.closure { inherit wanted; };
    versions = wanted: map (record: "${record.name} ${record.version} ${record.archive}") (closure wanted).packages;
  in {
    names = builtins.attrNames pkgs.debian;
    one = versions [ "one" ];
    needs = versions [ "needs-virtual" ];
    specs = map (spec: "${spec.name} ${spec.archive} ${spec.suite} ${toString (spec.foreign or false)}")
      (closure [ "one" "extra" ]).packageSpecs;
    root = derivation {
      name = "root"; system = "builtin"; builder = "builtin:hardpan-root-v2";
      spec = builtins.toJSON { version = 1; name = "test"; packages = (closure [ "extra" ]).packageSpecs; };
    };
  };
}
"#;

/// An archive that stands for Debian with a project, and another publisher's.
struct Two {
    first: Archive,
    second: Archive,
}

impl Two {
    /// `further` has the package `extra` with these files, a newer `one`, and packages that stand in for others.
    fn new(archive: &str, files: &[(&str, u32, &[u8])]) -> Self {
        let (first, second) = (Archive::new(), Archive::new());
        let debian = [
            first.add("one", "", &deb("one", b"the first")),
            first.add("needs-virtual", "Depends: virtual\n", &deb("needs-virtual", b"x")),
            first.add("stands-in", "Provides: virtual\n", &deb("stands-in", b"y")),
        ];
        first.publish_index(&Release::default(), &debian.concat());
        let newer = second
            .add("one", "", &deb("one", b"foreign"))
            .replace("Version: 1", "Version: 1:99");
        let further = [
            newer,
            second.add("extra", "Provides: virtual, one\n", &deb_with("extra", files)),
            second.add("virtual", "", &deb("virtual", b"z")),
        ];
        second.publish_index(&Release::default(), &further.concat());
        let two = Self { first, second };
        let flake = FLAKE
            .replace("FIRST", &two.first.address)
            .replace("SECOND", &two.second.address)
            .replace("ARCHIVE", archive);
        write_flake(&two.first, &flake);
        two
    }

    fn eval(&self, attribute: &str) -> Result<String, String> {
        let output = self.first.hardpan(&["eval", "--json", attribute]).output();
        let output = output.expect("the command starts");
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
            false => Err(text(&output)),
        }
    }
}

fn write_flake(archive: &Archive, flake: &str) {
    std::fs::write(archive.folder.path().join("flake.nix"), flake).expect("the flake can be written");
}

/// Runs a command that must fail, say each of `expected` and end with `last`.
#[track_caller]
fn refused(command: &mut Command, expected: &[&str], last: &str) -> Output {
    let output = command.output().expect("the command starts");
    let said = text(&output);
    assert!(!output.status.success(), "it was taken:\n{said}");
    for text in expected {
        assert!(said.contains(text), "'{text}' is missing:\n{said}");
    }
    let end = said.trim_end().lines().last().unwrap_or_default();
    assert!(end.contains(last), "'{last}' is not the last line:\n{said}");
    output
}

/// A project of one archive whose input has these further parameters.
fn archive_with(parameters: &str) -> Archive {
    let archive = Archive::new();
    let flake = std::fs::read_to_string(archive.folder.path().join("flake.nix")).expect("it is there");
    write_flake(
        &archive,
        &flake.replace("/key.asc\"", &format!("/key.asc{parameters}\"")),
    );
    archive
}

fn signer(seed: u64) -> Signer {
    Signer::new(&Options {
        seed,
        ..Options::default()
    })
}

fn both(first: &Signer, second: &Signer) -> Vec<u8> {
    [first.certificate(), second.certificate()].concat()
}

fn hex_sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

const LOCK: [&str; 2] = ["flake", "lock"];

#[test]
fn a_pin_is_a_whole_fingerprint() {
    let whole = signer(1).fingerprint();
    for pin in [&whole[32..], &whole[24..], &whole[..39], "zz", ""] {
        let archive = archive_with(&format!("&key={pin}"));
        let last = "hint: 'gpg --show-keys --with-fingerprint FILE' prints it; write all of its digits";
        refused(
            &mut archive.hardpan(&LOCK),
            &["is not the whole fingerprint of a key"],
            last,
        );
    }
    succeed(&mut archive_with(&format!("&key={}", whole.to_lowercase())).hardpan(&LOCK));
}

#[test]
fn a_pin_is_not_found_in_the_name_of_a_keys_owner() {
    let pin = signer(1).fingerprint();
    let archive = archive_with(&format!("&key={pin}"));
    let impostor = Signer::new(&Options {
        seed: 2,
        owner: format!("{pin} <{pin}@example.org>"),
        ..Options::default()
    });
    archive.answer("/key.asc", Answer::File(impostor.certificate()));
    archive.publish(&Release {
        seed_of_key: 2,
        ..Release::default()
    });
    refused(
        &mut archive.hardpan(&LOCK),
        &[
            "the key at ",
            &impostor.fingerprint(),
            &format!("not {pin} as flake.nix says"),
        ],
        "hint: ask the publisher which key is right",
    );
}

#[test]
fn of_a_file_with_two_keys_only_the_pinned_one_is_trusted() {
    let (first, second) = (signer(1), signer(2));
    for file in [both(&first, &second), both(&second, &first)] {
        let archive = archive_with(&format!("&key={}", first.fingerprint()));
        archive.answer("/key.asc", Answer::File(file));
        succeed(&mut archive.hardpan(&LOCK));
        archive.publish(&Release {
            seed_of_key: 2,
            ..Release::default()
        });
        refused(
            &mut archive.hardpan(&["flake", "update"]),
            &["which is not trusted"],
            "hint: somebody altered",
        );
    }
}

#[test]
fn a_file_with_two_keys_and_no_pin_is_not_taken() {
    let archive = Archive::new();
    archive.answer("/key.asc", Answer::File(both(&signer(1), &signer(2))));
    let fingerprints = [signer(1).fingerprint(), signer(2).fingerprint()];
    let expected = ["holds several keys", &fingerprints[0], &fingerprints[1]];
    refused(&mut archive.hardpan(&LOCK), &expected, "add '&key=FINGERPRINT'");
}

#[test]
fn a_new_key_is_taken_only_by_its_name() {
    let archive = Archive::new();
    succeed(&mut archive.hardpan(&LOCK));
    let lock = || std::fs::read_to_string(archive.folder.path().join("flake.lock")).expect("it is there");
    let before = lock();
    archive.answer("/key.asc", Answer::File(signer(2).certificate()));
    archive.publish(&Release {
        seed_of_key: 2,
        date: "Tue, 14 Nov 2023 22:13:21 UTC",
        ..Release::default()
    });
    let (old, new) = (signer(1).fingerprint(), signer(2).fingerprint());
    let accept = format!("'hardpan flake update --accept-key {new}' takes it");
    let expected = [format!("locked: {old}"), format!("now:    {new}")];
    let expected = expected.each_ref().map(String::as_str);
    refused(&mut archive.hardpan(&["flake", "update"]), &expected, &accept);
    let other = signer(3).fingerprint();
    refused(
        &mut archive.hardpan(&["flake", "update", "--accept-key", &other]),
        &expected,
        &accept,
    );
    let short = archive
        .hardpan(&["flake", "update", "--accept-key", &new[32..]])
        .output();
    assert!(!short.expect("the command starts").status.success());
    // Nor does another way to write the same archive forget its key.
    let flake = std::fs::read_to_string(archive.folder.path().join("flake.nix")).expect("it is there");
    write_flake(
        &archive,
        &flake.replace("/key.asc\"", "/key.asc&components=main\""),
    );
    refused(&mut archive.hardpan(&LOCK), &expected, &accept);
    assert_eq!(lock(), before, "nothing is written before the key is taken");
    succeed(&mut archive.hardpan(&["flake", "update", "--accept-key", &new]));
    assert!(lock().contains(&new));
}

#[test]
fn no_archive_takes_the_name_of_debians() {
    for name in ["debian", "debian-security"] {
        let archive = Archive::new();
        let flake = std::fs::read_to_string(archive.folder.path().join("flake.nix")).expect("it is there");
        write_flake(
            &archive,
            &flake.replace("&archive=vendor", &format!("&archive={name}")),
        );
        let expected = format!("cannot be called {name}, which is Debian's own");
        refused(
            &mut archive.hardpan(&LOCK),
            &[&expected],
            "a mirror of Debian is named by 'mirror='",
        );
    }
}

#[test]
fn signatures_under_conditions_and_weak_keys_do_not_count() {
    for (name, signer) in [
        (
            "a condition of the key",
            Signer::new(&Options {
                own_notation: Some("only@example.org"),
                ..Options::default()
            }),
        ),
        (
            "SHA-1",
            Signer::new(&Options {
                kind: pgp::composed::KeyType::Rsa(2048),
                own_hash: pgp::crypto::hash::HashAlgorithm::Sha1,
                ..Options::default()
            }),
        ),
    ] {
        let archive = Archive::new();
        archive.answer("/key.asc", Answer::File(signer.certificate()));
        let output = archive.hardpan(&LOCK).output().expect("the command starts");
        let said = text(&output);
        assert!(
            !output.status.success() && said.contains("no key that can sign"),
            "{name}: {said}"
        );
    }
    let archive = Archive::new();
    let release = String::from_utf8(archive.file(RELEASE)).expect("it is text");
    let signed = signer(1).sign_under_condition(&signed_part(&release), SIGNED, "only@example.org");
    archive.answer(RELEASE, Answer::File(signed));
    let expected = ["a condition that is not understood: the notation only@example.org"];
    refused(&mut archive.hardpan(&LOCK), &expected, "hint: somebody altered");
}

/// What of a signed file was signed.
fn signed_part(release: &str) -> String {
    let lines = release.lines().skip_while(|line| !line.is_empty()).skip(1);
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with("-----")).collect();
    lines.join("\n")
}

/// A locked project whose store is lost and whose lock was edited.
fn edited(edit: impl Fn(&Archive, &str) -> String) -> Archive {
    let mut archive = Archive::new();
    succeed(&mut archive.hardpan(&LOCK));
    archive.data = tempfile::tempdir().expect("a temporary folder");
    let file = archive.folder.path().join("flake.lock");
    let lock = std::fs::read_to_string(&file).expect("it is there");
    let changed = edit(&archive, &lock);
    assert_ne!(lock, changed, "the lock was to be edited");
    std::fs::write(file, changed).expect("it can be written");
    archive
}

const EVAL: [&str; 2] = ["eval", ".#deb.name"];

#[test]
fn a_lock_alone_brings_in_nothing_that_a_stranger_signed() {
    let archive = edited(|archive, lock| {
        let before = hex_sha256(&archive.file(RELEASE));
        archive.publish(&Release {
            seed_of_key: 2,
            ..Release::default()
        });
        lock.replace(&before, &hex_sha256(&archive.file(RELEASE)))
    });
    let expected = ["the signature of the locked release file vendor/stable/InRelease does not hold"];
    refused(
        &mut archive.hardpan(&EVAL),
        &expected,
        "hint: somebody altered the lock or the locked files",
    );
}

#[test]
fn a_lock_alone_brings_in_nothing_that_was_altered() {
    let archive = edited(|archive, lock| {
        let release = String::from_utf8(archive.file(RELEASE)).expect("it is text");
        let forged = release
            .replace("Components: main", "Components: main evil")
            .into_bytes();
        let changed = lock.replace(&hex_sha256(release.as_bytes()), &hex_sha256(&forged));
        archive.answer(RELEASE, Answer::File(forged));
        changed
    });
    refused(
        &mut archive.hardpan(&EVAL),
        &["does not hold"],
        "hint: somebody altered the lock",
    );
}

#[test]
fn a_lock_says_nothing_of_where_an_archive_is_and_whose() {
    type Edit = fn(&Archive, &str) -> String;
    let table: [(&str, Edit); 7] = [
        ("url", |archive, lock| {
            locked_only(
                lock,
                &format!("{}/vendor", archive.address),
                "http://127.0.0.1:9/x",
            )
        }),
        ("keyUrl", |archive, lock| {
            locked_only(
                lock,
                &format!("{}/key.asc", archive.address),
                "http://127.0.0.1:9/k",
            )
        }),
        ("archive", |_, lock| {
            locked_only(lock, "\"archive\": \"vendor\"", "\"archive\": \"debian\"")
        }),
        ("suite", |_, lock| {
            locked_only(lock, "\"suite\": \"stable\"", "\"suite\": \"old\"")
        }),
        ("mirror", |_, lock| {
            locked_only(
                lock,
                "\"suite\": \"stable\"",
                "\"mirror\": \"http://127.0.0.1:9\", \"suite\": \"stable\"",
            )
        }),
        ("architecture", |_, lock| {
            locked_only(
                lock,
                "\"suite\": \"stable\"",
                "\"architecture\": \"i386\", \"suite\": \"stable\"",
            )
        }),
        ("type", |_, lock| {
            locked_only(
                lock,
                "\"type\": \"hardpan\"",
                "\"type\": \"path\", \"path\": \"/tmp\"",
            )
        }),
    ];
    for (attribute, edit) in table {
        let archive = edited(edit);
        let expected = format!("has another '{attribute}' than flake.nix");
        refused(
            &mut archive.hardpan(&EVAL),
            &[&expected],
            "hint: restore flake.lock from git",
        );
    }
}

/// Replaces what stands in the first `locked` part that has it.
fn locked_only(lock: &str, from: &str, to: &str) -> String {
    let mut changed = String::new();
    let mut is_done = false;
    for (number, part) in lock.split("\"locked\": {").enumerate() {
        if number > 0 {
            changed.push_str("\"locked\": {");
        }
        let end = part.find('}').unwrap_or(part.len());
        if number > 0 && !is_done && part[..end].contains(from) {
            changed.push_str(&part[..end].replacen(from, to, 1));
            changed.push_str(&part[end..]);
            is_done = true;
        } else {
            changed.push_str(part);
        }
    }
    changed
}

#[test]
fn a_lock_alone_makes_the_base_of_no_other_archive() {
    let archive = edited(|_, lock| format!("{lock} "));
    let flake = std::fs::read_to_string(archive.folder.path().join("flake.nix")).expect("it is there");
    let start = flake
        .find("inputs.hardpan.inputs.debian.url")
        .expect("it is said");
    let end = start + flake[start..].find(';').expect("it ends") + 1;
    write_flake(&archive, &flake.replace(&flake[start..end], ""));
    let mut command = archive.hardpan(&EVAL);
    command.env(
        "HARDPAN_MIRRORS",
        format!("debian={0}/none debian-security={0}/none", archive.address),
    );
    let output = command.output().expect("the command starts");
    let said = text(&output);
    assert!(
        !output.status.success() && said.contains("cannot lock 'debian:trixie'"),
        "{said}"
    );
}

#[test]
fn the_key_in_a_lock_is_the_pinned_one() {
    let other = signer(2).fingerprint();
    let archive = edited(|_, lock| lock.replace(&signer(1).fingerprint(), &other));
    let expected = [format!("beside the pin {other}")];
    refused(
        &mut archive.hardpan(&EVAL),
        &[&expected[0]],
        "hint: somebody altered the lock",
    );
}

#[test]
fn a_folder_of_somebody_is_no_debian() {
    let archive = Archive::new();
    let fake = archive.folder.path().join("fake");
    std::fs::create_dir(&fake).expect("the folder is new");
    let manifest = r#"{"version":1,"architecture":"amd64","suites":[]}"#;
    std::fs::write(fake.join("manifest.json"), manifest).expect("it can be written");
    let flake = std::fs::read_to_string(archive.folder.path().join("flake.nix")).expect("it is there");
    let start = flake
        .find("inputs.hardpan.inputs.debian.url")
        .expect("it is said");
    let end = start + flake[start..].find(';').expect("it ends") + 1;
    let fake = "inputs.hardpan.inputs.debian = { url = \"path:./fake\"; flake = false; };";
    write_flake(&archive, &flake.replace(&flake[start..end], fake));
    let output = archive.hardpan(&EVAL).output().expect("the command starts");
    let said = text(&output);
    assert!(
        !output.status.success() && said.contains("is not in the Nix store"),
        "{said}"
    );
}

const PLAIN: &[(&str, u32, &[u8])] = &[("./usr/share/extra", 0o644, b"x")];

#[test]
fn another_publishers_archive_adds_packages_and_replaces_none() {
    let two = Two::new("further", PLAIN);
    assert_eq!(two.eval(".#one"), Ok(r#"["one 1 vendor"]"#.to_owned()));
    let names = two.eval(".#names").expect("it can be evaluated");
    assert_eq!(names, r#"["extra","needs-virtual","one","stands-in"]"#);
    let needs = two.eval(".#needs").expect("it can be evaluated");
    assert_eq!(needs, r#"["needs-virtual 1 vendor","stands-in 1 vendor"]"#);
    let specs = two.eval(".#specs").expect("it can be evaluated");
    assert_eq!(specs, r#"["extra further stable 1","one vendor stable "]"#);
}

#[test]
fn what_may_come_from_another_archive_is_said_by_the_configuration() {
    let table = [
        (
            r#"{ archive = further; replace = [ "one" ]; }"#,
            ".#one",
            r#"["one 1:99 further"]"#,
        ),
        (
            r#"{ archive = further; packages = [ "extra" ]; }"#,
            ".#names",
            r#"["extra","needs-virtual","one","stands-in"]"#,
        ),
        (
            r#"{ archive = further; packages = [ ]; }"#,
            ".#names",
            r#"["needs-virtual","one","stands-in"]"#,
        ),
        (
            r#"{ archive = further; packages = [ "one" ]; }"#,
            ".#one",
            r#"["one 1 vendor"]"#,
        ),
        (
            r#"{ archive = further; replace = [ "virtual" ]; }"#,
            ".#needs",
            r#"["needs-virtual 1 vendor","virtual 1 further"]"#,
        ),
    ];
    for (archive, attribute, expected) in table {
        let two = Two::new(archive, PLAIN);
        assert_eq!(two.eval(attribute).as_deref(), Ok(expected), "{archive}");
    }
    let two = Two::new(r#"{ archive = further; replace = [ "oen" ]; }"#, PLAIN);
    let error = two.eval(".#one").expect_err("there is no such package");
    assert!(
        error.contains("hardpan.archives: the archive further has no package oen"),
        "{error}"
    );
    assert!(two.second.stored(".deb").is_empty());
}

#[test]
fn accounts_of_another_publisher_get_into_no_group_of_the_distribution() {
    for (line, expected) in [
        (
            "u agent -\nm agent wheel\n",
            "wants agent to be in the group wheel",
        ),
        ("u agent -\nm agent sudo\n", "wants agent to be in the group sudo"),
        (
            "g docker -\nu agent -\nm agent docker\n",
            "wants agent to be in the group docker",
        ),
        ("u agent -:shadow\n", "wants agent to be in the group shadow"),
        (
            "u agent 0 - /root /bin/bash\n",
            "wants agent to have an id below 100",
        ),
        ("g agent 6\n", "wants agent to have an id below 100"),
    ] {
        let file = [("./usr/lib/sysusers.d/agent.conf", 0o644, line.as_bytes())];
        let two = Two::new("further", &file);
        refused(
            &mut two.first.hardpan(&["build", "--no-link", ".#root"]),
            &[
                "the package extra of another publisher",
                expected,
                "/usr/lib/sysusers.d/agent.conf",
            ],
            "",
        );
    }
    let own = [(
        "./usr/lib/sysusers.d/agent.conf",
        0o644,
        &b"g agents -\nu agent -:agents\n"[..],
    )];
    succeed(
        &mut Two::new("further", &own)
            .first
            .hardpan(&["build", "--no-link", ".#root"]),
    );
}

#[test]
fn another_publishers_program_becomes_root_for_nobody() {
    let file = [("./usr/bin/agent", 0o4755, &b"x"[..])];
    let two = Two::new("further", &file);
    refused(
        &mut two.first.hardpan(&["build", "--no-link", ".#root"]),
        &["/usr/bin/agent"],
        "",
    );
}

#[test]
fn a_mirror_gets_no_package_of_another_version_in() {
    // The index is signed for one file; a mirror that serves another one, an older one or none is told.
    let archive = Archive::new();
    succeed(&mut archive.hardpan(&LOCK));
    let index = archive.file(INDEX);
    let mut longer = index.clone();
    longer.extend(&index);
    for served in [longer, index[..index.len() - 1].to_vec(), Vec::new()] {
        archive.answer(INDEX, Answer::File(served));
        let fresh = tempfile::tempdir().expect("a temporary folder");
        let mut command = archive.hardpan(&EVAL);
        command
            .env("XDG_DATA_HOME", fresh.path())
            .env("XDG_CACHE_HOME", fresh.path());
        let output = command.output().expect("the command starts");
        assert!(!output.status.success(), "{}", text(&output));
        assert!(!has_source(fresh.path()), "nothing of it is kept");
    }
}

fn has_source(data: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(data.join("hardpan/nix/store")) else {
        return false;
    };
    let mut names = entries.flatten().map(|entry| entry.path().join("vendor"));
    names.any(|vendor| vendor.exists())
}

#[test]
fn names_with_signs_are_asked_for_so_that_every_server_finds_them() {
    // Servers like S3 read a plus as a blank, and this one too, as it only knows the encoded names.
    let archive = Archive::new();
    let content = deb("one", b"the first");
    let record = archive.add("one", "", &content);
    archive.answer("/vendor/pool/one.deb", Answer::Status("404 Not Found"));
    archive.answer("/vendor/pool/c%2B%2B_1%7Erc1%2525.deb", Answer::File(content));
    let record = record.replace("pool/one.deb", "./pool/c++_1~rc1%25.deb");
    archive.publish_index(&Release::default(), &record);
    succeed(&mut archive.hardpan(&["build", "--no-link", ".#deb"]));
}
