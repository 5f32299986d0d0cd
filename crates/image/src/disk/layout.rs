//! A disk before it is written: which bytes lie where, and where they come from.

use crate::object::Checksums;
use rayon::prelude::*;
use rustix::fs::copy_file_range;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

/// What one thread copies at a time.
const PART: u64 = 16 << 20;

/// Where the bytes of a piece come from.
#[derive(Debug, Clone)]
pub enum Content {
    /// Memory, from an offset on.
    Bytes {
        /// The memory.
        bytes: Arc<Vec<u8>>,
        /// First byte.
        offset: u64,
    },
    /// A file, from an offset on.
    File {
        /// The file.
        file: Arc<File>,
        /// First byte.
        offset: u64,
        /// What its blocks must be, where that is known.
        checksums: Option<Arc<Checksums>>,
    },
}

/// Some bytes of a disk.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Where they lie.
    pub offset: u64,
    /// How many they are.
    pub length: u64,
    /// Where they come from.
    pub content: Content,
}

impl Piece {
    /// A piece from memory.
    pub fn bytes(offset: u64, bytes: Vec<u8>) -> Self {
        Self {
            offset,
            length: bytes.len() as u64,
            content: Content::Bytes {
                bytes: Arc::new(bytes),
                offset: 0,
            },
        }
    }

    /// A piece from a file.
    pub fn file(offset: u64, length: u64, file: Arc<File>, file_offset: u64) -> Self {
        Self {
            offset,
            length,
            content: Content::File {
                file,
                offset: file_offset,
                checksums: None,
            },
        }
    }

    /// The same piece, whose bytes are checked where they are read.
    pub fn checked(mut self, known: Option<Arc<Checksums>>) -> Self {
        if let Content::File { checksums, .. } = &mut self.content {
            *checksums = known;
        }
        self
    }

    /// First byte behind the piece.
    pub const fn end(&self) -> u64 {
        self.offset + self.length
    }

    /// The same piece, `distance` further on.
    pub fn moved(mut self, distance: u64) -> Self {
        self.offset += distance;
        self
    }

    fn read(&self, at: u64, buffer: &mut [u8]) -> std::io::Result<()> {
        match &self.content {
            Content::Bytes { bytes, offset } => {
                let from = (offset + at) as usize;
                buffer.copy_from_slice(&bytes[from..from + buffer.len()]);
                Ok(())
            }
            Content::File {
                file,
                offset,
                checksums,
            } => {
                file.read_exact_at(buffer, offset + at)?;
                let check = |known: &Arc<Checksums>| known.check(offset + at, buffer);
                checksums.as_ref().map_or(Ok(()), check)
            }
        }
    }

    fn copy_to(&self, target: &File) -> std::io::Result<()> {
        match &self.content {
            Content::Bytes { bytes, offset } => {
                let from = *offset as usize;
                target.write_all_at(&bytes[from..from + self.length as usize], self.offset)
            }
            Content::File { file, offset, .. } => copy(file, *offset, target, self.offset, self.length),
        }
    }

    /// The piece in parts that several threads can copy.
    fn parts(&self) -> impl Iterator<Item = Self> {
        self.split(PART)
    }

    /// The piece in parts that lie in one `unit` of the disk each.
    pub fn split(&self, unit: u64) -> impl Iterator<Item = Self> {
        let first = self.offset / unit;
        (first..self.end().div_ceil(unit)).map(move |index| {
            let start = self.offset.max(index * unit);
            let length = self.end().min((index + 1) * unit) - start;
            let done = start - self.offset;
            let content = match &self.content {
                Content::Bytes { bytes, offset } => Content::Bytes {
                    bytes: Arc::clone(bytes),
                    offset: offset + done,
                },
                Content::File {
                    file,
                    offset,
                    checksums,
                } => Content::File {
                    file: Arc::clone(file),
                    offset: offset + done,
                    checksums: checksums.clone(),
                },
            };
            Self {
                offset: start,
                length,
                content,
            }
        })
    }
}

