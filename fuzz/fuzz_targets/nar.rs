//! Any bytes are an archive or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nix_formats::nar::Reader;

fuzz_target!(|data: &[u8]| {
    let Ok(mut reader) = Reader::new(data) else { return };
    while let Ok(Some(_)) = reader.next_event() {}
});
