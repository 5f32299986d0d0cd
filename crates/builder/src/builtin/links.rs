//! `builtin:hardpan-links-v1`: one directory of links into several others, as `symlinkJoin` makes it.
//!
//! Directories are merged, everything else becomes a link to where it lies in the store. Of two things with one
//! name the earlier wins, and the links that the derivation spells out win over all.

use super::{at, json};
use crate::{BuildContext, BuildFailure};
use sandbox::folder::{Folder, Kind};
use sandbox::inputs::{Found, Inputs};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// Directories below one another go no deeper than this.
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
    let inputs = context.view();
    for source in &sources {
        context.check_cancelled()?;
        let failed = |error| BuildFailure::caused_by(format!("cannot link what is in '{source}'"), error);
        let directory = folder_at(inputs, source).map_err(failed)?;
        let directory = directory.ok_or_else(|| BuildFailure::new(format!("'{source}' is no directory")))?;
        root.merge(&directory, inputs, 0).map_err(failed)?;
    }
    root.write(context.output("out")?)
}

/// The directory that a path leads to, if it is one. Links are followed as long as they stay in the store: others
/// name paths of the machine that is built.
fn folder_at(inputs: &Inputs, path: &str) -> io::Result<Option<Source>> {
    match inputs.find(path)? {
        Found::Inside(place) if place.facts().kind == Kind::Folder => Ok(Some(Source {
            logical: place.logical(),
            folder: place.folder()?,
        })),
        _ => Ok(None),
    }
}

/// A directory somewhere in the store.
#[derive(Debug)]
struct Source {
    logical: String,
    folder: Folder,
}

impl Source {
    /// The directory that a name in it leads to, if it is one.
    fn below(&self, name: &str, inputs: &Inputs) -> io::Result<Option<Self>> {
        let logical = format!("{}/{name}", self.logical);
        match self.folder.facts(Path::new(name))?.kind {
            Kind::Folder => Ok(Some(Self {
                logical,
                folder: self.folder.folder(Path::new(name))?,
            })),
            Kind::Link => folder_at(inputs, &logical),
            Kind::File | Kind::Special => Ok(None),
        }
    }
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
    fn merge(&mut self, source: &Source, inputs: &Inputs, depth: usize) -> io::Result<()> {
        if depth > DEEPEST {
            return Err(io::Error::other(format!("'{}' lies too deep", source.logical)));
        }
        for name in source.folder.names()? {
            let name = name.into_string();
            let name = name.map_err(|name| io::Error::other(format!("{name:?} is not UTF-8")))?;
            let logical = format!("{}/{name}", source.logical);
            match (self.0.get_mut(&name), source.below(&name, inputs)?) {
                (None, None) => drop(self.0.insert(name, Node::Link(logical))),
                (None, Some(below)) => {
                    let mut directory = Self::default();
                    directory.merge(&below, inputs, depth + 1)?;
                    self.0.insert(name, Node::Directory(directory));
                }
                (Some(Node::Directory(directory)), Some(below)) => {
                    directory.merge(&below, inputs, depth + 1)?;
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
