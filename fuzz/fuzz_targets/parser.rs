//! Any bytes are an expression or an error; what an expression prints as is an expression again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use nix_lang::syntax::{Features, printed};

fuzz_target!(|data: &[u8]| {
    let features = Features {
        pipe_operators: data.len() % 2 == 0,
    };
    let _ = printed(data, features);
});
