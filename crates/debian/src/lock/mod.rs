//! Locks suites of Debian archives: verified release files and package indexes become a tree that is kept by hash.

mod error;
mod mirrors;
mod pins;
mod release;
mod restore;
mod signed;
#[cfg(test)]
mod tests;
mod verify;
#[cfg(test)]
mod world;

pub use error::{LockError, MirrorFailure, MirrorProblem};
pub use mirrors::{AptSource, apt_sources, mirrors, parse_list, parse_sources, snapshots};
pub use pins::{Pin, Pins};
pub use release::{Release, ReleaseError};
pub use restore::restore;
pub use verify::verify_tree;

use std::fs;
use std::path::Path;

use fetch::{Download, Fetcher};
use nix_formats::{Hash, HashAlgorithm};

use crate::date;
use crate::signature::{Keyring, Moment, SignedText};
pub use crate::suite::Suite;
use crate::suite::{folder_of, is_path, is_suite};
use crate::tree::{LockedIndex, LockedSuite, MANIFEST_FILE, Manifest};
use pins::is_word;
use release::Wanted;
use signed::{SignedRelease, is_absent};

/// An archive with the suites that are wanted of it.
#[derive(Clone, Debug)]
pub struct Archive<'a> {
    /// Its name, which is a folder of the tree.
    pub name: String,
    /// Base addresses, tried in order.
    pub mirrors: Vec<String>,
    /// The keys that its release files may be signed with.
    pub keyring: &'a Keyring,
    /// The suites, in order of precedence.
    pub suites: Vec<Suite>,
}

/// What is known and assumed when locking.
#[derive(Clone, Debug)]
pub struct LockRequest<'a> {
    /// The archives in order of precedence.
    pub archives: Vec<Archive<'a>>,
    /// Debian's name of the architecture (`amd64`).
    pub architecture: String,
    /// The time now, in seconds since 1970.
    pub now: u64,
    /// What was locked before: no suite may become older.
    pub previous: Option<Pins>,
}

/// A tree of suites that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The newest date of the suites, in seconds since 1970.
    pub last_modified: u64,
    /// What must be kept to make the tree again.
    pub pins: Pins,
    /// One line for each suite, for people.
    pub summary: Vec<String>,
    /// What they should know of it.
    pub warnings: Vec<String>,
}

/// Name of an archive of Debian and the suites of it that belong to a release. `testing` and released versions have
/// updates and security updates; `sid` has not, and `trixie-backports` is one suite.
pub fn debian_release(release: &str, components: &[String]) -> Vec<(String, Vec<Suite>)> {
    let suite = |name: String| Suite {
        name,
        components: components.to_vec(),
    };
    let mut suites = vec![suite(release.to_owned())];
    let is_alone = matches!(release, "sid" | "unstable" | "experimental")
        || ["-backports", "-updates", "-proposed-updates"]
            .iter()
            .any(|pocket| release.ends_with(pocket));
    if is_alone {
        return vec![("debian".to_owned(), suites)];
    }
    suites.push(suite(format!("{release}-updates")));
    let security = vec![suite(format!("{release}-security"))];
    vec![
        ("debian".to_owned(), suites),
        ("debian-security".to_owned(), security),
    ]
}

/// Fetches the suites as they are now, checks them and writes the tree into the folder `out`.
pub fn lock(fetcher: &Fetcher, request: &LockRequest<'_>, out: &Path) -> Result<Locked, LockError> {
    let mut suites = Vec::new();
    let mut told = Told::default();
    for archive in &request.archives {
        for suite in &archive.suites {
            check_names(archive, suite, &request.architecture)?;
            let found = find_release(fetcher, request, archive, suite)?;
            told.of(archive, suite, &found, request.now);
            let source = SuiteSource {
                archive: &archive.name,
                suite,
                architecture: &request.architecture,
                mirrors: std::slice::from_ref(&found.mirror),
                fallback: &archive.mirrors,
            };
            suites.push(source.write(fetcher, &found.files, &found.release, out)?);
        }
    }
    finish(&request.architecture, suites, told, out)
}

