//! What a program or library needs to run: its interpreter, and shared libraries by their sonames.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// The longest first line of a script that a kernel reads.
pub(super) const LONGEST_FIRST_LINE: usize = 256;
/// More program headers than any linker writes.
const MOST_HEADERS: u16 = 128;
/// More dynamic entries and bytes of their names than any library has.
const MOST_DYNAMIC_BYTES: u64 = 1 << 20;
const MOST_NAME_BYTES: u64 = 64 << 20;

const LOAD: u32 = 1;
const DYNAMIC: u32 = 2;
const INTERPRETER: u32 = 3;

/// What a file needs to run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Requirements {
    /// Absolute path of the program that runs it.
    pub interpreter: Option<String>,
    /// The program that `/usr/bin/env` looks for, where that is the interpreter.
    pub looked_up: Option<String>,
    /// Sonames of the libraries it is linked with, or paths where they hold a slash.
    pub libraries: Vec<String>,
}

impl Requirements {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// What the file at `path` needs. Nothing, where it is damaged or of another kind of machine.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let mut read = |offset: u64, length: u64| {
            let left = metadata.len().saturating_sub(offset);
            let length = usize::try_from(length.min(left)).unwrap_or(usize::MAX);
            let mut bytes = vec![0; length];
            file.read_exact_at(&mut bytes, offset)?;
            Ok(bytes)
        };
        if is_candidate(&read(0, LONGEST_FIRST_LINE as u64)?) {
            return of_file(metadata.permissions().mode(), &mut read);
        }
        Ok(Self::default())
    }
}

/// Reads a part of a file: offset and length; less comes back at its end.
pub(super) type ReadPart<'a> = &'a mut dyn FnMut(u64, u64) -> std::io::Result<Vec<u8>>;

/// Whether a file that begins so is worth a look.
pub(super) fn is_candidate(head: &[u8]) -> bool {
    head.starts_with(b"\x7fELF\x02\x01") || head.starts_with(b"#!")
}

/// What a file needs. Files that are damaged or of another kind of machine need nothing that can be told.
pub(super) fn of_file(mode: u32, read: ReadPart<'_>) -> std::io::Result<Requirements> {
    let head = read(0, LONGEST_FIRST_LINE as u64)?;
    if let Some(line) = head.strip_prefix(b"#!") {
        // Without the mode it is a module or an example.
        return Ok(if mode & 0o111 == 0 {
            Requirements::default()
        } else {
            of_script(line)
        });
    }
    Ok(of_program(&head, read)?.unwrap_or_default())
}

fn of_script(line: &[u8]) -> Requirements {
    let line = line.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split_whitespace();
    let interpreter = words
        .next()
        .filter(|path| path.starts_with('/'))
        .map(str::to_owned);
    let is_env = interpreter.as_deref().is_some_and(|path| path.ends_with("/env"));
    let looked_up = words
        .next()
        .filter(|word| is_env && !word.starts_with('-') && !word.contains('='));
    Requirements {
        looked_up: looked_up.map(str::to_owned),
        interpreter,
        libraries: Vec::new(),
    }
}

/// One program header: file offset, address and size.
struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    size: u64,
}

fn of_program(head: &[u8], read: ReadPart<'_>) -> std::io::Result<Option<Requirements>> {
    let (Some(at), Some(count)) = (u64_at(head, 32), u16_at(head, 56)) else {
        return Ok(None);
    };
    if count > MOST_HEADERS || u16_at(head, 54) != Some(56) {
        return Ok(None);
    }
    let headers = read(at, u64::from(count) * 56)?;
    let segments: Vec<Segment> = headers.chunks_exact(56).filter_map(segment).collect();
    let mut requirements = Requirements::default();
    for segment in &segments {
        match segment.kind {
            INTERPRETER => requirements.interpreter = string(&read(segment.offset, segment.size.min(4096))?),
            DYNAMIC => {
                let table = read(segment.offset, segment.size.min(MOST_DYNAMIC_BYTES))?;
                requirements.libraries = libraries(&table, &segments, read)?;
            }
            _ => {}
        }
    }
    Ok(Some(requirements))
}

fn segment(header: &[u8]) -> Option<Segment> {
    Some(Segment {
        kind: u32::from_le_bytes(header.get(..4)?.try_into().ok()?),
        offset: u64_at(header, 8)?,
        address: u64_at(header, 16)?,
        size: u64_at(header, 32)?,
    })
}

