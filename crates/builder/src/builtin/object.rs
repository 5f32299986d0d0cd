//! `builtin:hardpan-object-v2`: compiles one Debian package into an object.
//!
//! `builtin:hardpan-tree-object-v2` does the same with a tree that a derivation made, such as what a program of
//! the sandbox computed from a package alone: the tree's `usr` becomes the image's.

use super::{Environment, at, json};
use crate::{BuildContext, BuildFailure};
use ::image::object::{
    CompileOptions, Compiler, Compression, Control, EntryKind, ObjectError, PackageEntry, Xattr, compile_tree,
};
use ::image::tree::PathSet;
use debian::deb::{Deb, DebError, Entry, Kind};
use std::collections::BTreeSet;
use std::path::Path;

pub(super) fn build(_: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let place = context.input("deb")?;
    let path = place.physical();
    let bytes = place.read().map_err(at("read", &path))?;
    let options = options(context)?;
    let deb = Deb::open(&bytes).map_err(|error| unreadable(&path, error))?;
    compile(&deb, options, context).map_err(|stop| match stop {
        Stop::Package(error) => unreadable(&path, *error),
        Stop::Object(error) => BuildFailure::caused_by(format!("compile {}", name(&path)), *error),
        Stop::Failure(failure) => failure,
    })?;
    context.declare_references("out", BTreeSet::new());
    Ok(())
}

pub(super) fn build_tree(_: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let (tree, output) = (context.input("tree")?.physical(), context.output("out")?);
    compile_tree(&tree, context.required_env("name")?, output, options(context)?)
        .map_err(|error| BuildFailure::caused_by(format!("compile {}", name(&tree)), error))?;
    context.declare_references("out", BTreeSet::new());
    Ok(())
}

fn options(context: &BuildContext<'_>) -> Result<CompileOptions, BuildFailure> {
    let exclude: Vec<String> = match context.env("exclude") {
        Some(_) => json(context, "exclude")?,
        None => Vec::new(),
    };
    Ok(CompileOptions {
        compression: match context.env("compression") {
            Some("none") => Compression::None,
            Some("lz4") | None => Compression::Lz4,
            Some(other) => return Err(BuildFailure::new(format!("no compression is called '{other}'"))),
        },
        exclude: PathSet::new(&exclude)
            .map_err(|error| BuildFailure::caused_by("read the attribute 'exclude'", error))?,
    })
}

fn compile(deb: &Deb<'_>, options: CompileOptions, context: &BuildContext<'_>) -> Result<(), Stop> {
    let mut compiler = Compiler::create(context.output("out")?, options)?;
    deb.data_entries(|entry, content| {
        context.check_cancelled()?;
        Ok::<(), Stop>(compiler.add(&adapt(entry), content)?)
    })?;
    let fields = deb.control().iter();
    let members = deb.members();
    let control = Control {
        fields: fields
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        members: members
            .map(|(name, content)| (name.to_owned(), content.to_vec()))
            .collect(),
    };
    compiler.finish(&control)?;
    Ok(())
}

/// An entry as the compiler takes it.
fn adapt(entry: &Entry) -> PackageEntry {
    let (kind, size) = match &entry.kind {
        Kind::Regular { size } => (EntryKind::File, *size),
        Kind::Directory => (EntryKind::Directory, 0),
        Kind::Symlink(target) => (EntryKind::Symlink(target.clone()), 0),
        Kind::Hardlink(target) => (EntryKind::HardLink(target.clone()), 0),
    };
    let xattr = |(name, value): &(String, Vec<u8>)| Xattr {
        name: name.clone(),
        value: value.clone(),
    };
    PackageEntry {
        path: entry.path.clone(),
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        size,
        xattrs: entry.xattrs.iter().map(xattr).collect(),
        kind,
    }
}

/// Why compiling ended early.
enum Stop {
    Package(Box<DebError>),
    Object(Box<ObjectError>),
    Failure(BuildFailure),
}

