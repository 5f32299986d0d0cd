//! Writes an archive piece by piece.

use std::io::{self, Read, Write};

use super::{MAGIC, is_valid_name, padding};

const COPY_BUFFER_BYTES: usize = 128 * 1024;

/// Writes one archive. The calls follow the tree: one node (`regular`, `symlink`, or `open_directory` … `close_directory`)
/// at the root, and inside a directory `entry` before each node, names ascending.
pub struct Writer<W> {
    sink: W,
    /// The last name seen in each open directory.
    directories: Vec<Option<Vec<u8>>>,
    buffer: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins an archive.
    pub fn new(sink: W) -> io::Result<Self> {
        let mut writer = Self {
            sink,
            directories: Vec::new(),
            buffer: Vec::new(),
        };
        writer.strings(&[MAGIC])?;
        Ok(writer)
    }

    /// Writes a regular file of exactly `size` bytes read from `contents`; fewer are an error.
    pub fn regular(&mut self, executable: bool, size: u64, contents: &mut dyn Read) -> io::Result<()> {
        self.begin_regular(executable, size)?;
        self.copy(size, contents)?;
        self.end_regular(size)
    }

    /// Writes a regular file with these bytes.
    pub fn regular_bytes(&mut self, executable: bool, contents: &[u8]) -> io::Result<()> {
        self.begin_regular(executable, contents.len() as u64)?;
        self.sink.write_all(contents)?;
        self.end_regular(contents.len() as u64)
    }

    /// Begins a regular file; exactly `size` bytes must go to `sink` before `end_regular`.
    pub fn begin_regular(&mut self, executable: bool, size: u64) -> io::Result<()> {
        self.strings(&[b"(", b"type", b"regular"])?;
        if executable {
            self.strings(&[b"executable", b""])?;
        }
        self.strings(&[b"contents"])?;
        self.sink.write_all(&size.to_le_bytes())
    }

    /// Where the contents of a file begun with `begin_regular` go.
    pub fn sink(&mut self) -> &mut W {
        &mut self.sink
    }

    /// Ends a regular file of `size` bytes.
    pub fn end_regular(&mut self, size: u64) -> io::Result<()> {
        self.sink.write_all(&[0; 8][..padding(size)])?;
        self.end_node()
    }

    /// Writes a symbolic link.
    pub fn symlink(&mut self, target: &[u8]) -> io::Result<()> {
        self.strings(&[b"(", b"type", b"symlink", b"target", target])?;
        self.end_node()
    }

    /// Begins a directory.
    pub fn open_directory(&mut self) -> io::Result<()> {
        self.directories.push(None);
        self.strings(&[b"(", b"type", b"directory"])
    }

    /// Names the next node of the open directory. Names must ascend, since the order is part of the format.
    pub fn entry(&mut self, name: &[u8]) -> io::Result<()> {
        let last = self
            .directories
            .last_mut()
            .ok_or_else(|| misuse("an entry outside of a directory"))?;
        if !is_valid_name(name) || last.as_deref().is_some_and(|last| last >= name) {
            return Err(misuse("an entry with a bad name or out of order"));
        }
        *last = Some(name.to_vec());
        self.strings(&[b"entry", b"(", b"name", name, b"node"])
    }

    /// Ends the open directory.
    pub fn close_directory(&mut self) -> io::Result<()> {
        self.directories
            .pop()
            .ok_or_else(|| misuse("the end of a directory that was not begun"))?;
        self.end_node()
    }

    /// Ends the archive and gives the sink back.
    pub fn finish(self) -> io::Result<W> {
        if self.directories.is_empty() {
            Ok(self.sink)
        } else {
            Err(misuse("an archive with an open directory"))
        }
    }

    /// Closes a node, and the entry that it stands in.
    fn end_node(&mut self) -> io::Result<()> {
        if self.directories.is_empty() {
            self.strings(&[b")"])
        } else {
            self.strings(&[b")", b")"])
        }
    }

    fn strings(&mut self, strings: &[&[u8]]) -> io::Result<()> {
        self.buffer.clear();
        for string in strings {
            let length = string.len() as u64;
            self.buffer.extend_from_slice(&length.to_le_bytes());
            self.buffer.extend_from_slice(string);
            self.buffer.extend_from_slice(&[0; 8][..padding(length)]);
        }
        self.sink.write_all(&self.buffer)
    }

    fn copy(&mut self, size: u64, contents: &mut dyn Read) -> io::Result<()> {
        let mut remaining = size;
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.resize(
            COPY_BUFFER_BYTES.min(usize::try_from(size).unwrap_or(usize::MAX)),
            0,
        );
        while remaining > 0 {
            let wanted = usize::try_from(remaining).unwrap_or(usize::MAX).min(buffer.len());
            match contents.read(&mut buffer[..wanted]) {
                Ok(0) => {
                    return Err(io::Error::new(
                        io::ErrorKind::UnexpectedEof,
                        "a file became shorter while it was read",
                    ));
                }
                Ok(count) => {
                    self.sink.write_all(&buffer[..count])?;
                    remaining -= count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.buffer = buffer;
        Ok(())
    }
}

fn misuse(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidInput,
        format!("an archive cannot hold {what}"),
    )
}
