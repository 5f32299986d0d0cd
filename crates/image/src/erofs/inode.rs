//! Inodes, extended attributes and cluster indexes.

use super::place::Placement;
use super::{BLOCK_SIZE, ErofsError, FileSystem, directory};
use crate::object::{CHUNK_BLOCKS, FileContent, Storage, Xattr};

const COMPACT: usize = 32;
const EXTENDED: usize = 64;

const FORMAT_EXTENDED: u16 = 1;
const LAYOUT_PLAIN: u16 = 0;
const LAYOUT_COMPRESSED: u16 = 1;
const LAYOUT_INLINE: u16 = 2;

/// What a directory says about an entry's inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum FileType {
    /// Regular file.
    File = 1,
    /// Directory.
    Directory = 2,
    /// Symbolic link.
    Symlink = 7,
}

/// One name in a directory.
#[derive(Debug, Clone, Copy)]
pub struct DirectoryEntry<'a> {
    /// Its name.
    pub name: &'a str,
    /// Index of its inode.
    pub inode: usize,
    /// What the inode is.
    pub file_type: FileType,
}

/// One inode.
#[derive(Debug)]
pub struct Inode<'a> {
    /// File type and permission bits.
    pub mode: u16,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Number of names; for a directory 2 plus the number of directories in it.
    pub links: u32,
    /// Size of a regular file.
    pub size: u64,
    /// Extended attributes.
    pub xattrs: &'a [Xattr],
    /// Content.
    pub body: Body<'a>,
}

/// Where an inode's content is.
#[derive(Debug)]
pub enum Body<'a> {
    /// Nowhere: the file is empty.
    Empty,
    /// Target of a symbolic link.
    Symlink(&'a str),
    /// All entries, `.` and `..` among them, sorted by name.
    Directory(Vec<DirectoryEntry<'a>>),
    /// Uncompressed blocks, then bytes beside the inode.
    Plain {
        /// First block.
        first_block: u32,
        /// What follows the blocks.
        tail: &'a [u8],
    },
    /// lz4 clusters.
    Lz4 {
        /// The clusters.
        content: Clusters<'a>,
    },
}

/// A compressed file whose clusters lie one behind the other.
#[derive(Debug)]
pub struct Clusters<'a> {
    /// Size and clusters.
    pub content: &'a FileContent,
    /// Block with which the first cluster begins.
    pub first_block: u32,
}

impl Clusters<'_> {
    /// Bytes of the index.
    pub(super) fn index_size(&self) -> usize {
        16 + 8 * usize::try_from(self.content.size.div_ceil(BLOCK_SIZE as u64)).unwrap_or(usize::MAX / 16)
    }

    fn encode(&self, index: &mut Vec<u8>) {
        let Storage::Lz4 { clusters, .. } = &self.content.storage else {
            return;
        };
        const BIG_CLUSTERS: u16 = 0x2;
        index.extend_from_slice(&[0; 4]);
        index.extend_from_slice(&BIG_CLUSTERS.to_le_bytes());
        index.extend_from_slice(&[0; 10]);
        let mut block = self.first_block;
        for (number, &compressed) in clusters.iter().enumerate() {
            let content_blocks = self.content.cluster_content_blocks(number);
            match compressed {
                0 => (0..content_blocks).for_each(|offset| head(index, TYPE_PLAIN, block + offset)),
                _ => packed_cluster(index, block, u16::from(compressed), content_blocks),
            }
            block += self.content.cluster_blocks(number);
        }
    }
}

const TYPE_PLAIN: u16 = 0;
const TYPE_HEAD: u16 = 1;
const TYPE_NOT_HEAD: u16 = 2;

fn head(index: &mut Vec<u8>, kind: u16, block: u32) {
    index.extend_from_slice(&kind.to_le_bytes());
    index.extend_from_slice(&[0; 2]);
    index.extend_from_slice(&block.to_le_bytes());
}

/// The first index after the head says how many blocks the cluster has, the others how far the head is.
fn packed_cluster(index: &mut Vec<u8>, block: u32, compressed_blocks: u16, content_blocks: u32) {
    const HOLDS_BLOCK_COUNT: u16 = 1 << 11;
    head(index, TYPE_HEAD, block);
    let content_blocks = content_blocks.min(CHUNK_BLOCKS) as u16;
    for distance in 1..content_blocks {
        let back = if distance == 1 {
            HOLDS_BLOCK_COUNT | compressed_blocks
        } else {
            distance
        };
        index.extend_from_slice(&TYPE_NOT_HEAD.to_le_bytes());
        index.extend_from_slice(&[0; 2]);
        index.extend_from_slice(&back.to_le_bytes());
        index.extend_from_slice(&(content_blocks - distance).to_le_bytes());
    }
}

impl Inode<'_> {
    fn is_extended(&self) -> bool {
        let wide = [self.uid, self.gid, self.links]
            .iter()
            .any(|field| *field > u32::from(u16::MAX));
        wide || self.size > u64::from(u32::MAX)
    }

    /// Bytes of the inode with its extended attributes.
    pub(super) fn head_size(&self) -> usize {
        let inode = if self.is_extended() { EXTENDED } else { COMPACT };
        inode + xattrs_size(self.xattrs)
    }

    /// Where the cluster index begins, from the inode's begin.
    pub(super) fn index_offset(&self) -> usize {
        self.head_size().next_multiple_of(8)
    }
}

fn xattrs_size(xattrs: &[Xattr]) -> usize {
    if xattrs.is_empty() {
        return 0;
    }
    let entries = xattrs.iter().map(|xattr| {
        let name = split_name(&xattr.name).map_or(xattr.name.len(), |(_, name)| name.len());
        (4 + name + xattr.value.len()).next_multiple_of(4)
    });
    12 + entries.sum::<usize>()
}

