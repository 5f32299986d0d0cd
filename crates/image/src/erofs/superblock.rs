//! The superblock, 1024 bytes into the file system.

use super::BLOCK_SIZE;

const OFFSET: usize = 1024;
const MAGIC: u32 = 0xE0F5_E1E2;
const CHECKSUM_AT: usize = OFFSET + 4;
const UUID_AT: usize = OFFSET + 48;
const SIZE: usize = 128;

/// The superblock carries a checksum.
const COMPATIBLE_CHECKSUM: u32 = 0x1;
/// Compressed data ends where its last block ends.
const INCOMPATIBLE_ZERO_PADDING: u32 = 0x1;
/// Compression settings follow the superblock; clusters may have several blocks.
const INCOMPATIBLE_COMPRESSION_SETTINGS: u32 = 0x2;
/// Bit of lz4 in the set of algorithms.
const LZ4: u16 = 1;
/// How far lz4 matches reach back.
const LZ4_MAX_DISTANCE: u16 = 65535;
/// Most blocks in one compressed cluster.
const MOST_CLUSTER_BLOCKS: u16 = crate::object::CHUNK_BLOCKS as u16;

/// The fields that differ between file systems.
#[derive(Debug, Clone, Copy)]
pub struct Superblock {
    /// Number of the root directory's inode.
    pub root_nid: u16,
    /// Number of inodes.
    pub inodes: u64,
    /// Time of every compact inode.
    pub epoch: u64,
    /// Size of the file system in blocks.
    pub blocks: u32,
    /// Block with which the metadata begins.
    pub metadata_block: u32,
}

impl Superblock {
    /// Block 0 of the file system, without UUID and checksum.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut block = vec![0; BLOCK_SIZE];
        let mut put =
            |at: usize, bytes: &[u8]| block[OFFSET + at..OFFSET + at + bytes.len()].copy_from_slice(bytes);
        put(0, &MAGIC.to_le_bytes());
        put(8, &COMPATIBLE_CHECKSUM.to_le_bytes());
        put(12, &[BLOCK_SIZE.trailing_zeros() as u8]);
        put(14, &self.root_nid.to_le_bytes());
        put(16, &self.inodes.to_le_bytes());
        put(24, &self.epoch.to_le_bytes());
        put(36, &self.blocks.to_le_bytes());
        put(40, &self.metadata_block.to_le_bytes());
        put(44, &self.metadata_block.to_le_bytes());
        put(
            80,
            &(INCOMPATIBLE_ZERO_PADDING | INCOMPATIBLE_COMPRESSION_SETTINGS).to_le_bytes(),
        );
        put(84, &LZ4.to_le_bytes());
        put(SIZE, &14u16.to_le_bytes());
        put(SIZE + 2, &LZ4_MAX_DISTANCE.to_le_bytes());
        put(SIZE + 4, &MOST_CLUSTER_BLOCKS.to_le_bytes());
        block
    }
}

/// Completes block 0 with the UUID and its checksum.
pub fn seal(superblock: &mut [u8], uuid: [u8; 16]) {
    superblock[UUID_AT..UUID_AT + 16].copy_from_slice(&uuid);
    superblock[CHECKSUM_AT..CHECKSUM_AT + 4].fill(0);
    let checksum = !crc32c::crc32c(&superblock[OFFSET..BLOCK_SIZE]);
    superblock[CHECKSUM_AT..CHECKSUM_AT + 4].copy_from_slice(&checksum.to_le_bytes());
}
