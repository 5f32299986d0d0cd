//! Boot files against the formats they claim to be.

use super::cpio::{CpioError, CpioWriter};
use super::initrd::{DEFAULT_MODULES, InitrdOptions, build_initrd};
use super::modules::{ModuleError, select_modules};
use super::uki::{UkiError, UkiParts, build_uki};
use crate::boot::testing::{elf_module, stub};
use std::collections::BTreeMap;

/// Name, mode, inode, time and content of each entry.
fn read_cpio(bytes: &[u8]) -> Vec<(String, u32, u32, u32, Vec<u8>)> {
    let mut entries = Vec::new();
    let mut at = 0;
    loop {
        let field = |index: usize| {
            let digits = &bytes[at + 6 + index * 8..at + 14 + index * 8];
            u32::from_str_radix(std::str::from_utf8(digits).expect("ASCII"), 16).expect("hexadecimal")
        };
        assert_eq!(&bytes[at..at + 6], b"070701");
        let name_end = at + 110 + field(11) as usize;
        let name = String::from_utf8(bytes[at + 110..name_end - 1].to_vec()).expect("ASCII");
        let start = name_end.next_multiple_of(4);
        let content = bytes[start..start + field(6) as usize].to_vec();
        let next = (start + content.len()).next_multiple_of(4);
        if name == "TRAILER!!!" {
            return entries;
        }
        entries.push((name, field(1), field(0), field(5), content));
        at = next;
    }
}

#[test]
fn initrd_holds_the_program_and_modules_in_load_order() {
    let order = ["zeta", "alpha"].map(|name| super::KernelModule {
        name: name.into(),
        content: name.as_bytes().repeat(3),
    });
    let options = InitrdOptions {
        program: b"ELF",
        epoch: 1_757_664_000,
    };
    let initrd = build_initrd(options, &order).expect("the modules are sound");
    assert_eq!(
        initrd,
        build_initrd(options, &order).expect("the modules are sound")
    );
    let entries = read_cpio(&zstd::decode_all(initrd.as_slice()).expect("it is compressed with zstd"));
    let names: Vec<&str> = entries.iter().map(|entry| entry.0.as_str()).collect();
    let expect = [
        "dev",
        "dev/console",
        "dev/null",
        "init",
        "modules",
        "modules/000-zeta.ko",
        "modules/001-alpha.ko",
        "modules/list",
        "proc",
        "run",
        "sys",
        "sysroot",
    ];
    assert_eq!(names, expect);
    let by_name: BTreeMap<&str, _> = entries.iter().map(|entry| (entry.0.as_str(), entry)).collect();
    assert_eq!(
        (by_name["init"].1, by_name["init"].4.as_slice()),
        (0o100_755, b"ELF".as_slice())
    );
    assert_eq!(by_name["modules/list"].4, b"000-zeta.ko\n001-alpha.ko\n");
    assert_eq!(by_name["dev/console"].1, 0o020_600);
    assert!(
        entries
            .iter()
            .zip(1..)
            .all(|(entry, inode)| entry.2 == inode && entry.3 == options.epoch)
    );
}

#[test]
fn cpio_refuses_entries_out_of_order() {
    let mut archive = CpioWriter::new(0);
    archive.directory("b", 0o755).expect("the first entry");
    for name in ["a", "b"] {
        let error = archive.file(name, 0o644, b"").expect_err("it comes too late");
        assert_eq!(
            error,
            CpioError::OutOfOrder {
                name: name.into(),
                before: "b".into()
            }
        );
    }
}

