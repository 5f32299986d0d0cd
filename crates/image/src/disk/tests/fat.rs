//! FAT32, read back by a reader that follows the specification on its own.

use crate::disk::DiskMap;
use crate::disk::fat::{FatError, FatFiles, FatOptions, MINIMUM_SIZE, build};
use std::collections::BTreeMap;
use std::sync::Arc;

const OPTIONS: FatOptions<'_> = FatOptions {
    size: MINIMUM_SIZE,
    label: "ESP",
    volume_id: 0x1234_5678,
    epoch: 1_757_664_000,
};

fn files(list: &[(&str, usize)]) -> FatFiles {
    let content = |length: usize| (0..length).map(|index| (index % 251) as u8).collect();
    list.iter()
        .map(|(path, length)| ((*path).into(), Arc::new(content(*length))))
        .collect()
}

struct Reader {
    disk: Vec<u8>,
}

impl Reader {
    fn u16(&self, at: usize) -> usize {
        usize::from(u16::from_le_bytes([self.disk[at], self.disk[at + 1]]))
    }

    fn u32(&self, at: usize) -> usize {
        self.u16(at) | self.u16(at + 2) << 16
    }

    fn chain(&self, first: usize) -> Vec<u8> {
        let (reserved, fat_sectors, per_cluster) = (self.u16(14), self.u32(36), usize::from(self.disk[13]));
        let data = (reserved + 2 * fat_sectors) * 512;
        let mut bytes = Vec::new();
        let mut cluster = first;
        while cluster < 0x0fff_fff8 {
            assert!(cluster >= 2, "a chain leads nowhere");
            let at = data + (cluster - 2) * per_cluster * 512;
            bytes.extend_from_slice(&self.disk[at..at + per_cluster * 512]);
            cluster = self.u32(reserved * 512 + cluster * 4);
        }
        bytes
    }

    fn walk(&self, cluster: usize, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
        let mut long: Vec<u16> = Vec::new();
        for entry in self
            .chain(cluster)
            .chunks_exact(32)
            .take_while(|entry| entry[0] != 0)
        {
            let places = (1..11).step_by(2).chain((14..26).step_by(2)).chain([28, 30]);
            if entry[11] == 0x0f {
                let units: Vec<u16> = places
                    .map(|at| u16::from_le_bytes([entry[at], entry[at + 1]]))
                    .collect();
                long.splice(0..0, units);
                continue;
            }
            let short = String::from_utf8(entry[..11].to_vec()).expect("ASCII");
            let (base, extension) = (short[..8].trim_end(), short[8..].trim_end());
            let short = if extension.is_empty() {
                base.into()
            } else {
                format!("{base}.{extension}")
            };
            let units: Vec<u16> = long.drain(..).take_while(|unit| *unit != 0).collect();
            let name = if units.is_empty() {
                short
            } else {
                String::from_utf16(&units).expect("UTF-16")
            };
            let at = |at: usize| usize::from(u16::from_le_bytes([entry[at], entry[at + 1]]));
            let (first, size) = (at(20) << 16 | at(26), at(28) | at(30) << 16);
            match entry[11] {
                0x08 => assert_eq!(name, "ESP"),
                0x10 if name.starts_with('.') => {}
                0x10 => self.walk(first, &format!("{prefix}{name}/"), found),
                _ => {
                    let content = if size == 0 {
                        Vec::new()
                    } else {
                        self.chain(first)[..size].to_vec()
                    };
                    found.insert(format!("{prefix}{name}"), content);
                }
            }
        }
    }
}

fn read_back(options: &FatOptions<'_>, files: &FatFiles) -> BTreeMap<String, Vec<u8>> {
    let pieces = build(options, files).expect("the files fit");
    let disk = DiskMap::new(options.size, pieces).expect("the pieces fit");
    let reader = Reader {
        disk: super::bytes_of(&disk),
    };
    assert_eq!(&reader.disk[510..512], [0x55, 0xaa]);
    assert_eq!(
        reader.disk[..512],
        reader.disk[6 * 512..7 * 512],
        "backup boot sector"
    );
    let fat = reader.u16(14) * 512;
    let length = reader.u32(36) * 512;
    assert_eq!(
        reader.disk[fat..fat + length],
        reader.disk[fat + length..fat + 2 * length],
        "second table"
    );
    let mut found = BTreeMap::new();
    reader.walk(reader.u32(44), "", &mut found);
    found
}

#[test]
fn gives_back_every_file_under_its_name() {
    let check = |options: &FatOptions<'_>, list: &[(&str, usize)]| {
        let files = files(list);
        let expect: BTreeMap<String, Vec<u8>> = files
            .iter()
            .map(|(path, content)| (path.clone(), content.to_vec()))
            .collect();
        assert_eq!(read_back(options, &files), expect);
    };
    check(&OPTIONS, &[]);
    check(
        &OPTIONS,
        &[("EFI/BOOT/BOOTX64.EFI", 3), ("README", 0), ("A.B", 512)],
    );
    check(
        &OPTIONS,
        &[
            ("EFI/Linux/sre-prod-base_1.0+3.efi", 100_000),
            ("EFI/Linux/sre-prod-base_1.1+3.efi", 511),
            ("EFI/systemd/systemd-bootx64.efi", 1),
            ("loader/loader.conf", 13),
            ("loader/exactly13char", 513),
            ("Grüße/ñandú.txt", 5),
            ("a.b.c", 1),
            (".hidden", 1),
        ],
    );
    let many: Vec<(String, usize)> = (0..200)
        .map(|index| (format!("loader/entry-number-{index}.conf"), index))
        .collect();
    let many: Vec<(&str, usize)> = many
        .iter()
        .map(|(path, length)| (path.as_str(), *length))
        .collect();
    check(&OPTIONS, &many);
    check(
        &FatOptions {
            size: 300 << 20,
            ..OPTIONS
        },
        &[("EFI/big", 5_000_000)],
    );
}

#[test]
fn short_names_are_unique() {
    let files = files(&[
        ("long name one.txt", 1),
        ("long name two.txt", 1),
        ("LONGNA~1.TXT", 1),
    ]);
    assert_eq!(read_back(&OPTIONS, &files).len(), 3);
}

#[test]
fn refuses_what_fat_cannot_hold() {
    let check = |options: &FatOptions<'_>, list: &[(&str, usize)], says: &str| {
        let error: FatError = build(options, &files(list)).expect_err(says);
        assert_eq!(error.to_string(), says);
    };
    check(&OPTIONS, &[("a//b", 1)], "a//b: a name is empty");
    check(
        &OPTIONS,
        &[("a:b", 1)],
        "a:b: a name has characters that FAT does not allow",
    );
    check(
        &OPTIONS,
        &[("dot.", 1)],
        "dot.: a name has characters that FAT does not allow",
    );
    let long = "n".repeat(256);
    check(&OPTIONS, &[(&long, 1)], &format!("{long}: a name is too long"));
    check(&OPTIONS, &[("a", 1), ("a/b", 1)], "a/b is a file and a directory");
    check(
        &OPTIONS,
        &[("Linux/a", 1), ("linux/b", 1)],
        "linux/b: another name differs only in upper and lower case",
    );
    check(
        &FatOptions {
            size: 1 << 20,
            ..OPTIONS
        },
        &[],
        "a FAT32 file system cannot have 1048576 bytes",
    );
    let error = build(&OPTIONS, &files(&[("big", 40 << 20)])).expect_err("it is full");
    assert!(
        matches!(error, FatError::Full { needed, size } if needed > size),
        "{error}"
    );
}
