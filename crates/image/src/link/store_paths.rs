//! Brings store paths into the tree: small ones are read directly, large ones are linked as objects.

use super::{LinkError, StoreView};
use crate::object::{Kind, Object};
use crate::tree::{Content, Node, NodeKind, Origin, Tree, TreeError};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

/// Store paths with more content than this are compiled into objects.
const DIRECT_BYTES: u64 = 256 << 10;

/// The objects of an image after store paths came in.
pub(super) struct StorePaths {
    pub objects: Vec<Object>,
    /// The store paths that became objects.
    pub sources: Vec<String>,
}

pub(super) fn add(
    tree: &mut Tree,
    mut objects: Vec<Object>,
    closure: &[String],
    store: &StoreView,
) -> Result<StorePaths, LinkError> {
    let mut closure: Vec<&String> = closure.iter().collect();
    closure.sort();
    closure.dedup();
    let mut sources = Vec::new();
    for logical in closure {
        let physical = store.physical(logical);
        let read = |source| LinkError::Source {
            path: logical.clone(),
            source_path: logical.clone(),
            source,
        };
        if content_bytes(&physical, DIRECT_BYTES).map_err(read)? <= DIRECT_BYTES {
            Direct {
                tree: &mut *tree,
                origin: Arc::from(logical.as_str()),
            }
            .add(&physical, logical)?;
            continue;
        }
        let directory = store.object(logical)?;
        let object = Object::open(&directory);
        let object = object.map_err(|source| LinkError::Object {
            path: logical.clone(),
            source,
        })?;
        link(tree, &object, objects.len(), logical)?;
        objects.push(object);
        sources.push(logical.clone());
    }
    Ok(StorePaths { objects, sources })
}

/// Sum of file sizes, counted no further than the limit.
fn content_bytes(path: &Path, limit: u64) -> io::Result<u64> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return Ok(if metadata.is_file() { metadata.len() } else { 0 });
    }
    let mut total = 0;
    for entry in fs::read_dir(path)? {
        total += content_bytes(&entry?.path(), limit)?;
        if total > limit {
            break;
        }
    }
    Ok(total)
}

fn place(tree: &mut Tree, path: &str, node: Node) -> Result<(), LinkError> {
    tree.put(path, node)
        .map(drop)
        .map_err(|source: TreeError| LinkError::Tree {
            what: path.into(),
            source,
        })
}

fn link(tree: &mut Tree, object: &Object, number: usize, logical: &str) -> Result<(), LinkError> {
    for (index, entry) in object.entries().iter().enumerate() {
        let kind = match &entry.kind {
            Kind::Directory => NodeKind::Directory,
            Kind::Symlink(target) => NodeKind::Symlink(target.clone()),
            Kind::File(_) => NodeKind::File(Content::Object {
                object: number,
                entry: index,
            }),
            Kind::HardLink(_) => continue,
        };
        if entry.path.starts_with(logical) {
            let origin = Origin::Object(number);
            place(
                tree,
                &entry.path,
                Node {
                    mode: entry.mode,
                    uid: 0,
                    gid: 0,
                    xattrs: Vec::new(),
                    kind,
                    origin,
                },
            )?;
        }
    }
    Ok(())
}

struct Direct<'a> {
    tree: &'a mut Tree,
    origin: Arc<str>,
}

impl Direct<'_> {
    fn add(&mut self, physical: &Path, logical: &str) -> Result<(), LinkError> {
        let read = |source| LinkError::Source {
            path: logical.into(),
            source_path: self.origin.to_string(),
            source,
        };
        let metadata = fs::symlink_metadata(physical).map_err(read)?;
        let not_text = || LinkError::BadFile {
            path: logical.into(),
            reason: "a name in it is not UTF-8".into(),
        };
        let mut names = Vec::new();
        let (kind, mode) = if metadata.is_symlink() {
            let target = fs::read_link(physical).map_err(read)?;
            (
                NodeKind::Symlink(target.into_os_string().into_string().map_err(|_| not_text())?),
                0o777,
            )
        } else if metadata.is_dir() {
            for entry in fs::read_dir(physical).map_err(read)? {
                names.push(
                    entry
                        .map_err(read)?
                        .file_name()
                        .into_string()
                        .map_err(|_| not_text())?,
                );
            }
            (NodeKind::Directory, 0o555)
        } else {
            let executable = metadata.permissions().mode() & 0o100 != 0;
            let content = fs::read(physical).map_err(read)?;
            (
                NodeKind::File(Content::Bytes(content)),
                if executable { 0o555 } else { 0o444 },
            )
        };
        let origin = Origin::StorePath(self.origin.clone());
        place(
            self.tree,
            logical,
            Node {
                mode,
                uid: 0,
                gid: 0,
                xattrs: Vec::new(),
                kind,
                origin,
            },
        )?;
        names.sort();
        names
            .iter()
            .try_for_each(|name| self.add(&physical.join(name), &format!("{logical}/{name}")))
    }
}