#[test]
fn modules_come_after_what_they_depend_on() {
    let modules: BTreeMap<String, Vec<u8>> = [
        ("kernel/md/dm-mod.ko", elf_module("")),
        ("kernel/md/dm-bufio.ko", elf_module("dm-mod")),
        (
            "kernel/md/dm-verity.ko",
            elf_module("dm-bufio,reed_solomon,dm-mod"),
        ),
        ("kernel/lib/reed_solomon.ko", elf_module("")),
        ("kernel/a.ko", elf_module("b")),
        ("kernel/b.ko", elf_module("a")),
        ("kernel/needy.ko", elf_module("gone")),
        ("kernel/uses-built-in.ko", elf_module("nvme-core")),
        ("kernel/not-elf.ko", b"#!/bin/sh".to_vec()),
        ("kernel/short.ko", elf_module("")[..70].to_vec()),
        ("kernel/packed.ko.xz", b"not xz".to_vec()),
        ("kernel/notes.txt", Vec::new()),
    ]
    .map(|(path, content)| (path.to_owned(), content))
    .into();
    let select = |wanted: &str| {
        let wanted: Vec<String> = wanted.split_whitespace().map(Into::into).collect();
        let mut read = |path: &str| modules.get(path).cloned().ok_or_else(|| "gone".to_owned());
        let builtin = "kernel/drivers/nvme/host/nvme-core.ko\n";
        let paths = modules.keys().map(String::as_str);
        select_modules(paths, builtin, &wanted, &mut read)
    };
    let check = |wanted: &str, expect: &str| {
        let names: Vec<String> = select(wanted)
            .expect(wanted)
            .into_iter()
            .map(|module| module.name)
            .collect();
        assert_eq!(names.join(" "), expect, "{wanted}");
    };
    check("", "");
    check("dm-verity", "dm_mod dm_bufio reed_solomon dm_verity");
    check(
        "dm_verity dm_mod dm-verity",
        "dm_mod dm_bufio reed_solomon dm_verity",
    );
    check("reed_solomon dm_mod", "reed_solomon dm_mod");
    check("nvme_core uses_built_in", "uses_built_in");
    check("virtio_blk? dm_mod?", "dm_mod");

    let refused = |wanted: &str, says: &str| {
        let error: ModuleError = select(wanted).expect_err(wanted);
        assert_eq!(error.to_string(), says);
    };
    refused("virtio_blk", "the kernel has no module virtio_blk");
    refused("needy", "the kernel has no module gone, which needy depends on");
    refused("a", "kernel module a depends on itself");
    refused(
        "not_elf",
        "kernel module kernel/not-elf.ko is damaged: it is not a 64-bit little-endian ELF file",
    );
    refused(
        "short",
        "kernel module kernel/short.ko is damaged: it has no .modinfo section",
    );
    assert!(matches!(select("packed"), Err(ModuleError::Read { path, .. }) if path == "kernel/packed.ko.xz"));
}

#[test]
fn what_an_initrd_needs_follows_from_what_the_kernel_has_built_in() {
    let select = |modules: &[&str], builtin: &str| {
        let wanted: Vec<String> = DEFAULT_MODULES.iter().map(|name| (*name).to_owned()).collect();
        let mut read = |path: &str| match path.ends_with("ext4.ko") {
            true => Ok(elf_module("jbd2")),
            false => Ok(elf_module("")),
        };
        let chosen = select_modules(modules.iter().copied(), builtin, &wanted, &mut read)?;
        let names: Vec<String> = chosen.into_iter().map(|module| module.name).collect();
        Ok::<_, ModuleError>(names.join(" "))
    };
    let roots = ["k/dm-mod.ko", "k/dm-verity.ko", "k/erofs.ko"];
    let full = [&roots[..], &["k/ext4.ko", "k/jbd2.ko"]].concat();
    let said = |modules: &[&str], builtin: &str| select(modules, builtin).map_err(|error| error.to_string());
    assert_eq!(said(&full, ""), Ok("dm_mod dm_verity erofs jbd2 ext4".into()));
    assert_eq!(
        said(&full, "k/jbd2.ko\n"),
        Ok("dm_mod dm_verity erofs ext4".into())
    );
    assert_eq!(
        said(&roots, "k/ext4.ko\nk/jbd2.ko\n"),
        Ok("dm_mod dm_verity erofs".into())
    );
    assert_eq!(said(&roots, ""), Err("the kernel has no module ext4".into()));
}

