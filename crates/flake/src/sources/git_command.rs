//! Runs the `git` program.

use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// Runs git and returns its output as one trimmed line of text.
pub(super) fn text(folder: &Path, arguments: &[&str]) -> Result<String, Error> {
    let bytes = output(folder, arguments)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| failure(arguments, folder, "its output is not UTF-8".to_owned()))?;
    Ok(text.trim_end_matches('\n').to_owned())
}

/// A git command that asks nothing and whose language is fixed.
pub(super) fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    command
        .env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0");
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    command
}

/// Runs git and returns its output.
pub(super) fn output(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Error> {
    let output = command(folder, arguments).output().map_err(|error| {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "the 'git' program is not installed".to_owned(),
            _ => error.to_string(),
        };
        failure(arguments, folder, reason)
    })?;
    if !output.status.success() {
        let reason = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let reason = if reason.is_empty() {
            output.status.to_string()
        } else {
            reason
        };
        return Err(failure(arguments, folder, reason));
    }
    Ok(output.stdout)
}

pub(super) fn failure(arguments: &[&str], folder: &Path, reason: String) -> Error {
    let command = format!("git {}", arguments.join(" "));
    Error::Git {
        command,
        folder: folder.to_owned(),
        reason,
    }
}

/// A path from git's output.
pub(super) fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    let path = PathBuf::from(std::ffi::OsString::from_vec(bytes.to_vec()));
    let is_plain = path
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    is_plain.then_some(path)
}
