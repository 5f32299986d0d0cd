//! Checks the store and removes what nobody needs.

use std::collections::BTreeSet;

use nix_formats::StorePath;
use store::{CollectOptions, Collected, Damage, Root};

use crate::{Error, Event, Session};

/// What checking the store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many paths were checked.
    pub checked: usize,
    /// The damaged ones, with what is wrong.
    pub damaged: Vec<(StorePath, String)>,
}

/// Compares `paths`, or everything if there are none, with the digests that the store recorded.
pub fn verify(session: &Session, paths: &[StorePath]) -> Result<VerifyReport, Error> {
    let store = session.store()?;
    let paths = match paths {
        [] => store.all_paths()?,
        _ => paths.iter().cloned().collect(),
    };
    let mut report = VerifyReport::default();
    for path in &paths {
        session.check_cancelled()?;
        session.tell(Event::Verifying {
            done: report.checked,
            total: paths.len(),
            path: path.clone(),
        });
        if let Some(damage) = store.verify_path(path)? {
            report.damaged.push((path.clone(), describe(&damage)));
        }
        report.checked += 1;
    }
    Ok(report)
}

fn describe(damage: &Damage) -> String {
    match damage {
        Damage::Missing => "it is not on disk".to_owned(),
        Damage::Modified { expected, actual } => {
            format!(
                "it was modified: expected hash '{}', got '{}'",
                expected.to_sri(),
                actual.to_sri()
            )
        }
        Damage::Unreadable { reason } => format!("it cannot be read: {reason}"),
    }
}

/// Removes what no root keeps alive; with `dry_run` only says what that would be.
pub fn collect_garbage(session: &Session, dry_run: bool) -> Result<Collected, Error> {
    Ok(session.store()?.collect_garbage(CollectOptions {
        dry_run,
        keep_outputs: false,
    })?)
}

/// What keeps paths alive.
pub fn roots(session: &Session) -> Result<BTreeSet<Root>, Error> {
    Ok(session.store()?.roots()?)
}

/// Removes `paths`, which nothing may keep alive.
pub fn delete(session: &Session, paths: &[StorePath]) -> Result<Collected, Error> {
    let (living, _) = super::living_and_dead(session)?;
    if let Some(path) = paths.iter().find(|path| living.contains(*path)) {
        return Err(Error::StillAlive(path.clone()));
    }
    Ok(session.store()?.delete(&paths.iter().cloned().collect())?)
}

/// Valid paths that are not on disk.
pub fn missing(session: &Session) -> Result<Vec<StorePath>, Error> {
    let store = session.store()?;
    let paths = store.all_paths()?.into_iter();
    Ok(paths
        .filter(|path| store.physical(path).symlink_metadata().is_err())
        .collect())
}
