//! How builds fail: what the error says, its exit code, and that nothing is left behind.

use std::collections::BTreeMap;
use std::sync::Arc;

use builder::{BuildContext, BuildError, BuildFailure, BuiltinBuilder, FailureClass, Registry};
use nix_formats::{Hash, Method};

use crate::workshop::{Recipe, TEST_BUILDER, Workshop, chain};

#[track_caller]
fn check(recipe: &Recipe<'_>, class: FailureClass, message: &str) {
    let workshop = Workshop::new();
    let derivation = workshop.derive(recipe);
    let error = workshop.realise(&[&derivation]).unwrap_err();
    let text = chain(&error).replace(&derivation.to_string(), "DRV");
    assert_eq!((error.class(), text.as_str()), (class, message));
    workshop.nothing_is_left();
}

#[test]
fn a_failing_builder_leaves_nothing_and_its_last_words_are_told() {
    check(
        &Recipe {
            environment: &[("text", "half"), ("log", "a\nb"), ("fail", "no luck")],
            ..Recipe::default()
        },
        FailureClass::BuildFailed,
        "builder of 'DRV' failed; last 2 log lines:\n       > a\n       > b: no luck",
    );
}

#[test]
fn a_defect_of_a_builder_is_a_failure_like_others() {
    check(
        &Recipe {
            environment: &[("text", "half"), ("panic", "oops")],
            ..Recipe::default()
        },
        FailureClass::BuildFailed,
        "builder of 'DRV' failed: the builder has a defect: oops",
    );
}

#[test]
fn other_content_than_specified_is_refused_with_both_hashes() {
    let specified = Hash::sha256(b"right");
    let got = Hash::sha256(b"wrong");
    check(
        &Recipe {
            environment: &[("text", "wrong")],
            fixed: Some((Method::Flat, specified)),
            ..Recipe::default()
        },
        FailureClass::HashMismatch,
        &format!(
            "hash mismatch in fixed-output derivation 'DRV':\n         specified: {}\n            got:    {}",
            specified.to_sri(),
            got.to_sri()
        ),
    );
    assert_eq!(FailureClass::HashMismatch.exit_code(), 102);
}

#[test]
fn every_output_must_be_made() {
    check(
        &Recipe {
            outputs: &["dev", "out"],
            environment: &[("write", "out")],
            ..Recipe::default()
        },
        FailureClass::BuildFailed,
        "builder of 'DRV' failed to produce output 'dev'",
    );
}

#[test]
fn what_cannot_be_built_here_is_said_at_once() {
    let program = |environment| Recipe {
        builder: "/bin/sh",
        system: "x86_64-linux",
        environment,
        ..Recipe::default()
    };
    check(
        &Recipe {
            builder: "builtin:new",
            ..Recipe::default()
        },
        FailureClass::Other,
        "derivation 'DRV' wants the built-in builder 'builtin:new', which this version does not have; name one of \
         builtin:test, and evaluate again what an older hardpan evaluated",
    );
    check(
        &Recipe {
            system: "riscv64-linux",
            ..program(&[])
        },
        FailureClass::Other,
        "derivation 'DRV' is to be built on 'riscv64-linux', this machine is 'x86_64-linux'",
    );
    check(
        &program(&[("requiredSystemFeatures", "big-parallel kvm")]),
        FailureClass::Other,
        "derivation 'DRV' needs the system feature 'kvm', which this machine is not said to have",
    );
}

/// Builds something new each time.
struct Fickle(std::sync::atomic::AtomicU32);

impl BuiltinBuilder for Fickle {
    fn build(&self, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        std::fs::write(context.output("out")?, number.to_string())
            .map_err(|error| BuildFailure::caused_by("write", error))
    }
}

#[test]
fn building_again_finds_what_is_not_deterministic() {
    let mut workshop = Workshop::new();
    let steady = workshop.test("steady", &[("text", "same")], &[]);
    workshop.realise(&[&steady]).unwrap();
    workshop.check(&steady).unwrap();
    workshop.registry = Registry::from([(
        TEST_BUILDER,
        Box::new(Fickle(0.into())) as Box<dyn BuiltinBuilder>,
    )]);
    workshop.settings.keep_failed = true;
    let fickle = workshop.test("fickle", &[], &[&steady]);
    workshop.realise(&[&fickle]).unwrap();
    let error = workshop.check(&fickle).unwrap_err();
    assert_eq!(error.class().exit_code(), 104);
    let BuildError::NotDeterministic { kept: Some(kept), .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(std::fs::read(kept).unwrap(), b"1");
    assert_eq!(workshop.read(&fickle), "0", "what was there stays");
}

#[test]
fn a_full_disk_is_an_error_and_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let script = "mount -t tmpfs -o size=3m none \"$1\" && shift && exec \"$@\"";
    let test = "failures::on_a_small_disk";
    let outcome = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(directory.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env("SMALL_DISK", directory.path())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&outcome.stdout);
    assert!(
        outcome.status.success() && text.contains(DISK_WAS_FULL),
        "{text}\n{}",
        String::from_utf8_lossy(&outcome.stderr)
    );
}

/// What the part on the small file system says at its end: without that file system it does nothing.
const DISK_WAS_FULL: &str = "the small disk was full and nothing is left";

/// The part of the test above that runs on the small file system, which that test makes.
#[test]
fn on_a_small_disk() {
    let Some(root) = std::env::var_os("SMALL_DISK") else {
        return;
    };
    let workshop = Workshop::at(root.as_ref(), Arc::new(tempfile::tempdir().unwrap()));
    let bytes = "x".repeat(5_000_000);
    let too_big = workshop.derive(&Recipe {
        environment: &[],
        ..Recipe::default()
    });
    let mut registry: Registry = BTreeMap::new();
    registry.insert(TEST_BUILDER, Box::new(Big(bytes)));
    let workshop = Workshop { registry, ..workshop };
    let error = workshop.realise(&[&too_big]).unwrap_err();
    let text = chain(&error);
    assert!(
        text.contains("cannot write the output: No space left on device"),
        "{text}"
    );
    workshop.nothing_is_left();
    println!("{DISK_WAS_FULL}");
}

struct Big(String);

impl BuiltinBuilder for Big {
    fn build(&self, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
        std::fs::write(context.output("out")?, &self.0)
            .map_err(|error| BuildFailure::caused_by("cannot write the output", error))
    }
}
