//! Any text is a `flake.lock` or an error; one that was read is written so that it reads the same.

#![no_main]

use flake::LockFile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(lock) = LockFile::parse(text, "flake.lock") else { return };
    let _ = lock.check();
    let _ = lock.all_inputs();
    let written = lock.to_text();
    let again = LockFile::parse(&written, "flake.lock").expect("what was written can be read");
    assert_eq!(again.to_text(), written);
});
