//! One whole image in each format, from packages and a linked root made up here.

use crate::boot::testing::stub;
use crate::disk::{DiskError, DiskSpec, Format, write_image};
use crate::link::StoreView;
use crate::object::{CompileOptions, Compiler, Control, EntryKind, PackageEntry};
use nix_formats::Hash;
use nix_formats::nar::Writer;
use serde_json::json;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const ROOT_HASH: &str = "602030fd1d3c11ae12f8f76d05c8ea36b6d865c05099c2a9b39c78703c6bf560";

struct World {
    folder: TempDir,
    store: StoreView,
}

fn object(directory: &Path, files: &[(&str, &[u8])]) {
    let mut compiler = Compiler::create(directory, CompileOptions::default()).expect("the folder is new");
    for (path, content) in files {
        let entry = PackageEntry {
            path: (*path).into(),
            mode: 0o644,
            uid: 0,
            gid: 0,
            size: content.len() as u64,
            xattrs: Vec::new(),
            kind: EntryKind::File,
        };
        compiler
            .add(&entry, &mut &content[..])
            .expect("the entry is sound");
    }
    compiler.finish(&Control::default()).expect("the object is sound");
}

fn world() -> World {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let store = folder.path().join("nix/store");
    object(
        &store.join("kernel"),
        &[("./boot/vmlinuz-6.12.1-test", &[0xcc; 30_000])],
    );
    let loader = [0xdd; 9000];
    let files: [(&str, &[u8]); 2] = [
        ("./usr/lib/systemd/boot/efi/linuxx64.efi.stub", &stub()),
        ("./usr/lib/systemd/boot/efi/systemd-bootx64.efi", &loader),
    ];
    object(&store.join("boot"), &files);
    let root = store.join("root");
    fs::create_dir_all(&root).expect("there is room");
    fs::write(root.join("metadata.erofs"), vec![0xee; 5 * 4096]).expect("there is room");
    fs::write(root.join("verity"), vec![0xab; 2 * 4096]).expect("there is room");
    let layout = json!({
        "version": 1, "rootHash": ROOT_HASH, "blocks": 5, "verityBlocks": 2, "uuid": "",
        "segments": [{"source": "metadata", "start": 2, "blocks": 3}, {"source": "metadata", "start": 0, "blocks": 2}],
    });
    fs::write(root.join("layout.json"), layout.to_string()).expect("there is room");
    fs::write(store.join("initrd"), b"initrd").expect("there is room");
    let view = StoreView::new(folder.path(), folder.path().join("cache"));
    World { folder, store: view }
}

fn spec(changes: serde_json::Value) -> DiskSpec {
    let mut spec = json!({
        "version": 1, "fileName": "disk.img", "format": "raw", "label": "test", "root": "/nix/store/root",
        "kernel": "/nix/store/kernel", "initrd": "/nix/store/initrd", "bootFiles": "/nix/store/boot",
        "commandLine": ["ro", "quiet"], "osRelease": {"ID": "hardpan", "IMAGE_ID": "test", "IMAGE_VERSION": "1"},
        "bootCounting": 3, "epoch": 1_757_664_000, "imageInfo": {"label": "given"},
    });
    for (key, value) in changes.as_object().into_iter().flatten() {
        spec[key] = value.clone();
    }
    serde_json::from_value(spec).expect("the spec is sound")
}

/// The archive of an image's directory, from the files.
fn archived(directory: &Path) -> Vec<u8> {
    let read = |name: &str| fs::read(directory.join(name)).expect("it was written");
    let mut writer = Writer::new(Vec::new()).expect("memory can be written");
    let mut write = || {
        writer.open_directory()?;
        writer.entry(b"disk.img")?;
        writer.regular_bytes(false, &read("disk.img"))?;
        writer.entry(b"nix-support")?;
        writer.open_directory()?;
        for name in ["hydra-build-products", "image-info.json"] {
            writer.entry(name.as_bytes())?;
            writer.regular_bytes(false, &read(&format!("nix-support/{name}")))?;
        }
        writer.close_directory()?;
        writer.close_directory()
    };
    write().expect("memory can be written");
    writer.finish().expect("all directories are closed")
}

