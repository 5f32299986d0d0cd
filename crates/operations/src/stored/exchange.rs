//! Takes store paths out of the store and in again: archives, exports, and lists of what is valid.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Read, Write};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{OpenOptionsExt as _, symlink};
use std::path::{Path, PathBuf};

use nix_formats::nar::{Event, Reader};
use nix_formats::narinfo::NarInfo;
use nix_formats::{Hash, HashAlgorithm, StorePath};
use store::Registration;

use super::query::postorder;
use crate::{Error, Session};

/// What stands between an archive and what is known about it in an export.
const EXPORT_MAGIC: u64 = 0x4558_494e;
/// The longest text in an export.
const MOST_TEXT: u64 = 1 << 16;
/// How many references a path may have in what is read.
const MOST_REFERENCES: u64 = 1 << 20;

/// Writes the archive of a file or tree.
pub fn dump(path: &Path, sink: &mut dyn Write) -> Result<(), Error> {
    store::tree::dump(path, &mut store::keep_all, sink)?;
    Ok(())
}

/// Unpacks an archive to `to`, where nothing may be.
pub fn restore(source: impl Read, to: &Path) -> Result<(), Error> {
    let broken = |error: nix_formats::nar::NarError| Error::Program {
        what: format!("unpacking the archive to '{}'", to.display()),
        reason: error.to_string(),
    };
    let mut reader = Reader::new(source).map_err(broken)?;
    // The last part of the path is replaced by each entry's name.
    let mut place: PathBuf = to.to_owned();
    while let Some(event) = reader.next_event().map_err(broken)? {
        match event {
            Event::Directory => {
                fs::create_dir(&place).map_err(Error::files("make the folder", &place))?;
                place.push("entry");
            }
            Event::Entry(name) => place.set_file_name(std::ffi::OsString::from_vec(name)),
            Event::EndDirectory => drop(place.pop()),
            Event::Symlink(target) => symlink(std::ffi::OsStr::from_bytes(&target), &place)
                .map_err(Error::files("make the link", &place))?,
            Event::Regular { executable, .. } => {
                let mode = if executable { 0o777 } else { 0o666 };
                let mut options = fs::OpenOptions::new();
                let file = options.write(true).create_new(true).mode(mode).open(&place);
                let mut file = file.map_err(Error::files("make the file", &place))?;
                io::copy(&mut reader, &mut file).map_err(Error::files("unpack a file to", &place))?;
            }
        }
    }
    Ok(())
}

/// Writes `paths` one after the other, each after what it refers to.
pub fn export(session: &Session, paths: &[StorePath], sink: &mut dyn Write) -> Result<(), Error> {
    let store = session.store()?;
    let failed = || Error::files("write to", "standard output");
    for path in postorder(session, &paths.iter().cloned().collect())? {
        let info = store.require_info(&path)?;
        sink.write_all(&1u64.to_le_bytes()).map_err(failed())?;
        store.dump(&path, &mut *sink)?;
        let mut text = EXPORT_MAGIC.to_le_bytes().to_vec();
        push_text(&mut text, &path.to_string());
        text.extend((info.references.len() as u64).to_le_bytes());
        for reference in &info.references {
            push_text(&mut text, &reference.to_string());
        }
        push_text(
            &mut text,
            &info.deriver.map(|path| path.to_string()).unwrap_or_default(),
        );
        text.extend(0u64.to_le_bytes());
        sink.write_all(&text).map_err(failed())?;
    }
    sink.write_all(&0u64.to_le_bytes()).map_err(failed())
}

fn push_text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
    out.resize(out.len().next_multiple_of(8), 0);
}

/// Reads what [`export`] wrote and makes it valid; gives the paths.
pub fn import(session: &Session, mut source: impl Read) -> Result<Vec<StorePath>, Error> {
    let batch = session.store()?.batch();
    let mut imported = Vec::new();
    while number(&mut source)? == 1 {
        imported.push(import_one(session, &mut source)?);
    }
    batch.finish()?;
    Ok(imported)
}

