//! Decides which packages are in: clause learning over clauses that may be added while it runs.
//!
//! The search takes wishes ([`Solver::wish`]) in their order and the first choice of each, so that the answer is
//! that of a person reading the dependencies from the top, unless that contradicts itself. Then it learns why
//! and tries the next choice. It is complete and has no randomness.

/// Conflicts after which the search is given up. Closures of real archives meet a handful.
pub(super) const MOST_CONFLICTS: usize = 20_000;

/// A yes-or-no question: is this version of this package in?
pub(super) type Variable = usize;
/// A clause by its number, in the order of addition.
pub(super) type ClauseId = usize;

/// A variable that is to be true or false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Literal {
    pub variable: Variable,
    pub positive: bool,
}

impl Literal {
    pub fn is(variable: Variable) -> Self {
        Self {
            variable,
            positive: true,
        }
    }

    pub fn not(variable: Variable) -> Self {
        Self {
            variable,
            positive: false,
        }
    }
}

/// No assignment exists; these clauses contradict each other.
#[derive(Debug)]
pub(super) struct Contradiction {
    pub clauses: Vec<ClauseId>,
}

#[derive(Debug)]
struct Clause {
    literals: Vec<Literal>,
    /// The clauses that a learned one follows from; empty for a given one.
    learned_from: Vec<ClauseId>,
}

#[derive(Clone, Copy, Debug)]
struct Assignment {
    value: bool,
    level: usize,
    /// The clause that forced it; none for a decision.
    reason: Option<ClauseId>,
}

/// Assignments, clauses and wishes.
#[derive(Debug, Default)]
pub(super) struct Solver {
    assignments: Vec<Option<Assignment>>,
    clauses: Vec<Clause>,
    /// For each variable the clauses in which it occurs negated, and in which it occurs plainly.
    occurrences: Vec<[Vec<ClauseId>; 2]>,
    trail: Vec<Variable>,
    /// Trail entries whose consequences were drawn.
    propagated: usize,
    level: usize,
    wishes: Vec<ClauseId>,
    conflict: Option<ClauseId>,
    conflicts: usize,
}

impl Solver {
    pub fn new_variable(&mut self) -> Variable {
        self.assignments.push(None);
        self.occurrences.push([Vec::new(), Vec::new()]);
        self.assignments.len() - 1
    }

    pub fn is_true(&self, variable: Variable) -> bool {
        self.assignments[variable].is_some_and(|assignment| assignment.value)
    }

    /// The variables that are true, in the order in which they became so.
    pub fn trail(&self) -> &[Variable] {
        &self.trail
    }

    /// How many conflicts were met so far.
    pub fn conflicts(&self) -> usize {
        self.conflicts
    }

    /// Adds a clause: at least one of its literals must hold.
    pub fn add(&mut self, literals: Vec<Literal>) -> ClauseId {
        self.insert(Clause {
            literals,
            learned_from: Vec::new(),
        })
    }

    /// Adds a clause whose plain literals are choices, best first, to be decided when the time comes.
    pub fn wish(&mut self, literals: Vec<Literal>) -> ClauseId {
        let id = self.add(literals);
        self.wishes.push(id);
        id
    }

    fn insert(&mut self, clause: Clause) -> ClauseId {
        let id = self.clauses.len();
        for literal in &clause.literals {
            self.occurrences[literal.variable][usize::from(literal.positive)].push(id);
        }
        self.clauses.push(clause);
        self.examine(id);
        id
    }

    fn value(&self, literal: Literal) -> Option<bool> {
        self.assignments[literal.variable].map(|assignment| assignment.value == literal.positive)
    }

    fn level_of(&self, literal: Literal) -> usize {
        self.assignments[literal.variable].map_or(0, |assignment| assignment.level)
    }

    /// Draws the consequence of one clause: nothing, an assignment or a conflict.
    fn examine(&mut self, id: ClauseId) {
        let mut open = None;
        for literal in &self.clauses[id].literals {
            match self.value(*literal) {
                Some(true) => return,
                Some(false) => {}
                None if open.is_some() => return,
                None => open = Some(*literal),
            }
        }
        match open {
            Some(literal) => self.assign(literal, Some(id)),
            None => {
                self.conflict.get_or_insert(id);
            }
        }
    }

    fn assign(&mut self, literal: Literal, reason: Option<ClauseId>) {
        self.assignments[literal.variable] = Some(Assignment {
            value: literal.positive,
            level: self.level,
            reason,
        });
        self.trail.push(literal.variable);
    }

    /// Draws all consequences of what is assigned. Conflicts are left in `conflict`.
    fn propagate(&mut self) {
        while self.conflict.is_none() && self.propagated < self.trail.len() {
            let variable = self.trail[self.propagated];
            self.propagated += 1;
            // Clauses in which the variable's other literal occurs have lost one way to hold.
            let lost = usize::from(!self.is_true(variable));
            for index in 0..self.occurrences[variable][lost].len() {
                let id = self.occurrences[variable][lost][index];
                self.examine(id);
            }
        }
    }

