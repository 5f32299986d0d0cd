//! Where logical paths lie on disk, and which of them evaluation may read.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix_formats::StorePath;
use nix_formats::store_path::STORE_DIRECTORY;
use nix_lang::{PathKind, WorldError};
use store::{FileKind, Store};

const MAXIMUM_LINKS: usize = 64;

/// Why a path cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PathError {
    /// Pure evaluation reads nothing that is not in the store.
    #[error(
        "access to absolute path '{0}' is forbidden in pure evaluation mode (use '--impure' to override)"
    )]
    Forbidden(String),
    /// Restricted evaluation reads what the search path names and what it fetched.
    #[error("access to absolute path '{0}' is forbidden in restricted mode")]
    Restricted(String),
    /// A path that led out of a tree in the store.
    #[error("path '{0}' lies outside of the flake's tree, which is all that pure evaluation can read")]
    Outside(String),
    /// The system said no.
    #[error("cannot {action} '{path}': {source}")]
    System {
        /// What was being done.
        action: &'static str,
        /// The logical path.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// Links lead to links without end.
    #[error("too many symbolic links on the way to '{0}'")]
    TooManyLinks(String),
}

/// What evaluation may read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Every file.
    All,
    /// What evaluation itself brought into the store, and what lies at or below these paths (`restrict-eval`).
    Listed(Vec<PathBuf>),
    /// What evaluation itself brought into the store.
    Pure,
}

impl Access {
    /// Restricted to what a search path names, and to what its entries lead to.
    pub(crate) fn to_search_path(entries: &[(String, String)]) -> Self {
        let named = entries.iter().map(|(_, path)| PathBuf::from(path));
        let named: Vec<PathBuf> = named.filter(|path| path.is_absolute()).collect();
        let real = named.iter().filter_map(|path| path.canonicalize().ok());
        Self::Listed(named.iter().cloned().chain(real).collect())
    }

    /// Whether a path outside of the store, or one in it that evaluation did not bring there, may be read. The folders
    /// above what is listed may be walked through.
    fn includes(&self, path: &str) -> bool {
        match self {
            Self::All => true,
            Self::Listed(listed) => listed
                .iter()
                .any(|place| Path::new(path).starts_with(place) || place.starts_with(path)),
            Self::Pure => false,
        }
    }

    fn refusal(&self, path: &str) -> PathError {
        match self {
            Self::Listed(_) => PathError::Restricted(path.to_owned()),
            Self::All | Self::Pure => PathError::Forbidden(path.to_owned()),
        }
    }
}

/// The paths that evaluation sees.
pub(crate) struct Paths<'s> {
    store: &'s Store,
    access: Access,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What pure evaluation may read.
    allowed: BTreeSet<StorePath>,
    /// Where store paths lie that were looked at.
    roots: HashMap<String, PathBuf>,
    /// What lies at the paths that were walked through.
    kinds: HashMap<String, Option<PathKind>>,
}

