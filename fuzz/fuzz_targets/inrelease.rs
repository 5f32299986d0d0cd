//! Any bytes are a signed release file, a detached signature, a key file, or an error.

#![no_main]

use std::sync::LazyLock;

use debian::lock::Release;
use debian::signature::{Certificate, Keyring, Moment};
use libfuzzer_sys::fuzz_target;

static DEBIAN: LazyLock<Keyring> = LazyLock::new(|| {
    let mut keyring = Keyring::default();
    let key = include_bytes!("../../base/keys/debian-trixie-stable.asc");
    keyring.add("debian", key).expect("the key is sound");
    keyring
});

fuzz_target!(|data: &[u8]| {
    if let Ok(signed) = DEBIAN.verify(data, Moment::WhenSigned) {
        let _ = Release::parse(&signed.text);
    }
    let _ = DEBIAN.verify_detached(b"Suite: trixie\n", data, Moment::Now(1_800_000_000));
    for certificate in Certificate::read_all("fuzz", data).unwrap_or_default() {
        let text = certificate.to_text().expect("what was read is written");
        let read = Certificate::from_text(&text).expect("what was written is read");
        assert_eq!(read.fingerprint(), certificate.fingerprint());
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = Release::parse(text);
    }
});
