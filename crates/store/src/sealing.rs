//! Copies what a build made into files that nobody who took part in it can have open.
//!
//! A descriptor outlives the process that opened it if it was handed to another. The copy is made in a folder that no
//! build ever saw, and what is hashed, and becomes valid, is the copy.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

use rustix::fs::{SeekFrom, seek};
use rustix::io::Errno;
use sandbox::folder::{Folder, Kind};

use crate::error::{FileContext as _, StoreError};
use crate::tree::create_file;

/// More folders in one another than any program makes on purpose.
const DEEPEST: usize = 512;
/// How much is copied until the next look whether to go on.
const PART_BYTES: u64 = 64 << 20;

/// Asked now and then by work that takes long: whether it should end.
pub type Stop<'a> = dyn Fn() -> bool + 'a;

/// What `Stop` ends an operation with.
pub(crate) fn stopped() -> io::Error {
    io::Error::other("it was stopped")
}

/// Copies the tree `name` in `parent` to the new path `to`. Nothing of it is followed or trusted to stay as it is.
pub(crate) fn copy_tree(parent: &Path, name: &Path, to: &Path, stop: &Stop<'_>) -> Result<(), StoreError> {
    let folder = Folder::open(parent).file("open the directory", parent)?;
    Copy { stop }.node(&folder, name, to, 0)
}

struct Copy<'a> {
    stop: &'a Stop<'a>,
}

impl Copy<'_> {
    fn node(&self, parent: &Folder, name: &Path, to: &Path, depth: usize) -> Result<(), StoreError> {
        if depth > DEEPEST {
            return Err(StoreError::TooDeep { most: DEEPEST });
        }
        let facts = parent.facts(name).file("look at", to)?;
        match facts.kind {
            Kind::Special => Err(StoreError::Special {
                path: to.to_owned(),
                kind: "pipe, socket or device",
            }),
            Kind::Link => {
                let target = parent.link(name).file("read the link", to)?;
                symlink(target, to).file("make the link", to)
            }
            Kind::File => {
                let source = parent.file(name).file("open", to)?;
                let target = create_file(to, facts.is_executable)?;
                self.content(&source, &target).file("copy a file to", to)
            }
            Kind::Folder => {
                let folder = parent.folder(name).file("open the directory", to)?;
                fs::create_dir(to).file("make the directory", to)?;
                for name in folder.names().file("read the directory", to)? {
                    let name = Path::new(&name);
                    self.node(&folder, name, &to.join(name), depth + 1)?;
                }
                Ok(())
            }
        }
    }

    /// Copies what a file holds; holes stay holes.
    fn content(&self, source: &File, target: &File) -> io::Result<()> {
        let size = source.metadata()?.len();
        target.set_len(size)?;
        let mut position = 0;
        while position < size {
            let data = match seek(source, SeekFrom::Data(position)) {
                Err(Errno::NXIO) => break,
                result => result?,
            };
            let hole = seek(source, SeekFrom::Hole(data))?.min(size);
            position = data;
            while position < hole {
                if (self.stop)() {
                    return Err(stopped());
                }
                let length = (hole - position).min(PART_BYTES);
                copy_part(source, target, position, length)?;
                position += length;
            }
        }
        Ok(())
    }
}

fn copy_part(source: &File, target: &File, from: u64, length: u64) -> io::Result<()> {
    use std::io::{Read as _, Seek as _};
    let (mut source, mut target) = (source, target);
    source.seek(io::SeekFrom::Start(from))?;
    target.seek(io::SeekFrom::Start(from))?;
    // The kernel copies, and shares the blocks where the file system can.
    match io::copy(&mut source.take(length), &mut target)? {
        copied if copied == length => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{FileExt as _, MetadataExt as _, PermissionsExt as _};

    #[test]
    fn the_copy_is_the_same_in_files_of_its_own() {
        let place = tempfile::tempdir().unwrap();
        let made = place.path().join("made");
        fs::create_dir_all(made.join("deep")).unwrap();
        fs::write(made.join("deep/file"), "content").unwrap();
        fs::hard_link(made.join("deep/file"), made.join("again")).unwrap();
        fs::set_permissions(made.join("again"), fs::Permissions::from_mode(0o755)).unwrap();
        symlink("/etc/passwd", made.join("link")).unwrap();
        let sparse = File::create(made.join("sparse")).unwrap();
        sparse.set_len(1 << 40).unwrap();
        sparse.write_all_at(b"end", (1 << 40) - 3).unwrap();
        let open = File::options().write(true).open(made.join("again")).unwrap();
        let copy = place.path().join("copy");
        copy_tree(place.path(), Path::new("made"), &copy, &|| false).unwrap();
        open.write_all_at(b"CHANGED", 0).unwrap();
        assert_eq!(fs::read_to_string(copy.join("deep/file")).unwrap(), "content");
        assert_eq!(fs::metadata(copy.join("again")).unwrap().mode() & 0o777, 0o555);
        assert_eq!(
            fs::read_link(copy.join("link")).unwrap(),
            Path::new("/etc/passwd")
        );
        let sparse = fs::metadata(copy.join("sparse")).unwrap();
        assert_eq!((sparse.len(), sparse.blocks() < 1 << 20), (1 << 40, true));
        let error = copy_tree(
            place.path(),
            Path::new("made"),
            &place.path().join("other"),
            &|| true,
        );
        assert!(error.is_err(), "it was asked to stop");
    }
}
