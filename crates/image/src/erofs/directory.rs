//! Directory blocks: fixed-size entries first, names behind them, all sorted.

use super::inode::DirectoryEntry;
use super::place::Placement;
use super::{BLOCK_SIZE, ErofsError};

const ENTRY: usize = 12;
const LONGEST_NAME: usize = 255;

/// How a directory's content is divided.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// Blocks that lie in the region of directory blocks.
    pub whole_blocks: usize,
    /// Bytes that lie beside the inode.
    pub inline_bytes: usize,
    /// Size of the directory in bytes.
    pub size: usize,
}

impl Shape {
    pub fn of(entries: &[DirectoryEntry<'_>], head: usize) -> Self {
        let (mut blocks, mut used) = (0, 0);
        for entry in entries {
            let bytes = ENTRY + entry.name.len();
            if used + bytes > BLOCK_SIZE {
                blocks += 1;
                used = 0;
            }
            used += bytes;
        }
        let size = blocks * BLOCK_SIZE + used;
        if head + used <= BLOCK_SIZE {
            Self {
                whole_blocks: blocks,
                inline_bytes: used,
                size,
            }
        } else {
            Self {
                whole_blocks: blocks + 1,
                inline_bytes: 0,
                size,
            }
        }
    }
}

/// The directory's bytes, cut into blocks; the last one may be short.
pub(super) fn encode(entries: &[DirectoryEntry<'_>], placement: &Placement) -> Result<Vec<u8>, ErofsError> {
    let mut bytes = Vec::new();
    let mut rest = entries;
    while !rest.is_empty() {
        let count = fitting(rest)?;
        let (block, after) = rest.split_at(count);
        bytes.resize(bytes.len().next_multiple_of(BLOCK_SIZE), 0);
        encode_block(block, placement, &mut bytes);
        rest = after;
    }
    Ok(bytes)
}

/// How many of the first entries fit into one block.
fn fitting(entries: &[DirectoryEntry<'_>]) -> Result<usize, ErofsError> {
    let mut used = 0;
    for (index, entry) in entries.iter().enumerate() {
        if entry.name.is_empty() || entry.name.len() > LONGEST_NAME {
            return Err(ErofsError::BadName {
                name: entry.name.into(),
            });
        }
        used += ENTRY + entry.name.len();
        if used > BLOCK_SIZE {
            return Ok(index);
        }
    }
    Ok(entries.len())
}

fn encode_block(entries: &[DirectoryEntry<'_>], placement: &Placement, bytes: &mut Vec<u8>) {
    let mut name_at = entries.len() * ENTRY;
    for entry in entries {
        bytes.extend_from_slice(&placement.nid(entry.inode).to_le_bytes());
        bytes.extend_from_slice(&(name_at as u16).to_le_bytes());
        bytes.extend_from_slice(&[entry.file_type as u8, 0]);
        name_at += entry.name.len();
    }
    for entry in entries {
        bytes.extend_from_slice(entry.name.as_bytes());
    }
}
