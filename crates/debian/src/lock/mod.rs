//! Locks suites of Debian archives: verified release files and package indexes become a tree that is kept by hash.

mod error;
mod mirrors;
mod pins;
mod release;
mod restore;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;

pub use error::{LockError, MirrorFailure, MirrorProblem};
pub use mirrors::{AptSource, apt_sources, mirrors, parse_list, parse_sources, snapshots};
pub use pins::{Pin, Pins};
pub use release::ReleaseError;
pub use restore::restore;

use std::fs;
use std::path::Path;

use fetch::{Download, Fetcher, Limits};
use nix_formats::{Hash, HashAlgorithm};

use crate::date;
use crate::signature::{Keyring, SignedText};
use crate::tree::{LockedIndex, LockedSuite, MANIFEST_FILE, Manifest};
use pins::{is_path, is_word};
use release::Release;

/// Most bytes of a release file; Debian's have 150 KB.
const MOST_RELEASE_BYTES: u64 = 16 << 20;

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

/// A suite with the components that are wanted of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// Its name below `dists`.
    pub name: String,
    /// Its components.
    pub components: Vec<String>,
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
}

/// Name of an archive of Debian and the suites of it that belong to a release. `testing` and released versions have
/// updates and security updates, `sid` has not.
pub fn debian_release(release: &str, components: &[String]) -> Vec<(String, Vec<Suite>)> {
    let suite = |name: String| Suite {
        name,
        components: components.to_vec(),
    };
    let mut suites = vec![suite(release.to_owned())];
    if matches!(release, "sid" | "unstable" | "experimental") {
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
    let mut summary = Vec::new();
    for archive in &request.archives {
        for suite in &archive.suites {
            check_names(archive, suite, &request.architecture)?;
            let found = find_release(fetcher, request, archive, suite)?;
            let digest = Hash::sha256(&found.bytes);
            summary.push(format!(
                "{} {}: {}, signed by {}",
                archive.name,
                suite.name,
                date::display(found.release.date),
                found.signed.signer
            ));
            let source = SuiteSource {
                archive: &archive.name,
                suite,
                architecture: &request.architecture,
                mirrors: std::slice::from_ref(&found.mirror),
                fallback: &archive.mirrors,
            };
            suites.push(source.write(fetcher, &found.bytes, digest, &found.release, out)?);
        }
    }
    finish(&request.architecture, suites, summary, out)
}

/// Writes the manifest.
fn finish(
    architecture: &str,
    suites: Vec<LockedSuite>,
    summary: Vec<String>,
    out: &Path,
) -> Result<Locked, LockError> {
    let manifest = Manifest::new(architecture, suites);
    write(&out.join(MANIFEST_FILE), manifest.to_json().as_bytes())?;
    Ok(Locked {
        last_modified: manifest.last_modified(),
        pins: Pins::from(&manifest),
        summary,
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
    if !is_path(&suite.name) {
        return Err(bad("a suite", &suite.name));
    }
    match suite.components.iter().find(|component| !is_path(component)) {
        Some(component) => Err(bad("a component", component)),
        None => Ok(()),
    }
}

/// A release file that may be locked.
struct FoundRelease {
    bytes: Vec<u8>,
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
        let limits = Limits::bytes(MOST_RELEASE_BYTES);
        let response = fetcher.get(&release_url(mirror, &suite.name), limits);
        let bytes = response.map_err(Box::new)?.content.into_bytes();
        let signed = archive.keyring.verify(&bytes, request.now)?;
        let release = Release::parse(&signed.text)?;
        release.check(&suite.name, request.now, before)?;
        Ok(FoundRelease {
            bytes,
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
                url: release_url(mirror, &suite.name),
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

fn release_url(mirror: &str, suite: &str) -> String {
    format!("{mirror}/dists/{suite}/InRelease")
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
        in_release: &[u8],
        digest: Hash,
        release: &Release,
        out: &Path,
    ) -> Result<LockedSuite, LockError> {
        let mut locked = LockedSuite {
            archive: self.archive.to_owned(),
            suite: self.suite.name.clone(),
            codename: release.codename.clone(),
            components: self.suite.components.clone(),
            date: release.date,
            in_release: digest.to_base16(),
            indexes: Vec::new(),
        };
        write(&out.join(locked.in_release_file()), in_release)?;
        for component in &self.suite.components {
            locked
                .indexes
                .push(self.fetch_index(fetcher, component, release, out)?);
        }
        Ok(locked)
    }

    fn fetch_index(
        &self,
        fetcher: &Fetcher,
        component: &str,
        release: &Release,
        out: &Path,
    ) -> Result<LockedIndex, LockError> {
        let unusable = |source| LockError::Release {
            archive: self.archive.to_owned(),
            suite: self.suite.name.clone(),
            source: Box::new(source),
        };
        let index = release.index(component, self.architecture).map_err(unusable)?;
        let name = index.path.rsplit('/').next().unwrap_or("Packages");
        let file = format!("{}/{}/{component}/{name}", self.archive, self.suite.name);
        let expected = Hash::parse_any(&index.sha256, Some(HashAlgorithm::Sha256)).map_err(|error| {
            unusable(ReleaseError::Malformed {
                reason: error.to_string(),
            })
        })?;
        let path = out.join(&file);
        make_parent(&path)?;
        let request = Download::verified(self.index_urls(index, release.by_hash), expected);
        let result = fetcher.download(&request.with_size(index.size), &path, &|_| {});
        result.map_err(|source| LockError::Index {
            file: file.clone(),
            source: Box::new(source),
        })?;
        Ok(LockedIndex {
            component: component.to_owned(),
            file,
            sha256: index.sha256.clone(),
            size: index.size,
        })
    }

    /// Addresses of an index: by its hash, which stays right while a mirror changes, before its name.
    fn index_urls(&self, index: &release::IndexFile, by_hash: bool) -> Vec<String> {
        let folder = index.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut urls = Vec::new();
        for mirror in self.mirrors.iter().chain(self.fallback) {
            let suite = format!("{mirror}/dists/{}", self.suite.name);
            if by_hash {
                urls.push(format!("{suite}/{folder}/by-hash/SHA256/{}", index.sha256));
            }
            urls.push(format!("{suite}/{}", index.path));
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
