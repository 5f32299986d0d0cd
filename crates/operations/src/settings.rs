//! What the command line, the environment and the machine say about how to work; read once at the start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How to work.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The folder that stands for `/` of the store, as with `nix --store`.
    pub store_root: PathBuf,
    /// What can be deleted at any time: clones, compiled indexes, downloads.
    pub cache_folder: PathBuf,
    /// Where relative paths begin.
    pub current_folder: PathBuf,
    /// The kind of machine, such as `x86_64-linux`.
    pub system: String,
    /// How many threads one builder uses.
    pub cores: usize,
    /// How many derivations are built side by side.
    pub jobs: usize,
    /// Leave the folder of a failed build for a person to look at.
    pub keep_failed: bool,
    /// Build what does not depend on a failed derivation before giving up.
    pub keep_going: bool,
    /// The folder whose `etc/apt` says which mirrors of Debian are near.
    pub apt_root: PathBuf,
    /// Evaluate flakes with environment, clock and absolute paths in reach.
    pub impure: bool,
    /// The environment, for impure evaluation.
    pub environment: BTreeMap<String, String>,
    /// Seconds since 1970, for impure evaluation and for judging whether release files have expired.
    pub now: u64,
}

impl Settings {
    /// What the environment says, for a machine with `cores` cores. The store lies in `$HARDPAN_STORE`, else in
    /// `$XDG_DATA_HOME/hardpan`.
    pub fn from_environment(
        environment: BTreeMap<String, String>,
        current_folder: &Path,
        cores: usize,
        now: u64,
    ) -> Self {
        let folder = |name: &str| {
            let value = environment.get(name).filter(|value| value.starts_with('/'));
            value.map(PathBuf::from)
        };
        let home = folder("HOME").unwrap_or_else(|| PathBuf::from("/"));
        let data = folder("XDG_DATA_HOME").unwrap_or_else(|| home.join(".local/share"));
        let cache = folder("XDG_CACHE_HOME").unwrap_or_else(|| home.join(".cache"));
        let given = environment.get("HARDPAN_STORE").filter(|value| !value.is_empty());
        Self {
            store_root: given.map_or_else(|| data.join("hardpan"), |root| current_folder.join(root)),
            cache_folder: cache.join("hardpan"),
            current_folder: current_folder.to_owned(),
            system: format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS),
            cores: cores.max(1),
            jobs: cores.max(1),
            keep_failed: false,
            keep_going: false,
            apt_root: PathBuf::from("/"),
            impure: false,
            environment,
            now,
        }
    }

    /// Where compiled package indexes are kept.
    pub(crate) fn debian_cache_folder(&self) -> PathBuf {
        self.cache_folder.join("debian")
    }

    /// An environment variable that is set.
    pub fn variable(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    /// The user's home folder.
    pub fn home(&self) -> Option<&str> {
        self.environment
            .get("HOME")
            .map(String::as_str)
            .filter(|home| home.starts_with('/'))
    }

    /// The mirrors that `$HARDPAN_MIRRORS` names, as in `debian=http://a/debian debian-security=http://b`; they are
    /// used alone.
    pub fn mirrors(&self) -> BTreeMap<String, Vec<String>> {
        let mut mirrors: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let text = self
            .environment
            .get("HARDPAN_MIRRORS")
            .map(String::as_str)
            .unwrap_or_default();
        for (archive, address) in text.split_whitespace().filter_map(|word| word.split_once('=')) {
            mirrors
                .entry(archive.to_owned())
                .or_default()
                .push(address.to_owned());
        }
        mirrors
    }

    /// The entries of `NIX_PATH`: prefix (or nothing) and path.
    pub fn search_path(&self) -> Vec<(String, String)> {
        let entries = self
            .environment
            .get("NIX_PATH")
            .map(String::as_str)
            .unwrap_or_default();
        let entry = |entry: &str| match entry.split_once('=') {
            Some((prefix, path)) => (prefix.to_owned(), path.to_owned()),
            None => (String::new(), entry.to_owned()),
        };
        // A colon also stands in URLs, which are not searched.
        entries
            .split(':')
            .filter(|part| !part.is_empty() && !part.starts_with("//"))
            .map(entry)
            .collect()
    }

    /// The files that give flakes short names, the user's first.
    pub fn registry_files(&self) -> Vec<PathBuf> {
        let configuration = self
            .environment
            .get("XDG_CONFIG_HOME")
            .filter(|value| value.starts_with('/'));
        let user = configuration
            .map(PathBuf::from)
            .or_else(|| self.home().map(|home| Path::new(home).join(".config")))
            .map(|folder| folder.join("nix/registry.json"));
        user.into_iter()
            .chain([PathBuf::from("/etc/nix/registry.json")])
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store_root(variables: &[(&str, &str)]) -> String {
        let environment = variables
            .iter()
            .map(|(name, value)| ((*name).into(), (*value).into()))
            .collect();
        let settings = Settings::from_environment(environment, Path::new("/project"), 2, 0);
        settings.store_root.display().to_string()
    }

    #[test]
    fn the_store_lies_in_the_users_data_folder_unless_told_otherwise() {
        let table: &[(&[(&str, &str)], &str)] = &[
            (&[("HOME", "/home/a")], "/home/a/.local/share/hardpan"),
            (
                &[("HOME", "/home/a"), ("XDG_DATA_HOME", "/data")],
                "/data/hardpan",
            ),
            (
                &[("HOME", "/home/a"), ("XDG_DATA_HOME", "relative")],
                "/home/a/.local/share/hardpan",
            ),
            (&[("HOME", "/home/a"), ("HARDPAN_STORE", "/s")], "/s"),
            (&[("HARDPAN_STORE", "s")], "/project/s"),
        ];
        for (variables, expected) in table {
            assert_eq!(store_root(variables), *expected, "{variables:?}");
        }
    }
}
