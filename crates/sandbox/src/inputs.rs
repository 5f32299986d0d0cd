//! The store paths that a build may look at, and the one way to what lies in them.
//!
//! A link in a store path speaks of the store's own `/nix/store`, or of a path of the machine that is made, never of
//! this machine: links are followed by themselves, from one folder handle to the next.

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::folder::{Facts, Folder, Kind};

/// Where store paths begin for whoever names them.
const STORE: &str = "/nix/store";
/// How many symbolic links a path may go through.
const MOST_LINKS: usize = 256;

/// Store paths by name, and the folder of this machine that they lie in.
#[derive(Clone)]
pub struct Inputs {
    store: PathBuf,
    names: Option<Arc<BTreeSet<String>>>,
}

/// Where a path leads.
#[derive(Debug)]
pub enum Found {
    /// To something that lies in an input.
    Inside(Place),
    /// Out of the store, to this path of the machine that is made.
    Elsewhere(String),
}

/// Something in an input. No name on the way to it is a link.
#[derive(Clone, Debug)]
pub struct Place {
    store: PathBuf,
    /// The path in the folder that is the store.
    inside: PathBuf,
    facts: Facts,
}

impl Inputs {
    /// Only the paths with these names (`<hash>-<name>`) of the store in the folder `store`.
    pub fn only(store: impl Into<PathBuf>, names: impl IntoIterator<Item = String>) -> Self {
        Self {
            store: store.into(),
            names: Some(Arc::new(names.into_iter().collect())),
        }
    }

    /// Every path of the store in the folder `store`.
    pub fn all(store: impl Into<PathBuf>) -> Self {
        Self {
            store: store.into(),
            names: None,
        }
    }

    /// Follows a path such as `/nix/store/<hash>-<name>/share`, with the links on its way and at its end.
    pub fn find(&self, path: &str) -> io::Result<Found> {
        let mut way = Way::default();
        let mut rest = reversed(path);
        let mut links = 0;
        while let Some(name) = rest.pop() {
            if name == ".." {
                way.pop();
                continue;
            }
            match self.enter(&mut way, &name)? {
                Step::Entered => {}
                Step::Out => {
                    rest.push(name);
                    rest.extend(way.names.into_iter().rev());
                    rest.reverse();
                    return Ok(Found::Elsewhere(format!("/{}", rest.join("/"))));
                }
                Step::Link(target) => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err(refused(path, "goes through too many symbolic links"));
                    }
                    if target.starts_with('/') {
                        way = Way::default();
                    }
                    rest.extend(reversed(&target));
                }
            }
        }
        let Some(facts) = way.facts.filter(|_| way.names.len() > 2) else {
            return Err(refused(path, "is no path of the store"));
        };
        Ok(Found::Inside(Place {
            store: self.store.clone(),
            inside: way.names.iter().skip(2).collect(),
            facts,
        }))
    }

    /// The same for a path that must lie in an input.
    pub fn place(&self, path: &str) -> io::Result<Place> {
        match self.find(path)? {
            Found::Inside(place) => Ok(place),
            Found::Elsewhere(target) if target == path => Err(refused(path, "is no path of the store")),
            Found::Elsewhere(target) => Err(refused(path, &format!("leads out of the store, to '{target}'"))),
        }
    }

    /// The folder that a store path lies in, with its name there. It is not followed if it is a link.
    pub fn whole(&self, path: &str) -> io::Result<(Folder, PathBuf)> {
        let name = path.strip_prefix(STORE).and_then(|rest| rest.strip_prefix('/'));
        let name =
            name.filter(|name| !name.is_empty() && !name.contains('/') && !matches!(*name, "." | ".."));
        let name = name.ok_or_else(|| refused(path, "is no whole store path"))?;
        self.has(name)?;
        Ok((Folder::open(&self.store)?, PathBuf::from(name)))
    }

    fn has(&self, name: &str) -> io::Result<()> {
        if self.names.as_ref().is_none_or(|names| names.contains(name)) {
            return Ok(());
        }
        let reason = "is no input of this derivation; name it in an attribute, not only in a text or a link";
        Err(refused(&format!("{STORE}/{name}"), reason))
    }

    /// One name further.
    fn enter(&self, way: &mut Way, name: &str) -> io::Result<Step> {
        let depth = way.names.len();
        if let Some(expected) = STORE.split('/').skip(1).nth(depth) {
            if name != expected {
                return Ok(Step::Out);
            }
            way.names.push(name.to_owned());
            return Ok(Step::Entered);
        }
        if depth == 2 {
            if self.names.as_ref().is_some_and(|names| !names.contains(name)) {
                let reason =
                    "is no input of this derivation; name it in an attribute, not only in a text or a link";
                return Err(refused(&format!("{STORE}/{name}"), reason));
            }
            way.folders = vec![Folder::open(&self.store)?];
        }
        // A file has no names in it.
        let Some(folder) = way.folders.get(depth - 2) else {
            return Err(io::Error::from(io::ErrorKind::NotADirectory));
        };
        let facts = folder.facts(Path::new(name))?;
        match facts.kind {
            Kind::Link => {
                let target = folder.link(Path::new(name))?.into_string();
                return target
                    .map(Step::Link)
                    .map_err(|_| refused(name, "is a link whose target is not UTF-8"));
            }
            Kind::Folder => {
                let entered = folder.folder(Path::new(name))?;
                way.folders.push(entered);
            }
            Kind::File | Kind::Special => {}
        }
        way.facts = Some(facts);
        way.names.push(name.to_owned());
        Ok(Step::Entered)
    }
}

