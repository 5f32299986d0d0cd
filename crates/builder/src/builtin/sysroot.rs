//! `builtin:hardpan-sysroot-v1`: Debian packages unpacked side by side into one merged-usr tree.
//!
//! No script runs and no owner is kept: such a tree serves as the root of a sandbox or as a place to run a
//! program from. Packages are unpacked by several threads; nothing is ever written through a link.

use super::object::{name, unreadable};
use super::{at, json};
use crate::{BuildContext, BuildFailure, Cancellation};
use ::image::object::{merge_usr, moved_target};
use debian::deb::{Deb, DebError, Entry, Kind};
use sandbox::inputs::Place;
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Links that a merged-usr system has at its root.
const ROOT_LINKS: [&str; 7] = ["bin", "sbin", "lib", "lib64", "lib32", "libx32", "libo32"];

pub(super) fn build(_: &super::Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let mut packages = Vec::new();
    for logical in context.required_env("debs")?.split_whitespace() {
        packages.push(context.place(logical)?);
    }
    // The largest take longest and begin first.
    packages.sort_by_key(|package| Reverse((package.facts().size_bytes, package.logical())));
    let sysroot = Sysroot {
        root: context.output("out")?,
        packages,
        owners: Mutex::default(),
        cancellation: context.cancellation(),
    };
    fs::create_dir(sysroot.root).map_err(at("make the folder", sysroot.root))?;
    sysroot.unpack_all(context.cores(), &|done, total| {
        context.progress(done as u64, total as u64)
    })?;
    sysroot.link_root()?;
    if context.env("links").is_some() {
        sysroot.add_links(&json(context, "links")?)?;
    }
    Ok(())
}

/// What a path of the tree is, and which package made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Directory,
    Package(usize),
}

struct Sysroot<'a> {
    root: &'a Path,
    packages: Vec<Place>,
    owners: Mutex<BTreeMap<String, Owner>>,
    cancellation: &'a Cancellation,
}

impl Sysroot<'_> {
    fn unpack_all(
        &self,
        threads: usize,
        progress: &(dyn Fn(usize, usize) + Sync),
    ) -> Result<(), BuildFailure> {
        let (next, done, first) = (AtomicUsize::new(0), AtomicUsize::new(0), Mutex::new(None));
        let worker = || {
            while let number = next.fetch_add(1, Ordering::Relaxed)
                && let Some(package) = self.packages.get(number)
            {
                if let Err(failure) = self.unpack(number, package) {
                    next.store(self.packages.len(), Ordering::Relaxed);
                    first
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .get_or_insert(failure);
                    return;
                }
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, self.packages.len());
            }
        };
        thread::scope(|scope| {
            (1..threads.clamp(1, 64)).for_each(|_| drop(scope.spawn(worker)));
            worker();
        });
        first
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner)
            .map_or(Ok(()), Err)
    }

    fn unpack(&self, number: usize, package: &Place) -> Result<(), BuildFailure> {
        let path = &package.physical();
        let bytes = package.read().map_err(at("read", path))?;
        let deb = Deb::open(&bytes).map_err(|error| unreadable(path, error))?;
        // Hard links may come before the file they lead to only if their archive is broken.
        let result = deb.data_entries(|entry, content| {
            if self.cancellation.is_cancelled() {
                return Err(Stop::Failure(BuildFailure::cancelled()));
            }
            self.add(number, entry, content).map_err(Stop::Failure)
        });
        result.map_err(|stop| match stop {
            Stop::Package(error) => unreadable(path, *error),
            Stop::Failure(failure) => failure,
        })
    }

    fn add(&self, number: usize, entry: &Entry, content: &mut dyn Read) -> Result<(), BuildFailure> {
        let path = merge_usr(&entry.path, entry.kind == Kind::Directory);
        if path == "/" {
            return Ok(());
        }
        let place = self.place(&path);
        if entry.kind == Kind::Directory {
            return self.make_directories(&path);
        }
        self.claim(number, &path)?;
        match &entry.kind {
            Kind::Directory => Ok(()),
            Kind::Symlink(target) => {
                symlink(moved_target(&entry.path, &path, target), &place).map_err(at("make the link", &place))
            }
            Kind::Hardlink(target) => {
                let target = merge_usr(target, false);
                self.belongs_to(number, &target, &path)?;
                fs::hard_link(self.place(&target), &place).map_err(at("make the link", &place))
            }
            Kind::Regular { .. } => write(&place, entry.mode, content).map_err(at("write", &place)),
        }
    }

    fn place(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Makes a path one package's own, below real directories.
    fn claim(&self, number: usize, path: &str) -> Result<(), BuildFailure> {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        self.make_directories(parent)?;
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        match owners.insert(path.to_owned(), Owner::Package(number)) {
            None => Ok(()),
            Some(Owner::Package(earlier)) => Err(self.conflict(path, earlier, number)),
            Some(Owner::Directory) => Err(self.not_a_directory(path)),
        }
    }

    fn conflict(&self, path: &str, one: usize, other: usize) -> BuildFailure {
        let mut names = [one, other]
            .map(|number| self.packages[number].physical())
            .map(|path| name(&path));
        names.sort();
        BuildFailure::new(format!("{} and {} both hold {path}", names[0], names[1]))
    }

    fn not_a_directory(&self, path: &str) -> BuildFailure {
        BuildFailure::new(format!(
            "{path} is a directory in one package and something else in another"
        ))
    }

    /// Makes a directory with all above it; a link in its place is an error.
    fn make_directories(&self, path: &str) -> Result<(), BuildFailure> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if owners.get(path) == Some(&Owner::Directory) {
            return Ok(());
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for directory in ends
            .map(|end| &path[..end])
            .filter(|directory| !directory.is_empty())
        {
            match owners.get(directory) {
                Some(Owner::Directory) => continue,
                Some(Owner::Package(_)) => return Err(self.not_a_directory(directory)),
                None => {}
            }
            let place = self.place(directory);
            DirBuilder::new()
                .mode(0o755)
                .create(&place)
                .map_err(at("make the folder", &place))?;
            owners.insert(directory.to_owned(), Owner::Directory);
        }
        Ok(())
    }

    /// A hard link leads to a file that the same package brought.
    fn belongs_to(&self, number: usize, target: &str, link: &str) -> Result<(), BuildFailure> {
        let owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if owners.get(target) == Some(&Owner::Package(number)) {
            return Ok(());
        }
        let package = name(&self.packages[number].physical());
        Err(BuildFailure::new(format!(
            "{package}: {link} is another name of {target}, which is not there"
        )))
    }

    fn link_root(&self) -> Result<(), BuildFailure> {
        let owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        for name in ROOT_LINKS {
            let place = self.root.join(name);
            let is_ours = owners.get(&format!("/usr/{name}")) == Some(&Owner::Directory);
            if is_ours && !owners.contains_key(&format!("/{name}")) {
                symlink(format!("usr/{name}"), &place).map_err(at("make the link", &place))?;
            }
        }
        Ok(())
    }

    /// Links that maintainer scripts would have made, such as `/usr/bin/awk`; what a package ships stays.
    fn add_links(&self, links: &BTreeMap<String, String>) -> Result<(), BuildFailure> {
        for (path, target) in links {
            let path = format!("/{}", super::write::inside(path)?);
            let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
            self.make_directories(parent)?;
            let place = self.place(&path);
            match symlink(target, &place) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => result.map_err(at("make the link", &place))?,
            }
        }
        Ok(())
    }
}

