//! Partition tables.

use crate::disk::gpt::{
    ALIGNMENT, GptError, Partition, READ_ONLY, TYPE_ESP, TYPE_ROOT_X86_64, arrange, build,
};
use crate::disk::{DiskMap, Guid};

fn partition(name: &str, offset_mib: u64, length_mib: u64) -> Partition {
    Partition {
        kind: TYPE_ROOT_X86_64,
        unique: Guid::derived("test", name.as_bytes()),
        name: name.into(),
        attributes: READ_ONLY,
        offset: offset_mib * ALIGNMENT,
        length: length_mib * ALIGNMENT,
    }
}

#[test]
fn both_tables_agree_and_have_right_checksums() {
    let size = 10 * ALIGNMENT;
    let partitions = [partition("esp", 1, 3), partition("root", 5, 2)];
    let pieces = build(Guid::derived("test", b"disk"), size, &partitions).expect("the partitions fit");
    let disk = super::bytes_of(&DiskMap::new(size, pieces.to_vec()).expect("the tables fit"));
    let last = size / 512 - 1;
    let sector = |number: u64| &disk[number as usize * 512..(number as usize + 1) * 512];
    let (primary, backup) = (sector(1), sector(last));
    for (header, own, other, entries_at) in [(primary, 1, last, 2), (backup, last, 1, last - 32)] {
        let u32_at = |at: usize| u32::from_le_bytes(std::array::from_fn(|index| header[at + index]));
        let u64_at = |at: usize| u64::from_le_bytes(std::array::from_fn(|index| header[at + index]));
        assert_eq!(&header[..8], b"EFI PART");
        assert_eq!(
            [u64_at(24), u64_at(32), u64_at(40), u64_at(48)],
            [own, other, 34, last - 33]
        );
        assert_eq!(u64_at(72), entries_at);
        let mut unsigned = header[..92].to_vec();
        unsigned[16..20].fill(0);
        assert_eq!(u32_at(16), crc32fast::hash(&unsigned));
        let entries = &disk[entries_at as usize * 512..][..128 * 128];
        assert_eq!(u32_at(88), crc32fast::hash(entries));
        assert_eq!(&entries[..16], &TYPE_ROOT_X86_64.to_disk());
        assert_eq!(&entries[128 + 56..128 + 64], b"r\0o\0o\0t\0");
        assert_eq!(
            u64::from_le_bytes(std::array::from_fn(|index| entries[40 + index])),
            4 * 2048 - 1
        );
    }
    assert_eq!(&primary[56..72], &backup[56..72], "disk UUID");
    assert_eq!((disk[450], &disk[510..512]), (0xee, [0x55, 0xaa].as_slice()));
}

#[test]
fn partitions_are_arranged_without_gaps() {
    let (offsets, size) = arrange(&[ALIGNMENT, ALIGNMENT + 1, 5]);
    assert_eq!(offsets, [1, 2, 4].map(|number| number * ALIGNMENT));
    assert_eq!(size, 6 * ALIGNMENT);
}

#[test]
fn refuses_what_no_table_can_say() {
    let check = |partitions: &[Partition], expect: &str| {
        let error: GptError = build(TYPE_ESP, 10 * ALIGNMENT, partitions).expect_err(expect);
        assert_eq!(error.to_string(), expect);
    };
    let place = "partition \"a\" cannot lie at byte";
    check(&[partition("a", 0, 1)], &format!("{place} 0 with 1048576 bytes"));
    check(
        &[partition("a", 1, 9)],
        &format!("{place} 1048576 with 9437184 bytes"),
    );
    check(&[partition("a", 1, 0)], &format!("{place} 1048576 with 0 bytes"));
    check(
        &[partition("b", 1, 2), partition("a", 2, 1)],
        &format!("{place} 2097152 with 1048576 bytes"),
    );
    let long = "n".repeat(37);
    check(
        &[partition(&long, 1, 1)],
        &format!("partition name {long:?} is too long"),
    );
    check(
        &vec![partition("a", 1, 1); 129],
        "129 partitions do not fit into a partition table",
    );
}

#[test]
fn uuids_are_written_as_the_specification_shows_them() {
    assert_eq!(TYPE_ESP.to_string(), "c12a7328-f81f-11d2-ba4b-00a0c93ec93b");
    assert_eq!(
        TYPE_ESP.to_disk()[..8],
        [0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11]
    );
    let derived = Guid::derived("a", b"b").to_string();
    assert_eq!((&derived[14..15], derived.len()), ("8", 36));
    assert_ne!(Guid::derived("ab", b"c"), Guid::derived("a", b"bc"));
}
