//! Brings store paths into the tree: small ones are read directly, large ones are linked as objects.

use super::{LinkError, StoreView};
use crate::object::{Kind, Object};
use crate::tree::{Content, Node, NodeKind, Origin, Tree, TreeError};
use sandbox::folder::{Folder, Kind as FileKind};
use std::ffi::OsString;
use std::io;
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
        let read = |source| LinkError::Source {
            path: logical.clone(),
            source_path: logical.clone(),
            source,
        };
        let (folder, name) = store.whole(logical).map_err(read)?;
        if content_bytes(&folder, &name, DIRECT_BYTES).map_err(read)? <= DIRECT_BYTES {
            Direct {
                tree: &mut *tree,
                origin: Arc::from(logical.as_str()),
            }
            .add(&folder, &name, logical)?;
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
fn content_bytes(folder: &Folder, name: &Path, limit: u64) -> io::Result<u64> {
    let facts = folder.facts(name)?;
    if facts.kind != FileKind::Folder {
        return Ok(if facts.kind == FileKind::File {
            facts.size_bytes
        } else {
            0
        });
    }
    let below = folder.folder(name)?;
    let mut total = 0;
    for name in below.names()? {
        total += content_bytes(&below, Path::new(&name), limit)?;
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
    fn add(&mut self, folder: &Folder, name: &Path, logical: &str) -> Result<(), LinkError> {
        let read = |source| LinkError::Source {
            path: logical.into(),
            source_path: self.origin.to_string(),
            source,
        };
        let text = |text: OsString| {
            text.into_string().map_err(|_| LinkError::BadFile {
                path: logical.into(),
                reason: "a name in it is not UTF-8".into(),
            })
        };
        let facts = folder.facts(name).map_err(read)?;
        let mut below = None;
        let (kind, mode) = match facts.kind {
            FileKind::Link => {
                let target = folder.link(name).map_err(read)?;
                (NodeKind::Symlink(text(target)?), 0o777)
            }
            FileKind::Folder => {
                below = Some(folder.folder(name).map_err(read)?);
                (NodeKind::Directory, 0o555)
            }
            FileKind::File | FileKind::Special => {
                let content = folder.read(name).map_err(read)?;
                let mode = if facts.is_executable { 0o555 } else { 0o444 };
                (NodeKind::File(Content::Bytes(content)), mode)
            }
        };
        let names: Vec<String> = match &below {
            Some(below) => below
                .names()
                .map_err(read)?
                .into_iter()
                .map(text)
                .collect::<Result<_, _>>()?,
            None => Vec::new(),
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
        let Some(below) = below else { return Ok(()) };
        names
            .iter()
            .try_for_each(|name| self.add(&below, Path::new(name), &format!("{logical}/{name}")))
    }
}
