//! What every operation runs with: settings, store, network, and somebody to tell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use builder::{Builder, CacheSource, Cancellation, DerivedPath, Environment, Isolation, Registry};
use debian::signature::Fingerprint;
use fetch::{Fetcher, NpmConfiguration};
use nix_formats::StorePath;
use store::cache::Caches;
use store::{Batch, Store};

use crate::explanations::{Explanation, Explanations};
use crate::origins::Origins;
use crate::{Configuration, Error, Event, Phase, Settings, copy};

/// Told of what happens.
pub type Sink = Arc<dyn Fn(Event) + Send + Sync>;

/// What an operation runs with.
pub struct Session {
    settings: Settings,
    fetcher: Arc<Fetcher>,
    sink: Sink,
    cancellation: Cancellation,
    cancelled: Arc<AtomicBool>,
    store: OnceLock<Store>,
    builders: OnceLock<Registry>,
    caches: OnceLock<Option<Caches>>,
    shell: OnceLock<BTreeMap<PathBuf, PathBuf>>,
    pub(crate) origins: Origins,
    pub(crate) explanations: Explanations,
    /// What was warned of.
    warned: Mutex<BTreeSet<String>>,
    /// Addresses of archives that inputs name.
    archives: Mutex<BTreeMap<String, Vec<String>>>,
    /// Whether what is built may name files of this machine as addresses.
    local_addresses: AtomicBool,
    /// New keys of archives that the user takes.
    accepted_keys: Mutex<BTreeSet<Fingerprint>>,
    /// Settings of flakes that the user agreed to.
    agreed: Mutex<Vec<(String, String)>>,
}

impl Session {
    /// A session that tells `sink` what it does. Nothing is opened before it is needed.
    pub fn new(settings: Settings, sink: Sink, cancelled: Arc<AtomicBool>) -> Self {
        let mut network = fetch::Settings::from_environment(|name| settings.variable(name));
        let netrc = settings.configuration.get("netrc-file");
        network.netrc_file = Some(netrc.unwrap_or("/etc/nix/netrc").into());
        let positive = |name| settings.configuration.number(name).filter(|number| *number > 0);
        if let Some(seconds) = positive("connect-timeout") {
            network.connect_timeout = Duration::from_secs(seconds);
        }
        if let Some(seconds) = positive("stalled-download-timeout") {
            network.stall_timeout = Duration::from_secs(seconds);
        }
        if let Some(attempts) = positive("download-attempts") {
            network.attempts = attempts.try_into().unwrap_or(u32::MAX);
        }
        if let Some(file) = settings.configuration.get("ssl-cert-file") {
            network.certificate_file = Some(file.into());
        }
        if let Some(suffix) = settings.configuration.get("user-agent-suffix") {
            network.user_agent.push_str(&format!(" {suffix}"));
        }
        network.offline = settings.offline;
        network.cancelled = Arc::clone(&cancelled);
        let session = Self {
            fetcher: Arc::new(Fetcher::new(network)),
            settings,
            sink,
            cancellation: Cancellation::from_flag(Arc::clone(&cancelled)),
            cancelled,
            store: OnceLock::new(),
            builders: OnceLock::new(),
            caches: OnceLock::new(),
            shell: OnceLock::new(),
            origins: Origins::default(),
            explanations: Explanations::default(),
            warned: Mutex::default(),
            archives: Mutex::default(),
            local_addresses: AtomicBool::new(false),
            accepted_keys: Mutex::default(),
            agreed: Mutex::default(),
        };
        for warning in &session.settings.warnings {
            session.warn(warning);
        }
        session
    }

    /// Takes the key with this whole fingerprint where an archive has a new one.
    pub fn accept_key(&self, fingerprint: &str) -> Result<(), Error> {
        let parsed: Result<Fingerprint, _> = fingerprint.parse();
        let fingerprint = parsed.map_err(|error| Error::Usage(format!("--accept-key: {error}")))?;
        let mut accepted = self.accepted_keys.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.insert(fingerprint);
        Ok(())
    }

    /// Whether the user takes this key.
    pub(crate) fn accepts_key(&self, fingerprint: &Fingerprint) -> bool {
        let accepted = self.accepted_keys.lock().unwrap_or_else(PoisonError::into_inner);
        accepted.contains(fingerprint)
    }

    /// The settings.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The settings by name, with those of flakes that the user agreed to.
    pub(crate) fn configuration(&self) -> Configuration {
        let mut configuration = self.settings.configuration.clone();
        for (name, value) in &*self.agreed.lock().unwrap_or_else(PoisonError::into_inner) {
            configuration.set(name, value);
        }
        configuration
    }