fn parts(stub: &[u8]) -> UkiParts<'_> {
    UkiParts {
        stub,
        os_release: "ID=test\n",
        command_line: "ro quiet",
        kernel_release: "6.12",
        kernel: &[7; 5000],
        initrd: &[9; 100],
    }
}

#[test]
fn unified_image_has_the_sections_where_its_headers_say() {
    let stub = stub();
    let image = build_uki(&parts(&stub)).expect("the stub is sound");
    assert_eq!(image, build_uki(&parts(&stub)).expect("the stub is sound"));
    let u32_at = |at: usize| u32::from_le_bytes(std::array::from_fn(|index| image[at + index]));
    let pe = u32_at(0x3c) as usize;
    assert_eq!(u16::from_le_bytes([image[pe + 6], image[pe + 7]]), 6);
    let table = pe + 24 + usize::from(u16::from_le_bytes([image[pe + 20], image[pe + 21]]));
    let expect: [(&[u8], &[u8]); 5] = [
        (b".osrel\0\0", b"ID=test\n"),
        (b".cmdline", b"ro quiet"),
        (b".uname\0\0", b"6.12"),
        (b".linux\0\0", &[7; 5000]),
        (b".initrd\0", &[9; 100]),
    ];
    let mut address = u32_at(table + 12) + 0x1000;
    for (index, (name, content)) in expect.into_iter().enumerate() {
        let header = table + (index + 1) * 40;
        let [virtual_size, virtual_address, raw_size, raw_offset] =
            [8, 12, 16, 20].map(|field| u32_at(header + field));
        assert_eq!(&image[header..header + 8], name);
        assert_eq!(virtual_size as usize, content.len());
        assert_eq!(virtual_address, address);
        assert_eq!((raw_size % 512, raw_offset % 512), (0, 0));
        assert_eq!(
            &image[raw_offset as usize..raw_offset as usize + content.len()],
            content
        );
        address += virtual_size.next_multiple_of(0x1000);
    }
    assert_eq!(u32_at(pe + 24 + 56), address, "SizeOfImage");
    assert_eq!(u32_at(pe + 24 + 64), 0, "CheckSum");
    assert_eq!(image.len() % 512, 0);
}

#[test]
fn refuses_stubs_that_cannot_take_sections() {
    let check = |change: &dyn Fn(&mut Vec<u8>), expect: UkiError| {
        let mut stub = stub();
        change(&mut stub);
        assert_eq!(
            build_uki(&parts(&stub)).expect_err("the stub is not sound"),
            expect
        );
    };
    check(&|stub| stub.clear(), UkiError::NotPe("it is cut off"));
    check(&|stub| stub.truncate(0x90), UkiError::NotPe("it is cut off"));
    check(
        &|stub| stub[0] = b'X',
        UkiError::NotPe("its magic numbers are not there"),
    );
    check(
        &|stub| stub[0x3c..0x40].fill(0xff),
        UkiError::NotPe("it is cut off"),
    );
    check(
        &|stub| stub[0x80 + 24] = 0,
        UkiError::NotPe("its optional header is not PE32+"),
    );
    check(
        &|stub| stub[0x80 + 24 + 36] = 3,
        UkiError::NotPe("its alignments cannot be"),
    );
    check(&|stub| stub[0x80 + 24 + 144] = 1, UkiError::Signed);
    check(
        &|stub| stub[0x80 + 6] = 20,
        UkiError::NotPe("its headers lie outside"),
    );
    check(&|stub| stub[0x80 + 24 + 61] = 2, UkiError::NoRoom(5));
}

#[test]
fn no_cut_off_stub_panics() {
    let stub = stub();
    for length in 0..stub.len() {
        let _ = build_uki(&parts(&stub[..length]));
    }
}
