//! Merges the entries of packages into one tree and reports every path that two of them claim.

use super::{Content, Node, NodeKind, Origin, PathSet, Tree, TreeError};
use crate::object::{Entry, Kind, Object, Xattr};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// What decides about single paths.
#[derive(Debug, Clone, Default)]
pub struct MergeRules {
    /// Paths left out.
    pub exclude: PathSet,
    /// Paths below `/etc`, relative to it, that are kept.
    pub keep_etc: PathSet,
    /// Which package wins a path, by path.
    pub prefer: BTreeMap<String, String>,
    /// Where a package's path goes, by path and package.
    pub diversions: BTreeMap<(String, String), String>,
    /// Paths whose mode is declared elsewhere; they may have setuid and setgid bits, and directories may differ.
    pub declared_modes: BTreeSet<String>,
    /// Paths whose capabilities are declared elsewhere, none among them; other packages' files may bring none.
    pub declared_capabilities: BTreeSet<String>,
    /// Whether the indexes of kernel modules that objects carry are taken.
    pub kernel_module_indexes: bool,
}

/// What packages ship below `/var`: it is made on the state partition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// Directories by path.
    pub directories: BTreeMap<String, StateDirectory>,
    /// Files and links by path, with where their first version lies in the image.
    pub copies: BTreeMap<String, String>,
}

impl State {
    /// Leaves out a directory and everything below it.
    pub fn forget(&mut self, directory: &str) {
        let below = format!("{directory}/");
        self.directories
            .retain(|path, _| path != directory && !path.starts_with(&below));
        self.copies.retain(|path, _| !path.starts_with(&below));
    }
}

/// A directory below `/var`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateDirectory {
    /// Permission bits.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// The merged tree and what does not lie in it.
#[derive(Debug, Default)]
pub struct Merged {
    /// The tree.
    pub tree: Tree,
    /// What packages ship below `/var`.
    pub state: State,
}

/// Packages do not fit together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// Paths that several packages own.
    #[error(
        "packages own the same paths; leave one of the packages out, or say which one wins with \
         image.root.prefer.\"PATH\" = \"PACKAGE\":{}",
        lines(conflicts)
    )]
    Conflicts {
        /// All of them.
        conflicts: Vec<Conflict>,
    },
    /// Files with setuid or setgid bits or with capabilities that nobody has decided about.
    #[error(
        "packages bring programs that run with rights of others, and nothing says whether they may; give each a \
         {} in image.root.permissions:{}",
        way_out(files),
        files.iter().map(|file| format!("\n  {file}")).collect::<String>()
    )]
    UndeclaredBits {
        /// All of them.
        files: Vec<RaisedFile>,
    },
    /// A path cannot be put into the tree.
    #[error("package {package}")]
    Tree {
        /// The package whose path it is.
        package: String,
        /// Cause.
        source: TreeError,
    },
}

/// One path that two packages own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The path.
    pub path: String,
    /// The packages.
    pub packages: [String; 2],
    /// How they differ.
    pub reason: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second] = &self.packages;
        write!(f, "{}: {first} and {second} ({})", self.path, self.reason)
    }
}

/// A package's file with rights of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedFile {
    /// The path.
    pub path: String,
    /// The package.
    pub package: String,
    /// Where they come from.
    pub by: Raise,
}

/// What gives a file rights of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raise {
    /// A mode with a setuid or setgid bit.
    Mode(u16),
    /// An extended attribute of the kernel's, such as that with capabilities.
    Attribute(String),
}

impl fmt::Display for RaisedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, package, by } = self;
        match by {
            Raise::Mode(mode) => write!(f, "{path} of {package} ({mode:04o})"),
            Raise::Attribute(name) => write!(f, "{path} of {package} ({name})"),
        }
    }
}

