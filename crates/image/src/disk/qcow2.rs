//! Writes QEMU's qcow2 images, version 3 (docs/interop/qcow2.rst of QEMU): clusters of zeros take no room.

use super::layout::DiskMap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::FileExt;

const CLUSTER_BITS: u32 = 16;
const CLUSTER: u64 = 1 << CLUSTER_BITS;
const ENTRIES_PER_TABLE: u64 = CLUSTER / 8;
const COUNTS_PER_BLOCK: u64 = CLUSTER / 2;
const COPIED: u64 = 1 << 63;
const HEADER_LENGTH: u32 = 104;

/// Writes `disk` into the empty file `output`: header, data in the disk's order, tables.
pub fn write(disk: &DiskMap, output: &File) -> io::Result<()> {
    let mut tables = Tables::new(disk.size);
    let mut writer = BufWriter::with_capacity(1 << 20, output);
    writer.write_all(&[0; CLUSTER as usize])?;
    let mut buffer = vec![0; CLUSTER as usize];
    for (start, end) in disk.covered(CLUSTER) {
        for offset in (start..end).step_by(CLUSTER as usize) {
            disk.read(offset, &mut buffer[..(disk.size - offset).min(CLUSTER) as usize])?;
            if buffer.iter().any(|byte| *byte != 0) {
                writer.write_all(&buffer)?;
                tables.put(offset / CLUSTER);
            }
            buffer.fill(0);
        }
    }
    let (rest, header) = tables.finish(disk.size);
    writer.write_all(&rest)?;
    writer.flush()?;
    drop(writer);
    output.write_all_at(&header, 0)
}

struct Tables {
    /// Level-two tables that are not empty, by their index in the level-one table.
    level_two: Vec<Option<Vec<u64>>>,
    /// Clusters written so far.
    clusters: u64,
}

impl Tables {
    fn new(size: u64) -> Self {
        let count = size.div_ceil(CLUSTER * ENTRIES_PER_TABLE).max(1);
        Self {
            level_two: vec![None; count as usize],
            clusters: 1,
        }
    }

    /// Notes that the next cluster of the file holds cluster `guest` of the disk.
    fn put(&mut self, guest: u64) {
        let table = &mut self.level_two[(guest / ENTRIES_PER_TABLE) as usize];
        let table = table.get_or_insert_with(|| vec![0; ENTRIES_PER_TABLE as usize]);
        table[(guest % ENTRIES_PER_TABLE) as usize] = (self.clusters * CLUSTER) | COPIED;
        self.clusters += 1;
    }

    /// What follows the data, and the header.
    fn finish(self, size: u64) -> (Vec<u8>, Vec<u8>) {
        let level_one_entries = self.level_two.len() as u64;
        let mut next = self.clusters;
        let mut level_one = Vec::with_capacity(self.level_two.len());
        let mut bytes = Vec::new();
        for table in &self.level_two {
            let Some(table) = table else {
                level_one.push(0);
                continue;
            };
            level_one.push((next * CLUSTER) | COPIED);
            put_table(&mut bytes, table);
            next += 1;
        }
        let level_one_at = next * CLUSTER;
        put_table(&mut bytes, &level_one);
        next += (level_one_entries * 8).div_ceil(CLUSTER);

        let counts_at = next * CLUSTER;
        let (count_clusters, table_clusters) = reference_clusters(next);
        let total = next + count_clusters + table_clusters;
        let block_addresses: Vec<u64> = (0..count_clusters)
            .map(|index| counts_at + index * CLUSTER)
            .collect();
        let ones = (0..total).flat_map(|_| 1u16.to_be_bytes());
        bytes.extend(ones);
        pad(&mut bytes);
        bytes.resize(((next - self.clusters + count_clusters) * CLUSTER) as usize, 0);
        put_table(&mut bytes, &block_addresses);
        let table_at = counts_at + count_clusters * CLUSTER;
        let header = header(
            size,
            level_one_entries as u32,
            level_one_at,
            table_at,
            table_clusters as u32,
        );
        (bytes, header)
    }
}

/// Clusters of reference counts, and of the table of those, for a file with `others` other clusters.
fn reference_clusters(others: u64) -> (u64, u64) {
    let (mut counts, mut tables) = (1u64, 1u64);
    // Both only grow, and each round covers what the round before added: a few rounds are enough.
    for _ in 0..64 {
        let wanted_counts = (others + counts + tables).div_ceil(COUNTS_PER_BLOCK);
        let wanted_tables = wanted_counts.div_ceil(ENTRIES_PER_TABLE);
        if (wanted_counts, wanted_tables) == (counts, tables) {
            break;
        }
        (counts, tables) = (wanted_counts, wanted_tables);
    }
    (counts, tables)
}

fn put_table(bytes: &mut Vec<u8>, entries: &[u64]) {
    bytes.extend(entries.iter().flat_map(|entry| entry.to_be_bytes()));
    pad(bytes);
}

fn pad(bytes: &mut Vec<u8>) {
    let length = bytes.len().next_multiple_of(CLUSTER as usize);
    bytes.resize(length, 0);
}

fn header(
    size: u64,
    level_one_entries: u32,
    level_one_at: u64,
    table_at: u64,
    table_clusters: u32,
) -> Vec<u8> {
    let mut header = Vec::with_capacity(HEADER_LENGTH as usize + 8);
    header.extend_from_slice(b"QFI\xfb");
    header.extend_from_slice(&3u32.to_be_bytes());
    header.extend_from_slice(&[0; 12]);
    header.extend_from_slice(&CLUSTER_BITS.to_be_bytes());
    header.extend_from_slice(&size.to_be_bytes());
    header.extend_from_slice(&0u32.to_be_bytes());
    header.extend_from_slice(&level_one_entries.to_be_bytes());
    header.extend_from_slice(&level_one_at.to_be_bytes());
    header.extend_from_slice(&table_at.to_be_bytes());
    header.extend_from_slice(&table_clusters.to_be_bytes());
    // No snapshots; no incompatible, compatible or automatically cleared features.
    header.extend_from_slice(&[0; 12 + 24]);
    const COUNT_ORDER: u32 = 4;
    header.extend_from_slice(&COUNT_ORDER.to_be_bytes());
    header.extend_from_slice(&HEADER_LENGTH.to_be_bytes());
    // The end of header extensions.
    header.extend_from_slice(&[0; 8]);
    header
}
