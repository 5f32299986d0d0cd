//! Says in sentences why packages contradict each other.

use super::ResolveError;
use super::problem::{Cause, Problem};
use super::solver::{ClauseId, Variable};
use crate::relation::{self, Atom};

/// Most sentences of an explanation.
const MOST_SENTENCES: usize = 24;
/// Most versions that a sentence lists.
const MOST_VERSIONS: usize = 4;

/// One sentence for each clause of a contradiction, in the order in which a reader meets them.
pub(super) fn sentences(problem: &Problem<'_>, clauses: &[ClauseId]) -> Result<Vec<String>, ResolveError> {
    let mut sentences: Vec<String> = Vec::new();
    for cause in clauses.iter().filter_map(|id| problem.causes.get(id)) {
        let sentence = sentence(problem, cause)?;
        if !sentences.contains(&sentence) {
            sentences.push(sentence);
        }
    }
    if sentences.len() > MOST_SENTENCES {
        let more = sentences.len() - MOST_SENTENCES;
        sentences.truncate(MOST_SENTENCES);
        sentences.push(format!("... and {more} more"));
    }
    Ok(sentences)
}

fn sentence(problem: &Problem<'_>, cause: &Cause) -> Result<String, ResolveError> {
    Ok(match cause {
        Cause::Wanted(group) => {
            format!("{} is wanted{}", relation::display(group), gaps(problem, group)?)
        }
        Cause::Requires(variable, group) => {
            let package = package(problem, *variable);
            format!(
                "{package} depends on {}{}",
                relation::display(group),
                gaps(problem, group)?
            )
        }
        Cause::Versions(variable) => {
            let name = &problem.packages[*variable].record.name;
            format!("{name} can be there in one version only")
        }
        Cause::Clash(variable, other, atom) => {
            let (one, two) = (package(problem, *variable), package(problem, *other));
            format!("{one} conflicts with {atom}, which {two} is or provides")
        }
    })
}

/// Name, version and suite.
fn package(problem: &Problem<'_>, variable: Variable) -> String {
    let record = &problem.packages[variable].record;
    format!("{} {} ({})", record.name, record.version, record.suite)
}

/// What is there instead, for alternatives that nothing satisfies.
fn gaps(problem: &Problem<'_>, group: &[Atom]) -> Result<String, ResolveError> {
    let mut gaps = String::new();
    for atom in group {
        let real = problem.index.candidates(&atom.name)?;
        let providers = problem.index.providers(&atom.name)?;
        if real.is_empty() && providers.is_empty() {
            gaps.push_str(&format!(
                "; there is no package {}{}",
                atom.name,
                nearest(problem, &atom.name)
            ));
        } else if atom.version.is_some() || atom.architecture.is_some() {
            let mut there: Vec<String> = real
                .iter()
                .map(|record| format!("{} {} ({})", record.name, record.version, record.suite))
                .collect();
            let virtual_ones = providers.iter().filter(|record| record.name != atom.name);
            there.extend(virtual_ones.map(|record| format!("{} providing {}", record.name, record.provides)));
            there.truncate(MOST_VERSIONS);
            gaps.push_str(&format!("; there is {}", there.join(", ")));
        }
    }
    Ok(gaps)
}

fn nearest(problem: &Problem<'_>, name: &str) -> String {
    let names = problem.index.nearest(name);
    if names.is_empty() {
        return String::new();
    }
    format!(" (did you mean {}?)", names.join(", "))
}
