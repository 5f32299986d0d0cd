//! Adds the submodules of a commit to its tree. Each is fetched as an input of its own: git's command for submodules
//! would do what their settings say.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::git::local_repository;
use super::repository::Repository;
use super::{StandardSources, git_tree};
use crate::url::Url;
use crate::{Error, Input};

const MAXIMUM_DEPTH: usize = 32;

impl StandardSources<'_> {
    /// Writes the submodules of `revision` to their places below `top`. `address` is where the repository came from.
    pub(super) fn add_submodules(
        &self,
        repository: &Repository,
        address: &str,
        revision: &str,
        top: &Path,
        depth: usize,
    ) -> Result<(), Error> {
        let submodules = git_tree::submodules(repository, revision)?;
        if submodules.is_empty() {
            return Ok(());
        }
        let failed = |path: &Path, reason: String| Error::Unsupported {
            input: address.to_owned(),
            reason: format!("its submodule '{}' {reason}", path.display()),
        };
        let addresses = addresses(repository, revision)?;
        for (path, commit) in submodules {
            if depth >= MAXIMUM_DEPTH {
                return Err(failed(&path, "is too deep".to_owned()));
            }
            let written = addresses.get(&path);
            let written =
                written.ok_or_else(|| failed(&path, "has no address in '.gitmodules'".to_owned()))?;
            let url = resolved(written, address).ok_or_else(|| {
                failed(
                    &path,
                    format!("has the address '{written}', which cannot be used"),
                )
            })?;
            let inner = self.submodule(&url, &commit)?;
            let place = top.join(&path);
            // The commit's own tree has an empty folder there.
            std::fs::remove_dir(&place).map_err(Error::files("replace", &place))?;
            git_tree::write(&inner, &commit, &place)?;
            self.add_submodules(&inner, &url, &commit, &place, depth + 1)?;
        }
        Ok(())
    }

    fn submodule(&self, url: &str, commit: &str) -> Result<Repository, Error> {
        let attributes = [("type", "git"), ("url", url), ("rev", commit)];
        let mut input = Input::from_attributes(attributes.into_iter().collect())?;
        input.attributes_mut().set("allRefs", true);
        match local_repository(url) {
            Some(folder) => Repository::open(&folder),
            None => Ok(self.fetch_remote(&input, url)?.0),
        }
    }
}

/// The addresses that `.gitmodules` gives, by the places of the submodules.
fn addresses(repository: &Repository, revision: &str) -> Result<BTreeMap<PathBuf, String>, Error> {
    let blob = format!("{revision}:.gitmodules");
    let listing = repository.output(&["config", "--blob", &blob, "--no-includes", "--null", "--list"])?;
    let listing = String::from_utf8_lossy(&listing);
    let (mut paths, mut urls) = (BTreeMap::new(), BTreeMap::new());
    for (name, value) in listing.split('\0').filter_map(|setting| setting.split_once('\n')) {
        let Some((section, field)) = name.rsplit_once('.') else {
            continue;
        };
        match field {
            "path" => paths.insert(section.to_owned(), PathBuf::from(value)),
            "url" => {
                urls.insert(section.to_owned(), value.to_owned());
                None
            }
            _ => None,
        };
    }
    let known = paths
        .into_iter()
        .filter_map(|(section, path)| Some((path, urls.remove(&section)?)));
    Ok(known.collect())
}

/// The address of a submodule of the repository at `address`. One elsewhere cannot name a folder of this machine.
fn resolved(written: &str, address: &str) -> Option<String> {
    let base = Url::parse(address)?;
    if written.starts_with("./") || written.starts_with("../") {
        let mut path = PathBuf::from(&base.path);
        for part in Path::new(written).components() {
            match part {
                Component::ParentDir => drop(path.pop()),
                Component::Normal(part) => path.push(part),
                _ => {}
            }
        }
        let path = path.to_string_lossy().into_owned();
        return Some(Url { path, ..base }.to_text());
    }
    if written.starts_with('/') {
        let url = Url {
            scheme: "file".to_owned(),
            authority: Some(String::new()),
            path: written.to_owned(),
            ..Url::default()
        };
        return (base.scheme == "file").then(|| url.to_text());
    }
    match Url::parse(written) {
        Some(url) if url.scheme == "file" => (base.scheme == "file").then(|| written.to_owned()),
        Some(url)
            if matches!(url.scheme.as_str(), "git" | "http" | "https" | "ssh") && url.authority.is_some() =>
        {
            Some(written.to_owned())
        }
        // `user@host:path`, as ssh writes it.
        _ => {
            let (host, path) = written.split_once(':')?;
            let is_host = host
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"@.-_".contains(&byte));
            (is_host && !host.is_empty() && !host.starts_with('-') && !path.starts_with(':'))
                .then(|| format!("ssh://{host}/{path}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::resolved;

    #[test]
    fn submodules_are_found_where_git_finds_them_and_nowhere_on_this_machine_from_elsewhere() {
        let table = [
            ("../b.git", "https://h/o/a.git", Some("https://h/o/b.git")),
            ("./c", "file:///r/a", Some("file:///r/a/c")),
            ("git@h:o/b.git", "https://h/o/a.git", Some("ssh://git@h/o/b.git")),
            ("https://h/b", "file:///r/a", Some("https://h/b")),
            ("/r/b", "file:///r/a", Some("file:///r/b")),
            ("/r/b", "https://h/o/a.git", None),
            ("file:///r/b", "https://h/o/a.git", None),
            ("ext::sh -c true", "https://h/o/a.git", None),
            ("ext::sh -c true", "file:///r/a", None),
            ("-oProxyCommand=x:y", "https://h/o/a.git", None),
        ];
        for (written, address, expected) in table {
            assert_eq!(
                resolved(written, address).as_deref(),
                expected,
                "{written} of {address}"
            );
        }
    }
}
