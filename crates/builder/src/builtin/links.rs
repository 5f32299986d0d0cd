//! `builtin:hardpan-links-v1`: one directory of links into several others, as `symlinkJoin` makes it.
//!
//! Directories are merged, everything else becomes a link to where it lies in the store. Of two things with one
//! name the earlier wins, and the links that the derivation spells out win over all.

use super::{at, json};
use crate::{BuildContext, BuildFailure};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

/// Directories and links below one another go no deeper than this.
const DEEPEST: usize = 256;

pub(super) fn build(_: &super::Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let mut root = Directory::default();
    if context.env("links").is_some() {
        for (path, target) in json::<BTreeMap<String, String>>(context, "links")? {
            root.add(super::write::inside(&path)?, target)?;
        }
    }
    let sources = match context.env("paths") {
        Some(_) => json::<Vec<String>>(context, "paths")?,
        None => Vec::new(),
    };
    let physical = |logical: &str| context.physical_of(logical);
    for source in &sources {
        context.check_cancelled()?;
        let directory = follow(source, &physical)?;
        let directory = directory.ok_or_else(|| BuildFailure::new(format!("'{source}' is no directory")))?;
        root.merge(&directory, &physical, 0)?;
    }
    root.write(context.output("out")?)
}

/// A directory somewhere in the store.
#[derive(Debug, PartialEq, Eq)]
struct Source {
    logical: String,
    physical: PathBuf,
}

/// The directory that a path leads to, if it is one. Links are followed as long as they stay in the store: others
/// name paths of the machine that is built.
fn follow(logical: &str, physical: Physical<'_>) -> Result<Option<Source>, BuildFailure> {
    let mut logical = logical.to_owned();
    for _ in 0..DEEPEST {
        if !logical.starts_with("/nix/store/") {
            return Ok(None);
        }
        let place = physical(&logical)?;
        let metadata = fs::symlink_metadata(&place).map_err(at("look at", &place))?;
        if !metadata.is_symlink() {
            let source = Source {
                logical,
                physical: place,
            };
            return Ok(metadata.is_dir().then_some(source));
        }
        let target = fs::read_link(&place).map_err(at("read the link", &place))?;
        let Some(target) = target.to_str() else {
            return Ok(None);
        };
        match joined(&logical, target) {
            Some(next) => logical = next,
            None => return Ok(None),
        }
    }
    Err(BuildFailure::new(format!(
        "'{logical}' goes through too many links"
    )))
}

type Physical<'a> = &'a dyn Fn(&str) -> Result<PathBuf, BuildFailure>;

/// Where a link at `link` with this target leads, without looking at the disk.
fn joined(link: &str, target: &str) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    if !target.starts_with('/') {
        names.extend(link.split('/').filter(|name| !name.is_empty()));
        names.pop();
    }
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()?),
            _ => names.push(name),
        }
    }
    Some(format!("/{}", names.join("/")))
}

/// What will be written.
#[derive(Debug, Default, PartialEq, Eq)]
struct Directory(BTreeMap<String, Node>);

#[derive(Debug, PartialEq, Eq)]
enum Node {
    Directory(Directory),
    Link(String),
}

impl Directory {
    /// Adds a link that the derivation spells out.
    fn add(&mut self, path: &str, target: String) -> Result<(), BuildFailure> {
        let clash = || BuildFailure::new(format!("the link '{path}' lies at or below another link"));
        let mut directory = self;
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        for parent in parents.split('/').filter(|parent| !matches!(*parent, "" | ".")) {
            let node = directory.0.entry(parent.to_owned());
            match node.or_insert_with(|| Node::Directory(Self::default())) {
                Node::Directory(below) => directory = below,
                Node::Link(_) => return Err(clash()),
            }
        }
        match directory.0.entry(name.to_owned()) {
            Entry::Occupied(_) => Err(clash()),
            Entry::Vacant(place) => {
                place.insert(Node::Link(target));
                Ok(())
            }
        }
    }

