//! How the blocks of a root partition are composed.

use super::{LinkError, StoreView};
use crate::object::{BLOCK_SIZE, Checksums, DATA_FILE};
use sandbox::folder::open_file;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
        let mut bytes = Vec::new();
        let read = open_file(&path).and_then(|mut file: File| file.read_to_end(&mut bytes));
        read.map_err(|source| LinkError::Read {
            path: path.clone(),
            source,
        })?;
        let layout: Self = serde_json::from_slice(&bytes).map_err(|error| LinkError::BadLayout {
            path: path.clone(),
            reason: error.to_string(),
        })?;
        if layout.version != 1 || !layout.adds_up() {
            return Err(LinkError::BadLayout {
                path,
                reason: "its blocks do not add up".into(),
            });
        }
        Ok(layout)
    }

    /// Whether the segments are what the partition has room for, and no number is out of reach.
    fn adds_up(&self) -> bool {
        let most = u64::from(u32::MAX);
        let ends = self.segments.iter().map(|segment| {
            let end = segment.start.checked_add(segment.blocks)?;
            (end <= most).then_some(segment.blocks)
        });
        let total = ends.sum::<Option<u64>>();
        total == Some(self.blocks) && self.blocks <= most && self.verity_blocks <= most
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
#[derive(Debug, Clone)]
pub struct Extent {
    /// File on this machine.
    pub path: PathBuf,
    /// First byte in it.
    pub source_offset: u64,
    /// First byte in the partition.
    pub target_offset: u64,
    /// Number of bytes.
    pub length: u64,
    /// What the file's blocks must be, if it is an object's.
    pub checksums: Option<Arc<Checksums>>,
}

/// The pieces that compose the root partition of the linked root in `directory`, in order.
pub fn extents(directory: &Path, layout: &Layout, store: &StoreView) -> Result<Vec<Extent>, LinkError> {
    let mut sources: BTreeMap<&str, (PathBuf, Option<Arc<Checksums>>)> = BTreeMap::new();
    let mut extents = Vec::with_capacity(layout.segments.len());
    let mut target_offset = 0;
    for segment in &layout.segments {
        let (path, checksums) = match sources.get(segment.source.as_str()) {
            Some(source) => source.clone(),
            None => {
                let source = match segment.source.as_str() {
                    METADATA_SOURCE => (directory.join(METADATA_FILE), None),
                    logical => object_data(logical, store)?,
                };
                sources.insert(&segment.source, source.clone());
                source
            }
        };
        let length = segment.blocks * BLOCK_SIZE as u64;
        let source_offset = segment.start * BLOCK_SIZE as u64;
        extents.push(Extent {
            path,
            source_offset,
            target_offset,
            length,
            checksums,
        });
        target_offset += length;
    }
    Ok(extents)
}

fn object_data(logical: &str, store: &StoreView) -> Result<(PathBuf, Option<Arc<Checksums>>), LinkError> {
    let directory = store.object(logical)?;
    let checksums = Checksums::open(&directory).map_err(|source| LinkError::Object {
        path: logical.into(),
        source,
    })?;
    Ok((directory.join(DATA_FILE), Some(Arc::new(checksums))))
}
