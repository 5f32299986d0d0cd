//! Turns packages and their relations into clauses, as far as the search gets.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::solver::{ClauseId, Literal, MOST_CONFLICTS, Solver, Variable};
use super::{Request, ResolveError, explain};
use crate::index::{Index, Record};
use crate::relation::{self, Atom, Group};

/// One version of a package, and what it asks for.
#[derive(Debug)]
pub(super) struct Package {
    pub record: Record,
    pub provides: Vec<Atom>,
    /// What it depends on; empty until it is first considered to be in.
    pub requirements: Vec<Requirement>,
    expanded: bool,
}

/// Alternatives that someone needs.
#[derive(Debug)]
pub(super) struct Requirement {
    pub group: Group,
    /// The packages that satisfy it, best first.
    pub choices: Vec<Variable>,
    /// Left-out packages that count as satisfying it.
    pub omitted: Vec<String>,
}

/// Why a clause holds.
#[derive(Clone, Debug)]
pub(super) enum Cause {
    /// The request asks for it.
    Wanted(Group),
    /// A package depends on it.
    Requires(Variable, Group),
    /// Two versions of one package.
    Versions(Variable),
    /// The first conflicts with or breaks the second.
    Clash(Variable, Variable, Atom),
}

/// The search for one request.
#[derive(Debug)]
pub(super) struct Problem<'a> {
    pub index: &'a Index,
    pub packages: Vec<Package>,
    pub wanted: Vec<Requirement>,
    pub causes: BTreeMap<ClauseId, Cause>,
    pub solver: Solver,
    prefer: &'a BTreeMap<String, String>,
    omit: BTreeSet<String>,
    /// Versions of real packages that were looked up.
    versions: HashMap<String, Vec<Variable>>,
    /// Known packages by each name they have or provide.
    known: HashMap<String, Vec<Variable>>,
    /// Packages that do not go with a name.
    clashes: HashMap<String, Vec<(Variable, Atom)>>,
}

impl<'a> Problem<'a> {
    pub fn new(index: &'a Index, request: &'a Request) -> Result<Self, ResolveError> {
        let mut groups = Vec::new();
        for wanted in &request.wanted {
            let parsed = relation::parse(wanted).map_err(|reason| ResolveError::BadRequest { reason })?;
            if parsed.is_empty() {
                let reason = format!("{wanted:?} names no package");
                return Err(ResolveError::BadRequest { reason });
            }
            groups.extend(parsed);
        }
        let mut omit = request.omit.clone();
        for atom in groups.iter().flatten() {
            omit.remove(&atom.name);
        }
        let mut problem = Self {
            index,
            packages: Vec::new(),
            wanted: Vec::new(),
            causes: BTreeMap::new(),
            solver: Solver::default(),
            prefer: &request.prefer,
            omit,
            versions: HashMap::new(),
            known: HashMap::new(),
            clashes: HashMap::new(),
        };
        for group in groups {
            let requirement = problem.requirement(group)?;
            if requirement.omitted.is_empty() {
                let literals = requirement.choices.iter().map(|choice| Literal::is(*choice));
                let id = problem.solver.wish(literals.collect());
                problem
                    .causes
                    .insert(id, Cause::Wanted(requirement.group.clone()));
            }
            problem.wanted.push(requirement);
        }
        Ok(problem)
    }

    /// Searches until every package that is in has all it needs.
    pub fn solve(&mut self) -> Result<(), ResolveError> {
        loop {
            if let Err(contradiction) = self.solver.settle() {
                let sentences = explain::sentences(self, &contradiction.clauses)?;
                return Err(ResolveError::Unsatisfiable(sentences));
            }
            let conflicts = self.solver.conflicts();
            if conflicts >= MOST_CONFLICTS {
                return Err(ResolveError::TooHard { conflicts });
            }
            if self.expand()? {
                continue;
            }
            let name = |variable: Variable| &self.packages[variable].record.name;
            if !self.solver.decide(|a, b| name(a) == name(b)) {
                return Ok(());
            }
        }
    }

    /// Adds the relations of packages that are in and were not before. Whether there were any.
    fn expand(&mut self) -> Result<bool, ResolveError> {
        let is_new =
            |variable: &Variable| self.solver.is_true(*variable) && !self.packages[*variable].expanded;
        let fresh: Vec<Variable> = self.solver.trail().iter().copied().filter(is_new).collect();
        for variable in &fresh {
            self.packages[*variable].expanded = true;
            self.add_requirements(*variable)?;
            self.add_clashes(*variable)?;
        }
        Ok(!fresh.is_empty())
    }

    fn add_requirements(&mut self, variable: Variable) -> Result<(), ResolveError> {
        let record = &self.packages[variable].record;
        let mut groups = field(record, "Pre-Depends", &record.pre_depends)?;
        groups.extend(field(record, "Depends", &record.depends)?);
        for group in groups {
            let requirement = self.requirement(group)?;
            let satisfied = !requirement.omitted.is_empty() || requirement.choices.contains(&variable);
            if !satisfied {
                let mut literals = vec![Literal::not(variable)];
                literals.extend(requirement.choices.iter().map(|choice| Literal::is(*choice)));
                let id = self.solver.wish(literals);
                let cause = Cause::Requires(variable, requirement.group.clone());
                self.causes.insert(id, cause);
            }
            self.packages[variable].requirements.push(requirement);
        }
        Ok(())
    }

