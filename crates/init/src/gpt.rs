//! Finds the partitions of one image in a disk's GUID partition table (UEFI specification, chapter 5.3).

use crate::guid::Guid;
use core::fmt;

/// Partition type *variable data* of the Discoverable Partitions Specification.
pub const TYPE_VAR: Guid = Guid([
    0x4d, 0x21, 0xb0, 0x16, 0xb5, 0x34, 0x45, 0xc2, 0xa9, 0xfb, 0x5c, 0x16, 0xe0, 0x91, 0xfd, 0x2d,
]);

/// Name of the state partition.
pub const STATE_NAME: &[u8] = b"state";

const CHUNK: usize = 4096;
const MAXIMUM_ENTRIES: u32 = 1024;

/// A disk that can be read.
pub trait Disk {
    /// Fills `buffer` from byte `offset` on; false where that is impossible.
    fn read_at(&mut self, offset: u64, buffer: &mut [u8]) -> bool;
}

/// Numbers, from 1, of the partitions that belong to one image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Found {
    /// The root file system.
    pub data: Option<u32>,
    /// Its hash tree.
    pub hash: Option<u32>,
    /// The state partition.
    pub state: Option<u32>,
}

/// Why a disk's table cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GptError {
    /// There is no table.
    Absent,
    /// The disk cannot be read where the table should be.
    Unreadable,
    /// The header's checksum is wrong.
    HeaderChecksum,
    /// The header has sizes that no table has.
    Malformed,
    /// The checksum of the entries is wrong.
    EntriesChecksum,
}

impl fmt::Display for GptError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Absent => "no partition table",
            Self::Unreadable => "the partition table cannot be read",
            Self::HeaderChecksum => "the partition table is damaged (checksum of its header)",
            Self::Malformed => "the partition table is damaged (absurd sizes)",
            Self::EntriesChecksum => "the partition table is damaged (checksum of its entries)",
        })
    }
}

struct Header {
    entries_offset: u64,
    entry_count: u32,
    entry_size: usize,
    entries_checksum: u32,
}

/// Looks on `disk` for the partitions with the UUIDs `data` and `hash`, and for the state partition.
pub fn find(disk: &mut impl Disk, data: &Guid, hash: &Guid) -> Result<Found, GptError> {
    let header = read_header(disk)?;
    let mut found = Found::default();
    let mut checksum = Crc32::new();
    let mut chunk = [0; CHUNK];
    let mut remaining = header.entry_count as usize * header.entry_size;
    let mut offset = header.entries_offset;
    let mut number = 0;
    while remaining > 0 {
        let part = &mut chunk[..remaining.min(CHUNK)];
        if !disk.read_at(offset, part) {
            return Err(GptError::Unreadable);
        }
        checksum.update(part);
        for entry in part.chunks_exact(header.entry_size) {
            number += 1;
            note(entry, number, (data, hash), &mut found);
        }
        offset += part.len() as u64;
        remaining -= part.len();
    }
    if checksum.value() == header.entries_checksum {
        Ok(found)
    } else {
        Err(GptError::EntriesChecksum)
    }
}

fn note(entry: &[u8], number: u32, (data, hash): (&Guid, &Guid), found: &mut Found) {
    let (kind, unique) = (guid_at(entry, 0), guid_at(entry, 16));
    if kind.0 == [0; 16] {
        return;
    }
    let place = if unique == *data {
        &mut found.data
    } else if unique == *hash {
        &mut found.hash
    } else if kind == TYPE_VAR && is_named(entry, STATE_NAME) {
        &mut found.state
    } else {
        return;
    };
    place.get_or_insert(number);
}

fn read_header(disk: &mut impl Disk) -> Result<Header, GptError> {
    let mut sector = [0; 512];
    for sector_size in [512, 4096] {
        if !disk.read_at(sector_size, &mut sector) {
            return Err(GptError::Unreadable);
        }
        if sector.starts_with(b"EFI PART") {
            return parse_header(&sector, sector_size);
        }
    }
    Err(GptError::Absent)
}

fn parse_header(sector: &[u8; 512], sector_size: u64) -> Result<Header, GptError> {
    let length = u32_at(sector, 12) as usize;
    if !(92..=512).contains(&length) {
        return Err(GptError::Malformed);
    }
    let mut checksum = Crc32::new();
    checksum.update(&sector[..16]);
    checksum.update(&[0; 4]);
    checksum.update(&sector[20..length]);
    if checksum.value() != u32_at(sector, 16) {
        return Err(GptError::HeaderChecksum);
    }
    let (entry_count, entry_size) = (u32_at(sector, 80), u32_at(sector, 84) as usize);
    let whole = entry_size.is_power_of_two() && (128..=CHUNK).contains(&entry_size);
    let entries_offset = u64_at(sector, 72)
        .checked_mul(sector_size)
        .filter(|at| *at <= 1 << 40);
    match entries_offset {
        Some(entries_offset) if whole && (1..=MAXIMUM_ENTRIES).contains(&entry_count) => Ok(Header {
            entries_offset,
            entry_count,
            entry_size,
            entries_checksum: u32_at(sector, 88),
        }),
        _ => Err(GptError::Malformed),
    }
}

fn is_named(entry: &[u8], name: &[u8]) -> bool {
    let mut units = entry[56..128].chunks_exact(2);
    let same = name.iter().all(|byte| units.next() == Some(&[*byte, 0]));
    same && units.next().is_none_or(|unit| unit == [0, 0])
}

fn guid_at(bytes: &[u8], at: usize) -> Guid {
    Guid::from_disk(&core::array::from_fn(|index| bytes[at + index]))
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(core::array::from_fn(|index| bytes[at + index]))
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(core::array::from_fn(|index| bytes[at + index]))
}

/// The CRC-32 of IEEE 802.3, bit by bit: a table is 16 KiB and read once.
struct Crc32(u32);

impl Crc32 {
    const fn new() -> Self {
        Self(!0)
    }

    fn update(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 ^= u32::from(*byte);
            for _ in 0..8 {
                self.0 = (self.0 >> 1) ^ (0xedb8_8320 & (self.0 & 1).wrapping_neg());
            }
        }
    }

    const fn value(&self) -> u32 {
        !self.0
    }
}
