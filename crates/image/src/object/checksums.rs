//! A checksum (CRC32C) of each data block of an object, so that what a disk has changed is noticed where it is copied.
//!
//! The file holds one little-endian number a block and then that of all those numbers.

use super::blocks::BLOCK_SIZE;
use super::{CHECKSUMS_FILE, DATA_FILE, ObjectError};
use sandbox::folder::Folder;
use std::io;
use std::path::{Path, PathBuf};

/// The checksums of one object's blocks.
#[derive(Debug)]
pub struct Checksums {
    /// The file with the blocks.
    data: PathBuf,
    blocks: Vec<u32>,
}

/// A block that is not what was written.
#[derive(Debug, thiserror::Error)]
#[error(
    "block {block} of {} is not what was written there: the disk, or somebody, has changed it; 'hardpan store verify' \
     lists all that is damaged",
    path.display()
)]
pub struct DamagedBlock {
    /// Its number.
    pub block: u64,
    /// The file that it lies in.
    pub path: PathBuf,
}

/// The bytes of the file for blocks with these checksums.
pub(super) fn encode(blocks: &[u32]) -> Vec<u8> {
    let mut bytes: Vec<u8> = blocks.iter().flat_map(|sum| sum.to_le_bytes()).collect();
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

impl Checksums {
    /// Reads those of the object in `directory`.
    pub fn open(directory: &Path) -> Result<Self, ObjectError> {
        let path = directory.join(CHECKSUMS_FILE);
        let bytes = Folder::open(directory).and_then(|folder| folder.read(Path::new(CHECKSUMS_FILE)));
        let bytes = bytes.map_err(|source| ObjectError::Read {
            path: path.clone(),
            source,
        })?;
        let sound = bytes
            .split_last_chunk::<4>()
            .filter(|(sums, own)| sums.len() % 4 == 0 && crc32c::crc32c(sums) == u32::from_le_bytes(**own));
        let Some((sums, _)) = sound else {
            return Err(ObjectError::Damaged { path });
        };
        let (sums, _) = sums.as_chunks::<4>();
        Ok(Self {
            data: directory.join(DATA_FILE),
            blocks: sums.iter().map(|sum| u32::from_le_bytes(*sum)).collect(),
        })
    }

    /// Fails if what was read from byte `offset` of the data on is not what was written there.
    pub fn check(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let size = BLOCK_SIZE as u64;
        if !offset.is_multiple_of(size) || !bytes.len().is_multiple_of(BLOCK_SIZE) {
            return Err(io::Error::other("only whole blocks can be checked"));
        }
        for (number, block) in (offset / size..).zip(bytes.chunks_exact(BLOCK_SIZE)) {
            let known = usize::try_from(number)
                .ok()
                .and_then(|number| self.blocks.get(number));
            if known != Some(&crc32c::crc32c(block)) {
                let path = self.data.clone();
                return Err(io::Error::other(DamagedBlock { block: number, path }));
            }
        }
        Ok(())
    }
}
