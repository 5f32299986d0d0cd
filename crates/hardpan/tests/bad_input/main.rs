//! Bad input and bad luck as a person meets them: the error says what, where and what to do, and nothing is changed.

mod archive;
mod descriptions;
mod downloads;
mod interrupted;
mod kernel;
mod locks;
mod machine;
mod own;
#[path = "../../../debian/src/testing/signer.rs"]
#[expect(
    dead_code,
    reason = "the tests of signatures themselves make more kinds of them"
)]
mod signer;
mod suites;
#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use support::text;

/// All that is in a folder: contents, or where links lead.
fn snapshot(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the project is a folder");
    let paths = entries.map(|entry| entry.expect("the project can be listed").path());
    let content = |path: &Path| match std::fs::read_link(path) {
        Ok(target) => target.into_os_string().into_encoded_bytes(),
        Err(_) => std::fs::read(path).expect("the project can be read"),
    };
    paths.map(|path| (path.clone(), content(&path))).collect()
}

/// Runs `command` in `folder`; it must end with `code`, say each of `expected` and change nothing there.
#[track_caller]
fn fails(command: &mut Command, folder: &Path, code: i32, expected: &[&str]) {
    let run = |command: &mut Command| command.output().expect("the command starts");
    fails_when_run(command, run, folder, code, expected);
}

/// The same where the machine refuses something.
#[track_caller]
fn fails_where_refused(
    command: &mut Command,
    refusal: kernel::Refusal,
    folder: &Path,
    code: i32,
    expected: &[&str],
) {
    let run = |command: &mut Command| kernel::output(command, refusal);
    fails_when_run(command, run, folder, code, expected);
}

#[track_caller]
fn fails_when_run(
    command: &mut Command,
    run: impl Fn(&mut Command) -> Output,
    folder: &Path,
    code: i32,
    expected: &[&str],
) {
    let before = snapshot(folder);
    let output = run(command.current_dir(folder));
    let said = text(&output).replace(&*folder.to_string_lossy(), "PROJECT");
    assert_eq!(output.status.code(), Some(code), "{said}");
    for text in expected {
        assert!(said.contains(text), "'{text}' is missing:\n{said}");
    }
    assert_eq!(before, snapshot(folder), "the project changed\n{said}");
}
