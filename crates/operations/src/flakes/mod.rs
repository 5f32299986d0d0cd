//! What can be asked about whole flakes.

mod check;
mod init;
mod metadata;
mod show;

use flake::{FlakeReference, Locked, Notice};

use crate::evaluate::Manifests;
use crate::suites::Suites;
use crate::{Error, LockOptions, Session, project};

pub use check::{CheckOptions, CheckReport, WithoutEffect, check};
pub use init::{Project, init, template_names};
pub use metadata::{Metadata, metadata};
pub use show::{Output, show};

/// Brings the lock file of a flake up to date.
pub fn lock(session: &Session, reference: &FlakeReference, options: &LockOptions) -> Result<Locked, Error> {
    let store = session.store()?;
    let suites = Suites { session };
    let notify = |notice: Notice| session.notice(notice);
    let sources = session.sources(&suites, &notify)?;
    let manifests = Manifests {
        session,
        store,
        sources: &sources,
    };
    project::lock(session, &sources, &manifests, reference, options)
}