/// Number of the prefix and the rest of an attribute's name.
fn split_name(name: &str) -> Option<(u8, &str)> {
    const PREFIXES: [(u8, &str); 3] = [(1, "user."), (4, "trusted."), (6, "security.")];
    match name {
        "system.posix_acl_access" => Some((2, "")),
        "system.posix_acl_default" => Some((3, "")),
        _ => PREFIXES
            .iter()
            .find_map(|(index, prefix)| Some((*index, name.strip_prefix(prefix)?))),
    }
}

fn encode_xattrs(xattrs: &[Xattr]) -> Result<Vec<u8>, ErofsError> {
    if xattrs.is_empty() {
        return Ok(Vec::new());
    }
    let mut bytes = vec![0; 12];
    for xattr in xattrs {
        let bad = || ErofsError::BadXattr {
            name: xattr.name.clone(),
        };
        let (prefix, name) = split_name(&xattr.name).ok_or_else(bad)?;
        bytes.push(u8::try_from(name.len()).map_err(|_| bad())?);
        bytes.push(prefix);
        bytes.extend_from_slice(&u16::try_from(xattr.value.len()).map_err(|_| bad())?.to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(&xattr.value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    Ok(bytes)
}

/// Writes inode `number` and what lies beside it into the region.
pub(super) fn write(
    file_system: &FileSystem<'_>,
    placement: &Placement,
    number: usize,
    inode: &Inode<'_>,
    region: &mut [u8],
) -> Result<(), ErofsError> {
    let xattrs = encode_xattrs(inode.xattrs)?;
    let directory;
    let mut size = inode.size;
    let mut beside: &[u8] = &[];
    let (mut layout, mut address) = (LAYOUT_PLAIN, 0);
    let mut index = Vec::new();
    match &inode.body {
        Body::Empty => {}
        Body::Symlink(target) => {
            (layout, size, beside) = (LAYOUT_INLINE, target.len() as u64, target.as_bytes());
        }
        Body::Plain { first_block, tail } => {
            layout = if tail.is_empty() {
                LAYOUT_PLAIN
            } else {
                LAYOUT_INLINE
            };
            (address, beside) = (*first_block, tail);
        }
        Body::Lz4 { content } => {
            content.encode(&mut index);
            (layout, address, beside) = (LAYOUT_COMPRESSED, content.content.block_range().1, &index);
        }
        Body::Directory(entries) => {
            let shape = directory::Shape::of(entries, inode.head_size());
            directory = directory::encode(entries, placement)?;
            debug_assert_eq!(directory.len(), shape.size, "shape and content agree");
            size = shape.size as u64;
            let first = placement.directory_block(number);
            address = file_system.first_block + first;
            let whole = directory.len().min(shape.whole_blocks * BLOCK_SIZE);
            let at = first as usize * BLOCK_SIZE;
            region[at..at + whole].copy_from_slice(&directory[..whole]);
            beside = &directory[whole..];
            layout = if shape.inline_bytes > 0 {
                LAYOUT_INLINE
            } else {
                LAYOUT_PLAIN
            };
        }
    }
    let icount = if xattrs.is_empty() {
        0
    } else {
        ((xattrs.len() - 12) / 4 + 1) as u16
    };
    let fields = Fields {
        layout,
        icount,
        size,
        address,
        serial: number as u32 + 1,
        epoch: file_system.epoch,
    };
    let mut head = fields.encode(inode);
    head.extend_from_slice(&xattrs);
    let at = placement.offset(number);
    region[at..at + head.len()].copy_from_slice(&head);
    let gap = if layout == LAYOUT_COMPRESSED {
        inode.index_offset()
    } else {
        head.len()
    };
    region[at + gap..at + gap + beside.len()].copy_from_slice(beside);
    Ok(())
}

/// The computed fields of an inode.
struct Fields {
    layout: u16,
    icount: u16,
    size: u64,
    address: u32,
    serial: u32,
    epoch: u64,
}

impl Fields {
    fn encode(&self, inode: &Inode<'_>) -> Vec<u8> {
        let extended = inode.is_extended();
        let format = self.layout << 1 | if extended { FORMAT_EXTENDED } else { 0 };
        let mut bytes = Vec::with_capacity(EXTENDED);
        bytes.extend_from_slice(&format.to_le_bytes());
        bytes.extend_from_slice(&self.icount.to_le_bytes());
        bytes.extend_from_slice(&inode.mode.to_le_bytes());
        if extended {
            bytes.extend_from_slice(&[0; 2]);
            bytes.extend_from_slice(&self.size.to_le_bytes());
        } else {
            bytes.extend_from_slice(&(inode.links as u16).to_le_bytes());
            bytes.extend_from_slice(&(self.size as u32).to_le_bytes());
            bytes.extend_from_slice(&[0; 4]);
        }
        bytes.extend_from_slice(&self.address.to_le_bytes());
        bytes.extend_from_slice(&self.serial.to_le_bytes());
        if extended {
            bytes.extend_from_slice(&inode.uid.to_le_bytes());
            bytes.extend_from_slice(&inode.gid.to_le_bytes());
            bytes.extend_from_slice(&self.epoch.to_le_bytes());
            bytes.extend_from_slice(&[0; 4]);
            bytes.extend_from_slice(&inode.links.to_le_bytes());
            bytes.extend_from_slice(&[0; 16]);
        } else {
            bytes.extend_from_slice(&(inode.uid as u16).to_le_bytes());
            bytes.extend_from_slice(&(inode.gid as u16).to_le_bytes());
            bytes.extend_from_slice(&[0; 4]);
        }
        bytes
    }
}
