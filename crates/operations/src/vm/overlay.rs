//! Writes empty qcow2 disks that take what they do not have themselves from an image.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use sandbox::folder::open_file;

use crate::Error;

const CLUSTER_BITS: u32 = 16;
const CLUSTER_BYTES: u64 = 1 << CLUSTER_BITS;
const HEADER_BYTES: u32 = 104;
const BACKING_FORMAT: u32 = 0xe279_2aca;
/// How much of the disk one entry of the first table stands for.
const BYTES_PER_ENTRY: u64 = CLUSTER_BYTES * (CLUSTER_BYTES / 8);
/// Header, table of reference counts, one block of them, first table.
const CLUSTERS: u64 = 4;

/// Makes the new file `disk` on top of `image`, with at least `minimum_bytes`.
pub(super) fn create(disk: &Path, image: &Path, format: &str, minimum_bytes: u64) -> Result<(), Error> {
    let format = if format == "qcow2" { "qcow2" } else { "raw" };
    let image_bytes = stands_alone(image, format).map_err(Error::files("use the image", image))?;
    let bytes = image_bytes.max(minimum_bytes).next_multiple_of(512);
    let written = OpenOptions::new().write(true).create_new(true).open(disk);
    written
        .and_then(|file| write(file, image, format, bytes))
        .map_err(Error::files("write", disk))
}

/// The size of an image that is whole by itself: one in QEMU's format can name further files, which QEMU would open
/// as the machine's disk.
fn stands_alone(image: &Path, format: &str) -> io::Result<u64> {
    let file = open_file(image)?;
    let bytes = file.metadata()?.len();
    if format == "qcow2" {
        let mut head = [0; 80];
        file.read_exact_at(&mut head, 0)?;
        let has_backing_file = head[8..16] != [0; 8];
        let has_data_file = head[4..8] != [0, 0, 0, 2] && head[79] & 4 != 0;
        if has_backing_file || has_data_file {
            return Err(io::Error::other(
                "it names other files; build one that holds everything",
            ));
        }
    }
    Ok(bytes)
}

fn write(mut file: File, image: &Path, format: &str, bytes: u64) -> io::Result<()> {
    let header = header(image.as_os_str().as_bytes(), format, bytes);
    let entries = bytes.div_ceil(BYTES_PER_ENTRY);
    if header.len() as u64 > CLUSTER_BYTES || entries > CLUSTER_BYTES / 8 {
        return Err(io::Error::other("its path or its size is too large"));
    }
    let cluster = |content: &[u8]| {
        let mut cluster = content.to_vec();
        cluster.resize(CLUSTER_BYTES as usize, 0);
        cluster
    };
    let counts: Vec<u8> = (0..CLUSTERS).flat_map(|_| 1_u16.to_be_bytes()).collect();
    file.write_all(&cluster(&header))?;
    file.write_all(&cluster(&(2 * CLUSTER_BYTES).to_be_bytes()))?;
    file.write_all(&cluster(&counts))?;
    file.write_all(&cluster(&[]))
}

/// The header of version 3 with the format of the image and its name.
fn header(image: &[u8], format: &str, bytes: u64) -> Vec<u8> {
    let extension_bytes = format.len().next_multiple_of(8);
    let name_offset = u64::from(HEADER_BYTES) + 8 + extension_bytes as u64 + 8;
    let mut header = b"QFI\xfb".to_vec();
    let mut word = |value: u32| header.extend(value.to_be_bytes());
    word(3);
    let [high, low] = [(name_offset >> 32) as u32, name_offset as u32];
    word(high);
    word(low);
    word(image.len() as u32);
    word(CLUSTER_BITS);
    word((bytes >> 32) as u32);
    word(bytes as u32);
    word(0); // not encrypted
    word(bytes.div_ceil(BYTES_PER_ENTRY) as u32);
    word(0);
    word(3 * CLUSTER_BYTES as u32); // where the first table lies
    word(0);
    word(CLUSTER_BYTES as u32); // where the table of reference counts lies
    word(1); // its clusters
    for _ in 0..3 {
        word(0); // no snapshots
    }
    for _ in 0..6 {
        word(0); // no features
    }
    word(4); // reference counts of 16 bits
    word(HEADER_BYTES);
    word(BACKING_FORMAT);
    word(format.len() as u32);
    header.extend(format.as_bytes());
    header.resize(HEADER_BYTES as usize + 8 + extension_bytes, 0);
    header.extend([0; 8]); // no further extension
    header.extend(image);
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_names_its_image_and_has_the_size_asked_for() {
        let folder = tempfile::tempdir().expect("there is room");
        let (image, disk) = (folder.path().join("image.raw"), folder.path().join("disk.qcow2"));
        std::fs::write(&image, [7; 1024]).expect("files can be written");
        create(&disk, &image, "raw", 3 << 30).expect("the disk can be written");
        let bytes = std::fs::read(&disk).expect("it was written");
        assert_eq!(bytes.len() as u64, CLUSTERS * CLUSTER_BYTES);
        let number = |at: usize| u64::from_be_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
        assert_eq!(number(24), 3 << 30);
        let offset = number(8) as usize;
        assert_eq!(
            &bytes[offset..offset + image.as_os_str().len()],
            image.as_os_str().as_bytes()
        );
        assert!(create(&disk, &image, "raw", 0).is_err(), "an existing disk stays");
    }

    #[test]
    fn an_image_that_names_other_files_is_no_disk() {
        let folder = tempfile::tempdir().expect("there is room");
        let image = folder.path().join("image");
        let alone = header(b"", "raw", 1 << 20);
        let changed = |at: usize, byte: u8| {
            let mut head = alone.clone();
            head[8..16].fill(0);
            head[at] = byte;
            head
        };
        let table = [
            (changed(8, 0), true),
            (changed(15, 200), false),
            (changed(79, 4), false),
        ];
        for (number, (head, is_alone)) in table.into_iter().enumerate() {
            std::fs::write(&image, head).expect("files can be written");
            let disk = folder.path().join(number.to_string());
            assert_eq!(
                create(&disk, &image, "qcow2", 1 << 20).is_ok(),
                is_alone,
                "{number}"
            );
        }
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&image, &link).expect("there is room");
        assert!(create(&folder.path().join("disk"), &link, "raw", 0).is_err());
    }
}
