//! The disks of a machine: what is on one that was kept, and new ones.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

use nix_formats::StorePath;

use super::VmError;
use super::overlay;
use super::qemu::Drive;
use crate::{Error, Session, instantiate};

const SECTOR_BYTES: u64 = 512;
const QCOW2: &[u8; 4] = b"QFI\xfb";
/// The types of root partitions and of their hash partitions, as the Discoverable Partitions Specification has them.
const ROOT_TYPES: [&str; 2] = [
    "4f68bce3-e8cd-4db1-96e7-fbcaf984b709",
    "b921b045-1df0-41c3-af44-4c6f280d3fae",
];
const VERITY_TYPES: [&str; 2] = [
    "2c7357ed-ebd2-46d9-aec1-23d437ec2bf5",
    "df3300ce-d69f-4c92-978c-9bfb0f38d820",
];
/// More entries than any table has that is read here.
const MOST_ENTRIES: u32 = 1024;

/// The image that a disk is to begin with.
pub(super) struct Image<'i> {
    /// Its file.
    pub(super) file: &'i Path,
    /// `raw` or `qcow2`.
    pub(super) format: &'i str,
    /// The store path that it lies in.
    pub(super) path: &'i StorePath,
    /// How large the disk is to be at least.
    pub(super) minimum_bytes: u64,
}

/// A disk that is kept in `file`: made on top of the image if it is not there. One that holds another image is refused
/// unless `old_image` allows it.
pub(super) fn kept(
    session: &Session,
    file: &Path,
    image: &Image<'_>,
    old_image: bool,
) -> Result<Drive, Error> {
    if !file.exists() {
        // The disk needs the image for as long as it is there.
        let mut link = file.as_os_str().to_owned();
        link.push(".image");
        instantiate::keep(session, link.as_ref(), image.path)?;
        overlay::create(file, image.file, image.format, image.minimum_bytes)?;
        return Ok(Drive::new(file.to_owned(), "qcow2"));
    }
    let drive = existing(file)?;
    let below = backing(file).map_err(Error::files("read", file))?;
    if let Some(below) = below.as_ref().filter(|below| !below.exists()) {
        return Err(VmError::ImageGone {
            disk: file.to_owned(),
            image: below.clone(),
        }
        .into());
    }
    let on_disk = below.unwrap_or_else(|| file.to_owned());
    if on_disk == image.file {
        return Ok(drive);
    }
    let hash = |file: &Path| root_hash(file).map_err(Error::files("read", file));
    let (found, wanted) = (hash(&on_disk)?, hash(image.file)?);
    if wanted.is_some() && found == wanted {
        return Ok(drive);
    }
    let other = VmError::OtherImage {
        disk: file.to_owned(),
        found: found.unwrap_or_else(|| "unknown".to_owned()),
        wanted: wanted.unwrap_or_else(|| "unknown".to_owned()),
    };
    if !old_image {
        return Err(other.into());
    }
    session.warn(&other.to_string());
    Ok(drive)
}

/// A new disk on top of the image.
pub(super) fn throw_away(folder: &Path, image: &Image<'_>) -> Result<Drive, Error> {
    let file = folder.join("disk.qcow2");
    overlay::create(&file, image.file, image.format, image.minimum_bytes)?;
    Ok(Drive::new(file, "qcow2"))
}

/// A disk that is there, in whichever format.
pub(super) fn existing(file: &Path) -> Result<Drive, Error> {
    let mut magic = Vec::new();
    let opened = File::open(file).and_then(|file| file.take(4).read_to_end(&mut magic));
    opened.map_err(Error::files("read", file))?;
    let format = if magic == QCOW2 { "qcow2" } else { "raw" };
    Ok(Drive::new(file.to_owned(), format))
}

/// An empty disk in `file`, unless one is there.
pub(super) fn empty(file: PathBuf, bytes: u64, serial: Option<String>) -> Result<Drive, Error> {
    if !file.exists() {
        let made = File::create_new(&file).and_then(|file| file.set_len(bytes));
        made.map_err(Error::files("write", &file))?;
    }
    Ok(Drive {
        serial,
        ..Drive::new(file, "raw")
    })
}

/// The image below a qcow2 disk.
fn backing(disk: &Path) -> io::Result<Option<PathBuf>> {
    let mut file = File::open(disk)?;
    let mut header = [0; 20];
    if file.read_exact(&mut header).is_err() || &header[..4] != QCOW2 {
        return Ok(None);
    }
    let number = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0_u64, |number, byte| (number << 8) | u64::from(*byte))
    };
    let (offset, length) = (number(&header[8..16]), number(&header[16..20]));
    if offset == 0 || length > 4096 {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(offset))?;
    let mut name = vec![0; length as usize];
    file.read_exact(&mut name)?;
    let name = PathBuf::from(std::ffi::OsString::from_vec(name));
    let folder = disk.parent().unwrap_or(Path::new("/"));
    Ok(Some(folder.join(name)))
}

