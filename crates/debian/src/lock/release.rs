//! What a verified release file says, and whether it is one to lock.

use std::collections::BTreeMap;

use crate::{date, deb822};

/// How far the archive's clock may be ahead of ours, in seconds.
const CLOCK_TOLERANCE_S: u64 = 3600;

/// The fields of a release file that matter here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub suite: String,
    pub codename: String,
    pub date: u64,
    pub valid_until: Option<u64>,
    pub by_hash: bool,
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
    #[error("the suite has no component {component} for {architecture}; it has {known}")]
    NoComponent {
        /// The component that was asked for.
        component: String,
        /// The architecture.
        architecture: String,
        /// The components that are there.
        known: String,
    },
}

impl Release {
    pub fn parse(text: &str) -> Result<Self, ReleaseError> {
        parse(text).map_err(|reason| ReleaseError::Malformed { reason })
    }

    /// Whether this is a release file of `wanted` that is valid at `now` and no older than `locked`.
    pub fn check(&self, wanted: &str, now: u64, locked: Option<u64>) -> Result<(), ReleaseError> {
        if wanted != self.suite && wanted != self.codename {
            return Err(ReleaseError::WrongSuite {
                wanted: wanted.to_owned(),
                suite: self.suite.clone(),
                codename: self.codename.clone(),
            });
        }
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

    /// The package index of a component in the best compression there is.
    pub fn index(&self, component: &str, architecture: &str) -> Result<&IndexFile, ReleaseError> {
        let found = ["Packages.xz", "Packages.gz", "Packages"]
            .iter()
            .find_map(|name| {
                let path = format!("{component}/binary-{architecture}/{name}");
                self.files.get(&path)
            });
        found.ok_or_else(|| ReleaseError::NoComponent {
            component: component.to_owned(),
            architecture: architecture.to_owned(),
            known: self.components.join(" "),
        })
    }
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
    Ok(Release {
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
        let index = release.index("main", "amd64").expect("it is there");
        assert_eq!(
            (index.path.as_str(), index.size),
            ("main/binary-amd64/Packages.xz", 7)
        );
        let error = release.index("universe", "amd64").expect_err("it is not there");
        assert!(error.to_string().contains("main contrib"), "{error}");
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