/// Copies within the kernel where it can, which shares the blocks on file systems that share.
fn copy(source: &File, mut from: u64, target: &File, mut to: u64, length: u64) -> std::io::Result<()> {
    let end = from + length;
    while from < end {
        let want = usize::try_from(end - from).unwrap_or(usize::MAX).min(1 << 30);
        match copy_file_range(source, Some(&mut from), target, Some(&mut to), want) {
            Ok(0) => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(_) => return copy_through_memory(source, from, target, to, end - from),
        }
    }
    Ok(())
}

fn copy_through_memory(source: &File, from: u64, target: &File, to: u64, length: u64) -> std::io::Result<()> {
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    while done < length {
        let part = &mut buffer[..(length - done).min(1 << 20) as usize];
        source.read_exact_at(part, from + done)?;
        target.write_all_at(part, to + done)?;
        done += part.len() as u64;
    }
    Ok(())
}

/// All bytes of a disk that are not zero.
#[derive(Debug, Clone, Default)]
pub struct DiskMap {
    /// Size of the disk in bytes.
    pub size: u64,
    /// In ascending order; they do not overlap.
    pieces: Vec<Piece>,
}

/// Pieces that do not fit together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// Two pieces claim the same bytes.
    #[error("two pieces of the disk overlap at byte {0}")]
    Overlap(u64),
    /// A piece ends behind the disk.
    #[error("a piece of the disk ends at byte {end}, the disk at byte {size}")]
    Outside {
        /// End of the piece.
        end: u64,
        /// Size of the disk.
        size: u64,
    },
}

impl DiskMap {
    /// Orders the pieces and checks that they fit.
    pub fn new(size: u64, mut pieces: Vec<Piece>) -> Result<Self, LayoutError> {
        pieces.retain(|piece| piece.length > 0);
        pieces.sort_by_key(|piece| piece.offset);
        let mut end = 0;
        for piece in &pieces {
            if piece.offset < end {
                return Err(LayoutError::Overlap(piece.offset));
            }
            end = piece.end();
        }
        if end > size {
            return Err(LayoutError::Outside { end, size });
        }
        Ok(Self { size, pieces })
    }

    /// The pieces in ascending order.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Writes every piece to its place in `target`; what lies between stays a hole. The kernel copies, and nothing is
    /// checked: that is for who reads the disk meanwhile to know its digest.
    pub fn copy_to(&self, target: &File) -> std::io::Result<()> {
        let parts: Vec<Piece> = self.pieces.iter().flat_map(Piece::parts).collect();
        parts.par_iter().try_for_each(|part| part.copy_to(target))
    }

    /// Fills `buffer` from byte `offset` on; bytes in no piece are zero. False where no piece is touched.
    pub fn read(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<bool> {
        buffer.fill(0);
        let end = offset + buffer.len() as u64;
        let first = self.pieces.partition_point(|piece| piece.end() <= offset);
        let touched = self.pieces[first..].iter().take_while(|piece| piece.offset < end);
        let mut any = false;
        for piece in touched {
            let from = piece.offset.max(offset);
            let to = piece.end().min(end);
            let place = &mut buffer[(from - offset) as usize..(to - offset) as usize];
            piece.read(from - piece.offset, place)?;
            any = true;
        }
        Ok(any)
    }

    /// Ranges of bytes that pieces cover, `unit` bytes at a time, neighbours joined.
    pub fn covered(&self, unit: u64) -> Vec<(u64, u64)> {
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        for piece in &self.pieces {
            let start = piece.offset / unit * unit;
            let end = piece.end().next_multiple_of(unit).min(self.size);
            match ranges.last_mut() {
                Some((_, last_end)) if *last_end >= start => *last_end = end.max(*last_end),
                _ => ranges.push((start, end)),
            }
        }
        ranges
    }
}
