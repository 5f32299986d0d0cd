//! What a verified release file says, and whether it is one to lock.

use std::collections::BTreeMap;

use crate::suite::{Suite, is_flat};
use crate::{date, deb822};

/// How far the archive's clock may be ahead of ours, in seconds.
const CLOCK_TOLERANCE_S: u64 = 3600;
/// For how long a release file that says nothing of its end counts without a word, in seconds.
const SILENT_AGE_S: u64 = 180 * 86_400;
/// What package indexes are called, the best compression first.
const INDEX_NAMES: [&str; 5] = [
    "Packages.xz",
    "Packages.zst",
    "Packages.gz",
    "Packages.bz2",
    "Packages",
];

/// The fields of a release file that matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    pub(super) suite: String,
    pub(super) codename: String,
    pub(super) date: u64,
    pub(super) valid_until: Option<u64>,
    pub(super) by_hash: bool,
    /// Whether packages of all architectures stand in indexes of their own.
    has_index_of_all: bool,
    components: Vec<String>,
    /// SHA-256 and size by path below the suite.
    files: BTreeMap<String, IndexFile>,
}

/// A file that a release file vouches for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IndexFile {
    pub path: String,
    pub sha256: String,
    pub size: u64,
}

/// Why a release file cannot be locked although its signature is good.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// It cannot be understood.
    #[error("the release file makes no sense: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// It is the release file of another suite.
    #[error("the release file is that of suite {suite:?}, code name {codename:?}, and not of {wanted}")]
    WrongSuite {
        /// The suite that was asked for.
        wanted: String,
        /// The one it names.
        suite: String,
        /// Its code name.
        codename: String,
    },
    /// Its date lies ahead.
    #[error("the release file is dated {}, which lies in the future; is the clock of this machine right?", date::display(*.date))]
    Future {
        /// Its date.
        date: u64,
    },
    /// It is out of date.
    #[error("the release file was valid until {} only; the mirror is stale", date::display(*.until))]
    Expired {
        /// When it ended.
        until: u64,
    },
    /// It is older than the one locked before.
    #[error("the release file is of {}, older than the locked one of {}", date::display(*.date), date::display(*.locked))]
    Rollback {
        /// Its date.
        date: u64,
        /// The date locked before.
        locked: u64,
    },
    /// A component is not there.
    #[error("the suite has no component {component} for {architecture}; {}", describe(.known, .architectures))]
    NoComponent {
        /// The component that was asked for.
        component: String,
        /// The architecture.
        architecture: String,
        /// The components that are there.
        known: String,
        /// The architectures that it has indexes of.
        architectures: Vec<String>,
    },
    /// A folder without suites has no index.
    #[error("the archive's folder has no package index: none of {} is in its release file", INDEX_NAMES.join(", "))]
    NoIndex,
}

fn describe(components: &str, architectures: &[String]) -> String {
    match architectures {
        [] => format!("it has {components}"),
        architectures => format!("it has {components} for {}", architectures.join(", ")),
    }
}

impl Release {
    /// Reads the text of a release file, which should be one that was signed.
    pub fn parse(text: &str) -> Result<Self, ReleaseError> {
        parse(text).map_err(|reason| ReleaseError::Malformed { reason })
    }

    /// Whether this is a release file of `wanted` that is valid at `now` and no older than `locked`.
    pub fn check(&self, wanted: &str, now: u64, locked: Option<u64>) -> Result<(), ReleaseError> {
        self.check_name(wanted)?;
        if self.date > now.saturating_add(CLOCK_TOLERANCE_S) {
            return Err(ReleaseError::Future { date: self.date });
        }
        if let Some(until) = self.valid_until.filter(|until| *until < now) {
            return Err(ReleaseError::Expired { until });
        }
        match locked {
            Some(locked) if locked > self.date => Err(ReleaseError::Rollback {
                date: self.date,
                locked,
            }),
            _ => Ok(()),
        }
    }

    /// Whether this is a release file of `wanted`: it has that name, or that of the folder around it, or none. A folder
    /// without suites has no name.
    pub(super) fn check_name(&self, wanted: &str) -> Result<(), ReleaseError> {
        let is_own = |name: &str| name == self.suite || name == self.codename;
        let is_nameless = self.suite.is_empty() && self.codename.is_empty();
        let around = wanted.rsplit_once('/').is_some_and(|(around, _)| is_own(around));
        if is_flat(wanted) || is_nameless || is_own(wanted) || around {
            return Ok(());
        }
        Err(ReleaseError::WrongSuite {
            wanted: wanted.to_owned(),
            suite: self.suite.clone(),
            codename: self.codename.clone(),
        })
    }

    /// How many days old it is, if it is old and does not say itself until when it counts.
    pub(super) fn silent_age_days(&self, now: u64) -> Option<u64> {
        let age_s = now.saturating_sub(self.date);
        (self.valid_until.is_none() && age_s > SILENT_AGE_S).then_some(age_s / 86_400)
    }

