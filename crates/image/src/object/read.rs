//! Opens an object and reads single files out of it.

use super::blocks::BLOCK_SIZE;
use super::contents::Contents;
use super::meta::{ControlInfo, Entry, FileContent, Kind, Slice, Storage, Table, decode};
use super::{DATA_FILE, LEAVES_FILE, META_FILE, ObjectError};
use sandbox::folder::{Folder, Kind as FileKind};
use sha2::{Digest, Sha256};
use std::io;
use std::path::{Path, PathBuf};

/// More than any file that is read whole, such as a kernel.
const MOST_BYTES: u64 = 1 << 30;

/// An object that can be read and linked.
#[derive(Debug)]
pub struct Object {
    directory: PathBuf,
    table: Table,
    meta: Vec<u8>,
    blob: usize,
}

impl Object {
    /// Reads the tables of the object in `directory`.
    pub fn open(directory: &Path) -> Result<Self, ObjectError> {
        let path = directory.join(META_FILE);
        let meta = Folder::open(directory).and_then(|folder| folder.read(Path::new(META_FILE)));
        let meta = meta.map_err(|source| ObjectError::Read {
            path: path.clone(),
            source,
        })?;
        let object = Self::new(directory, meta)?;
        object.check_data()?;
        Ok(object)
    }

    /// The object that the bytes of `meta` describe, without data: only small files can be read.
    pub fn of_meta(meta: Vec<u8>) -> Result<Self, ObjectError> {
        Self::new(Path::new(""), meta)
    }

    fn new(directory: &Path, meta: Vec<u8>) -> Result<Self, ObjectError> {
        let (table, blob) = decode(&meta, &directory.join(META_FILE))?;
        Ok(Self {
            directory: directory.into(),
            table,
            meta,
            blob,
        })
    }

    /// Whether the data has the blocks that the table speaks of; their content is what the hash tree is for.
    fn check_data(&self) -> Result<(), ObjectError> {
        let path = self.data_path();
        let facts = match self
            .folder()
            .and_then(|folder| folder.facts(Path::new(DATA_FILE)))
        {
            Ok(facts) => facts,
            Err(source) => return Err(ObjectError::Read { path, source }),
        };
        let is_file = facts.kind == FileKind::File;
        if is_file && facts.size_bytes == u64::from(self.table.blocks) * BLOCK_SIZE as u64 {
            return Ok(());
        }
        Err(ObjectError::Malformed {
            path,
            reason: "it does not have as many blocks as its table says".into(),
        })
    }

    /// The object's folder; none of its files may be a link.
    fn folder(&self) -> io::Result<Folder> {
        Folder::open(&self.directory)
    }

    /// Control information of the package.
    pub fn control(&self) -> &ControlInfo {
        &self.table.control
    }

    /// Name of the package, for messages.
    pub fn name(&self) -> &str {
        self.table.control.field("Package").unwrap_or("(unnamed)")
    }

    /// All entries, sorted by path.
    pub fn entries(&self) -> &[Entry] {
        &self.table.entries
    }

    /// The entry with this path.
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        let found = self
            .table
            .entries
            .binary_search_by(|entry| entry.path.as_str().cmp(path))
            .ok()?;
        self.table.entries.get(found)
    }

    /// Number of data blocks.
    pub fn blocks(&self) -> u32 {
        self.table.blocks
    }

    /// The file with the data blocks.
    pub fn data_path(&self) -> PathBuf {
        self.directory.join(DATA_FILE)
    }

    /// Bytes of the blob.
    pub fn slice(&self, slice: &Slice) -> &[u8] {
        let begin = self
            .blob
            .saturating_add(usize::try_from(slice.offset).unwrap_or(usize::MAX));
        self.meta
            .get(begin..begin.saturating_add(slice.length as usize))
            .unwrap_or_default()
    }

    /// A member of the control archive.
    pub fn control_member(&self, name: &str) -> Option<&[u8]> {
        let member = self
            .table
            .control
            .members
            .iter()
            .find(|member| member.name == name)?;
        Some(self.slice(&member.content))
    }

    /// SHA-256 of each data block.
    pub fn leaves(&self) -> Result<Vec<u8>, ObjectError> {
        let path = self.directory.join(LEAVES_FILE);
        let leaves = self
            .folder()
            .and_then(|folder| folder.read(Path::new(LEAVES_FILE)));
        let leaves = leaves.map_err(|source| ObjectError::Read {
            path: path.clone(),
            source,
        })?;
        if leaves.len() as u64 != u64::from(self.table.blocks) * 32 {
            return Err(ObjectError::Malformed {
                path,
                reason: "it does not have one hash per block".into(),
            });
        }
        if crc32c::crc32c(&leaves) != self.table.leaves_checksum {
            return Err(ObjectError::Damaged { path });
        }
        Ok(leaves)
    }

    /// The content of one file; hard links are followed, symbolic links are not.
    pub fn read_file(&self, path: &str) -> Result<Vec<u8>, ObjectError> {
        let content = self.file_content(path).ok_or_else(|| ObjectError::NoSuchFile {
            path: path.into(),
            package: self.name().into(),
        })?;
        self.read_content(content)
    }

    /// Size, hash and place of one file; hard links are followed.
    pub fn file_content(&self, path: &str) -> Option<&FileContent> {
        match &self.entry(path)?.kind {
            Kind::File(content) => Some(content),
            Kind::HardLink(target) => match &self.entry(target)?.kind {
                Kind::File(content) => Some(content),
                _ => None,
            },
            _ => None,
        }
    }

    /// The bytes of a file of this object.
    pub fn read_content(&self, content: &FileContent) -> Result<Vec<u8>, ObjectError> {
        if let Storage::Inline(slice) = &content.storage {
            return Ok(self.slice(slice).to_vec());
        }
        if content.size > MOST_BYTES {
            return Err(ObjectError::TooLarge {
                what: "a file of more than 1 GiB is read whole",
            });
        }
        let path = self.data_path();
        let data = self.folder().and_then(|folder| folder.file(Path::new(DATA_FILE)));
        let read = data.and_then(|data| {
            let blob = self.meta.get(self.blob..).unwrap_or_default();
            Contents { data: &data, blob }.read(content, 0, content.size)
        });
        let bytes = read.map_err(|source| ObjectError::Read {
            path: path.clone(),
            source,
        })?;
        match <[u8; 32]>::from(Sha256::digest(&bytes)) == content.sha256 {
            true => Ok(bytes),
            false => Err(ObjectError::Damaged { path }),
        }
    }
}
