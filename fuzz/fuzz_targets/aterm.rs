//! Any bytes are a derivation or an error; a derivation that was read is written so that it reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nix_formats::Derivation;

fuzz_target!(|data: &[u8]| {
    let Ok(derivation) = Derivation::parse_aterm(data, "fuzzed") else { return };
    let text = derivation.to_aterm();
    let again = Derivation::parse_aterm(&text, "fuzzed").expect("what was written can be read");
    assert_eq!(again, derivation);
    let _ = derivation.path();
    let _ = derivation.to_json();
});
