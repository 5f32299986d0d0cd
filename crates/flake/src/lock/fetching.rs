//! Gives one input its lock: the old one if it still fits, else that of the tree as it is now.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::work::{Old, Place, Scope, Work, extended, joined};
use crate::flake::{inside, read_tree};
use crate::lock_file::{Edge, InputPath, LockFile, LockedInput, NodeId, print_input_path};
use crate::manifest::InputDeclaration;
use crate::search::normalise;
use crate::sources::SourceTree;
use crate::{Error, Flake, FlakeReference, Input, read_flake};

impl Work<'_> {
    /// Copies a lock that still fits. The tree is fetched only if something below may have changed.
    pub(super) fn keep(
        &mut self,
        name: &str,
        path: InputPath,
        old: &Old,
        scope: &Scope,
    ) -> Result<(), Error> {
        let mut locked = old.input().clone();
        locked.parent = locked.parent.map(|parent| joined(&scope.follows_prefix, &parent));
        check_archive(&path, &locked)?;
        let node = self.lock.add(locked.clone());
        self.lock.connect(scope.node, name, Edge::Node(node));
        let known = if self.has_update_below(&path) {
            None
        } else {
            self.known_inputs(&path, old, scope)
        };
        let old = Some(old.clone());
        let follows_prefix = scope.follows_prefix.clone();
        match known {
            Some(inputs) => {
                let place = scope.place.clone();
                let inner = Scope {
                    node,
                    prefix: path,
                    old,
                    follows_prefix,
                    place,
                    trust_lock: true,
                };
                self.compute(&inputs, &inner)
            }
            None => {
                let flake = self.read(&locked.locked, &scope.place)?;
                self.trees.insert(node, flake.tree.clone());
                let place = Place {
                    tree: flake.tree,
                    directory: flake.locked.directory,
                };
                let inner = Scope {
                    node,
                    prefix: path,
                    old,
                    follows_prefix,
                    place,
                    trust_lock: false,
                };
                self.compute(&flake.manifest.inputs_below(&inner.prefix), &inner)
            }
        }
    }

    pub(super) fn has_update_below(&self, path: &InputPath) -> bool {
        self.flags
            .update
            .iter()
            .any(|update| update.len() > path.len() && update.starts_with(path))
    }

    /// The inputs as the lock file has them; nothing if an override that shaped them is gone.
    fn known_inputs(
        &self,
        path: &InputPath,
        old: &Old,
        scope: &Scope,
    ) -> Option<BTreeMap<String, InputDeclaration>> {
        let mut inputs = BTreeMap::new();
        for (name, edge) in &old.lock.node(old.node).inputs {
            let mut declaration = InputDeclaration::default();
            match edge {
                Edge::Node(child) => {
                    let locked = old.lock.node(*child).input.as_ref()?;
                    // The base is made of Debian; who makes it of something else says so in flake.nix.
                    let is_debian = locked.original.input.kind() == "debian"
                        && locked.original.input.text("url").is_none();
                    let is_of_base = old.input().locked.input.kind() == "hardpan";
                    if is_of_base && !is_debian && !self.overrides.contains_key(&extended(path, name)) {
                        return None;
                    }
                    declaration.reference = Some(locked.original.clone());
                    declaration.is_flake = locked.is_flake;
                }
                Edge::Follows(target) => {
                    if !scope.trust_lock && !self.overrides.contains_key(&extended(path, name)) {
                        return None;
                    }
                    declaration.follows = Some(joined(&scope.follows_prefix, target));
                }
            }
            inputs.insert(name.clone(), declaration);
        }
        Some(inputs)
    }

    pub(super) fn fetch(&mut self, name: &str, fresh: Fresh, scope: &Scope) -> Result<(), Error> {
        match fresh.is_flake {
            true => self.fetch_flake(name, fresh, scope),
            false => {
                let (locked, tree) = self.tree(&fresh.path, &fresh.reference, &fresh.place)?;
                self.add_fresh(name, &fresh, locked, tree, scope);
                Ok(())
            }
        }
    }

    fn fetch_flake(&mut self, name: &str, mut fresh: Fresh, scope: &Scope) -> Result<(), Error> {
        let reference = fresh.reference.clone();
        if self.parents.contains(&reference) {
            return Err(Error::CircularImport(reference.to_string()));
        }
        let flake = self.read(&reference, &fresh.place)?;
        let locked = match reference.input.is_relative() {
            true => reference.clone(),
            false => flake.locked.clone(),
        };
        let node = self.add_fresh(name, &fresh, locked, flake.tree.clone(), scope);
        let (old, follows_prefix) = match fresh.old.take() {
            Some(old) => (old, scope.follows_prefix.clone()),
            None => self.locks_below(&flake, &fresh.path)?,
        };
        let place = Place {
            tree: flake.tree,
            directory: flake.locked.directory,
        };
        let (prefix, old) = (fresh.path, Some(old));
        let inner = Scope {
            node,
            prefix,
            old,
            follows_prefix,
            place,
            trust_lock: false,
        };
        self.parents.push(reference);
        self.compute(&flake.manifest.inputs_below(&inner.prefix), &inner)?;
        self.parents.pop();
        Ok(())
    }

    fn add_fresh(
        &mut self,
        name: &str,
        fresh: &Fresh,
        locked: FlakeReference,
        tree: SourceTree,
        scope: &Scope,
    ) -> NodeId {
        let (original, parent) = (fresh.original.clone(), fresh.parent.clone());
        let node = self.lock.add(LockedInput {
            original,
            locked,
            is_flake: fresh.is_flake,
            parent,
        });
        self.lock.connect(scope.node, name, Edge::Node(node));
        self.trees.insert(node, tree);
        node
    }

    /// The flake at `reference`, which may be relative to `place`. Its folder in the tree is `locked.directory`.
    fn read(&self, reference: &FlakeReference, place: &Place) -> Result<Flake, Error> {
        if !reference.input.is_relative() {
            return read_flake(self.sources, self.manifests, reference);
        }
        let place = relative_place(reference, place)?;
        let inside_tree = FlakeReference {
            input: reference.input.clone(),
            directory: place.directory,
        };
        read_tree(self.manifests, reference.clone(), inside_tree, place.tree)
    }

    fn tree(
        &self,
        path: &[String],
        reference: &FlakeReference,
        place: &Place,
    ) -> Result<(FlakeReference, SourceTree), Error> {
        if reference.input.is_relative() {
            return Ok((reference.clone(), relative_place(reference, place)?.tree));
        }
        let before = self.previous_lock(path, reference);
        let fetched = self.sources.fetch_newer(&reference.input, before.as_ref())?;
        let locked = FlakeReference {
            input: fetched.locked,
            directory: reference.directory.clone(),
        };
        Ok((locked, fetched.tree))
    }

    /// The locks for the inputs of a flake that gets a new lock: those of its own lock file. The base has none; what its
    /// inputs were locked to before stays, so that a new program does not bring new packages.
    fn locks_below(&self, flake: &Flake, path: &InputPath) -> Result<(Old, InputPath), Error> {
        let is_base = flake.original.input.kind() == "hardpan";
        if is_base
            && !self.flags.recreate
            && let Some(node) = self.previous.find(path)?
        {
            return Ok((
                Old {
                    lock: Rc::new(self.previous.clone()),
                    node,
                },
                Vec::new(),
            ));
        }
        Ok((
            Old {
                lock: Rc::new(flake.lock_file()?),
                node: LockFile::ROOT,
            },
            path.clone(),
        ))
    }

    /// What the same input was locked to before, even if that lock is to be forgotten.
    fn previous_lock(&self, path: &[String], reference: &FlakeReference) -> Option<Input> {
        let node = self.previous.find(path).ok()??;
        let locked = self.previous.node(node).input.as_ref()?;
        // Further components do not make another archive, and its key stays the one that is trusted.
        let is_same_archive = reference.input.kind() == "debian"
            && locked.original.input.kind() == "debian"
            && locked.original.input.text("url") == reference.input.text("url");
        (locked.original == *reference || is_same_archive).then(|| locked.locked.input.clone())
    }
}

