//! What sound input means.

use super::{ROOT_HASH, disk_with, guid, superblock};
use crate::command_line::{CommandLineError, check_end, root_hash};
use crate::device_mapper::{CREATE, HEADER_SIZE, LOAD_TABLE, RESUME, Request};
use crate::gpt::{Found, TYPE_VAR, find};
use crate::verity::Superblock;
use crate::{fstab, machine_id, state};

#[test]
fn reads_the_root_hash_from_the_command_line() {
    let check = |line: &str, expect: Result<&str, CommandLineError>| {
        let found = root_hash(line.as_bytes()).map(|hash| hash.to_string());
        assert_eq!(found, expect.map(str::to_owned), "{line}");
    };
    let ok = format!("hardpan.roothash={ROOT_HASH}");
    check(&ok, Ok(ROOT_HASH));
    check(&format!("ro quiet {ok} console=ttyS0\n"), Ok(ROOT_HASH));
    check(&format!("{ok} {ok}"), Ok(ROOT_HASH));
    check(
        &format!("hardpan.roothash={}", ROOT_HASH.to_uppercase()),
        Ok(ROOT_HASH),
    );
    check("ro quiet", Err(CommandLineError::Missing));
    check("", Err(CommandLineError::Missing));
    check(&format!("roothash={ROOT_HASH}"), Err(CommandLineError::Missing));
    check(
        &format!("xhardpan.roothash={ROOT_HASH}"),
        Err(CommandLineError::Missing),
    );
    check(&format!("ro -- {ok}"), Err(CommandLineError::Missing));
    check("hardpan.roothash=", Err(CommandLineError::Malformed));
    check(&ok[..ok.len() - 1], Err(CommandLineError::Malformed));
    check(&format!("{ok}0"), Err(CommandLineError::Malformed));
    check(&ok.replace('f', "g"), Err(CommandLineError::Malformed));
    check(
        &format!("{ok} {}", ok.replace("602", "702")),
        Err(CommandLineError::Ambiguous),
    );
}

#[test]
fn what_was_added_to_the_command_line_is_noticed() {
    let check = |line: &str, expect| assert_eq!(check_end(line.as_bytes()), expect, "{line}");
    check("ro hardpan.end", Ok(()));
    check("ro hardpan.end\n", Ok(()));
    check("ro -- x hardpan.end \0", Ok(()));
    check("", Err(CommandLineError::Unended));
    check("ro hardpan.end=1", Err(CommandLineError::Unended));
    check("ro hardpan.end init=/bin/sh", Err(CommandLineError::Extended));
    check(
        "ro hardpan.end systemd.debug_shell hardpan.end",
        Err(CommandLineError::Extended),
    );
    check("hardpan.end hardpan.end", Err(CommandLineError::Extended));
}

#[test]
fn partition_uuids_are_the_halves_of_the_root_hash() {
    let hash = root_hash(format!("hardpan.roothash={ROOT_HASH}").as_bytes()).expect("the hash is sound");
    assert_eq!(
        hash.data_partition().to_string(),
        "602030fd-1d3c-11ae-12f8-f76d05c8ea36"
    );
    assert_eq!(
        hash.hash_partition().to_string(),
        "b6d865c0-5099-c2a9-b39c-78703c6bf560"
    );
}

#[test]
fn finds_the_partitions_of_the_image() {
    let (data, hash) = (
        guid("602030fd-1d3c-11ae-12f8-f76d05c8ea36"),
        guid("b6d865c0-5099-c2a9-b39c-78703c6bf560"),
    );
    let other = guid("00000000-1111-2222-3333-444444444444");
    let check = |partitions: &[_], expect: [Option<u32>; 3]| {
        let [data_number, hash_number, state] = expect;
        let expect = Found {
            data: data_number,
            hash: hash_number,
            state,
        };
        for sector_size in [512, 4096] {
            assert_eq!(
                find(&mut disk_with(sector_size, partitions), &data, &hash),
                Ok(expect)
            );
        }
    };
    check(&[], [None; 3]);
    check(
        &[
            (other, other, "esp"),
            (other, data, "root"),
            (other, hash, "verity"),
        ],
        [Some(2), Some(3), None],
    );
    check(
        &[(other, hash, ""), (TYPE_VAR, other, "state"), (other, data, "")],
        [Some(3), Some(1), Some(2)],
    );
    check(
        &[
            (TYPE_VAR, other, "states"),
            (other, other, "state"),
            (TYPE_VAR, other, "stat"),
        ],
        [None; 3],
    );
    check(&[(other, data, "a"), (other, data, "b")], [Some(1), None, None]);
    let unused = guid("00000000-0000-0000-0000-000000000000");
    check(
        &[(unused, data, "deleted"), (other, data, "root")],
        [Some(2), None, None],
    );
}

#[test]
fn verity_table_says_what_the_superblock_says() {
    let check = |salt: &[u8], expect: &str| {
        let parsed = Superblock::parse(&superblock(salt)).expect("the superblock is sound");
        assert_eq!(parsed.data_sectors(), 57_546 * 8);
        let table = parsed.table("/dev/vda2", "/dev/vda3", &"HASH");
        assert!(!table.overflowed());
        assert_eq!(String::from_utf8_lossy(table.as_bytes()), expect);
    };
    check(
        &[0xab, 0x01],
        "1 /dev/vda2 /dev/vda3 4096 4096 57546 1 sha256 HASH ab01 1 panic_on_corruption",
    );
    check(
        &[],
        "1 /dev/vda2 /dev/vda3 4096 4096 57546 1 sha256 HASH - 1 panic_on_corruption",
    );
    let longest = [0xff; 256];
    let expect = format!(
        "1 /dev/vda2 /dev/vda3 4096 4096 57546 1 sha256 HASH {} 1 panic_on_corruption",
        "ff".repeat(256)
    );
    check(&longest, &expect);
}

