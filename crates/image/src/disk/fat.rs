//! Writes FAT32 file systems (Microsoft's FAT specification 1.03, as UEFI takes it over).

mod directory;
mod names;

use super::layout::Piece;
use directory::{ENTRY_SIZE, Stamp, entries_for};
use std::collections::BTreeMap;
use std::sync::Arc;

pub use names::NameError;

const SECTOR: u32 = 512;
const RESERVED_SECTORS: u32 = 32;
const FATS: u32 = 2;
const MINIMUM_CLUSTERS: u32 = 65_525;
const ROOT_CLUSTER: u32 = 2;
const END_OF_CHAIN: u32 = 0x0fff_ffff;

/// The smallest size that is FAT32, with some room.
pub const MINIMUM_SIZE: u64 = 36 << 20;

/// What decides a file system apart from its files.
#[derive(Debug, Clone, Copy)]
pub struct FatOptions<'a> {
    /// Size in bytes, a multiple of 1 MiB.
    pub size: u64,
    /// Label, at most 11 upper-case characters.
    pub label: &'a str,
    /// Serial number of the volume.
    pub volume_id: u32,
    /// Time of every file, in seconds since 1970; before 1980 becomes 1980.
    pub epoch: u64,
}

/// Why a file system cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FatError {
    /// A path that FAT cannot hold.
    #[error("{path}: {reason}")]
    Name {
        /// The path.
        path: String,
        /// Why.
        reason: NameError,
    },
    /// A file where a directory is needed, or the other way round.
    #[error("{0} is a file and a directory")]
    Kind(String),
    /// FAT does not tell upper from lower case.
    #[error("{0}: another name differs only in upper and lower case")]
    Case(String),
    /// The files need more room.
    #[error("the files need {needed} bytes of a FAT file system that has {size}")]
    Full {
        /// Bytes needed.
        needed: u64,
        /// Bytes there are.
        size: u64,
    },
    /// A size that FAT32 does not have.
    #[error("a FAT32 file system cannot have {0} bytes")]
    Size(u64),
}

/// Files by path (`EFI/BOOT/BOOTX64.EFI`).
pub type FatFiles = BTreeMap<String, Arc<Vec<u8>>>;

/// Bytes that a file system needs for files of these sizes, apart from tables and directories.
pub fn room_for(file_sizes: impl IntoIterator<Item = u64>) -> u64 {
    file_sizes
        .into_iter()
        .map(|size| size.next_multiple_of(4096))
        .sum()
}

/// The file system as pieces relative to its beginning; bytes in no piece are zero.
pub fn build(options: &FatOptions<'_>, files: &FatFiles) -> Result<Vec<Piece>, FatError> {
    let geometry = Geometry::of(options.size)?;
    let mut tree = Node::default();
    for (path, content) in files {
        tree.insert(path, path.split('/'), content)?;
    }
    let mut writer = Writer {
        geometry,
        stamp: Stamp::from_epoch(options.epoch),
        table: vec![0x0fff_fff8, END_OF_CHAIN],
        pieces: Vec::new(),
    };
    writer.write_root(options.label, &tree)?;
    let Writer {
        table, mut pieces, ..
    } = writer;
    let used = table.len() as u32;
    if used - 2 > geometry.clusters {
        let needed = u64::from(used) * u64::from(geometry.cluster_size());
        return Err(FatError::Full {
            needed,
            size: options.size,
        });
    }
    let table: Vec<u8> = table.iter().flat_map(|entry| entry.to_le_bytes()).collect();
    for index in 0..FATS {
        let sector = RESERVED_SECTORS + index * geometry.fat_sectors;
        pieces.push(Piece::bytes(u64::from(sector * SECTOR), table.clone()));
    }
    let boot = boot_sector(options, &geometry);
    let information = information_sector(geometry.clusters + 2 - used, used);
    for (sector, bytes) in [(0, &boot), (1, &information), (6, &boot), (7, &information)] {
        pieces.push(Piece::bytes(sector * u64::from(SECTOR), bytes.clone()));
    }
    pieces.sort_by_key(|piece| piece.offset);
    Ok(pieces)
}

