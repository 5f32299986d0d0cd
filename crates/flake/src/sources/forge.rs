//! Takes trees from GitHub, GitLab and SourceHut by downloading archives of a revision.

use fetch::Limits;
use serde_json::Value;

use super::{Fetched, StandardSources};
use crate::{Error, Input};

const MAXIMUM_ANSWER_BYTES: u64 = 16 << 20;

impl StandardSources<'_> {
    pub(super) fn fetch_forge(&self, input: &Input) -> Result<Fetched, Error> {
        let revision = match input.text("rev") {
            Some(revision) => revision.to_owned(),
            None => self.forge_revision(input)?,
        };
        let mut locked = input.clone();
        locked.attributes_mut().remove("ref");
        locked.attributes_mut().set("rev", revision.as_str());
        let url = archive_url(input, &revision);
        Ok(self.fetch_archive(input, &url, locked)?.0)
    }

    /// The revision that a branch or tag is at now.
    fn forge_revision(&self, input: &Input) -> Result<String, Error> {
        let reference = input.text("ref").unwrap_or("HEAD");
        let place = Place::of(input);
        let (url, read): (String, fn(&Value) -> Option<&str>) = match input.kind() {
            "github" if place.host == "github.com" => (
                format!(
                    "https://api.github.com/repos/{}/{}/commits/{reference}",
                    place.owner, place.repository
                ),
                |answer| answer["sha"].as_str(),
            ),
            "github" => (
                format!(
                    "https://{}/api/v3/repos/{}/{}/commits/{reference}",
                    place.host, place.owner, place.repository
                ),
                |answer| answer["sha"].as_str(),
            ),
            "gitlab" => (
                format!(
                    "https://{}/api/v4/projects/{}%2F{}/repository/commits?ref_name={reference}",
                    place.host, place.owner, place.repository
                ),
                |answer| answer[0]["id"].as_str(),
            ),
            _ => return self.sourcehut_revision(input, &place, reference),
        };
        let fail = |source| Error::Fetch {
            input: input.to_text(),
            source: Box::new(source),
        };
        let answer = self
            .fetcher
            .get(&url, Limits::bytes(MAXIMUM_ANSWER_BYTES))
            .map_err(fail)?;
        let answer: Value = serde_json::from_slice(answer.content.as_bytes()).unwrap_or_default();
        let revision = read(&answer).filter(|revision| crate::input_url::is_revision(revision));
        revision
            .map(str::to_owned)
            .ok_or_else(|| no_revision(input, reference))
    }

    /// SourceHut speaks git's smart protocol, which lists branches and tags.
    fn sourcehut_revision(&self, input: &Input, place: &Place<'_>, reference: &str) -> Result<String, Error> {
        let url = format!(
            "https://{}/{}/{}/info/refs",
            place.host, place.owner, place.repository
        );
        let fail = |source| Error::Fetch {
            input: input.to_text(),
            source: Box::new(source),
        };
        let answer = self
            .fetcher
            .get(&url, Limits::bytes(MAXIMUM_ANSWER_BYTES))
            .map_err(fail)?;
        let text = String::from_utf8_lossy(answer.content.as_bytes()).into_owned();
        let names = [
            format!("refs/heads/{reference}"),
            format!("refs/tags/{reference}"),
            reference.to_owned(),
        ];
        let lines: Vec<_> = text
            .lines()
            .filter_map(|line| line.split_once(char::is_whitespace))
            .collect();
        let found = names
            .iter()
            .find_map(|name| lines.iter().find(|(_, other)| other.trim() == name));
        found
            .map(|(revision, _)| (*revision).to_owned())
            .ok_or_else(|| no_revision(input, reference))
    }
}

struct Place<'a> {
    host: &'a str,
    owner: &'a str,
    repository: &'a str,
}

impl<'a> Place<'a> {
    fn of(input: &'a Input) -> Self {
        let default = match input.kind() {
            "github" => "github.com",
            "gitlab" => "gitlab.com",
            _ => "git.sr.ht",
        };
        Self {
            host: input.text("host").unwrap_or(default),
            owner: input.text("owner").unwrap_or_default(),
            repository: input.text("repo").unwrap_or_default(),
        }
    }
}

fn archive_url(input: &Input, revision: &str) -> String {
    let Place {
        host,
        owner,
        repository,
    } = Place::of(input);
    match input.kind() {
        "github" if host == "github.com" => {
            format!("https://github.com/{owner}/{repository}/archive/{revision}.tar.gz")
        }
        "github" => format!("https://{host}/api/v3/repos/{owner}/{repository}/tarball/{revision}"),
        "gitlab" => format!(
            "https://{host}/api/v4/projects/{owner}%2F{repository}/repository/archive.tar.gz?sha={revision}"
        ),
        _ => format!("https://{host}/{owner}/{repository}/archive/{revision}.tar.gz"),
    }
}

fn no_revision(input: &Input, reference: &str) -> Error {
    Error::Unsupported {
        input: input.to_text(),
        reason: format!("it has no branch or tag '{reference}'"),
    }
}
