//! Writes what Google Compute Engine imports: `disk.raw`, whole GiB large, in a gzipped tar of the old GNU format.

use super::layout::DiskMap;
use flate2::{Compress, Compression, FlushCompress, Status};
use rayon::prelude::*;
use std::fs::File;
use std::io::{self, BufWriter, Write};

/// Disks are whole multiples of this.
pub const DISK_UNIT: u64 = 1 << 30;

const BLOCK: u64 = 512;
const RECORD: u64 = 20 * BLOCK;
/// Compressed on their own, so that the bytes do not depend on the number of processors.
const CHUNK: usize = 1 << 20;
const BATCH: usize = 16;

/// Writes `disk`, whose size is a multiple of [`DISK_UNIT`], into the empty file `output`.
pub fn write(disk: &DiskMap, output: &File, epoch: u64) -> io::Result<()> {
    let ranges = disk.covered(4096);
    let mut gzip = Gzip::new(BufWriter::with_capacity(1 << 20, output))?;
    let head = tar_head(disk.size, &ranges, epoch);
    let mut length = head.len() as u64;
    gzip.write(&head)?;
    let mut buffer = vec![0; CHUNK];
    for (start, end) in ranges {
        length += end - start;
        for offset in (start..end).step_by(CHUNK) {
            let part = &mut buffer[..(end - offset).min(CHUNK as u64) as usize];
            disk.read(offset, part)?;
            gzip.write(part)?;
        }
    }
    let padded = (length + 2 * BLOCK).next_multiple_of(RECORD);
    gzip.write(&vec![0; (padded - length) as usize])?;
    gzip.finish()
}

/// The header of the sparse file with its map (GNU tar manual, "Old GNU Format").
fn tar_head(size: u64, ranges: &[(u64, u64)], epoch: u64) -> Vec<u8> {
    let mut map: Vec<(u64, u64)> = ranges.iter().map(|(start, end)| (*start, end - start)).collect();
    let stored: u64 = map.iter().map(|(_, length)| length).sum();
    if map.last().is_none_or(|(start, length)| start + length < size) {
        map.push((size, 0));
    }
    let mut head = vec![0; BLOCK as usize];
    let mut put = |at: usize, bytes: &[u8]| head[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"disk.raw");
    put(100, b"0000644\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, &number(stored));
    put(136, &number(epoch));
    put(148, b"        ");
    put(156, b"S");
    put(257, b"ustar  \0");
    let (here, further) = map.split_at(map.len().min(4));
    for (index, (offset, length)) in here.iter().enumerate() {
        put(386 + index * 24, &number(*offset));
        put(398 + index * 24, &number(*length));
    }
    put(482, &[u8::from(!further.is_empty())]);
    put(483, &number(size));
    let sum: u32 = head.iter().map(|byte| u32::from(*byte)).sum();
    head[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut chunks = further.chunks(21).peekable();
    while let Some(chunk) = chunks.next() {
        let mut block = vec![0; BLOCK as usize];
        for (index, (offset, length)) in chunk.iter().enumerate() {
            block[index * 24..index * 24 + 12].copy_from_slice(&number(*offset));
            block[index * 24 + 12..index * 24 + 24].copy_from_slice(&number(*length));
        }
        block[504] = u8::from(chunks.peek().is_some());
        head.extend_from_slice(&block);
    }
    head
}

/// Eleven octal digits, or GNU's binary form for what does not fit.
fn number(value: u64) -> [u8; 12] {
    let mut field = [0; 12];
    if value < 1 << 33 {
        field[..11].copy_from_slice(format!("{value:011o}").as_bytes());
    } else {
        field[0] = 0x80;
        field[4..].copy_from_slice(&value.to_be_bytes());
    }
    field
}

/// One gzip member of separately compressed chunks.
struct Gzip<W> {
    output: W,
    pending: Vec<u8>,
    checksum: crc32fast::Hasher,
    length: u64,
}

impl<W: Write> Gzip<W> {
    fn new(mut output: W) -> io::Result<Self> {
        // No name, no time, unknown system.
        output.write_all(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])?;
        Ok(Self {
            output,
            pending: Vec::with_capacity(CHUNK * BATCH),
            checksum: crc32fast::Hasher::new(),
            length: 0,
        })
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.checksum.update(bytes);
        self.length += bytes.len() as u64;
        while !bytes.is_empty() {
            let room = CHUNK * BATCH - self.pending.len();
            let (now, later) = bytes.split_at(bytes.len().min(room));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() == CHUNK * BATCH {
                self.compress_pending()?;
            }
        }
        Ok(())
    }

    fn compress_pending(&mut self) -> io::Result<()> {
        let compressed: Vec<io::Result<Vec<u8>>> = self
            .pending
            .par_chunks(CHUNK)
            .map(|chunk| deflate(chunk, FlushCompress::Full))
            .collect();
        for chunk in compressed {
            self.output.write_all(&chunk?)?;
        }
        self.pending.clear();
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.compress_pending()?;
        self.output.write_all(&deflate(&[], FlushCompress::Finish)?)?;
        self.output.write_all(&self.checksum.finalize().to_le_bytes())?;
        self.output.write_all(&(self.length as u32).to_le_bytes())?;
        self.output.flush()
    }
}

/// One chunk as deflate blocks that end on a byte.
fn deflate(chunk: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut state = Compress::new(Compression::new(1), false);
    let mut output = Vec::with_capacity(chunk.len() + chunk.len() / 1000 + 1024);
    loop {
        let taken = state.total_in() as usize;
        let status = state
            .compress_vec(&chunk[taken..], &mut output, flush)
            .map_err(io::Error::other)?;
        let done = state.total_in() as usize == chunk.len();
        match status {
            Status::StreamEnd => return Ok(output),
            _ if done && flush != FlushCompress::Finish && output.len() < output.capacity() => {
                return Ok(output);
            }
            _ => output.reserve(1 << 16),
        }
    }
}