#[test]
fn writes_the_same_image_twice_in_each_format() {
    let World { folder, store } = world();
    for format in ["raw", "qcow2", "vpc", "gce"] {
        let spec = spec(json!({"format": format}));
        let images = ["a", "b"].map(|name| {
            let directory = folder.path().join(name);
            let written =
                write_image(&spec, &store, &directory, "/nix/store/out").expect("the image is sound");
            assert_eq!(written.root_hash, ROOT_HASH);
            let support = directory.join("nix-support");
            let info = fs::read_to_string(support.join("image-info.json")).expect("it was written");
            let info: serde_json::Value = serde_json::from_str(&info).expect("it is JSON");
            assert_eq!(
                (&info["file"], &info["label"]),
                (&json!("/nix/store/out/disk.img"), &json!("given"))
            );
            assert_eq!(
                (&info["system"], &info["boot_mode"], &info["format"]),
                (&json!("x86_64-linux"), &json!("uefi"), &json!(format))
            );
            let products = fs::read_to_string(support.join("hydra-build-products")).expect("it was written");
            assert_eq!(products, format!("file {format} /nix/store/out/disk.img\n"));
            let expected = matches!(format, "raw" | "vpc").then(|| archived(&directory));
            assert_eq!(
                written.nar,
                expected.map(|nar| (Hash::sha256(&nar), nar.len() as u64))
            );
            fs::read(written.file).expect("it was written")
        });
        assert!(images[0] == images[1], "{format}");
    }
}

/// A root whose blocks are those of the kernel's object.
fn root_of_the_kernel(folder: &Path) {
    let store = folder.join("nix/store");
    let blocks = fs::metadata(store.join("kernel/data"))
        .expect("it was written")
        .len()
        / 4096;
    let layout = json!({
        "version": 1, "rootHash": ROOT_HASH, "blocks": blocks, "verityBlocks": 2, "uuid": "",
        "segments": [{"source": "/nix/store/kernel", "start": 0, "blocks": blocks}],
    });
    fs::write(store.join("root/layout.json"), layout.to_string()).expect("there is room");
}

#[test]
fn a_bit_that_the_disk_changed_does_not_come_into_an_image() {
    for format in ["raw", "qcow2", "vpc", "gce"] {
        let World { folder, store } = world();
        let object_folder = folder.path().join("nix/store/kernel");
        object(
            &object_folder,
            &[("./usr/lib/x", &[7; 9000]), ("./boot/vmlinuz-6", &[0xcc; 30_000])],
        );
        root_of_the_kernel(folder.path());
        let write = |name: &str| {
            let directory = folder.path().join(name);
            write_image(
                &spec(json!({"format": format})),
                &store,
                &directory,
                "/nix/store/out",
            )
        };
        write("sound").expect("nothing is damaged");
        let data = object_folder.join("data");
        let mut bytes = fs::read(&data).expect("it was written");
        bytes[100] ^= 4;
        fs::write(&data, bytes).expect("there is room");
        let error = write("damaged").expect_err("a bit is wrong").to_string();
        for word in ["block 0 of ", "kernel/data", "hardpan store verify"] {
            assert!(error.contains(word), "{format}: {error}");
        }
    }
}

#[test]
fn a_layout_with_numbers_out_of_reach_is_refused() {
    let most = u64::MAX;
    for (start, blocks) in [(most, 1), (1, most), (0, most / 4096 + 1), (most / 2, most / 2)] {
        let World { folder, store } = world();
        let layout = json!({
            "version": 1, "rootHash": ROOT_HASH, "blocks": blocks, "verityBlocks": most, "uuid": "",
            "segments": [{"source": "metadata", "start": start, "blocks": blocks}],
        });
        fs::write(
            folder.path().join("nix/store/root/layout.json"),
            layout.to_string(),
        )
        .expect("there is room");
        let written = write_image(
            &spec(json!({})),
            &store,
            &folder.path().join("out"),
            "/nix/store/out",
        );
        let error = written.expect_err("it does not add up").to_string();
        assert!(error.contains("is not a layout this version can read"), "{error}");
    }
}

#[test]
fn links_in_the_place_of_a_roots_files_are_not_followed() {
    for (file, inside) in [
        ("root/layout.json", ""),
        ("root/metadata.erofs", ""),
        ("root/verity", ""),
        ("kernel/meta", ""),
        ("kernel/data", ""),
        ("kernel/crc32c", ""),
        ("initrd-folder/initrd", "/nix/store/initrd-folder"),
    ] {
        let World { folder, store } = world();
        let top = folder.path().join("nix/store");
        fs::create_dir(top.join("initrd-folder")).expect("there is room");
        fs::write(top.join("initrd-folder/initrd"), "initrd").expect("there is room");
        if file == "kernel/crc32c" {
            root_of_the_kernel(folder.path());
        }
        let secret = folder.path().join("secret");
        fs::rename(top.join(file), &secret).expect("it is there");
        std::os::unix::fs::symlink(&secret, top.join(file)).expect("there is room");
        let changes = if inside.is_empty() {
            json!({})
        } else {
            json!({"initrd": inside})
        };
        let written = write_image(
            &spec(changes),
            &store,
            &folder.path().join("out"),
            "/nix/store/out",
        );
        assert!(written.is_err(), "{file}");
    }
}

