//! Every setting of Nix 2.34, and what hardpan makes of it: it works, it is refused, or it has no meaning here.
//!
//! `docs/settings.md` is this table for people.

use Kind::{Flag, List, Number, Text};
use Standing::{NoMeaning, Refused, Works};

/// What hardpan makes of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It does what it does in Nix; where it does something else, the note says so.
    Works,
    /// Another value than the default is an error on the command line and a warning in a file; the note says what to
    /// do instead.
    Refused,
    /// It is accepted, as there is nothing here that it could change; the note says why.
    NoMeaning,
}

impl Standing {
    /// The word for it in the table for people.
    pub const fn word(self) -> &'static str {
        match self {
            Works => "works",
            Refused => "refused",
            NoMeaning => "no meaning",
        }
    }
}

/// What a setting's value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number.
    Number,
    /// Words with blanks between; `extra-NAME` adds to them.
    List,
    /// Anything else.
    Text,
}

/// One setting of Nix.
#[derive(Clone, Copy, Debug)]
pub struct KnownSetting {
    /// Its name.
    pub name: &'static str,
    /// What hardpan makes of it.
    pub standing: Standing,
    /// What its value is.
    pub kind: Kind,
    /// The value with which it changes nothing.
    pub default: &'static str,
    /// What there is to say about it.
    pub note: &'static str,
}

impl KnownSetting {
    /// The setting called `name`, which is no alias.
    pub fn find(name: &str) -> Option<&'static Self> {
        KNOWN
            .binary_search_by(|known| known.name.cmp(name))
            .ok()
            .and_then(|position| KNOWN.get(position))
    }

    /// What is wrong with `value`, in Nix's words.
    pub fn complain(&self, value: &str) -> Option<String> {
        let name = self.name;
        match self.kind {
            Flag if name != "sandbox" && !matches!(value, "true" | "yes" | "1" | "false" | "no" | "0") => {
                Some(format!("Boolean setting '{name}' has invalid value '{value}'"))
            }
            Number if value.parse::<u64>().is_err() && !(name == "max-jobs" && value == "auto") => {
                Some(format!("setting '{name}' has invalid value '{value}'"))
            }
            Flag if name == "sandbox" && !matches!(value, "true" | "false" | "relaxed") => {
                Some(format!("option '{name}' has invalid value '{value}'"))
            }
            _ => None,
        }
    }

    /// Whether `value` asks for what is not there.
    pub fn is_refused(&self, value: &str) -> bool {
        let same = match self.kind {
            Flag => is_on(value) == is_on(self.default),
            _ => value == self.default || value.is_empty(),
        };
        self.standing == Refused && !same
    }
}

fn is_on(value: &str) -> bool {
    matches!(value, "true" | "yes" | "1")
}

/// The name of the setting that `name` means: Nix still takes the names that settings had before.
pub fn canonical(name: &str) -> &str {
    let found = ALIASES.iter().find(|(alias, _)| *alias == name);
    found.map_or(name, |(_, name)| name)
}

/// Former names.
pub const ALIASES: &[(&str, &str)] = &[
    ("binary-cache-public-keys", "trusted-public-keys"),
    ("binary-caches", "substituters"),
    ("binary-caches-parallel-connections", "http-connections"),
    ("build-chroot-dirs", "sandbox-paths"),
    ("build-compress-log", "compress-build-log"),
    ("build-cores", "cores"),
    ("build-fallback", "fallback"),
    ("build-impersonate-linux-26", "impersonate-linux-26"),
    ("build-keep-log", "keep-build-log"),
    ("build-max-jobs", "max-jobs"),
    ("build-max-log-size", "max-build-log-size"),
    ("build-max-silent-time", "max-silent-time"),
    ("build-sandbox-paths", "sandbox-paths"),
    ("build-timeout", "timeout"),
    ("build-use-chroot", "sandbox"),
    ("build-use-sandbox", "sandbox"),
    ("build-use-substitutes", "substitute"),
    ("commit-lockfile-summary", "commit-lock-file-summary"),
    ("env-keep-derivations", "keep-env-derivations"),
    ("gc-keep-derivations", "keep-derivations"),
    ("gc-keep-outputs", "keep-outputs"),
    ("substitution-max-jobs", "max-substitution-jobs"),
    ("trusted-binary-caches", "trusted-substituters"),
];

