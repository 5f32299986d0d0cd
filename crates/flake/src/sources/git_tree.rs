//! Writes the tree of a commit byte for byte as the repository has it: no filters, no line-end conversion. What leads out
//! of the tree is refused.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::git_command::{failure, path_of};
use super::place::{make_folder, make_parent};
use super::repository::Repository;
use crate::Error;

const MAXIMUM_LINK_BYTES: u64 = 64 * 1024;
const CAT: &[&str] = &["cat-file", "--batch"];

/// One line of `git ls-tree`.
struct Entry {
    mode: String,
    object: String,
    path: PathBuf,
}

/// Writes the tree of `revision` to the new folder `top`.
pub(super) fn write(repository: &Repository, revision: &str, top: &Path) -> Result<(), Error> {
    fs::create_dir(top).map_err(Error::files("make the directory", top))?;
    let entries = list(repository, revision)?;
    let mut objects = Objects::start(repository)?;
    for entry in &entries {
        let path = top.join(&entry.path);
        // A tree may hold one name twice, as a link and as a folder.
        make_parent(top, &path).map_err(Error::files("make the directory of", &path))?;
        match entry.mode.as_str() {
            "100644" | "100664" => write_file(&mut objects, entry, &path, 0o644)?,
            "100755" => write_file(&mut objects, entry, &path, 0o755)?,
            "120000" => write_link(&mut objects, entry, &path)?,
            // A submodule that was not asked for is an empty folder.
            "160000" => make_folder(top, &path).map_err(Error::files("make the directory", &path))?,
            mode => {
                let reason = format!("'{}' has unknown mode {mode}", entry.path.display());
                return Err(failure(&["ls-tree", revision], &repository.folder, reason));
            }
        }
    }
    objects.finish()
}

/// The submodules of a commit: where they stand and at which commit of theirs.
pub(super) fn submodules(repository: &Repository, revision: &str) -> Result<Vec<(PathBuf, String)>, Error> {
    let entries = list(repository, revision)?.into_iter();
    let submodules = entries.filter(|entry| entry.mode == "160000");
    Ok(submodules.map(|entry| (entry.path, entry.object)).collect())
}

fn list(repository: &Repository, revision: &str) -> Result<Vec<Entry>, Error> {
    let arguments = ["ls-tree", "-r", "-z", "--full-tree", revision];
    let output = repository.output(&arguments)?;
    let lines = output.split(|byte| *byte == 0).filter(|line| !line.is_empty());
    let entries = lines.map(|line| {
        let tab = line.iter().position(|byte| *byte == b'\t')?;
        let head = std::str::from_utf8(&line[..tab]).ok()?;
        let [mode, _, object] = head.split(' ').collect::<Vec<_>>()[..] else {
            return None;
        };
        Some(Entry {
            mode: mode.to_owned(),
            object: object.to_owned(),
            path: path_of(&line[tab + 1..])?,
        })
    });
    let entries: Option<Vec<Entry>> = entries.collect();
    entries.ok_or_else(|| {
        failure(
            &arguments,
            &repository.folder,
            "its output cannot be read".to_owned(),
        )
    })
}

fn write_file(objects: &mut Objects, entry: &Entry, path: &Path, mode: u32) -> Result<(), Error> {
    let opened = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path);
    let mut file = opened.map_err(Error::files("write", path))?;
    objects.copy(&entry.object, u64::MAX, &mut file, path)
}

fn write_link(objects: &mut Objects, entry: &Entry, path: &Path) -> Result<(), Error> {
    let mut target = Vec::new();
    objects.copy(&entry.object, MAXIMUM_LINK_BYTES, &mut target, path)?;
    symlink(OsString::from_vec(target), path).map_err(Error::files("make the link", path))
}

/// A running `git cat-file --batch`.
pub(super) struct Objects {
    repository: PathBuf,
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Objects {
    pub(super) fn start(repository: &Repository) -> Result<Self, Error> {
        let failed = |reason: &str| failure(CAT, &repository.folder, reason.to_owned());
        let mut starting = repository.command(CAT);
        starting
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = starting.spawn().map_err(|error| failed(&error.to_string()))?;
        let requests = process.stdin.take().ok_or_else(|| failed("it has no input"))?;
        let answers = process.stdout.take().ok_or_else(|| failed("it has no output"))?;
        Ok(Self {
            repository: repository.folder.clone(),
            process,
            requests,
            answers: BufReader::new(answers),
        })
    }

    pub(super) fn copy(
        &mut self,
        object: &str,
        limit: u64,
        sink: &mut dyn Write,
        path: &Path,
    ) -> Result<(), Error> {
        let repository = self.repository.clone();
        let failed = |reason: String| failure(CAT, &repository, reason);
        writeln!(self.requests, "{object}").map_err(|error| failed(error.to_string()))?;
        let mut head = String::new();
        self.answers
            .read_line(&mut head)
            .map_err(|error| failed(error.to_string()))?;
        let size = head
            .split_whitespace()
            .nth(2)
            .and_then(|size| size.parse::<u64>().ok());
        let size = size.filter(|size| *size <= limit);
        let size = size.ok_or_else(|| failed(format!("unexpected answer '{}'", head.trim())))?;
        let copied = io::copy(&mut self.answers.by_ref().take(size), sink);
        if copied.map_err(Error::files("write", path))? != size {
            return Err(failed(format!("object {object} is cut off")));
        }
        let mut newline = [0];
        self.answers
            .read_exact(&mut newline)
            .map_err(|error| failed(error.to_string()))
    }

    pub(super) fn finish(self) -> Result<(), Error> {
        let Self {
            repository,
            mut process,
            requests,
            answers,
        } = self;
        drop((requests, answers));
        let status = process
            .wait()
            .map_err(|error| failure(CAT, &repository, error.to_string()))?;
        if status.success() {
            Ok(())
        } else {
            Err(failure(CAT, &repository, status.to_string()))
        }
    }
}
