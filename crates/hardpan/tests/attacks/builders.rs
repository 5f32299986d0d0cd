//! The author of a flake, by way of derivations: what system roots and built-in builders are made to read.

use crate::own::{Own, SECRET};

/// Derivations of a flake that wants what lies in the home of whoever builds it.
const FLAKE: &str = r#"
{ outputs = { self }: let
    run = name: attributes: script: derivation ({
      inherit name; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" script ]; PATH = "/usr/bin:/bin";
    } // attributes);
    made = run "made" { } "mkdir $out; ln -s TOP/home/.ssh $out/etc; ln -s TOP/home $out/usr; mkdir $out/dir; echo > $out/dir/file; ln -s TOP/home/.ssh/id $out/meta; ln -s TOP/home/.ssh/id $out/data; ln -s TOP/home/.ssh/id $out/x.deb; ln -s TOP/home/.ssh/id $out/initrd; ln -s ../../../../../../TOP/home $out/dir/up";
    top = run "top" { } "ln -s TOP/home $out";
    builtin = name: attributes: derivation ({ inherit name; system = "builtin"; builder = "builtin:" + name; } // attributes);
    fetched = attributes: builtin "fetchurl" attributes;
    hash = builtins.hashString "sha256" "SECRET";
    root = spec: builtin "hardpan-root-v2" { spec = builtins.toJSON ({ version = 1; name = "x"; packages = [ ]; } // spec); };
    stranger = builtins.unsafeDiscardStringContext "${made}";
  in { ATTEMPTS }; }
"#;

fn attempts(rows: &[(&str, &str, &str)]) {
    let names: Vec<String> = (0..rows.len()).map(|number| format!("attempt{number}")).collect();
    let bodies = rows.iter().zip(&names);
    let bodies: String = bodies
        .map(|((_, body, _), name)| format!("{name} = {body};\n"))
        .collect();
    let secret = SECRET.replace('\n', "\\n");
    let own = Own::new(&FLAKE.replace("ATTEMPTS", &bodies).replace("SECRET", &secret));
    for ((promise, _, reason), name) in rows.iter().zip(&names) {
        let output = own.build(name);
        let said = own.said(&output);
        assert!(!output.status.success(), "{promise}: it was built\n{said}");
        assert!(said.contains(reason), "{promise}: {said}");
        assert!(!said.contains("SECRET KEY"), "{promise}: {said}");
    }
    own.is_clean("nothing of a home comes into the store");
}

#[test]
fn a_flake_cannot_read_a_file_through_a_link_of_a_system_root() {
    attempts(&[
        (
            "a root that is a link is not shown",
            r#"run "x" { __hardpanSysroot = top; } "cat /.ssh/id > $out""#,
            "symbolic link",
        ),
        (
            "a root's etc that is a link is not shown",
            r#"run "x" { __hardpanSysroot = made; } "cat /etc/id > $out""#,
            "symbolic link",
        ),
        (
            "a root that is no input is not shown",
            r#"run "x" { __hardpanSysroot = stranger; } "cat /etc/id > $out""#,
            "no input of the derivation",
        ),
        (
            "a path of this machine is no root",
            r#"run "x" { __hardpanSysroot = "TOP/home"; } "cat /.ssh/id > $out""#,
            "cannot use",
        ),
    ]);
}

#[test]
fn a_flake_cannot_bring_bytes_that_nobody_knows_by_hash() {
    attempts(&[
        (
            "an address without a hash is not fetched",
            r#"fetched { url = "http://127.0.0.1:9/x"; }"#,
            "only what is known by its hash",
        ),
        (
            "a file of this machine without a hash is not read",
            r#"fetched { url = "file://TOP/home/.ssh/id"; }"#,
            "only what is known by its hash",
        ),
        (
            "an empty hash is a hash that nothing has",
            r#"fetched { url = "file://TOP/home/.ssh/id"; outputHash = ""; outputHashAlgo = "sha256"; }"#,
            "file of this machine",
        ),
        (
            "a file of this machine is not read for its hash either",
            r#"fetched { url = "file://TOP/home/.ssh/id"; outputHash = hash; outputHashAlgo = "sha256"; outputHashMode = "flat"; }"#,
            "file of this machine",
        ),
        (
            "nor under another spelling",
            r#"fetched { urls = "FILE://TOP/home/.ssh/id"; outputHash = hash; outputHashAlgo = "sha256"; outputHashMode = "flat"; }"#,
            "file of this machine",
        ),
        (
            "nor as an archive's member",
            r#"builtin "hardpan-archive-member-v1" { sources = builtins.toJSON [ { url = "file://TOP/home/.ssh/id"; } ]; contentHash = hash; }"#,
            "file of this machine",
        ),
        (
            "a builder that does not exist is named, with those that do",
            r#"builtin "unpack-channel" { src = made; }"#,
            "name one of builtin:fetchurl",
        ),
        (
            "a builder of an older format is not guessed",
            r#"builtin "hardpan-object-v1" { deb = made; }"#,
            "evaluate again",
        ),
    ]);
}

#[test]
fn a_built_in_builder_reads_nothing_through_a_link_of_an_input() {
    let out = "leads out of the store";
    attempts(&[
        (
            "a package",
            r#"builtin "hardpan-object-v2" { deb = "${made}/x.deb"; }"#,
            out,
        ),
        (
            "a package of a tree",
            r#"builtin "hardpan-sysroot-v1" { debs = "${made}/x.deb"; }"#,
            out,
        ),
        (
            "a tree",
            r#"builtin "hardpan-tree-object-v2" { tree = "${made}/etc"; }"#,
            out,
        ),
        (
            "a tree below a link",
            r#"builtin "hardpan-tree-object-v2" { tree = "${made}/usr/.ssh"; }"#,
            out,
        ),
        (
            "a tree that is a link",
            r#"builtin "hardpan-tree-object-v2" { tree = top; }"#,
            out,
        ),
        (
            "an object that is a link",
            r#"builtin "hardpan-face-v1" { object = "${made}/etc"; }"#,
            out,
        ),
        (
            "an object whose table is a link",
            r#"builtin "hardpan-face-v1" { object = made; }"#,
            "symbolic link",
        ),
        (
            "an object's files",
            r#"builtin "hardpan-object-files-v1" { object = made; files = "[\"/**\"]"; }"#,
            "symbolic link",
        ),
        (
            "a kernel",
            r#"builtin "hardpan-initrd-v3" { kernel = "${made}/usr"; }"#,
            out,
        ),
        (
            "links",
            r#"builtin "hardpan-links-v1" { paths = builtins.toJSON [ "${made}/etc" ]; }"#,
            "is no directory",
        ),
        (
            "a package of a root",
            r#"root { packages = [ { name = "x"; object = "${made}/etc"; } ]; }"#,
            out,
        ),
        (
            "a file of a root",
            r#"root { files = [ { path = "/x"; source = "${made}/meta"; } ]; }"#,
            "does not exist",
        ),
        (
            "an image's initrd",
            r#"builtin "hardpan-image-v1" { spec = builtins.toJSON { version = 1; fileName = "x"; format = "raw"; label = "x"; root = "${made}/etc"; kernel = "${made}"; initrd = "${made}/initrd"; bootFiles = "${made}"; system = "x86_64-linux"; commandLine = [ ]; osRelease = { }; epoch = 0; }; }"#,
            "",
        ),
    ]);
}

#[test]
fn a_built_in_builder_gets_its_inputs_and_nothing_else() {
    let no_input = "is no input of this derivation";
    attempts(&[
        (
            "a package",
            r#"builtin "hardpan-object-v2" { deb = "${stranger}/x.deb"; }"#,
            no_input,
        ),
        (
            "a tree",
            r#"builtin "hardpan-tree-object-v2" { tree = stranger; }"#,
            no_input,
        ),
        (
            "an object",
            r#"builtin "hardpan-face-v1" { object = stranger; }"#,
            no_input,
        ),
        (
            "links",
            r#"builtin "hardpan-links-v1" { paths = builtins.toJSON [ stranger ]; }"#,
            no_input,
        ),
        (
            "a package of a root",
            r#"root { packages = [ { name = "x"; object = stranger; } ]; }"#,
            no_input,
        ),
        (
            "a file of a root",
            r#"root { files = [ { path = "/x"; source = "${stranger}/dir"; } ]; }"#,
            no_input,
        ),
        (
            "a path that climbs out of the store",
            r#"builtin "hardpan-tree-object-v2" { tree = "/nix/store/../../../../TOP/home"; }"#,
            "leads out of the store",
        ),
        (
            "a path that climbs out of an input",
            r#"builtin "hardpan-tree-object-v2" { tree = "${made}/dir/../../../../../../TOP/home"; }"#,
            "leads out of the store",
        ),
        (
            "a path of this machine",
            r#"builtin "hardpan-tree-object-v2" { tree = "TOP/home"; }"#,
            "is no path of the store",
        ),
        (
            "a root's package by a path that climbs",
            r#"root { packages = [ { name = "x"; object = "/nix/store/../../../../TOP/home"; } ]; }"#,
            "leads out of the store",
        ),
        (
            "what a builder writes stays in its output",
            r#"builtin "hardpan-write-v1" { text = "x"; destination = "../../../../home/written"; }"#,
            "is no path inside the output",
        ),
        (
            "links that are made stay in the output",
            r#"builtin "hardpan-links-v1" { links = builtins.toJSON { "../../x" = "y"; }; }"#,
            "is no path inside the output",
        ),
        (
            "a graph of what is no input",
            r#"run "x" { exportReferencesGraph = [ "graph" stranger ]; } "cat graph > $out""#,
            "not among what the derivation needs",
        ),
        (
            "a graph's file lies in the build folder",
            r#"run "x" { exportReferencesGraph = [ "../../graph" made ]; } "echo > $out""#,
            "not a plain name",
        ),
    ]);
}
