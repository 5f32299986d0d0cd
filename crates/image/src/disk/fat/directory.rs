//! Directory entries.

use super::Node;
use super::names::{ShortName, as_short, checksum, long_entries, short_alias};
use std::collections::{BTreeMap, BTreeSet};

/// Size of an entry.
pub const ENTRY_SIZE: usize = 32;

const DIRECTORY: u8 = 0x10;
const ARCHIVE: u8 = 0x20;
const VOLUME: u8 = 0x08;

/// Date and time of all entries.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    date: u16,
    time: u16,
}

impl Stamp {
    /// From seconds since 1970, UTC; FAT knows the years 1980 to 2107.
    pub fn from_epoch(epoch: u64) -> Self {
        const FIRST: u64 = 315_532_800;
        const LAST: u64 = 4_354_819_198;
        let epoch = epoch.clamp(FIRST, LAST);
        let (days, seconds) = (epoch / 86_400, epoch % 86_400);
        let (year, month, day) = civil(days);
        Self {
            date: ((year - 1980) << 9 | month << 5 | day) as u16,
            time: ((seconds / 3600) << 11 | (seconds / 60 % 60) << 5 | (seconds % 60 / 2)) as u16,
        }
    }

    fn entry(&self, name: &ShortName, attribute: u8, cluster: u32, size: u32) -> [u8; ENTRY_SIZE] {
        let mut entry = [0; ENTRY_SIZE];
        entry[..11].copy_from_slice(name);
        entry[11] = attribute;
        let [date, time] = [self.date, self.time].map(u16::to_le_bytes);
        entry[14..16].copy_from_slice(&time);
        entry[16..18].copy_from_slice(&date);
        entry[18..20].copy_from_slice(&date);
        entry[22..24].copy_from_slice(&time);
        entry[24..26].copy_from_slice(&date);
        let cluster = cluster.to_le_bytes();
        entry[20..22].copy_from_slice(&cluster[2..]);
        entry[26..28].copy_from_slice(&cluster[..2]);
        entry[28..].copy_from_slice(&size.to_le_bytes());
        entry
    }

    /// The entry of the root directory that holds the label.
    pub fn volume_label(&self, label: &str) -> [u8; ENTRY_SIZE] {
        self.entry(&padded_label(label), VOLUME, 0, 0)
    }

    /// `.` and `..`.
    pub fn dot_entries(&self, own: u32, parent: u32) -> Vec<u8> {
        let dot = self.entry(b".          ", DIRECTORY, own, 0);
        [dot, self.entry(b"..         ", DIRECTORY, parent, 0)].concat()
    }
}

/// Year, month and day of a day since 1970 (proleptic Gregorian calendar).
fn civil(days: u64) -> (u64, u64, u64) {
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let (mut year, mut rest) = (1970, days);
    while rest >= 365 + u64::from(leap(year)) {
        rest -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    for (month, length) in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        .into_iter()
        .enumerate()
    {
        if rest < length {
            return (year, month as u64 + 1, rest + 1);
        }
        rest -= length;
    }
    (year, 12, 31)
}

/// A label of 11 characters.
pub fn padded_label(label: &str) -> ShortName {
    let mut bytes = [b' '; 11];
    for (place, byte) in bytes.iter_mut().zip(label.bytes()) {
        *place = byte;
    }
    bytes
}

/// Bytes that the entries of a directory take, without label and dots.
pub fn size_of(node: &Node) -> usize {
    let names = node.directories.keys().chain(node.files.keys());
    let entries = names.map(|name| match as_short(name) {
        Some(_) => 1,
        None => 1 + name.encode_utf16().count().div_ceil(13),
    });
    entries.sum::<usize>() * ENTRY_SIZE
}

/// Entries for children: name, first cluster, and size where it is a file.
pub fn entries_for(children: &BTreeMap<String, (u32, Option<u32>)>, stamp: &Stamp) -> Vec<u8> {
    let mut taken: BTreeSet<ShortName> = children.keys().filter_map(|name| as_short(name)).collect();
    let mut bytes = Vec::new();
    for (name, (cluster, size)) in children {
        let short = as_short(name).unwrap_or_else(|| {
            let alias = short_alias(name, &taken);
            taken.insert(alias);
            bytes.extend(long_entries(name, checksum(&alias)).concat());
            alias
        });
        let attribute = if size.is_some() { ARCHIVE } else { DIRECTORY };
        bytes.extend(stamp.entry(&short, attribute, *cluster, size.unwrap_or(0)));
    }
    bytes
}
