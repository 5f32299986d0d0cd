//! Data for standard output.

use std::io::{self, BufWriter, Write};

use operations::Error;

use crate::streams;
use crate::terminal::{Colours, clean};

/// Prints one line of data: to a program as it is, to people without what their terminal obeys.
pub fn line(text: &str) -> Result<(), Error> {
    match streams::output().terminal() {
        Some(colours) => bytes(format!("{}\n", clean(text, colours)).as_bytes()),
        None => bytes(format!("{text}\n").as_bytes()),
    }
}

/// Prints one line that is made for people, whoever reads it.
pub fn text(text: &str) -> Result<(), Error> {
    let colours = streams::output().terminal().unwrap_or(Colours::Drop);
    bytes(format!("{}\n", clean(text, colours)).as_bytes())
}

/// Prints what a program said: to people without what their terminal obeys.
pub fn log(log: &[u8]) -> Result<(), Error> {
    match streams::output().terminal() {
        Some(colours) => bytes(clean(&String::from_utf8_lossy(log), colours).as_bytes()),
        None => bytes(log),
    }
}

/// Prints bytes as they are.
pub fn bytes(bytes: &[u8]) -> Result<(), Error> {
    stream(|out| out.write_all(bytes).map_err(failed))
}

/// Prints what `work` writes.
pub fn stream(work: impl FnOnce(&mut dyn Write) -> Result<(), Error>) -> Result<(), Error> {
    let mut out = BufWriter::new(Noting {
        out: streams::output(),
        refused: None,
    });
    let worked = work(&mut out).and_then(|()| out.flush().map_err(failed));
    // Whoever writes takes each error for one of what is read.
    match out.get_ref().refused {
        Some(code) => Err(failed(io::Error::from_raw_os_error(code))),
        None => worked,
    }
}

/// Remembers why nothing could be written.
struct Noting<W> {
    out: W,
    refused: Option<i32>,
}

impl<W: Write> Noting<W> {
    fn note<T>(&mut self, result: io::Result<T>) -> io::Result<T> {
        self.refused = result.as_ref().err().and_then(io::Error::raw_os_error);
        result
    }
}

impl<W: Write> Write for Noting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        self.note(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        self.note(flushed)
    }
}

fn failed(source: io::Error) -> Error {
    Error::Files {
        operation: "write to",
        path: "standard output".into(),
        source,
    }
}

/// A size for people: `1.5 GB`.
pub fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    match unit {
        0 => format!("{bytes} B"),
        _ if value < 9.95 => format!("{value:.1} {}", UNITS[unit]),
        _ => format!("{value:.0} {}", UNITS[unit]),
    }
}

/// A size as Nix shows it to people, in a column: `   0.2 KiB`.
pub fn binary_size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut value = bytes as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:>6.1} {}", UNITS[unit])
}

/// A time for people: `1.25 s`.
pub fn duration(duration: std::time::Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        seconds if seconds < 0.9995 => format!("{:.0} ms", seconds * 1000.0),
        seconds if seconds < 60.0 => format!("{seconds:.1} s"),
        seconds => format!("{:.0} min {:02.0} s", (seconds / 60.0).floor(), seconds % 60.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let table = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 kB"),
            (9_960_000, "10 MB"),
            (1_234_567_890, "1.2 GB"),
        ];
        for (bytes, expected) in table {
            assert_eq!(size(bytes), expected);
        }
    }

    #[test]
    fn times_are_short() {
        let table = [(4, "4 ms"), (1_250, "1.2 s"), (61_000, "1 min 01 s")];
        for (milliseconds, expected) in table {
            assert_eq!(duration(std::time::Duration::from_millis(milliseconds)), expected);
        }
    }
}
