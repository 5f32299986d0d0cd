//! One table for each promise.

mod damaged;
mod tables;

use crate::gpt::Disk;
use crate::guid::Guid;

/// A disk in memory.
pub struct MemoryDisk(pub Vec<u8>);

impl Disk for MemoryDisk {
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> bool {
        let from = offset as usize;
        let Some(bytes) = self.0.get(from..from + buffer.len()) else {
            return false;
        };
        buffer.copy_from_slice(bytes);
        true
    }
}

pub const ROOT_HASH: &str = "602030fd1d3c11ae12f8f76d05c8ea36b6d865c05099c2a9b39c78703c6bf560";

pub fn guid(text: &str) -> Guid {
    Guid::parse(text.as_bytes()).expect("the test writes a UUID")
}

/// A partition of a test disk: type, UUID, name.
pub type TestPartition<'a> = (Guid, Guid, &'a str);

/// A disk with a table as the UEFI specification describes it.
pub fn disk_with(sector_size: usize, partitions: &[TestPartition<'_>]) -> MemoryDisk {
    let mut entries = vec![0; 128 * 128];
    for (index, (kind, unique, name)) in partitions.iter().enumerate() {
        let entry = &mut entries[index * 128..(index + 1) * 128];
        for (at, guid) in [(0, kind), (16, unique)] {
            let mut bytes = guid.0;
            bytes[0..4].reverse();
            bytes[4..6].reverse();
            bytes[6..8].reverse();
            entry[at..at + 16].copy_from_slice(&bytes);
        }
        for (unit, place) in name.encode_utf16().zip(entry[56..].chunks_exact_mut(2)) {
            place.copy_from_slice(&unit.to_le_bytes());
        }
    }
    let mut header = vec![0; 92];
    header[..8].copy_from_slice(b"EFI PART");
    let mut put = |at: usize, value: u32| header[at..at + 4].copy_from_slice(&value.to_le_bytes());
    put(8, 0x10000);
    put(12, 92);
    put(72, 2);
    put(80, 128);
    put(84, 128);
    put(88, crc32(&entries));
    let checksum = crc32(&header);
    header[16..20].copy_from_slice(&checksum.to_le_bytes());
    let mut disk = vec![0; sector_size * 2 + entries.len()];
    disk[sector_size..sector_size + 92].copy_from_slice(&header);
    disk[sector_size * 2..].copy_from_slice(&entries);
    MemoryDisk(disk)
}

/// Written apart from the program's own, by the polynomial's definition.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut value = u32::MAX;
    for byte in bytes {
        value ^= u32::from(*byte);
        for _ in 0..8 {
            value = if value & 1 == 1 {
                (value >> 1) ^ 0xedb8_8320
            } else {
                value >> 1
            };
        }
    }
    !value
}

/// A superblock as `veritysetup format` writes it.
pub fn superblock(salt: &[u8]) -> [u8; 512] {
    let mut bytes = [0; 512];
    let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
    put(0, b"verity\0\0");
    put(8, &1u32.to_le_bytes());
    put(12, &1u32.to_le_bytes());
    put(32, b"sha256");
    put(64, &4096u32.to_le_bytes());
    put(68, &4096u32.to_le_bytes());
    put(72, &57_546u64.to_le_bytes());
    put(80, &(salt.len() as u16).to_le_bytes());
    put(88, salt);
    bytes
}
