//! Turns trees on disk into archives and archives into trees.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use nix_formats::StorePath;
use nix_formats::nar::{Event, NarError, Reader, Writer};

use crate::error::{FileContext as _, StoreError};

const OWNER_EXECUTE: u32 = 0o100;

/// What a file is, as far as a store cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A regular file.
    Regular,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Anything else, which a store cannot hold.
    Other,
}

impl FileKind {
    /// The kind in file metadata that was read without following links.
    pub fn of(metadata: &fs::Metadata) -> Self {
        let kind = metadata.file_type();
        if kind.is_file() {
            Self::Regular
        } else if kind.is_dir() {
            Self::Directory
        } else if kind.is_symlink() {
            Self::Symlink
        } else {
            Self::Other
        }
    }
}

/// Decides which files below the top of a tree belong to it; the path is that on disk.
pub type Filter<'a> =
    dyn FnMut(&Path, FileKind) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> + 'a;

/// A filter that keeps everything.
pub fn keep_all(_: &Path, _: FileKind) -> Result<bool, Box<dyn std::error::Error + Send + Sync>> {
    Ok(true)
}

/// Writes the archive of the tree at `path`.
pub fn dump<W: Write>(path: &Path, filter: &mut Filter<'_>, sink: W) -> Result<W, StoreError> {
    let mut writer = Writer::new(sink).file("write the archive of", path)?;
    dump_node(path, filter, &mut writer)?;
    writer.finish().file("write the archive of", path)
}

fn dump_node<W: Write>(
    path: &Path,
    filter: &mut Filter<'_>,
    writer: &mut Writer<W>,
) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(path).file("look at", path)?;
    match FileKind::of(&metadata) {
        FileKind::Regular => dump_regular(path, &metadata, writer),
        FileKind::Symlink => {
            let target = fs::read_link(path).file("read the link", path)?;
            writer
                .symlink(target.as_os_str().as_bytes())
                .file("write the archive of", path)
        }
        FileKind::Directory => dump_directory(path, filter, writer),
        FileKind::Other => Err(special(path, &metadata)),
    }
}

fn dump_regular<W: Write>(
    path: &Path,
    metadata: &fs::Metadata,
    writer: &mut Writer<W>,
) -> Result<(), StoreError> {
    let executable = metadata.permissions().mode() & OWNER_EXECUTE != 0;
    let mut file = File::open(path).file("open", path)?;
    writer
        .regular(executable, metadata.len(), &mut file)
        .file("read", path)
}

fn dump_directory<W: Write>(
    path: &Path,
    filter: &mut Filter<'_>,
    writer: &mut Writer<W>,
) -> Result<(), StoreError> {
    writer.open_directory().file("write the archive of", path)?;
    for name in sorted_names(path)? {
        let child = path.join(&name);
        if is_kept(&child, filter)? {
            writer
                .entry(name.as_bytes())
                .file("write the archive of", &child)?;
            dump_node(&child, filter, writer)?;
        }
    }
    writer.close_directory().file("write the archive of", path)
}

fn is_kept(path: &Path, filter: &mut Filter<'_>) -> Result<bool, StoreError> {
    let kind = FileKind::of(&fs::symlink_metadata(path).file("look at", path)?);
    filter(path, kind).map_err(|source| StoreError::Filter {
        path: path.to_owned(),
        source,
    })
}

/// Whether `filter` keeps all the folders on the way from `top` to `inside` of it.
pub(crate) fn is_reached(top: &Path, inside: &Path, filter: &mut Filter<'_>) -> Result<bool, StoreError> {
    let mut folder = top.to_owned();
    for name in inside {
        folder.push(name);
        if !is_kept(&folder, filter)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The names in a directory, in byte order.
pub(crate) fn sorted_names(path: &Path) -> Result<Vec<OsString>, StoreError> {
    let entries = fs::read_dir(path).file("read the directory", path)?;
    let names: io::Result<Vec<OsString>> = entries.map(|entry| Ok(entry?.file_name())).collect();
    let mut names = names.file("read the directory", path)?;
    names.sort_unstable_by(|left, right| left.as_bytes().cmp(right.as_bytes()));
    Ok(names)
}

/// Copies the tree at `from`, as far as `filter` keeps it, to the new path `to`.
pub(crate) fn copy(from: &Path, to: &Path, filter: &mut Filter<'_>) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(from).file("look at", from)?;
    match FileKind::of(&metadata) {
        FileKind::Regular => copy_regular(from, to, &metadata),
        FileKind::Symlink => {
            let target = fs::read_link(from).file("read the link", from)?;
            symlink(target, to).file("make the link", to)
        }
        FileKind::Directory => {
            fs::create_dir(to).file("make the directory", to)?;
            for name in sorted_names(from)? {
                let child = from.join(&name);
                if is_kept(&child, filter)? {
                    copy(&child, &to.join(&name), filter)?;
                }
            }
            Ok(())
        }
        FileKind::Other => Err(special(from, &metadata)),
    }
}

fn copy_regular(from: &Path, to: &Path, metadata: &fs::Metadata) -> Result<(), StoreError> {
    let mut source = File::open(from).file("open", from)?;
    let executable = metadata.permissions().mode() & OWNER_EXECUTE != 0;
    let mut target = create_file(to, executable)?;
    io::copy(&mut source, &mut target).file("copy a file to", to)?;
    Ok(())
}

pub(crate) fn create_file(path: &Path, executable: bool) -> Result<File, StoreError> {
    let mode = if executable { 0o555 } else { 0o444 };
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .file("create", path)
}

/// Unpacks an archive to the new path `to`.
pub(crate) fn restore<R: Read>(source: R, to: &Path, store_path: &StorePath) -> Result<(), StoreError> {
    let broken = |source| StoreError::Archive {
        path: store_path.clone(),
        source,
    };
    let mut reader = Reader::new(source).map_err(broken)?;
    // Each open directory; the last part of the path is replaced by each entry's name.
    let mut place = to.to_owned();
    while let Some(event) = reader.next_event().map_err(broken)? {
        match event {
            Event::Directory => {
                fs::create_dir(&place).file("make the directory", &place)?;
                place.push("entry");
            }
            Event::Entry(name) => place.set_file_name(OsString::from_vec(name)),
            Event::EndDirectory => {
                place.pop();
            }
            Event::Symlink(target) => {
                symlink(OsStr::from_bytes(&target), &place).file("make the link", &place)?
            }
            Event::Regular { executable, size } => {
                let mut file = create_file(&place, executable)?;
                let copied = io::copy(&mut reader, &mut file).file("unpack a file to", &place)?;
                if copied != size {
                    return Err(broken(NarError::Read(io::ErrorKind::UnexpectedEof.into())));
                }
            }
        }
    }
    Ok(())
}

/// The error for something that a store cannot hold.
pub(crate) fn special(path: &Path, metadata: &fs::Metadata) -> StoreError {
    let kind = metadata.file_type();
    let names = BTreeMap::from([
        (kind.is_fifo(), "named pipe"),
        (kind.is_socket(), "socket"),
        (kind.is_block_device(), "block device"),
        (kind.is_char_device(), "character device"),
    ]);
    StoreError::Special {
        path: path.to_owned(),
        kind: names.get(&true).unwrap_or(&"file of unknown kind"),
    }
}
