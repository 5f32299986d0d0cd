//! Looks at a repository whose configuration is not ours: through a git folder of our own, in which only its objects,
//! branches and index appear. Settings, attributes and hooks of the repository do not exist there.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::git_command::{failure, output, path_of, text, with_user_settings, without_settings};
use crate::Error;

const MAXIMUM_HEAD_BYTES: u64 = 4096;
const MAXIMUM_VALUE_BYTES: usize = 32;
/// What of a repository is shared by all its work trees.
const SHARED: &[&str] = &["objects", "refs", "packed-refs", "shallow", "reftable"];
/// Settings that say how files are compared with the index. None names a program or a file.
const KEPT_SETTINGS: &[&str] = &[
    "core.autocrlf",
    "core.checkstat",
    "core.eol",
    "core.filemode",
    "core.ignorecase",
    "core.precomposeunicode",
    "core.symlinks",
    "core.trustctime",
];

/// A repository, seen through a git folder of our own.
pub(super) struct Repository {
    /// The work tree, or the folder of a bare repository.
    pub(super) folder: PathBuf,
    /// Where its index lies.
    git_folder: PathBuf,
    own: TempDir,
}

/// A file that the index knows, or the place of a submodule.
pub(super) struct Tracked {
    pub(super) path: PathBuf,
    pub(super) is_submodule: bool,
}

impl Repository {
    /// Opens the repository at `folder`. Whose repositories may be used is git's own rule (`safe.directory`).
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let own = tempfile::tempdir().map_err(Error::files("make a folder in", std::env::temp_dir()))?;
        let real = folder
            .canonicalize()
            .map_err(Error::files("open the repository", folder))?;
        let asked = [
            "rev-parse",
            "--absolute-git-dir",
            "--git-common-dir",
            "--show-object-format",
        ];
        let mut command = with_user_settings(&real, &asked);
        command.env("GIT_CEILING_DIRECTORIES", real.parent().unwrap_or(&real));
        let answer = text(command, folder, &asked)?;
        let [git_folder, common, format] = answer.lines().collect::<Vec<_>>()[..] else {
            return Err(failure(&asked, folder, "unexpected answer".to_owned()));
        };
        let repository = Self {
            folder: folder.to_owned(),
            git_folder: PathBuf::from(git_folder),
            own,
        };
        repository.show(&real.join(common), format)?;
        Ok(repository)
    }

    /// Makes the parts of the repository appear in our own git folder.
    fn show(&self, common: &Path, format: &str) -> Result<(), Error> {
        let own = self.own.path();
        let link = |target: &Path, name: &OsStr| {
            let place = own.join(name);
            symlink(target, &place).map_err(Error::files("make the link", place))
        };
        for name in SHARED.iter().filter(|name| common.join(name).exists()) {
            link(&common.join(name), OsStr::new(name))?;
        }
        let entries = fs::read_dir(&self.git_folder);
        for entry in entries
            .map_err(Error::files("read the directory", &self.git_folder))?
            .flatten()
        {
            let name = entry.file_name();
            if name == "index" || name.as_bytes().starts_with(b"sharedindex.") {
                link(&entry.path(), &name)?;
            }
        }
        let write = |name: &str, contents: &str| {
            let place = own.join(name);
            fs::write(&place, contents).map_err(Error::files("write", place))
        };
        write("HEAD", &head_of(&self.git_folder)?)?;
        let refs = if common.join("reftable").exists() {
            "reftable"
        } else {
            "files"
        };
        let basic = basic_settings(format, refs);
        write("config", &basic)?;
        let kept = self.kept_settings(&common.join("config"))?;
        write("config", &format!("{basic}{kept}"))
    }

    /// The settings of the repository that only say how files are compared.
    fn kept_settings(&self, file: &Path) -> Result<String, Error> {
        if !file.is_file() {
            return Ok(String::new());
        }
        let file = file.to_string_lossy();
        let listing = self.output(&["config", "--file", &file, "--no-includes", "--null", "--list"])?;
        let listing = String::from_utf8_lossy(&listing);
        let mut kept = String::new();
        for setting in listing.split('\0') {
            let (name, value) = setting.split_once('\n').unwrap_or((setting, "true"));
            let is_word =
                value.len() <= MAXIMUM_VALUE_BYTES && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if KEPT_SETTINGS.contains(&name) && is_word {
                let name = name.trim_start_matches("core.");
                kept += &format!("[core]\n{name} = {value}\n");
            }
        }
        Ok(kept)
    }

    /// A command on the repository.
    pub(super) fn command(&self, arguments: &[&str]) -> std::process::Command {
        without_settings(&self.folder, self.own.path(), arguments)
    }

    /// What a command prints.
    pub(super) fn output(&self, arguments: &[&str]) -> Result<Vec<u8>, Error> {
        output(self.command(arguments), &self.folder, arguments)
    }

    /// What a command prints, as trimmed text.
    pub(super) fn text(&self, arguments: &[&str]) -> Result<String, Error> {
        text(self.command(arguments), &self.folder, arguments)
    }

    /// Whether it has the commit with this id.
    pub(super) fn has(&self, revision: &str) -> bool {
        self.text(&["cat-file", "-e", &format!("{revision}^{{commit}}")])
            .is_ok()
    }

    /// The commit of the work tree and when it was made; nothing before the first commit.
    pub(super) fn head(&self) -> Option<String> {
        self.text(&["rev-parse", "--verify", "--quiet", "HEAD"]).ok()
    }

    /// When a commit was made, in seconds since 1970.
    pub(super) fn commit_time(&self, revision: &str) -> Result<u64, Error> {
        let arguments = ["log", "-1", "--no-show-signature", "--format=%ct", revision];
        let time = self.text(&arguments)?;
        time.parse()
            .map_err(|_| failure(&arguments, &self.folder, format!("'{time}' is not a time")))
    }

    /// How many commits lead to this one.
    pub(super) fn revision_count(&self, revision: &str) -> Result<u64, Error> {
        let arguments = ["rev-list", "--count", revision];
        let count = self.text(&arguments)?;
        count
            .parse()
            .map_err(|_| failure(&arguments, &self.folder, format!("'{count}' is not a number")))
    }

    /// The commit that a branch, a tag or another name stands for.
    pub(super) fn resolve(&self, reference: &str) -> Result<String, Error> {
        let tried = [
            full_reference(reference),
            format!("refs/tags/{reference}"),
            reference.to_owned(),
        ];
        let commit = |name: &String| {
            let name = format!("{name}^{{commit}}");
            self.text(&["rev-parse", "--verify", "--quiet", "--end-of-options", &name])
                .ok()
        };
        tried.iter().find_map(commit).ok_or_else(|| {
            let reason = "there is no such branch, tag or revision".to_owned();
            failure(&["rev-parse", reference], &self.folder, reason)
        })
    }

    /// What the index knows.
    pub(super) fn tracked(&self) -> Result<Vec<Tracked>, Error> {
        let arguments = ["ls-files", "--stage", "-z"];
        let listing = self.output(&arguments)?;
        let lines = listing.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        let read = |line: &[u8]| {
            let tab = line.iter().position(|byte| *byte == b'\t')?;
            Some(Tracked {
                path: path_of(&line[tab + 1..])?,
                is_submodule: line.starts_with(b"160000 "),
            })
        };
        let tracked: Option<Vec<Tracked>> = lines.map(read).collect();
        tracked.ok_or_else(|| failure(&arguments, &self.folder, "its output cannot be read".to_owned()))
    }

    /// Files of the work tree that differ from the commit, but for what submodules hold.
    pub(super) fn changed(&self) -> Result<Vec<Change>, Error> {
        let arguments = [
            "status",
            "--porcelain=v1",
            "-z",
            "--untracked-files=no",
            "--no-renames",
            "--ignore-submodules=dirty",
        ];
        let listing = self.output(&arguments)?;
        let lines = listing.split(|byte| *byte == 0).filter(|line| !line.is_empty());
        let change = |line: &[u8]| Change {
            only_in_work_tree: line.starts_with(b" M "),
            path: PathBuf::from(OsStr::from_bytes(line.get(3..).unwrap_or_default())),
        };
        Ok(lines.map(change).collect())
    }

    /// Files that git tracks and that are there, with the folders they lie in.
    pub(super) fn tracked_files(&self, with_submodules: bool) -> Result<BTreeSet<PathBuf>, Error> {
        let mut kept = BTreeSet::new();
        for Tracked { path, is_submodule } in self.tracked()? {
            let place = self.folder.join(&path);
            if place.symlink_metadata().is_err() {
                continue;
            }
            kept.extend(path.ancestors().map(Path::to_owned));
            if is_submodule && with_submodules && is_work_tree(&place) {
                let inside = Self::open(&place)?.tracked_files(true)?;
                kept.extend(inside.iter().map(|inner| path.join(inner)));
            }
        }
        Ok(kept)
    }
}

