//! Opens what lies at paths that somebody else wrote, without ever leaving the folder that they are meant for.
//!
//! A path is looked up one name at a time from an open folder. `..` and a link in the place of a name are errors, so
//! nothing that a path or a tree says leads out, and what is a pipe or a device is never opened.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, Stat, fstat, openat, readlinkat, statat};

const FOLDER: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);
/// Without waiting for the other end of a pipe that takes a file's place after it was looked at.
const FILE: OFlags = OFlags::RDONLY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::NONBLOCK)
    .union(OFlags::NOCTTY)
    .union(OFlags::CLOEXEC);

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    handle: OwnedFd,
}

/// What a name stands for; links are not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symbolic link.
    Link,
    /// A pipe, a socket or a device.
    Special,
}

/// What is known of a name without opening it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// What it is.
    pub kind: Kind,
    /// Size of a file in bytes.
    pub size_bytes: u64,
    /// Whether its owner may run it.
    pub is_executable: bool,
}

impl Folder {
    /// Opens the folder at `path`. The way to it is ours; what its last name stands for is not, and may not be a link.
    pub fn open(path: &Path) -> io::Result<Self> {
        open_folder(CWD, path.as_os_str())
    }

    /// A folder in this one.
    pub fn folder(&self, inside: &Path) -> io::Result<Self> {
        match self.walk(inside)? {
            Walked::Nowhere => Ok(Self {
                handle: self.handle.try_clone()?,
            }),
            Walked::To(parent, name) => open_folder(parent.as_ref().unwrap_or(self), name),
        }
    }

    /// A regular file in this folder, to be read.
    pub fn file(&self, inside: &Path) -> io::Result<File> {
        let (parent, name) = self.last(inside)?;
        open_regular(parent.as_ref().unwrap_or(self), name)
    }

    /// The whole content of a regular file in this folder.
    pub fn read(&self, inside: &Path) -> io::Result<Vec<u8>> {
        let mut file = self.file(inside)?;
        let size = usize::try_from(file.metadata()?.len()).unwrap_or(0);
        let mut content = Vec::new();
        content.try_reserve(size).map_err(io::Error::other)?;
        file.read_to_end(&mut content)?;
        Ok(content)
    }

    /// What a path in this folder is; of the empty path, what the folder is.
    pub fn facts(&self, inside: &Path) -> io::Result<Facts> {
        match self.walk(inside)? {
            Walked::Nowhere => Ok(Facts::of(&fstat(&self.handle)?)),
            Walked::To(parent, name) => parent.as_ref().unwrap_or(self).facts_of(name),
        }
    }

    /// What a link in this folder says.
    pub fn link(&self, inside: &Path) -> io::Result<OsString> {
        let (parent, name) = self.last(inside)?;
        let target = readlinkat(parent.as_ref().unwrap_or(self), name, Vec::new())?;
        Ok(OsString::from_vec(target.into_bytes()))
    }

    /// The names in this folder, in byte order.
    pub fn names(&self) -> io::Result<Vec<OsString>> {
        let mut names = Vec::new();
        for entry in Dir::read_from(&self.handle)? {
            let entry = entry?;
            let name = entry.file_name().to_bytes();
            if name != b"." && name != b".." {
                names.push(OsStr::from_bytes(name).to_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    fn facts_of(&self, name: &OsStr) -> io::Result<Facts> {
        Ok(Facts::of(&statat(self, name, AtFlags::SYMLINK_NOFOLLOW)?))
    }

    fn last<'a>(&self, inside: &'a Path) -> io::Result<(Option<Self>, &'a OsStr)> {
        match self.walk(inside)? {
            Walked::Nowhere => Err(io::Error::from(io::ErrorKind::IsADirectory)),
            Walked::To(parent, name) => Ok((parent, name)),
        }
    }

    /// Opens all the folders on the way to the last name.
    fn walk<'a>(&self, inside: &'a Path) -> io::Result<Walked<'a>> {
        let mut names = Vec::new();
        for part in inside.components() {
            match part {
                Component::Normal(name) => names.push(name),
                Component::CurDir => {}
                _ => {
                    let text = format!("'{}' does not stay where it begins", inside.display());
                    return Err(io::Error::new(io::ErrorKind::InvalidInput, text));
                }
            }
        }
        let Some(last) = names.pop() else {
            return Ok(Walked::Nowhere);
        };
        let mut parent: Option<Self> = None;
        for name in names {
            parent = Some(open_folder(parent.as_ref().unwrap_or(self), name)?);
        }
        Ok(Walked::To(parent, last))
    }
}

impl AsFd for Folder {
    fn as_fd(&self) -> std::os::fd::BorrowedFd<'_> {
        self.handle.as_fd()
    }
}