#[test]
fn the_disk_has_room_for_state_and_the_size_asked_for() {
    let World { folder, store } = world();
    let write = |changes| {
        write_image(
            &spec(changes),
            &store,
            &folder.path().join("sizes"),
            "/nix/store/out",
        )
    };
    let size = |changes| {
        write(changes)
            .map(|written| written.disk_bytes)
            .map_err(|error| error.to_string())
    };
    let least = size(json!({})).expect("the image is sound");
    let (mib, state) = (1 << 20, 256 << 20);
    for format in ["raw", "qcow2", "vpc"] {
        let sized = |disk: Option<u64>| {
            size(json!({"format": format, "stateMinimumBytes": state, "diskSizeMiB": disk}))
        };
        assert_eq!(sized(None), Ok(least + state), "{format}");
        assert_eq!(sized(Some(1000)), Ok(1000 * mib), "{format}");
        let refusal = format!(
            "a disk of 256 MiB is too small: it takes {} MiB (esp {}, root 1, root-verity 1, state 256)",
            (least + state) / mib,
            least / mib - 4,
        );
        assert_eq!(sized(Some(256)), Err(refusal), "{format}");
        assert!(
            sized(Some(u64::MAX)).is_err_and(|said| said.contains("larger than 2040 GiB")),
            "{format}"
        );
    }
    let gce =
        |disk: Option<u64>| size(json!({"format": "gce", "stateMinimumBytes": state, "diskSizeMiB": disk}));
    assert_eq!(gce(None), Ok(1 << 30));
    assert_eq!(gce(Some(3000)), Ok(3 << 30), "whole GiB");
}

#[test]
fn root_and_tree_lie_where_the_root_hash_says() {
    let World { folder, store } = world();
    let written =
        write_image(&spec(json!({})), &store, folder.path(), "/nix/store/out").expect("the image is sound");
    let image = fs::read(&written.file).expect("it was written");
    let entry = |index: usize| &image[1024 + index * 128..1024 + (index + 1) * 128];
    let first_byte = |index: usize| {
        let lba = u64::from_le_bytes(std::array::from_fn(|byte| entry(index)[32 + byte]));
        lba as usize * 512
    };
    assert_eq!(
        entry(1)[16..32],
        [
            0xfd, 0x30, 0x20, 0x60, 0x3c, 0x1d, 0xae, 0x11, 0x12, 0xf8, 0xf7, 0x6d, 5, 0xc8, 0xea, 0x36
        ]
    );
    assert_eq!(entry(2)[16..20], [0xc0, 0x65, 0xd8, 0xb6]);
    assert!(
        image[first_byte(1)..][..5 * 4096]
            .iter()
            .all(|byte| *byte == 0xee)
    );
    assert!(
        image[first_byte(2)..][..2 * 4096]
            .iter()
            .all(|byte| *byte == 0xab)
    );
    let line = format!("hardpan.roothash={ROOT_HASH} ro quiet hardpan.end");
    assert!(image.windows(line.len()).any(|window| window == line.as_bytes()));
    let name: Vec<u8> = "test_1+3"
        .encode_utf16()
        .take(5)
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(
        image[..first_byte(1)]
            .windows(name.len())
            .any(|window| window == name)
    );
}

#[test]
fn esp_has_room_for_the_slots() {
    let size = |slots, minimum| super::super::esp::size(12 << 20, 128 << 10, slots, minimum);
    assert_eq!(size(6, 0), (7 * 12 + 5) << 20);
    assert_eq!(size(0, 0), crate::disk::fat::MINIMUM_SIZE);
    assert_eq!(size(6, 512), 512 << 20);
}

#[test]
fn says_what_is_wrong_with_a_spec() {
    let World { folder, store } = world();
    let check = |changes: serde_json::Value, says: &str| {
        let directory = folder.path().join("refused");
        let error: DiskError =
            write_image(&spec(changes), &store, &directory, "/nix/store/out").expect_err(says);
        assert_eq!(error.to_string(), says);
        assert!(!directory.exists(), "{says}: something was written");
    };
    check(
        json!({"version": 2}),
        "disk spec has version 2, this program knows 1",
    );
    check(json!({"fileName": "../x"}), "disk spec: \"../x\" is no file name");
    check(
        json!({"commandLine": ["a\nb"]}),
        "disk spec: kernel parameter \"a\\nb\" has a line break",
    );
    check(
        json!({"system": "riscv64-linux"}),
        "disk spec: no boot loader is known for system \"riscv64-linux\"",
    );
    check(
        json!({"kernel": "/nix/store/boot"}),
        "/nix/store/boot has no kernel (/boot/vmlinuz-…)",
    );
    check(
        json!({"bootFiles": "/nix/store/kernel"}),
        "/nix/store/kernel has no /usr/lib/systemd/boot/efi/linuxx64.efi.stub",
    );
    check(
        json!({"initrd": "/nix/store/none"}),
        "cannot read /nix/store/none",
    );
    check(
        json!({"initrd": "/nix/store/../../../etc/passwd"}),
        "cannot read /nix/store/../../../etc/passwd",
    );
    assert_eq!(spec(json!({})).format, Format::Raw);
}
