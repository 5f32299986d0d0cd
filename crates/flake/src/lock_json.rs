//! Reads and writes `flake.lock`, version 7, byte for byte as Nix does.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::input::Input;
use crate::lock_file::{Edge, LockFile, LockedInput, Node, NodeId};
use crate::{Attributes, Error, FlakeReference};

const MAXIMUM_NODES: usize = 100_000;
const OLDEST_VERSION: u64 = 5;
const VERSION: u64 = 7;

impl LockFile {
    /// Reads the text of `path`.
    pub fn parse(text: &str, path: &str) -> Result<Self, Error> {
        let bad = |reason: String| Error::BadLock {
            path: path.to_owned(),
            reason,
        };
        let value: Value = serde_json::from_str(text).map_err(|error| bad(error.to_string()))?;
        Self::from_json(&value).map_err(bad)
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string_pretty(&self.to_json()).expect("JSON values can be printed");
        text.push('\n');
        text
    }

    /// The file's content, and with it the key of each node.
    pub fn to_json(&self) -> Value {
        let mut printer = Printer {
            lock: self,
            keys: BTreeMap::new(),
            used: BTreeSet::new(),
            nodes: Map::new(),
        };
        let root = printer.print("root", Self::ROOT);
        json!({ "nodes": printer.nodes, "root": root, "version": VERSION })
    }

    /// The key that each node gets in the file.
    pub fn keys(&self) -> BTreeMap<NodeId, String> {
        let mut printer = Printer {
            lock: self,
            keys: BTreeMap::new(),
            used: BTreeSet::new(),
            nodes: Map::new(),
        };
        printer.print("root", Self::ROOT);
        printer.keys
    }

    fn from_json(value: &Value) -> Result<Self, String> {
        let version = value["version"].as_u64().unwrap_or(0);
        if !(OLDEST_VERSION..=VERSION).contains(&version) {
            return Err(format!("it has unsupported version {version}"));
        }
        let nodes = value["nodes"].as_object().ok_or("it has no 'nodes'")?;
        let root = value["root"].as_str().ok_or("it has no 'root'")?;
        if nodes.len() > MAXIMUM_NODES {
            return Err(format!("it has more than {MAXIMUM_NODES} nodes"));
        }
        let others = nodes.keys().map(String::as_str).filter(|key| *key != root);
        let order: Vec<&str> = std::iter::once(root).chain(others).collect();
        let places: BTreeMap<&str, NodeId> = order.iter().enumerate().map(|(id, key)| (*key, id)).collect();
        let read = |key: &&str| {
            let node = nodes
                .get(*key)
                .ok_or_else(|| format!("node '{key}' is missing"))?;
            read_node(node, *key == root, &places).map_err(|reason| format!("node '{key}': {reason}"))
        };
        let lock = Self::from_nodes(order.iter().map(read).collect::<Result<_, String>>()?);
        lock.refuse_cycles()?;
        Ok(lock)
    }

    /// A node must not be its own ancestor, or walking the graph would not end.
    fn refuse_cycles(&self) -> Result<(), String> {
        let mut done = BTreeSet::new();
        let mut stack = vec![(Self::ROOT, false)];
        let mut open = BTreeSet::new();
        while let Some((id, leaving)) = stack.pop() {
            if leaving {
                open.remove(&id);
                done.insert(id);
                continue;
            }
            if done.contains(&id) {
                continue;
            }
            open.insert(id);
            stack.push((id, true));
            for edge in self.node(id).inputs.values() {
                if let Edge::Node(child) = edge {
                    if open.contains(child) {
                        return Err("its nodes form a cycle".to_owned());
                    }
                    stack.push((*child, false));
                }
            }
        }
        Ok(())
    }
}

fn read_node(value: &Value, is_root: bool, places: &BTreeMap<&str, NodeId>) -> Result<Node, String> {
    let mut node = Node::default();
    for (name, edge) in value["inputs"].as_object().into_iter().flatten() {
        node.inputs.insert(name.clone(), read_edge(edge, places)?);
    }
    if !is_root {
        let is_flake = value["flake"].as_bool().unwrap_or(true);
        let parent = match value.get("parent") {
            Some(parent) => Some(read_path(parent)?),
            None => None,
        };
        let original = read_reference(value, "original")?;
        let locked = read_reference(value, "locked")?;
        node.input = Some(LockedInput {
            original,
            locked,
            is_flake,
            parent,
        });
    }
    Ok(node)
}

fn read_edge(edge: &Value, places: &BTreeMap<&str, NodeId>) -> Result<Edge, String> {
    match edge {
        Value::String(key) => {
            let id = places
                .get(key.as_str())
                .ok_or_else(|| format!("there is no node '{key}'"))?;
            if *id == LockFile::ROOT {
                Ok(Edge::Follows(Vec::new()))
            } else {
                Ok(Edge::Node(*id))
            }
        }
        Value::Array(_) => Ok(Edge::Follows(read_path(edge)?)),
        _ => Err("an input is neither a name nor a path".to_owned()),
    }
}

fn read_path(value: &Value) -> Result<Vec<String>, String> {
    let names = value.as_array().ok_or("a path of inputs is not a list")?;
    let name = |name: &Value| {
        name.as_str()
            .map(str::to_owned)
            .ok_or("a path of inputs has no names".to_owned())
    };
    names.iter().map(name).collect()
}

