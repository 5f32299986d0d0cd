//! Tables of small archives and what is found in them.

use std::fmt::Write;

use super::*;
use crate::testing::write_tree;

/// An archive from lines such as `a 1; Depends: b | c; Conflicts: d`.
pub(super) fn archive(lines: &[&str]) -> Index {
    let mut text = String::new();
    for line in lines {
        let mut parts = line.split("; ");
        let (name, version) = parts
            .next()
            .and_then(|head| head.split_once(' '))
            .expect("a line begins with name and version");
        let sha256 = "0".repeat(64);
        write!(
            text,
            "Package: {name}\nVersion: {version}\nArchitecture: amd64\nFilename: pool/{name}.deb\nSHA256: {sha256}\n"
        )
        .expect("writing to memory works");
        for field in parts {
            text.push_str(field);
            text.push('\n');
        }
        text.push('\n');
    }
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    write_tree(folder.path(), &[("trixie", &text)]);
    Index::compile_unsigned(folder.path()).expect("it compiles")
}

pub(super) fn request(wanted: &str, omit: &str, prefer: &str) -> Request {
    let list = |text: &str| {
        text.split(", ")
            .filter(|item| !item.is_empty())
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    Request {
        wanted: list(wanted),
        omit: list(omit).into_iter().collect(),
        prefer: list(prefer)
            .iter()
            .filter_map(|item| item.split_once('='))
            .map(|(name, package)| (name.to_owned(), package.to_owned()))
            .collect(),
    }
}

/// The answer as `name version` between commas, or the explanation.
fn answer(lines: &[&str], request: &Request) -> Result<String, String> {
    let resolution = resolve(&archive(lines), request).map_err(|error| error.to_string())?;
    let named = |record: &Record| format!("{} {}", record.name, record.version);
    let names: Vec<String> = resolution.packages.iter().map(named).collect();
    Ok(names.join(", "))
}

fn check(lines: &[&str], wanted: &str, expected: &str) {
    let answer = answer(lines, &request(wanted, "", ""));
    assert_eq!(answer.as_deref(), Ok(expected), "{lines:?} wanted: {wanted}");
}

#[test]
fn dependencies_are_followed() {
    check(&["a 1"], "a", "a 1");
    check(&["a 1"], "", "");
    check(
        &["a 1; Depends: b, c", "b 1; Pre-Depends: d", "c 1", "d 1", "e 1"],
        "a",
        "a 1, b 1, c 1, d 1",
    );
    check(
        &[
            "a 1; Depends: b; Recommends: c; Suggests: c",
            "b 1; Depends: a",
            "c 1",
        ],
        "a",
        "a 1, b 1",
    );
    check(&["a 1; Depends: a"], "a", "a 1");
    check(&["a 1", "b 1"], "b, a", "a 1, b 1");
}

#[test]
fn the_highest_version_that_fits_is_taken() {
    check(&["a 1", "a 1.10", "a 1.9"], "a", "a 1.10");
    check(&["a 1", "a 2", "a 3"], "a (<< 3)", "a 2");
    check(&["a 1", "a 2"], "a (= 1)", "a 1");
    check(&["a 1; Depends: b (<= 1)", "b 1", "b 2"], "a", "a 1, b 1");
    check(
        &["a 1; Depends: b", "b 1", "b 2", "c 1; Depends: b (<< 2)"],
        "a, c",
        "a 1, b 1, c 1",
    );
    // The highest version of `a` needs what is not there.
    check(&["a 1", "a 2; Depends: x"], "a", "a 1");
    check(
        &["a 1; Depends: b (= 1)", "a 2; Depends: b (= 2)", "b 1", "b 2"],
        "b (<< 2), a",
        "a 1, b 1",
    );
}

#[test]
fn the_first_alternative_is_taken_unless_another_is_there_anyway() {
    check(&["a 1; Depends: b | c", "b 1", "c 1"], "a", "a 1, b 1");
    check(&["a 1; Depends: b | c", "c 1"], "a", "a 1, c 1");
    check(&["a 1; Depends: b | c", "b 1", "c 1"], "a, c", "a 1, c 1");
    check(
        &["a 1; Depends: b | c, d", "b 1", "c 1", "d 1; Depends: c"],
        "a",
        "a 1, c 1, d 1",
    );
    check(&["a 1; Depends: b (>= 2) | c", "b 1", "c 1"], "a", "a 1, c 1");
    check(
        &["a 1; Depends: b | c", "b 1; Depends: x", "c 1"],
        "a",
        "a 1, c 1",
    );
    check(&["a 1", "b 1"], "x | b | a", "b 1");
}

#[test]
fn virtual_packages_are_provided() {
    check(&["a 1; Depends: v", "p 1; Provides: v"], "a", "a 1, p 1");
    check(&["p 1; Provides: v"], "v", "p 1");
    check(&["a 1; Depends: v", "p 1; Provides: v", "v 1"], "a", "a 1, v 1");
    check(
        &["a 1; Depends: v", "p 1; Provides: v", "q 1; Provides: v"],
        "a",
        "a 1, p 1",
    );
    let ranked = [
        "p 1; Provides: v; Priority: extra",
        "q 1; Provides: v; Priority: important",
    ];
    check(&ranked, "v", "q 1");
    check(
        &[
            "a 1; Depends: v (>= 2)",
            "p 1; Provides: v",
            "q 1; Provides: v (= 2)",
        ],
        "a",
        "a 1, q 1",
    );
    check(
        &["a 1; Depends: v (>= 2) | z", "p 9; Provides: v (= 1)", "z 1"],
        "a",
        "a 1, z 1",
    );
}

#[test]
fn conflicts_keep_packages_apart() {
    check(
        &["a 1; Depends: b | c", "b 1; Conflicts: d", "c 1", "d 1"],
        "a, d",
        "a 1, c 1, d 1",
    );
    check(
        &["a 1; Depends: b | c", "b 1", "c 1", "d 1; Breaks: b"],
        "d, a",
        "a 1, c 1, d 1",
    );
    check(&["a 1; Conflicts: b (<< 2)", "b 1", "b 2"], "a, b", "a 1, b 2");
    // A package may conflict with a name that it provides itself.
    check(&["a 1; Provides: v; Conflicts: v"], "a", "a 1");
    check(
        &["a 1; Provides: v; Conflicts: v", "w 1; Depends: v | w2", "w2 1"],
        "a, w",
        "a 1, w 1",
    );
    // An unversioned provision is not meant by a versioned conflict.
    check(
        &["a 1; Conflicts: v (<< 2)", "b 1; Provides: v"],
        "a, b",
        "a 1, b 1",
    );
    // The first choice leads into a dead end far below.
    check(
        &[
            "a 1; Depends: b | c",
            "b 1; Depends: d",
            "c 1",
            "d 1; Depends: e",
            "e 1; Conflicts: a",
        ],
        "a",
        "a 1, c 1",
    );
}

#[test]
fn architectures_behind_a_colon_are_understood() {
    check(
        &["a 1; Depends: b:any", "b 1; Multi-Arch: allowed"],
        "a",
        "a 1, b 1",
    );
    check(&["a 1"], "a:amd64", "a 1");
    check(&["a 1; Depends: b:native", "b 1"], "a", "a 1, b 1");
    assert!(answer(&["a 1; Depends: b:any", "b 1"], &request("a", "", "")).is_err());
    assert!(answer(&["a 1"], &request("a:i386", "", "")).is_err());
}

#[test]
fn preferences_come_first() {
    let lines = [
        "a 1; Depends: v",
        "b 1; Depends: x | y",
        "p 1; Provides: v",
        "q 1; Provides: v",
        "x 1",
        "y 1",
    ];
    for (prefer, expected) in [
        ("", "a 1, b 1, p 1, x 1"),
        ("v=q", "a 1, b 1, q 1, x 1"),
        ("x=y, v=q", "a 1, b 1, q 1, y 1"),
        ("v=nothing", "a 1, b 1, p 1, x 1"),
    ] {
        assert_eq!(
            answer(&lines, &request("a, b", "", prefer)).as_deref(),
            Ok(expected),
            "{prefer}"
        );
    }
}

#[test]
fn omitted_packages_count_as_there() {
    let lines = [
        "a 1; Depends: perl, b | c",
        "b 1; Depends: debconf (>= 0.5) | debconf-2.0",
        "c 1",
        "perl 5; Depends: perl-base",
        "perl-base 5; Provides: perlapi",
        "debconf 1; Depends: perl",
        "e 1; Depends: perlapi, missing (>= 7)",
    ];
    let index = archive(&lines);
    let request = request("a, e", "perl, debconf, perl-base, missing, unneeded", "");
    let resolution = resolve(&index, &request).expect("it resolves");
    let names: Vec<&str> = resolution
        .packages
        .iter()
        .map(|record| record.name.as_str())
        .collect();
    assert_eq!(names, ["a", "b", "e"]);
    assert_eq!(resolution.omitted, ["debconf", "missing", "perl", "perl-base"]);
    assert_eq!(resolution.omitted_because["debconf"], ["b"]);
    assert_eq!(resolution.omitted_because["perl-base"], ["e"]);
    assert_eq!(resolution.because["b"], ["a"]);
}

#[test]
fn a_wanted_package_is_never_omitted() {
    let answer = answer(&["a 1; Depends: b", "b 1"], &request("a, b", "b", ""));
    assert_eq!(answer.as_deref(), Ok("a 1, b 1"));
}

#[test]
fn reasons_are_given() {
    let index = archive(&["a 1; Depends: b, c", "b 1; Depends: c", "c 1"]);
    let resolution = resolve(&index, &request("a, c", "", "")).expect("it resolves");
    assert_eq!(resolution.because["a"], ["wanted"]);
    assert_eq!(resolution.because["b"], ["a"]);
    assert_eq!(resolution.because["c"], ["a", "b", "wanted"]);
    let json = serde_json::to_value(&resolution).expect("it is JSON");
    assert_eq!(json["packages"][0]["name"], "a");
    assert!(json["omittedBecause"].is_object());
}

#[test]
fn failures_are_explained() {
    let cases: [(&[&str], &str, &[&str]); 6] = [
        (
            &["nginx 1"],
            "ngnix",
            &["ngnix is wanted; there is no package ngnix (did you mean nginx?)"],
        ),
        (
            &["a 1; Depends: b", "b 1; Depends: c (>= 2)", "c 1"],
            "a",
            &[
                "a is wanted",
                "a 1 (trixie) depends on b",
                "b 1 (trixie) depends on c (>= 2); there is c 1 (trixie)",
            ],
        ),
        (
            &["a 1; Conflicts: v", "b 1; Depends: v", "p 1; Provides: v"],
            "a, b",
            &[
                "a is wanted",
                "b is wanted",
                "b 1 (trixie) depends on v",
                "a 1 (trixie) conflicts with v, which p 1 (trixie) is or provides",
            ],
        ),
        (
            &["a 1; Depends: b (<< 2)", "b 1", "b 2"],
            "a, b (>= 2)",
            &["b can be there in one version only"],
        ),
        (
            &["a 1"],
            "a (>= 3)",
            &["a (>= 3) is wanted; there is a 1 (trixie)"],
        ),
        (
            &[
                "a 1; Depends: x | y",
                "x 1; Depends: n1",
                "y 1; Depends: n2",
                "z 1; Depends: n3",
            ],
            "z, a",
            &[
                "z is wanted",
                "z 1 (trixie) depends on n3; there is no package n3",
            ],
        ),
    ];
    for (lines, wanted, sentences) in cases {
        let error = answer(lines, &request(wanted, "", "")).expect_err(wanted);
        for sentence in sentences {
            assert!(
                error.contains(&format!("\n  {sentence}")),
                "{sentence:?} is not in {error:?}"
            );
        }
    }
    // What has nothing to do with the failure is not told.
    let error = answer(&["a 1; Depends: x", "b 1"], &request("b, a", "", "")).expect_err("x is not there");
    assert!(!error.contains("b is wanted"), "{error}");
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    for wanted in ["a b", "", "(>= 1)"] {
        let request = Request {
            wanted: vec![wanted.to_owned()],
            ..Request::default()
        };
        assert!(
            matches!(answer(&["a 1"], &request), Err(error) if error.starts_with("cannot resolve")),
            "{wanted}"
        );
    }
    let error = answer(&["a 1; Depends: b ("], &request("a", "", "")).expect_err("the field is damaged");
    assert!(error.contains("field Depends of a 1"), "{error}");
}
