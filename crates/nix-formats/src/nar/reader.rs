//! Reads an archive as a stream of events, refusing everything that a canonical archive does not hold.

use std::io::{self, Read};

use super::{MAGIC, is_valid_name, padding};

const MAXIMUM_NAME_LENGTH: u64 = 255;
const MAXIMUM_TARGET_LENGTH: u64 = 4095;
const MAXIMUM_TOKEN_LENGTH: u64 = 16;
const MAXIMUM_DEPTH: usize = 256;

/// One piece of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A directory begins.
    Directory,
    /// The next node of the open directory has this name.
    Entry(Vec<u8>),
    /// The open directory ends.
    EndDirectory,
    /// A regular file; its contents are read from the `Reader` until they end, or skipped by the next event.
    Regular {
        /// Whether it may be run.
        executable: bool,
        /// Length in bytes.
        size: u64,
    },
    /// A symbolic link with this target.
    Symlink(Vec<u8>),
}

/// Why a stream is not an archive.
#[derive(Debug, thiserror::Error)]
pub enum NarError {
    /// The stream cannot be read or ends early.
    #[error("cannot read the archive")]
    Read(#[from] io::Error),
    /// Something else was expected.
    #[error("the archive has '{found}' where {expected} belongs")]
    Unexpected {
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A name, target or word is longer than any may be.
    #[error("the archive has a string of {length} bytes where at most {maximum} are allowed")]
    TooLong {
        /// Its length.
        length: u64,
        /// The limit.
        maximum: u64,
    },
    /// The fill bytes after a string are not zero.
    #[error("the archive has padding that is not zero")]
    Padding,
    /// An entry has an impossible name, or comes before one that it should follow.
    #[error("the archive has the entry '{0}', which is a bad name or out of order")]
    BadEntry(String),
    /// Directories are nested deeper than any tree needs.
    #[error("the archive nests directories more than {MAXIMUM_DEPTH} deep")]
    TooDeep,
}

enum State {
    Node,
    Directory,
    Contents { remaining: u64, size: u64 },
    Done,
}

/// Reads one archive. After the last event the stream stands just behind the archive.
pub struct Reader<R> {
    source: R,
    state: State,
    directories: Vec<Option<Vec<u8>>>,
}

impl<R: Read> Reader<R> {
    /// Begins to read an archive.
    pub fn new(source: R) -> Result<Self, NarError> {
        let mut reader = Self {
            source,
            state: State::Node,
            directories: Vec::new(),
        };
        reader.expect(MAGIC, "the magic of an archive")?;
        Ok(reader)
    }

    /// The next piece, or nothing at the end. Contents of a file that were not read are skipped.
    pub fn next_event(&mut self) -> Result<Option<Event>, NarError> {
        if let State::Contents { .. } = self.state {
            self.skip_contents()?;
        }
        match self.state {
            State::Done => Ok(None),
            State::Node => self.node().map(Some),
            State::Directory => self.directory().map(Some),
            State::Contents { .. } => unreachable!("contents were skipped above"),
        }
    }

    /// The stream behind the archive.
    pub fn into_inner(self) -> R {
        self.source
    }

    fn node(&mut self) -> Result<Event, NarError> {
        self.expect(b"(", "the beginning of a node")?;
        self.expect(b"type", "the type of a node")?;
        match self.token()?.as_slice() {
            b"directory" if self.directories.len() >= MAXIMUM_DEPTH => Err(NarError::TooDeep),
            b"directory" => {
                self.directories.push(None);
                self.state = State::Directory;
                Ok(Event::Directory)
            }
            b"symlink" => self.symlink(),
            b"regular" => self.regular(),
            other => Err(unexpected("a type of node", other)),
        }
    }

    fn symlink(&mut self) -> Result<Event, NarError> {
        self.expect(b"target", "the target of a link")?;
        let target = self.string(MAXIMUM_TARGET_LENGTH)?;
        self.end_node()?;
        Ok(Event::Symlink(target))
    }

    fn regular(&mut self) -> Result<Event, NarError> {
        let mut executable = false;
        let mut token = self.token()?;
        if token == b"executable" {
            executable = true;
            self.expect(b"", "the empty value of 'executable'")?;
            token = self.token()?;
        }
        let size = match token.as_slice() {
            b"contents" => self.length()?,
            // An empty file may lack its contents altogether.
            b")" => {
                self.after_node()?;
                return Ok(Event::Regular { executable, size: 0 });
            }
            other => return Err(unexpected("the contents of a file", other)),
        };
        self.state = State::Contents {
            remaining: size,
            size,
        };
        Ok(Event::Regular { executable, size })
    }

    fn directory(&mut self) -> Result<Event, NarError> {
        match self.token()?.as_slice() {
            b")" => {
                self.directories.pop();
                self.after_node()?;
                Ok(Event::EndDirectory)
            }
            b"entry" => self.entry(),
            other => Err(unexpected("an entry or the end of a directory", other)),
        }
    }

    fn entry(&mut self) -> Result<Event, NarError> {
        self.expect(b"(", "the beginning of an entry")?;
        self.expect(b"name", "the name of an entry")?;
        let name = self.string(MAXIMUM_NAME_LENGTH)?;
        let last = self
            .directories
            .last_mut()
            .expect("entries are read in directories only");
        if !is_valid_name(&name) || last.as_ref().is_some_and(|last| *last >= name) {
            return Err(NarError::BadEntry(String::from_utf8_lossy(&name).into_owned()));
        }
        *last = Some(name.clone());
        self.expect(b"node", "the node of an entry")?;
        self.state = State::Node;
        Ok(Event::Entry(name))
    }

    fn end_node(&mut self) -> Result<(), NarError> {
        self.expect(b")", "the end of a node")?;
        self.after_node()
    }

    fn after_node(&mut self) -> Result<(), NarError> {
        if self.directories.is_empty() {
            self.state = State::Done;
            return Ok(());
        }
        self.state = State::Directory;
        self.expect(b")", "the end of an entry")
    }

    fn skip_contents(&mut self) -> Result<(), NarError> {
        let State::Contents { remaining, .. } = self.state else {
            return Ok(());
        };
        let skipped = io::copy(&mut (&mut self.source).take(remaining), &mut io::sink())?;
        if skipped < remaining {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        self.end_contents()
    }

    fn end_contents(&mut self) -> Result<(), NarError> {
        if let State::Contents { size, .. } = self.state {
            self.padding(size)?;
            self.end_node()?;
        }
        Ok(())
    }

    fn token(&mut self) -> Result<Vec<u8>, NarError> {
        self.string(MAXIMUM_TOKEN_LENGTH)
    }

    fn expect(&mut self, literal: &[u8], expected: &'static str) -> Result<(), NarError> {
        let found = self.token()?;
        if found == literal {
            Ok(())
        } else {
            Err(unexpected(expected, &found))
        }
    }

    fn length(&mut self) -> Result<u64, NarError> {
        let mut bytes = [0; 8];
        self.source.read_exact(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn string(&mut self, maximum: u64) -> Result<Vec<u8>, NarError> {
        let length = self.length()?;
        if length > maximum {
            return Err(NarError::TooLong { length, maximum });
        }
        let mut bytes = vec![0; length as usize];
        self.source.read_exact(&mut bytes)?;
        self.padding(length)?;
        Ok(bytes)
    }

    fn padding(&mut self, length: u64) -> Result<(), NarError> {
        let mut bytes = [0; 8];
        let bytes = &mut bytes[..padding(length)];
        self.source.read_exact(bytes)?;
        if bytes.iter().all(|byte| *byte == 0) {
            Ok(())
        } else {
            Err(NarError::Padding)
        }
    }
}

/// Reads the contents of the regular file that the last event announced.
impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let State::Contents { remaining, size } = self.state else {
            return Ok(0);
        };
        let wanted = usize::try_from(remaining).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let count = self.source.read(&mut buffer[..wanted])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.state = State::Contents {
            remaining: remaining - count as u64,
            size,
        };
        Ok(count)
    }
}

fn unexpected(expected: &'static str, found: &[u8]) -> NarError {
    NarError::Unexpected {
        expected,
        found: String::from_utf8_lossy(found).into_owned(),
    }
}