/// What to declare, with an example.
fn way_out(files: &[RaisedFile]) -> String {
    let example = |wanted: fn(&Raise) -> bool, what: &str, value: &str| {
        let file = files.iter().find(|file| wanted(&file.by))?;
        let path = &file.path;
        Some(format!("{what} (for example {{ path = \"{path}\"; {value}; }})"))
    };
    let mode = example(
        |by| matches!(by, Raise::Mode(_)),
        "mode, with the bits or without",
        "mode = \"0755\"",
    );
    let capabilities = example(
        |by| matches!(by, Raise::Attribute(_)),
        "list of its capabilities, empty for none",
        "capabilities = \"\"",
    );
    let ways: Vec<String> = mode.into_iter().chain(capabilities).collect();
    ways.join(" or a ")
}

fn lines(conflicts: &[Conflict]) -> String {
    conflicts
        .iter()
        .map(|conflict| format!("\n  {conflict}"))
        .collect()
}

/// Merges objects in their order. The content of files stays where it is.
pub fn merge_packages(objects: &[Object], rules: &MergeRules) -> Result<Merged, MergeError> {
    let mut merge = Merge {
        objects,
        rules,
        merged: Merged::default(),
        conflicts: Vec::new(),
        undeclared: Vec::new(),
        etc: BTreeMap::new(),
    };
    merge.merged.tree = Tree::new();
    for (number, object) in objects.iter().enumerate() {
        for (index, entry) in object.entries().iter().enumerate() {
            merge.add(number, index, entry)?;
        }
    }
    merge.add_used_etc_directories();
    if !merge.conflicts.is_empty() {
        let conflicts = merge.conflicts;
        return Err(MergeError::Conflicts { conflicts });
    }
    match merge.undeclared {
        files if files.is_empty() => Ok(merge.merged),
        files => Err(MergeError::UndeclaredBits { files }),
    }
}

/// Where first versions of state files lie in the image.
const FACTORY: &str = "/usr/share/factory";

struct Merge<'a> {
    objects: &'a [Object],
    rules: &'a MergeRules,
    merged: Merged,
    conflicts: Vec<Conflict>,
    undeclared: Vec<RaisedFile>,
    /// Directories below `/etc`, which are made only if something lies in them.
    etc: BTreeMap<&'a str, Node>,
}

/// Directories whose content lives elsewhere when the machine runs.
const VOLATILE: [&str; 6] = ["/run/", "/tmp/", "/dev/", "/proc/", "/sys/", "/home/"];

impl<'a> Merge<'a> {
    fn add(&mut self, object: usize, index: usize, entry: &'a Entry) -> Result<(), MergeError> {
        let package = self.objects[object].name();
        let mut path = entry.path.as_str();
        if self.rules.exclude.contains(path) || VOLATILE.iter().any(|prefix| path.starts_with(prefix)) {
            return Ok(());
        }
        if entry.derived && !self.rules.kernel_module_indexes {
            return Ok(());
        }
        let node = self.node(object, index, entry);
        let factory;
        if path.starts_with("/var/") {
            if node.is_directory() {
                self.add_state(path, &node);
                return Ok(());
            }
            factory = format!("{FACTORY}{path}");
            self.merged.state.copies.insert(path.into(), factory.clone());
            path = &factory;
        }
        if let Some(below) = path.strip_prefix("/etc/")
            && !self.rules.keep_etc.contains(below)
        {
            if node.is_directory() {
                self.etc.entry(entry.path.as_str()).or_insert(node);
            }
            return Ok(());
        }
        if let Some(to) = self.rules.diversions.get(&(path.into(), package.into())) {
            path = to;
        }
        if let Some(earlier) = self.merged.tree.get(path)
            && let Origin::Object(first) = earlier.origin
        {
            match self.judge(path, first, earlier, package, &node) {
                Judgement::Keep => return Ok(()),
                Judgement::Replace => {}
                Judgement::Conflict(reason) => {
                    let packages = [self.objects[first].name().into(), package.into()];
                    self.conflicts.push(Conflict {
                        path: path.into(),
                        packages,
                        reason,
                    });
                    return Ok(());
                }
            }
        }
        let put = self.merged.tree.put(path, node);
        put.map(drop).map_err(|source| MergeError::Tree {
            package: package.into(),
            source,
        })
    }

