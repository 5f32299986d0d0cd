//! Writes the expression that calls a locked flake's outputs.

use serde_json::{Map, Value, json};

use crate::{Attribute, Attributes, Input, Locked, compact_date};

/// What the expression needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// A function of one argument.
    pub expression: &'static str,
    /// The argument, as JSON.
    pub argument: Value,
}

/// The expression. `builtins.hardpan.fetchLocked` gives the source information of one locked input, so that an input
/// nobody looks at is not fetched.
const EXPRESSION: &str = include_str!("call.nix");

/// The call of `locked`'s outputs.
pub fn call(locked: &Locked) -> Call {
    let flake = &locked.flake;
    let keys = locked.lock.keys();
    let root_key = keys.get(&crate::LockFile::ROOT).cloned().unwrap_or_default();
    let root = json!({
        "sourceInfo": source_info(&flake.tree.store_path.to_string(), &flake.locked.input),
        "directory": flake.locked.directory,
    });
    let fetched: Map<String, Value> = locked
        .trees
        .iter()
        .filter_map(|(node, tree)| {
            let input = locked.lock.node(*node).input.as_ref()?;
            let is_own_tree = !input.locked.input.is_relative();
            let info = source_info(&tree.store_path.to_string(), &input.locked.input);
            is_own_tree.then(|| (keys.get(node).cloned().unwrap_or_default(), info))
        })
        .collect();
    let argument =
        json!({ "lock": locked.lock.to_json(), "rootKey": root_key, "root": root, "fetched": fetched });
    Call {
        expression: EXPRESSION,
        argument,
    }
}

/// The attributes that a source tree has in Nix code: `outPath`, `narHash`, `rev`, `lastModifiedDate`, ….
pub fn source_info(store_path: &str, locked: &Input) -> Value {
    let attributes: &Attributes = locked.attributes();
    let mut info = Map::new();
    info.insert("outPath".to_owned(), Value::from(store_path));
    let copied = [
        "narHash",
        "rev",
        "revCount",
        "lastModified",
        "dirtyRev",
        "dirtyShortRev",
    ];
    for name in copied {
        match attributes.get(name) {
            Some(Attribute::String(text)) => info.insert(name.to_owned(), Value::from(text.as_str())),
            Some(Attribute::Integer(number)) => info.insert(name.to_owned(), Value::from(*number)),
            _ => None,
        };
    }
    if let Some(short) = attributes.text("rev").and_then(|revision| revision.get(..7)) {
        info.insert("shortRev".to_owned(), Value::from(short));
    }
    if let Some(seconds) = locked.last_modified() {
        info.insert("lastModifiedDate".to_owned(), Value::from(compact_date(seconds)));
    }
    if locked.kind() == "git" {
        info.insert(
            "submodules".to_owned(),
            Value::from(attributes.is_true("submodules")),
        );
    }
    Value::Object(info)
}
