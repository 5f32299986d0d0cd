//! Fetches from repositories elsewhere into bare ones of our own in the cache.

use std::fs;
use std::path::Path;

use nix_formats::Hash;

use super::git_command::{text, with_user_settings};
use super::repository::{Repository, full_reference};
use super::{Notice, StandardSources};
use crate::{Error, Input};

impl StandardSources<'_> {
    /// The repository in the cache that has what `input` names, and the input with its branch and revision.
    pub(super) fn fetch_remote(&self, input: &Input, url: &str) -> Result<(Repository, Input), Error> {
        let name = Hash::sha256(url.as_bytes()).to_nix32();
        let folder = self.cache_folder.join("git").join(name);
        if !folder.join("HEAD").exists() {
            fs::create_dir_all(&folder).map_err(Error::files("make the directory", &folder))?;
            // A template could bring hooks.
            run(&folder, &["init", "--quiet", "--bare", "--template=", "."])?;
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
        let mut repository = Repository::open(&folder)?;
        if !input.text("rev").is_some_and(|revision| repository.has(revision)) {
            online()?;
            (self.notify)(Notice::Fetching(input.to_text()));
            fetch_into(&repository, url, &wanted)?;
            repository = Repository::open(&folder)?;
        }
        if wanted.text("rev").is_none() {
            let reference = wanted.text("ref").unwrap_or("HEAD");
            let reference = match reference {
                "HEAD" => "refs/heads/HEAD".to_owned(),
                reference => full_reference(reference),
            };
            let revision = repository.resolve(&reference)?;
            wanted.attributes_mut().set("rev", revision);
        }
        Ok((repository, wanted))
    }
}

fn run(folder: &Path, arguments: &[&str]) -> Result<String, Error> {
    text(with_user_settings(folder, arguments), folder, arguments)
}

fn fetch_into(repository: &Repository, url: &str, wanted: &Input) -> Result<(), Error> {
    let folder = &repository.folder;
    let reference = full_reference(wanted.text("ref").unwrap_or("HEAD"));
    let all = wanted.attributes().is_true("allRefs");
    let mapping = match reference.as_str() {
        _ if all => "+refs/*:refs/*".to_owned(),
        "HEAD" => "+HEAD:refs/heads/HEAD".to_owned(),
        reference => format!("+{reference}:{reference}"),
    };
    let mut arguments = vec![
        "fetch",
        "--quiet",
        "--force",
        "--no-tags",
        "--no-recurse-submodules",
    ];
    if wanted.attributes().is_true("shallow") {
        arguments.push("--depth=1");
    }
    let by_reference = [&arguments[..], &["--", url, &mapping]].concat();
    let result = run(folder, &by_reference);
    match wanted.text("rev") {
        // Servers that allow it give a revision by its name, wherever it is.
        Some(revision) if !Repository::open(folder)?.has(revision) => {
            run(folder, &[&arguments[..], &["--", url, revision]].concat()).map(drop)
        }
        _ => result.map(drop),
    }
}

/// The branch that a remote's `HEAD` names.
fn default_branch(folder: &Path, url: &str) -> Result<String, Error> {
    let listing = run(folder, &["ls-remote", "--symref", "--", url, "HEAD"])?;
    let line = listing
        .lines()
        .find_map(|line| line.strip_prefix("ref: ")?.split_whitespace().next());
    Ok(line.unwrap_or("HEAD").to_owned())
}
