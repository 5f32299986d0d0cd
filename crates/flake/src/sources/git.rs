//! Takes `git` inputs into the store: work trees as they are, or commits of local and remote repositories.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use nix_formats::Hash;
use serde_json::{Value, json};
use store::FileKind;

use super::git_command::{failure, output, text};
use super::standard::expected_path;
use super::{Fetched, Notice, StandardSources, git_tree};
use crate::url::Url;
use crate::{BoxError, Error, Input};

const SHORT_REVISION: usize = 7;

impl StandardSources<'_> {
    pub(super) fn fetch_git(&self, input: &Input) -> Result<Fetched, Error> {
        let url = input.text("url").unwrap_or_default();
        let local = local_repository(url);
        match local {
            Some(folder) if is_work_tree(&folder) && input.text("rev").or(input.text("ref")).is_none() => {
                self.fetch_work_tree(input, &folder)
            }
            Some(folder) => self.fetch_commit(input, &folder, &folder),
            None => self.fetch_remote(input, url),
        }
    }

    /// The tracked files of a work tree, changed or not.
    fn fetch_work_tree(&self, input: &Input, folder: &Path) -> Result<Fetched, Error> {
        let mut locked = input.clone();
        let attributes = locked.attributes_mut();
        let head = text(folder, &["rev-parse", "--verify", "--quiet", "HEAD"]).ok();
        let is_dirty = match &head {
            None => true,
            Some(_) => !output(
                folder,
                &["status", "--porcelain=v1", "-z", "--untracked-files=no"],
            )?
            .is_empty(),
        };
        if let Some(head) = &head {
            if is_dirty {
                attributes.set("dirtyRev", format!("{head}-dirty"));
                attributes.set(
                    "dirtyShortRev",
                    format!("{}-dirty", &head[..SHORT_REVISION.min(head.len())]),
                );
            } else {
                if let Ok(branch) = text(folder, &["symbolic-ref", "--quiet", "HEAD"]) {
                    attributes.set("ref", branch);
                }
                attributes.set("rev", head.as_str());
                if !input.attributes().is_true("shallow") {
                    attributes.set("revCount", revision_count(folder, head)?);
                }
            }
        }
        if is_dirty {
            (self.notify)(Notice::DirtyTree(folder.to_owned()));
        }
        let last_modified = head.as_deref().map_or(Ok(0), |head| commit_time(folder, head))?;
        attributes.set("lastModified", last_modified);
        let kept = tracked_files(folder, input.attributes().is_true("submodules"))?;
        let mut filter = |path: &Path, kind: FileKind| -> Result<bool, BoxError> {
            let relative = path.strip_prefix(folder).unwrap_or(path);
            Ok(kept.contains(relative) && (kind != FileKind::Other))
        };
        self.add(folder, &mut filter, locked)
    }

    /// One commit of the repository at `folder`.
    fn fetch_commit(&self, input: &Input, folder: &Path, origin: &Path) -> Result<Fetched, Error> {
        let mut locked = input.clone();
        let reference = match input.text("ref") {
            Some(reference) => reference.to_owned(),
            None => text(origin, &["symbolic-ref", "HEAD"]).unwrap_or_else(|_| "HEAD".to_owned()),
        };
        let revision = match input.text("rev") {
            Some(revision) => revision.to_owned(),
            None => resolve(folder, &reference)?,
        };
        self.check_revision_is_there(folder, &revision)?;
        locked.attributes_mut().set("ref", reference);
        locked.attributes_mut().set("rev", revision.as_str());
        self.add_commit(input, locked, folder, &revision)
    }

    fn check_revision_is_there(&self, folder: &Path, revision: &str) -> Result<(), Error> {
        text(folder, &["cat-file", "-e", &format!("{revision}^{{commit}}")]).map(drop)
    }

    /// Adds the tree of a commit, unless an earlier run did and the store still has it.
    fn add_commit(
        &self,
        input: &Input,
        mut locked: Input,
        folder: &Path,
        revision: &str,
    ) -> Result<Fetched, Error> {
        let with_submodules = input.attributes().is_true("submodules");
        let suffix = if with_submodules { "-submodules" } else { "" };
        let facts_file = self.cache_folder.join(format!("commits/{revision}{suffix}.json"));
        if let Some(fetched) = self.known_commit(&facts_file, &locked)? {
            return Ok(fetched);
        }
        locked
            .attributes_mut()
            .set("lastModified", commit_time(folder, revision)?);
        if !input.attributes().is_true("shallow") {
            locked
                .attributes_mut()
                .set("revCount", revision_count(folder, revision)?);
        }
        let scratch = self.scratch(input)?;
        let top = scratch.path().join("tree");
        if with_submodules {
            checkout_with_submodules(folder, revision, &top)?;
        } else {
            git_tree::write(folder, revision, &top)?;
        }
        let fetched = self.add(&top, &mut store::keep_all, locked)?;
        remember_commit(&facts_file, &fetched.locked);
        Ok(fetched)
    }

    fn known_commit(&self, facts_file: &Path, locked: &Input) -> Result<Option<Fetched>, Error> {
        let Some(facts) = fs::read(facts_file)
            .ok()
            .and_then(|text| serde_json::from_slice::<Value>(&text).ok())
        else {
            return Ok(None);
        };
        let mut locked = locked.clone();
        let attributes = locked.attributes_mut();
        let (Some(hash), Some(time)) = (facts["narHash"].as_str(), facts["lastModified"].as_u64()) else {
            return Ok(None);
        };
        attributes.set("narHash", hash);
        attributes.set("lastModified", time);
        match facts["revCount"].as_u64() {
            _ if attributes.is_true("shallow") => {}
            Some(count) => attributes.set("revCount", count),
            None => return Ok(None),
        }
        let Some(path) = expected_path(&locked)? else {
            return Ok(None);
        };
        self.store
            .add_temporary_root(&path)
            .map_err(|error| self.store_failed(&locked, error))?;
        let is_valid = self
            .store
            .is_valid(&path)
            .map_err(|error| self.store_failed(&locked, error))?;
        Ok(is_valid.then(|| Fetched {
            tree: self.tree_at(path),
            locked,
        }))
    }

    /// Fetches into a bare repository in the cache, then takes the commit from there.
    fn fetch_remote(&self, input: &Input, url: &str) -> Result<Fetched, Error> {
        let name = Hash::sha256(url.as_bytes()).to_nix32();
        let folder = self.cache_folder.join("git").join(name);
        if !folder.join("HEAD").exists() {
            fs::create_dir_all(&folder).map_err(Error::files("make the directory", &folder))?;
            text(&folder, &["init", "--quiet", "--bare", "."])?;
        }
        let online = || {
            let failed = |source| Error::Fetch {
                input: input.to_text(),
                source: Box::new(source),
            };
            self.fetcher.check_online(url).map_err(failed)
        };
        let mut wanted = input.clone();
        if input.text("ref").is_none() {
            let branch = online().and_then(|()| default_branch(&folder, url));
            let reference = branch.unwrap_or_else(|_| "HEAD".to_owned());
            wanted.attributes_mut().set("ref", reference);
        }
        let is_there = |revision: &str| self.check_revision_is_there(&folder, revision).is_ok();
        if !input.text("rev").is_some_and(is_there) {
            online()?;
            (self.notify)(Notice::Fetching(input.to_text()));
            fetch_into(&folder, url, &wanted)?;
        }
        if wanted.text("rev").is_none() {
            let reference = wanted.text("ref").unwrap_or("HEAD");
            let revision = resolve(&folder, &full_reference(reference))?;
            wanted.attributes_mut().set("rev", revision);
        }
        self.fetch_commit(&wanted, &folder, &folder)
    }
}

