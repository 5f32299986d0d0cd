//! Checks OpenPGP signatures of release files against keys that are trusted beforehand.

mod certificate;
mod fingerprint;
mod key;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use pgp::composed::{CleartextSignedMessage, Deserializable, DetachedSignature};
use pgp::packet::Signature;

pub use certificate::Certificate;
pub use fingerprint::{Fingerprint, NoFingerprint};
use key::Key;

/// Most signatures of a text that are looked at.
const MOST_SIGNATURES: usize = 64;
const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";

/// Keys whose signatures count.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    keys: Vec<Key>,
}

/// When a signature and its key have to be valid.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// Now, in seconds since 1970: what is locked anew.
    Now(u64),
    /// When it was signed: what is locked already stays as good as it was.
    WhenSigned,
}

/// Why a signed text is not to be trusted, or a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SignatureError {
    /// A key file holds no key.
    #[error("the key file {name} cannot be read: {reason}")]
    BadKey {
        /// Name of the file.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The text is not signed as it should be.
    #[error("it is not a signed text: {reason}")]
    Malformed {
        /// What is wrong with it.
        reason: String,
    },
    /// None of the signers is trusted.
    #[error("it is signed by {} only, which is not trusted; trusted are {}", list(.signers), list(.trusted))]
    NotTrusted {
        /// Key ids of the signers.
        signers: Vec<String>,
        /// Fingerprints and owners of the keys that are trusted.
        trusted: Vec<String>,
    },
    /// A trusted key seems to have signed, but no signature holds.
    #[error("no signature by a trusted key is good: {}", list(.reasons))]
    Bad {
        /// What is wrong with each.
        reasons: Vec<String>,
    },
}

fn list(items: &[String]) -> String {
    if items.is_empty() {
        return "nobody".to_owned();
    }
    items.join(", ")
}

/// A text whose signature was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedText {
    /// What was signed, and nothing else of the file.
    pub text: String,
    /// Fingerprint and owner of the key that signed.
    pub signer: String,
}

impl Keyring {
    /// Adds the keys of a file, armoured or binary. `name` is for messages.
    pub fn add(&mut self, name: &str, bytes: &[u8]) -> Result<(), SignatureError> {
        for certificate in Certificate::read_all(name, bytes)? {
            self.keys.extend(certificate.signing_keys());
        }
        match self.keys.is_empty() {
            true => Err(cannot_sign(name)),
            false => Ok(()),
        }
    }

    /// Adds the keys of a certificate.
    pub fn add_certificate(&mut self, certificate: &Certificate) -> Result<(), SignatureError> {
        let keys = certificate.signing_keys();
        if keys.is_empty() {
            return Err(cannot_sign(&certificate.describe()));
        }
        self.keys.extend(keys);
        Ok(())
    }

    /// Fingerprint and owner of each key.
    pub fn describe(&self) -> Vec<String> {
        self.keys.iter().map(Key::describe).collect()
    }

    /// Checks an `InRelease` file: at least one good signature by a key of this ring that is valid at `moment`.
    pub fn verify(&self, bytes: &[u8], moment: Moment) -> Result<SignedText, SignatureError> {
        let message = parse(bytes)?;
        // Only what this gives was signed; it is what is read further on.
        let signed = message.signed_text();
        let signer = self.signer(message.signatures().iter(), signed.as_bytes(), moment)?;
        Ok(SignedText {
            text: with_plain_line_ends(&signed),
            signer,
        })
    }

    /// Checks a `Release` file against the signatures in its `Release.gpg`, in the same way.
    pub fn verify_detached(
        &self,
        text: &[u8],
        signatures: &[u8],
        moment: Moment,
    ) -> Result<SignedText, SignatureError> {
        let malformed = |reason: String| SignatureError::Malformed { reason };
        let (parsed, _) =
            DetachedSignature::from_reader_many(signatures).map_err(|error| malformed(error.to_string()))?;
        let parsed: Vec<DetachedSignature> = parsed
            .collect::<Result<_, _>>()
            .map_err(|error| malformed(error.to_string()))?;
        if parsed.is_empty() {
            return Err(malformed("it has no signature".to_owned()));
        }
        let signer = self.signer(parsed.iter().map(|parsed| &parsed.signature), text, moment)?;
        let text = String::from_utf8(text.to_vec()).map_err(|_| malformed("it is not UTF-8".to_owned()))?;
        Ok(SignedText {
            text: with_plain_line_ends(&text),
            signer,
        })
    }

    /// The key that made one of the signatures.
    fn signer<'s>(
        &self,
        signatures: impl Iterator<Item = &'s Signature>,
        data: &[u8],
        moment: Moment,
    ) -> Result<String, SignatureError> {
        let mut reasons = Vec::new();
        let mut strangers = BTreeSet::new();
        for signature in signatures.take(MOST_SIGNATURES) {
            let candidates: Vec<&Key> = self.keys.iter().filter(|key| key.made(signature)).collect();
            if candidates.is_empty() {
                strangers.extend(
                    signature
                        .issuer_key_id()
                        .iter()
                        .map(|id| id.to_string().to_uppercase()),
                );
            }
            for key in candidates {
                match key.check(signature, data, moment) {
                    Ok(()) => return Ok(key.describe()),
                    Err(reason) => reasons.push(format!("{} {reason}", key.describe())),
                }
            }
        }
        if reasons.is_empty() {
            return Err(SignatureError::NotTrusted {
                signers: strangers.into_iter().collect(),
                trusted: self.describe(),
            });
        }
        Err(SignatureError::Bad { reasons })
    }
}

fn cannot_sign(name: &str) -> SignatureError {
    SignatureError::BadKey {
        name: name.to_owned(),
        reason: "it holds no key that can sign".to_owned(),
    }
}

fn with_plain_line_ends(text: &str) -> String {
    text.replace("\r\n", "\n")
}

fn parse(bytes: &[u8]) -> Result<CleartextSignedMessage, SignatureError> {
    let malformed = |reason: String| SignatureError::Malformed { reason };
    let text = std::str::from_utf8(bytes).map_err(|_| malformed("it is not UTF-8".to_owned()))?;
    if !text.starts_with(BEGIN) {
        return Err(malformed(format!("it does not begin with {BEGIN}")));
    }
    let parsed = CleartextSignedMessage::from_string(text);
    parsed
        .map(|(message, _)| message)
        .map_err(|error| malformed(error.to_string()))
}
