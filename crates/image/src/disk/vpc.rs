//! Arranges dynamic VHD images (Microsoft's Virtual Hard Disk specification 1.0): blocks without data take no room.

use super::guid::Guid;
use super::layout::{DiskMap, LayoutError, Piece};

const FOOTER: usize = 512;
const HEADER: usize = 1024;
const SECTOR: u64 = 512;
/// Where the table of blocks lies: behind the footer's copy and the header.
const TABLE_AT: u64 = (FOOTER + HEADER) as u64;
const BLOCK: u64 = 2 << 20;
/// Which sectors of a block are in use, one bit each; it lies in front of the block.
const BITMAP: u64 = BLOCK / SECTOR / 8;
/// Data of blocks lies at multiples of this, so that file systems can share it.
const ALIGNMENT: u64 = 4096;
/// A block that is not there.
const ABSENT: u32 = u32::MAX;
/// 2000-01-01, from which the format counts seconds.
const YEAR_2000: u64 = 946_684_800;

/// The image file of `disk`: where the bytes of the disk lie in it, and what else it holds.
pub fn arrange(disk: &DiskMap, unique: Guid, epoch: u64) -> Result<DiskMap, LayoutError> {
    let mut table = vec![ABSENT; disk.size.div_ceil(BLOCK) as usize];
    let mut pieces = Vec::new();
    let mut end = TABLE_AT + (table.len() as u64 * 4).next_multiple_of(SECTOR);
    for part in disk.pieces().iter().flat_map(|piece| piece.split(BLOCK)) {
        let entry = &mut table[(part.offset / BLOCK) as usize];
        if *entry == ABSENT {
            let data = (end + BITMAP).next_multiple_of(ALIGNMENT);
            *entry = ((data - BITMAP) / SECTOR) as u32;
            pieces.push(Piece::bytes(data - BITMAP, vec![0xff; BITMAP as usize]));
            end = data + BLOCK;
        }
        let data = u64::from(*entry) * SECTOR + BITMAP;
        pieces.push(Piece {
            offset: data + part.offset % BLOCK,
            ..part
        });
    }
    let footer = footer(disk.size, unique, epoch);
    let mut table: Vec<u8> = table.iter().flat_map(|entry| entry.to_be_bytes()).collect();
    pieces.push(Piece::bytes(0, footer.to_vec()));
    pieces.push(Piece::bytes(SECTOR, header(table.len() / 4).to_vec()));
    table.resize(table.len().next_multiple_of(SECTOR as usize), 0xff);
    pieces.push(Piece::bytes(TABLE_AT, table));
    pieces.push(Piece::bytes(end, footer.to_vec()));
    DiskMap::new(end + FOOTER as u64, pieces)
}

/// What says where the table is, how long it is and how large a block.
fn header(blocks: usize) -> [u8; HEADER] {
    let mut header = [0; HEADER];
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"cxsparse");
    put(8, &u64::MAX.to_be_bytes());
    put(16, &TABLE_AT.to_be_bytes());
    put(24, &0x0001_0000u32.to_be_bytes());
    put(28, &(blocks as u32).to_be_bytes());
    put(32, &(BLOCK as u32).to_be_bytes());
    let sum = checksum(&header);
    header[36..40].copy_from_slice(&sum.to_be_bytes());
    header
}

/// The ones' complement of the sum of all bytes.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().map(|byte| u32::from(*byte)).sum::<u32>()
}

/// What ends the image of a disk of `size` bytes, and begins it.
fn footer(size: u64, unique: Guid, epoch: u64) -> [u8; FOOTER] {
    let mut footer = [0; FOOTER];
    let mut put = |at: usize, bytes: &[u8]| footer[at..at + bytes.len()].copy_from_slice(bytes);
    let stamp = u32::try_from(epoch.saturating_sub(YEAR_2000)).unwrap_or(u32::MAX);
    put(0, b"conectix");
    put(8, &2u32.to_be_bytes());
    put(12, &0x0001_0000u32.to_be_bytes());
    put(16, &(FOOTER as u64).to_be_bytes());
    put(24, &stamp.to_be_bytes());
    // Readers take the exact size, not the one rounded to cylinders, from this creator's images.
    put(28, b"win ");
    put(32, &0x000a_0000u32.to_be_bytes());
    put(36, b"Wi2k");
    put(40, &size.to_be_bytes());
    put(48, &size.to_be_bytes());
    let (cylinders, heads, sectors) = geometry(size / 512);
    put(56, &cylinders.to_be_bytes());
    put(58, &[heads, sectors]);
    put(60, &3u32.to_be_bytes());
    put(68, &unique.0);
    let sum = checksum(&footer);
    footer[64..68].copy_from_slice(&sum.to_be_bytes());
    footer
}

/// Cylinders, heads and sectors per track, by the specification's appendix.
fn geometry(sectors: u64) -> (u16, u8, u8) {
    let sectors = sectors.min(65535 * 16 * 255);
    let (per_track, heads) = if sectors >= 65535 * 16 * 63 {
        (255, 16)
    } else {
        let tracks = sectors / 17;
        let heads = tracks.div_ceil(1024).max(4);
        if heads <= 16 && tracks < heads * 1024 {
            (17, heads)
        } else if sectors / 31 < 16 * 1024 {
            (31, 16)
        } else {
            (63, 16)
        }
    };
    ((sectors / per_track / heads) as u16, heads as u8, per_track as u8)
}
