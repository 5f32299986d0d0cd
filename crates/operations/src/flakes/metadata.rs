//! What a flake is and what it is locked to.

use std::path::PathBuf;

use flake::{Edge, FlakeReference, LockFile, NodeId, day};
use serde_json::{Value, json};

use crate::{Error, LockOptions, Session};

/// What is known about a flake.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// As it was asked for.
    pub original: FlakeReference,
    /// The immutable reference, as far as there is one.
    pub locked: FlakeReference,
    /// One line about it.
    pub description: Option<String>,
    /// Its tree in the store.
    pub store_path: String,
    /// Where that lies on disk.
    pub place: PathBuf,
    /// The locks of its inputs.
    pub lock: LockFile,
}

/// What is known about a flake.
pub fn metadata(
    session: &Session,
    reference: &FlakeReference,
    options: &LockOptions,
) -> Result<Metadata, Error> {
    let locked = super::lock(session, reference, options)?;
    Ok(Metadata {
        original: reference.clone(),
        locked: locked.flake.locked,
        description: locked.flake.manifest.description,
        store_path: locked.flake.tree.store_path.to_string(),
        place: locked.flake.tree.root,
        lock: locked.lock,
    })
}

impl Metadata {
    /// As `nix flake metadata --json` has it.
    pub fn to_json(&self) -> Value {
        let input = &self.locked.input;
        let mut value = json!({
            "lastModified": input.last_modified(),
            "locked": self.locked.to_attributes().to_json(),
            "locks": self.lock.to_json(),
            "original": self.original.to_attributes().to_json(),
            "originalUrl": self.original.to_string(),
            "path": self.store_path,
            "place": self.place,
            "resolved": self.original.to_attributes().to_json(),
            "resolvedUrl": self.original.to_string(),
            "url": self.locked.to_string(),
        });
        if let Some(description) = &self.description {
            value["description"] = Value::from(description.as_str());
        }
        for (attribute, name) in [("rev", "revision"), ("dirtyRev", "dirtyRevision")] {
            if let Some(revision) = input.text(attribute) {
                value[name] = Value::from(revision);
            }
        }
        if let Some(count) = input.attributes().integer("revCount") {
            value["revCount"] = Value::from(count);
        }
        value
    }

    /// The inputs as a tree of lines.
    pub fn input_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        self.add_inputs(LockFile::ROOT, "", &mut lines);
        lines
    }

    fn add_inputs(&self, node: NodeId, indent: &str, lines: &mut Vec<String>) {
        let inputs = &self.lock.node(node).inputs;
        for (number, (name, edge)) in inputs.iter().enumerate() {
            let is_last = number + 1 == inputs.len();
            let branch = if is_last { "└───" } else { "├───" };
            match edge {
                Edge::Follows(path) => {
                    lines.push(format!(
                        "{indent}{branch}{name} follows input '{}'",
                        path.join("/")
                    ));
                }
                Edge::Node(child) => {
                    let input = self.lock.node(*child).input.as_ref();
                    let text = input.map(|input| input.locked.to_string()).unwrap_or_default();
                    let date = input.and_then(|input| input.locked.input.last_modified());
                    let date = date.map(|date| format!(" ({})", day(date))).unwrap_or_default();
                    lines.push(format!("{indent}{branch}{name}: {text}{date}"));
                    let deeper = format!("{indent}{}", if is_last { "    " } else { "│   " });
                    self.add_inputs(*child, &deeper, lines);
                }
            }
        }
    }
}
