//! Makes a locked tree again from what the lock file remembers. Dates play no part, but signatures do: a lock file says
//! which state of an archive is meant, never whom to believe.

use std::collections::BTreeMap;
use std::path::Path;

use fetch::Fetcher;

use super::release::Release;
use super::signed::SignedRelease;
use super::{LockError, Locked, Pin, Pins, ReleaseError, Suite, SuiteSource, Told, finish, snapshots};
use crate::date;
use crate::signature::{Keyring, Moment};
use crate::tree::LockedSuite;

/// Writes the tree of `pins` into the folder `out`; all its release files are signed by keys of `keyring`. `mirrors`
/// gives base addresses by archive; for Debian's own archives the public snapshot service is asked last.
pub fn restore(
    fetcher: &Fetcher,
    mirrors: &BTreeMap<String, Vec<String>>,
    keyring: &Keyring,
    pins: &Pins,
    out: &Path,
) -> Result<Locked, LockError> {
    let mut suites = Vec::new();
    let mut told = Told::default();
    for pin in &pins.suites {
        let pinned = Pinned {
            mirrors: mirrors.get(&pin.archive).cloned().unwrap_or_default(),
            past: snapshots(&pin.archive, pin.date),
            architecture: &pins.architecture,
            pin,
        };
        suites.push(pinned.restore(fetcher, keyring, out)?);
        told.summary.push(format!(
            "{} {}: {}",
            pin.archive,
            pin.suite,
            date::display(pin.date)
        ));
    }
    finish(&pins.architecture, suites, told, out)
}

/// A pinned suite and where it may be.
struct Pinned<'a> {
    mirrors: Vec<String>,
    past: Vec<String>,
    architecture: &'a str,
    pin: &'a Pin,
}

impl Pinned<'_> {
    fn restore(&self, fetcher: &Fetcher, keyring: &Keyring, out: &Path) -> Result<LockedSuite, LockError> {
        let pin = self.pin;
        let suite = Suite {
            name: pin.suite.clone(),
            components: pin.components.clone(),
        };
        let locked = self.described();
        let bases: Vec<String> = self.mirrors.iter().chain(&self.past).cloned().collect();
        SignedRelease::fetch_pinned(fetcher, &bases, &suite, pin, &locked, out)?;
        let files = SignedRelease::read(out, &locked)?;
        let signed = files.verify(keyring, Moment::WhenSigned);
        let signed = signed.map_err(|source| LockError::Signature {
            file: locked.release_file(),
            source,
        })?;
        let release = Release::parse(&signed.text).map_err(|source| self.unusable(source))?;
        release
            .check_name(&pin.suite)
            .map_err(|source| self.unusable(source))?;
        let source = SuiteSource {
            archive: &pin.archive,
            suite: &suite,
            architecture: self.architecture,
            mirrors: &self.mirrors,
            fallback: &self.past,
        };
        let written = source.write(fetcher, &files, &release, out);
        written.map_err(|error| gone(error, pin.date))
    }

    /// What is known of the suite before anything is fetched.
    fn described(&self) -> LockedSuite {
        let pin = self.pin;
        LockedSuite {
            archive: pin.archive.clone(),
            suite: pin.suite.clone(),
            codename: String::new(),
            components: pin.components.clone(),
            date: pin.date,
            in_release: pin.in_release.clone(),
            signature: pin.signature.clone(),
            indexes: Vec::new(),
        }
    }

    fn unusable(&self, source: ReleaseError) -> LockError {
        LockError::Release {
            archive: self.pin.archive.clone(),
            suite: self.pin.suite.clone(),
            source: Box::new(source),
        }
    }
}

/// For a locked index, not finding it has ways out.
fn gone(error: LockError, date: u64) -> LockError {
    match error {
        LockError::Index { file, source } => LockError::Gone { file, date, source },
        other => other,
    }
}
