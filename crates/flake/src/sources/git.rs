//! Takes `git` inputs into the store: work trees as they are, or commits of local and remote repositories.

use std::fs;
use std::path::{Path, PathBuf};

use nix_formats::Hash;
use serde_json::{Value, json};
use store::FileKind;

use super::git_command::failure;
use super::repository::{Change, Repository, is_work_tree};
use super::standard::expected_path;
use super::{Fetched, Notice, StandardSources, git_signatures, git_tree, lfs};
use crate::url::Url;
use crate::{BoxError, Error, Input};

const SHORT_REVISION: usize = 7;
/// More changed files than this are not compared with what Git LFS keeps.
const MAXIMUM_COMPARED: usize = 256;

impl StandardSources<'_> {
    pub(super) fn fetch_git(&self, input: &Input) -> Result<Fetched, Error> {
        let url = input.text("url").unwrap_or_default();
        let wanted = git_signatures::Wanted::of(input)?;
        match local_repository(url) {
            Some(folder) if is_work_tree(&folder) && input.text("rev").or(input.text("ref")).is_none() => {
                let repository = Repository::open(&folder)?;
                let fetched = self.fetch_work_tree(input, &repository)?;
                wanted.check(&repository, fetched.locked.text("rev"), input)?;
                Ok(fetched)
            }
            Some(folder) => self.fetch_commit(input, &Repository::open(&folder)?, &wanted),
            None => {
                let (repository, input) = self.fetch_remote(input, url)?;
                self.fetch_commit(&input, &repository, &wanted)
            }
        }
    }

    /// The tracked files of a work tree, changed or not.
    fn fetch_work_tree(&self, input: &Input, repository: &Repository) -> Result<Fetched, Error> {
        let folder = &repository.folder;
        let with_submodules = input.attributes().is_true("submodules");
        let mut locked = input.clone();
        let attributes = locked.attributes_mut();
        let head = repository.head();
        let is_dirty = match &head {
            None => true,
            Some(_) => is_dirty(repository, with_submodules)?,
        };
        if let Some(head) = &head {
            if is_dirty {
                attributes.set("dirtyRev", format!("{head}-dirty"));
                attributes.set(
                    "dirtyShortRev",
                    format!("{}-dirty", &head[..SHORT_REVISION.min(head.len())]),
                );
            } else {
                if let Ok(branch) = repository.text(&["symbolic-ref", "--quiet", "HEAD"]) {
                    attributes.set("ref", branch);
                }
                attributes.set("rev", head.as_str());
                if !input.attributes().is_true("shallow") {
                    attributes.set("revCount", repository.revision_count(head)?);
                }
            }
        }
        if is_dirty {
            (self.notify)(Notice::DirtyTree(folder.to_owned()));
        }
        let last_modified = head.map_or(Ok(0), |head| repository.commit_time(&head))?;
        attributes.set("lastModified", last_modified);
        let kept = repository.tracked_files(with_submodules)?;
        let mut filter = |path: &Path, kind: FileKind| -> Result<bool, BoxError> {
            let relative = path.strip_prefix(folder).unwrap_or(path);
            Ok(kept.contains(relative) && (kind != FileKind::Other))
        };
        self.add(folder, &mut filter, locked)
    }

    /// One commit of a repository on this machine.
    fn fetch_commit(
        &self,
        input: &Input,
        repository: &Repository,
        wanted: &git_signatures::Wanted,
    ) -> Result<Fetched, Error> {
        let mut locked = input.clone();
        let reference = match input.text("ref") {
            Some(reference) => reference.to_owned(),
            None => repository
                .text(&["symbolic-ref", "HEAD"])
                .unwrap_or_else(|_| "HEAD".to_owned()),
        };
        let revision = match input.text("rev") {
            Some(revision) => revision.to_owned(),
            None => repository.resolve(&reference)?,
        };
        if !repository.has(&revision) {
            let reason = "there is no such commit".to_owned();
            return Err(failure(
                &["cat-file", "-e", &revision],
                &repository.folder,
                reason,
            ));
        }
        wanted.check(repository, Some(&revision), input)?;
        locked.attributes_mut().set("ref", reference);
        locked.attributes_mut().set("rev", revision.as_str());
        self.add_commit(input, locked, repository, &revision)
    }

    /// Adds the tree of a commit, unless an earlier run did and the store still has it.
    fn add_commit(
        &self,
        input: &Input,
        mut locked: Input,
        repository: &Repository,
        revision: &str,
    ) -> Result<Fetched, Error> {
        let with_submodules = input.attributes().is_true("submodules");
        let facts_file = self.facts_file(input, revision, with_submodules);
        if let Some(fetched) = self.known_commit(&facts_file, &locked)? {
            return Ok(fetched);
        }
        let time = repository.commit_time(revision)?;
        locked.attributes_mut().set("lastModified", time);
        if !input.attributes().is_true("shallow") {
            let count = repository.revision_count(revision)?;
            locked.attributes_mut().set("revCount", count);
        }
        let scratch = self.scratch(input)?;
        let top = scratch.path().join("tree");
        git_tree::write(repository, revision, &top)?;
        if with_submodules {
            let url = input.text("url").unwrap_or_default();
            self.add_submodules(repository, url, revision, &top, 0)?;
        }
        let fetched = self.add(&top, &mut store::keep_all, locked)?;
        remember_commit(&facts_file, &fetched.locked);
        Ok(fetched)
    }

    /// What is known of a commit of one repository: what another has under that name is no matter.
    fn facts_file(&self, input: &Input, revision: &str, with_submodules: bool) -> PathBuf {
        let suffix = if with_submodules { "-submodules" } else { "" };
        let address = Hash::sha256(input.text("url").unwrap_or_default().as_bytes()).to_nix32();
        self.cache_folder
            .join(format!("commits/{address}/{revision}{suffix}.json"))
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
}

/// Whether a work tree differs from its commit. Submodules count where they are part of the tree.
fn is_dirty(repository: &Repository, with_submodules: bool) -> Result<bool, Error> {
    let changes = repository.changed()?;
    if changes.len() > MAXIMUM_COMPARED {
        return Ok(true);
    }
    // No filter runs, so that a file of Git LFS looks changed until it is compared with its pointer.
    let is_pointer =
        |change: &Change| change.only_in_work_tree && lfs::is_content_of_pointer(repository, &change.path);
    if !changes.iter().all(is_pointer) {
        return Ok(true);
    }
    if !with_submodules {
        return Ok(false);
    }
    for tracked in repository
        .tracked()?
        .iter()
        .filter(|tracked| tracked.is_submodule)
    {
        let place = repository.folder.join(&tracked.path);
        if is_work_tree(&place) && is_dirty(&Repository::open(&place)?, true)? {
            return Ok(true);
        }
    }
    Ok(false)
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

/// The folder that a `file:` URL names.
pub(crate) fn local_repository(url: &str) -> Option<PathBuf> {
    let url = Url::parse(url)?;
    (url.scheme == "file").then(|| PathBuf::from(url.path))
}
