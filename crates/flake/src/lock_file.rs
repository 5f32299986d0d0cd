//! The graph of locked inputs that `flake.lock` holds.

use std::collections::{BTreeMap, BTreeSet};

use crate::input_url::is_flake_id;
use crate::{Error, FlakeReference, without_passwords};

/// Names of inputs from the root flake down.
pub type InputPath = Vec<String>;

/// A node's place in its lock file.
pub type NodeId = usize;

/// What an input of a node is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edge {
    /// A node of its own.
    Node(NodeId),
    /// The same as the input at this path from the root.
    Follows(InputPath),
}

/// A locked input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedInput {
    /// As `flake.nix` names it.
    pub original: FlakeReference,
    /// The immutable reference.
    pub locked: FlakeReference,
    /// Whether it has a `flake.nix` that is called.
    pub is_flake: bool,
    /// For a path relative to another input: that input.
    pub parent: Option<InputPath>,
}

impl LockedInput {
    /// The address that has a password in it, without it, if there is one.
    pub(crate) fn with_password(&self) -> Option<String> {
        let texts = [&self.original, &self.locked].map(|reference| reference.to_url().to_text());
        let mut hidden = texts.iter().map(|text| (text, without_passwords(text)));
        hidden.find_map(|(text, hidden)| (*text != hidden).then_some(hidden))
    }
}

/// One node: the root has no lock of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its inputs.
    pub inputs: BTreeMap<String, Edge>,
    /// How it is locked.
    pub input: Option<LockedInput>,
}

/// All nodes; the first is the root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockFile {
    nodes: Vec<Node>,
}

impl Default for LockFile {
    fn default() -> Self {
        Self {
            nodes: vec![Node::default()],
        }
    }
}

impl LockFile {
    /// The root's place.
    pub const ROOT: NodeId = 0;

    pub(crate) fn from_nodes(nodes: Vec<Node>) -> Self {
        Self { nodes }
    }

    /// The node at `id`.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id]
    }

    /// All locked inputs, in no order that means anything.
    pub fn inputs(&self) -> impl Iterator<Item = &LockedInput> {
        self.nodes.iter().filter_map(|node| node.input.as_ref())
    }

    /// Adds a node and returns its place.
    pub fn add(&mut self, input: LockedInput) -> NodeId {
        self.nodes.push(Node {
            inputs: BTreeMap::new(),
            input: Some(input),
        });
        self.nodes.len() - 1
    }

    /// Sets an input of the node at `id`.
    pub fn connect(&mut self, id: NodeId, name: &str, edge: Edge) {
        self.nodes[id].inputs.insert(name.to_owned(), edge);
    }

    /// The node at a path of inputs from the root, with `follows` resolved.
    pub fn find(&self, path: &[String]) -> Result<Option<NodeId>, Error> {
        self.find_from(path, &mut Vec::new())
    }

    fn find_from(&self, path: &[String], visited: &mut Vec<InputPath>) -> Result<Option<NodeId>, Error> {
        if visited.iter().any(|other| other == path) {
            let circle: Vec<_> = visited.iter().map(|path| print_input_path(path)).collect();
            return Err(Error::FollowsCycle(circle.join(" -> ")));
        }
        visited.push(path.to_owned());
        let mut position = Self::ROOT;
        for name in path {
            position = match self.nodes[position].inputs.get(name) {
                Some(Edge::Node(id)) => *id,
                Some(Edge::Follows(target)) => match self.find_from(target, visited)? {
                    Some(id) => id,
                    None => return Ok(None),
                },
                None => return Ok(None),
            };
        }
        visited.pop();
        Ok(Some(position))
    }

    /// Every input with its path. A node that several paths lead to is followed once.
    pub fn all_inputs(&self) -> BTreeMap<InputPath, Edge> {
        let mut result = BTreeMap::new();
        self.collect(Self::ROOT, &mut Vec::new(), &mut BTreeSet::new(), &mut result);
        result
    }

    fn collect(
        &self,
        id: NodeId,
        path: &mut InputPath,
        done: &mut BTreeSet<NodeId>,
        result: &mut BTreeMap<InputPath, Edge>,
    ) {
        if !done.insert(id) {
            return;
        }
        for (name, edge) in &self.nodes[id].inputs {
            path.push(name.clone());
            result.insert(path.clone(), edge.clone());
            if let Edge::Node(child) = edge {
                self.collect(*child, path, done, result);
            }
            path.pop();
        }
    }

    /// Checks that whatever is followed is there.
    pub fn check(&self) -> Result<(), Error> {
        for (path, edge) in self.all_inputs() {
            if let Edge::Follows(target) = edge
                && !target.is_empty()
                && self.find(&target)?.is_none()
            {
                return Err(Error::FollowsNothing {
                    input: print_input_path(&path),
                    target: print_input_path(&target),
                });
            }
        }
        Ok(())
    }

    /// The first input that is not locked to one immutable tree.
    pub fn unlocked_input(&self) -> Option<&FlakeReference> {
        let mut locked = self.inputs().map(|input| &input.locked);
        locked.find(|reference| !reference.input.is_locked() && !reference.input.is_relative())
    }
}

/// Reads `a/b/c`; the empty text is the root.
pub fn parse_input_path(text: &str) -> Result<InputPath, Error> {
    let names = text.split('/').filter(|name| !name.is_empty());
    names
        .map(|name| match is_flake_id(name) {
            true => Ok(name.to_owned()),
            false => Err(Error::bad_reference(
                text,
                format!("'{name}' is not the name of an input"),
            )),
        })
        .collect()
}

/// Writes `a/b/c`.
pub fn print_input_path(path: &[String]) -> String {
    path.join("/")
}