/// The root hash of the image on a raw disk: the unique ids of its root partition and of that one's hash partition.
/// Nothing if they are not there.
fn root_hash(disk: &Path) -> io::Result<Option<String>> {
    let mut file = File::open(disk)?;
    let mut header = [0; 92];
    file.seek(SeekFrom::Start(SECTOR_BYTES))?;
    if file.read_exact(&mut header).is_err() || &header[..8] != b"EFI PART" {
        return Ok(None);
    }
    let word = |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    let first = u64::from(word(72)) | (u64::from(word(76)) << 32);
    let (count, size) = (word(80).min(MOST_ENTRIES), word(84));
    if !(128..=4096).contains(&size) {
        return Ok(None);
    }
    let Some(start) = first.checked_mul(SECTOR_BYTES) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(start))?;
    let (mut data, mut hashes) = (None, None);
    let mut entry = vec![0; size as usize];
    for _ in 0..count {
        if file.read_exact(&mut entry).is_err() {
            break;
        }
        let (kind, id) = (guid(&entry[..16]), guid(&entry[16..32]));
        if ROOT_TYPES.contains(&kind.as_str()) {
            data = data.or(Some(id));
        } else if VERITY_TYPES.contains(&kind.as_str()) {
            hashes = hashes.or(Some(id));
        }
    }
    let both = data.zip(hashes);
    Ok(both.map(|(data, hashes)| format!("{data}{hashes}").replace('-', "")))
}

/// An id as text: its first three parts are stored with the last byte first.
fn guid(bytes: &[u8]) -> String {
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut text = String::new();
    for (number, place) in order.into_iter().enumerate() {
        if [4, 6, 8, 10].contains(&number) {
            text.push('-');
        }
        text.push_str(&format!("{:02x}", bytes.get(place).copied().unwrap_or(0)));
    }
    text
}

/// Copies the firmware's variables to `file` unless they are there.
pub(super) fn variables(file: &Path, original: &Path) -> Result<(), Error> {
    if file.exists() {
        return Ok(());
    }
    let content = fs::read(original).map_err(Error::files("read", original))?;
    fs::write(file, content).map_err(Error::files("write", file))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";

    /// A disk with a table of three partitions, of which two are a root and its hashes.
    fn disk(hash: &str) -> Vec<u8> {
        let bytes = |text: &str| -> Vec<u8> {
            let digits = text.replace('-', "");
            let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).expect("digits");
            (0..16).map(|number| byte(number * 2)).collect()
        };
        let stored = |text: &str| {
            let plain = bytes(text);
            let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
            order.map(|place| plain[place])
        };
        let mut disk = vec![0; 3 * 512];
        disk[512..520].copy_from_slice(b"EFI PART");
        disk[512 + 72] = 2;
        disk[512 + 80] = 3;
        disk[512 + 84] = 128;
        let parts = [
            ("c12a7328-f81f-11d2-ba4b-00a0c93ec93b", &hash[..32]),
            (ROOT_TYPES[0], &hash[..32]),
            (VERITY_TYPES[0], &hash[32..]),
        ];
        for (number, (kind, id)) in parts.into_iter().enumerate() {
            let at = 1024 + number * 128;
            disk[at..at + 16].copy_from_slice(&stored(kind));
            disk[at + 16..at + 32].copy_from_slice(&stored(id));
        }
        disk
    }

    #[test]
    fn the_root_hash_is_in_the_ids_of_partitions() {
        let folder = tempfile::tempdir().expect("there is room");
        let file = folder.path().join("disk");
        let cut = &disk(HASH)[..1300];
        let no_size = {
            let mut disk = disk(HASH);
            disk[512 + 84] = 0;
            disk
        };
        let table: [(&[u8], Option<&str>); 5] = [
            (&disk(HASH), Some(HASH)),
            (cut, None),
            (&no_size, None),
            (&[], None),
            (&[0; 4096], None),
        ];
        for (content, expected) in table {
            fs::write(&file, content).expect("files can be written");
            assert_eq!(root_hash(&file).expect("it can be read").as_deref(), expected);
        }
    }

    #[test]
    fn the_image_below_a_disk_is_known() {
        let folder = tempfile::tempdir().expect("there is room");
        let (image, kept) = (folder.path().join("image.raw"), folder.path().join("disk.qcow2"));
        fs::write(&image, disk(HASH)).expect("files can be written");
        overlay::create(&kept, &image, "raw", 0).expect("the disk can be written");
        assert_eq!(backing(&kept).expect("it can be read"), Some(image.clone()));
        assert_eq!(backing(&image).expect("it can be read"), None);
        assert_eq!(existing(&kept).map(|drive| drive.format).ok(), Some("qcow2"));
        assert_eq!(existing(&image).map(|drive| drive.format).ok(), Some("raw"));
    }
}
