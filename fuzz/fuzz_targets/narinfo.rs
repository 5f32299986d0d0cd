//! Any text is a `.narinfo` file or an error; one that was read is written so that it reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nix_formats::narinfo::NarInfo;

fuzz_target!(|text: &str| {
    let Ok(info) = NarInfo::parse(text) else { return };
    let _ = info.fingerprint();
    assert_eq!(NarInfo::parse(&info.to_string()).as_ref(), Ok(&info));
});