    /// Hears what a flake's `nixConfig` wants: followed where the user agreed to it, else told of.
    pub(crate) fn hear_flake_configuration(&self, wanted: &serde_json::Value) {
        let accepts = self.settings.configuration.flag("accept-flake-config") == Some(true);
        for (name, value) in wanted.as_object().into_iter().flatten() {
            let plain = name.strip_prefix("extra-").unwrap_or(name);
            if HARMLESS.contains(&plain) {
                continue;
            }
            if !accepts {
                self.warn(&format!(
                    "ignoring untrusted flake configuration setting '{name}'.\n\
                     Pass '--accept-flake-config' to trust it"
                ));
            } else if AGREEABLE.contains(&plain) {
                let mut agreed = self.agreed.lock().unwrap_or_else(PoisonError::into_inner);
                agreed.push((name.clone(), setting_text(value)));
            } else {
                self.warn(&format!(
                    "the flake's setting '{name}' has no effect: put it into your own nix.conf"
                ));
            }
        }
    }

    /// The store, made if it is not there.
    pub fn store(&self) -> Result<&Store, Error> {
        if self.store.get().is_none() {
            let opened = Store::open_with(&self.settings.store_root, self.settings.store_options())?;
            let _ = self.store.set(opened);
        }
        Ok(self.store.get().expect("it was set above"))
    }

    /// The text with trees in the store called by the names that people know.
    pub fn with_readable_paths(&self, text: &str) -> String {
        self.origins.replace(text)
    }

    /// What the configuration said of a derivation that failed.
    pub fn explanation_of(&self, derivation: &StorePath) -> Option<Explanation> {
        self.explanations.of(&derivation.to_string())
    }

    /// Whether a path in a message is one of a file that the person can edit.
    pub fn is_own_file(&self, path: &str) -> bool {
        self.origins.is_own(path)
    }

    pub(crate) fn fetcher(&self) -> &Arc<Fetcher> {
        &self.fetcher
    }

    /// Tells what happens.
    pub(crate) fn tell(&self, event: Event) {
        (self.sink)(event);
    }

    /// Warns, once of each thing, naming files as people know them.
    pub(crate) fn warn(&self, text: &str) {
        let text = self.with_readable_paths(text);
        let is_new = self
            .warned
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(text.clone());
        if is_new {
            self.tell(Event::Warning(text));
        }
    }

    /// Set as soon as the user asks to stop.
    pub(crate) fn cancelled(&self) -> &AtomicBool {
        &self.cancelled
    }

    /// Fails if the user asked to stop.
    pub(crate) fn check_cancelled(&self) -> Result<(), Error> {
        if self.cancellation.is_cancelled() {
            Err(Error::Cancelled)
        } else {
            Ok(())
        }
    }

    /// Runs a part of an operation and tells how long it took.
    pub(crate) fn phase<T>(&self, phase: Phase, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        self.check_cancelled()?;
        self.tell(Event::Began(phase));
        let began = Instant::now();
        let batch = self.store.get().map(Store::batch);
        let result = work();
        batch.map_or(Ok(()), Batch::finish)?;
        // What failed because it was asked to stop is no news.
        self.check_cancelled()?;
        let result = result?;
        self.tell(Event::Ended(phase, began.elapsed()));
        Ok(result)
    }

    /// Has the binary caches that the user named bring what they have of `wanted`.
    pub(crate) fn substitute(&self, wanted: &[DerivedPath]) -> Result<(), Error> {
        self.with_builder(|builder| Ok(builder.substitute(wanted)?))
    }

    /// Makes `wanted` valid.
    pub(crate) fn realise(&self, wanted: &[DerivedPath]) -> Result<Vec<StorePath>, Error> {
        self.with_builder(|builder| Ok(builder.realise(wanted)?))
    }

    /// Notes whether evaluation is pure: what it describes may not read this machine's files then either.
    pub(crate) fn set_pure(&self, pure: bool) {
        self.local_addresses.store(!pure, Ordering::Relaxed);
    }

