//! Formats of image files, read back.

use super::{bytes_of, sample_disk};
use crate::disk::{DiskMap, Guid, Piece, gce, qcow2, raw, vpc};
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

fn written(write: impl Fn(&File) -> io::Result<()>) -> Vec<u8> {
    let one = |_| {
        let folder = tempfile::tempdir().expect("there is a folder for temporary files");
        let path = folder.path().join("image");
        write(&File::create_new(&path).expect("the folder is empty")).expect("there is room");
        std::fs::read(path).expect("it was written")
    };
    let [first, second] = [0, 1].map(one);
    assert!(first == second, "two runs differ");
    first
}

#[test]
fn raw_is_the_disk() {
    let disk = sample_disk(3 << 20);
    assert!(written(|file| raw::write(&disk, file)) == bytes_of(&disk));
}

#[test]
fn pieces_of_files_are_copied_from_their_offset() {
    let folder = tempfile::tempdir().expect("there is a folder for temporary files");
    let path = folder.path().join("source");
    let source: Vec<u8> = (0..50_000u32).map(|index| (index * 7 % 256) as u8).collect();
    std::fs::write(&path, &source).expect("there is room");
    let file = Arc::new(File::open(&path).expect("it was written"));
    let disk = DiskMap::new(1 << 20, vec![Piece::file(4096, 40_000, file, 5000)]).expect("the piece fits");
    let bytes = written(|file| raw::write(&disk, file));
    assert!(bytes[4096..44_096] == source[5000..45_000]);
    assert!(bytes == bytes_of(&disk));
    let outside = Piece::file(0, 60_000, Arc::new(File::open(&path).expect("it was written")), 0);
    let disk = DiskMap::new(1 << 20, vec![outside]).expect("the piece fits");
    let target = File::create_new(folder.path().join("target")).expect("the folder is empty");
    let error = raw::write(&disk, &target).expect_err("the source is too short");
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
}

/// Reads a dynamic VHD, checking what says its size twice and the sums.
fn read_vhd(image: &[u8]) -> Vec<u8> {
    let u32_in = |bytes: &[u8], at: usize| u32::from_be_bytes(std::array::from_fn(|index| bytes[at + index]));
    let u64_at = |at: usize| u64::from_be_bytes(std::array::from_fn(|index| image[at + index])) as usize;
    let sum_without = |bytes: &[u8], at: usize| {
        let others = bytes[..at].iter().chain(&bytes[at + 4..]);
        !others.map(|byte| u32::from(*byte)).sum::<u32>()
    };
    let footer = &image[..512];
    assert!(
        image[image.len() - 512..] == *footer,
        "the footer stands at both ends"
    );
    assert_eq!((&footer[..8], u32_in(footer, 60)), (b"conectix".as_slice(), 3));
    assert_eq!(u32_in(footer, 64), sum_without(footer, 64));
    let size = u64_at(48);
    assert_eq!(u64_at(40), size);
    let header = &image[u64_at(16)..][..1024];
    assert_eq!(
        (&header[..8], u32_in(header, 32)),
        (b"cxsparse".as_slice(), 2 << 20)
    );
    assert_eq!(u32_in(header, 36), sum_without(header, 36));
    let (table, blocks) = (u64_at(512 + 16), u32_in(header, 28) as usize);
    assert_eq!(blocks, size.div_ceil(2 << 20));
    let mut disk = vec![0; blocks * (2 << 20)];
    for block in 0..blocks {
        let sector = u32_in(image, table + block * 4);
        if sector != u32::MAX {
            let bitmap = sector as usize * 512;
            assert!(image[bitmap..bitmap + 512].iter().all(|byte| *byte == 0xff));
            disk[block * (2 << 20)..][..2 << 20].copy_from_slice(&image[bitmap + 512..][..2 << 20]);
        }
    }
    disk.truncate(size);
    disk
}

#[test]
fn vhd_gives_back_the_disk_and_leaves_out_zeros() {
    for size in [3 << 20, 256 << 20] {
        let disk = sample_disk(size);
        let file = vpc::arrange(&disk, Guid::derived("test", b""), 1_757_664_000).expect("the pieces fit");
        let image = written(|target| raw::write(&file, target));
        assert!(read_vhd(&image) == bytes_of(&disk));
        assert!(image.len() < 7 << 20, "{} bytes", image.len());
    }
}

