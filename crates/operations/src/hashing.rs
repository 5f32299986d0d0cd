//! Digests of files and trees, and the forms in which they are written.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use nix_formats::{Hash, HashAlgorithm, nix32};
use store::hashing::HashingSink;

use crate::Error;

/// What a digest is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// The archive of a file or tree.
    Archive,
    /// The content of one file.
    File,
}

/// How a digest is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Hexadecimal.
    Base16,
    /// Nix's own base 32.
    Nix32,
    /// Base 64.
    Base64,
    /// The algorithm, a dash and base 64.
    Sri,
}

/// How many bytes `nix-hash --truncate` leaves.
const TRUNCATED: usize = 20;

impl Form {
    /// The digest in this form.
    pub fn show(self, hash: &Hash) -> String {
        match self {
            Self::Base16 => hash.to_base16(),
            Self::Nix32 => hash.to_nix32(),
            Self::Base64 => hash.to_base64(),
            Self::Sri => hash.to_sri(),
        }
    }

    /// The digest folded to 160 bits, in this form.
    pub fn show_truncated(self, hash: &Hash) -> String {
        if hash.as_bytes().len() <= TRUNCATED {
            return self.show(hash);
        }
        let mut bytes = [0; TRUNCATED];
        for (index, byte) in hash.as_bytes().iter().enumerate() {
            bytes[index % TRUNCATED] ^= byte;
        }
        match self {
            Self::Base16 => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            Self::Nix32 => nix32::encode(&bytes),
            Self::Base64 => BASE64.encode(bytes),
            Self::Sri => format!("{}-{}", hash.algorithm(), BASE64.encode(bytes)),
        }
    }
}

/// The algorithm of that name.
pub fn algorithm(name: &str) -> Result<HashAlgorithm, Error> {
    name.parse()
        .map_err(|error: nix_formats::hash::HashError| Error::Usage(error.to_string()))
}

/// Reads a digest in any form.
pub fn parse(text: &str, algorithm: Option<HashAlgorithm>) -> Result<Hash, Error> {
    Hash::parse_any(text, algorithm).map_err(|error| Error::Usage(error.to_string()))
}

/// The digest of what lies at `path`.
pub fn of_path(path: &Path, content: Content, algorithm: HashAlgorithm) -> Result<Hash, Error> {
    let sink = HashingSink::new(algorithm);
    Ok(match content {
        Content::Archive => store::tree::dump(path, &mut store::keep_all, sink)?.finish().0,
        Content::File => {
            let file = File::open(path).map_err(Error::files("open", path))?;
            of_stream(file, sink).map_err(Error::files("read", path))?
        }
    })
}

fn of_stream(mut file: File, mut sink: HashingSink) -> io::Result<Hash> {
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(sink.finish().0);
        }
        io::Write::write_all(&mut sink, &buffer[..count])?;
    }
}