/// Attributes that say where an archive is and whose.
const WHOSE: [&str; 8] = [
    "type",
    "suite",
    "url",
    "archive",
    "keyUrl",
    "mirror",
    "securityMirror",
    "architecture",
];

/// A lock says which state of an archive is meant. Where it is and whose it is stands in flake.nix.
fn check_archive(path: &[String], input: &LockedInput) -> Result<(), Error> {
    let (original, locked) = (&input.original.input, &input.locked.input);
    if original.kind() == "hardpan" && locked.kind() != "hardpan" {
        return Err(Error::ForeignLock {
            input: print_input_path(path),
            attribute: "type".to_owned(),
        });
    }
    if original.kind() != "debian" {
        return Ok(());
    }
    let declared = original.attributes().iter().map(|(name, _)| name);
    for name in WHOSE.into_iter().chain(declared) {
        if original.attributes().get(name) != locked.attributes().get(name) {
            return Err(Error::ForeignLock {
                input: print_input_path(path),
                attribute: name.to_owned(),
            });
        }
    }
    Ok(())
}

/// An input that needs a new lock.
pub(super) struct Fresh {
    pub(super) path: InputPath,
    pub(super) reference: FlakeReference,
    pub(super) original: FlakeReference,
    pub(super) is_flake: bool,
    pub(super) parent: Option<InputPath>,
    pub(super) place: Place,
    pub(super) old: Option<Old>,
}

impl Old {
    pub(super) fn input(&self) -> &LockedInput {
        self.lock
            .node(self.node)
            .input
            .as_ref()
            .expect("only the root has no lock, and no edge leads to it")
    }
}

/// Where a relative path leads from the flake that names it; it stays in the same tree.
fn relative_place(reference: &FlakeReference, place: &Place) -> Result<Place, Error> {
    let root = &place.tree.root;
    let written = reference.input.text("path").unwrap_or_default();
    let folder = normalise(
        &root
            .join(&place.directory)
            .join(written)
            .join(&reference.directory),
    );
    inside(root, &folder, reference)?;
    let directory = folder
        .strip_prefix(root)
        .unwrap_or(&folder)
        .to_string_lossy()
        .into_owned();
    Ok(Place {
        tree: place.tree.clone(),
        directory,
    })
}
