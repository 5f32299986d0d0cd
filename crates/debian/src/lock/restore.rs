//! Makes a locked tree again from what the lock file remembers. Dates play no part: every byte is known by hash.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use fetch::{Download, Fetcher};
use nix_formats::{Hash, HashAlgorithm};

use super::release::Release;
use super::{
    LockError, Locked, MOST_RELEASE_BYTES, Pin, Pins, ReleaseError, Suite, SuiteSource, finish, make_parent,
    release_url, snapshots,
};
use crate::date;
use crate::signature::signed_text;
use crate::tree::LockedSuite;

/// Writes the tree of `pins` into the folder `out`. `mirrors` gives base addresses by archive; for Debian's own
/// archives the public snapshot service is asked last.
pub fn restore(
    fetcher: &Fetcher,
    mirrors: &BTreeMap<String, Vec<String>>,
    pins: &Pins,
    out: &Path,
) -> Result<Locked, LockError> {
    let mut suites = Vec::new();
    let mut summary = Vec::new();
    for pin in &pins.suites {
        let known = mirrors.get(&pin.archive).cloned().unwrap_or_default();
        suites.push(restore_suite(fetcher, &known, &pins.architecture, pin, out)?);
        summary.push(format!(
            "{} {}: {}",
            pin.archive,
            pin.suite,
            date::display(pin.date)
        ));
    }
    finish(&pins.architecture, suites, summary, out)
}

fn restore_suite(
    fetcher: &Fetcher,
    mirrors: &[String],
    architecture: &str,
    pin: &Pin,
    out: &Path,
) -> Result<LockedSuite, LockError> {
    let malformed = |reason: String| LockError::Release {
        archive: pin.archive.clone(),
        suite: pin.suite.clone(),
        source: Box::new(ReleaseError::Malformed { reason }),
    };
    let digest = Hash::parse_any(&pin.in_release, Some(HashAlgorithm::Sha256))
        .map_err(|error| malformed(error.to_string()))?;
    let past = snapshots(&pin.archive, pin.date);
    let bases = mirrors.iter().chain(&past);
    let urls = bases.map(|base| release_url(base, &pin.suite)).collect();
    let mut request = Download::verified(urls, digest);
    request.limit = Some(MOST_RELEASE_BYTES);
    let file = format!("{}/{}/InRelease", pin.archive, pin.suite);
    let path = out.join(&file);
    make_parent(&path)?;
    fetcher
        .download(&request, &path, &|_| {})
        .map_err(|source| LockError::Gone {
            file,
            date: pin.date,
            source: Box::new(source),
        })?;
    let bytes = fs::read(&path).map_err(|source| LockError::Read {
        path: path.clone(),
        source,
    })?;
    let text = signed_text(&bytes).map_err(|error| malformed(error.to_string()))?;
    let release = Release::parse(&text).map_err(|error| malformed(error.to_string()))?;
    let suite = Suite {
        name: pin.suite.clone(),
        components: pin.components.clone(),
    };
    let source = SuiteSource {
        archive: &pin.archive,
        suite: &suite,
        architecture,
        mirrors,
        fallback: &past,
    };
    let written = source.write(fetcher, &bytes, digest, &release, out);
    written.map_err(|error| gone(error, pin.date))
}

/// For a locked index, not finding it has ways out.
fn gone(error: LockError, date: u64) -> LockError {
    match error {
        LockError::Index { file, source } => LockError::Gone { file, date, source },
        other => other,
    }
}