/// What people are told of the suites.
#[derive(Debug, Default)]
struct Told {
    summary: Vec<String>,
    warnings: Vec<String>,
}

impl Told {
    fn of(&mut self, archive: &Archive<'_>, suite: &Suite, found: &FoundRelease, now: u64) {
        let (archive, suite) = (&archive.name, &suite.name);
        let date = date::display(found.release.date);
        self.summary.push(format!(
            "{archive} {suite}: {date}, signed by {}",
            found.signed.signer
        ));
        if let Some(days) = found.release.silent_age_days(now) {
            self.warnings.push(format!(
                "suite {suite} of archive {archive} was signed on {date}, {days} days ago, and does not say until when \
                 that counts: a mirror that holds back newer packages would look the same"
            ));
        }
    }
}

/// Writes the manifest.
fn finish(architecture: &str, suites: Vec<LockedSuite>, told: Told, out: &Path) -> Result<Locked, LockError> {
    let manifest = Manifest::new(architecture, suites);
    write(&out.join(MANIFEST_FILE), manifest.to_json().as_bytes())?;
    Ok(Locked {
        last_modified: manifest.last_modified(),
        pins: Pins::from(&manifest),
        summary: told.summary,
        warnings: told.warnings,
    })
}

/// Names become folders and parts of addresses.
fn check_names(archive: &Archive<'_>, suite: &Suite, architecture: &str) -> Result<(), LockError> {
    let bad = |what: &str, name: &str| LockError::BadRequest {
        reason: format!("{name:?} is not the name of {what}"),
    };
    if !is_word(&archive.name) {
        return Err(bad("an archive", &archive.name));
    }
    if !is_word(architecture) {
        return Err(bad("an architecture", architecture));
    }
    if !is_suite(&suite.name) {
        return Err(bad("a suite", &suite.name));
    }
    if suite.is_flat() != suite.components.is_empty() {
        let reason = match suite.is_flat() {
            true => format!(
                "{:?} is a folder without suites, which has no components",
                suite.name
            ),
            false => format!("no component of suite {} is named", suite.name),
        };
        return Err(LockError::BadRequest { reason });
    }
    match suite.components.iter().find(|component| !is_path(component)) {
        Some(component) => Err(bad("a component", component)),
        None => Ok(()),
    }
}

/// A release file that may be locked.
struct FoundRelease {
    files: SignedRelease,
    signed: SignedText,
    release: Release,
    mirror: String,
}

/// The release file of the first mirror whose file passes every check.
fn find_release(
    fetcher: &Fetcher,
    request: &LockRequest<'_>,
    archive: &Archive<'_>,
    suite: &Suite,
) -> Result<FoundRelease, LockError> {
    let before = request.previous.as_ref().and_then(|pins| {
        let same = |pin: &&Pin| pin.archive == archive.name && pin.suite == suite.name;
        pins.suites.iter().find(same).map(|pin| pin.date)
    });
    let attempt = |mirror: &String| -> Result<FoundRelease, MirrorProblem> {
        let files = SignedRelease::fetch(fetcher, mirror, suite)?;
        let signed = files.verify(archive.keyring, Moment::Now(request.now))?;
        let release = Release::parse(&signed.text)?;
        release.check(&suite.name, request.now, before)?;
        Ok(FoundRelease {
            files,
            signed,
            release,
            mirror: mirror.clone(),
        })
    };
    let mut failures = Vec::new();
    for mirror in &archive.mirrors {
        match attempt(mirror) {
            Ok(found) => return Ok(found),
            Err(problem) => failures.push(MirrorFailure {
                url: suite.address(mirror, "InRelease"),
                problem,
            }),
        }
    }
    Err(LockError::NoRelease {
        archive: archive.name.clone(),
        suite: suite.name.clone(),
        failures,
    })
}

/// Where the files of one suite come from.
struct SuiteSource<'a> {
    archive: &'a str,
    suite: &'a Suite,
    architecture: &'a str,
    /// Base addresses that are tried first.
    mirrors: &'a [String],
    /// Base addresses that are tried afterwards.
    fallback: &'a [String],
}