/// Why reading a package ended early.
enum Stop {
    Package(Box<DebError>),
    Failure(BuildFailure),
}

impl From<DebError> for Stop {
    fn from(error: DebError) -> Self {
        Self::Package(Box::new(error))
    }
}

/// Writes a new file; everybody may read it, and run it if its owner may.
fn write(place: &Path, mode: u32, content: &mut dyn Read) -> io::Result<()> {
    let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
    let mut file: File = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(place)?;
    io::copy(content, &mut file).map(drop)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Fixture, deb};
    use std::collections::BTreeMap;

    type Files<'a> = &'a [(&'a str, &'a str)];

    fn built(packages: &[(&str, Files<'_>)], links: &str) -> Result<BTreeMap<String, String>, String> {
        let fixture = Fixture::new();
        let mut debs = String::new();
        for (number, (name, files)) in packages.iter().enumerate() {
            let path = format!("/nix/store/{number:032}-{name}.deb");
            fixture.file(&path, deb(name, files));
            debs.push_str(&format!(" {path}"));
        }
        fixture.build(super::build, &[("debs", &debs), ("links", links)])?;
        Ok(fixture.listing())
    }

    #[test]
    fn packages_lie_side_by_side_below_usr() {
        let one: Files<'_> = &[
            ("./", ""),
            ("./bin/", ""),
            ("./bin/sh", "shell"),
            ("./lib/one.so", "-> ../etc/one"),
            ("./usr/share/doc/one/copyright", "free"),
        ];
        let other: Files<'_> = &[
            ("./usr/bin/", ""),
            ("./usr/bin/tool", "tool"),
            ("./usr/bin/tool2", "=> ./usr/bin/tool"),
            ("./lib64", "-> usr/lib64"),
            ("./usr/lib64/ld.so", "loader"),
        ];
        let links = r#"{"/usr/bin/awk": "mawk", "/usr/bin/sh": "never", "/etc/alternatives/x": "/y"}"#;
        let listing = built(&[("one", one), ("other", other)], links).expect("nothing clashes");
        let expected = [
            ("bin", "-> usr/bin"),
            ("etc", ""),
            ("etc/alternatives", ""),
            ("etc/alternatives/x", "-> /y"),
            ("lib", "-> usr/lib"),
            ("lib64", "-> usr/lib64"),
            ("usr", ""),
            ("usr/bin", ""),
            ("usr/bin/awk", "-> mawk"),
            ("usr/bin/sh", "755 shell"),
            ("usr/bin/tool", "755 tool"),
            ("usr/bin/tool2", "755 tool"),
            ("usr/lib", ""),
            ("usr/lib/one.so", "-> /etc/one"),
            ("usr/lib64", ""),
            ("usr/lib64/ld.so", "644 loader"),
            ("usr/share", ""),
            ("usr/share/doc", ""),
            ("usr/share/doc/one", ""),
            ("usr/share/doc/one/copyright", "644 free"),
        ];
        let expected = expected.map(|(path, shown)| (path.to_owned(), shown.to_owned()));
        assert_eq!(listing, BTreeMap::from(expected));
    }

    #[test]
    fn clashes_name_both_packages_and_nothing_is_written_through_links() {
        let table: [([Files<'_>; 2], &str); 5] = [
            (
                [&[("./a", "1")], &[("./a", "1")]],
                "one.deb and two.deb both hold /a",
            ),
            (
                [&[("./d", "-> /etc")], &[("./d/x", "1")]],
                "/d is a directory in one package",
            ),
            (
                [&[("./d/x", "1")], &[("./d", "-> /etc")]],
                "/d is a directory in one package",
            ),
            (
                [&[("./d", "-> /etc"), ("./d/x", "1")], &[]],
                "read the Debian package one.deb",
            ),
            (
                [&[("./b", "1")], &[("./a", "=> ./b")]],
                "two.deb: /a is another name of /b",
            ),
        ];
        for ([one, two], expected) in table {
            let error = built(&[("one", one), ("two", two)], "").expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