impl<'s> Paths<'s> {
    pub(crate) fn new(store: &'s Store, access: Access) -> Self {
        Self {
            store,
            access,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets pure and restricted evaluation read `path`.
    pub(crate) fn allow(&self, path: &StorePath) {
        self.state().allowed.insert(path.clone());
    }

    /// Where a logical path lies on disk, links not followed.
    pub(crate) fn physical(&self, path: &str) -> Result<PathBuf, WorldError> {
        let inside = path
            .strip_prefix(STORE_DIRECTORY)
            .and_then(|rest| rest.strip_prefix('/'));
        let Some(inside) = inside else {
            return match self.access.includes(path) {
                true => Ok(PathBuf::from(path)),
                false => Err(self.access.refusal(path).into()),
            };
        };
        let (base_name, rest) = inside.split_once('/').unwrap_or((inside, ""));
        let known = self.state().roots.get(base_name).cloned();
        let root = match known {
            Some(root) => root,
            None => self.root(base_name, path)?,
        };
        Ok(if rest.is_empty() { root } else { root.join(rest) })
    }

    fn root(&self, base_name: &str, path: &str) -> Result<PathBuf, WorldError> {
        let root = match StorePath::from_base_name(base_name) {
            Ok(store_path) => {
                if !self.access.includes(path) && !self.state().allowed.contains(&store_path) {
                    return Err(self.access.refusal(path).into());
                }
                self.store.add_temporary_root(&store_path)?;
                match self.store.is_valid(&store_path)? {
                    true => self.store.physical(&store_path),
                    // Another store may lie at the logical place itself.
                    false => PathBuf::from(STORE_DIRECTORY).join(base_name),
                }
            }
            Err(_) if self.access == Access::Pure => return Err(PathError::Outside(path.to_owned()).into()),
            Err(_) if !self.access.includes(path) => return Err(self.access.refusal(path).into()),
            Err(_) => PathBuf::from(STORE_DIRECTORY).join(base_name),
        };
        self.state().roots.insert(base_name.to_owned(), root.clone());
        Ok(root)
    }

    /// Whether restricted evaluation may read a path, as far as its name says.
    pub(crate) fn check(&self, path: &str) -> Result<(), WorldError> {
        match self.access.includes(path) {
            true => Ok(()),
            false => Err(self.access.refusal(path).into()),
        }
    }

    /// Whether pure or restricted evaluation must not know what is at a path.
    pub(crate) fn hides(&self, path: &str) -> bool {
        if self.access == Access::All {
            return false;
        }
        let looked = self.resolve_parents(path).and_then(|path| self.physical(&path));
        let forbidden = looked.err().and_then(|error| error.downcast::<PathError>().ok());
        forbidden.is_some_and(|error| {
            matches!(
                *error,
                PathError::Forbidden(_) | PathError::Restricted(_) | PathError::Outside(_)
            )
        })
    }

    /// Whether evaluation is restricted to what is listed.
    pub(crate) fn is_restricted(&self) -> bool {
        matches!(self.access, Access::Listed(_))
    }

    /// What lies at a path, links not followed.
    pub(crate) fn kind(&self, path: &str) -> Result<Option<PathKind>, WorldError> {
        let known = self.state().kinds.get(path).copied();
        if let Some(kind) = known {
            return Ok(kind);
        }
        let physical = self.physical(path)?;
        let kind = match fs::symlink_metadata(&physical) {
            Ok(metadata) => Some(kind_of(&metadata)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
            Err(source) => return Err(system("look at", path, source)),
        };
        self.state().kinds.insert(path.to_owned(), kind);
        Ok(kind)
    }

    /// Follows all links in `path`; gives it back unchanged where nothing is there.
    pub(crate) fn resolve(&self, path: &str) -> Result<String, WorldError> {
        self.follow(path, true)
    }

    /// Follows the links in the folders that lead to `path`.
    pub(crate) fn resolve_parents(&self, path: &str) -> Result<String, WorldError> {
        self.follow(path, false)
    }

    fn follow(&self, path: &str, last_too: bool) -> Result<String, WorldError> {
        // The path as it was asked for is named, not the first folder on the way.
        if !path.starts_with(STORE_DIRECTORY) {
            self.check(path)?;
        }
        let mut pending = path.to_owned();
        for _ in 0..MAXIMUM_LINKS {
            match self.first_link(&pending, last_too)? {
                None => return Ok(pending),
                Some(next) => pending = next,
            }
        }
        Err(PathError::TooManyLinks(path.to_owned()).into())
    }

    /// The path with its first link replaced by what that leads to; nothing if it has none.
    fn first_link(&self, path: &str, last_too: bool) -> Result<Option<String>, WorldError> {
        // The folders of the store's own path are not those of the disk.
        let skipped = path
            .strip_prefix(STORE_DIRECTORY)
            .map_or(0, |_| STORE_DIRECTORY.len() + 1);
        let ends = path
            .char_indices()
            .filter(|(index, char)| *char == '/' && *index > skipped);
        let ends = ends.map(|(index, _)| index).chain(last_too.then_some(path.len()));
        for end in ends.filter(|end| *end > skipped) {
            let prefix = &path[..end];
            if self.kind(prefix)? != Some(PathKind::Symlink) {
                continue;
            }
            let physical = self.physical(prefix)?;
            let target =
                fs::read_link(&physical).map_err(|source| system("read the link", prefix, source))?;
            let parent = prefix.rsplit_once('/').map_or("", |(parent, _)| parent);
            let joined = match target.to_string_lossy() {
                target if target.starts_with('/') => format!("{target}{}", &path[end..]),
                target => format!("{parent}/{target}{}", &path[end..]),
            };
            return Ok(Some(normal(&joined)));
        }
        Ok(None)
    }

    /// The content of a file; links are followed.
    pub(crate) fn read(&self, path: &str) -> Result<Vec<u8>, WorldError> {
        let resolved = self.resolve(path)?;
        fs::read(self.physical(&resolved)?).map_err(|source| system("open", path, source))
    }

    /// The entries of a directory, in any order.
    pub(crate) fn entries(&self, path: &str) -> Result<Vec<(String, PathKind)>, WorldError> {
        let resolved = self.resolve(path)?;
        let failed = |source| system("read the directory", path, source);
        let mut entries = Vec::new();
        for entry in fs::read_dir(self.physical(&resolved)?).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let kind = entry.metadata().map_err(failed)?;
            entries.push((entry.file_name().to_string_lossy().into_owned(), kind_of(&kind)));
        }
        Ok(entries)
    }
}

fn system(action: &'static str, path: &str, source: std::io::Error) -> WorldError {
    PathError::System {
        action,
        path: path.to_owned(),
        source,
    }
    .into()
}

fn kind_of(metadata: &fs::Metadata) -> PathKind {
    from_store(FileKind::of(metadata))
}

/// What the store calls a file in the evaluator's words.
pub(crate) fn from_store(kind: FileKind) -> PathKind {
    match kind {
        FileKind::Regular => PathKind::Regular,
        FileKind::Directory => PathKind::Directory,
        FileKind::Symlink => PathKind::Symlink,
        FileKind::Other => PathKind::Other,
    }
}

/// Removes `.`, `..` and doubled slashes from an absolute path.
pub(crate) fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}