impl SuiteSource<'_> {
    /// Writes the release file and the package indexes that it vouches for.
    fn write(
        &self,
        fetcher: &Fetcher,
        files: &SignedRelease,
        release: &Release,
        out: &Path,
    ) -> Result<LockedSuite, LockError> {
        let mut locked = LockedSuite {
            archive: self.archive.to_owned(),
            suite: self.suite.name.clone(),
            codename: release.codename.clone(),
            components: self.suite.components.clone(),
            date: release.date,
            in_release: files.digest(),
            signature: files.signature_digest(),
            indexes: Vec::new(),
        };
        files.write(&locked, out)?;
        let indexes = release.indexes(self.suite, self.architecture);
        for wanted in indexes.map_err(|source| self.unusable(source))? {
            let index = self.fetch_index(fetcher, &wanted, release.by_hash, out)?;
            locked.indexes.push(index);
        }
        Ok(locked)
    }

    fn unusable(&self, source: ReleaseError) -> LockError {
        LockError::Release {
            archive: self.archive.to_owned(),
            suite: self.suite.name.clone(),
            source: Box::new(source),
        }
    }

    /// Fetches the first form of an index that the servers have: release files name forms that nobody keeps.
    fn fetch_index(
        &self,
        fetcher: &Fetcher,
        wanted: &Wanted<'_>,
        by_hash: bool,
        out: &Path,
    ) -> Result<LockedIndex, LockError> {
        let mut first_failure = None;
        for index in &wanted.files {
            let name = index.path.rsplit('/').next().unwrap_or("Packages");
            let folder = match wanted.folder.as_str() {
                "" => format!("{}/{}", self.archive, folder_of(&self.suite.name)),
                folder => format!("{}/{}/{folder}", self.archive, folder_of(&self.suite.name)),
            };
            let file = format!("{folder}/{name}");
            let expected = Hash::parse_any(&index.sha256, Some(HashAlgorithm::Sha256)).map_err(|error| {
                self.unusable(ReleaseError::Malformed {
                    reason: error.to_string(),
                })
            })?;
            let path = out.join(&file);
            make_parent(&path)?;
            let request = Download::verified(self.index_urls(index, by_hash), expected);
            let source = match fetcher.download(&request.with_size(index.size), &path, &|_| {}) {
                Ok(_) => {
                    return Ok(LockedIndex {
                        component: wanted.component.clone(),
                        file,
                        sha256: index.sha256.clone(),
                        size: index.size,
                    });
                }
                Err(source) => source,
            };
            let is_absent = is_absent(&source);
            let failure = LockError::Index {
                file,
                source: Box::new(source),
            };
            if !is_absent {
                return Err(failure);
            }
            first_failure.get_or_insert(failure);
        }
        Err(first_failure.unwrap_or_else(|| self.unusable(ReleaseError::NoIndex)))
    }

    /// Addresses of an index: by its hash, which stays right while a mirror changes, before its name.
    fn index_urls(&self, index: &release::IndexFile, by_hash: bool) -> Vec<String> {
        let folder = index
            .path
            .rsplit_once('/')
            .map_or(String::new(), |(folder, _)| format!("{folder}/"));
        let mut urls = Vec::new();
        for mirror in self.mirrors.iter().chain(self.fallback) {
            if by_hash {
                let file = format!("{folder}by-hash/SHA256/{}", index.sha256);
                urls.push(self.suite.address(mirror, &file));
            }
            urls.push(self.suite.address(mirror, &index.path));
        }
        let mut seen = std::collections::BTreeSet::new();
        urls.retain(|url| seen.insert(url.clone()));
        urls
    }
}

fn make_parent(path: &Path) -> Result<(), LockError> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder).map_err(|source| LockError::Write {
        path: folder.to_owned(),
        source,
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), LockError> {
    make_parent(path)?;
    fs::write(path, bytes).map_err(|source| LockError::Write {
        path: path.to_owned(),
        source,
    })
}