impl fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Inputs({})", self.store.display())
    }
}

enum Step {
    Entered,
    Link(String),
    Out,
}

/// The names passed so far from the root, with the folders of the store among them.
#[derive(Default)]
struct Way {
    names: Vec<String>,
    /// That of the store first.
    folders: Vec<Folder>,
    facts: Option<Facts>,
}

impl Way {
    fn pop(&mut self) {
        self.names.pop();
        self.folders.truncate((self.names.len() + 1).saturating_sub(2));
        // What is left was a folder.
        self.facts = self.facts.map(|facts| Facts {
            kind: Kind::Folder,
            ..facts
        });
    }
}

impl Place {
    /// What it is.
    pub fn facts(&self) -> Facts {
        self.facts
    }

    /// Its path in the store, without links.
    pub fn logical(&self) -> String {
        format!("{STORE}/{}", self.inside.display())
    }

    /// Where it lies on this machine, without links from the store's folder on.
    pub fn physical(&self) -> PathBuf {
        self.store.join(&self.inside)
    }

    /// Opens it as a folder.
    pub fn folder(&self) -> io::Result<Folder> {
        Folder::open(&self.store)?.folder(&self.inside)
    }

    /// Opens it as a regular file.
    pub fn file(&self) -> io::Result<File> {
        Folder::open(&self.store)?.file(&self.inside)
    }

    /// Its content, if it is a regular file.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        Folder::open(&self.store)?.read(&self.inside)
    }
}

fn reversed(path: &str) -> Vec<String> {
    let names = path.split('/').rev().filter(|name| !matches!(*name, "" | "."));
    names.map(str::to_owned).collect()
}

fn refused(path: &str, reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, format!("'{path}' {reason}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    const A: &str = "00000000000000000000000000000000-a";
    const B: &str = "11111111111111111111111111111111-b";

    fn store() -> tempfile::TempDir {
        let top = tempfile::tempdir().unwrap();
        for (folder, text) in [(A, "a"), (B, "b"), ("stranger", "s")] {
            fs::create_dir_all(top.path().join("store").join(folder).join("share")).unwrap();
            fs::write(top.path().join("store").join(folder).join("share/file"), text).unwrap();
        }
        fs::write(top.path().join("secret"), "secret").unwrap();
        let secret = top.path().join("secret").display().to_string();
        for (target, link) in [
            (format!("/nix/store/{B}/share"), "other"),
            ("../share".to_owned(), "share/self"),
            (secret, "secret"),
            ("../../secret".to_owned(), "climb"),
            ("/etc".to_owned(), "etc"),
            ("loop".to_owned(), "loop"),
            ("/nix/store/stranger".to_owned(), "stranger"),
            ("/nix/var".to_owned(), "var"),
            ("../../../proc/self".to_owned(), "magic"),
        ] {
            symlink(target, top.path().join("store").join(A).join(link)).unwrap();
        }
        top
    }

    /// What is read at a path in A, or where it leads, or why not.
    fn found(path: &str) -> String {
        let top = store();
        let inputs = Inputs::only(top.path().join("store"), [A.to_owned(), B.to_owned()]);
        match inputs.find(&path.replace("A", &format!("/nix/store/{A}"))) {
            Ok(Found::Inside(place)) => match place.read() {
                Ok(content) => String::from_utf8(content).unwrap(),
                Err(_) => place.logical(),
            },
            Ok(Found::Elsewhere(path)) => path.replace(&top.path().display().to_string(), "TOP"),
            Err(error) => format!("error: {error}"),
        }
    }

    #[test]
    fn links_of_the_store_speak_of_the_store() {
        let table = [
            ("A/share/file", "a"),
            ("A/other/file", "b"),
            ("A/share/self/self/file", "a"),
            ("A/share/../share/file", "a"),
            ("A/other/../share/file", "b"),
            ("A", "/nix/store/00000000000000000000000000000000-a"),
            ("A/secret", "TOP/secret"),
            ("A/climb", "/nix/secret"),
            ("A/etc/passwd", "/etc/passwd"),
            ("A/var/db", "/nix/var/db"),
            ("A/magic/root", "/proc/self/root"),
            ("A/../../../etc/passwd", "/etc/passwd"),
            ("/etc/passwd", "/etc/passwd"),
            ("/nixx/store", "/nixx/store"),
        ];
        for (path, expected) in table {
            assert_eq!(found(path), expected, "{path}");
        }
    }

    #[test]
    fn what_is_no_input_is_not_looked_at() {
        for (path, expected) in [
            ("/nix/store/stranger/share/file", "is no input"),
            ("A/stranger/share/file", "is no input"),
            ("A/../stranger", "is no input"),
            ("A/loop", "too many symbolic links"),
            ("A/share/file/x", "error"),
            ("/nix/store", "is no path of the store"),
            ("/", "is no path of the store"),
            ("", "is no path of the store"),
            ("A/none", "No such file"),
        ] {
            let found = found(path);
            assert!(
                found.starts_with("error") && found.contains(expected),
                "{path}: {found}"
            );
        }
    }
}