/// Opens the regular file at `path`. The way to it is ours; what its last name stands for may not be a link.
pub fn open_file(path: &Path) -> io::Result<File> {
    open_regular(CWD, path.as_os_str())
}

/// Where a path in a folder leads: to a name in a folder below, none standing for the first one.
enum Walked<'a> {
    Nowhere,
    To(Option<Folder>, &'a OsStr),
}

impl Facts {
    fn of(stat: &Stat) -> Self {
        let kind = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Folder,
            FileType::Symlink => Kind::Link,
            _ => Kind::Special,
        };
        Self {
            kind,
            size_bytes: u64::try_from(stat.st_size).unwrap_or(0),
            is_executable: stat.st_mode & 0o100 != 0,
        }
    }
}

fn open_folder(parent: impl AsFd, name: &OsStr) -> io::Result<Folder> {
    match openat(&parent, name, FOLDER, Mode::empty()) {
        Ok(handle) => Ok(Folder { handle }),
        Err(error) => {
            match statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW).map(|stat| Facts::of(&stat).kind) {
                Ok(kind) if kind != Kind::Folder => Err(other(name, kind, "folder")),
                _ => Err(error.into()),
            }
        }
    }
}

fn open_regular(parent: impl AsFd, name: &OsStr) -> io::Result<File> {
    let before = Facts::of(&statat(&parent, name, AtFlags::SYMLINK_NOFOLLOW)?);
    if before.kind != Kind::File {
        return Err(other(name, before.kind, "regular file"));
    }
    let file = openat(&parent, name, FILE, Mode::empty())?;
    match Facts::of(&fstat(&file)?).kind {
        Kind::File => Ok(File::from(file)),
        kind => Err(other(name, kind, "regular file")),
    }
}

fn other(name: &OsStr, kind: Kind, wanted: &str) -> io::Error {
    let found = match kind {
        Kind::File => "a regular file",
        Kind::Folder => "a folder",
        Kind::Link => "a symbolic link",
        Kind::Special => "a pipe, socket or device",
    };
    let name = Path::new(name).display();
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("'{name}' is {found}, where a {wanted} is needed"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::symlink;

    /// A folder with a way out of every kind, beside a secret.
    fn trap() -> tempfile::TempDir {
        let top = tempfile::tempdir().unwrap();
        fs::create_dir_all(top.path().join("in/deep")).unwrap();
        fs::create_dir_all(top.path().join("secret")).unwrap();
        fs::write(top.path().join("secret/key"), "secret").unwrap();
        fs::write(top.path().join("in/deep/file"), "plain").unwrap();
        for (target, link) in [
            ("../secret", "in/relative"),
            ("deep", "in/harmless"),
            ("/", "in/root"),
            ("/proc/self/root", "in/magic"),
            ("../secret/key", "in/key"),
        ] {
            symlink(target, top.path().join(link)).unwrap();
        }
        symlink("in", top.path().join("top")).unwrap();
        rustix::fs::mkfifoat(CWD, top.path().join("in/pipe"), Mode::from_raw_mode(0o600)).unwrap();
        top
    }

    #[test]
    fn nothing_that_a_path_says_leads_out_of_its_folder() {
        let top = trap();
        let folder = Folder::open(&top.path().join("in")).unwrap();
        for path in [
            "relative/key",
            "harmless/file",
            "root/etc/passwd",
            "magic/etc/passwd",
            "key",
            "../secret/key",
            "deep/../../secret/key",
            "/etc/passwd",
            "pipe",
            "",
            "deep",
        ] {
            assert!(folder.read(Path::new(path)).is_err(), "{path}");
        }
        for path in [
            "relative",
            "harmless",
            "root",
            "magic",
            "..",
            "/",
            "key",
            "pipe",
            "deep/file",
        ] {
            assert!(folder.folder(Path::new(path)).is_err(), "{path}");
        }
        assert!(Folder::open(&top.path().join("top")).is_err());
        assert!(open_file(&top.path().join("in/key")).is_err());
    }

    #[test]
    fn what_lies_in_a_folder_can_be_read() {
        let top = trap();
        let folder = Folder::open(&top.path().join("in")).unwrap();
        assert_eq!(folder.read(Path::new("./deep//file")).unwrap(), b"plain");
        assert_eq!(folder.folder(Path::new("")).unwrap().names().unwrap().len(), 7);
        assert_eq!(folder.link(Path::new("key")).unwrap(), "../secret/key");
        assert_eq!(folder.facts(Path::new("deep")).unwrap().kind, Kind::Folder);
        assert_eq!(folder.facts(Path::new("key")).unwrap().kind, Kind::Link);
        assert_eq!(folder.facts(Path::new("")).unwrap().kind, Kind::Folder);
        assert_eq!(
            folder.folder(Path::new("deep")).unwrap().names().unwrap(),
            ["file"]
        );
    }
}