fn fetch_into(folder: &Path, url: &str, wanted: &Input) -> Result<(), Error> {
    let reference = full_reference(wanted.text("ref").unwrap_or("HEAD"));
    let all = wanted.attributes().is_true("allRefs");
    let mapping = match reference.as_str() {
        _ if all => "+refs/*:refs/*".to_owned(),
        "HEAD" => "+HEAD:refs/heads/HEAD".to_owned(),
        reference => format!("+{reference}:{reference}"),
    };
    let mut arguments = vec!["fetch", "--quiet", "--force", "--no-tags"];
    if wanted.attributes().is_true("shallow") {
        arguments.push("--depth=1");
    }
    let by_reference = [&arguments[..], &["--", url, &mapping]].concat();
    let result = text(folder, &by_reference);
    match wanted.text("rev") {
        // Servers that allow it give a revision by its name, wherever it is.
        Some(revision) if text(folder, &["cat-file", "-e", revision]).is_err() => {
            text(folder, &[&arguments[..], &["--", url, revision]].concat()).map(drop)
        }
        _ => result.map(drop),
    }
}

/// The branch that a remote's `HEAD` names.
fn default_branch(folder: &Path, url: &str) -> Result<String, Error> {
    let listing = text(folder, &["ls-remote", "--symref", "--", url, "HEAD"])?;
    let line = listing
        .lines()
        .find_map(|line| line.strip_prefix("ref: ")?.split_whitespace().next());
    Ok(line.unwrap_or("HEAD").to_owned())
}