    fn node(&mut self, object: usize, index: usize, entry: &Entry) -> Node {
        let entries = self.objects[object].entries();
        // A hard link has the attributes of the file it is another name of.
        let file = match &entry.kind {
            Kind::HardLink(target) => entries
                .binary_search_by(|other| other.path.cmp(target))
                .unwrap_or(index),
            _ => index,
        };
        let described = &entries[file];
        let mut mode = described.mode;
        let kind = match &entry.kind {
            Kind::Directory => NodeKind::Directory,
            Kind::Symlink(target) => NodeKind::Symlink(target.clone()),
            Kind::HardLink(_) | Kind::File(_) => {
                if mode & 0o6000 != 0 && !self.rules.declared_modes.contains(&entry.path) {
                    self.undeclared.push(RaisedFile {
                        path: entry.path.clone(),
                        package: self.objects[object].name().into(),
                        by: Raise::Mode(mode),
                    });
                }
                mode &= 0o1777;
                NodeKind::File(Content::Object { object, entry: file })
            }
        };
        let (uid, gid) = (described.uid, described.gid);
        let xattrs = self.harmless(object, &entry.path, &described.xattrs);
        Node {
            mode,
            uid,
            gid,
            xattrs,
            kind,
            origin: Origin::Object(object),
        }
    }

    /// The extended attributes that give nobody anything. The others are what a permission declares, or stop the link.
    fn harmless(&mut self, object: usize, path: &str, xattrs: &'a [Xattr]) -> Vec<Xattr> {
        let (harmless, raising): (Vec<&Xattr>, Vec<&Xattr>) =
            xattrs.iter().partition(|xattr| xattr.name.starts_with("user."));
        if !self.rules.declared_capabilities.contains(path) {
            self.undeclared
                .extend(raising.into_iter().map(|xattr| RaisedFile {
                    path: path.into(),
                    package: self.objects[object].name().into(),
                    by: Raise::Attribute(xattr.name.clone()),
                }));
        }
        harmless.into_iter().cloned().collect()
    }

    fn add_state(&mut self, path: &str, node: &Node) {
        let directory = StateDirectory {
            mode: node.mode,
            uid: node.uid,
            gid: node.gid,
        };
        self.merged
            .state
            .directories
            .entry(path.into())
            .or_insert(directory);
    }

    fn judge(&self, path: &str, first: usize, earlier: &Node, package: &str, node: &Node) -> Judgement {
        if earlier.is_directory() && node.is_directory() {
            let same = (earlier.mode, earlier.uid, earlier.gid) == (node.mode, node.uid, node.gid);
            if same || self.rules.declared_modes.contains(path) {
                return Judgement::Keep;
            }
            let differ = format!("directory modes {:04o} and {:04o}", earlier.mode, node.mode);
            return Judgement::Conflict(differ);
        }
        match self.rules.prefer.get(path) {
            Some(winner) if winner == package => Judgement::Replace,
            Some(winner) if winner == self.objects[first].name() => Judgement::Keep,
            _ if matches!((&earlier.kind, &node.kind), (NodeKind::Symlink(a), NodeKind::Symlink(b)) if a == b) => {
                Judgement::Keep
            }
            _ => Judgement::Conflict("both ship it".into()),
        }
    }

    fn add_used_etc_directories(&mut self) {
        for (path, node) in std::mem::take(&mut self.etc) {
            if let Some(made) = self.merged.tree.get_mut(path)
                && made.is_directory()
            {
                *made = node;
            }
        }
    }
}

enum Judgement {
    Keep,
    Replace,
    Conflict(String),
}
