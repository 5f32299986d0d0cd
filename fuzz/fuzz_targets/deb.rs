//! Any bytes are a Debian package or an error; of a package every entry is read.

#![no_main]

use std::io::Read as _;

use debian::deb::{Deb, DebError};
use libfuzzer_sys::fuzz_target;

/// Most bytes of all files together that are read: what a small input unpacks to may be large, and is not the question.
const MOST_BYTES: u64 = 16 << 20;

fuzz_target!(|data: &[u8]| {
    let Ok(deb) = Deb::open(data) else { return };
    for (name, _) in deb.members() {
        assert!(deb.member(name).is_some());
    }
    let mut left = MOST_BYTES;
    let _ = deb.data_entries(|entry, content| {
        assert!(entry.path.starts_with('/'), "{}", entry.path);
        assert!(!entry.path.split('/').any(|part| part == ".."), "{}", entry.path);
        left -= std::io::copy(&mut content.take(left), &mut std::io::sink()).unwrap_or(left);
        Ok::<(), DebError>(())
    });
});