#[derive(Debug, Default)]
struct Node {
    directories: BTreeMap<String, Node>,
    files: BTreeMap<String, Arc<Vec<u8>>>,
}

impl Node {
    fn insert<'a>(
        &mut self,
        path: &str,
        mut rest: impl Iterator<Item = &'a str> + Clone,
        content: &Arc<Vec<u8>>,
    ) -> Result<(), FatError> {
        let name = rest.next().unwrap_or_default();
        names::check(name).map_err(|reason| FatError::Name {
            path: path.into(),
            reason,
        })?;
        let is_last = rest.clone().next().is_none();
        let alike = |other: &&String| other.as_str() != name && other.to_lowercase() == name.to_lowercase();
        if self
            .directories
            .keys()
            .chain(self.files.keys())
            .any(|other| alike(&other))
        {
            return Err(FatError::Case(path.into()));
        }
        if is_last {
            let clash = self.directories.contains_key(name);
            self.files.insert(name.into(), Arc::clone(content));
            return if clash {
                Err(FatError::Kind(path.into()))
            } else {
                Ok(())
            };
        }
        if self.files.contains_key(name) {
            return Err(FatError::Kind(path.into()));
        }
        self.directories
            .entry(name.into())
            .or_default()
            .insert(path, rest, content)
    }
}

#[derive(Debug, Clone, Copy)]
struct Geometry {
    sectors: u32,
    sectors_per_cluster: u32,
    fat_sectors: u32,
    clusters: u32,
}

impl Geometry {
    /// The largest clusters that make it FAT32: fewer of them mean shorter tables to write and to read.
    fn of(size: u64) -> Result<Self, FatError> {
        let sectors = u32::try_from(size / u64::from(SECTOR)).map_err(|_| FatError::Size(size))?;
        let candidates =
            [64, 32, 16, 8, 4, 2, 1].map(|sectors_per_cluster| Self::with(sectors, sectors_per_cluster));
        let found = candidates
            .into_iter()
            .flatten()
            .find(|geometry| geometry.clusters >= MINIMUM_CLUSTERS + 64);
        found
            .filter(|_| size.is_multiple_of(1 << 20))
            .ok_or(FatError::Size(size))
    }

    fn with(sectors: u32, sectors_per_cluster: u32) -> Option<Self> {
        let room = sectors.checked_sub(RESERVED_SECTORS)?;
        // Each cluster takes its sectors and four bytes in each table. Tables of whole 4 KiB keep data aligned.
        let most = u64::from(room) * 512 / (u64::from(sectors_per_cluster) * 512 + 8);
        let fat_sectors = ((most + 2) * 4).div_ceil(512).next_multiple_of(8) as u32;
        let clusters = room.checked_sub(FATS * fat_sectors)? / sectors_per_cluster;
        Some(Self {
            sectors,
            sectors_per_cluster,
            fat_sectors,
            clusters,
        })
    }

    const fn cluster_size(&self) -> u32 {
        self.sectors_per_cluster * SECTOR
    }

    fn offset_of(&self, cluster: u32) -> u64 {
        let data = RESERVED_SECTORS + FATS * self.fat_sectors;
        u64::from(data) * u64::from(SECTOR)
            + u64::from(cluster - ROOT_CLUSTER) * u64::from(self.cluster_size())
    }
}

struct Writer {
    geometry: Geometry,
    stamp: Stamp,
    table: Vec<u32>,
    pieces: Vec<Piece>,
}

impl Writer {
    fn write_root(&mut self, label: &str, root: &Node) -> Result<(), FatError> {
        let size = ENTRY_SIZE + directory::size_of(root);
        let cluster = self.allocate(size as u64);
        let mut bytes = self.stamp.volume_label(label).to_vec();
        bytes.extend(self.entries(cluster, root)?);
        self.put(cluster, Arc::new(bytes));
        Ok(())
    }