/// Reads a qcow2 image, checking that every cluster has one reference.
fn read_qcow2(image: &[u8]) -> Vec<u8> {
    let u32_at = |at: usize| u32::from_be_bytes(std::array::from_fn(|index| image[at + index])) as usize;
    let u64_at = |at: usize| u64::from_be_bytes(std::array::from_fn(|index| image[at + index]));
    assert_eq!(
        (&image[..4], u32_at(4), u32_at(20), u32_at(96)),
        (b"QFI\xfb".as_slice(), 3, 16, 4)
    );
    let cluster = 1 << 16;
    let size = u64_at(24) as usize;
    let (level_one_entries, level_one, references) = (u32_at(36), u64_at(40) as usize, u64_at(48) as usize);
    let mut disk = vec![0; size.next_multiple_of(cluster)];
    for index in 0..level_one_entries {
        let table = (u64_at(level_one + index * 8) & !(1 << 63)) as usize;
        for entry in 0..if table == 0 { 0 } else { cluster / 8 } {
            let at = (u64_at(table + entry * 8) & !(1 << 63)) as usize;
            if at != 0 {
                let guest = (index * (cluster / 8) + entry) * cluster;
                disk[guest..guest + cluster].copy_from_slice(&image[at..at + cluster]);
            }
        }
    }
    let counts = u64_at(references) as usize;
    let count = |index: usize| u16::from_be_bytes([image[counts + index * 2], image[counts + index * 2 + 1]]);
    let clusters = image.len() / cluster;
    assert!((0..clusters).all(|index| count(index) == 1) && count(clusters) == 0);
    disk.truncate(size);
    disk
}

#[test]
fn qcow2_gives_back_the_disk_and_leaves_out_zeros() {
    for size in [3 << 20, (1 << 30) + 1024, 1 << 16] {
        let disk = match size {
            65_536 => DiskMap::new(size, Vec::new()).expect("no pieces"),
            _ => sample_disk(size),
        };
        let image = written(|file| qcow2::write(&disk, file));
        assert!(read_qcow2(&image) == bytes_of(&disk));
        assert!(image.len() <= 16 << 16, "{} bytes", image.len());
    }
}

/// Unpacks the sparse file of a tar archive.
fn read_tar(archive: &[u8]) -> Vec<u8> {
    let octal = |field: &[u8]| {
        let digits = std::str::from_utf8(&field[..11]).expect("ASCII");
        usize::from_str_radix(digits, 8).expect("octal")
    };
    let head = &archive[..512];
    let mut unsigned = head.to_vec();
    unsigned[148..156].fill(b' ');
    let sum: usize = unsigned.iter().map(|byte| usize::from(*byte)).sum();
    assert_eq!(
        usize::from_str_radix(std::str::from_utf8(&head[148..154]).expect("ASCII"), 8),
        Ok(sum)
    );
    assert_eq!(
        (&head[..9], head[156], &head[257..265]),
        (b"disk.raw\0".as_slice(), b'S', b"ustar  \0".as_slice())
    );
    let mut map: Vec<&[u8]> = head[386..482].chunks_exact(24).collect();
    let (mut at, mut more) = (512, head[482]);
    while more == 1 {
        map.extend(archive[at..at + 504].chunks_exact(24));
        more = archive[at + 504];
        at += 512;
    }
    let mut disk = vec![0; octal(&head[483..495])];
    for entry in map.into_iter().filter(|entry| entry[0] != 0) {
        let (offset, length) = (octal(entry), octal(&entry[12..]));
        disk[offset..offset + length].copy_from_slice(&archive[at..at + length]);
        at += length;
    }
    assert!(archive[at..].iter().all(|byte| *byte == 0) && archive.len() - at >= 1024);
    disk
}

#[test]
fn gce_archive_gives_back_the_disk() {
    let few = sample_disk(gce::DISK_UNIT);
    let scattered = (0..40)
        .map(|index| Piece::bytes(index * (20 << 20), vec![index as u8 + 1; 5000]))
        .collect();
    let scattered = DiskMap::new(gce::DISK_UNIT, scattered).expect("the pieces fit");
    for disk in [few, scattered] {
        let archive = written(|file| gce::write(&disk, file, 1_757_664_000));
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(archive.as_slice())
            .read_to_end(&mut tar)
            .expect("it is gzip");
        assert_eq!(tar.len() % 10_240, 0);
        assert!(read_tar(&tar) == bytes_of(&disk));
    }
}