    /// The package indexes of a suite that are needed for an architecture, each in all compressions there are, the best
    /// first. The text is the folder in which an index is kept.
    pub(super) fn indexes(&self, suite: &Suite, architecture: &str) -> Result<Vec<Wanted<'_>>, ReleaseError> {
        if suite.is_flat() {
            let files = self.forms("");
            return match files.is_empty() {
                true => Err(ReleaseError::NoIndex),
                false => Ok(vec![Wanted {
                    component: String::new(),
                    folder: String::new(),
                    files,
                }]),
            };
        }
        let mut wanted = Vec::new();
        for component in &suite.components {
            let of = |architecture: &str, folder: String| {
                let files = self.forms(&format!("{component}/binary-{architecture}/"));
                let component = component.clone();
                (!files.is_empty()).then_some(Wanted {
                    component,
                    folder,
                    files,
                })
            };
            let own = of(architecture, component.clone());
            let all = self
                .has_index_of_all
                .then(|| of("all", format!("{component}/binary-all")))
                .flatten();
            if own.is_none() && all.is_none() {
                return Err(self.no_component(component, architecture));
            }
            wanted.extend(own.into_iter().chain(all));
        }
        Ok(wanted)
    }

    /// The files of an index in the order of [`INDEX_NAMES`].
    fn forms(&self, folder: &str) -> Vec<&IndexFile> {
        let names = INDEX_NAMES.iter();
        names
            .filter_map(|name| self.files.get(&format!("{folder}{name}")))
            .collect()
    }

    fn no_component(&self, component: &str, architecture: &str) -> ReleaseError {
        let prefix = format!("{component}/binary-");
        let mut architectures: Vec<String> = self
            .files
            .keys()
            .filter_map(|path| Some(path.strip_prefix(&prefix)?.split_once('/')?.0.to_owned()))
            .collect();
        architectures.dedup();
        ReleaseError::NoComponent {
            component: component.to_owned(),
            architecture: architecture.to_owned(),
            known: self.components.join(" "),
            architectures,
        }
    }
}

/// A package index that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted<'r> {
    /// Its component; nothing where there are none.
    pub component: String,
    /// The folder of the suite in which it is kept.
    pub folder: String,
    /// Its forms, the best one first.
    pub files: Vec<&'r IndexFile>,
}

fn parse(text: &str) -> Result<Release, String> {
    let mut paragraphs = deb822::paragraphs(text);
    let paragraph = paragraphs.next().ok_or("it is empty")??;
    if paragraphs.next().is_some() {
        return Err("it has more than one paragraph".to_owned());
    }
    let field = |name: &str| paragraph.get(name).unwrap_or_default();
    let time = |name: &str| match paragraph.get(name) {
        None => Ok(None),
        Some(value) => date::parse(value)
            .map(Some)
            .ok_or_else(|| format!("{name} {value:?} is not a date")),
    };
    let has_word = |name: &str, word: &str| field(name).split_whitespace().any(|other| other == word);
    Ok(Release {
        has_index_of_all: has_word("Architectures", "all")
            && !has_word("No-Support-for-Architecture-all", "Packages"),
        suite: field("Suite").to_owned(),
        codename: field("Codename").to_owned(),
        date: time("Date")?.ok_or("it has no date")?,
        valid_until: time("Valid-Until")?,
        by_hash: field("Acquire-By-Hash") == "yes",
        components: field("Components")
            .split_whitespace()
            .map(str::to_owned)
            .collect(),
        files: files(paragraph.get("SHA256").ok_or("it has no SHA256 sums")?)?,
    })
}