/// Stages the intent to add a new file, so that flakes in git work trees see it.
pub(crate) fn intend_to_add(folder: &Path, file: &str) -> Result<(), Error> {
    let repository = Repository::open(folder)?;
    let arguments = ["add", "--intent-to-add", "--force", "--", file];
    let mut command = repository.command(&arguments);
    command.env("GIT_INDEX_FILE", repository.git_folder.join("index"));
    output(command, folder, &arguments).map(drop)
}

/// A file of a work tree that is not as the commit has it.
pub(super) struct Change {
    pub(super) path: PathBuf,
    /// Whether the index has it as the commit does.
    pub(super) only_in_work_tree: bool,
}

/// Whether a folder is a work tree, as far as its entries say.
pub(super) fn is_work_tree(folder: &Path) -> bool {
    folder.join(".git").symlink_metadata().is_ok()
}

/// The full name of a branch.
pub(super) fn full_reference(reference: &str) -> String {
    match reference {
        "HEAD" => reference.to_owned(),
        _ if reference.starts_with("refs/") => reference.to_owned(),
        _ => format!("refs/heads/{reference}"),
    }
}

fn head_of(git_folder: &Path) -> Result<String, Error> {
    let file = git_folder.join("HEAD");
    let mut text = String::new();
    fs::File::open(&file)
        .and_then(|opened| opened.take(MAXIMUM_HEAD_BYTES).read_to_string(&mut text))
        .map_err(Error::files("read", &file))?;
    Ok(text)
}

/// The settings of our own git folder. The parts of a split index stay as they are.
fn basic_settings(object_format: &str, references: &str) -> String {
    format!(
        "[core]\nrepositoryformatversion = 1\nbare = false\nfsmonitor = false\nhookspath = /dev/null\n\
         attributesfile = /dev/null\nexcludesfile = /dev/null\n\
         [splitindex]\nmaxpercentchange = 100\nsharedindexexpire = never\n\
         [extensions]\nobjectformat = {object_format}\n{}",
        // Older versions of git do not know the name of what they all use.
        if references == "files" {
            String::new()
        } else {
            format!("refstorage = {references}\n")
        }
    )
}
