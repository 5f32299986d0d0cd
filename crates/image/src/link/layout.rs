//! How the blocks of a root partition are composed, and the copying that composes them.

use super::{LinkError, StoreView};
use crate::object::{BLOCK_SIZE, DATA_FILE};
use rayon::prelude::*;
use rustix::fs::copy_file_range;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Name of the metadata file in a linked root.
pub const METADATA_FILE: &str = "metadata.erofs";
/// Name of the hash tree in a linked root.
pub const VERITY_FILE: &str = "verity";
/// Name of the layout in a linked root.
pub const LAYOUT_FILE: &str = "layout.json";
/// Name of the file with the root hash, hexadecimal, in a linked root.
pub const ROOT_HASH_FILE: &str = "roothash";
/// Name of the manifest in a linked root.
pub const MANIFEST_FILE: &str = "manifest.json";

/// Pieces that are copied at a time.
const PIECE_BYTES: u64 = 16 << 20;

/// How a root partition is composed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Layout {
    /// Version of this format, 1.
    pub version: u32,
    /// Root hash of the hash tree, hexadecimal.
    pub root_hash: String,
    /// Blocks of 4096 bytes in the root partition.
    pub blocks: u64,
    /// Blocks of the hash tree with its superblock.
    pub verity_blocks: u64,
    /// UUID of the file system.
    pub uuid: String,
    /// What the partition consists of, in order and without gaps.
    pub segments: Vec<Segment>,
}

/// A run of blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// `metadata`, or the store path whose object holds the blocks.
    pub source: String,
    /// First block in the source.
    pub start: u64,
    /// Number of blocks.
    pub blocks: u64,
}

/// The source of blocks that the linker wrote itself.
pub const METADATA_SOURCE: &str = "metadata";

impl Layout {
    /// Reads the layout of the linked root in `directory`.
    pub fn open(directory: &Path) -> Result<Self, LinkError> {
        let path = directory.join(LAYOUT_FILE);
        let bytes = fs::read(&path).map_err(|source| LinkError::Read {
            path: path.clone(),
            source,
        })?;
        let layout: Self = serde_json::from_slice(&bytes).map_err(|error| LinkError::BadLayout {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        let total: u64 = layout.segments.iter().map(|segment| segment.blocks).sum();
        if layout.version != 1 || total != layout.blocks {
            return Err(LinkError::BadLayout {
                path,
                reason: "its blocks do not add up".into(),
            });
        }
        Ok(layout)
    }

    /// Size of the root partition's content in bytes.
    pub fn root_bytes(&self) -> u64 {
        self.blocks * BLOCK_SIZE as u64
    }

    /// Size of the hash partition's content in bytes.
    pub fn verity_bytes(&self) -> u64 {
        self.verity_blocks * BLOCK_SIZE as u64
    }
}

/// One piece of a file that is copied into the partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extent {
    /// File on this machine.
    pub path: PathBuf,
    /// First byte in it.
    pub source_offset: u64,
    /// First byte in the partition.
    pub target_offset: u64,
    /// Number of bytes.
    pub length: u64,
}

/// The pieces that compose the root partition of the linked root in `directory`, in order.
pub fn extents(directory: &Path, layout: &Layout, store: &StoreView) -> Result<Vec<Extent>, LinkError> {
    let mut sources: BTreeMap<&str, PathBuf> = BTreeMap::new();
    let mut extents = Vec::with_capacity(layout.segments.len());
    let mut target_offset = 0;
    for segment in &layout.segments {
        let path = match sources.get(segment.source.as_str()) {
            Some(path) => path.clone(),
            None => {
                let path = match segment.source.as_str() {
                    METADATA_SOURCE => directory.join(METADATA_FILE),
                    logical => store.object(logical)?.join(DATA_FILE),
                };
                sources.insert(&segment.source, path.clone());
                path
            }
        };
        let length = segment.blocks * BLOCK_SIZE as u64;
        let source_offset = segment.start * BLOCK_SIZE as u64;
        extents.push(Extent {
            path,
            source_offset,
            target_offset,
            length,
        });
        target_offset += length;
    }
    Ok(extents)
}

/// Copies the root partition of the linked root in `directory` to `offset` of `output`.
///
/// Returns the number of bytes, a multiple of 4096. The hash tree is the file [`VERITY_FILE`], copied as it is.
pub fn assemble(directory: &Path, store: &StoreView, output: &File, offset: u64) -> Result<u64, LinkError> {
    let layout = Layout::open(directory)?;
    let extents = extents(directory, &layout, store)?;
    let mut files: BTreeMap<&Path, File> = BTreeMap::new();
    for extent in &extents {
        if !files.contains_key(extent.path.as_path()) {
            let opened = File::open(&extent.path);
            let file = opened.map_err(|source| LinkError::Read {
                path: extent.path.clone(),
                source,
            })?;
            files.insert(&extent.path, file);
        }
    }
    let pieces: Vec<(&Extent, u64)> = extents.iter().flat_map(pieces).collect();
    pieces.par_iter().try_for_each(|(extent, done)| {
        let length = (extent.length - done).min(PIECE_BYTES);
        let (from, to) = (extent.source_offset + done, offset + extent.target_offset + done);
        let copied = match files.get(extent.path.as_path()) {
            Some(file) => copy(file, from, output, to, length),
            None => Err(io::ErrorKind::NotFound.into()),
        };
        copied.map_err(|source| LinkError::Write {
            path: extent.path.clone(),
            source,
        })
    })?;
    Ok(layout.root_bytes())
}

fn pieces(extent: &Extent) -> impl Iterator<Item = (&Extent, u64)> {
    (0..extent.length.div_ceil(PIECE_BYTES)).map(move |number| (extent, number * PIECE_BYTES))
}

/// Copies within the kernel where it can.
fn copy(source: &File, mut from: u64, target: &File, mut to: u64, length: u64) -> io::Result<()> {
    let end = from + length;
    while from < end {
        let rest = usize::try_from(end - from).unwrap_or(usize::MAX);
        match copy_file_range(source, Some(&mut from), target, Some(&mut to), rest) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => {}
            Err(error) if kernel_cannot(error) => return copy_by_hand(source, from, target, to, end - from),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn kernel_cannot(error: rustix::io::Errno) -> bool {
    use rustix::io::Errno;
    [
        Errno::XDEV,
        Errno::INVAL,
        Errno::NOSYS,
        Errno::OPNOTSUPP,
        Errno::PERM,
    ]
    .contains(&error)
}

fn copy_by_hand(source: &File, mut from: u64, target: &File, mut to: u64, length: u64) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 18];
    let end = from + length;
    while from < end {
        let wanted = usize::try_from(end - from).map_or(buffer.len(), |rest| rest.min(buffer.len()));
        source.read_exact_at(&mut buffer[..wanted], from)?;
        target.write_all_at(&buffer[..wanted], to)?;
        from += wanted as u64;
        to += wanted as u64;
    }
    Ok(())
}
