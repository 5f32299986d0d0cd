//! Finds programs of packages that cannot run, because an interpreter or a shared library is not in the image.

use crate::object::{Entry, Object};
use crate::tree::{Content, NodeKind, Tree};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fmt;

/// Directories that programs are looked up in.
const PROGRAMS: [&str; 4] = ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin"];

/// Something that a file of the image needs and does not find there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Missing {
    /// The file.
    pub path: String,
    /// Its package.
    pub package: String,
    /// A soname, or the path or name of a program.
    pub wants: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} of {} needs {}",
            self.path, self.package, self.wants
        )
    }
}

/// All that files of packages need and do not find, in the order of their paths.
///
/// A library counts as there if any directory of the image has it: plug-ins find theirs in ways of their own.
pub fn find_missing(tree: &Tree, objects: &[Object]) -> Vec<Missing> {
    let libraries = Libraries::of(tree);
    let mut missing = Vec::new();
    for (path, node) in tree.iter() {
        let NodeKind::File(Content::Object { object, entry }) = node.kind else {
            continue;
        };
        let Some(object) = objects.get(object) else {
            continue;
        };
        let Some(entry) = object.entries().get(entry) else {
            continue;
        };
        missing.extend(wants(entry, tree, &libraries).into_iter().map(|wants| Missing {
            path: path.into(),
            package: object.name().into(),
            wants: wants.into(),
        }));
    }
    missing
}

/// Names of everything that may be a shared library.
struct Libraries<'a>(HashSet<&'a str>);

impl<'a> Libraries<'a> {
    fn of(tree: &'a Tree) -> Self {
        let names = tree.iter().filter_map(|(path, _)| path.rsplit('/').next());
        Self(names.filter(|name| name.contains(".so")).collect())
    }
}

/// What one file needs and does not find.
fn wants<'a>(entry: &'a Entry, tree: &Tree, libraries: &Libraries<'_>) -> Vec<&'a str> {
    let Some(requirements) = &entry.requirements else {
        return Vec::new();
    };
    let is_there = |path: &str| tree.resolve(path).is_some_and(|found| tree.get(&found).is_some());
    let is_found = |name: &str| {
        PROGRAMS
            .iter()
            .any(|directory| is_there(&format!("{directory}/{name}")))
    };
    let interpreter = requirements.interpreter.as_deref().filter(|path| !is_there(path));
    let looked_up = requirements.looked_up.as_deref().filter(|name| !is_found(name));
    let needed = requirements.libraries.iter().map(String::as_str);
    let absent = needed.filter(|name| match name.contains('/') {
        true => !is_there(name),
        false => !libraries.0.contains(name),
    });
    interpreter.into_iter().chain(looked_up).chain(absent).collect()
}