    /// Hands over a builder.
    pub(crate) fn with_builder<T>(
        &self,
        work: impl FnOnce(&Builder<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let store = self.store()?;
        let registry = self
            .builders
            .get_or_init(|| builder::registry(&self.build_environment()));
        let mut settings = builder::Settings::new(self.settings.cores, &self.settings.system);
        settings.jobs = self.settings.jobs;
        settings.keep_failed = self.settings.keep_failed;
        settings.keep_going = self.settings.keep_going;
        settings.impure_environment = self.settings.environment.clone();
        settings.local_addresses = self.local_addresses.load(Ordering::Relaxed);
        self.configure(&mut settings);
        let tell = |event| match event {
            builder::Event::Warning(text) => self.warn(&text),
            event => self.tell(Event::Build(event)),
        };
        let builder = Builder::new(store, registry, settings, &tell, self.cancellation.clone());
        work(&builder.with_caches(self).signing_with(copy::secret_keys(self)?))
    }

    /// Puts what `nix.conf` says about builds into `settings`.
    fn configure(&self, settings: &mut builder::Settings) {
        let configuration = self.configuration();
        let positive = |name| configuration.number(name).filter(|number| *number > 0);
        let count = |name| positive(name).and_then(|number| usize::try_from(number).ok());
        settings.timeout = positive("timeout").map(Duration::from_secs);
        settings.silence_timeout = positive("max-silent-time").map(Duration::from_secs);
        settings.log_limit_bytes = positive("max-build-log-size");
        settings.fallback = configuration.flag("fallback").unwrap_or(false);
        settings.sandbox_paths = self.sandbox_paths();
        settings.isolation = match configuration.get("sandbox") {
            Some("relaxed") => Isolation::Relaxed,
            _ if configuration.flag("sandbox") == Some(false) => Isolation::Off,
            _ => Isolation::On,
        };
        settings.platforms = configuration.words("extra-platforms").into_iter().collect();
        if configuration.get("extra-platforms").is_none() && settings.system == "x86_64-linux" {
            settings.platforms.insert("i686-linux".to_owned());
        }
        settings.always_substitutes = configuration.flag("always-allow-substitutes").unwrap_or(false);
        settings.post_build_hook = configuration
            .get("post-build-hook")
            .filter(|hook| !hook.is_empty())
            .map(PathBuf::from);
        settings.log_lines = count("log-lines").unwrap_or(settings.log_lines);
        let downloads = ["max-substitution-jobs", "http-connections"].map(count);
        settings.fetch_jobs = downloads
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(settings.fetch_jobs);
        if configuration.get("system-features").is_some() {
            settings.system_features = configuration.words("system-features").into_iter().collect();
        } else if is_usable(Path::new("/dev/kvm")) {
            settings.system_features.insert("kvm".to_owned());
        }
    }

    /// What sandboxes show of this machine: what the settings say, and a shell as Nix shows one.
    fn sandbox_paths(&self) -> BTreeMap<PathBuf, PathBuf> {
        let mut paths = BTreeMap::new();
        for word in self.configuration().words("sandbox-paths") {
            let optional = word.ends_with('?');
            let word = word.trim_end_matches('?');
            let (inside, source) = word.split_once('=').unwrap_or((word, word));
            if !optional || Path::new(source).exists() {
                paths.insert(PathBuf::from(inside), PathBuf::from(source));
            }
        }
        let shell = self.shell.get_or_init(builder::shell_for_sandboxes);
        let is_free = |place: &PathBuf| !place.ancestors().any(|place| paths.contains_key(place));
        let shell: Vec<_> = shell.iter().filter(|(place, _)| is_free(place)).collect();
        let shell: BTreeMap<PathBuf, PathBuf> = shell
            .into_iter()
            .map(|(place, source)| (place.clone(), source.clone()))
            .collect();
        paths.extend(shell);
        paths
    }

    fn build_environment(&self) -> Environment {
        Environment {
            fetcher: Arc::clone(&self.fetcher),
            mirrors: self.mirrors(),
            npm: NpmConfiguration::from_environment(|name| self.settings.variable(name)),
            cache: self.settings.cache_folder.clone(),
        }
    }

    /// Base addresses of archives, best first: what the inputs say, then what the machine's settings say.
    pub(crate) fn mirrors(&self) -> BTreeMap<String, Vec<String>> {
        let sources = debian::lock::apt_sources(&self.settings.apt_root);
        let mut mirrors = debian::lock::mirrors(&self.settings.mirrors(), &sources);
        let archives = self.archives.lock().unwrap_or_else(PoisonError::into_inner);
        for (archive, addresses) in &*archives {
            let further = mirrors.remove(archive).unwrap_or_default();
            mirrors.insert(
                archive.clone(),
                addresses.iter().cloned().chain(further).collect(),
            );
        }
        mirrors
    }

    /// Notes where an archive can be fetched from, before anything is built.
    pub(crate) fn add_archive(&self, archive: &str, addresses: impl IntoIterator<Item = String>) {
        let mut archives = self.archives.lock().unwrap_or_else(PoisonError::into_inner);
        let known = archives.entry(archive.to_owned()).or_default();
        for address in addresses {
            if !known.contains(&address) {
                known.push(address);
            }
        }
    }
}

/// Whether a device can be read and written by this user.
fn is_usable(device: &Path) -> bool {
    std::fs::File::options()
        .read(true)
        .write(true)
        .open(device)
        .is_ok()
}

impl CacheSource for Session {
    fn caches(&self) -> Option<&Caches> {
        if self.settings.configuration.flag("substitute") == Some(false) {
            return None;
        }
        let ask = || match copy::configured(self) {
            Ok(caches) => Some(caches).filter(|caches| !caches.is_empty()),
            Err(error) => {
                self.warn(&error.to_string());
                None
            }
        };
        self.caches.get_or_init(ask).as_ref()
    }
}

/// Settings of a flake that need no agreement, as they change nothing here.
const HARMLESS: [&str; 5] = [
    "bash-prompt",
    "bash-prompt-prefix",
    "bash-prompt-suffix",
    "commit-lock-file-summary",
    "flake-registry",
];
/// Settings of a flake that are read after it was, so that agreeing to them has an effect.
const AGREEABLE: [&str; 10] = [
    "always-allow-substitutes",
    "fallback",
    "http-connections",
    "log-lines",
    "max-build-log-size",
    "max-silent-time",
    "max-substitution-jobs",
    "substituters",
    "timeout",
    "trusted-public-keys",
];

/// A value of `nixConfig` as a line of `nix.conf` says it.
fn setting_text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(setting_text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}