fn full_reference(reference: &str) -> String {
    match reference {
        "HEAD" => reference.to_owned(),
        _ if reference.starts_with("refs/") => reference.to_owned(),
        _ => format!("refs/heads/{reference}"),
    }
}

fn resolve(folder: &Path, reference: &str) -> Result<String, Error> {
    let tried = [
        full_reference(reference),
        format!("refs/tags/{reference}"),
        reference.to_owned(),
    ];
    let commit = |reference: &String| {
        text(
            folder,
            &[
                "rev-parse",
                "--verify",
                "--quiet",
                &format!("{reference}^{{commit}}"),
            ],
        )
    };
    tried
        .iter()
        .find_map(|reference| commit(reference).ok())
        .ok_or_else(|| Error::Git {
            command: format!("git rev-parse {reference}"),
            folder: folder.to_owned(),
            reason: "there is no such branch, tag or revision".to_owned(),
        })
}

fn checkout_with_submodules(folder: &Path, revision: &str, top: &Path) -> Result<(), Error> {
    let source = folder.to_string_lossy();
    let target = top.to_string_lossy();
    text(
        folder,
        &["clone", "--quiet", "--no-checkout", "--", &source, &target],
    )?;
    text(top, &["checkout", "--quiet", "--detach", revision])?;
    text(top, &["submodule", "update", "--quiet", "--init", "--recursive"])?;
    remove_git_folders(top)
}

fn remove_git_folders(folder: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(folder).map_err(Error::files("read the directory", folder))? {
        let entry = entry.map_err(Error::files("read the directory", folder))?;
        let path = entry.path();
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        match (entry.file_name() == ".git", is_folder) {
            (true, true) => fs::remove_dir_all(&path).map_err(Error::files("remove", &path))?,
            (true, false) => fs::remove_file(&path).map_err(Error::files("remove", &path))?,
            (false, true) => remove_git_folders(&path)?,
            (false, false) => {}
        }
    }
    Ok(())
}

/// Files that git tracks and that are there, with the folders they lie in.
fn tracked_files(folder: &Path, with_submodules: bool) -> Result<BTreeSet<PathBuf>, Error> {
    let mut arguments = vec!["ls-files", "-z"];
    if with_submodules {
        arguments.push("--recurse-submodules");
    }
    let listing = output(folder, &arguments)?;
    let mut kept = BTreeSet::new();
    for name in listing.split(|byte| *byte == 0).filter(|name| !name.is_empty()) {
        let path = Path::new(OsStr::from_bytes(name));
        if folder.join(path).symlink_metadata().is_ok() {
            kept.extend(path.ancestors().map(Path::to_owned));
        }
    }
    Ok(kept)
}

/// What later runs need not compute again. It is a cache: failing to write it is no failure.
fn remember_commit(file: &Path, locked: &Input) {
    let attributes = locked.attributes();
    let facts = json!({
        "narHash": locked.nar_hash(),
        "lastModified": locked.last_modified(),
        "revCount": attributes.integer("revCount"),
    });
    if let Some(folder) = file.parent() {
        let _ = fs::create_dir_all(folder);
    }
    let temporary = file.with_extension(format!("{}.tmp", std::process::id()));
    if fs::write(&temporary, facts.to_string()).is_ok() {
        let _ = fs::rename(&temporary, file);
    }
}

fn commit_time(folder: &Path, revision: &str) -> Result<u64, Error> {
    let time = text(
        folder,
        &["log", "-1", "--no-show-signature", "--format=%ct", revision],
    )?;
    time.parse()
        .map_err(|_| failure(&["log"], folder, format!("'{time}' is not a time")))
}

fn revision_count(folder: &Path, revision: &str) -> Result<u64, Error> {
    let count = text(folder, &["rev-list", "--count", revision])?;
    count
        .parse()
        .map_err(|_| failure(&["rev-list"], folder, format!("'{count}' is not a number")))
}

fn is_work_tree(folder: &Path) -> bool {
    folder.join(".git").symlink_metadata().is_ok()
}

/// The folder that a `file:` URL names.
pub(crate) fn local_repository(url: &str) -> Option<PathBuf> {
    let url = Url::parse(url)?;
    (url.scheme == "file").then(|| PathBuf::from(url.path))
}
