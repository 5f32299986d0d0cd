//! The superblock of a dm-verity hash partition (cryptsetup's verity format, version 1).

use crate::text::{Hex, Text};
use core::fmt;

/// Size of a superblock on disk.
pub const SUPERBLOCK_SIZE: usize = 512;
/// The longest salt that a superblock can hold.
pub const MAXIMUM_SALT: usize = 256;

/// What a superblock says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Superblock {
    /// Size of a data block in bytes.
    pub data_block_size: u32,
    /// Size of a hash block in bytes.
    pub hash_block_size: u32,
    /// Number of data blocks.
    pub data_blocks: u64,
    salt: [u8; MAXIMUM_SALT],
    salt_length: usize,
}

/// Why a superblock cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SuperblockError {
    /// It does not begin as one.
    Magic,
    /// Another version or kind of tree.
    Version,
    /// Another hash than SHA-256.
    Algorithm,
    /// Block sizes or counts that cannot be.
    Sizes,
    /// A salt longer than there is room for.
    Salt,
}

impl fmt::Display for SuperblockError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Magic => "it does not begin as a verity superblock does",
            Self::Version => "its verity version is not 1",
            Self::Algorithm => "its hash is not sha256",
            Self::Sizes => "its block sizes or count cannot be",
            Self::Salt => "its salt is too long",
        })
    }
}

impl Superblock {
    /// Reads a superblock.
    pub fn parse(bytes: &[u8; SUPERBLOCK_SIZE]) -> Result<Self, SuperblockError> {
        let u32_at = |at: usize| u32::from_le_bytes(core::array::from_fn(|index| bytes[at + index]));
        if !bytes.starts_with(b"verity\0\0") {
            return Err(SuperblockError::Magic);
        }
        if (u32_at(8), u32_at(12)) != (1, 1) {
            return Err(SuperblockError::Version);
        }
        if !bytes[32..64].starts_with(b"sha256\0") {
            return Err(SuperblockError::Algorithm);
        }
        let (data_block_size, hash_block_size) = (u32_at(64), u32_at(68));
        let data_blocks = u64::from_le_bytes(core::array::from_fn(|index| bytes[72 + index]));
        let sound = |size: u32| size.is_power_of_two() && (512..=4096).contains(&size);
        if !sound(data_block_size) || !sound(hash_block_size) || !(1..=1 << 40).contains(&data_blocks) {
            return Err(SuperblockError::Sizes);
        }
        let salt_length = usize::from(u16::from_le_bytes([bytes[80], bytes[81]]));
        if salt_length > MAXIMUM_SALT {
            return Err(SuperblockError::Salt);
        }
        let salt = core::array::from_fn(|index| if index < salt_length { bytes[88 + index] } else { 0 });
        Ok(Self {
            data_block_size,
            hash_block_size,
            data_blocks,
            salt,
            salt_length,
        })
    }

    /// The salt.
    pub fn salt(&self) -> &[u8] {
        &self.salt[..self.salt_length]
    }

    /// Size of the protected data in units of 512 bytes, as device-mapper counts.
    pub const fn data_sectors(&self) -> u64 {
        self.data_blocks * (self.data_block_size / 512) as u64
    }

    /// The line that tells the kernel's verity target what to do.
    pub fn table(&self, data_device: &str, hash_device: &str, root_hash: &impl fmt::Display) -> Text<1024> {
        let Self {
            data_block_size,
            hash_block_size,
            data_blocks,
            ..
        } = self;
        let mut table = Text::format(format_args!(
            "1 {data_device} {hash_device} {data_block_size} {hash_block_size} {data_blocks} 1 sha256 {root_hash} "
        ));
        let salt = if self.salt().is_empty() {
            Text::<{ 2 * MAXIMUM_SALT + 1 }>::format(format_args!("-"))
        } else {
            Text::format(format_args!("{}", Hex(self.salt())))
        };
        table.push(salt.as_bytes());
        table.push(b" 1 panic_on_corruption");
        table
    }
}