    fn write_directory(&mut self, node: &Node, parent: u32) -> Result<u32, FatError> {
        let size = 2 * ENTRY_SIZE + directory::size_of(node);
        let cluster = self.allocate(size as u64);
        let up = if parent == ROOT_CLUSTER { 0 } else { parent };
        let mut bytes = self.stamp.dot_entries(cluster, up);
        bytes.extend(self.entries(cluster, node)?);
        self.put(cluster, Arc::new(bytes));
        Ok(cluster)
    }

    fn entries(&mut self, cluster: u32, node: &Node) -> Result<Vec<u8>, FatError> {
        let mut first_clusters = BTreeMap::new();
        for (name, child) in &node.directories {
            first_clusters.insert(name.clone(), (self.write_directory(child, cluster)?, None));
        }
        for (name, content) in &node.files {
            let length = u32::try_from(content.len());
            let length = length.map_err(|_| FatError::Full {
                needed: content.len() as u64,
                size: 1 << 32,
            })?;
            let first = if length == 0 {
                0
            } else {
                self.allocate(u64::from(length))
            };
            if length > 0 {
                self.put(first, Arc::clone(content));
            }
            first_clusters.insert(name.clone(), (first, Some(length)));
        }
        Ok(entries_for(&first_clusters, &self.stamp))
    }

    /// Takes consecutive clusters and returns the first.
    fn allocate(&mut self, size: u64) -> u32 {
        let first = self.table.len() as u32;
        let count = size.div_ceil(u64::from(self.geometry.cluster_size())).max(1) as u32;
        self.table.extend(first + 1..first + count);
        self.table.push(END_OF_CHAIN);
        first
    }

    fn put(&mut self, cluster: u32, bytes: Arc<Vec<u8>>) {
        let offset = self.geometry.offset_of(cluster);
        let length = bytes.len() as u64;
        self.pieces.push(Piece {
            offset,
            length,
            content: super::layout::Content::Bytes { bytes, offset: 0 },
        });
    }
}

fn boot_sector(options: &FatOptions<'_>, geometry: &Geometry) -> Vec<u8> {
    let mut sector = vec![0; SECTOR as usize];
    let mut put = |at: usize, bytes: &[u8]| sector[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &[0xeb, 0x58, 0x90]);
    put(3, b"hardpan ");
    put(11, &(SECTOR as u16).to_le_bytes());
    put(13, &[geometry.sectors_per_cluster as u8]);
    put(14, &(RESERVED_SECTORS as u16).to_le_bytes());
    put(16, &[FATS as u8]);
    put(21, &[0xf8]);
    put(24, &[32, 0, 64, 0]);
    put(32, &geometry.sectors.to_le_bytes());
    put(36, &geometry.fat_sectors.to_le_bytes());
    put(44, &ROOT_CLUSTER.to_le_bytes());
    put(48, &[1, 0, 6, 0]);
    put(64, &[0x80, 0, 0x29]);
    put(67, &options.volume_id.to_le_bytes());
    put(71, &directory::padded_label(options.label));
    put(82, b"FAT32   ");
    // Started as a program it stops the processor: there is nothing to load from here without UEFI.
    put(90, &[0xfa, 0xf4, 0xeb, 0xfd]);
    put(510, &[0x55, 0xaa]);
    sector
}

fn information_sector(free: u32, next: u32) -> Vec<u8> {
    let mut sector = vec![0; SECTOR as usize];
    sector[0..4].copy_from_slice(b"RRaA");
    sector[484..488].copy_from_slice(b"rrAa");
    sector[488..492].copy_from_slice(&free.to_le_bytes());
    sector[492..496].copy_from_slice(&next.to_le_bytes());
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    sector
}