const fn row(
    name: &'static str,
    standing: Standing,
    kind: Kind,
    default: &'static str,
    note: &'static str,
) -> KnownSetting {
    KnownSetting {
        name,
        standing,
        kind,
        default,
        note,
    }
}

/// All of them, by name.
#[rustfmt::skip]
pub const KNOWN: &[KnownSetting] = &[
    row("abort-on-warn", Works, Flag, "false", ""),
    row("accept-flake-config", Works, Flag, "false", "it reaches what builds and caches read, as evaluation has begun by then; other settings of a flake are warned of"),
    row("access-tokens", Refused, List, "", "put the token into the file that `netrc-file` names"),
    row("allow-dirty", Refused, Flag, "true", "a work tree that is dirty is warned of (`warn-dirty`): commit before you build"),
    row("allow-dirty-locks", Refused, Flag, "false", "commit the input that is dirty"),
    row("allow-import-from-derivation", Works, Flag, "true", ""),
    row("allow-new-privileges", Refused, Flag, "false", "no build may gain privileges"),
    row("allow-symlinked-store", Refused, Flag, "false", "name the folder that the link leads to"),
    row("allow-unsafe-native-code-during-evaluation", Refused, Flag, "false", "evaluation runs no native code; build a derivation instead"),
    row("allowed-impure-host-deps", NoMeaning, List, "", "it is about macOS"),
    row("allowed-uris", Works, List, "", ""),
    row("allowed-users", NoMeaning, List, "*", "there is no daemon that others could ask"),
    row("always-allow-substitutes", Works, Flag, "false", ""),
    row("auto-allocate-uids", Refused, Flag, "false", "every build is its own user already, in a user namespace"),
    row("auto-optimise-store", Works, Flag, "false", ""),
    row("bash-prompt", NoMeaning, Text, "", "there is no `develop`"),
    row("bash-prompt-prefix", NoMeaning, Text, "", "there is no `develop`"),
    row("bash-prompt-suffix", NoMeaning, Text, "", "there is no `develop`"),
    row("build-dir", Refused, Text, "", "builds lie below the store's folder: choose that with `store`"),
    row("build-hook", NoMeaning, List, "nix __build-remote", "builds run on this machine only"),
    row("build-poll-interval", NoMeaning, Number, "5", "waiting for a lock costs nothing"),
    row("build-users-group", NoMeaning, Text, "", "builds run in user namespaces and need no accounts"),
    row("builders", Refused, Text, "@/etc/nix/machines", "builds run on this machine only: bring their results with `hardpan copy --from`"),
    row("builders-use-substitutes", NoMeaning, Flag, "false", "builds run on this machine only"),
    row("commit-lock-file-summary", NoMeaning, Text, "", "lock files are not committed for you"),
    row("compress-build-log", Refused, Flag, "true", "`hardpan log` reads compressed logs"),
    row("connect-timeout", Works, Number, "15", ""),
    row("cores", Works, Number, "0", ""),
    row("debugger-on-trace", Refused, Flag, "false", "there is no debugger: `hardpan repl` evaluates parts"),
    row("debugger-on-warn", Refused, Flag, "false", "there is no debugger: `abort-on-warn` with `--show-trace` says where"),
    row("diff-hook", NoMeaning, Text, "", "it counts only where `run-diff-hook` is on"),
    row("download-attempts", Works, Number, "5", ""),
    row("download-buffer-size", NoMeaning, Number, "1048576", "downloads are written as they come"),
    row("download-speed", Refused, Number, "0", "limit the network outside of hardpan"),
    row("eval-attrset-update-layer-rhs-threshold", NoMeaning, Number, "16", "sets are laid out otherwise"),
    row("eval-cache", NoMeaning, Flag, "true", "evaluation is quick enough without a cache"),
    row("eval-profile-file", NoMeaning, Text, "nix.profile", "it counts only where `eval-profiler` is on"),
    row("eval-profiler", Refused, Text, "disabled", "profile the program itself, with `perf`"),
    row("eval-profiler-frequency", NoMeaning, Number, "99", "it counts only where `eval-profiler` is on"),
    row("eval-system", Works, Text, "", ""),
    row("experimental-features", Works, List, "", "what is no experiment here is on anyway"),
    row("external-builders", Refused, Text, "[]", "builds run in hardpan's own sandbox only"),
    row("extra-platforms", Works, List, "", "set it to what this machine can run"),
    row("fallback", Works, Flag, "false", ""),
    row("filter-syscalls", Refused, Flag, "true", "the filter keeps setuid files out of the store"),
    row("flake-registry", NoMeaning, Text, "", "only the registries of this machine and this user are read"),
    row("fsync-metadata", Works, Flag, "true", ""),
    row("fsync-store-paths", Works, Flag, "true", "on by default, unlike in Nix"),
    row("gc-reserved-space", NoMeaning, Number, "8388608", "collecting garbage needs no room"),
    row("hashed-mirrors", Refused, List, "", "name the mirrors in `urls` of the derivation"),
    row("http-connections", Works, Number, "25", "how many downloads run side by side, with `max-substitution-jobs`; 8 unless set"),
    row("http2", NoMeaning, Flag, "true", "downloads speak HTTP/1.1"),
    row("id-count", NoMeaning, Number, "8388608", "it counts only where `auto-allocate-uids` is on"),
    row("ignore-try", Refused, Flag, "false", "there is no debugger"),
    row("ignored-acls", NoMeaning, List, "", "nothing in the store has access control lists"),
    row("impersonate-linux-26", Refused, Flag, "false", "run the builder with `setarch --uname-2.6`"),
    row("impure-env", Refused, List, "", "name the variables in `impureEnvVars` of the derivation"),
    row("json-log-path", Refused, Text, "", "`--json` tells programs what happens"),
    row("keep-build-log", Refused, Flag, "true", "`hardpan store gc` deletes logs with their derivations"),
    row("keep-derivations", Works, Flag, "true", ""),
    row("keep-env-derivations", NoMeaning, Flag, "false", "there is no `nix-env`"),
    row("keep-failed", Works, Flag, "false", ""),
    row("keep-going", Works, Flag, "false", ""),
    row("keep-outputs", Works, Flag, "false", ""),
    row("lint-absolute-path-literals", Refused, Text, "ignore", "evaluation has no lints"),
    row("lint-short-path-literals", Refused, Text, "ignore", "evaluation has no lints"),
    row("lint-url-literals", Refused, Text, "ignore", "evaluation has no lints; the feature `no-url-literals` forbids them"),
    row("log-lines", Works, Number, "25", ""),
    row("max-build-log-size", Works, Number, "0", ""),
    row("max-call-depth", Works, Number, "10000", ""),
    row("max-free", NoMeaning, Number, "9223372036854775807", "it counts only where `min-free` is set"),
    row("max-jobs", Works, Number, "1", "as many as there are cores unless set; 0 is refused, as builds run on this machine only"),
    row("max-silent-time", Works, Number, "0", ""),
    row("max-substitution-jobs", Works, Number, "16", "8 unless set"),
    row("min-free", Refused, Number, "0", "`hardpan store gc --max-freed` makes room when you say so"),
    row("min-free-check-interval", NoMeaning, Number, "5", "it counts only where `min-free` is set"),
    row("nar-buffer-size", NoMeaning, Number, "33554432", "archives are never held in memory"),
    row("narinfo-cache-meta-ttl", NoMeaning, Number, "604800", "a cache is asked about itself once in a run"),
    row("narinfo-cache-negative-ttl", Works, Number, "3600", ""),
    row("narinfo-cache-positive-ttl", NoMeaning, Number, "2592000", "what a cache has is asked each time"),
    row("netrc-file", Works, Text, "", ""),
    row("nix-path", Works, List, "", ""),
    row("nix-shell-always-looks-for-shell-nix", NoMeaning, Flag, "true", "there is no `nix-shell`"),
    row("nix-shell-shebang-arguments-relative-to-script", NoMeaning, Flag, "true", "there is no `nix-shell`"),
    row("plugin-files", Refused, List, "", "there are no plugins"),
    row("post-build-hook", Works, Text, "", ""),
    row("pre-build-hook", Refused, Text, "", "name what builds may see in `sandbox-paths`"),
    row("preallocate-contents", NoMeaning, Flag, "false", "it changes only how a file lies on the disk"),
    row("print-missing", NoMeaning, Flag, "true", "a build says in one line how much there is to do"),
    row("pure-eval", Works, Flag, "false", ""),
    row("require-drop-supplementary-groups", NoMeaning, Flag, "true", "a user namespace has no others"),
    row("require-sigs", Works, Flag, "true", ""),
    row("restrict-eval", Works, Flag, "false", ""),
    row("run-diff-hook", Refused, Flag, "false", "`build --rebuild --keep-failed` keeps both results"),
    row("sandbox", Works, Flag, "true", "`false`, and `relaxed` with `__noChroot`, show builds this machine's files, read-only, and its network"),
    row("sandbox-build-dir", Refused, Text, "/build", "builds see their folder as /build"),
    row("sandbox-dev-shm-size", Refused, Text, "50%", "/dev/shm has half of the memory"),
    row("sandbox-fallback", NoMeaning, Flag, "true", "a build without a sandbox happens only where `sandbox` says so"),
    row("sandbox-paths", Works, List, "", ""),
    row("secret-key-files", Works, List, "", ""),
    row("show-trace", Works, Flag, "false", ""),
    row("ssl-cert-file", Works, Text, "", ""),
    row("stalled-download-timeout", Works, Number, "300", "60 unless set"),
    row("start-id", NoMeaning, Number, "872415232", "it counts only where `auto-allocate-uids` is on"),
    row("store", Works, Text, "auto", ""),
    row("substitute", Works, Flag, "true", ""),
    row("substituters", Works, List, "https://cache.nixos.org/", "none unless set"),
    row("sync-before-registering", NoMeaning, Flag, "false", "`fsync-store-paths` is on"),
    row("system", Works, Text, "x86_64-linux", ""),
    row("system-features", Works, List, "", ""),
    row("tarball-ttl", NoMeaning, Number, "3600", "what is not locked is asked for each time"),
    row("timeout", Works, Number, "0", ""),
    row("trace-function-calls", Refused, Flag, "false", "profile the program itself, with `perf`"),
    row("trace-import-from-derivation", Refused, Flag, "false", "`allow-import-from-derivation = false` says where it happens"),
    row("trace-verbose", Works, Flag, "false", ""),
    row("trust-tarballs-from-git-forges", NoMeaning, Flag, "true", "what is locked has a hash"),
    row("trusted-public-keys", Works, List, "", ""),
    row("trusted-substituters", NoMeaning, List, "", "there is no daemon that others could ask"),
    row("trusted-users", NoMeaning, List, "root", "there is no daemon that others could ask"),
    row("upgrade-nix-store-path-url", NoMeaning, Text, "", "there is no `upgrade-nix`"),
    row("use-case-hack", NoMeaning, Flag, "false", "it is about macOS"),
    row("use-cgroups", Refused, Flag, "false", "builds end with their process namespace"),
    row("use-registries", Works, Flag, "true", ""),
    row("use-sqlite-wal", Refused, Flag, "true", "the database survives a power cut only so"),
    row("use-xdg-base-directories", NoMeaning, Flag, "false", "there are no profiles and channels to lay elsewhere"),
    row("user-agent-suffix", Works, Text, "", ""),
    row("warn-dirty", Works, Flag, "true", ""),
    row("warn-large-path-threshold", Refused, Number, "0", "`hardpan path-info --size` tells the size of a path"),
    row("warn-short-path-literals", Refused, Flag, "false", "evaluation has no lints"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Configuration;

    #[test]
    fn the_table_is_in_order_and_complete() {
        assert!(KNOWN.is_sorted_by(|before, after| before.name < after.name));
        for known in KNOWN {
            assert_eq!(
                known.complain(known.default).filter(|_| known.kind != Text),
                None,
                "{}",
                known.name
            );
            assert!(
                known.standing == Works || !known.note.is_empty(),
                "{}",
                known.name
            );
        }
        for (alias, name) in ALIASES {
            assert!(
                KnownSetting::find(name).is_some() && KnownSetting::find(alias).is_none(),
                "{alias}"
            );
        }
    }

    /// A value that asks for something.
    fn other_value(known: &KnownSetting) -> &'static str {
        match known.kind {
            Flag if is_on(known.default) => "false",
            Flag => "true",
            Number if known.default == "1" => "2",
            Number => "1",
            List | Text => "other",
        }
    }

    #[test]
    fn each_setting_is_what_the_table_says() {
        for known in KNOWN {
            let mut asked = Configuration::default();
            asked.set(known.name, other_value(known));
            let answer = asked.check();
            match known.standing {
                Refused => {
                    let error = answer.expect_err(known.name).to_string();
                    assert!(
                        error.contains(known.name) && error.contains(known.note),
                        "{error}"
                    );
                }
                Works | NoMeaning => assert_eq!(answer.ok(), Some(Vec::new()), "{}", known.name),
            }
            let mut usual = Configuration::default();
            usual.set(known.name, known.default);
            assert_eq!(usual.check().ok(), Some(Vec::new()), "{}", known.name);
        }
    }

    #[test]
    fn files_are_warned_of_what_the_command_line_is_refused() {
        let configuration = |text: &str| {
            let variables = [
                ("NIX_CONFIG", text),
                ("NIX_CONF_DIR", "/nonexistent"),
                ("NIX_USER_CONF_FILES", "/nonexistent"),
            ];
            Configuration::from_environment(&variables.map(|(name, text)| (name.into(), text.into())).into())
        };
        let table: &[(&str, &[&str])] = &[
            (
                "use-cgroups = true",
                &["setting 'use-cgroups' has no effect here: builds end with their process namespace"],
            ),
            ("use-cgroups = false", &[]),
            (
                "extra-sandbox-paths = /a\nextra-platforms = i686-linux\nbuild-cores = 2",
                &[],
            ),
            (
                "sandbx = true\nextra-nothing = 1",
                &["unknown setting 'sandbx'", "unknown setting 'extra-nothing'"],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(
                configuration(text).check().ok().unwrap_or_default(),
                *expected,
                "{text}"
            );
        }
        for (text, expected) in [
            (
                "keep-going = maybe",
                "Boolean setting 'keep-going' has invalid value 'maybe'",
            ),
            ("timeout = soon", "setting 'timeout' has invalid value 'soon'"),
            (
                "sandbox = perhaps",
                "option 'sandbox' has invalid value 'perhaps'",
            ),
        ] {
            let error = configuration(text).check().expect_err(text);
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn the_documents_have_the_same_table() {
        let table: String = KNOWN
            .iter()
            .map(|known| {
                format!(
                    "| `{}` | {} | {} |\n",
                    known.name,
                    known.standing.word(),
                    known.note
                )
            })
            .collect();
        let page = include_str!("../../../docs/settings.md");
        let rows: String = page
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(rows, table);
    }
}
