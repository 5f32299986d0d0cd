//! Walks the declared inputs from the root down: overrides, follows, and which locks are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::LockFlags;
use super::fetching::Fresh;
use crate::lock_file::{Edge, InputPath, LockFile, NodeId, print_input_path};
use crate::manifest::{InputDeclaration, ManifestReader};
use crate::sources::{SourceTree, Sources};
use crate::{Error, FlakeReference};

const MAXIMUM_DEPTH: usize = 64;

/// A tree and the folder of `flake.nix` in it.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) tree: SourceTree,
    pub(super) directory: String,
}

/// A node of a lock file that is already there.
#[derive(Clone)]
pub(super) struct Old {
    pub(super) lock: Rc<LockFile>,
    pub(super) node: NodeId,
}

/// Where in the graph we are.
pub(super) struct Scope {
    pub(super) node: NodeId,
    pub(super) prefix: InputPath,
    pub(super) old: Option<Old>,
    pub(super) follows_prefix: InputPath,
    pub(super) place: Place,
    /// Whether the inputs come from a lock file rather than from `flake.nix`.
    pub(super) trust_lock: bool,
}

/// A declaration that an ancestor makes for an input further down.
#[derive(Clone)]
pub(super) struct Override {
    pub(super) declaration: InputDeclaration,
    pub(super) place: Option<Place>,
    pub(super) parent: InputPath,
}

pub(super) struct Work<'a> {
    pub(super) sources: &'a dyn Sources,
    pub(super) manifests: &'a dyn ManifestReader,
    pub(super) flags: &'a LockFlags,
    /// The lock file as it was.
    pub(super) previous: &'a LockFile,
    pub(super) lock: LockFile,
    pub(super) trees: BTreeMap<NodeId, SourceTree>,
    pub(super) overrides: BTreeMap<InputPath, Override>,
    pub(super) overrides_used: BTreeSet<InputPath>,
    pub(super) updates_used: BTreeSet<InputPath>,
    pub(super) parents: Vec<FlakeReference>,
    pub(super) warnings: Vec<String>,
}

