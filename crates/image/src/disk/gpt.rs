//! Writes GUID partition tables (UEFI specification, chapter 5) with a protective MBR.

use super::guid::Guid;
use super::layout::Piece;

/// EFI system partition.
pub const TYPE_ESP: Guid = Guid::from_u128(0xc12a7328_f81f_11d2_ba4b_00a0c93ec93b);
/// Root file system for x86-64 (Discoverable Partitions Specification).
pub const TYPE_ROOT_X86_64: Guid = Guid::from_u128(0x4f68bce3_e8cd_4db1_96e7_fbcaf984b709);
/// Its verity data.
pub const TYPE_ROOT_VERITY_X86_64: Guid = Guid::from_u128(0x2c7357ed_ebd2_46d9_aec1_23d437ec2bf5);
/// Root file system for 64-bit ARM.
pub const TYPE_ROOT_ARM64: Guid = Guid::from_u128(0xb921b045_1df0_41c3_af44_4c6f280d3fae);
/// Its verity data.
pub const TYPE_ROOT_VERITY_ARM64: Guid = Guid::from_u128(0xdf3300ce_d69f_4c92_978c_9bfb0f38d820);

/// Attribute: the partition is read-only.
pub const READ_ONLY: u64 = 1 << 60;

/// Size of a sector.
pub const SECTOR: u64 = 512;
/// Partitions begin and the disk ends at multiples of this.
pub const ALIGNMENT: u64 = 1 << 20;

const ENTRY_COUNT: usize = 128;
const ENTRY_SIZE: usize = 128;
const ENTRIES_SIZE: u64 = (ENTRY_COUNT * ENTRY_SIZE) as u64;
const BACKUP_SIZE: u64 = ENTRIES_SIZE + SECTOR;

/// One partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// What it is for.
    pub kind: Guid,
    /// Its UUID.
    pub unique: Guid,
    /// Its name, at most 36 UTF-16 units.
    pub name: String,
    /// Attribute bits.
    pub attributes: u64,
    /// First byte on the disk, a multiple of [`ALIGNMENT`].
    pub offset: u64,
    /// Size in bytes, a multiple of [`ALIGNMENT`].
    pub length: u64,
}

/// What no table can say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GptError {
    /// More partitions than entries.
    #[error("{0} partitions do not fit into a partition table")]
    TooMany(usize),
    /// Names have 36 UTF-16 units.
    #[error("partition name {0:?} is too long")]
    Name(String),
    /// A partition lies where it cannot.
    #[error("partition {name:?} cannot lie at byte {offset} with {length} bytes")]
    Place {
        /// Its name.
        name: String,
        /// Its offset.
        offset: u64,
        /// Its length.
        length: u64,
    },
}

/// Places partitions of the given sizes one after the other; returns their offsets and the size of the disk.
pub fn arrange(sizes: &[u64]) -> (Vec<u64>, u64) {
    let mut end = ALIGNMENT;
    let mut offsets = Vec::with_capacity(sizes.len());
    for size in sizes {
        offsets.push(end);
        end += size.next_multiple_of(ALIGNMENT);
    }
    (offsets, (end + BACKUP_SIZE).next_multiple_of(ALIGNMENT))
}

/// The table's two pieces, at the beginning and at the end of a disk of `disk_size` bytes.
pub fn build(disk: Guid, disk_size: u64, partitions: &[Partition]) -> Result<[Piece; 2], GptError> {
    if partitions.len() > ENTRY_COUNT {
        return Err(GptError::TooMany(partitions.len()));
    }
    let entries = entries(partitions, disk_size)?;
    let last = disk_size / SECTOR - 1;
    let checksum = crc32fast::hash(&entries);
    let header = |own, other, entries_at| {
        Header {
            disk,
            own,
            other,
            entries_at,
            last,
            checksum,
        }
        .bytes()
    };
    let mut primary = protective_mbr(last).to_vec();
    primary.extend_from_slice(&header(1, last, 2));
    primary.extend_from_slice(&entries);
    let mut backup = entries;
    backup.extend_from_slice(&header(last, 1, last - ENTRIES_SIZE / SECTOR));
    Ok([
        Piece::bytes(0, primary),
        Piece::bytes(disk_size - BACKUP_SIZE, backup),
    ])
}

fn entries(partitions: &[Partition], disk_size: u64) -> Result<Vec<u8>, GptError> {
    let mut bytes = Vec::with_capacity(ENTRIES_SIZE as usize);
    let mut end = ALIGNMENT;
    for partition in partitions {
        let Partition {
            kind,
            unique,
            name,
            attributes,
            offset,
            length,
        } = partition;
        let fits = offset
            .checked_add(*length)
            .is_some_and(|end| end <= disk_size - BACKUP_SIZE);
        if *offset < end || offset % ALIGNMENT != 0 || *length == 0 || length % ALIGNMENT != 0 || !fits {
            return Err(GptError::Place {
                name: name.clone(),
                offset: *offset,
                length: *length,
            });
        }
        end = offset + length;
        bytes.extend_from_slice(&kind.to_disk());
        bytes.extend_from_slice(&unique.to_disk());
        for value in [offset / SECTOR, end / SECTOR - 1, *attributes] {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        let units: Vec<u16> = name.encode_utf16().collect();
        if units.len() > 36 {
            return Err(GptError::Name(name.clone()));
        }
        bytes.extend(
            units
                .iter()
                .chain(std::iter::repeat(&0))
                .take(36)
                .flat_map(|unit| unit.to_le_bytes()),
        );
    }
    bytes.resize(ENTRIES_SIZE as usize, 0);
    Ok(bytes)
}

struct Header {
    disk: Guid,
    own: u64,
    other: u64,
    entries_at: u64,
    last: u64,
    checksum: u32,
}

impl Header {
    fn bytes(&self) -> Vec<u8> {
        const LENGTH: u32 = 92;
        let first_usable = 2 + ENTRIES_SIZE / SECTOR;
        let last_usable = self.last - 1 - ENTRIES_SIZE / SECTOR;
        let mut bytes = Vec::with_capacity(SECTOR as usize);
        bytes.extend_from_slice(b"EFI PART");
        for value in [0x0001_0000, LENGTH, 0, 0] {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        for value in [self.own, self.other, first_usable, last_usable] {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        bytes.extend_from_slice(&self.disk.to_disk());
        bytes.extend_from_slice(&self.entries_at.to_le_bytes());
        for value in [ENTRY_COUNT as u32, ENTRY_SIZE as u32, self.checksum] {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        let checksum = crc32fast::hash(&bytes);
        bytes[16..20].copy_from_slice(&checksum.to_le_bytes());
        bytes.resize(SECTOR as usize, 0);
        bytes
    }
}

fn protective_mbr(last: u64) -> [u8; SECTOR as usize] {
    let mut sector = [0; SECTOR as usize];
    let sectors = u32::try_from(last).unwrap_or(u32::MAX);
    sector[446..454].copy_from_slice(&[0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff]);
    sector[454..458].copy_from_slice(&1u32.to_le_bytes());
    sector[458..462].copy_from_slice(&sectors.to_le_bytes());
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    sector
}
