//! Puts the configuration's files, links and directories into the tree.

use super::spec::{FileKind, FileSpec};
use super::{LinkError, StoreView};
use crate::object::{Object, merge_usr};
use crate::system::{self, Accounts, parse_mode};
use crate::tree::{Node, NodeKind, Tree};
use sandbox::folder::Kind;
use sandbox::inputs::{Found, Place};

const CONFIGURATION: &str = "configuration";

pub(super) struct Files<'a> {
    pub tree: &'a mut Tree,
    pub objects: &'a [Object],
    pub store: &'a StoreView,
    pub accounts: &'a Accounts,
}

impl Files<'_> {
    pub fn put_all(&mut self, files: &[&FileSpec]) -> Result<(), LinkError> {
        files.iter().try_for_each(|file| self.put_file(file))
    }

    fn put_file(&mut self, file: &FileSpec) -> Result<(), LinkError> {
        let path = merge_usr(&file.path, file.kind == FileKind::Directory);
        let node = match (file.kind, &file.text, &file.source) {
            (FileKind::Symlink, ..) => {
                let target = file.target.clone().filter(|target| !target.is_empty());
                let target = target.ok_or_else(|| bad(file, "a link needs a target".into()))?;
                Node::symlink(target, CONFIGURATION)
            }
            (FileKind::Directory, _, None) => Node::directory(mode(file, 0o755)?, CONFIGURATION),
            (FileKind::File, Some(text), _) => Node::file(text.as_str(), mode(file, 0o644)?, CONFIGURATION),
            (FileKind::File, None, None) => Node::file("", mode(file, 0o644)?, CONFIGURATION),
            (_, _, Some(source)) => return self.put_source(file, &path, source),
        };
        self.put(file, &path, node)
    }

    /// Copies a file, or a directory with all that is in it.
    fn put_source(&mut self, file: &FileSpec, path: &str, source: &str) -> Result<(), LinkError> {
        let read = |error| LinkError::Source {
            path: path.into(),
            source_path: source.into(),
            source: error,
        };
        // Links of the store that lead out of it name paths of the machine that is built, as the faces of packages do.
        match self.store.find(source).map_err(read)? {
            Found::Elsewhere(target) => self.put_from_image(file, path, &target),
            Found::Inside(place) if place.facts().kind == Kind::Folder => {
                let mode = if file.kind == FileKind::Directory {
                    mode(file, 0o755)?
                } else {
                    0o755
                };
                self.put(file, path, Node::directory(mode, CONFIGURATION))?;
                self.put_children(file, path, &place)
            }
            Found::Inside(place) => {
                let mode = mode(file, if place.facts().is_executable { 0o755 } else { 0o644 })?;
                let content = place.read().map_err(read)?;
                self.put(file, path, Node::file(content, mode, CONFIGURATION))
            }
        }
    }

    fn put_children(&mut self, file: &FileSpec, path: &str, place: &Place) -> Result<(), LinkError> {
        let logical = place.logical();
        let names = place.folder().and_then(|folder| folder.names());
        let names = names.map_err(|source| LinkError::Source {
            path: path.into(),
            source_path: logical.clone(),
            source,
        })?;
        for name in names {
            let name = name.into_string();
            let name = name.map_err(|_| bad(file, "a name in its source is not UTF-8".into()))?;
            self.put_source(file, &format!("{path}/{name}"), &format!("{logical}/{name}"))?;
        }
        Ok(())
    }

    /// A copy of what a package ships, even if the package's own file is not in the image; a link to a directory.
    fn put_from_image(&mut self, file: &FileSpec, path: &str, target: &str) -> Result<(), LinkError> {
        let missing = || LinkError::NoSource {
            path: path.into(),
            source_path: target.into(),
        };
        if self
            .tree
            .resolve(target)
            .and_then(|found| self.tree.get(&found))
            .is_some_and(Node::is_directory)
        {
            return self.put(file, path, Node::symlink(target, CONFIGURATION));
        }
        let in_tree = self.tree.read(target, self.objects);
        let in_tree = in_tree.map_err(|source| LinkError::Object {
            path: target.into(),
            source,
        })?;
        let (content, executable) = match in_tree {
            Some(content) => {
                let found = self.tree.resolve(target).and_then(|found| self.tree.get(&found));
                (
                    content.into_owned(),
                    found.is_some_and(|node| node.mode & 0o100 != 0),
                )
            }
            None => {
                let owner = self
                    .objects
                    .iter()
                    .find(|object| object.file_content(target).is_some());
                let object = owner.ok_or_else(missing)?;
                let content = object.read_file(target);
                let content = content.map_err(|source| LinkError::Object {
                    path: target.into(),
                    source,
                })?;
                (
                    content,
                    object.entry(target).is_some_and(|entry| entry.mode & 0o100 != 0),
                )
            }
        };
        let mode = mode(file, if executable { 0o755 } else { 0o644 })?;
        self.put(file, path, Node::file(content, mode, CONFIGURATION))
    }

    fn put(&mut self, file: &FileSpec, path: &str, node: Node) -> Result<(), LinkError> {
        let (uid, gid) = self
            .accounts
            .owner(path, file.user.as_deref(), file.group.as_deref())?;
        let mut node = node.owned_by(uid, gid);
        let capabilities = file.capabilities.as_deref().filter(|text| !text.is_empty());
        if let Some(capabilities) = capabilities.filter(|_| matches!(node.kind, NodeKind::File(_))) {
            node.xattrs.push(system::encode_capabilities(path, capabilities)?);
        }
        self.tree
            .put(path, node)
            .map(drop)
            .map_err(|source| LinkError::Tree {
                what: path.into(),
                source,
            })
    }
}

fn mode(file: &FileSpec, default: u16) -> Result<u16, LinkError> {
    let Some(text) = &file.mode else {
        return Ok(default);
    };
    parse_mode(text).ok_or_else(|| bad(file, format!("{text:?} is not an octal mode")))
}

fn bad(file: &FileSpec, reason: String) -> LinkError {
    LinkError::BadFile {
        path: file.path.clone(),
        reason,
    }
}