fn files(sums: &str) -> Result<BTreeMap<String, IndexFile>, String> {
    let mut files = BTreeMap::new();
    for line in sums.lines().filter(|line| !line.trim().is_empty()) {
        let bad = || format!("{line:?} is not a hash, a size and a path");
        let words: Vec<&str> = line.split_whitespace().collect();
        let [sha256, size, path] = words[..] else {
            return Err(bad());
        };
        let is_hash = sha256.len() == 64 && sha256.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = size.parse().ok().filter(|_| is_hash).ok_or_else(bad)?;
        let path = path.trim_start_matches("./");
        let file = IndexFile {
            path: path.to_owned(),
            sha256: sha256.to_ascii_lowercase(),
            size,
        };
        files.insert(path.to_owned(), file);
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 1_795_252_544;

    fn release(more: &str) -> String {
        let sha256 = "a".repeat(64);
        format!(
            "Suite: stable\nCodename: trixie\nDate: Sat, 21 Nov 2026 09:15:44 UTC\nComponents: main contrib\n\
             {more}SHA256:\n {sha256} 12 main/binary-amd64/Packages\n {sha256} 7 main/binary-amd64/Packages.xz\n"
        )
    }

    #[test]
    fn fields_are_read() {
        let release = Release::parse(&release("Acquire-By-Hash: yes\n")).expect("it is sound");
        assert_eq!(
            (release.date, release.by_hash, release.valid_until),
            (NOW, true, None)
        );
        let wanted = |component: &str, architecture: &str| {
            let suite = Suite {
                name: "trixie".to_owned(),
                components: vec![component.to_owned()],
            };
            let indexes = release.indexes(&suite, architecture)?;
            let files = indexes.iter().flat_map(|index| &index.files);
            Ok::<_, ReleaseError>(
                files
                    .map(|file| (file.path.clone(), file.size))
                    .collect::<Vec<_>>(),
            )
        };
        assert_eq!(
            wanted("main", "amd64").expect("it is there"),
            [
                ("main/binary-amd64/Packages.xz".to_owned(), 7),
                ("main/binary-amd64/Packages".to_owned(), 12)
            ]
        );
        for (component, architecture, expected) in [
            (
                "universe",
                "amd64",
                "no component universe for amd64; it has main contrib",
            ),
            ("main", "arm64", "for arm64; it has main contrib for amd64"),
        ] {
            let error = wanted(component, architecture)
                .expect_err("it is not there")
                .to_string();
            assert!(error.ends_with(expected), "{error}");
        }
    }

    #[test]
    fn names_are_compared_as_apt_does() {
        let text = release("");
        for (suite, codename, wanted, fits) in [
            ("Suite: stable\n", "Codename: trixie\n", "trixie", true),
            ("", "", "anything", true),
            ("", "Codename: bookworm/db\n", "bookworm/db/8.0", true),
            ("Suite: stable\n", "", "bookworm", false),
            ("Suite: stable\n", "", "./", true),
        ] {
            let text = text
                .replace("Suite: stable\n", suite)
                .replace("Codename: trixie\n", codename);
            let release = Release::parse(&text).expect("it is sound");
            assert_eq!(
                release.check_name(wanted).is_ok(),
                fits,
                "{suite}{codename}{wanted}"
            );
        }
    }

    #[test]
    fn an_old_release_without_an_end_is_told() {
        let day = 86_400;
        let plain = Release::parse(&release("")).expect("it is sound");
        assert_eq!(plain.silent_age_days(NOW + 180 * day), None);
        assert_eq!(plain.silent_age_days(NOW + 731 * day), Some(731));
        let limited = release("Valid-Until: Sat, 28 Nov 2026 09:15:44 UTC\n");
        let limited = Release::parse(&limited).expect("it is sound");
        assert_eq!(limited.silent_age_days(NOW + 731 * day), None);
    }

    #[test]
    fn what_must_not_be_locked_is_refused() {
        let plain = release("");
        let limited = release("Valid-Until: Sat, 28 Nov 2026 09:15:44 UTC\n");
        let week = 7 * 86_400;
        for (name, text, suite, now, locked, expected) in [
            ("right", &plain, "trixie", NOW, None, None),
            ("by its other name", &plain, "stable", NOW, Some(NOW), None),
            ("clock a little behind", &plain, "trixie", NOW - 3600, None, None),
            (
                "future",
                &plain,
                "trixie",
                NOW - 3601,
                None,
                Some("lies in the future"),
            ),
            ("in time", &limited, "trixie", NOW + week, None, None),
            (
                "expired",
                &limited,
                "trixie",
                NOW + week + 1,
                None,
                Some("until 2026-11-28 09:15:44 UTC only"),
            ),
            (
                "other suite",
                &plain,
                "bookworm",
                NOW,
                None,
                Some("not of bookworm"),
            ),
            (
                "rollback",
                &plain,
                "trixie",
                NOW,
                Some(NOW + 1),
                Some("older than the locked one"),
            ),
        ] {
            let release = Release::parse(text).expect("it is sound");
            let error = release
                .check(suite, now, locked)
                .err()
                .map(|error| error.to_string());
            match (&error, expected) {
                (None, None) => {}
                (Some(error), Some(expected)) => assert!(error.contains(expected), "{name}: {error}"),
                _ => panic!("{name}: {error:?}"),
            }
        }
    }

    #[test]
    fn files_that_make_no_sense_are_refused() {
        let good = release("");
        for (name, text, expected) in [
            ("empty", String::new(), "empty"),
            ("two paragraphs", format!("{good}\n{good}"), "more than one"),
            ("no date", good.replace("Date", "X-Date"), "no date"),
            ("bad date", good.replace("21 Nov", "21 Foo"), "not a date"),
            ("no sums", good.replace("SHA256", "MD5Sum"), "SHA256"),
            ("short hash", good.replace("aaa", ""), "not a hash"),
            ("no size", good.replace(" 12 ", " "), "not a hash"),
        ] {
            let error = Release::parse(&text).expect_err(name).to_string();
            assert!(error.contains(expected), "{name}: {error}");
        }
    }
}
