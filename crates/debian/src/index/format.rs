//! The compiled form of package indexes: a table that is read whole, and records that are read one at a time.
//!
//! ```text
//! header   magic, format version, CRC-32 and length of the table, length of the file
//! table    five counts; names; places of records; provided names; providers; strings
//! records  postcard, each with its CRC-32 in the table
//! ```
//! Numbers are little-endian. Names are sorted by bytes; the records of a name are sorted from the highest
//! version to the lowest. The file is a cache: whatever is wrong with it leads to compiling it again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::record::Record;

const MAGIC: &[u8; 8] = b"hpdebidx";
const FORMAT: u32 = 2;
/// Bytes before the table.
pub(super) const HEADER_BYTES: usize = 32;
const COUNTS_BYTES: usize = 20;
const NAME_BYTES: usize = 12;
const PLACE_BYTES: usize = 16;
const PROVIDER_BYTES: usize = 4;

/// Why bytes are not an index that can be used.
pub(super) type Damage = &'static str;

/// What the header says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub table_bytes: usize,
    pub file_bytes: u64,
    table_crc: u32,
}

impl Header {
    pub fn read(bytes: &[u8]) -> Result<Self, Damage> {
        if bytes.get(..8) != Some(MAGIC) || u32_at(bytes, 8) != Some(FORMAT) {
            return Err("it is of another format");
        }
        let number = |at| u32_at(bytes, at).ok_or("its header is cut off");
        let wide = |at| u64_at(bytes, at).ok_or("its header is cut off");
        Ok(Self {
            table_crc: number(12)?,
            table_bytes: usize::try_from(wide(16)?).map_err(|_| "its table is too large")?,
            file_bytes: wide(24)?,
        })
    }
}

/// The table, with the places of its parts.
#[derive(Debug)]
pub(super) struct Table {
    bytes: Vec<u8>,
    names: Part,
    places: Part,
    provided: Part,
    providers: Part,
    strings: Range<usize>,
}

/// A sequence of items of one size.
#[derive(Clone, Copy, Debug)]
struct Part {
    start: usize,
    count: usize,
    item_bytes: usize,
}

impl Part {
    fn at(self, index: usize) -> usize {
        self.start + index * self.item_bytes
    }

    fn end(self) -> usize {
        self.at(self.count)
    }
}

/// Where a record lies in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub offset: u64,
    pub length: usize,
    crc: u32,
}

impl Place {
    pub fn decode(self, bytes: &[u8]) -> Result<Record, Damage> {
        if crc32fast::hash(bytes) != self.crc {
            return Err("a record is damaged");
        }
        postcard::from_bytes(bytes).map_err(|_| "a record is damaged")
    }
}

impl Table {
    pub fn read(header: &Header, bytes: Vec<u8>) -> Result<Self, Damage> {
        if bytes.len() != header.table_bytes || crc32fast::hash(&bytes) != header.table_crc {
            return Err("its table is damaged");
        }
        let count = |index: usize| {
            let count = u32_at(&bytes, index * 4).ok_or("its table is cut off")?;
            Ok::<usize, Damage>(count as usize)
        };
        let part = |start, count, item_bytes| Part {
            start,
            count,
            item_bytes,
        };
        // One more name than there are: its first record is the end of the last name's records.
        let names = part(COUNTS_BYTES, count(0)? + 1, NAME_BYTES);
        let places = part(names.end(), count(1)?, PLACE_BYTES);
        let provided = part(places.end(), count(2)? + 1, NAME_BYTES);
        let providers = part(provided.end(), count(3)?, PROVIDER_BYTES);
        let strings = providers.end()..providers.end() + count(4)?;
        if strings.end != bytes.len() {
            return Err("its table is cut off");
        }
        Ok(Self {
            bytes,
            names,
            places,
            provided,
            providers,
            strings,
        })
    }

    /// Names of real packages, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.names.count - 1).filter_map(|index| self.name(self.names, index))
    }

    /// Places of the records of a name, highest version first.
    pub fn records(&self, name: &str) -> Vec<Place> {
        let range = self.range(self.names, name);
        range.filter_map(|index| self.place(index)).collect()
    }

    /// Places of the records that provide a name.
    pub fn providers(&self, name: &str) -> Vec<Place> {
        let range = self.range(self.provided, name);
        let record = |index| u32_at(&self.bytes, self.providers.at(index));
        range
            .filter_map(|index| self.place(record(index)? as usize))
            .collect()
    }

    fn place(&self, index: usize) -> Option<Place> {
        let at = self.places.at(index);
        (index < self.places.count).then_some(())?;
        Some(Place {
            offset: u64_at(&self.bytes, at)?,
            length: u32_at(&self.bytes, at + 8)? as usize,
            crc: u32_at(&self.bytes, at + 12)?,
        })
    }

    /// The items of `name` in the part that a part of names leads to.
    fn range(&self, names: Part, name: &str) -> Range<usize> {
        let (mut low, mut high) = (0, names.count - 1);
        while low < high {
            let middle = low.midpoint(high);
            if self.name(names, middle).is_some_and(|found| found < name) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        if low == names.count - 1 || self.name(names, low) != Some(name) {
            return 0..0;
        }
        let first = |index| u32_at(&self.bytes, names.at(index) + 8).unwrap_or(0) as usize;
        first(low)..first(low + 1)
    }

    fn name(&self, names: Part, index: usize) -> Option<&str> {
        let at = names.at(index);
        let start = self.strings.start + u32_at(&self.bytes, at)? as usize;
        let length = u32_at(&self.bytes, at + 4)? as usize;
        std::str::from_utf8(self.bytes.get(start..start + length)?).ok()
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    bytes.try_into().ok().map(u32::from_le_bytes)
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + 8)?;
    bytes.try_into().ok().map(u64::from_le_bytes)
}

