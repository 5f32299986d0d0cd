//! Keeps bytes that nobody has checked apart from bytes whose hash was known beforehand.

use nix_formats::Hash;

use crate::Error;

/// Bytes from outside that nothing vouches for yet.
#[derive(Clone, Debug)]
pub struct Unverified {
    origin: String,
    bytes: Vec<u8>,
}

/// Bytes that have the hash that was asked for.
#[derive(Clone, Debug)]
pub struct Verified {
    hash: Hash,
    bytes: Vec<u8>,
}

impl Unverified {
    /// Marks `bytes` as come from `origin`.
    pub fn new(origin: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self {
            origin: origin.into(),
            bytes,
        }
    }

    /// Where the bytes came from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The bytes, for reading with distrust (a signature check, a metadata document).
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, for a caller that verifies them by other means than a hash.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Compares the bytes with the digest that was known beforehand.
    pub fn verify(self, expected: &Hash) -> Result<Verified, Error> {
        let actual = Hash::of(expected.algorithm(), &self.bytes);
        if actual != *expected {
            return Err(Error::hash_mismatch(&self.origin, *expected, actual));
        }
        Ok(Verified {
            hash: actual,
            bytes: self.bytes,
        })
    }
}

impl Verified {
    /// The digest that was known beforehand.
    pub fn hash(&self) -> Hash {
        self.hash
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_hash_verifies() {
        let bytes = Unverified::new("test:", b"abc".to_vec());
        let right = Hash::sha256(b"abc");
        assert_eq!(
            bytes
                .clone()
                .verify(&right)
                .expect("the hash is right")
                .as_bytes(),
            b"abc"
        );
        let error = bytes
            .verify(&Hash::sha256(b"abd"))
            .expect_err("the hash is wrong");
        assert!(error.is_hash_mismatch());
        assert!(error.to_string().contains(&right.to_sri()), "{error}");
    }
}