fn read_reference(node: &Value, name: &str) -> Result<FlakeReference, String> {
    let object = node[name]
        .as_object()
        .ok_or_else(|| format!("it has no '{name}'"))?;
    let input = Input::from_json(object).map_err(|error| error.to_string())?;
    FlakeReference::from_attributes(input.attributes().clone()).map_err(|error| error.to_string())
}

/// Names nodes by the first input that leads to them, adding `_2`, `_3`, … where a name is taken.
struct Printer<'a> {
    lock: &'a LockFile,
    keys: BTreeMap<NodeId, String>,
    used: BTreeSet<String>,
    nodes: Map<String, Value>,
}

impl Printer<'_> {
    fn print(&mut self, name: &str, id: NodeId) -> String {
        if let Some(key) = self.keys.get(&id) {
            return key.clone();
        }
        let key = self.free_key(name);
        self.keys.insert(id, key.clone());
        let lock = self.lock;
        let node = lock.node(id);
        let mut printed = Map::new();
        if !node.inputs.is_empty() {
            let edges = node
                .inputs
                .iter()
                .map(|(name, edge)| (name.clone(), self.print_edge(name, edge)));
            printed.insert("inputs".to_owned(), Value::Object(edges.collect()));
        }
        if let Some(input) = &node.input {
            printed.insert("original".to_owned(), as_json(&input.original.to_attributes()));
            printed.insert("locked".to_owned(), as_json(&input.locked.to_attributes()));
            if !input.is_flake {
                printed.insert("flake".to_owned(), Value::Bool(false));
            }
            if let Some(parent) = &input.parent {
                printed.insert("parent".to_owned(), json!(parent));
            }
        }
        self.nodes.insert(key.clone(), Value::Object(printed));
        key
    }

    fn print_edge(&mut self, name: &str, edge: &Edge) -> Value {
        match edge {
            Edge::Node(child) => Value::String(self.print(name, *child)),
            Edge::Follows(path) => json!(path),
        }
    }

    fn free_key(&mut self, name: &str) -> String {
        let numbered = (2..).map(|number| format!("{name}_{number}"));
        let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
        let key = candidates
            .find(|key| !self.used.contains(key))
            .expect("the numbers do not end");
        self.used.insert(key.clone());
        key
    }
}

fn as_json(attributes: &Attributes) -> Value {
    attributes.to_json()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{
  "nodes": {
    "a": {
      "inputs": {
        "b": "b_2",
        "root": []
      },
      "locked": {
        "lastModified": 1700000000,
        "narHash": "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "path": "/a",
        "type": "path"
      },
      "original": {
        "path": "/a",
        "type": "path"
      }
    },
    "b": {
      "flake": false,
      "locked": {
        "path": "./b",
        "type": "path"
      },
      "original": {
        "path": "./b",
        "type": "path"
      },
      "parent": []
    },
    "b_2": {
      "locked": {
        "dir": "x",
        "path": "/b",
        "type": "path"
      },
      "original": {
        "dir": "x",
        "path": "/b",
        "type": "path"
      }
    },
    "root": {
      "inputs": {
        "a": "a",
        "b": "b",
        "c": [
          "a",
          "b"
        ]
      }
    }
  },
  "root": "root",
  "version": 7
}
"#;

    #[test]
    fn a_lock_file_is_written_as_it_was_read_but_for_the_names_of_nodes() {
        // Nodes are named in the order they are reached: `b` of `a` comes before `b` of the root.
        let swapped = TEXT
            .replace("\"b\": \"b_2\"", "\"b\": \"?\"")
            .replace("\"b\": \"b\"", "\"b\": \"b_2\"");
        let swapped = swapped
            .replace("\"?\"", "\"b\"")
            .replace("    \"b\": {\n", "    \"B\": {\n");
        let swapped = swapped
            .replace("    \"b_2\": {\n", "    \"b\": {\n")
            .replace("\"B\"", "\"b_2\"");
        let lock = LockFile::parse(TEXT, "flake.lock").expect("the text is a lock file");
        let printed = lock.to_text();
        let again = LockFile::parse(&printed, "flake.lock").expect("what we print can be read");
        assert_eq!(again.to_text(), printed);
        let swapped: Value = serde_json::from_str(&swapped).expect("the swapped text is JSON");
        assert_eq!(lock.to_json(), swapped);
        assert_eq!(
            lock.find(&["c".to_owned()]).expect("no cycle"),
            lock.find(&["a".into(), "b".into()]).expect("no cycle")
        );
    }

    #[test]
    fn damaged_lock_files_are_refused_with_a_reason() {
        let table = [
            ("{", "EOF"),
            ("{}", "version 0"),
            (r#"{"version":8,"root":"r","nodes":{}}"#, "version 8"),
            (r#"{"version":7,"root":"r","nodes":{}}"#, "'r' is missing"),
            (
                r#"{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":"x"}}}}"#,
                "no node 'x'",
            ),
            (
                r#"{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":"a"}},"a":{}}}"#,
                "'original'",
            ),
            (
                r#"{"version":7,"root":"r","nodes":{"r":{"inputs":{"a":"a"}},"a":{"inputs":{"a":"a"},
                   "original":{"type":"path","path":"/"},"locked":{"type":"path","path":"/"}}}}"#,
                "cycle",
            ),
        ];
        for (text, reason) in table {
            let error = LockFile::parse(text, "flake.lock").expect_err(text).to_string();
            assert!(error.contains(reason), "{error}");
        }
    }
}
