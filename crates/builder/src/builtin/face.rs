//! `builtin:hardpan-face-v1`: how a Debian package looks to Nix code.
//!
//! The output is a directory of links into `/usr` and `/etc` of whatever root it is mounted in: `bin` holds
//! the programs of `bin`, `sbin` and `games` together, `lib`, `libexec`, `share`, `include` and `etc` hold a
//! link for each entry that the package has there.

use super::{Environment, at};
use crate::{BuildContext, BuildFailure};
use ::image::object::{Kind, Object};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

/// Directories of the image and the directory of the face that shows them; earlier rows win.
const SHOWN: &[(&str, &str)] = &[
    ("/usr/bin/", "bin"),
    ("/usr/sbin/", "bin"),
    ("/usr/games/", "bin"),
    ("/usr/lib/x86_64-linux-gnu/", "lib"),
    ("/usr/lib/aarch64-linux-gnu/", "lib"),
    ("/usr/lib/", "lib"),
    ("/usr/libexec/", "libexec"),
    ("/usr/share/", "share"),
    ("/usr/include/", "include"),
    ("/etc/", "etc"),
];

/// Writes the face of the object that the derivation names.
pub(super) fn build(_: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let directory = context.input("object")?.physical();
    let object = Object::open(&directory)
        .map_err(|error| BuildFailure::caused_by(format!("open {}", directory.display()), error))?;
    let output = context.output("out")?;
    write(&object, output).map_err(at("write", output))?;
    context.declare_references("out", Default::default());
    Ok(())
}

/// Link of the face → target, for every path of `object` that shows.
fn links(object: &Object) -> BTreeMap<String, String> {
    let mut links = BTreeMap::new();
    for (from, to) in SHOWN {
        for entry in object
            .entries()
            .iter()
            .filter(|entry| entry.kind != Kind::Directory)
        {
            let Some(rest) = entry.path.strip_prefix(from) else {
                continue;
            };
            let first = rest.split('/').next().unwrap_or(rest);
            if *to == "bin" && first != rest {
                continue;
            }
            links
                .entry(format!("{to}/{first}"))
                .or_insert_with(|| format!("{from}{first}"));
        }
    }
    links
}

/// Writes the face of `object` to `output`.
fn write(object: &Object, output: &Path) -> io::Result<()> {
    std::fs::create_dir_all(output)?;
    for (link, target) in links(object) {
        let path = output.join(link);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::os::unix::fs::symlink(target, path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, deb};
    use super::super::{face, object};
    use std::collections::BTreeMap;

    const DEB: &str = "/nix/store/00000000000000000000000000000000-x.deb";
    const OBJECT: &str = "/nix/store/11111111111111111111111111111111-x";

    /// The face of a package, by way of its object.
    fn face(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        let fixture = Fixture::new();
        fixture.file(DEB, deb("x", files));
        fixture
            .build(object::build, &[("deb", DEB), ("exclude", "[]")])
            .expect("a sound package");
        std::fs::rename(fixture.output(), fixture.physical(OBJECT)).expect("it can be moved");
        fixture.input(OBJECT);
        fixture
            .build(face::build, &[("object", OBJECT)])
            .expect("a sound object");
        fixture.listing()
    }

    #[test]
    fn what_a_package_has_is_where_nix_code_looks() {
        let listing = face(&[
            ("./bin/sh", "x"),
            ("./sbin/sh", "never"),
            ("./usr/sbin/daemon", "x"),
            ("./usr/lib/systemd/system/x.service", "x"),
            ("./usr/lib/x86_64-linux-gnu/libx.so.1", "x"),
            ("./etc/x/x.conf", "x"),
            ("./var/lib/x", "x"),
        ]);
        let expected = [
            ("bin", ""),
            ("bin/daemon", "-> /usr/sbin/daemon"),
            ("bin/sh", "-> /usr/bin/sh"),
            ("etc", ""),
            ("etc/x", "-> /etc/x"),
            ("lib", ""),
            ("lib/libx.so.1", "-> /usr/lib/x86_64-linux-gnu/libx.so.1"),
            ("lib/systemd", "-> /usr/lib/systemd"),
            ("lib/x86_64-linux-gnu", "-> /usr/lib/x86_64-linux-gnu"),
        ];
        let expected = expected.map(|(path, shown)| (path.to_owned(), shown.to_owned()));
        assert_eq!(listing, BTreeMap::from(expected));
    }
}
