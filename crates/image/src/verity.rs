//! The dm-verity hash tree, built from leaf hashes that are already known.
//!
//! Format 1 with SHA-256, blocks of 4096 bytes and no salt: leaf hashes do not depend on the image, so they are
//! computed once when a package is compiled. The file begins with the superblock that `veritysetup` knows.

use sha2::{Digest, Sha256};

/// Size of data and hash blocks.
pub const BLOCK_SIZE: usize = 4096;
/// SHA-256 of one block.
pub type Hash = [u8; 32];

const HASHES_PER_BLOCK: usize = BLOCK_SIZE / size_of::<Hash>();

/// A finished hash tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HashTree {
    /// Superblock and all levels, whole blocks.
    pub bytes: Vec<u8>,
    /// The root hash.
    pub root: Hash,
}

/// Builds the tree over one hash per data block.
pub fn build(leaves: &[Hash]) -> HashTree {
    let mut levels = Vec::new();
    let mut hashes = leaves.to_vec();
    loop {
        let level = pack(&hashes);
        hashes = level
            .chunks(BLOCK_SIZE)
            .map(|block| Sha256::digest(block).into())
            .collect();
        levels.push(level);
        if hashes.len() <= 1 {
            break;
        }
    }
    let root = hashes.first().copied().unwrap_or_default();
    let mut bytes = superblock(leaves.len() as u64, uuid(&root));
    levels
        .iter()
        .rev()
        .for_each(|level| bytes.extend_from_slice(level));
    HashTree { bytes, root }
}

/// Number of blocks that superblock and tree take for this many data blocks.
pub fn size_in_blocks(data_blocks: u64) -> u64 {
    let (mut total, mut level) = (1, data_blocks);
    loop {
        level = level.div_ceil(HASHES_PER_BLOCK as u64);
        total += level;
        if level <= 1 {
            return total;
        }
    }
}

fn pack(hashes: &[Hash]) -> Vec<u8> {
    let mut level = hashes.as_flattened().to_vec();
    level.resize(level.len().next_multiple_of(BLOCK_SIZE).max(BLOCK_SIZE), 0);
    level
}

/// The identity of the hash device follows from the root hash.
fn uuid(root: &Hash) -> [u8; 16] {
    let mut uuid = [0; 16];
    uuid.copy_from_slice(&Sha256::digest([b"hardpan verity ".as_slice(), root].concat())[..16]);
    as_random_uuid(uuid)
}

/// Marks 16 bytes as a UUID of version 4.
pub fn as_random_uuid(mut uuid: [u8; 16]) -> [u8; 16] {
    uuid[6] = uuid[6] & 0x0f | 0x40;
    uuid[8] = uuid[8] & 0x3f | 0x80;
    uuid
}

fn superblock(data_blocks: u64, uuid: [u8; 16]) -> Vec<u8> {
    let mut bytes = vec![0; BLOCK_SIZE];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, b"verity\0\0");
    put(8, &1u32.to_le_bytes());
    put(12, &1u32.to_le_bytes());
    put(16, &uuid);
    put(32, b"sha256");
    put(64, &(BLOCK_SIZE as u32).to_le_bytes());
    put(68, &(BLOCK_SIZE as u32).to_le_bytes());
    put(72, &data_blocks.to_le_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_has_one_level_per_factor_of_128() {
        for (blocks, expected) in [(1, 2), (128, 2), (129, 4), (128 * 128, 130), (128 * 128 + 1, 133)] {
            assert_eq!(size_in_blocks(blocks), expected, "{blocks}");
            let tree = build(&vec![[7; 32]; blocks as usize]);
            assert_eq!(tree.bytes.len() as u64, expected * BLOCK_SIZE as u64, "{blocks}");
        }
    }

    #[test]
    fn one_changed_leaf_changes_the_root() {
        let mut leaves = vec![[1; 32]; 1000];
        let before = build(&leaves).root;
        leaves[777][0] ^= 1;
        assert_ne!(build(&leaves).root, before);
    }
}
