//! Ed25519 keys and signatures in the `name:base64` form of binary caches.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signer as _, SigningKey, Verifier as _, VerifyingKey};

/// Why a key or signature cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} '{name}' is malformed: expect a name, a colon and {bytes} bytes in base 64")]
pub struct SignatureError {
    what: &'static str,
    name: String,
    bytes: usize,
}

/// A named signature.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// The name of the key that made it.
    pub key_name: String,
    bytes: [u8; 64],
}

/// A named public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    /// The key's name.
    pub name: String,
    key: VerifyingKey,
}

/// A named secret key; its text form never appears in `Debug`.
#[derive(Clone)]
pub struct SecretKey {
    /// The key's name.
    pub name: String,
    key: SigningKey,
}

impl SecretKey {
    /// A key from 32 bytes of randomness, which the caller draws.
    pub fn from_seed(name: &str, seed: [u8; 32]) -> Self {
        Self {
            name: name.to_owned(),
            key: SigningKey::from_bytes(&seed),
        }
    }

    /// Signs `message`.
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature {
            key_name: self.name.clone(),
            bytes: self.key.sign(message).to_bytes(),
        }
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey {
            name: self.name.clone(),
            key: self.key.verifying_key(),
        }
    }

    /// The text that goes into a secret key file.
    pub fn to_secret_text(&self) -> String {
        format!("{}:{}", self.name, BASE64.encode(self.key.to_keypair_bytes()))
    }
}

impl PublicKey {
    /// Whether `signature` is this key's over `message`.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        let bytes = ed25519_dalek::Signature::from_bytes(&signature.bytes);
        signature.key_name == self.name && self.key.verify(message, &bytes).is_ok()
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretKey({})", self.name)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.name, BASE64.encode(self.key.as_bytes()))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.key_name, BASE64.encode(self.bytes))
    }
}

impl FromStr for SecretKey {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let (name, bytes) = named_bytes::<64>("secret key", text)?;
        let key = SigningKey::from_keypair_bytes(&bytes);
        Ok(Self {
            key: key.map_err(|_| malformed("secret key", &name, 64))?,
            name,
        })
    }
}

impl FromStr for PublicKey {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let (name, bytes) = named_bytes::<32>("public key", text)?;
        let key = VerifyingKey::from_bytes(&bytes);
        Ok(Self {
            key: key.map_err(|_| malformed("public key", &name, 32))?,
            name,
        })
    }
}

impl FromStr for Signature {
    type Err = SignatureError;

    fn from_str(text: &str) -> Result<Self, SignatureError> {
        let (key_name, bytes) = named_bytes::<64>("signature", text)?;
        Ok(Self { key_name, bytes })
    }
}

fn named_bytes<const N: usize>(what: &'static str, text: &str) -> Result<(String, [u8; N]), SignatureError> {
    // The part after the colon may be secret: only the name goes into an error.
    let (name, digits) = text
        .trim()
        .split_once(':')
        .ok_or_else(|| malformed(what, "", N))?;
    let bytes = BASE64
        .decode(digits)
        .ok()
        .and_then(|bytes| <[u8; N]>::try_from(bytes).ok());
    match bytes {
        Some(bytes) if !name.is_empty() => Ok((name.to_owned(), bytes)),
        _ => Err(malformed(what, name, N)),
    }
}

fn malformed(what: &'static str, name: &str, bytes: usize) -> SignatureError {
    SignatureError {
        what,
        name: name.to_owned(),
        bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_verifies_and_notices_changes() {
        let key = SecretKey::from_seed("test-1", [7; 32]);
        let again: SecretKey = key.to_secret_text().parse().unwrap();
        let signature: Signature = again.sign(b"message").to_string().parse().unwrap();
        let public: PublicKey = key.public_key().to_string().parse().unwrap();
        assert!(public.verify(b"message", &signature));
        assert!(!public.verify(b"massage", &signature));
        let other = SecretKey::from_seed("test-2", [7; 32]).sign(b"message");
        assert!(!public.verify(b"message", &other), "the key's name counts");
    }

    #[test]
    fn an_error_never_shows_key_material() {
        let error = "name:c2VjcmV0".parse::<SecretKey>().unwrap_err().to_string();
        assert!(error.contains("name") && !error.contains("c2Vj"));
    }
}
