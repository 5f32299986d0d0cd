//! The Nix that is installed, as the judge.

use std::path::Path;
use std::process::{Command, Output};

/// The oldest version whose values and messages are those of the language that is promised.
const OLDEST: (u32, u32) = (2, 34);

/// `nix-instantiate` with a store of its own.
pub(crate) struct Stock {
    store: tempfile::TempDir,
}

/// The program on PATH, or in the folder that `HARDPAN_TEST_NIX` names.
fn program() -> Command {
    match std::env::var_os("HARDPAN_TEST_NIX") {
        Some(folder) => Command::new(Path::new(&folder).join("nix-instantiate")),
        None => Command::new("nix-instantiate"),
    }
}

fn version() -> Option<(u32, u32)> {
    let output = program().arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.split_whitespace().last()?.split('.');
    let number = |part: Option<&str>| part.and_then(|part| part.parse().ok());
    Some((number(numbers.next())?, number(numbers.next())?))
}

impl Stock {
    /// Nothing where it is not installed or too old; says so.
    pub(crate) fn find() -> Option<Self> {
        match version() {
            Some(version) if version >= OLDEST => Some(Self {
                store: tempfile::tempdir().expect("a folder for the store"),
            }),
            Some((major, minor)) => {
                eprintln!("skipped: nix-instantiate is {major}.{minor}, the comparison wants 2.34");
                None
            }
            None => {
                eprintln!("skipped: there is no nix-instantiate on PATH");
                None
            }
        }
    }

    /// What `nix-instantiate --eval --strict` prints for a text, or the message of the failure.
    pub(crate) fn evaluate(&self, text: &str, directory: &Path) -> Result<String, String> {
        let file = self.store.path().join("expression.nix");
        std::fs::write(&file, text).expect("the expression can be written");
        let output = program()
            .args([
                "--eval",
                "--strict",
                "--read-write-mode",
                "--option",
                "substitute",
                "false",
            ])
            .arg("--store")
            .arg(self.store.path().join("root"))
            .arg("-E")
            .arg(format!("import {}", file.display()))
            .env("NIX_PATH", "")
            .env_remove("NIX_REMOTE")
            .current_dir(directory)
            .output()
            .expect("nix-instantiate runs");
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned()),
            false => Err(message(&output)),
        }
    }
}

/// The message of a failure: what stands behind the last `error:`, as the others belong to the trace.
fn message(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let mut lines = text
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("error: "));
    lines.next_back().unwrap_or(&text).to_owned()
}
