//! Reads the stored content of files, whole or in part.

use super::blocks::{BLOCK_SIZE, CHUNK_BLOCKS};
use super::meta::{FileContent, Slice, Storage};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

const CHUNK_SIZE: u64 = CHUNK_BLOCKS as u64 * BLOCK_SIZE as u64;

/// Where the bytes of an object's files lie.
pub(super) struct Contents<'a> {
    pub data: &'a File,
    pub blob: &'a [u8],
}

impl Contents<'_> {
    /// The bytes from `offset` on, `length` of them or as many as there are.
    pub fn read(&self, content: &FileContent, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let end = offset.saturating_add(length).min(content.size);
        let wanted = end.saturating_sub(offset);
        if wanted == 0 {
            return Ok(Vec::new());
        }
        match &content.storage {
            Storage::Inline(slice) => self.part(slice, offset, wanted),
            Storage::Plain {
                first_block,
                blocks,
                tail,
            } => self.plain((*first_block, *blocks), tail.as_ref(), offset, wanted),
            Storage::Lz4 { clusters, .. } => self.packed(content, clusters, offset, wanted),
        }
    }

    fn part(&self, slice: &Slice, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let begin = usize::try_from(slice.offset.saturating_add(offset)).map_err(io::Error::other)?;
        let end = begin.saturating_add(usize::try_from(length).map_err(io::Error::other)?);
        self.blob.get(begin..end).map(<[u8]>::to_vec).ok_or_else(cut_off)
    }

    fn plain(
        &self,
        (first_block, blocks): (u32, u32),
        tail: Option<&Slice>,
        offset: u64,
        length: u64,
    ) -> io::Result<Vec<u8>> {
        let whole = u64::from(blocks) * BLOCK_SIZE as u64;
        let in_blocks = whole.saturating_sub(offset).min(length);
        let mut bytes = vec![0; usize::try_from(in_blocks).map_err(io::Error::other)?];
        self.data
            .read_exact_at(&mut bytes, u64::from(first_block) * BLOCK_SIZE as u64 + offset)?;
        if in_blocks < length {
            let tail = tail.ok_or_else(cut_off)?;
            let begin = offset.max(whole) - whole;
            bytes.extend(self.part(tail, begin, length - in_blocks)?);
        }
        Ok(bytes)
    }

    fn packed(
        &self,
        content: &FileContent,
        clusters: &[u8],
        offset: u64,
        length: u64,
    ) -> io::Result<Vec<u8>> {
        let (first, _) = content.block_range();
        let (from, to) = (offset / CHUNK_SIZE, (offset + length - 1) / CHUNK_SIZE);
        let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(io::Error::other)?.min(1 << 30));
        let mut block = u64::from(first);
        for index in 0..clusters.len() {
            let blocks = content.cluster_blocks(index);
            let number = index as u64;
            if number > to {
                break;
            }
            if number >= from {
                let unpacked = self.cluster(content, index, block, blocks)?;
                let begin = offset
                    .saturating_sub(number * CHUNK_SIZE)
                    .min(unpacked.len() as u64);
                let end = (offset + length - number * CHUNK_SIZE).min(unpacked.len() as u64);
                bytes.extend_from_slice(&unpacked[begin as usize..end as usize]);
            }
            block += u64::from(blocks);
        }
        if bytes.len() as u64 == length {
            Ok(bytes)
        } else {
            Err(cut_off())
        }
    }

    /// The content of one cluster.
    fn cluster(&self, content: &FileContent, index: usize, block: u64, blocks: u32) -> io::Result<Vec<u8>> {
        let mut stored = vec![0; blocks as usize * BLOCK_SIZE];
        self.data.read_exact_at(&mut stored, block * BLOCK_SIZE as u64)?;
        let left = content.size.saturating_sub(index as u64 * CHUNK_SIZE);
        let wanted = left.min(CHUNK_SIZE) as usize;
        if content.is_packed(index) {
            let begin = stored.iter().position(|byte| *byte != 0).unwrap_or(stored.len());
            let unpacked = lz4_flex::block::decompress(&stored[begin..], wanted).map_err(io::Error::other)?;
            return if unpacked.len() == wanted {
                Ok(unpacked)
            } else {
                Err(cut_off())
            };
        }
        stored.truncate(wanted);
        Ok(stored)
    }
}

fn cut_off() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "a file's content is cut off")
}
