//! Turns file contents into data blocks: hashed, compressed where that saves room, leaf hashes on the way.

use super::meta::{FileContent, Slice, Storage};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};

/// Size of a block of the file system and of the hash tree.
pub const BLOCK_SIZE: usize = 4096;
/// Blocks of content in one compressed cluster.
pub const CHUNK_BLOCKS: u32 = 32;
const CHUNK_SIZE: usize = CHUNK_BLOCKS as usize * BLOCK_SIZE;
/// Files up to this size lie beside their inode.
const INLINE_LIMIT: usize = 3584;
/// Last bytes of an uncompressed file up to this size lie beside its inode.
const TAIL_LIMIT: usize = 2048;
/// How much of a file decides whether it is worth compressing.
const SAMPLE_CHUNKS: usize = 8;

/// How data is compressed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// lz4 in clusters of 128 KiB of content.
    #[default]
    Lz4,
}

/// What each block is known by, in their order.
#[derive(Debug, Default)]
pub struct Sums {
    /// SHA-256: the leaves of a hash tree.
    pub leaves: Vec<[u8; 32]>,
    /// CRC32C.
    pub checksums: Vec<u32>,
}

/// Writes blocks and keeps their hashes.
#[derive(Debug)]
pub struct BlockWriter<W> {
    output: W,
    compression: Compression,
    sums: Sums,
    chunk: Vec<u8>,
    packed: Vec<u8>,
}

impl<W: Write> BlockWriter<W> {
    /// A writer of blocks onto `output`.
    pub fn new(output: W, compression: Compression) -> Self {
        Self {
            output,
            compression,
            sums: Sums::default(),
            chunk: Vec::new(),
            packed: vec![0; lz4_flex::block::get_maximum_output_size(CHUNK_SIZE)],
        }
    }

    /// Number of blocks written.
    pub fn blocks(&self) -> u32 {
        u32::try_from(self.sums.leaves.len()).unwrap_or(u32::MAX)
    }

    /// The output and what each block is known by.
    pub fn finish(mut self) -> io::Result<(W, Sums)> {
        self.output.flush()?;
        Ok((self.output, self.sums))
    }

    /// Stores one file; small contents and tails go to the end of `blob`.
    pub fn store(&mut self, reader: &mut dyn Read, blob: &mut Vec<u8>) -> io::Result<FileContent> {
        let first_block = self.blocks();
        let mut hasher = Sha256::new();
        let mut sample = Vec::new();
        reader
            .take((SAMPLE_CHUNKS * CHUNK_SIZE) as u64)
            .read_to_end(&mut sample)?;
        hasher.update(&sample);
        if sample.len() <= INLINE_LIMIT {
            let storage = Storage::Inline(append(blob, &sample));
            return Ok(FileContent {
                size: sample.len() as u64,
                sha256: hasher.finalize().into(),
                storage,
            });
        }
        let clusters = self.plan(&sample);
        let mut size = sample.len() as u64;
        let storage = match clusters {
            Some(packed) => {
                let mut clusters = self.write_packed(packed, &sample)?;
                while self.next_chunk(reader, &mut hasher, &mut size)? {
                    clusters.push(self.compress_chunk()?);
                }
                Storage::Lz4 {
                    first_block,
                    clusters,
                }
            }
            None => {
                let mut last = sample;
                if last.len() == SAMPLE_CHUNKS * CHUNK_SIZE {
                    self.write_whole(&last)?;
                    last.clear();
                    while self.next_chunk(reader, &mut hasher, &mut size)? {
                        let chunk = std::mem::take(&mut self.chunk);
                        if chunk.len() == CHUNK_SIZE {
                            self.write_whole(&chunk)?;
                        } else {
                            last.extend_from_slice(&chunk);
                        }
                        self.chunk = chunk;
                    }
                }
                let tail = self.write_with_tail(&last, blob)?;
                Storage::Plain {
                    first_block,
                    blocks: self.blocks() - first_block,
                    tail,
                }
            }
        };
        Ok(FileContent {
            size,
            sha256: hasher.finalize().into(),
            storage,
        })
    }

    /// The compressed clusters of the sample, or `None` when they save nothing worth having.
    fn plan(&mut self, sample: &[u8]) -> Option<Vec<Option<Vec<u8>>>> {
        if self.compression == Compression::None || sample.len() <= BLOCK_SIZE {
            return None;
        }
        let mut total = 0;
        let mut clusters = Vec::with_capacity(SAMPLE_CHUNKS);
        for chunk in sample.chunks(CHUNK_SIZE) {
            let packed = self.pack(chunk).map(<[u8]>::to_vec);
            total += packed
                .as_ref()
                .map_or(chunk.len().div_ceil(BLOCK_SIZE), |p| p.len().div_ceil(BLOCK_SIZE));
            clusters.push(packed);
        }
        let plain = sample.len().div_ceil(BLOCK_SIZE);
        (total * 16 <= plain * 15).then_some(clusters)
    }