#[test]
fn device_mapper_requests_have_the_kernels_layout() {
    assert_eq!(
        [CREATE, RESUME, LOAD_TABLE],
        [0xc138_fd03, 0xc138_fd06, 0xc138_fd09]
    );
    let Request(bytes) = Request::with_verity("root", 460_368, b"table").expect("the table is short");
    let u32_at = |at: usize| u32::from_le_bytes(std::array::from_fn(|index| bytes[at + index]));
    assert_eq!(
        [u32_at(0), u32_at(12), u32_at(16), u32_at(20), u32_at(28)],
        [4, 2048, 312, 1, 1]
    );
    assert_eq!(&bytes[48..53], b"root\0");
    assert_eq!(u32_at(HEADER_SIZE + 8), 460_368);
    assert_eq!(u32_at(HEADER_SIZE + 20), 48);
    assert_eq!(&bytes[HEADER_SIZE + 24..HEADER_SIZE + 31], b"verity\0");
    assert_eq!(&bytes[HEADER_SIZE + 40..HEADER_SIZE + 46], b"table\0");
    assert!(Request::with_verity("root", 1, &[b'x'; 2048]).is_none());
    let mut answer = Request::new("root");
    answer.0[40..48].copy_from_slice(&0x0012_fd34u64.to_le_bytes());
    assert_eq!(answer.minor(), 0x134);
}

#[test]
fn mounts_var_as_fstab_says() {
    let check = |fstab: &str, expect: Option<(u64, &str)>| {
        let found = fstab::var_options(fstab.as_bytes());
        let found = found.map(|options| (options.flags, options.data.to_string()));
        assert_eq!(
            found,
            expect.map(|(flags, data)| (flags, data.to_owned())),
            "{fstab}"
        );
    };
    check("", None);
    check("# PARTLABEL=state /var ext4 nodev\n", None);
    check("/dev/x /home ext4 nodev 0 0\n", None);
    check("/dev/x /var btrfs nodev 0 0\n", None);
    check("/dev/x /var ext4\n", Some((0, "")));
    check(
        "tmpfs /tmp tmpfs nosuid\nPARTLABEL=state\t/var  ext4 nosuid,nodev,noatime,x-systemd.growfs,nofail,commit=30,barrier=1 0 2\n",
        Some((2 | 4 | 1024, "commit=30,barrier=1")),
    );
    check("/dev/x /var ext4 defaults,x-initrd.mount", Some((0, "")));
}

#[test]
fn a_machine_id_is_taken_only_if_sound() {
    let check = |content: &str, expect: bool| {
        assert_eq!(
            machine_id::parse(content.as_bytes()).is_some(),
            expect,
            "{content:?}"
        );
    };
    check("a9b2ac7019bb45268c0c24db1301c5b6\n", true);
    check("a9b2ac7019bb45268c0c24db1301c5b6", true);
    check("", false);
    check("uninitialized\n", false);
    check("a9b2ac7019bb45268c0c24db1301c5b\n", false);
    check("a9b2ac7019bb45268c0c24db1301c5b66\n", false);
    check("A9B2AC7019BB45268C0C24DB1301C5B6\n", false);
    check("00000000000000000000000000000000\n", false);
    check("a9b2ac7019bb45268c0c24db1301c5bx\n", false);
    let made = machine_id::from_random([0xff; 16]);
    assert_eq!(made.to_string(), "ffffffffffff4fffbfffffffffffffff?");
    assert!(machine_id::parse(made.as_bytes()).is_some());
}

#[test]
fn a_state_partition_with_errors_is_left_for_the_check() {
    let check = |magic: [u8; 2], flags: u8, expect| {
        let mut superblock = [0; state::SUPERBLOCK_SIZE];
        superblock[0x38..0x3a].copy_from_slice(&magic);
        superblock[0x3a] = flags;
        assert_eq!(state::judge(&superblock), expect);
    };
    check([0, 0], 0, state::State::Unformatted);
    check([0x53, 0xef], 1, state::State::Sound);
    check([0x53, 0xef], 0, state::State::Sound);
    check([0x53, 0xef], 3, state::State::NeedsCheck);
}

#[test]
fn the_program_is_a_small_static_executable() {
    let program = crate::INIT_PROGRAM;
    assert_eq!(program[..6], *b"\x7fELF\x02\x01");
    assert!(program.len() < 64 << 10, "{} bytes", program.len());
    let u16_at = |at: usize| usize::from(u16::from_le_bytes([program[at], program[at + 1]]));
    let kinds: Vec<u8> = (0..u16_at(56)).map(|index| program[64 + index * 56]).collect();
    assert!(
        !kinds.contains(&3) && !kinds.contains(&2),
        "it asks for an interpreter or libraries: {kinds:?}"
    );
    let folder = env!("CARGO_MANIFEST_DIR").as_bytes();
    assert!(
        !program.windows(folder.len()).any(|window| window == folder),
        "it names the folder it was built in"
    );
}
