//! Checks the store and removes what nobody needs.

use std::collections::BTreeSet;

use nix_formats::StorePath;
use store::cache::{Trust, is_named_by_content};
use store::{CollectOptions, Collected, Damage, PathInfo, Root};

use crate::{Error, Event, Session, copy};

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyOptions {
    /// Whether the content is what was recorded.
    pub contents: bool,
    /// Whether somebody who is trusted vouches for it: by building it here, by its name, or by signatures.
    pub trust: bool,
    /// How many signatures are needed, also of what was built here; with zero one is enough, of what came from others.
    pub signatures_needed: usize,
}

/// What checking the store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyReport {
    /// How many paths were checked.
    pub checked: usize,
    /// The damaged ones, with what is wrong.
    pub damaged: Vec<(StorePath, String)>,
    /// Those that nobody who is trusted vouches for.
    pub untrusted: Vec<StorePath>,
}

/// Checks `paths`, or everything if there are none.
pub fn verify(session: &Session, paths: &[StorePath], options: VerifyOptions) -> Result<VerifyReport, Error> {
    let store = session.store()?;
    let paths = match paths {
        [] => store.all_paths()?,
        _ => paths.iter().cloned().collect(),
    };
    let trust = copy::trust(session, true)?;
    let mut report = VerifyReport::default();
    for path in &paths {
        session.check_cancelled()?;
        session.tell(Event::Verifying {
            done: report.checked,
            total: paths.len(),
            path: path.clone(),
        });
        if options.contents
            && let Some(damage) = store.verify_path(path)?
        {
            report.damaged.push((path.clone(), describe(&damage)));
        }
        if options.trust && !is_trusted(&store.require_info(path)?, &trust, options.signatures_needed) {
            report.untrusted.push(path.clone());
        }
        report.checked += 1;
    }
    Ok(report)
}

fn is_trusted(info: &PathInfo, trust: &Trust, needed: usize) -> bool {
    if info.ultimate && needed == 0 {
        return true;
    }
    let description = info.clone().description();
    is_named_by_content(&description) || trust.signatures(&description) >= needed.max(1)
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
        Damage::Misnamed { address } => {
            format!("its content address '{address}' is not that of its content")
        }
        Damage::Unreadable { reason } => format!("it cannot be read: {reason}"),
    }
}

/// How to collect, as the settings say. Where they do not say it, `keeps_outputs` decides whether what living
/// derivations need to be built again is kept.
pub(crate) fn collect_options(session: &Session, keeps_outputs: bool) -> CollectOptions {
    let configuration = session.configuration();
    let flag = |name: &str, old_name: &str| configuration.flag(name).or_else(|| configuration.flag(old_name));
    CollectOptions {
        dry_run: false,
        keep_outputs: flag("keep-outputs", "gc-keep-outputs").unwrap_or(keeps_outputs),
        keep_derivations: flag("keep-derivations", "gc-keep-derivations").unwrap_or(true),
    }
}

/// Removes what no root keeps alive; with `dry_run` only says what that would be. Where the settings do not say it,
/// `keeps_outputs` decides whether what living derivations need to be built again is kept.
pub fn collect_garbage(session: &Session, dry_run: bool, keeps_outputs: bool) -> Result<Collected, Error> {
    let options = CollectOptions {
        dry_run,
        ..collect_options(session, keeps_outputs)
    };
    Ok(session.store()?.collect_garbage(options)?)
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
