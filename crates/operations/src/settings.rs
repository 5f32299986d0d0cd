//! What the command line, the environment and the machine say about how to work; read once at the start.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix_formats::store_path::STORE_DIRECTORY;
use store::Durability;

use crate::store_address::StoreAddress;
use crate::{Configuration, Error};

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
    /// Evaluate files and expressions as purely as flakes.
    pub pure: bool,
    /// Write what evaluation makes into the store, derivations too.
    pub read_write: bool,
    /// Reach for no network.
    pub offline: bool,
    /// What is searched for `<name>` before anything else: `-I`.
    pub include: Vec<String>,
    /// What `nix.conf` files, `NIX_CONFIG` and `--option` say.
    pub configuration: Configuration,
    /// The environment, for impure evaluation.
    pub environment: BTreeMap<String, String>,
    /// Seconds since 1970, for impure evaluation and for judging whether release files have expired.
    pub now: u64,
    /// What a person should hear before anything is done.
    pub warnings: Vec<String>,
    /// A store that is forgotten with these settings.
    scratch: Option<Arc<ScratchStore>>,
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
        let configuration = Configuration::from_environment(&environment);
        let given = environment.get("HARDPAN_STORE").filter(|value| !value.is_empty());
        let mut settings = Self {
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
            pure: false,
            read_write: false,
            offline: false,
            include: Vec::new(),
            configuration,
            environment,
            now,
            warnings: Vec::new(),
            scratch: None,
        };
        settings.apply();
        settings
    }

    /// How the store is kept.
    pub(crate) fn store_options(&self) -> store::Options {
        let flag = |name| self.configuration.flag(name);
        store::Options {
            durability: Durability {
                paths: flag("fsync-store-paths").unwrap_or(true),
                metadata: flag("fsync-metadata").unwrap_or(true),
            },
            optimise: flag("auto-optimise-store").unwrap_or(false),
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

    /// Takes the store that `--store` or the setting `store` names, else the one that `HARDPAN_STORE` or `NIX_REMOTE`
    /// names. A `NIX_REMOTE` that cannot be followed, such as `daemon`, is warned of.
    ///
    /// # Errors
    /// If it is no store that can be worked on.
    pub fn choose_store(&mut self, given: Option<&str>) -> Result<(), Error> {
        if let Some(text) = self.given_store(given) {
            return self.take_store(&text);
        }
        if self.set_variable("HARDPAN_STORE").is_some() {
            return Ok(());
        }
        let Some(remote) = self.set_variable("NIX_REMOTE") else {
            return Ok(());
        };
        match StoreAddress::parse(&remote, &self.current_folder) {
            Ok(StoreAddress::Usual) => Ok(()),
            Ok(_) => self.take_store(&remote),
            Err(_) => {
                let own = self.store_root.display();
                self.warnings.push(format!(
                    "NIX_REMOTE is '{remote}', which hardpan cannot use: its store is the one in '{own}'"
                ));
                Ok(())
            }
        }
    }

    /// Like [`Self::choose_store`] for the programs of Nix: without any of these the store is the one at `/` where
    /// there is one that can be written to, as with Nix, and what cannot be followed is refused.
    ///
    /// # Errors
    /// If it is no store that can be worked on.
    pub fn choose_store_as_nix(&mut self, given: Option<&str>) -> Result<(), Error> {
        for (name, usual) in [
            ("NIX_STORE_DIR", STORE_DIRECTORY),
            ("NIX_STATE_DIR", "/nix/var/nix"),
            ("NIX_LOG_DIR", "/nix/var/log/nix"),
        ] {
            if let Some(folder) = self.set_variable(name).filter(|folder| folder != usual) {
                return Err(Error::Usage(format!(
                    "{name} is '{folder}', but a store's folders lie at their usual places below its root: unset it \
                     and name the root with '--store ROOT' or NIX_REMOTE"
                )));
            }
        }
        if let Some(text) = self.given_store(given) {
            return self.take_store(&text);
        }
        if self.set_variable("HARDPAN_STORE").is_some() {
            return Ok(());
        }
        let remote = self.set_variable("NIX_REMOTE").unwrap_or_default();
        self.take_store(&remote)
    }

    /// An environment variable that is set to something.
    fn set_variable(&self, name: &str) -> Option<String> {
        self.variable(name).filter(|value| !value.is_empty())
    }

    /// The store that command line or settings name.
    fn given_store(&self, given: Option<&str>) -> Option<String> {
        given.or(self.configuration.get("store")).map(str::to_owned)
    }

    fn take_store(&mut self, text: &str) -> Result<(), Error> {
        self.store_root = match StoreAddress::parse(text, &self.current_folder)? {
            StoreAddress::Usual => self.default_store(),
            StoreAddress::Folder { root, unknown } => {
                let warnings = unknown.iter().map(|name| format!("unknown setting '{name}'"));
                self.warnings.extend(warnings);
                root
            }
            StoreAddress::Dummy => {
                let scratch = ScratchStore::make()?;
                let root = scratch.root.clone();
                self.scratch = Some(Arc::new(scratch));
                root
            }
        };
        Ok(())
    }

    /// The store at `/` if it can be written to, else the user's own.
    fn default_store(&self) -> PathBuf {
        let is_writable = |path: &str| {
            tempfile::Builder::new()
                .prefix(".hardpan-")
                .tempfile_in(path)
                .is_ok()
        };
        match is_writable(STORE_DIRECTORY) {
            true => PathBuf::from("/"),
            false => self.store_root.clone(),
        }
    }

    /// Takes one setting of `nix.conf` from the command line, as `--option` does.
    pub fn set_option(&mut self, name: &str, value: &str) {
        self.configuration.set(name, value);
        self.apply();
    }

    /// Looks whether all settings can be followed; what is odd about files and environment is kept as warnings.
    ///
    /// # Errors
    /// If a value cannot be read, or the command line asks for what is not there.
    pub fn check(&mut self) -> Result<(), Error> {
        self.warnings.extend(self.configuration.check()?);
        if self.configuration.number("max-jobs") == Some(0) {
            return Err(Error::Usage(
                "'0' is not possible for the setting 'max-jobs': builds run on this machine only".to_owned(),
            ));
        }
        Ok(())
    }

    /// Puts what the configuration says into the fields.
    fn apply(&mut self) {
        let flag = |name| self.configuration.flag(name);
        let positive = |name| {
            let number = self.configuration.number(name).filter(|number| *number > 0);
            number.and_then(|number| usize::try_from(number).ok())
        };
        self.cores = positive("cores").unwrap_or(self.cores);
        self.jobs = positive("max-jobs").unwrap_or(self.jobs);
        self.keep_failed = flag("keep-failed").unwrap_or(self.keep_failed);
        self.keep_going = flag("keep-going").unwrap_or(self.keep_going);
        self.pure = flag("pure-eval").unwrap_or(self.pure);
        if let Some(system) = self.configuration.get("system") {
            self.system = system.to_owned();
        }
    }

    /// What `<name>` is searched in: prefix (or nothing) and path. `-I` goes before `NIX_PATH`, which stands for what
    /// `nix.conf` and the channels say.
    pub fn search_path(&self) -> Vec<(String, String)> {
        let variable = self.environment.get("NIX_PATH");
        let rest = match (variable, self.configuration.get("nix-path")) {
            (Some(text), _) => split_search_path(text),
            (None, Some(_)) => self.configuration.words("nix-path"),
            (None, None) => self.channels(),
        };
        let entry = |entry: &String| {
            let (prefix, path) = entry.split_once('=').unwrap_or(("", entry));
            let path = match path.contains(':') {
                true => path.to_owned(),
                false => self.current_folder.join(path).to_string_lossy().into_owned(),
            };
            (prefix.to_owned(), path)
        };
        self.include.iter().chain(&rest).map(entry).collect()
    }

    /// Where Nix looks when nothing says otherwise.
    fn channels(&self) -> Vec<String> {
        let own = self.home().map(|home| format!("{home}/.nix-defexpr/channels"));
        let root = "/nix/var/nix/profiles/per-user/root/channels";
        own.into_iter()
            .chain([format!("nixpkgs={root}/nixpkgs"), root.to_owned()])
            .filter(|entry| Path::new(entry.rsplit('=').next().unwrap_or_default()).exists())
            .collect()
    }

    /// The files that give flakes short names, the user's first.
    pub fn registry_files(&self) -> Vec<PathBuf> {
        if self.configuration.flag("use-registries") == Some(false) {
            return Vec::new();
        }
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

/// The store of `dummy://`, removed when nobody works on it any more.
#[derive(Debug)]
struct ScratchStore {
    root: PathBuf,
}

impl ScratchStore {
    fn make() -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("hardpan-dummy-").tempdir();
        let folder = folder.map_err(Error::files("make", "a temporary folder"))?;
        Ok(Self { root: folder.keep() })
    }
}

impl Drop for ScratchStore {
    fn drop(&mut self) {
        // Who cannot remove it has nobody to tell any more.
        let _ = store::remove_tree(&self.root);
    }
}

/// The entries of `NIX_PATH`. A colon also stands in addresses (`https://…`, `channel:…`, `flake:…`).
fn split_search_path(text: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for part in text.split(':') {
        match entries.last_mut() {
            Some(last) if part.starts_with("//") || ends_with_scheme(last) => {
                last.push(':');
                last.push_str(part);
            }
            _ => entries.push(part.to_owned()),
        }
    }
    entries.retain(|entry| !entry.is_empty());
    entries
}

fn ends_with_scheme(entry: &str) -> bool {
    matches!(entry.rsplit('=').next(), Some("flake" | "channel"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_paths_are_split_at_colons_outside_of_addresses() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("/a:b=/c", &["/a", "b=/c"]),
            (
                "nixpkgs=https://x/y.tar.gz:/a",
                &["nixpkgs=https://x/y.tar.gz", "/a"],
            ),
            ("nixpkgs=flake:nixpkgs:/a", &["nixpkgs=flake:nixpkgs", "/a"]),
        ];
        for (text, expected) in table {
            assert_eq!(split_search_path(text), *expected, "{text}");
        }
    }

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
