//! Directories that every root needs: mount points, and what services expect before `/var` is mounted.

use super::SystemError;
use crate::tree::{Node, NodeKind, Tree};

const BY: &str = "skeleton";

const DIRECTORIES: [(&str, u16); 23] = [
    ("/boot", 0o755),
    ("/dev", 0o755),
    ("/efi", 0o755),
    ("/etc", 0o755),
    ("/home", 0o755),
    ("/media", 0o755),
    ("/mnt", 0o755),
    ("/nix", 0o755),
    ("/nix/store", 0o755),
    ("/opt", 0o755),
    ("/proc", 0o555),
    ("/root", 0o700),
    ("/run", 0o755),
    ("/srv", 0o755),
    ("/sys", 0o555),
    ("/tmp", 0o1777),
    ("/usr", 0o755),
    ("/var", 0o755),
    ("/var/cache", 0o755),
    ("/var/lib", 0o755),
    ("/var/log", 0o755),
    ("/var/spool", 0o755),
    ("/var/tmp", 0o1777),
];

const MERGED_LINKS: [(&str, &str); 4] = [
    ("/bin", "usr/bin"),
    ("/sbin", "usr/sbin"),
    ("/lib", "usr/lib"),
    ("/lib64", "usr/lib64"),
];

/// Adds the directories, and the links of a merged-usr system where a package did not bring them.
pub fn add_skeleton(tree: &mut Tree) -> Result<(), SystemError> {
    for (path, mode) in DIRECTORIES {
        place(tree, path, Node::directory(mode, BY))?;
    }
    for (path, target) in MERGED_LINKS {
        match tree.get(path).map(|node| &node.kind) {
            Some(NodeKind::Symlink(_)) => {}
            _ => place(tree, path, Node::symlink(target, BY))?,
        }
    }
    Ok(())
}

fn place(tree: &mut Tree, path: &str, node: Node) -> Result<(), SystemError> {
    tree.put(path, node)
        .map(drop)
        .map_err(|source| SystemError::Place {
            path: path.into(),
            source,
        })
}
