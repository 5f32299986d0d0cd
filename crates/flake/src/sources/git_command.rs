//! Runs the `git` program, either for the network or on a repository that somebody else has configured.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;

/// How repositories elsewhere are spoken to. Helpers such as `ext`, which runs a command, are not among them.
const PROTOCOLS: &str = "git:http:https:ssh";
/// What would send git to another repository than the one we mean.
const PLACES: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_WORK_TREE",
];

/// A git command with the user's own settings: their credentials, keys and proxies. It asks nothing, and its language
/// is fixed.
pub(super) fn with_user_settings(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    for name in PLACES {
        command.env_remove(name);
    }
    command
        .env("LC_ALL", "C")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_ALLOW_PROTOCOL", PROTOCOLS);
    command
}

/// A git command that reads no settings but those in the git folder `own`, and writes nothing it was not asked to.
pub(super) fn without_settings(folder: &Path, own: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.arg("-C").arg(folder).args(arguments);
    let is_gits = |name: &OsString| name.as_bytes().starts_with(b"GIT_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_gits(name)) {
        command.env_remove(name);
    }
    command
        .env("LC_ALL", "C")
        .env("GIT_DIR", own)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_ATTR_NOSYSTEM", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_OPTIONAL_LOCKS", "0");
    command
}

/// Runs a command and returns its output. `arguments` are those that a message shows.
pub(super) fn output(mut command: Command, folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Error> {
    let output = command.output().map_err(|error| {
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

/// The output of a command as trimmed text.
pub(super) fn text(command: Command, folder: &Path, arguments: &[&str]) -> Result<String, Error> {
    let bytes = output(command, folder, arguments)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| failure(arguments, folder, "its output is not UTF-8".to_owned()))?;
    Ok(text.trim_end_matches('\n').to_owned())
}

pub(super) fn failure(arguments: &[&str], folder: &Path, reason: String) -> Error {
    let command = format!("git {}", arguments.join(" "));
    Error::Git {
        command: crate::secret::without_passwords(&command),
        folder: folder.to_owned(),
        reason: crate::secret::without_passwords(&reason),
    }
}

/// A path from git's output.
pub(super) fn path_of(bytes: &[u8]) -> Option<PathBuf> {
    let path = PathBuf::from(OsString::from_vec(bytes.to_vec()));
    let is_plain = path
        .components()
        .all(|part| matches!(part, std::path::Component::Normal(_)));
    is_plain.then_some(path)
}
