//! Tells what changed between two lock files, in Nix's words.

use std::collections::BTreeSet;

use crate::lock_file::{Edge, InputPath, LockFile, print_input_path};

/// One paragraph for each input that was added, updated or removed; empty if nothing changed.
pub fn diff(old: &LockFile, new: &LockFile) -> String {
    let (before, after) = (old.all_inputs(), new.all_inputs());
    let paths: BTreeSet<&InputPath> = before.keys().chain(after.keys()).collect();
    let mut text = String::new();
    for path in paths {
        let name = print_input_path(path);
        let was = before.get(path).map(|edge| describe(old, edge));
        let is = after.get(path).map(|edge| describe(new, edge));
        match (was, is) {
            (None, Some(is)) => text += &format!("• Added input '{name}':\n    {is}\n"),
            (Some(_), None) => text += &format!("• Removed input '{name}'\n"),
            (Some(was), Some(is)) if was != is => {
                text += &format!("• Updated input '{name}':\n    {was}\n  → {is}\n");
            }
            _ => {}
        }
    }
    text
}

fn describe(lock: &LockFile, edge: &Edge) -> String {
    match edge {
        Edge::Node(id) => match &lock.node(*id).input {
            Some(input) => input.locked.describe(),
            None => "the flake itself".to_owned(),
        },
        Edge::Follows(path) => format!("follows '{}'", print_input_path(path)),
    }
}
