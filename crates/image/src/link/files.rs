//! Puts the configuration's files, links and directories into the tree.

use super::spec::{FileKind, FileSpec};
use super::{LinkError, StoreView};
use crate::object::{Object, merge_usr};
use crate::system::{self, Accounts, parse_mode};
use crate::tree::{Node, NodeKind, Tree};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

const CONFIGURATION: &str = "configuration";
/// How many symbolic links a source may go through.
const MOST_LINKS: usize = 40;

pub(super) struct Files<'a> {
    pub tree: &'a mut Tree,
    pub objects: &'a [Object],
    pub store: &'a StoreView,
    pub accounts: &'a Accounts,
}

/// What a source leads to.
enum Source {
    /// A file or directory of the store, where it lies on this machine, with its path in the store.
    Stored(PathBuf, String),
    /// A path of the image, as the faces of packages have them.
    InImage(String),
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
        match self.resolve(source).map_err(read)? {
            Source::InImage(target) => self.put_from_image(file, path, &target),
            Source::Stored(physical, logical) => {
                let metadata = fs::metadata(&physical).map_err(read)?;
                if metadata.is_dir() {
                    let mode = if file.kind == FileKind::Directory {
                        mode(file, 0o755)?
                    } else {
                        0o755
                    };
                    self.put(file, path, Node::directory(mode, CONFIGURATION))?;
                    return self.put_children(file, path, &physical, &logical);
                }
                let executable = metadata.permissions().mode() & 0o100 != 0;
                let mode = mode(file, if executable { 0o755 } else { 0o644 })?;
                let content = fs::read(&physical).map_err(read)?;
                self.put(file, path, Node::file(content, mode, CONFIGURATION))
            }
        }
    }

    fn put_children(
        &mut self,
        file: &FileSpec,
        path: &str,
        physical: &PathBuf,
        logical: &str,
    ) -> Result<(), LinkError> {
        let read = |error| LinkError::Source {
            path: path.into(),
            source_path: logical.into(),
            source: error,
        };
        let mut names = Vec::new();
        for entry in fs::read_dir(physical).map_err(read)? {
            let name = entry.map_err(read)?.file_name().into_string();
            names.push(name.map_err(|_| bad(file, "a name in its source is not UTF-8".into()))?);
        }
        names.sort();
        names.iter().try_for_each(|name| {
            self.put_source(file, &format!("{path}/{name}"), &format!("{logical}/{name}"))
        })
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

    /// Follows links of the store by themselves: they name paths of the machine that is built, not of this one.
    fn resolve(&self, source: &str) -> io::Result<Source> {
        let mut resolved = String::new();
        let mut rest = reversed(source);
        let mut links = 0;
        while let Some(name) = rest.pop() {
            if name == ".." {
                resolved.truncate(resolved.rfind('/').unwrap_or(0));
                continue;
            }
            let next = format!("{resolved}/{name}");
            if !next.starts_with("/nix") {
                rest.push(name);
                rest.reverse();
                return Ok(Source::InImage(format!("{resolved}/{}", rest.join("/"))));
            }
            match fs::read_link(self.store.physical(&next)) {
                Err(_) => resolved = next,
                Ok(target) => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(io::Error::other("too many symbolic links"));
                    }
                    let target = target.into_os_string().into_string();
                    let target = target.map_err(|_| io::Error::other("a link's target is not UTF-8"))?;
                    if target.starts_with('/') {
                        resolved.clear();
                    }
                    rest.extend(reversed(&target));
                }
            }
        }
        Ok(Source::Stored(self.store.physical(&resolved), resolved))
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

fn reversed(path: &str) -> Vec<String> {
    path.split('/')
        .rev()
        .filter(|name| !matches!(*name, "" | "."))
        .map(str::to_owned)
        .collect()
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
