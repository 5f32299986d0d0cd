//! Unpacks archives from outside: tar in any compression, or zip. What leads out of the tree is refused.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Component, Path, PathBuf};

use tar::EntryType;

use crate::Error;

const MAXIMUM_ENTRIES: usize = 5_000_000;
const MAXIMUM_UNPACKED_BYTES: u64 = 64 << 30;
const MAGIC_BYTES: usize = 6;

/// An unpacked archive.
pub(super) struct Unpacked {
    /// The tree, without the single folder around it.
    pub(super) top: PathBuf,
    /// Newest modification time in it.
    pub(super) last_modified: u64,
}

/// Unpacks `file` to the new folder `out`.
pub(super) fn unpack(file: &Path, url: &str, out: &Path) -> Result<Unpacked, Error> {
    fs::create_dir(out).map_err(Error::files("make the directory", out))?;
    let bad = |reason: String| Error::Unpack {
        archive: url.to_owned(),
        reason,
    };
    let mut input = File::open(file).map_err(Error::files("open", file))?;
    let mut magic = [0; MAGIC_BYTES];
    let known = input
        .read(&mut magic)
        .and_then(|count| input.seek(SeekFrom::Start(0)).map(|_| count));
    let known = known.map_err(Error::files("read", file))?;
    let last_modified = match &magic[..known] {
        [b'P', b'K', ..] => unpack_zip(input, out).map_err(bad)?,
        magic => {
            let stream =
                decompressor(magic, BufReader::new(input)).map_err(|error| bad(error.to_string()))?;
            unpack_tar(stream, out).map_err(bad)?
        }
    };
    Ok(Unpacked {
        top: single_folder(out)?,
        last_modified,
    })
}

fn decompressor(magic: &[u8], input: BufReader<File>) -> io::Result<Box<dyn Read>> {
    Ok(match magic {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
        [0xfd, b'7', b'z', b'X', b'Z', 0] => Box::new(liblzma::bufread::XzDecoder::new_multi_decoder(input)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::Decoder::with_buffer(input)?),
        [b'B', b'Z', b'h', ..] => return Err(io::Error::other("bzip2 archives are not supported")),
        _ => Box::new(input),
    })
}

fn unpack_tar(stream: Box<dyn Read>, out: &Path) -> Result<u64, String> {
    let mut archive = tar::Archive::new(stream.take(MAXIMUM_UNPACKED_BYTES));
    let mut newest = 0;
    let mut hard_links = Vec::new();
    for (count, entry) in archive.entries().map_err(|error| error.to_string())?.enumerate() {
        if count > MAXIMUM_ENTRIES {
            return Err(format!("it has more than {MAXIMUM_ENTRIES} entries"));
        }
        let mut entry = entry.map_err(|error| error.to_string())?;
        let kind = entry.header().entry_type();
        if matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader) {
            continue;
        }
        newest = newest.max(entry.header().mtime().unwrap_or(0));
        let name = entry.path().map_err(|error| error.to_string())?.into_owned();
        let Some(path) = place(out, &name)? else { continue };
        let link = entry
            .link_name()
            .map_err(|error| error.to_string())?
            .map(|link| link.into_owned());
        let mode = entry.header().mode().unwrap_or(0o644);
        let failed = |error: io::Error| format!("'{}': {error}", name.display());
        match (kind, link) {
            (EntryType::Directory, _) => make_folder(out, &path).map_err(failed)?,
            (EntryType::Symlink, Some(target)) => {
                make_parent(out, &path)
                    .and_then(|()| symlink(target, &path))
                    .map_err(failed)?;
            }
            (EntryType::Link, Some(target)) => hard_links.push((path, target)),
            (kind, _) if kind.is_file() => write_file(out, &path, mode, &mut entry).map_err(failed)?,
            (kind, _) => {
                return Err(format!(
                    "'{}' is of kind {kind:?}, which no tree can hold",
                    name.display()
                ));
            }
        }
    }
    for (path, target) in hard_links {
        copy_linked(out, &path, &target).map_err(|error| format!("'{}': {error}", target.display()))?;
    }
    Ok(newest)
}

fn unpack_zip(file: File, out: &Path) -> Result<u64, String> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    if archive.len() > MAXIMUM_ENTRIES {
        return Err(format!("it has more than {MAXIMUM_ENTRIES} entries"));
    }
    let mut unpacked: u64 = 0;
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index).map_err(|error| error.to_string())?;
        unpacked = unpacked.saturating_add(entry.size());
        if unpacked > MAXIMUM_UNPACKED_BYTES {
            return Err("it is too large when unpacked".to_owned());
        }
        let name = PathBuf::from(entry.name());
        let Some(path) = place(out, &name)? else { continue };
        let failed = |error: io::Error| format!("'{}': {error}", name.display());
        if entry.is_dir() {
            make_folder(out, &path).map_err(failed)?;
        } else if entry.is_symlink() {
            let mut target = String::new();
            entry.read_to_string(&mut target).map_err(failed)?;
            make_parent(out, &path)
                .and_then(|()| symlink(target, &path))
                .map_err(failed)?;
        } else {
            let mode = entry.unix_mode().unwrap_or(0o644);
            write_file(out, &path, mode, &mut entry).map_err(failed)?;
        }
    }
    Ok(0)
}

/// Where an entry goes; nothing for the tree's own top.
fn place(out: &Path, name: &Path) -> Result<Option<PathBuf>, String> {
    let mut path = out.to_owned();
    for part in name.components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            _ => return Err(format!("'{}' leads out of the tree", name.display())),
        }
    }
    Ok((path != out).then_some(path))
}

/// Makes the folders down to `path`; a link on the way is refused, since it may lead out of the tree.
fn make_folder(out: &Path, path: &Path) -> io::Result<()> {
    let relative = path.strip_prefix(out).map_err(io::Error::other)?;
    let mut folder = out.to_owned();
    for part in relative.components() {
        folder.push(part);
        match fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => {
                return Err(io::Error::other(format!(
                    "'{}' is not a folder",
                    folder.display()
                )));
            }
            Err(_) => fs::create_dir(&folder)?,
        }
    }
    Ok(())
}

fn make_parent(out: &Path, path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| make_folder(out, parent))
}

fn write_file(out: &Path, path: &Path, mode: u32, contents: &mut dyn Read) -> io::Result<()> {
    make_parent(out, path)?;
    let mode = if mode & 0o100 != 0 { 0o755 } else { 0o644 };
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    io::copy(contents, &mut file).map(drop)
}

fn copy_linked(out: &Path, path: &Path, target: &Path) -> io::Result<()> {
    let source = place(out, target).map_err(io::Error::other)?;
    let source = source.ok_or_else(|| io::Error::other("it links to the top"))?;
    // The source must be a file of the archive, reached without following a link.
    make_parent(out, &source)?;
    if !fs::symlink_metadata(&source)?.is_file() {
        return Err(io::Error::other("it links to what is no file"));
    }
    make_parent(out, path)?;
    fs::copy(source, path).map(drop)
}

/// The one folder in `out`, or `out` itself if there is not exactly one.
fn single_folder(out: &Path) -> Result<PathBuf, Error> {
    let entries = fs::read_dir(out).map_err(Error::files("read the directory", out))?;
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    match (paths.pop(), paths.is_empty()) {
        (Some(only), true) if fs::symlink_metadata(&only).is_ok_and(|metadata| metadata.is_dir()) => Ok(only),
        _ => Ok(out.to_owned()),
    }
}
