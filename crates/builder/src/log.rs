//! What a builder says: line by line to whoever listens, to the log file, and the last lines to errors.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bzip2::Compression;
use bzip2::read::BzDecoder;
use bzip2::write::BzEncoder;
use nix_formats::StorePath;
use store::Store;

use crate::error::BuildFailure;
use crate::events::Event;

/// Longer lines are cut in pieces.
const LONGEST_LINE_BYTES: usize = 64 * 1024;
/// How lines begin that are messages to Nix and not for people.
const MESSAGE_MARK: &str = "@nix ";

/// The log of one build.
pub(crate) struct Log<'a> {
    derivation: &'a StorePath,
    sink: &'a (dyn Fn(Event) + Sync),
    place: PathBuf,
    tail_lines: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    tail: VecDeque<String>,
    /// Made with the first line.
    file: Option<BzEncoder<BufWriter<File>>>,
    /// The file could not be written; the build goes on.
    broken: bool,
}

impl<'a> Log<'a> {
    /// A log that goes to the file `place`, and whose last `tail_lines` lines are kept in memory.
    pub(crate) fn new(
        derivation: &'a StorePath,
        sink: &'a (dyn Fn(Event) + Sync),
        place: PathBuf,
        tail_lines: usize,
    ) -> Self {
        Self {
            derivation,
            sink,
            place,
            tail_lines,
            state: Mutex::default(),
        }
    }

    /// Takes one line without its end.
    pub(crate) fn line(&self, line: &str) {
        if let Some(message) = line.strip_prefix(MESSAGE_MARK) {
            return self.message(message);
        }
        {
            let mut state = self.lock();
            state.write(&self.place, line);
            state.tail.push_back(line.to_owned());
            if state.tail.len() > self.tail_lines {
                state.tail.pop_front();
            }
        }
        (self.sink)(Event::Log {
            derivation: self.derivation.clone(),
            line: line.to_owned(),
        });
    }

    /// Passes on an event; what is a line of the log is kept too.
    pub(crate) fn event(&self, event: Event) {
        match event {
            Event::Log { line, .. } => self.line(&line),
            other => (self.sink)(other),
        }
    }

    /// The last lines.
    pub(crate) fn tail(&self) -> Vec<String> {
        self.lock().tail.iter().cloned().collect()
    }

    /// Makes the log, even if nothing is said.
    pub(crate) fn begin(&self) {
        let mut state = self.lock();
        state.broken = state.open(&self.place).is_err();
    }

    /// Writes what is left.
    pub(crate) fn finish(&self) {
        if let Some(file) = self.lock().file.take() {
            let _ = file.finish().and_then(|mut file| file.flush());
        }
    }

    fn message(&self, text: &str) {
        let Ok(message) = serde_json::from_str::<serde_json::Value>(text) else {
            return;
        };
        if message["action"] == "setPhase"
            && let Some(phase) = message["phase"].as_str()
        {
            (self.sink)(Event::Phase {
                derivation: self.derivation.clone(),
                phase: phase.to_owned(),
            });
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn write(&mut self, place: &Path, line: &str) {
        if self.broken {
            return;
        }
        let written = self.open(place).and_then(|file| writeln!(file, "{line}"));
        self.broken = written.is_err();
    }

    fn open(&mut self, place: &Path) -> io::Result<&mut BzEncoder<BufWriter<File>>> {
        if self.file.is_none() {
            if let Some(parent) = place.parent() {
                fs::create_dir_all(parent)?;
            }
            let file = BufWriter::new(File::create(place)?);
            self.file = Some(BzEncoder::new(file, Compression::best()));
        }
        Ok(self.file.as_mut().expect("it was made above"))
    }
}

/// What the last build of the derivation at `path` said; nothing if there was none here.
pub fn read_log(store: &Store, path: &StorePath) -> io::Result<Option<Vec<u8>>> {
    let compressed = store.log_file(path);
    let mut text = Vec::new();
    match File::open(&compressed) {
        Ok(file) => {
            // One that a killed process left ends early: what can be read of it is of use.
            let read = BzDecoder::new(BufReader::new(file)).read_to_end(&mut text);
            if text.is_empty() {
                read?;
            }
            Ok(Some(text))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            // Nix leaves logs like this where it was told not to compress them.
            match fs::read(compressed.with_extension("")) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                plain => plain.map(Some),
            }
        }
        Err(error) => Err(error),
    }
}

/// Cuts what a program writes into lines.
#[derive(Default)]
pub(crate) struct LineSplitter {
    pending: Vec<u8>,
}

impl LineSplitter {
    /// Takes the next piece and gives each line that it completes. A line that was written over with carriage returns
    /// is what stands there last.
    pub(crate) fn feed(&mut self, piece: &[u8], mut line: impl FnMut(&str)) {
        for byte in piece {
            if *byte == b'\n' || self.pending.len() >= LONGEST_LINE_BYTES {
                self.flush(&mut line);
            }
            if *byte != b'\n' {
                self.pending.push(*byte);
            }
        }
    }

    /// Gives the last line, if it has no end.
    pub(crate) fn finish(mut self, line: impl FnOnce(&str)) {
        if !self.pending.is_empty() {
            self.flush(line);
        }
    }

    fn flush(&mut self, line: impl FnOnce(&str)) {
        let whole = self.pending.strip_suffix(b"\r").unwrap_or(&self.pending);
        let visible = whole.rsplit(|byte| *byte == b'\r').next().unwrap_or_default();
        line(&String::from_utf8_lossy(visible));
        self.pending.clear();
    }
}

/// Turns the result of writing somewhere in the build's own directory into a failure that names the place.
pub(crate) fn at<'a>(what: &'a str, path: &'a Path) -> impl FnOnce(std::io::Error) -> BuildFailure + use<'a> {
    move |error| BuildFailure::caused_by(format!("cannot {what} '{}'", path.display()), error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_the_same_wherever_the_pieces_are_cut() {
        let table: [(&str, &[&str]); 6] = [
            ("", &[]),
            ("a\nb", &["a", "b"]),
            ("a\r\n\nb\n", &["a", "", "b"]),
            ("10%\r20%\r100%\ndone", &["100%", "done"]),
            ("10%\r", &["10%"]),
            ("é\n", &["é"]),
        ];
        for (text, expected) in table {
            for size in 1..=text.len().max(1) {
                let (mut splitter, mut lines) = (LineSplitter::default(), Vec::new());
                for piece in text.as_bytes().chunks(size) {
                    splitter.feed(piece, |line| lines.push(line.to_owned()));
                }
                splitter.finish(|line| lines.push(line.to_owned()));
                assert_eq!(lines, expected, "{text:?} in pieces of {size}");
            }
        }
    }

    #[test]
    fn an_endless_line_is_cut() {
        let (mut splitter, mut lines) = (LineSplitter::default(), Vec::new());
        splitter.feed(&[b'x'; 3 * LONGEST_LINE_BYTES], |line| lines.push(line.len()));
        assert_eq!(lines, [LONGEST_LINE_BYTES; 2]);
    }
}
