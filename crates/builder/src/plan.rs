//! Decides what has to be done to have some outputs, without doing any of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use nix_formats::{Derivation, StorePath};
use store::Store;

use crate::error::BuildError;

/// Something that is wanted to be in the store.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DerivedPath {
    /// A path as it is.
    Opaque(StorePath),
    /// Outputs of a derivation.
    Built {
        /// The derivation.
        derivation: StorePath,
        /// Which outputs; an empty set stands for all.
        outputs: BTreeSet<String>,
    },
}

/// One derivation to build.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its path.
    pub path: StorePath,
    /// The derivation.
    pub derivation: Arc<Derivation>,
    /// The steps that must be done before, as positions in `Plan::steps`.
    pub after: Vec<usize>,
}

/// What has to be done, in an order in which each step comes after those that it needs.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What must be built or fetched.
    pub steps: Vec<Step>,
    /// Wanted outputs that are there already.
    pub have: BTreeSet<StorePath>,
    /// What was asked for: valid once all steps are done.
    pub wanted: Vec<StorePath>,
}

impl Step {
    /// Whether it fetches something whose content is known by hash.
    pub fn is_fetch(&self) -> bool {
        self.derivation.fixed_output().is_some()
    }

    /// The paths of its outputs.
    pub fn outputs(&self) -> Result<BTreeMap<String, StorePath>, BuildError> {
        let path_of = |(name, output): (&String, &nix_formats::Output)| match &output.path {
            Some(path) => Ok((name.clone(), path.clone())),
            None => Err(BuildError::NoOutputPath {
                derivation: self.path.clone(),
                output: name.clone(),
            }),
        };
        self.derivation.outputs.iter().map(path_of).collect()
    }
}

impl Plan {
    /// How many steps fetch, and how many build.
    pub fn counts(&self) -> (usize, usize) {
        let fetch = self.steps.iter().filter(|step| step.is_fetch()).count();
        (fetch, self.steps.len() - fetch)
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            writeln!(
                formatter,
                "{} {}",
                if step.is_fetch() { "fetch" } else { "build" },
                step.path
            )?;
        }
        for path in &self.have {
            writeln!(formatter, "have  {path}")?;
        }
        Ok(())
    }
}

/// Finds out what must be done to have `wanted`. Everything that it looks at is kept from collectors.
pub fn plan(store: &Store, wanted: &[DerivedPath]) -> Result<Plan, BuildError> {
    let _pause = store.pause_collection()?;
    let mut planner = Planner {
        store,
        plan: Plan::default(),
        positions: BTreeMap::new(),
        read: BTreeMap::new(),
        present: BTreeSet::new(),
        seen: BTreeSet::new(),
    };
    for wish in wanted {
        planner.want(wish)?;
    }
    store.add_temporary_roots(&planner.seen)?;
    Ok(planner.plan)
}

/// The step that builds `derivation`, whether that is needed or not.
pub(crate) fn single(store: &Store, derivation: &StorePath) -> Result<Step, BuildError> {
    store.add_temporary_root(derivation)?;
    Ok(Step {
        path: derivation.clone(),
        derivation: Arc::new(store.read_derivation(derivation)?),
        after: Vec::new(),
    })
}

/// What the builder of `step` needs.
pub(crate) fn inputs(step: &Step) -> Vec<DerivedPath> {
    let sources = step
        .derivation
        .input_sources
        .iter()
        .cloned()
        .map(DerivedPath::Opaque);
    let built = |(derivation, outputs): (&StorePath, &BTreeSet<String>)| DerivedPath::Built {
        derivation: derivation.clone(),
        outputs: outputs.clone(),
    };
    sources
        .chain(step.derivation.input_derivations.iter().map(built))
        .collect()
}

struct Planner<'a> {
    store: &'a Store,
    plan: Plan,
    /// Where each derivation stands in the plan; nothing while what it needs is being planned.
    positions: BTreeMap<StorePath, Option<usize>>,
    /// Every derivation that was read.
    read: BTreeMap<StorePath, Arc<Derivation>>,
    /// Derivations and outputs of them that are wanted and valid, so that none is looked at twice.
    present: BTreeSet<(StorePath, BTreeSet<String>)>,
    /// What was looked at.
    seen: BTreeSet<StorePath>,
}

/// Work of the depth-first walk.
enum Task {
    Need {
        derivation: StorePath,
        outputs: BTreeSet<String>,
    },
    Emit {
        path: StorePath,
        derivation: Arc<Derivation>,
    },
}

