//! Streams the entries of a compressed tar archive, with limits and checks across entries.

use std::collections::BTreeMap;
use std::io::{self, Read, Take};

use tar::EntryType;

use super::DebError;
use super::ar::Member;
use super::compression::decompress;
use super::entry::{Entry, Headers, Kind};
use super::pax::Extension;

/// Most bytes of one extended header or long name.
const MOST_EXTENSION_BYTES: u64 = 1 << 20;

/// A tar archive that is read once, from front to back.
pub(super) struct Archive<'a> {
    member: &'a str,
    tar: tar::Archive<Take<Box<dyn Read + 'a>>>,
    limit_bytes: u64,
    limit_entries: usize,
}

impl<'a> Archive<'a> {
    pub fn open(member: &'a Member<'a>, limit_bytes: u64, limit_entries: usize) -> Result<Self, DebError> {
        // One byte more than allowed, so that reaching the limit can be told from the end.
        let reader = decompress(member)?.take(limit_bytes.saturating_add(1));
        Ok(Self {
            member: &member.name,
            tar: tar::Archive::new(reader),
            limit_bytes,
            limit_entries,
        })
    }

    /// Calls `visit` for each entry and reads the archive to its end.
    pub fn for_each<E: From<DebError>>(
        &mut self,
        mut visit: impl FnMut(&Entry, &mut dyn Read) -> Result<(), E>,
    ) -> Result<(), E> {
        let (member, limit_bytes, limit_entries) = (self.member, self.limit_bytes, self.limit_entries);
        let failed = |source| DebError::Read {
            member: member.to_owned(),
            source,
        };
        let mut seen = Seen::new(member, limit_entries);
        let mut extension = Extension::default();
        let mut headers = 0;
        for raw in self.tar.entries().map_err(failed)?.raw(true) {
            let mut raw = raw.map_err(failed)?;
            headers += 1;
            if headers > limit_entries.saturating_mul(4) {
                return Err(seen.too_many().into());
            }
            if extend(&mut extension, &mut raw, member)? {
                continue;
            }
            let header = raw.header().clone();
            let entry = Headers { member }.entry(&header, std::mem::take(&mut extension))?;
            if seen.add(&entry)? {
                visit(&entry, &mut Content::new(&entry, &mut raw))?;
            }
        }
        // The checksum of the compressed stream lies behind the last entry.
        let mut rest = std::mem::replace(&mut self.tar, tar::Archive::new(empty())).into_inner();
        io::copy(&mut rest, &mut io::sink()).map_err(failed)?;
        if rest.limit() == 0 {
            return Err(too_large(member, limit_bytes).into());
        }
        Ok(())
    }
}

fn empty<'a>() -> Take<Box<dyn Read + 'a>> {
    let nothing: Box<dyn Read + 'a> = Box::new(io::empty());
    nothing.take(0)
}

fn too_large(member: &str, limit: u64) -> DebError {
    DebError::TooLarge {
        member: member.to_owned(),
        limit,
        unit: "bytes",
    }
}

fn describes_the_next(kind: EntryType) -> bool {
    matches!(
        kind,
        EntryType::GNULongName | EntryType::GNULongLink | EntryType::XHeader | EntryType::XGlobalHeader
    )
}

/// Takes an entry that only describes the next one; whether it was such an entry.
fn extend<R: Read>(
    extension: &mut Extension,
    raw: &mut tar::Entry<'_, R>,
    member: &str,
) -> Result<bool, DebError> {
    let kind = raw.header().entry_type();
    if !describes_the_next(kind) {
        return Ok(false);
    }
    let size = raw.header().entry_size().unwrap_or(u64::MAX);
    if size > MOST_EXTENSION_BYTES {
        return Err(too_large(member, MOST_EXTENSION_BYTES));
    }
    let mut bytes = Vec::new();
    raw.read_to_end(&mut bytes).map_err(|source| DebError::Read {
        member: member.to_owned(),
        source,
    })?;
    let name = || bytes.strip_suffix(b"\0").unwrap_or(&bytes).to_vec();
    match kind {
        EntryType::GNULongName => extension.path = Some(name()),
        EntryType::GNULongLink => extension.link = Some(name()),
        EntryType::XHeader => extension
            .read_records(&bytes)
            .map_err(|reason| DebError::BadEntry {
                member: member.to_owned(),
                path: String::from_utf8_lossy(extension.path.as_deref().unwrap_or_default()).into_owned(),
                reason: reason.to_owned(),
            })?,
        // Global headers hold comments in practice, and Debian's packages have none.
        _ => {}
    }
    Ok(true)
}

/// The paths that came so far, and whether each is a directory.
struct Seen<'a> {
    member: &'a str,
    limit: usize,
    is_directory: BTreeMap<String, bool>,
}

impl<'a> Seen<'a> {
    fn new(member: &'a str, limit: usize) -> Self {
        Self {
            member,
            limit,
            is_directory: BTreeMap::new(),
        }
    }

    /// Takes an entry; `false` for a directory that came before, which some tools write.
    fn add(&mut self, entry: &Entry) -> Result<bool, DebError> {
        let is_directory = entry.kind == Kind::Directory;
        if let Some(earlier) = self.is_directory.get(&entry.path) {
            if is_directory && *earlier {
                return Ok(false);
            }
            return Err(DebError::Duplicate {
                member: self.member.to_owned(),
                path: entry.path.clone(),
            });
        }
        if self.is_directory.len() >= self.limit {
            return Err(self.too_many());
        }
        self.check_parents(&entry.path)?;
        self.is_directory.insert(entry.path.clone(), is_directory);
        Ok(true)
    }

    /// An entry below a link would be written to wherever the link leads.
    fn check_parents(&self, path: &str) -> Result<(), DebError> {
        let parents = path.match_indices('/').map(|(index, _)| &path[..index]);
        for parent in parents.filter(|parent| !parent.is_empty()) {
            if self.is_directory.get(parent) == Some(&false) {
                return Err(DebError::BadPath {
                    member: self.member.to_owned(),
                    path: path.to_owned(),
                    reason: "it lies below a path that is not a directory",
                });
            }
        }
        Ok(())
    }

    fn too_many(&self) -> DebError {
        DebError::TooLarge {
            member: self.member.to_owned(),
            limit: self.limit as u64,
            unit: "entries",
        }
    }
}

/// The content of one entry; an early end is an error.
struct Content<'a> {
    reader: &'a mut dyn Read,
    left: u64,
}

impl<'a> Content<'a> {
    fn new(entry: &Entry, reader: &'a mut dyn Read) -> Self {
        let left = match entry.kind {
            Kind::Regular { size } => size,
            _ => 0,
        };
        Self { reader, left }
    }
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        let count = self.reader.read(buffer)?;
        if count == 0 {
            let message = format!("{} bytes of content are missing", self.left);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        self.left = self.left.saturating_sub(count as u64);
        Ok(count)
    }
}
