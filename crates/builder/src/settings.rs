//! How builds are run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

/// How builds are run. Values that depend on the machine come from the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// How many derivations are built at the same time.
    pub jobs: usize,
    /// How many fixed outputs are fetched at the same time, beside the builds.
    pub fetch_jobs: usize,
    /// How many threads one builder should use.
    pub cores: usize,
    /// The kind of machine, such as `x86_64-linux`.
    pub system: String,
    /// Build what does not depend on a failed derivation before giving up.
    pub keep_going: bool,
    /// Leave the directory of a failed build for a person to look at.
    pub keep_failed: bool,
    /// How many of the log's last lines an error shows.
    pub log_lines: usize,
    /// How long a builder may take; nothing means for ever.
    pub timeout: Option<Duration>,
    /// How long a builder may be silent; nothing means for ever.
    pub silence_timeout: Option<Duration>,
    /// Build what a binary cache has and cannot deliver.
    pub fallback: bool,
    /// How many bytes a builder may say; nothing means as many as it likes.
    pub log_limit_bytes: Option<u64>,
    /// What this machine can do beyond the ordinary, as `requiredSystemFeatures` names it.
    pub system_features: BTreeSet<String>,
    /// Variables of the caller that fixed outputs may see if they name them in `impureEnvVars`.
    pub impure_environment: BTreeMap<String, String>,
    /// Kinds of machine beside [`Self::system`] whose programs run here.
    pub platforms: BTreeSet<String>,
    /// How much of this machine builders see.
    pub isolation: Isolation,
    /// Take from binary caches also what asks to be built.
    pub always_substitutes: bool,
    /// A program of the user's that is run after each build with `DRV_PATH` and `OUT_PATHS` in its environment.
    pub post_build_hook: Option<PathBuf>,
    /// Files and directories of this machine that sandboxes without a sysroot show read-only: path inside to path here.
    pub sandbox_paths: BTreeMap<PathBuf, PathBuf>,
    /// Whether built-in fetchers read `file:` addresses of this machine, as what was evaluated impurely may.
    pub local_addresses: bool,
}

impl Settings {
    /// Ordinary settings for a machine with `cores` cores of kind `system`.
    pub fn new(cores: usize, system: &str) -> Self {
        Self {
            jobs: cores.max(1),
            fetch_jobs: 8,
            cores: cores.max(1),
            system: system.to_owned(),
            keep_going: false,
            keep_failed: false,
            log_lines: 25,
            timeout: None,
            silence_timeout: None,
            fallback: false,
            log_limit_bytes: None,
            system_features: ["benchmark", "big-parallel", "nixos-test"]
                .map(str::to_owned)
                .into(),
            impure_environment: BTreeMap::new(),
            platforms: BTreeSet::new(),
            isolation: Isolation::On,
            always_substitutes: false,
            post_build_hook: None,
            sandbox_paths: BTreeMap::new(),
            local_addresses: false,
        }
    }
}

/// How much of this machine builders see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Isolation {
    /// Their inputs only.
    On,
    /// The same, unless a derivation says `__noChroot`.
    Relaxed,
    /// This machine's files, read-only, and its network.
    Off,
}