    /// Draws all consequences, learning from conflicts, until none is left or [`MOST_CONFLICTS`] were met.
    pub fn settle(&mut self) -> Result<(), Contradiction> {
        self.propagate();
        while let Some(conflict) = self.conflict.take() {
            if self.conflicts >= MOST_CONFLICTS {
                return Ok(());
            }
            self.conflicts += 1;
            self.learn(conflict)?;
            self.propagate();
        }
        Ok(())
    }

    /// Decides one open wish. `false` if every wish is granted. All consequences must have been drawn.
    ///
    /// Wishes for which `single` says that all choices are versions of one package come first: they leave
    /// less to chance, and what they bring along may grant the other wishes.
    pub fn decide(&mut self, single: impl Fn(Variable, Variable) -> bool) -> bool {
        let mut first = None;
        for id in &self.wishes {
            let Some(choices) = self.open_choices(*id) else {
                continue;
            };
            if choices.iter().all(|choice| single(choices[0], *choice)) {
                first = Some(choices[0]);
                break;
            }
            first = first.or(Some(choices[0]));
        }
        let Some(choice) = first else {
            return false;
        };
        self.level += 1;
        self.assign(Literal::is(choice), None);
        true
    }

    /// The choices that are left for a wish, if it is active and not yet granted.
    fn open_choices(&self, id: ClauseId) -> Option<Vec<Variable>> {
        let mut open = Vec::new();
        for literal in &self.clauses[id].literals {
            match self.value(*literal) {
                Some(true) => return None,
                Some(false) => {}
                None if literal.positive => open.push(literal.variable),
                None => return None,
            }
        }
        (!open.is_empty()).then_some(open)
    }

    /// Learns a clause from a conflict and goes back to where it has a consequence.
    fn learn(&mut self, conflict: ClauseId) -> Result<(), Contradiction> {
        let literals = &self.clauses[conflict].literals;
        let level = literals
            .iter()
            .map(|literal| self.level_of(*literal))
            .max()
            .unwrap_or(0);
        if level == 0 {
            return Err(self.contradiction(conflict));
        }
        // A clause that was added late may contradict what was decided long ago.
        self.back_to(level);
        let learned = self.analyze(conflict);
        let mut levels: Vec<usize> = learned
            .literals
            .iter()
            .map(|literal| self.level_of(*literal))
            .collect();
        levels.sort_unstable();
        let target = levels.len().checked_sub(2).map_or(0, |index| levels[index]);
        self.back_to(target);
        self.insert(learned);
        // Clauses added late may have consequences at this level that were drawn at a later one.
        for id in 0..self.clauses.len() {
            if self.conflict.is_none() {
                self.examine(id);
            }
        }
        Ok(())
    }

    /// The clause that holds one literal of the current level: the first decision all of the conflict goes through.
    fn analyze(&self, conflict: ClauseId) -> Clause {
        let mut learned_from = vec![conflict];
        let mut seen = vec![false; self.assignments.len()];
        let mut kept = Vec::new();
        let mut at_level = 0;
        let mut literals = self.clauses[conflict].literals.clone();
        for variable in self.trail.iter().rev() {
            for literal in literals.drain(..) {
                if !std::mem::replace(&mut seen[literal.variable], true) {
                    if self.level_of(literal) == self.level {
                        at_level += 1;
                    } else {
                        kept.push(literal);
                    }
                }
            }
            let Some(assignment) = self.assignments[*variable] else {
                continue;
            };
            if !seen[*variable] || assignment.level != self.level {
                continue;
            }
            at_level -= 1;
            let literal = Literal {
                variable: *variable,
                positive: !assignment.value,
            };
            match assignment.reason {
                Some(reason) if at_level > 0 => {
                    learned_from.push(reason);
                    let others = self.clauses[reason].literals.iter();
                    literals.extend(others.filter(|other| other.variable != *variable));
                }
                _ => {
                    kept.push(literal);
                    break;
                }
            }
        }
        Clause {
            literals: kept,
            learned_from,
        }
    }

    fn back_to(&mut self, level: usize) {
        while let Some(variable) = self.trail.last() {
            match self.assignments[*variable] {
                Some(assignment) if assignment.level > level => {
                    self.assignments[*variable] = None;
                    self.trail.pop();
                }
                _ => break,
            }
        }
        self.level = level;
        self.propagated = self.propagated.min(self.trail.len());
        self.conflict = None;
    }

    /// The given clauses that a conflict without any decision follows from, in order.
    fn contradiction(&self, conflict: ClauseId) -> Contradiction {
        let mut needed = vec![false; self.clauses.len()];
        let mut todo = vec![conflict];
        while let Some(id) = todo.pop() {
            if std::mem::replace(&mut needed[id], true) {
                continue;
            }
            let lost = self.clauses[id]
                .literals
                .iter()
                .filter(|literal| self.value(**literal) == Some(false));
            todo.extend(lost.filter_map(|literal| self.assignments[literal.variable]?.reason));
        }
        // What a learned clause follows from was added before it.
        for id in (0..self.clauses.len())
            .rev()
            .filter(|id| !self.clauses[*id].learned_from.is_empty())
        {
            if needed[id] {
                for origin in &self.clauses[id].learned_from {
                    needed[*origin] = true;
                }
            }
        }
        let given = |id: &ClauseId| needed[*id] && self.clauses[*id].learned_from.is_empty();
        Contradiction {
            clauses: (0..self.clauses.len()).filter(given).collect(),
        }
    }
}