/// The archive comes before its name, so that it waits in a file.
fn import_one(session: &Session, source: &mut impl Read) -> Result<StorePath, Error> {
    let store = session.store()?;
    let folder = store.staging_directory()?;
    let file = folder.path().join("archive");
    let mut waiting = fs::File::create(&file).map_err(Error::files("make the file", &file))?;
    let mut copying = Copying {
        source: &mut *source,
        copy: io::BufWriter::new(&mut waiting),
        hash: nix_formats::hash::Hasher::new(HashAlgorithm::Sha256),
        length: 0,
    };
    let mut reader = Reader::new(&mut copying).map_err(bad_export)?;
    while reader.next_event().map_err(bad_export)?.is_some() {}
    let (hash, length) = copying.finish().map_err(Error::files("write", &file))?;
    if number(source)? != EXPORT_MAGIC {
        return Err(bad_export("what follows an archive is not an export"));
    }
    let path = path_text(source)?;
    let count = number(source)?;
    if count > MOST_REFERENCES {
        return Err(bad_export("too many references"));
    }
    let references = (0..count)
        .map(|_| path_text(source))
        .collect::<Result<BTreeSet<_>, _>>()?;
    let deriver = text(source)?;
    if number(source)? == 1 {
        text(source)?;
    }
    let info = NarInfo {
        deriver: StorePath::parse_absolute(&deriver).ok(),
        ..NarInfo::of_archive(path.clone(), hash, length, references)
    };
    let mut archive = fs::File::open(&file).map_err(Error::files("open", &file))?;
    store.add_archive(&info, &mut archive)?;
    Ok(path)
}

struct Copying<'s, R, W> {
    source: &'s mut R,
    copy: W,
    hash: nix_formats::hash::Hasher,
    length: u64,
}

impl<R: Read, W: Write> Copying<'_, R, W> {
    fn finish(mut self) -> io::Result<(Hash, u64)> {
        self.copy.flush()?;
        Ok((self.hash.finish(), self.length))
    }
}

impl<R: Read, W: Write> Read for Copying<'_, R, W> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.copy.write_all(&buffer[..count])?;
        self.hash.update(&buffer[..count]);
        self.length += count as u64;
        Ok(count)
    }
}

fn bad_export(reason: impl std::fmt::Display) -> Error {
    Error::Program {
        what: "reading exported store paths".to_owned(),
        reason: reason.to_string(),
    }
}

fn number(source: &mut impl Read) -> Result<u64, Error> {
    let mut bytes = [0; 8];
    source.read_exact(&mut bytes).map_err(bad_export)?;
    Ok(u64::from_le_bytes(bytes))
}

fn text(source: &mut impl Read) -> Result<String, Error> {
    let length = number(source)?;
    if length > MOST_TEXT {
        return Err(bad_export("a text in it is too long"));
    }
    let mut bytes = vec![0; length.next_multiple_of(8) as usize];
    source.read_exact(&mut bytes).map_err(bad_export)?;
    bytes.truncate(length as usize);
    String::from_utf8(bytes).map_err(bad_export)
}

fn path_text(source: &mut impl Read) -> Result<StorePath, Error> {
    StorePath::parse_absolute(&text(source)?).map_err(bad_export)
}

/// What is valid, as `nix-store --dump-db` writes it.
pub fn database_dump(session: &Session, paths: &[StorePath]) -> Result<String, Error> {
    let store = session.store()?;
    let paths = match paths {
        [] => store.all_paths()?,
        _ => paths.iter().cloned().collect(),
    };
    let mut out = String::new();
    for path in &paths {
        let info = store.require_info(path)?;
        let deriver = info.deriver.map(|path| path.to_string()).unwrap_or_default();
        out += &format!(
            "{path}\n{}\n{}\n{deriver}\n",
            info.nar_hash.to_base16(),
            info.nar_size
        );
        out += &format!("{}\n", info.references.len());
        for reference in &info.references {
            out += &format!("{reference}\n");
        }
    }
    Ok(out)
}

/// Makes valid what lies in the store directory already and is described as [`database_dump`] does; without `hashed`
/// the two lines of digest and size are missing.
pub fn load_database(session: &Session, described: &str, hashed: bool) -> Result<usize, Error> {
    let bad = |line: &str| {
        Error::Usage(format!(
            "'{line}' is not where a description of a store path has it"
        ))
    };
    let parse = |line: &str| StorePath::parse_absolute(line).map_err(|_| bad(line));
    let mut lines = described.lines();
    let mut paths = Vec::new();
    while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
        let path = parse(line)?;
        let mut next = || lines.next().ok_or_else(|| bad("the end"));
        let nar = match hashed {
            true => {
                let digest = next()?;
                let hash = Hash::parse_any(digest, Some(HashAlgorithm::Sha256)).map_err(|_| bad(digest))?;
                let size = next()?;
                Some((hash, size.parse().map_err(|_| bad(size))?))
            }
            false => None,
        };
        let deriver = next()?;
        let count = next()?;
        let count: usize = count.parse().map_err(|_| bad(count))?;
        let mut references = BTreeSet::new();
        for _ in 0..count {
            references.insert(parse(next()?)?);
        }
        let registration = Registration {
            references,
            deriver: StorePath::parse_absolute(deriver).ok(),
            nar,
            ..Registration::default()
        };
        paths.push((path, registration));
    }
    session.store()?.register_in_place(&paths)?;
    Ok(paths.len())
}
