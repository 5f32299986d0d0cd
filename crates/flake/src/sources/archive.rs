//! Unpacks archives from outside: tar in any compression, or zip. What leads out of the tree is refused.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tar::EntryType;

use super::budget::Budget;
use super::place::{make_folder, make_parent, place};
use crate::Error;

const MAXIMUM_LINK_BYTES: u64 = 4096;
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
    let budget = Budget::new();
    let mut archive = tar::Archive::new(budget.meter(stream));
    let mut newest = 0;
    let mut hard_links = Vec::new();
    let mut entries = archive.entries().map_err(|error| error.to_string())?;
    loop {
        budget.begin_head();
        let Some(entry) = entries.next() else { break };
        let mut entry = entry.map_err(|error| error.to_string())?;
        budget.begin_content();
        budget.count_entry()?;
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
            (EntryType::Symlink, Some(target)) => make_link(out, &path, &target).map_err(failed)?,
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
    copy_linked(out, &hard_links, &budget)?;
    Ok(newest)
}

fn unpack_zip(file: File, out: &Path) -> Result<u64, String> {
    let budget = Budget::new();
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    for index in 0..archive.len() {
        budget.count_entry()?;
        let mut entry = archive.by_index(index).map_err(|error| error.to_string())?;
        let name = PathBuf::from(entry.name());
        let Some(path) = place(out, &name)? else { continue };
        let failed = |error: io::Error| format!("'{}': {error}", name.display());
        if entry.is_dir() {
            make_folder(out, &path).map_err(failed)?;
        } else if entry.is_symlink() {
            let mut target = String::new();
            let mut limited = entry.take(MAXIMUM_LINK_BYTES);
            limited.read_to_string(&mut target).map_err(failed)?;
            make_link(out, &path, Path::new(&target)).map_err(failed)?;
        } else {
            let mode = entry.unix_mode().unwrap_or(0o644);
            write_file(out, &path, mode, &mut budget.meter(&mut entry)).map_err(failed)?;
        }
    }
    Ok(0)
}

fn make_link(out: &Path, path: &Path, target: &Path) -> io::Result<()> {
    make_parent(out, path)?;
    symlink(target, path)
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

/// Makes a file of its own of each hard link, once all are counted.
fn copy_linked(out: &Path, links: &[(PathBuf, PathBuf)], budget: &Budget) -> Result<(), String> {
    let mut sizes: BTreeMap<&Path, u64> = BTreeMap::new();
    let mut sources = Vec::new();
    for (path, target) in links {
        let failed = |error: io::Error| format!("'{}': {error}", target.display());
        let source = place(out, target)?.ok_or_else(|| "it links to its own top".to_owned())?;
        let size = match sizes.get(source.as_path()) {
            Some(size) => *size,
            None => size_of_file(out, &source).map_err(failed)?,
        };
        budget.count_link(size).map_err(failed)?;
        sizes.insert(path, size);
        sources.push(source);
    }
    for ((path, target), source) in links.iter().zip(&sources) {
        copy(out, source, path).map_err(|error| format!("'{}': {error}", target.display()))?;
    }
    Ok(())
}

/// The size of a file of the archive, reached without following a link.
fn size_of_file(out: &Path, path: &Path) -> io::Result<u64> {
    make_parent(out, path)?;
    let metadata = fs::symlink_metadata(path)?;
    match metadata.is_file() {
        true => Ok(metadata.len()),
        false => Err(io::Error::other("it links to what is no file")),
    }
}

fn copy(out: &Path, source: &Path, path: &Path) -> io::Result<()> {
    size_of_file(out, source)?;
    make_parent(out, path)?;
    let mut source = File::open(source)?;
    let mut copy = OpenOptions::new().write(true).create_new(true).open(path)?;
    io::copy(&mut source, &mut copy)?;
    fs::set_permissions(path, source.metadata()?.permissions())
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
