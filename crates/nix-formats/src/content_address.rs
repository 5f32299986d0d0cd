//! How a store path's name follows from its content.

use std::fmt;
use std::str::FromStr;

use crate::hash::{Hash, HashAlgorithm, HashError};

/// What is hashed to address a path by its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// The bytes of one regular file.
    Flat,
    /// The archive (NAR) of the tree; Nix also says "recursive".
    Nar,
    /// The bytes of one file whose references are recorded, as for derivations.
    Text,
}

impl Method {
    /// What stands before the algorithm in a derivation: nothing, `r:` or `text:`.
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Flat => "",
            Self::Nar => "r:",
            Self::Text => "text:",
        }
    }

    /// The word for it in the derivation JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flat => "flat",
            Self::Nar => "nar",
            Self::Text => "text",
        }
    }

    /// Splits `r:sha256` into method and algorithm.
    pub fn parse_with_algorithm(text: &str) -> Result<(Self, HashAlgorithm), HashError> {
        let (method, name) = match text {
            _ if text.starts_with("r:") => (Self::Nar, &text[2..]),
            _ if text.starts_with("text:") => (Self::Text, &text[5..]),
            _ => (Self::Flat, text),
        };
        Ok((method, name.parse()?))
    }
}

/// A digest and what was hashed; its text form is the `ca` field of the database and of narinfo files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentAddress {
    /// What was hashed.
    pub method: Method,
    /// The digest.
    pub hash: Hash,
}

impl fmt::Display for ContentAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let prefix = match self.method {
            Method::Flat => "fixed:",
            Method::Nar => "fixed:r:",
            Method::Text => "text:",
        };
        write!(formatter, "{prefix}{}", self.hash.to_prefixed_nix32())
    }
}

impl FromStr for ContentAddress {
    type Err = HashError;

    fn from_str(text: &str) -> Result<Self, HashError> {
        let (method, digest) = if let Some(digest) = text.strip_prefix("fixed:r:") {
            (Method::Nar, digest)
        } else if let Some(digest) = text.strip_prefix("fixed:") {
            (Method::Flat, digest)
        } else if let Some(digest) = text.strip_prefix("text:") {
            (Method::Text, digest)
        } else {
            return Err(HashError::MissingAlgorithm(text.to_owned()));
        };
        Ok(Self {
            method,
            hash: Hash::parse_any(digest, None)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_through_text() {
        for method in [Method::Flat, Method::Nar, Method::Text] {
            let address = ContentAddress {
                method,
                hash: Hash::sha256(b"abc"),
            };
            assert_eq!(address.to_string().parse(), Ok(address));
        }
    }
}
