//! The table of an object: control information, entries, where each file's bytes lie.

use super::ObjectError;
use super::blocks::CHUNK_BLOCKS;
use super::path::normalize;
use super::requirements::Requirements;
use serde::{Deserialize, Serialize};
use std::path::Path;

const MAGIC: &[u8; 8] = b"hpobj\0\x00\x03";
/// Magic, length of the table, checksum (CRC32C) of what follows, zeros.
const HEAD: usize = 24;

/// A range of bytes in the blob that follows the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u32,
}

/// Everything `meta` says, without the blob.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Table {
    pub control: ControlInfo,
    pub entries: Vec<Entry>,
    pub blocks: u32,
    /// CRC32C of the file with the leaf hashes.
    pub leaves_checksum: u32,
}

/// Control information of the package.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ControlInfo {
    /// Fields of the control file in their order.
    pub fields: Vec<(String, String)>,
    /// All members of the control archive but `control` itself, by name.
    pub members: Vec<Member>,
    /// Maintainer scripts.
    pub scripts: Vec<Script>,
    /// Conffiles by path, usr-merged.
    pub conffiles: Vec<String>,
}

impl ControlInfo {
    /// The value of a field; names compare without case.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// One member of the control archive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// File name, such as `md5sums`.
    pub name: String,
    /// Its content in the blob.
    pub content: Slice,
}

/// What a maintainer script consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// Only what debhelper generates and empty control flow.
    Debhelper,
    /// Code of its own.
    Custom,
}

/// One maintainer script.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// `preinst`, `postinst`, `prerm`, `postrm` or `config`.
    pub name: String,
    /// SHA-256 of the whole script, hexadecimal.
    pub sha256: String,
    /// What it consists of.
    pub verdict: Verdict,
}

/// An extended attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Xattr {
    /// Full name, such as `security.capability`.
    pub name: String,
    /// Value.
    pub value: Vec<u8>,
}

/// One path of the package.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// Absolute path after the usr-merge.
    pub path: String,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u16,
    /// Numeric owner as in the package.
    pub uid: u32,
    /// Numeric group as in the package.
    pub gid: u32,
    /// Extended attributes, sorted by name.
    pub xattrs: Vec<Xattr>,
    /// What the path is.
    pub kind: Kind,
    /// What it needs to run.
    pub requirements: Option<Box<Requirements>>,
    /// Whether hardpan computed it from the package's other files.
    pub derived: bool,
}

/// What a path is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Kind {
    /// A directory.
    Directory,
    /// A symbolic link and its target.
    Symlink(String),
    /// Another name of the file at this path.
    HardLink(String),
    /// A regular file.
    File(FileContent),
}

/// A file's content.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FileContent {
    /// Size in bytes.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: [u8; 32],
    /// Where the bytes lie.
    pub storage: Storage,
}

/// Where a file's bytes lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Storage {
    /// In the blob.
    Inline(Slice),
    /// In whole blocks; the last bytes may be in the blob instead.
    Plain {
        /// First block in `data`.
        first_block: u32,
        /// Number of blocks.
        blocks: u32,
        /// What follows the blocks.
        tail: Option<Slice>,
    },
    /// In lz4 clusters, each of [`CHUNK_BLOCKS`] blocks of content.
    Lz4 {
        /// First block in `data`.
        first_block: u32,
        /// Per cluster the number of compressed blocks; 0 means that its content is stored as it is.
        clusters: Vec<u8>,
    },
}

impl FileContent {
    /// First block and number of blocks in `data`.
    pub fn block_range(&self) -> (u32, u32) {
        match &self.storage {
            Storage::Inline(_) => (0, 0),
            Storage::Plain {
                first_block, blocks, ..
            } => (*first_block, *blocks),
            Storage::Lz4 {
                first_block,
                clusters,
            } => (
                *first_block,
                (0..clusters.len()).fold(0, |sum: u32, index| {
                    sum.saturating_add(self.cluster_blocks(index))
                }),
            ),
        }
    }

    /// Whether cluster `index` is compressed.
    pub(super) fn is_packed(&self, index: usize) -> bool {
        matches!(&self.storage, Storage::Lz4 { clusters, .. } if clusters.get(index).is_some_and(|blocks| *blocks > 0))
    }

    /// Number of blocks that cluster `index` takes in `data`; 0 for other storages.
    pub fn cluster_blocks(&self, index: usize) -> u32 {
        let Storage::Lz4 { clusters, .. } = &self.storage else {
            return 0;
        };
        match clusters.get(index) {
            None => 0,
            Some(0) => self.cluster_content_blocks(index),
            Some(&compressed) => u32::from(compressed),
        }
    }

