//! Checks what is in the store, and removes what nothing needs.

use std::process::ExitCode;

use operations::stored::{self, VerifyOptions};
use operations::{Error, Session};

use super::{Garbage, Operation, Store};
use crate::commands::Outcome;
use crate::{output, talk};

/// What the old program checks.
const CONTENTS: VerifyOptions = VerifyOptions {
    contents: true,
    trust: false,
    signatures_needed: 0,
};

impl Store {
    pub(super) fn verify(&self, session: &Session, operation: Operation) -> Outcome {
        let paths = self.paths(session)?;
        if operation == Operation::Verify {
            talk::line("reading the Nix store...\nchecking path existence...");
            if !self.check_contents {
                return missing(session);
            }
            talk::line("checking store hashes...");
        }
        let report = stored::verify(session, &paths, CONTENTS)?;
        for (path, what) in &report.damaged {
            talk::line(&format!("path '{path}' was modified! {what}"));
        }
        Ok(match report.damaged.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }

    pub(super) fn collect(&self, session: &Session) -> Result<(), Error> {
        match self.garbage.unwrap_or(Garbage::Delete) {
            Garbage::Roots => {
                for root in stored::roots(session)? {
                    output::line(&format!("{} -> {}", root.link.display(), root.path))?;
                }
                Ok(())
            }
            Garbage::Live | Garbage::Dead => {
                let (living, dead) = stored::living_and_dead(session)?;
                let shown = match self.garbage {
                    Some(Garbage::Live) => living,
                    _ => dead,
                };
                shown.iter().try_for_each(|path| output::line(&path.to_string()))
            }
            Garbage::Delete => told_removal(&stored::collect_garbage(session, self.dry_run, false)?),
        }
    }

    pub(super) fn delete(&self, session: &Session) -> Result<(), Error> {
        told_removal(&stored::delete(session, &self.paths(session)?)?)
    }
}

/// Paths that are valid and not there.
fn missing(session: &Session) -> Outcome {
    let missing = stored::missing(session)?;
    for path in &missing {
        talk::line(&format!("path '{path}' disappeared, but it is still valid!"));
    }
    Ok(match missing.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn told_removal(collected: &::store::Collected) -> Result<(), Error> {
    for path in &collected.paths {
        talk::line(&format!("deleting '{path}'"));
    }
    let size = output::binary_size(collected.freed_bytes);
    output::line(&format!(
        "{} store paths deleted, {} freed",
        collected.paths.len(),
        size.trim()
    ))
}
