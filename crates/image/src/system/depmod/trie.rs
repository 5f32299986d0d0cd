//! The binary index that libkmod searches: a tree of prefixes, stored with children before their parents.
//!
//! All numbers are big-endian. A node is an optional prefix, an optional table of children (first letter, last
//! letter, one offset for each letter between) and an optional list of values with priorities; which of them are
//! there is said by the upper bits of the offset that leads to the node.

use std::collections::BTreeMap;

const MAGIC: u32 = 0xB007_F457;
const VERSION: u32 = 0x0002_0001;
const HAS_PREFIX: u32 = 0x8000_0000;
const HAS_VALUES: u32 = 0x4000_0000;
const HAS_CHILDREN: u32 = 0x2000_0000;

/// Keys with their values; a smaller priority comes first.
#[derive(Debug, Default)]
pub(super) struct Index {
    keys: BTreeMap<Vec<u8>, Vec<(u32, String)>>,
}

impl Index {
    pub fn insert(&mut self, key: &str, priority: u32, value: &str) {
        let values = self.keys.entry(key.into()).or_default();
        if !values.iter().any(|(_, known)| known == value) {
            let at = values.partition_point(|(known, _)| *known <= priority);
            values.insert(at, (priority, value.into()));
        }
    }

    pub fn encode(&self) -> Vec<u8> {
        let keys: Vec<Key<'_>> = self
            .keys
            .iter()
            .map(|(key, values)| (key.as_slice(), values.as_slice()))
            .collect();
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&MAGIC.to_be_bytes());
        bytes.extend_from_slice(&VERSION.to_be_bytes());
        bytes.extend_from_slice(&[0; 4]);
        let root = write_node(&keys, 0, &mut bytes);
        bytes[8..12].copy_from_slice(&root.to_be_bytes());
        bytes
    }
}

/// A key and its values with their priorities.
type Key<'a> = (&'a [u8], &'a [(u32, String)]);

/// Writes the node for sorted keys that agree in their first `depth` letters; returns its offset with flags.
fn write_node(keys: &[Key<'_>], depth: usize, bytes: &mut Vec<u8>) -> u32 {
    let prefix = common_prefix(keys, depth);
    let end = depth + prefix.len();
    let (values, longer) = match keys.first() {
        Some((key, values)) if key.len() == end => (*values, &keys[1..]),
        _ => (&[][..], keys),
    };
    let mut children: BTreeMap<u8, u32> = BTreeMap::new();
    for group in longer.chunk_by(|a, b| a.0[end] == b.0[end]) {
        children.insert(group[0].0[end], write_node(group, end + 1, bytes));
    }
    let mut offset = u32::try_from(bytes.len()).unwrap_or(0);
    if !prefix.is_empty() {
        offset |= HAS_PREFIX;
        bytes.extend_from_slice(prefix);
        bytes.push(0);
    }
    if let (Some((&first, _)), Some((&last, _))) = (children.first_key_value(), children.last_key_value()) {
        offset |= HAS_CHILDREN;
        bytes.extend_from_slice(&[first, last]);
        for letter in first..=last {
            bytes.extend_from_slice(&children.get(&letter).copied().unwrap_or(0).to_be_bytes());
        }
    }
    if !values.is_empty() {
        offset |= HAS_VALUES;
        bytes.extend_from_slice(&(values.len() as u32).to_be_bytes());
        for (priority, value) in values {
            bytes.extend_from_slice(&priority.to_be_bytes());
            bytes.extend_from_slice(value.as_bytes());
            bytes.push(0);
        }
    }
    offset
}

/// The letters after `depth` in which all keys agree.
fn common_prefix<'a>(keys: &[Key<'a>], depth: usize) -> &'a [u8] {
    let (Some((first, _)), Some((last, _))) = (keys.first(), keys.last()) else {
        return &[];
    };
    let (first, last) = (&first[depth..], &last[depth..]);
    let length = first.iter().zip(last).take_while(|(a, b)| a == b).count();
    &first[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_index_has_the_documented_bytes() {
        let mut index = Index::default();
        index.insert("ab", 2, "y");
        index.insert("ab", 1, "x");
        index.insert("ab", 3, "x");
        index.insert("abd", 0, "z");
        let bytes = index.encode();
        let mut expected = vec![0xb0, 0x07, 0xf4, 0x57, 0, 2, 0, 1, 0xe0, 0, 0, 22];
        expected.extend_from_slice(&[0, 0, 0, 1, 0, 0, 0, 0, b'z', 0]);
        expected.extend_from_slice(&[b'a', b'b', 0, b'd', b'd', 0x40, 0, 0, 12]);
        expected.extend_from_slice(&[0, 0, 0, 2, 0, 0, 0, 1, b'x', 0, 0, 0, 0, 2, b'y', 0]);
        assert_eq!(bytes, expected);
    }
}