    fn add_clashes(&mut self, variable: Variable) -> Result<(), ResolveError> {
        let record = &self.packages[variable].record;
        let mut groups = field(record, "Conflicts", &record.conflicts)?;
        groups.extend(field(record, "Breaks", &record.breaks)?);
        for atom in groups.into_iter().flatten() {
            let known = self.known.get(&atom.name).cloned().unwrap_or_default();
            for other in known {
                self.clash(variable, other, &atom);
            }
            let clashes = self.clashes.entry(atom.name.clone()).or_default();
            clashes.push((variable, atom));
        }
        Ok(())
    }

    /// Keeps two packages apart if `atom`, a conflict of the first, means the second.
    fn clash(&mut self, variable: Variable, other: Variable, atom: &Atom) {
        let (one, two) = (&self.packages[variable], &self.packages[other]);
        if one.record.name == two.record.name || !two.is_meant_by(atom) {
            return;
        }
        let id = self.solver.add(vec![Literal::not(variable), Literal::not(other)]);
        self.causes
            .insert(id, Cause::Clash(variable, other, atom.clone()));
    }

    /// Looks up who satisfies `group`.
    fn requirement(&mut self, group: Group) -> Result<Requirement, ResolveError> {
        let mut choices = Vec::new();
        let mut omitted = Vec::new();
        for atom in &group {
            for choice in self.choices(atom)? {
                let name = &self.packages[choice].record.name;
                let list_omitted = self.omit.contains(name);
                if list_omitted && !omitted.contains(name) {
                    omitted.push(name.clone());
                } else if !list_omitted && !choices.contains(&choice) {
                    choices.push(choice);
                }
            }
            // A left-out package need not exist, and its version is nobody's business.
            if self.omit.contains(&atom.name) && !omitted.contains(&atom.name) {
                omitted.push(atom.name.clone());
            }
        }
        let preferred: Vec<&String> = group
            .iter()
            .filter_map(|atom| self.prefer.get(&atom.name))
            .collect();
        choices.sort_by_key(|choice| !preferred.contains(&&self.packages[*choice].record.name));
        Ok(Requirement {
            group,
            choices,
            omitted,
        })
    }

    /// Packages that satisfy `atom`: the real one's versions from the highest, then providers.
    fn choices(&mut self, atom: &Atom) -> Result<Vec<Variable>, ResolveError> {
        let mut candidates = self.versions(&atom.name)?;
        let mut providers: Vec<(u8, String)> = Vec::new();
        for record in self.index.providers(&atom.name)? {
            if record.name != atom.name {
                providers.push((rank(&record.priority), record.name));
            }
        }
        providers.sort();
        providers.dedup();
        for (_, name) in providers {
            candidates.extend(self.versions(&name)?);
        }
        candidates.retain(|candidate| {
            let package = &self.packages[*candidate];
            package.is_meant_by(atom) && package.has_architecture(atom)
        });
        Ok(candidates)
    }

    /// The versions of a real package, highest first.
    fn versions(&mut self, name: &str) -> Result<Vec<Variable>, ResolveError> {
        if let Some(versions) = self.versions.get(name) {
            return Ok(versions.clone());
        }
        let mut versions: Vec<Variable> = Vec::new();
        for record in self.index.candidates(name)? {
            let variable = self.add_package(record)?;
            for other in &versions {
                let id = self
                    .solver
                    .add(vec![Literal::not(*other), Literal::not(variable)]);
                self.causes.insert(id, Cause::Versions(variable));
            }
            versions.push(variable);
        }
        self.versions.insert(name.to_owned(), versions.clone());
        Ok(versions)
    }

    fn add_package(&mut self, record: Record) -> Result<Variable, ResolveError> {
        let provides: Vec<Atom> = field(&record, "Provides", &record.provides)?
            .into_iter()
            .flatten()
            .collect();
        let mut names: BTreeSet<String> = provides.iter().map(|atom| atom.name.clone()).collect();
        names.insert(record.name.clone());
        let variable = self.solver.new_variable();
        self.packages.push(Package {
            record,
            provides,
            requirements: Vec::new(),
            expanded: false,
        });
        for name in names {
            for (other, atom) in self.clashes.get(&name).cloned().unwrap_or_default() {
                self.clash(other, variable, &atom);
            }
            self.known.entry(name).or_default().push(variable);
        }
        Ok(variable)
    }
}

impl Package {
    /// Whether `atom` names this package or something it provides, in a version that fits.
    fn is_meant_by(&self, atom: &Atom) -> bool {
        let fits = |version: &str| match &atom.version {
            Some((relation, bound)) => relation.holds(version, bound),
            None => true,
        };
        let provided = |provided: &Atom| {
            provided.name == atom.name
                && match &provided.version {
                    Some((_, version)) => fits(version),
                    // Without a version of its own, a provided name satisfies no versioned relation.
                    None => atom.version.is_none(),
                }
        };
        (self.record.name == atom.name && fits(&self.record.version)) || self.provides.iter().any(provided)
    }

    /// Whether the part behind the colon allows this package. All packages are of one architecture or `all`.
    fn has_architecture(&self, atom: &Atom) -> bool {
        match atom.architecture.as_deref() {
            None | Some("native" | "all") => true,
            Some("any") => self.record.multi_arch == "allowed",
            Some(architecture) => {
                architecture == self.record.architecture || self.record.architecture == "all"
            }
        }
    }
}

/// How far at the front a provider stands by its priority.
fn rank(priority: &str) -> u8 {
    match priority {
        "required" => 0,
        "important" => 1,
        "standard" => 2,
        "optional" => 3,
        _ => 4,
    }
}

fn field(record: &Record, name: &'static str, value: &str) -> Result<Vec<Group>, ResolveError> {
    relation::parse(value).map_err(|reason| ResolveError::BadField {
        package: format!("{} {}", record.name, record.version),
        field: name,
        reason,
    })
}
