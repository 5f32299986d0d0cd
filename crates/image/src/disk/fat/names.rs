//! Long file names and the short names that go with them.

use std::collections::BTreeSet;

/// Why a name cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No characters.
    #[error("a name is empty")]
    Empty,
    /// More than 255 UTF-16 units.
    #[error("a name is too long")]
    TooLong,
    /// A character that FAT does not allow, or a dot or space at the end.
    #[error("a name has characters that FAT does not allow")]
    Characters,
}

/// A short name: eight characters and three.
pub type ShortName = [u8; 11];

/// Checks a long name.
pub fn check(name: &str) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.encode_utf16().count() > 255 {
        return Err(NameError::TooLong);
    }
    let forbidden = |character: char| character.is_control() || "\"*/:<>?\\|".contains(character);
    if name.ends_with(['.', ' ']) || name.starts_with(' ') || name.chars().any(forbidden) {
        return Err(NameError::Characters);
    }
    Ok(())
}

/// The short name, if `name` is one already and needs no long one beside it.
pub fn as_short(name: &str) -> Option<ShortName> {
    let (base, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    let has_dot = name.contains('.');
    let fits = (1..=8).contains(&base.len()) && extension.len() <= 3 && (!has_dot || !extension.is_empty());
    let plain =
        |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || b"_-~!#$%&'()@^`{}".contains(&byte);
    (fits && base.bytes().chain(extension.bytes()).all(plain))
        .then(|| join(base.as_bytes(), extension.as_bytes()))
}

/// A short name for a long one, different from all in `taken`.
pub fn short_alias(name: &str, taken: &BTreeSet<ShortName>) -> ShortName {
    let (base, extension) = match name.rsplit_once('.') {
        Some((base, extension)) if !base.is_empty() => (base, extension),
        _ => (name, ""),
    };
    let clean = |text: &str, length: usize| -> Vec<u8> {
        let kept = text.bytes().filter(|byte| *byte != b'.' && *byte != b' ');
        let mapped = kept.map(|byte| {
            if byte.is_ascii_alphanumeric() {
                byte.to_ascii_uppercase()
            } else {
                b'_'
            }
        });
        mapped.take(length).collect()
    };
    let (base, extension) = (clean(base, 8), clean(extension, 3));
    let numbered = (1..=999_999u32).map(|number| {
        let tail = format!("~{number}");
        let kept = &base[..base.len().min(8 - tail.len())];
        join(&[kept, tail.as_bytes()].concat(), &extension)
    });
    numbered
        .into_iter()
        .find(|short| !taken.contains(short))
        .unwrap_or_else(|| join(&base, &extension))
}

fn join(base: &[u8], extension: &[u8]) -> ShortName {
    let mut name = [b' '; 11];
    name[..base.len()].copy_from_slice(base);
    name[8..8 + extension.len()].copy_from_slice(extension);
    name
}

/// The checksum of a short name that its long entries carry.
pub fn checksum(short: &ShortName) -> u8 {
    short
        .iter()
        .fold(0u8, |sum, byte| sum.rotate_right(1).wrapping_add(*byte))
}

/// The long entries of a name, in the order in which they lie on disk, before the short one.
pub fn long_entries(name: &str, checksum: u8) -> Vec<[u8; 32]> {
    const PLACES: [usize; 13] = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
    let mut units: Vec<u16> = name.encode_utf16().collect();
    let count = units.len().div_ceil(13);
    if !units.len().is_multiple_of(13) {
        units.push(0);
    }
    units.resize(count * 13, 0xffff);
    let entries = units.chunks_exact(13).enumerate().map(|(index, chunk)| {
        let mut entry = [0; 32];
        let last = if index + 1 == count { 0x40 } else { 0 };
        entry[0] = (index + 1) as u8 | last;
        entry[11] = 0x0f;
        entry[13] = checksum;
        for (place, unit) in PLACES.into_iter().zip(chunk) {
            entry[place..place + 2].copy_from_slice(&unit.to_le_bytes());
        }
        entry
    });
    let mut entries: Vec<_> = entries.collect();
    entries.reverse();
    entries
}