impl<'a> Work<'a> {
    pub(super) fn new(
        sources: &'a dyn Sources,
        manifests: &'a dyn ManifestReader,
        flags: &'a LockFlags,
        previous: &'a LockFile,
    ) -> Self {
        let from_command_line = |(path, reference): (&InputPath, &FlakeReference)| {
            let declaration = InputDeclaration {
                reference: Some(reference.clone()),
                ..InputDeclaration::default()
            };
            (
                path.clone(),
                Override {
                    declaration,
                    place: None,
                    parent: Vec::new(),
                },
            )
        };
        Self {
            sources,
            manifests,
            flags,
            previous,
            lock: LockFile::default(),
            trees: BTreeMap::new(),
            overrides: flags.overrides.iter().map(from_command_line).collect(),
            overrides_used: BTreeSet::new(),
            updates_used: BTreeSet::new(),
            parents: Vec::new(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn compute(
        &mut self,
        inputs: &BTreeMap<String, InputDeclaration>,
        scope: &Scope,
    ) -> Result<(), Error> {
        if scope.prefix.len() > MAXIMUM_DEPTH {
            return Err(Error::CircularImport(print_input_path(&scope.prefix)));
        }
        for (name, input) in inputs {
            self.add_overrides(input, &extended(&scope.prefix, name), scope);
        }
        self.warn_of_strangers(inputs, scope);
        for (name, input) in inputs {
            self.lock_input(name, input, scope)?;
        }
        Ok(())
    }

    /// Ancestors come first, and what they say stays.
    fn add_overrides(&mut self, input: &InputDeclaration, path: &InputPath, scope: &Scope) {
        for (name, declaration) in &input.overrides {
            let path = extended(path, name);
            if declaration.reference.is_some() || declaration.follows.is_some() {
                let place = Some(scope.place.clone());
                let new = Override {
                    declaration: declaration.clone(),
                    place,
                    parent: scope.prefix.clone(),
                };
                self.overrides.entry(path.clone()).or_insert(new);
            }
            self.add_overrides(declaration, &path, scope);
        }
    }

    fn warn_of_strangers(&mut self, inputs: &BTreeMap<String, InputDeclaration>, scope: &Scope) {
        for path in self.overrides.keys() {
            let Some((name, above)) = path.split_last() else {
                continue;
            };
            if above == scope.prefix && !inputs.contains_key(name) && !self.flags.overrides.contains_key(path)
            {
                let above = print_input_path(above);
                self.warnings.push(format!(
                    "input '{above}' has an override for a non-existent input '{name}'"
                ));
            }
        }
    }

    fn lock_input(&mut self, name: &str, declared: &InputDeclaration, scope: &Scope) -> Result<(), Error> {
        let path = extended(&scope.prefix, name);
        let overriding = self.overrides.get(&path).cloned();
        if overriding.is_some() {
            self.overrides_used.insert(path.clone());
        }
        let input = overriding.as_ref().map_or(declared, |other| &other.declaration);
        if let Some(target) = &input.follows {
            self.lock.connect(scope.node, name, Edge::Follows(target.clone()));
            return Ok(());
        }
        let Some(reference) = input.reference.clone() else {
            return Ok(());
        };
        let parent = reference.input.is_relative().then(|| {
            overriding
                .as_ref()
                .map_or_else(|| scope.prefix.clone(), |other| other.parent.clone())
        });
        self.updates_used.insert(path.clone());
        let from_command_line = self.flags.overrides.contains_key(&path);
        let old = self.old_input(name, &path, scope);
        let kept = old.as_ref().filter(|old| {
            let locked = old.input();
            // The lock file of a dependency counts from that dependency.
            let locked_parent = locked.parent.as_ref();
            let locked_parent = locked_parent.map(|parent| joined(&scope.follows_prefix, parent));
            locked.original == reference && locked_parent == parent && !from_command_line
        });
        if let Some(old) = kept {
            return self.keep(name, path, old, scope);
        }
        let original = match &declared.reference {
            Some(declared) if from_command_line => declared.clone(),
            _ => reference.clone(),
        };
        let wants_flake = if from_command_line {
            declared.is_flake
        } else {
            input.is_flake
        };
        let is_flake = wants_flake && !reference.is_data();
        let place = overriding
            .and_then(|other| other.place)
            .unwrap_or_else(|| scope.place.clone());
        let fresh = Fresh {
            path,
            reference,
            original,
            is_flake,
            parent,
            place,
            old,
        };
        self.fetch(name, fresh, scope)
    }

    /// The input's entry in the old lock file, unless it is to be updated.
    fn old_input(&self, name: &str, path: &InputPath, scope: &Scope) -> Option<Old> {
        if self.flags.update.contains(path) {
            return None;
        }
        let old = scope.old.as_ref()?;
        match old.lock.node(old.node).inputs.get(name)? {
            Edge::Node(node) => Some(Old {
                lock: old.lock.clone(),
                node: *node,
            }),
            Edge::Follows(_) => None,
        }
    }

    pub(super) fn warn_of_unused(&mut self) {
        for path in self
            .flags
            .overrides
            .keys()
            .filter(|path| !self.overrides_used.contains(*path))
        {
            let path = print_input_path(path);
            self.warnings.push(format!(
                "the flag '--override-input {path}' does not match any input"
            ));
        }
        for path in self
            .flags
            .update
            .iter()
            .filter(|path| !self.updates_used.contains(*path))
        {
            let path = print_input_path(path);
            self.warnings
                .push(format!("'{path}' does not match any input of this flake"));
        }
    }
}

pub(super) fn extended(path: &[String], name: &str) -> InputPath {
    path.iter()
        .map(String::as_str)
        .chain([name])
        .map(str::to_owned)
        .collect()
}

/// A path of inputs, from the flake that `prefix` leads to.
pub(super) fn joined(prefix: &[String], path: &[String]) -> InputPath {
    prefix.iter().chain(path).cloned().collect()
}