impl From<DebError> for Stop {
    fn from(error: DebError) -> Self {
        Self::Package(Box::new(error))
    }
}

impl From<ObjectError> for Stop {
    fn from(error: ObjectError) -> Self {
        Self::Object(Box::new(error))
    }
}

impl From<BuildFailure> for Stop {
    fn from(failure: BuildFailure) -> Self {
        Self::Failure(failure)
    }
}

/// A store path's name without its digest.
pub(super) fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.split_once('-').map_or(&*name, |(_, name)| name).to_owned()
}

pub(super) fn unreadable(path: &Path, error: DebError) -> BuildFailure {
    BuildFailure::caused_by(format!("read the Debian package {}", name(path)), error)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, deb};
    use ::image::object::{Entry, Kind, Object};

    const DEB: &str = "/nix/store/00000000000000000000000000000000-x.deb";

    fn compiled(bytes: &[u8], exclude: &str) -> Result<Object, String> {
        let fixture = Fixture::new();
        fixture.file(DEB, bytes);
        fixture.build(super::build, &[("deb", DEB), ("exclude", exclude)])?;
        Ok(Object::open(&fixture.output()).expect("a sound object"))
    }

    #[test]
    fn a_package_becomes_an_object() {
        let package = deb(
            "x",
            &[
                ("./bin/x", "program"),
                ("./usr/share/doc/x", "text"),
                ("./bin/y", "=> ./bin/x"),
            ],
        );
        let object = compiled(&package, r#"["/usr/share/doc/**"]"#).expect("a sound package");
        assert_eq!(object.name(), "x");
        assert_eq!(object.read_file("/usr/bin/y").expect("a file"), b"program");
        let paths: Vec<&str> = object.entries().iter().map(|entry| entry.path.as_str()).collect();
        assert_eq!(paths, ["/usr/bin/x", "/usr/bin/y"]);
        assert_eq!(object.entries()[1].kind, Kind::HardLink("/usr/bin/x".to_owned()));
    }

    #[test]
    fn a_broken_package_is_named() {
        let package = deb("x", &[("./a", "1")]);
        let mut twice = package.clone();
        twice.truncate(package.len() / 2);
        let table: [(&[u8], &str); 3] = [
            (b"no package", "read the Debian package x.deb"),
            (&twice, "read the Debian package x.deb"),
            (
                &deb("x", &[("./bin/a", "1"), ("./usr/bin/a", "2")]),
                "the package holds /usr/bin/a twice",
            ),
        ];
        for (bytes, expected) in table {
            let error = compiled(bytes, "[]").expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_tree_becomes_a_package_of_its_paths() {
        const TREE: &str = "/nix/store/11111111111111111111111111111111-tree";
        let fixture = Fixture::new();
        fixture.file(&format!("{TREE}/usr/lib/x"), "x");
        fixture.link(&format!("{TREE}/usr/lib/y"), "x");
        let environment = [("tree", TREE), ("name", "computed")];
        fixture
            .build(super::build_tree, &environment)
            .expect("a sound tree");
        let object = Object::open(&fixture.output()).expect("a sound object");
        let shown = |entry: &Entry| format!("{} {:o}", entry.path, entry.mode);
        let shown: Vec<String> = object.entries().iter().map(shown).collect();
        assert_eq!(
            shown,
            ["/usr 755", "/usr/lib 755", "/usr/lib/x 644", "/usr/lib/y 777"]
        );
        assert_eq!(object.name(), "computed");
    }

    #[test]
    fn every_truncated_package_is_an_error() {
        let package = deb("x", &[("./a", "some content"), ("./b", "1")]);
        let fixture = Fixture::new();
        for length in (0..package.len()).step_by(7) {
            fixture.file(DEB, &package[..length]);
            fixture
                .build(super::build, &[("deb", DEB), ("exclude", "[]")])
                .expect_err("it is cut off");
        }
    }
}
