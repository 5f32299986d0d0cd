//! Locks Debian suites for flakes.

use std::path::Path;

use flake::{Attributes, BoxError, DebianLock, DebianLocked};

use crate::Session;

/// Debian suites, with the session's network and mirrors.
pub(crate) struct Suites<'s> {
    pub(crate) session: &'s Session,
}

impl DebianLock for Suites<'_> {
    fn lock(&self, _input: &Attributes, _out: &Path) -> Result<DebianLocked, BoxError> {
        let _ = self.session;
        Err("Debian suites cannot be locked yet".into())
    }

    fn restore(&self, _locked: &Attributes, _out: &Path) -> Result<DebianLocked, BoxError> {
        Err("Debian suites cannot be fetched yet".into())
    }
}
