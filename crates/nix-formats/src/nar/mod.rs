//! The archive format of the store: a tree's content, names and executable bits, and nothing else.
//!
//! Entries of a directory come in byte order of their names; every string is length, bytes and zeros up to a
//! multiple of eight.

mod reader;
mod writer;

pub use reader::{Event, NarError, Reader};
pub use writer::Writer;

pub(crate) const MAGIC: &[u8] = b"nix-archive-1";

/// Bytes of zeros after a string of `length` bytes.
pub(crate) const fn padding(length: u64) -> usize {
    ((8 - length % 8) % 8) as usize
}

/// The bytes that the archive of a single regular file spends besides the content and its padding.
pub fn single_file_size(executable: bool, length: u64) -> u64 {
    let empty: u64 = if executable { 144 } else { 112 };
    empty + length + padding(length) as u64
}

/// Whether `name` may stand in a directory.
pub(crate) fn is_valid_name(name: &[u8]) -> bool {
    !name.is_empty() && name != b"." && name != b".." && !name.contains(&b'/') && !name.contains(&0)
}

#[cfg(test)]
mod tests;
