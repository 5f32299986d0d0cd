//! Writes the metadata of an EROFS file system whose data blocks are already laid out.
//!
//! The file system begins with one block for the superblock; then come data blocks of the caller's choice; the
//! region written here comes last: first inodes with what lies beside them (link targets, small files, cluster
//! indexes, directories), then whole directory blocks.

mod directory;
mod inode;
mod place;
mod superblock;

pub use inode::{Body, Clusters, DirectoryEntry, FileType, Inode};
pub use superblock::{Superblock, seal};

use place::Placement;

/// Block size of the file system.
pub const BLOCK_SIZE: usize = 4096;

/// What the metadata writer refuses.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErofsError {
    /// A name is empty or too long for a directory.
    #[error("the name {name:?} cannot be written into a directory")]
    BadName {
        /// The name.
        name: String,
    },
    /// What lies beside an inode does not fit into a block.
    #[error("inode {inode} needs {bytes} bytes in one block")]
    TooLarge {
        /// Number of the inode.
        inode: usize,
        /// Bytes needed.
        bytes: usize,
    },
    /// An extended attribute cannot be expressed.
    #[error("the extended attribute {name} cannot be written")]
    BadXattr {
        /// Full name.
        name: String,
    },
    /// The file system is larger than block addresses reach.
    #[error("the file system has more blocks than an address can name")]
    TooManyBlocks,
}

/// A file system to be written. The first inode is the root directory.
#[derive(Debug)]
pub struct FileSystem<'a> {
    /// Inodes in the order in which they are laid out.
    pub inodes: Vec<Inode<'a>>,
    /// Time of every inode, in seconds since 1970.
    pub epoch: u64,
    /// Block with which the metadata region begins.
    pub first_block: u32,
}

/// The written metadata.
#[derive(Debug)]
pub struct Metadata {
    /// Block 0; [`seal`] completes it.
    pub superblock: Vec<u8>,
    /// The metadata region, whole blocks.
    pub region: Vec<u8>,
}

/// Lays out and writes the metadata.
pub fn write(file_system: &FileSystem<'_>) -> Result<Metadata, ErofsError> {
    let placement = Placement::of(&file_system.inodes)?;
    let region_blocks = u32::try_from(placement.region_bytes() / BLOCK_SIZE).ok();
    let total = region_blocks.and_then(|blocks| file_system.first_block.checked_add(blocks));
    let blocks = total.ok_or(ErofsError::TooManyBlocks)?;
    let mut region = vec![0; placement.region_bytes()];
    for (number, inode) in file_system.inodes.iter().enumerate() {
        inode::write(file_system, &placement, number, inode, &mut region)?;
    }
    let superblock = Superblock {
        root_nid: u16::try_from(placement.nid(0)).map_err(|_| ErofsError::TooManyBlocks)?,
        inodes: file_system.inodes.len() as u64,
        epoch: file_system.epoch,
        blocks,
        metadata_block: file_system.first_block,
    };
    Ok(Metadata {
        superblock: superblock.encode(),
        region,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The root directory alone, behind `first_block` blocks of data.
    fn write_behind(first_block: u32) -> Result<Metadata, ErofsError> {
        let entry = |name| DirectoryEntry {
            name,
            inode: 0,
            file_type: FileType::Directory,
        };
        write(&FileSystem {
            inodes: vec![Inode {
                mode: 0o040_755,
                uid: 0,
                gid: 0,
                links: 2,
                size: 0,
                xattrs: &[],
                body: Body::Directory(vec![entry("."), entry("..")]),
            }],
            epoch: 0,
            first_block,
        })
    }

    #[test]
    fn a_file_system_ends_where_addresses_do() {
        assert!(write_behind(u32::MAX - 1).is_ok());
        assert!(matches!(write_behind(u32::MAX), Err(ErofsError::TooManyBlocks)));
    }
}