/// Lays sorted records out. `provides` gives the names that a record provides.
pub(super) fn write(
    records: &[Record],
    provides: impl Fn(&Record) -> Vec<String>,
) -> Result<Vec<u8>, Damage> {
    let mut layout = Layout::default();
    let mut cold = Vec::new();
    let mut provided: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    let mut previous = None;
    for (index, record) in records.iter().enumerate() {
        let index = narrow(index)?;
        if previous != Some(record.name.as_str()) {
            layout.names.add(&mut layout.strings, &record.name, index)?;
            previous = Some(&record.name);
        }
        for name in provides(record) {
            provided.entry(name).or_default().insert(index);
        }
        layout.place(record, &mut cold)?;
    }
    layout.names.end(narrow(records.len())?);
    layout.add_providers(&provided)?;
    layout.finish(&cold)
}

/// The parts of a table being written.
#[derive(Debug, Default)]
struct Layout {
    names: Names,
    places: Vec<u8>,
    provided: Names,
    providers: Vec<u8>,
    strings: Vec<u8>,
}

#[derive(Debug, Default)]
struct Names {
    bytes: Vec<u8>,
    count: u32,
}

impl Names {
    fn add(&mut self, strings: &mut Vec<u8>, name: &str, first: u32) -> Result<(), Damage> {
        let numbers = [narrow(strings.len())?, narrow(name.len())?, first];
        self.bytes
            .extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
        strings.extend(name.as_bytes());
        self.count += 1;
        Ok(())
    }

    fn end(&mut self, first: u32) {
        let numbers = [0, 0, first];
        self.bytes
            .extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
    }
}

impl Layout {
    /// Appends a record to `cold` and its place to the table. Places count from the first record for now.
    fn place(&mut self, record: &Record, cold: &mut Vec<u8>) -> Result<(), Damage> {
        let encoded = postcard::to_allocvec(record).map_err(|_| "a record cannot be written")?;
        self.places.extend((cold.len() as u64).to_le_bytes());
        self.places.extend(narrow(encoded.len())?.to_le_bytes());
        self.places.extend(crc32fast::hash(&encoded).to_le_bytes());
        cold.extend(encoded);
        Ok(())
    }

    fn add_providers(&mut self, provided: &BTreeMap<String, BTreeSet<u32>>) -> Result<(), Damage> {
        let mut count = 0;
        for (name, indexes) in provided {
            self.provided.add(&mut self.strings, name, count)?;
            count += narrow(indexes.len())?;
            self.providers
                .extend(indexes.iter().flat_map(|index| index.to_le_bytes()));
        }
        self.provided.end(count);
        Ok(())
    }

    fn finish(mut self, cold: &[u8]) -> Result<Vec<u8>, Damage> {
        let counts = [
            self.names.count,
            narrow(self.places.len() / PLACE_BYTES)?,
            self.provided.count,
            narrow(self.providers.len() / PROVIDER_BYTES)?,
            narrow(self.strings.len())?,
        ];
        let inner = [
            &self.names.bytes,
            &self.places,
            &self.provided.bytes,
            &self.providers,
            &self.strings,
        ];
        let table_bytes = COUNTS_BYTES + inner.iter().map(|part| part.len()).sum::<usize>();
        let shift = (HEADER_BYTES + table_bytes) as u64;
        for place in self.places.chunks_exact_mut(PLACE_BYTES) {
            let offset = u64_at(place, 0).unwrap_or(0) + shift;
            place[..8].copy_from_slice(&offset.to_le_bytes());
        }
        let mut table: Vec<u8> = counts.iter().flat_map(|count| count.to_le_bytes()).collect();
        for part in [
            &self.names.bytes,
            &self.places,
            &self.provided.bytes,
            &self.providers,
            &self.strings,
        ] {
            table.extend(part);
        }
        let mut bytes = MAGIC.to_vec();
        bytes.extend(FORMAT.to_le_bytes());
        bytes.extend(crc32fast::hash(&table).to_le_bytes());
        bytes.extend((table.len() as u64).to_le_bytes());
        bytes.extend((shift + cold.len() as u64).to_le_bytes());
        bytes.extend(table);
        bytes.extend(cold);
        Ok(bytes)
    }
}

fn narrow(number: usize) -> Result<u32, Damage> {
    u32::try_from(number).map_err(|_| "it is too large")
}
