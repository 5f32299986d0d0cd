//! Partition UUIDs: as people write them, and as a GPT holds them.

use crate::text::Hex;
use core::fmt;

/// A UUID in the order of its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guid(pub [u8; 16]);

impl Guid {
    /// The UUID at the beginning of 16 bytes of a GPT, whose first three fields are little-endian.
    pub fn from_disk(bytes: &[u8; 16]) -> Self {
        let mut text = *bytes;
        text[0..4].reverse();
        text[4..6].reverse();
        text[6..8].reverse();
        Self(text)
    }

    #[cfg(test)]
    /// Reads `4d21b016-b534-45c2-a9fb-5c16e091fd2d`.
    pub fn parse(text: &[u8]) -> Option<Self> {
        let mut bytes = [0; 16];
        let fields = [(0, 8, 0), (9, 13, 4), (14, 18, 6), (19, 23, 8), (24, 36, 10)];
        if text.len() != 36 || [8, 13, 18, 23].iter().any(|index| text[*index] != b'-') {
            return None;
        }
        for (from, to, target) in fields {
            crate::text::parse_hex(&text[from..to], &mut bytes[target..target + (to - from) / 2])?;
        }
        Some(Self(bytes))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(bytes) = self;
        let [a, b, c, d] = [&bytes[0..4], &bytes[4..6], &bytes[6..8], &bytes[8..10]].map(Hex);
        write!(formatter, "{a}-{b}-{c}-{d}-{}", Hex(&bytes[10..]))
    }
}
