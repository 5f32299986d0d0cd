//! What the configuration says of a derivation that failed: where it follows from and what to do.

use builder::BuildError;
use operations::{Error, Explanation, Session};

/// A description of a machine may define very much of one thing.
const MOST_PLACES: usize = 8;

/// What to do about the last of the failures that something is known of.
pub fn hint(error: &Error, session: &Session) -> Option<String> {
    let Error::Build(build) = error else {
        return None;
    };
    let failures = match &**build {
        BuildError::Several(errors) => errors.as_slice(),
        error => std::slice::from_ref(error),
    };
    let known = failures
        .iter()
        .rev()
        .find_map(|error| explanation_of(error, session));
    known.map(|explanation| explanation.hint)
}

fn explanation_of(error: &BuildError, session: &Session) -> Option<Explanation> {
    match error {
        BuildError::Failed { derivation, .. } => session.explanation_of(derivation),
        _ => None,
    }
}

/// The lines after the error itself; the last one says what to do.
pub fn lines(error: &BuildError, session: &Session) -> Vec<String> {
    let BuildError::Failed {
        log_tail, failure, ..
    } = error
    else {
        return Vec::new();
    };
    let Some(explanation) = explanation_of(error, session) else {
        return Vec::new();
    };
    let said = format!("{}\n{}", log_tail.join("\n"), with_causes(failure));
    let places = explanation.places_for(&said);
    let mut lines: Vec<String> = places
        .iter()
        .take(MOST_PLACES)
        .map(|place| format!("  defined: `{}' ({})", place.option, place.at))
        .collect();
    if places.len() > MOST_PLACES {
        lines.push(format!("  ... and in {} more places", places.len() - MOST_PLACES));
    }
    lines.push(format!("hint: {}", explanation.hint));
    lines
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(with_causes).unwrap_or_default();
    format!("{error}\n{cause}")
}