/// The names of the libraries that a dynamic table speaks of.
fn libraries(table: &[u8], segments: &[Segment], read: ReadPart<'_>) -> std::io::Result<Vec<String>> {
    const NEEDED: u64 = 1;
    const NAMES: u64 = 5;
    const NAMES_SIZE: u64 = 10;
    let entries = || {
        let pairs = table
            .chunks_exact(16)
            .filter_map(|entry| Some((u64_at(entry, 0)?, u64_at(entry, 8)?)));
        pairs.take_while(|(tag, _)| *tag != 0)
    };
    let value = |wanted| entries().find_map(|(tag, value)| (tag == wanted).then_some(value));
    let (Some(address), Some(size)) = (value(NAMES), value(NAMES_SIZE)) else {
        return Ok(Vec::new());
    };
    let loaded = segments.iter().find(|segment| {
        segment.kind == LOAD
            && (segment.address..segment.address.saturating_add(segment.size)).contains(&address)
    });
    let Some(loaded) = loaded else {
        return Ok(Vec::new());
    };
    let offset = loaded.offset.saturating_add(address - loaded.address);
    let names = read(offset, size.min(MOST_NAME_BYTES))?;
    let needed = entries().filter(|(tag, _)| *tag == NEEDED);
    let name = |(_, at): (u64, u64)| string(names.get(usize::try_from(at).ok()?..)?);
    Ok(needed.filter_map(name).collect())
}

/// The text up to the first zero.
fn string(bytes: &[u8]) -> Option<String> {
    let text = bytes.split(|byte| *byte == 0).next()?;
    std::str::from_utf8(text)
        .ok()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(mode: u32, bytes: &[u8]) -> Requirements {
        let mut read = |offset: u64, length: u64| {
            let begin = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let end = begin.saturating_add(length as usize).min(bytes.len());
            Ok(bytes[begin..end].to_vec())
        };
        of_file(mode, &mut read).expect("memory can be read")
    }

    #[test]
    fn scripts_name_their_interpreter() {
        let table: [(&str, u32, Option<&str>, Option<&str>); 7] = [
            ("#!/bin/sh\nexit", 0o755, Some("/bin/sh"), None),
            ("#! /usr/bin/python3 -s\n", 0o755, Some("/usr/bin/python3"), None),
            ("#!/usr/bin/env perl\n", 0o755, Some("/usr/bin/env"), Some("perl")),
            ("#!/usr/bin/env -S perl -w\n", 0o755, Some("/usr/bin/env"), None),
            ("#!/bin/sh", 0o644, None, None),
            ("#!sh\n", 0o755, None, None),
            ("#!", 0o755, None, None),
        ];
        for (text, mode, interpreter, looked_up) in table {
            let found = of(mode, text.as_bytes());
            assert_eq!(
                (found.interpreter.as_deref(), found.looked_up.as_deref()),
                (interpreter, looked_up),
                "{text}"
            );
        }
    }

    /// A program with three segments, linked with two libraries.
    fn program() -> Vec<u8> {
        let mut image = vec![0; 0x400];
        let mut put = |at: usize, bytes: &[u8]| image[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"\x7fELF\x02\x01");
        put(32, &64u64.to_le_bytes());
        put(54, &[56, 0, 3, 0]);
        let segments = [
            (LOAD, 0, 0x1000, 0x400),
            (INTERPRETER, 0x200, 0x1200, 8),
            (DYNAMIC, 0x300, 0x1300, 0x60),
        ];
        for (index, (kind, offset, address, size)) in segments.into_iter().enumerate() {
            let at = 64 + index * 56;
            put(at, &u32::to_le_bytes(kind));
            for (field, value) in [(8, offset), (16, address), (32, size)] {
                put(at + field, &u64::to_le_bytes(value));
            }
        }
        put(0x200, b"/lib/ld\0");
        put(0x280, b"\0liba.so.1\0libb.so\0");
        for (index, (tag, value)) in [(1u64, 1u64), (1, 11), (5, 0x1280), (10, 0x20)]
            .into_iter()
            .enumerate()
        {
            put(0x300 + index * 16, &tag.to_le_bytes());
            put(0x308 + index * 16, &value.to_le_bytes());
        }
        image
    }

    #[test]
    fn programs_name_their_loader_and_libraries() {
        let found = of(0o644, &program());
        assert_eq!(found.interpreter.as_deref(), Some("/lib/ld"));
        assert_eq!(found.libraries, ["liba.so.1", "libb.so"]);
    }

    #[test]
    fn damaged_programs_never_panic() {
        let program = program();
        for length in 0..program.len() {
            of(0o755, &program[..length]);
        }
        for at in 0..program.len() {
            for value in [0, 0x7f, 0xff] {
                let mut broken = program.clone();
                broken[at] = value;
                of(0o755, &broken);
            }
        }
    }
}
