//! Reads the answer off a solved problem: what is needed, and by whom.

use std::collections::{BTreeMap, BTreeSet};

use super::Resolution;
use super::problem::{Problem, Requirement};
use super::solver::Variable;

/// What brings in the packages that the request names.
const WANTED: &str = "wanted";

/// The packages that are in and reachable from the wanted ones.
pub(super) fn collect(problem: &Problem<'_>) -> Resolution {
    let mut walk = Walk {
        problem,
        because: BTreeMap::new(),
        omitted: BTreeMap::new(),
        todo: Vec::new(),
    };
    for requirement in &problem.wanted {
        walk.take(requirement, WANTED);
    }
    while let Some(variable) = walk.todo.pop() {
        let package = &problem.packages[variable];
        for requirement in &package.requirements {
            walk.take(requirement, &package.record.name);
        }
    }
    let mut packages: Vec<_> = walk
        .because
        .keys()
        .map(|variable| problem.packages[*variable].record.clone())
        .collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    let sorted = |reasons: BTreeSet<String>| reasons.into_iter().collect();
    let named = walk.because.into_iter().map(|(variable, reasons)| {
        let name = problem.packages[variable].record.name.clone();
        (name, sorted(reasons))
    });
    Resolution {
        packages,
        because: named.collect(),
        omitted: walk.omitted.keys().cloned().collect(),
        omitted_because: walk
            .omitted
            .into_iter()
            .map(|(name, reasons)| (name, sorted(reasons)))
            .collect(),
    }
}

struct Walk<'a> {
    problem: &'a Problem<'a>,
    because: BTreeMap<Variable, BTreeSet<String>>,
    omitted: BTreeMap<String, BTreeSet<String>>,
    todo: Vec<Variable>,
}

impl Walk<'_> {
    /// Notes that `reason` needs what satisfies `requirement`.
    fn take(&mut self, requirement: &Requirement, reason: &str) {
        for name in &requirement.omitted {
            let reasons = self.omitted.entry(name.clone()).or_default();
            reasons.insert(reason.to_owned());
        }
        if !requirement.omitted.is_empty() {
            return;
        }
        let mut choices = requirement.choices.iter();
        let Some(chosen) = choices.find(|choice| self.problem.solver.is_true(**choice)) else {
            return;
        };
        if self.problem.packages[*chosen].record.name == reason {
            return;
        }
        if !self.because.contains_key(chosen) {
            self.todo.push(*chosen);
        }
        let reasons = self.because.entry(*chosen).or_default();
        reasons.insert(reason.to_owned());
    }
}