impl Planner<'_> {
    fn want(&mut self, wish: &DerivedPath) -> Result<(), BuildError> {
        match wish {
            DerivedPath::Opaque(path) => {
                self.require_valid(path)?;
                self.plan.have.insert(path.clone());
                self.plan.wanted.push(path.clone());
            }
            DerivedPath::Built {
                derivation: path,
                outputs,
            } => {
                let derivation = self.read(path)?;
                let outputs = if outputs.is_empty() {
                    derivation.outputs.keys().cloned().collect()
                } else {
                    outputs.clone()
                };
                let paths = self.output_paths(path, &derivation, &outputs)?;
                self.plan.wanted.extend(paths);
                self.walk(Task::Need {
                    derivation: path.clone(),
                    outputs,
                })?;
            }
        }
        Ok(())
    }

    fn walk(&mut self, start: Task) -> Result<(), BuildError> {
        let mut tasks = vec![start];
        while let Some(task) = tasks.pop() {
            match task {
                Task::Need { derivation, outputs } => self.need(derivation, &outputs, &mut tasks)?,
                Task::Emit { path, derivation } => self.emit(path, derivation)?,
            }
        }
        Ok(())
    }

    fn need(
        &mut self,
        path: StorePath,
        outputs: &BTreeSet<String>,
        tasks: &mut Vec<Task>,
    ) -> Result<(), BuildError> {
        match self.positions.get(&path) {
            Some(Some(_)) => return Ok(()),
            Some(None) => return Err(BuildError::Cycle { derivation: path }),
            None => {}
        }
        let wish = (path, outputs.clone());
        if self.present.contains(&wish) {
            return Ok(());
        }
        let derivation = self.read(&wish.0)?;
        let paths = self.output_paths(&wish.0, &derivation, outputs)?;
        self.seen.extend(paths.iter().cloned());
        if self.store.are_valid(&paths)? {
            self.plan.have.extend(paths);
            self.present.insert(wish);
            return Ok(());
        }
        let (path, _) = wish;
        self.check_own_outputs(&derivation)?;
        for source in &derivation.input_sources {
            self.require_valid(source)?;
        }
        self.positions.insert(path.clone(), None);
        tasks.push(Task::Emit {
            path,
            derivation: Arc::clone(&derivation),
        });
        for (input, outputs) in &derivation.input_derivations {
            tasks.push(Task::Need {
                derivation: input.clone(),
                outputs: outputs.clone(),
            });
        }
        Ok(())
    }

    /// Another program may have put the derivation into the store, and not have looked.
    fn check_own_outputs(&self, derivation: &Derivation) -> Result<(), BuildError> {
        let at_hand = |path: &StorePath| self.read.get(path).cloned();
        Ok(self.store.check_derivation(derivation, &at_hand)?)
    }

    fn emit(&mut self, path: StorePath, derivation: Arc<Derivation>) -> Result<(), BuildError> {
        let position_of = |input| self.positions.get(input).copied().flatten();
        let after = derivation
            .input_derivations
            .keys()
            .filter_map(position_of)
            .collect();
        self.positions.insert(path.clone(), Some(self.plan.steps.len()));
        self.plan.steps.push(Step {
            path,
            derivation,
            after,
        });
        Ok(())
    }

    fn read(&mut self, path: &StorePath) -> Result<Arc<Derivation>, BuildError> {
        if let Some(derivation) = self.read.get(path) {
            return Ok(Arc::clone(derivation));
        }
        self.require_valid(path)?;
        let derivation = Arc::new(self.store.read_derivation(path)?);
        self.read.insert(path.clone(), Arc::clone(&derivation));
        Ok(derivation)
    }

    fn require_valid(&mut self, path: &StorePath) -> Result<(), BuildError> {
        self.seen.insert(path.clone());
        if self.store.is_valid(path)? {
            Ok(())
        } else {
            Err(store::StoreError::NotValid(path.clone()).into())
        }
    }

    fn output_paths(
        &self,
        path: &StorePath,
        derivation: &Derivation,
        outputs: &BTreeSet<String>,
    ) -> Result<Vec<StorePath>, BuildError> {
        let path_of = |output: &String| {
            derivation
                .output_path(output)
                .cloned()
                .ok_or_else(|| BuildError::NoOutputPath {
                    derivation: path.clone(),
                    output: output.clone(),
                })
        };
        outputs.iter().map(path_of).collect()
    }
}
