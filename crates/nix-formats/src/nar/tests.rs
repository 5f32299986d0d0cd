use std::io::Read as _;

use super::*;
use crate::hash::Hash;

fn sample() -> Vec<u8> {
    let mut writer = Writer::new(Vec::new()).unwrap();
    writer.open_directory().unwrap();
    writer.entry(b"bin").unwrap();
    writer.open_directory().unwrap();
    writer.entry(b"run").unwrap();
    writer.regular_bytes(true, b"#!/bin/sh\n").unwrap();
    writer.close_directory().unwrap();
    writer.entry(b"empty").unwrap();
    writer.regular_bytes(false, b"").unwrap();
    writer.entry(b"link").unwrap();
    writer.symlink(b"bin/run").unwrap();
    writer.close_directory().unwrap();
    writer.finish().unwrap()
}

fn read_all(archive: &[u8]) -> Result<Vec<Event>, NarError> {
    let mut reader = Reader::new(archive)?;
    let mut events = Vec::new();
    while let Some(event) = reader.next_event()? {
        events.push(event);
    }
    Ok(events)
}

#[test]
fn a_file_hashes_as_its_specification_says() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    writer.regular(false, 3, &mut b"bar".as_slice()).unwrap();
    let archive = writer.finish().unwrap();
    assert_eq!(archive.len() as u64, single_file_size(false, 3));
    assert_eq!(
        Hash::sha256(&archive).to_sri(),
        "sha256-v99DtL7wY23pozQiKq4pK76RH8H7O4kV82q32XRlz/Y="
    );
}

#[test]
fn gives_back_what_was_written() {
    let archive = sample();
    let mut reader = Reader::new(archive.as_slice()).unwrap();
    let mut contents = Vec::new();
    let mut events = Vec::new();
    while let Some(event) = reader.next_event().unwrap() {
        if matches!(event, Event::Regular { .. }) {
            reader.read_to_end(&mut contents).unwrap();
        }
        events.push(event);
    }
    assert_eq!(contents, b"#!/bin/sh\n");
    assert_eq!(events, read_all(&archive).unwrap(), "unread contents are skipped");
    assert_eq!(events.len(), 11);
    assert_eq!(
        events[4],
        Event::Regular {
            executable: true,
            size: 10
        }
    );
    assert!(reader.into_inner().is_empty());
}

#[test]
fn refuses_every_truncation_and_what_is_not_canonical() {
    let archive = sample();
    for length in 0..archive.len() {
        assert!(read_all(&archive[..length]).is_err(), "cut at {length}");
    }
    for index in 0..archive.len() {
        let mut changed = archive.clone();
        changed[index] ^= 0x41;
        // Must not panic; most changes are errors, those inside names and contents are not.
        let _ = read_all(&changed);
    }
}

#[test]
fn the_writer_refuses_disorder() {
    let mut writer = Writer::new(Vec::new()).unwrap();
    assert!(writer.entry(b"a").is_err());
    writer.open_directory().unwrap();
    writer.entry(b"b").unwrap();
    writer.symlink(b"x").unwrap();
    for name in ["b", "a", "", ".", "..", "c/d"] {
        assert!(writer.entry(name.as_bytes()).is_err(), "{name}");
    }
    assert!(writer.finish().is_err(), "an open directory");
}