    /// The chunk compressed, if that saves at least a block.
    fn pack(&mut self, chunk: &[u8]) -> Option<&[u8]> {
        let blocks = chunk.len().div_ceil(BLOCK_SIZE);
        let length = lz4_flex::block::compress_into(chunk, &mut self.packed).ok()?;
        (length.div_ceil(BLOCK_SIZE) < blocks).then(|| &self.packed[..length])
    }

    fn write_packed(&mut self, packed: Vec<Option<Vec<u8>>>, sample: &[u8]) -> io::Result<Vec<u8>> {
        let mut clusters = Vec::with_capacity(packed.len());
        for (packed, chunk) in packed.iter().zip(sample.chunks(CHUNK_SIZE)) {
            clusters.push(match packed {
                Some(packed) => self.write_leading_zeros(packed)?,
                None => self.write_padded(chunk).map(|()| 0)?,
            });
        }
        Ok(clusters)
    }

    /// Reads the next cluster's worth of content.
    fn next_chunk(&mut self, reader: &mut dyn Read, hasher: &mut Sha256, size: &mut u64) -> io::Result<bool> {
        self.chunk.clear();
        reader.take(CHUNK_SIZE as u64).read_to_end(&mut self.chunk)?;
        hasher.update(&self.chunk);
        *size += self.chunk.len() as u64;
        Ok(!self.chunk.is_empty())
    }

    fn compress_chunk(&mut self) -> io::Result<u8> {
        let chunk = std::mem::take(&mut self.chunk);
        let packed = self.pack(&chunk).map(<[u8]>::to_vec);
        let blocks = match packed {
            Some(packed) => self.write_leading_zeros(&packed)?,
            None => self.write_padded(&chunk).map(|()| 0)?,
        };
        self.chunk = chunk;
        Ok(blocks)
    }

    /// Compressed bytes end where their last block ends: the kernel skips the zeros before them.
    fn write_leading_zeros(&mut self, packed: &[u8]) -> io::Result<u8> {
        let blocks = packed.len().div_ceil(BLOCK_SIZE);
        let first = BLOCK_SIZE - (blocks * BLOCK_SIZE - packed.len());
        let mut block = [0; BLOCK_SIZE];
        block[BLOCK_SIZE - first..].copy_from_slice(&packed[..first]);
        self.write_whole(&block)?;
        self.write_whole(&packed[first..])?;
        u8::try_from(blocks).map_err(|_| io::Error::other("a compressed cluster is larger than its content"))
    }

    /// Content that is a cluster's end or a file's: the last block is filled with zeros.
    fn write_padded(&mut self, content: &[u8]) -> io::Result<()> {
        let whole = content.len() / BLOCK_SIZE * BLOCK_SIZE;
        self.write_whole(&content[..whole])?;
        if whole < content.len() {
            let mut block = [0; BLOCK_SIZE];
            block[..content.len() - whole].copy_from_slice(&content[whole..]);
            self.write_whole(&block)?;
        }
        Ok(())
    }

    fn write_with_tail(&mut self, content: &[u8], blob: &mut Vec<u8>) -> io::Result<Option<Slice>> {
        let whole = content.len() / BLOCK_SIZE * BLOCK_SIZE;
        let tail = &content[whole..];
        if tail.is_empty() || tail.len() > TAIL_LIMIT {
            self.write_padded(content)?;
            return Ok(None);
        }
        self.write_whole(&content[..whole])?;
        Ok(Some(append(blob, tail)))
    }

    /// Writes whole blocks.
    fn write_whole(&mut self, content: &[u8]) -> io::Result<()> {
        debug_assert_eq!(content.len() % BLOCK_SIZE, 0, "only whole blocks are written");
        for block in content.chunks(BLOCK_SIZE) {
            self.sums.leaves.push(Sha256::digest(block).into());
            self.sums.checksums.push(crc32c::crc32c(block));
        }
        self.output.write_all(content)
    }
}

/// Appends bytes to the blob.
pub(super) fn append(blob: &mut Vec<u8>, bytes: &[u8]) -> Slice {
    let offset = blob.len() as u64;
    blob.extend_from_slice(bytes);
    Slice {
        offset,
        length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
    }
}