    /// Number of blocks of content in cluster `index`.
    pub fn cluster_content_blocks(&self, index: usize) -> u32 {
        let total = self.size.div_ceil(super::BLOCK_SIZE as u64);
        let before = index as u64 * u64::from(CHUNK_BLOCKS);
        u32::try_from(total.saturating_sub(before).min(u64::from(CHUNK_BLOCKS))).unwrap_or(CHUNK_BLOCKS)
    }
}

/// The bytes of `meta`.
pub(super) fn encode(table: &Table, blob: &[u8]) -> Result<Vec<u8>, postcard::Error> {
    let header = postcard::to_stdvec(table)?;
    let mut bytes = Vec::with_capacity(HEAD + header.len() + blob.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&(header.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&[0; 8]);
    bytes.extend_from_slice(&header);
    bytes.extend_from_slice(blob);
    sign(&mut bytes);
    Ok(bytes)
}

/// Writes the checksum into the head of a `meta` that has one.
pub(super) fn sign(bytes: &mut [u8]) {
    if let Some((head, rest)) = bytes.split_at_mut_checked(HEAD) {
        head[16..20].copy_from_slice(&crc32c::crc32c(rest).to_le_bytes());
    }
}

/// The table of `meta` and the place where the blob begins.
pub(super) fn decode(bytes: &[u8], path: &Path) -> Result<(Table, usize), ObjectError> {
    let malformed = |reason: &str| ObjectError::Malformed {
        path: path.into(),
        reason: reason.into(),
    };
    if bytes.get(..8) != Some(MAGIC.as_slice()) {
        return Err(malformed("it does not begin as an object does"));
    }
    let length = bytes
        .get(8..16)
        .and_then(|field| field.try_into().ok())
        .map(u64::from_le_bytes);
    let checksum = bytes
        .get(16..20)
        .and_then(|field| field.try_into().ok())
        .map(u32::from_le_bytes);
    if bytes.get(HEAD..).map(crc32c::crc32c) != checksum {
        return Err(ObjectError::Damaged { path: path.into() });
    }
    let end = length.and_then(|length| usize::try_from(length).ok()?.checked_add(HEAD));
    let end = end
        .filter(|end| *end <= bytes.len())
        .ok_or_else(|| malformed("its table is cut off"))?;
    let table: Table =
        postcard::from_bytes(&bytes[HEAD..end]).map_err(|error| malformed(&error.to_string()))?;
    check(&table, (bytes.len() - end) as u64).map_err(malformed)?;
    Ok((table, end))
}

/// Whether a path is as [`normalize`] makes them, so that it cannot lead out of where it is put.
fn is_plain(path: &str) -> bool {
    path != "/" && normalize(path).is_ok_and(|plain| plain == path)
}

fn check(table: &Table, blob_length: u64) -> Result<(), &'static str> {
    let inside = |slice: &Slice| slice.offset.saturating_add(u64::from(slice.length)) <= blob_length;
    if !table.control.members.iter().all(|member| inside(&member.content)) {
        return Err("a control member lies outside");
    }
    let mut before = "";
    for entry in &table.entries {
        if !is_plain(&entry.path) || entry.path.as_str() <= before {
            return Err("its paths are not plain, or not in order");
        }
        before = &entry.path;
        if let Kind::HardLink(target) = &entry.kind
            && !is_plain(target)
        {
            return Err("a hard link leads to a path that is not plain");
        }
        let Kind::File(content) = &entry.kind else {
            continue;
        };
        let (first, blocks) = content.block_range();
        if first.checked_add(blocks).is_none_or(|end| end > table.blocks) {
            return Err("a file's blocks lie outside");
        }
        let held = match &content.storage {
            Storage::Inline(slice) => inside(slice).then_some(u64::from(slice.length)),
            Storage::Plain { blocks, tail, .. } => {
                let whole = u64::from(*blocks) * super::BLOCK_SIZE as u64;
                match tail {
                    Some(tail) => inside(tail).then_some(whole + u64::from(tail.length)),
                    None => (content.size.div_ceil(super::BLOCK_SIZE as u64) == u64::from(*blocks))
                        .then_some(content.size),
                }
            }
            Storage::Lz4 { clusters, .. } => {
                let wanted = content
                    .size
                    .div_ceil(u64::from(CHUNK_BLOCKS) * super::BLOCK_SIZE as u64);
                (clusters.len() as u64 == wanted).then_some(content.size)
            }
        };
        if held != Some(content.size) {
            return Err("a file's size does not agree with where it lies");
        }
    }
    Ok(())
}