    /// Adds what lies in a directory of the store; what is there already stays.
    fn merge(&mut self, source: &Source, physical: Physical<'_>, depth: usize) -> Result<(), BuildFailure> {
        if depth > DEEPEST {
            return Err(BuildFailure::new(format!("'{}' lies too deep", source.logical)));
        }
        for name in names(&source.physical).map_err(at("list", &source.physical))? {
            let logical = format!("{}/{name}", source.logical);
            match (self.0.get_mut(&name), follow(&logical, physical)?) {
                (None, None) => drop(self.0.insert(name, Node::Link(logical))),
                (None, Some(below)) => {
                    let mut directory = Self::default();
                    directory.merge(&below, physical, depth + 1)?;
                    self.0.insert(name, Node::Directory(directory));
                }
                (Some(Node::Directory(directory)), Some(below)) => {
                    directory.merge(&below, physical, depth + 1)?;
                }
                (Some(_), _) => {}
            }
        }
        Ok(())
    }

    fn write(&self, place: &Path) -> Result<(), BuildFailure> {
        fs::create_dir(place).map_err(at("make the folder", place))?;
        for (name, node) in &self.0 {
            let path = place.join(name);
            match node {
                Node::Directory(directory) => directory.write(&path)?,
                Node::Link(target) => symlink(target, &path).map_err(at("make the link", &path))?,
            }
        }
        Ok(())
    }
}

/// Names in a directory, sorted.
fn names(directory: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name().into_string();
        names.push(name.map_err(|name| io::Error::other(format!("{name:?} is not UTF-8")))?);
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Fixture;
    use std::collections::BTreeMap;

    const A: &str = "/nix/store/00000000000000000000000000000000-a";
    const B: &str = "/nix/store/11111111111111111111111111111111-b";

    fn fixture() -> Fixture {
        let fixture = Fixture::new();
        fixture.file(&format!("{A}/bin/x"), "");
        fixture.file(&format!("{A}/share/one/deep"), "");
        fixture.link(&format!("{A}/sbin"), "bin");
        fixture.link(&format!("{A}/bin/face"), "/usr/bin/face");
        fixture.file(&format!("{B}/bin/x"), "");
        fixture.file(&format!("{B}/bin/y"), "");
        fixture.link(&format!("{B}/share"), &format!("{A}/share"));
        fixture
    }

    /// Links of the output by path; directories have an empty target.
    fn built(paths: &[&str], links: &[(&str, &str)]) -> Result<BTreeMap<String, String>, String> {
        let fixture = fixture();
        let links: BTreeMap<&str, &str> = links.iter().copied().collect();
        let paths = serde_json::to_string(paths).expect("paths are text");
        let links = serde_json::to_string(&links).expect("links are text");
        fixture.build(super::build, &[("paths", &paths), ("links", &links)])?;
        Ok(fixture.listing())
    }

    #[test]
    fn directories_are_merged_and_the_earlier_name_wins() {
        let listing = built(&[A, B], &[]).expect("both are directories");
        let expected = [
            ("bin", String::new()),
            ("bin/face", format!("-> {A}/bin/face")),
            ("bin/x", format!("-> {A}/bin/x")),
            ("bin/y", format!("-> {B}/bin/y")),
            ("sbin", String::new()),
            ("sbin/face", format!("-> {A}/bin/face")),
            ("sbin/x", format!("-> {A}/bin/x")),
            ("share", String::new()),
            ("share/one", String::new()),
            ("share/one/deep", format!("-> {A}/share/one/deep")),
        ];
        let expected = expected.map(|(path, target)| (path.to_owned(), target));
        assert_eq!(listing, BTreeMap::from(expected));
    }

    #[test]
    fn links_of_the_derivation_win() {
        let listing = built(&[B], &[("bin/x", "/etc/x"), ("/new/deep", "../y")]).expect("nothing clashes");
        assert_eq!(listing["bin/x"], "-> /etc/x");
        assert_eq!(listing["bin/y"], format!("-> {B}/bin/y"));
        assert_eq!(listing["new/deep"], "-> ../y");
    }

    #[test]
    fn what_cannot_be_is_named() {
        let missing = format!("{A}/nothing");
        let file = format!("{A}/bin/x");
        type Row<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)], &'a str);
        let table: [Row<'_>; 5] = [
            (&[&missing], &[], "nothing"),
            (&[&file], &[], "is no directory"),
            (&["/usr/bin"], &[], "is no directory"),
            (&[], &[("../x", "y")], "no path inside"),
            (
                &[],
                &[("a", "x"), ("a/b", "y")],
                "'a/b' lies at or below another link",
            ),
        ];
        for (paths, links, expected) in table {
            let error = built(paths, links).expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
