//! Finds the exact packages that a list of wanted ones needs, or says why there are none.

#[cfg(test)]
mod exhaustive;
mod explain;
mod outcome;
mod problem;
mod solver;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::index::{Index, IndexError, Record};

/// What to resolve.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Request {
    /// What must be in: `name`, `name:architecture`, `name (>= version)`, or alternatives of these.
    pub wanted: Vec<String>,
    /// Packages that count as there and are left out. A wanted package is never left out.
    pub omit: BTreeSet<String>,
    /// For the name in a dependency, the package that shall satisfy it if it can.
    pub prefer: BTreeMap<String, String>,
}

/// The packages that do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resolution {
    /// The packages, sorted by name.
    pub packages: Vec<Record>,
    /// For each package what brought it in: names of packages, or `wanted`. Sorted.
    pub because: BTreeMap<String, Vec<String>>,
    /// Packages that were needed and left out because the request says so. Sorted.
    pub omitted: Vec<String>,
    /// For each of these what would have brought it in.
    pub omitted_because: BTreeMap<String, Vec<String>>,
}

/// Why there is no resolution.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The index cannot be read.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// A wanted package is not written as one.
    #[error("cannot resolve: {reason}")]
    BadRequest {
        /// What is wrong.
        reason: String,
    },
    /// A package of the index has a field that cannot be understood.
    #[error("cannot resolve: the field {field} of {package}: {reason}")]
    BadField {
        /// Name and version.
        package: String,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The packages contradict each other, or some do not exist.
    #[error("no set of packages has all that is wanted:{}", lines(.0))]
    Unsatisfiable(Vec<String>),
    /// The search was given up.
    #[error(
        "cannot resolve: gave up after {conflicts} contradictions; ask for fewer alternatives by naming packages"
    )]
    TooHard {
        /// Contradictions met.
        conflicts: usize,
    },
}

fn lines(sentences: &[String]) -> String {
    sentences
        .iter()
        .map(|sentence| format!("\n  {sentence}"))
        .collect()
}

/// Resolves `request` against `index`, by `Depends` and `Pre-Depends` only. The answer is a function of both.
pub fn resolve(index: &Index, request: &Request) -> Result<Resolution, ResolveError> {
    let mut problem = problem::Problem::new(index, request)?;
    problem.solve()?;
    Ok(outcome::collect(&problem))
}
