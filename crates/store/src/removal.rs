//! Removes trees of any depth, through open folders alone.
//!
//! What made a tree may have made it deeper than a path can be long, and somebody may still hold a folder of it open
//! and put links in the place of others. So nothing here is found by a path but the top: each name is looked at in
//! its open folder, and what lies too deep to keep all the folders above it open is moved up first.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::{AsFd, AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, chmod, fchmod, fstat, openat, renameat, statat, unlinkat,
};
use rustix::io::Errno;

use crate::error::{FileContext as _, StoreError};

/// How many folders are open at once.
const MOST_OPEN: usize = 64;
const OWNER: Mode = Mode::RWXU;

/// Removes a tree, also where folders are not writable; nothing there is fine.
pub fn remove_tree(path: &Path) -> Result<(), StoreError> {
    match remove(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.file("remove", path),
    }
}

fn remove(path: &Path) -> io::Result<()> {
    if !is_folder(CWD, path.as_os_str())? {
        return Ok(unlinkat(CWD, path, AtFlags::empty())?);
    }
    let top = open(CWD, path.as_os_str())?;
    let mut removal = Removal { top, moved: 0 };
    while removal.empty_top()? {}
    Ok(unlinkat(CWD, path, AtFlags::REMOVEDIR)?)
}

struct Removal {
    top: OwnedFd,
    /// How many folders were moved up, for their new names.
    moved: u64,
}

impl Removal {
    /// Empties the top, but for what was moved there meanwhile; says whether anything was.
    fn empty_top(&mut self) -> io::Result<bool> {
        let before = self.moved;
        let top = self.top.try_clone()?;
        self.empty(&top, 1)?;
        Ok(self.moved > before)
    }

    fn empty(&mut self, folder: &OwnedFd, open_folders: usize) -> io::Result<()> {
        for name in names(folder)? {
            if !is_folder(folder, &name)? {
                unlinkat(folder, &name, AtFlags::empty())?;
                continue;
            }
            let below = open(folder, &name)?;
            if open_folders < MOST_OPEN {
                self.empty(&below, open_folders + 1)?;
                unlinkat(folder, &name, AtFlags::REMOVEDIR)?;
            } else {
                self.move_up(folder, &name)?;
            }
        }
        Ok(())
    }

    fn move_up(&mut self, folder: &OwnedFd, name: &OsStr) -> io::Result<()> {
        loop {
            self.moved += 1;
            let free = format!(".deep-{}", self.moved);
            if statat(&self.top, &free, AtFlags::SYMLINK_NOFOLLOW).err() == Some(Errno::NOENT) {
                return Ok(renameat(folder, name, &self.top, &free)?);
            }
        }
    }
}

fn is_folder(parent: impl AsFd, name: &OsStr) -> io::Result<bool> {
    let stat = statat(parent, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

/// Opens a folder whose entries can be removed from then on.
fn open(parent: impl AsFd, name: &OsStr) -> io::Result<OwnedFd> {
    let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder = match openat(&parent, name, flags | OFlags::RDONLY, Mode::empty()) {
        Err(Errno::ACCESS) => {
            let unread = openat(&parent, name, flags | OFlags::PATH, Mode::empty())?;
            chmod(format!("/proc/self/fd/{}", unread.as_raw_fd()), OWNER)?;
            openat(&parent, name, flags | OFlags::RDONLY, Mode::empty())?
        }
        result => result?,
    };
    if !Mode::from_raw_mode(fstat(&folder)?.st_mode).contains(OWNER) {
        fchmod(&folder, OWNER)?;
    }
    Ok(folder)
}

fn names(folder: &OwnedFd) -> io::Result<Vec<OsString>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            names.push(OsStr::from_bytes(name).to_owned());
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::mkdirat;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    /// Makes `depth` folders with long names, one in the other, as a path can never name them.
    fn deep(top: &Path, depth: usize) {
        let name = "d".repeat(200);
        let flags = OFlags::DIRECTORY | OFlags::CLOEXEC;
        let mut at = openat(CWD, top, flags, Mode::empty()).unwrap();
        for _ in 0..depth {
            mkdirat(&at, name.as_str(), Mode::RWXU).unwrap();
            at = openat(&at, name.as_str(), flags, Mode::empty()).unwrap();
            openat(&at, "file", OFlags::CREATE | OFlags::WRONLY, Mode::empty()).unwrap();
        }
    }

    #[test]
    fn a_tree_deeper_than_a_path_can_be_long_is_removed() {
        let place = tempfile::tempdir().unwrap();
        let top = place.path().join("top");
        fs::create_dir_all(top.join(".deep-1")).unwrap();
        deep(&top, 1000);
        remove_tree(&top).unwrap();
        assert!(!top.exists());
    }

    #[test]
    fn what_links_lead_to_stays_and_no_mode_keeps_a_tree_alive() {
        let place = tempfile::tempdir().unwrap();
        let (top, kept) = (place.path().join("top"), place.path().join("kept"));
        fs::create_dir_all(top.join("a/b")).unwrap();
        fs::create_dir(&kept).unwrap();
        fs::write(kept.join("file"), "").unwrap();
        symlink(&kept, top.join("link")).unwrap();
        symlink(kept.join("file"), top.join("a/link")).unwrap();
        fs::write(top.join("a/b/file"), "").unwrap();
        for folder in ["a/b", "a", ""] {
            fs::set_permissions(top.join(folder), fs::Permissions::from_mode(0o0)).unwrap();
        }
        remove_tree(&top).unwrap();
        assert!(!top.exists() && kept.join("file").exists());
        symlink(&kept, &top).unwrap();
        remove_tree(&top).unwrap();
        assert!(kept.join("file").exists());
        remove_tree(&top).unwrap();
    }
}
