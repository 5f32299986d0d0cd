//! What Nix code knows of derivations that may fail: where the configuration says what they are made from, and what
//! to do.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

/// What is said beside a failure of one derivation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Explanation {
    /// Where it follows from.
    pub places: Vec<Definition>,
    /// What to do.
    pub hint: String,
}

/// An option, or something in it, and where it is defined.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Definition {
    /// Its name with dots.
    pub option: String,
    /// `file:line:column`.
    pub at: String,
}

/// The argument of `builtins.hardpan.explain`.
#[derive(Deserialize)]
pub(crate) struct Explained {
    derivation: String,
    #[serde(flatten)]
    explanation: Explanation,
}

/// Explanations by the derivations that they are of.
#[derive(Default)]
pub(crate) struct Explanations(Mutex<BTreeMap<String, Explanation>>);

impl Explanations {
    pub(crate) fn add(&self, explained: Vec<Explained>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(explained.into_iter().map(|one| (one.derivation, one.explanation)));
    }

    pub(crate) fn of(&self, derivation: &str) -> Option<Explanation> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(derivation).cloned()
    }
}

impl Explanation {
    /// The places that `said` is about, by the last parts of their names; all if it names none.
    pub fn places_for(&self, said: &str) -> Vec<&Definition> {
        let is_named = |place: &&Definition| {
            let last = place.option.rsplit('.').next().unwrap_or_default();
            said.contains(last.trim_matches('"'))
        };
        let named: Vec<&Definition> = self.places.iter().filter(is_named).collect();
        match named.is_empty() {
            true => self.places.iter().collect(),
            false => named,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_that_the_words_are_about_stand_alone() {
        let place = |option: &str| Definition {
            option: option.to_owned(),
            at: "x.nix:1:1".to_owned(),
        };
        let explanation = Explanation {
            places: vec![
                place("services.openssh.settings.Ciphers"),
                place("systemd.services.\"a@\""),
            ],
            hint: String::new(),
        };
        let shown = |said: &str| {
            let places = explanation.places_for(said).into_iter();
            places.map(|place| place.option.clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            shown("line 3: Bad SSH2 Ciphers"),
            ["services.openssh.settings.Ciphers"]
        );
        assert_eq!(shown("a@.service: wrong"), ["systemd.services.\"a@\""]);
        assert_eq!(shown("something else").len(), 2);
    }
}
