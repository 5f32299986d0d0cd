//! `builtin:hardpan-object-files-v1`: the files of an object that globs name, as an ordinary tree.
//!
//! So a program of the sandbox can compute something from a package that was unpacked before.

use super::{Environment, at, json};
use crate::{BuildContext, BuildFailure};
use ::image::object::{Kind, Object};
use ::image::tree::PathSet;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

pub(super) fn build(_: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let (path, output) = (context.input("object")?.physical(), context.output("out")?);
    let globs: Vec<String> = json(context, "files")?;
    let wanted =
        PathSet::new(&globs).map_err(|error| BuildFailure::caused_by("read the attribute 'files'", error))?;
    let unreadable = |error| BuildFailure::caused_by(format!("read {}", super::object::name(&path)), error);
    let object = Object::open(&path).map_err(unreadable)?;
    fs::create_dir(output).map_err(at("make the folder", output))?;
    let mut folders = BTreeSet::new();
    for entry in object.entries() {
        let is_file = matches!(entry.kind, Kind::File(_) | Kind::HardLink(_));
        if !is_file || !wanted.contains(&entry.path) {
            continue;
        }
        context.check_cancelled()?;
        let place = output.join(entry.path.trim_start_matches('/'));
        make_folder(place.parent().unwrap_or(output), &mut folders)?;
        let content = object.read_file(&entry.path).map_err(unreadable)?;
        fs::write(&place, content).map_err(at("write", &place))?;
    }
    context.declare_references("out", BTreeSet::new());
    Ok(())
}

fn make_folder(folder: &Path, made: &mut BTreeSet<std::path::PathBuf>) -> Result<(), BuildFailure> {
    if made.insert(folder.to_owned()) {
        fs::create_dir_all(folder).map_err(at("make the folder", folder))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::object;
    use super::super::testing::{Fixture, deb};

    const DEB: &str = "/nix/store/00000000000000000000000000000000-x.deb";

    #[test]
    fn only_files_that_are_asked_for_come_out() {
        let mut fixture = Fixture::new();
        let files = [
            ("./usr/lib/x/a.py", "1"),
            ("./usr/lib/x/b.txt", "2"),
            ("./usr/lib/y.py", "=> ./usr/lib/x/a.py"),
        ];
        fixture.file(DEB, deb("x", &files));
        fixture
            .build(object::build, &[("deb", DEB), ("exclude", "[]")])
            .expect("a sound package");
        let object = fixture.register("x").to_string();
        let environment = [("object", object.as_str()), ("files", r#"["/usr/lib/**/*.py"]"#)];
        fixture
            .build(super::build, &environment)
            .expect("the object is sound");
        let content = |path: &str| std::fs::read_to_string(fixture.output().join(path)).ok();
        assert_eq!(content("usr/lib/x/a.py").as_deref(), Some("1"));
        assert_eq!(content("usr/lib/y.py").as_deref(), Some("1"));
        assert_eq!(content("usr/lib/x/b.txt"), None);
    }
}
