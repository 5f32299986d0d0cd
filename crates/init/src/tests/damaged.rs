//! What damaged input gives: an error that says it, never a panic.

use super::{MemoryDisk, ROOT_HASH, crc32, disk_with, guid, superblock};
use crate::command_line::root_hash;
use crate::gpt::{Found, GptError, find};
use crate::verity::{Superblock, SuperblockError};

fn look(disk: Vec<u8>) -> Result<Found, GptError> {
    let hash = root_hash(format!("hardpan.roothash={ROOT_HASH}").as_bytes()).expect("the hash is sound");
    find(
        &mut MemoryDisk(disk),
        &hash.data_partition(),
        &hash.hash_partition(),
    )
}

fn sound_disk() -> Vec<u8> {
    let other = guid("00000000-1111-2222-3333-444444444444");
    disk_with(512, &[(other, other, "esp")]).0
}

/// Changes a field of the header and makes its checksum right again.
fn with_header_field(at: usize, value: u32) -> Vec<u8> {
    let mut disk = sound_disk();
    disk[512 + at..516 + at].copy_from_slice(&value.to_le_bytes());
    let length = u32::from_le_bytes([disk[524], disk[525], disk[526], disk[527]]) as usize;
    disk[528..532].fill(0);
    let checksum = crc32(&disk[512..512 + length.min(512)]);
    disk[528..532].copy_from_slice(&checksum.to_le_bytes());
    disk
}

#[test]
fn says_what_is_wrong_with_a_partition_table() {
    let flipped = |at: usize| {
        let mut disk = sound_disk();
        disk[at] ^= 1;
        disk
    };
    let check = |disk: Vec<u8>, expect: GptError| assert_eq!(look(disk), Err(expect));
    assert_eq!(look(sound_disk()), Ok(Found::default()));
    check(Vec::new(), GptError::Unreadable);
    check(vec![0; 8192], GptError::Absent);
    check(flipped(512), GptError::Absent);
    check(flipped(512 + 24), GptError::HeaderChecksum);
    check(flipped(512 + 16), GptError::HeaderChecksum);
    check(flipped(1024 + 56), GptError::EntriesChecksum);
    check(flipped(1024 + 127 * 128), GptError::EntriesChecksum);
    check(sound_disk()[..4096].to_vec(), GptError::Unreadable);
    check(with_header_field(12, 91), GptError::Malformed);
    check(with_header_field(12, 513), GptError::Malformed);
    check(with_header_field(80, 0), GptError::Malformed);
    check(with_header_field(80, u32::MAX), GptError::Malformed);
    check(with_header_field(84, 0), GptError::Malformed);
    check(with_header_field(84, 192), GptError::Malformed);
    check(with_header_field(84, 1 << 20), GptError::Malformed);
    check(with_header_field(76, u32::MAX), GptError::Malformed);
    check(with_header_field(72, u32::MAX), GptError::Malformed);
}

#[test]
fn no_single_flipped_bit_of_a_partition_table_passes() {
    let sound = sound_disk();
    for at in (512..604).chain((1024..sound.len()).step_by(97)) {
        for bit in 0..8 {
            let mut disk = sound.clone();
            disk[at] ^= 1 << bit;
            assert!(look(disk).is_err(), "byte {at} bit {bit}");
        }
    }
}

#[test]
fn says_what_is_wrong_with_a_verity_superblock() {
    let check = |at: usize, bytes: &[u8], expect: SuperblockError, says: &str| {
        let mut damaged = superblock(&[1, 2, 3]);
        damaged[at..at + bytes.len()].copy_from_slice(bytes);
        let error = Superblock::parse(&damaged).expect_err("the superblock is damaged");
        assert_eq!((error, error.to_string().as_str()), (expect, says));
    };
    check(
        0,
        b"V",
        SuperblockError::Magic,
        "it does not begin as a verity superblock does",
    );
    check(8, &[2], SuperblockError::Version, "its verity version is not 1");
    check(12, &[0], SuperblockError::Version, "its verity version is not 1");
    check(
        32,
        b"sha512",
        SuperblockError::Algorithm,
        "its hash is not sha256",
    );
    check(
        32,
        b"sha256x",
        SuperblockError::Algorithm,
        "its hash is not sha256",
    );
    check(
        64,
        &[0, 0],
        SuperblockError::Sizes,
        "its block sizes or count cannot be",
    );
    check(
        64,
        &[1],
        SuperblockError::Sizes,
        "its block sizes or count cannot be",
    );
    check(
        68,
        &[0, 0x80],
        SuperblockError::Sizes,
        "its block sizes or count cannot be",
    );
    check(
        72,
        &[0; 8],
        SuperblockError::Sizes,
        "its block sizes or count cannot be",
    );
    check(
        72,
        &[0xff; 8],
        SuperblockError::Sizes,
        "its block sizes or count cannot be",
    );
    check(80, &[1, 1], SuperblockError::Salt, "its salt is too long");
}
