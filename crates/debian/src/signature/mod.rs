//! Checks OpenPGP cleartext signatures of release files against keys that are trusted beforehand.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use pgp::composed::{CleartextSignedMessage, Deserializable, SignedPublicKey, SignedPublicSubKey};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{KeyFlags, PublicKey, PublicSubkey, Signature, SignatureType};
use pgp::ser::Serialize;
use pgp::types::{Fingerprint, KeyDetails, PublicParams, Tag};

use crate::date;

/// How far a signer's clock may be ahead of ours, in seconds.
const CLOCK_TOLERANCE_S: u64 = 3600;
/// Bytes of a modulus of 2048 bits.
const LEAST_RSA_BYTES: usize = 256;
const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";

/// Keys whose signatures count.
#[derive(Clone, Debug, Default)]
pub struct Keyring {
    keys: Vec<Key>,
}

/// A primary key or subkey that may sign data.
#[derive(Clone, Debug)]
struct Key {
    material: Material,
    fingerprint: Fingerprint,
    owner: String,
    created: u64,
    expires: Option<u64>,
}

#[derive(Clone, Debug)]
enum Material {
    Primary(Box<PublicKey>),
    Subkey(Box<PublicSubkey>),
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
        let bad = |reason: String| SignatureError::BadKey {
            name: name.to_owned(),
            reason,
        };
        let (certificates, _) =
            SignedPublicKey::from_reader_many(bytes).map_err(|error| bad(error.to_string()))?;
        let before = self.keys.len();
        for certificate in certificates {
            let certificate = certificate.map_err(|error| bad(error.to_string()))?;
            self.add_certificate(&certificate);
        }
        if self.keys.len() == before {
            return Err(bad("it holds no key that can sign".to_owned()));
        }
        Ok(())
    }

    /// The certificate's keys that may sign and are not revoked, as its own signatures say.
    fn add_certificate(&mut self, certificate: &SignedPublicKey) {
        let primary = &certificate.primary_key;
        let owner = certificate.details.users.first();
        let owner = owner.map_or_else(String::new, |user| {
            String::from_utf8_lossy(user.id.id()).into_owned()
        });
        let revocations = &certificate.details.revocation_signatures;
        if revocations
            .iter()
            .any(|revocation| revocation.verify_key(primary).is_ok())
        {
            return;
        }
        let bindings = self_signatures(certificate);
        if bindings.is_empty() {
            return;
        }
        let primary_expires = bindings
            .iter()
            .filter_map(|binding| expiry(primary, binding))
            .min();
        let flags = bindings.iter().map(|binding| binding.key_flags());
        let flags = flags.reduce(|first, second| {
            if first == KeyFlags::default() {
                second
            } else {
                first
            }
        });
        if flags.is_some_and(|flags| allow_signing(&flags)) {
            self.keys.push(Key {
                material: Material::Primary(Box::new(primary.clone())),
                fingerprint: primary.fingerprint(),
                owner: owner.clone(),
                created: created(primary),
                expires: primary_expires,
            });
        }
        for subkey in &certificate.public_subkeys {
            let Some(binding) = signing_binding(primary, subkey) else {
                continue;
            };
            let own = expiry(&subkey.key, binding);
            self.keys.push(Key {
                material: Material::Subkey(Box::new(subkey.key.clone())),
                fingerprint: subkey.key.fingerprint(),
                owner: owner.clone(),
                created: created(&subkey.key),
                expires: own.into_iter().chain(primary_expires).min(),
            });
        }
    }

    /// Fingerprint and owner of each key.
    pub fn describe(&self) -> Vec<String> {
        self.keys.iter().map(Key::describe).collect()
    }

    /// Checks an `InRelease` file: at least one good signature by a key of this ring that is valid at `now`
    /// (seconds since 1970).
    pub fn verify(&self, bytes: &[u8], now: u64) -> Result<SignedText, SignatureError> {
        let message = parse(bytes)?;
        // Only what this gives was signed; it is what is read further on.
        let signed = message.signed_text();
        let mut reasons = Vec::new();
        let mut strangers = BTreeSet::new();
        for signature in message.signatures() {
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
                match key.check(signature, signed.as_bytes(), now) {
                    Ok(()) => {
                        return Ok(SignedText {
                            text: with_plain_line_ends(&signed),
                            signer: key.describe(),
                        });
                    }
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

/// The text that a signed file holds, for a caller that knows the file by its hash.
pub(crate) fn signed_text(bytes: &[u8]) -> Result<String, SignatureError> {
    parse(bytes).map(|message| with_plain_line_ends(&message.signed_text()))
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

impl Key {
    fn describe(&self) -> String {
        format!("{} ({})", self.fingerprint.to_string().to_uppercase(), self.owner)
    }

    /// Whether a signature says that this key made it.
    fn made(&self, signature: &Signature) -> bool {
        let by_id = signature
            .issuer_key_id()
            .into_iter()
            .any(|id| match &self.material {
                Material::Primary(key) => *id == key.legacy_key_id(),
                Material::Subkey(key) => *id == key.legacy_key_id(),
            });
        by_id || signature.issuer_fingerprint().contains(&&self.fingerprint)
    }

    /// Whether the signature is good, and both it and the key are valid at `now`.
    fn check(&self, signature: &Signature, data: &[u8], now: u64) -> Result<(), String> {
        let made = signature.created().map_or(0, |time| u64::from(time.as_secs()));
        let lifetime = signature
            .signature_expiration_time()
            .map_or(0, |time| u64::from(time.as_secs()));
        if !matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text)) {
            return Err("made a signature of another kind".to_owned());
        }
        if !signature.hash_alg().is_some_and(is_strong) {
            return Err("signed with a weak hash".to_owned());
        }
        if self.is_weak() {
            return Err("is too short".to_owned());
        }
        if made > now.saturating_add(CLOCK_TOLERANCE_S) {
            return Err(format!("signed in the future, on {}", date::display(made)));
        }
        if made < self.created {
            return Err("signed before it was made".to_owned());
        }
        if lifetime != 0 && made.saturating_add(lifetime) < now {
            return Err("made a signature that has expired".to_owned());
        }
        if let Some(expires) = self.expires.filter(|expires| *expires < now) {
            return Err(format!("expired on {}", date::display(expires)));
        }
        let result = match &self.material {
            Material::Primary(key) => signature.verify(key.as_ref(), data),
            Material::Subkey(key) => signature.verify(key.as_ref(), data),
        };
        result.map_err(|_| "did not sign this text".to_owned())
    }

    /// Whether the key is an RSA key of less than 2048 bits, or of an old kind.
    fn is_weak(&self) -> bool {
        let parameters = match &self.material {
            Material::Primary(key) => key.public_params(),
            Material::Subkey(key) => key.public_params(),
        };
        match parameters {
            PublicParams::RSA(numbers) => numbers.write_len() < LEAST_RSA_BYTES,
            PublicParams::DSA(_) | PublicParams::Elgamal(_) => true,
            _ => false,
        }
    }
}

fn is_strong(algorithm: HashAlgorithm) -> bool {
    matches!(
        algorithm,
        HashAlgorithm::Sha256
            | HashAlgorithm::Sha384
            | HashAlgorithm::Sha512
            | HashAlgorithm::Sha3_256
            | HashAlgorithm::Sha3_512
    )
}

/// The newest signatures of a certificate's primary key over its owners' names and over itself, in this order.
/// Either may be missing or say nothing about the key's use. Signatures of other people are left out.
fn self_signatures(certificate: &SignedPublicKey) -> Vec<&Signature> {
    let key = &certificate.primary_key;
    let users = certificate.details.users.iter().flat_map(|user| {
        user.signatures.iter().filter(|signature| {
            signature.typ() != Some(SignatureType::CertRevocation)
                && signature.verify_certification(key, Tag::UserId, &user.id).is_ok()
        })
    });
    let direct = certificate.details.direct_signatures.iter();
    // Signatures that only name who may revoke the key have neither flags nor lifetime.
    let direct = direct.filter(|signature| {
        let says_something =
            signature.key_expiration_time().is_some() || signature.key_flags() != KeyFlags::default();
        says_something && signature.verify_key(key).is_ok()
    });
    newest(users).into_iter().chain(newest(direct)).collect()
}

/// The newest binding of a subkey that may sign, if the subkey agreed to it and is not revoked.
fn signing_binding<'a>(primary: &PublicKey, subkey: &'a SignedPublicSubKey) -> Option<&'a Signature> {
    let valid = || {
        let signatures = subkey.signatures.iter();
        signatures.filter(|signature| signature.verify_subkey_binding(primary, &subkey.key).is_ok())
    };
    if valid().any(|signature| signature.typ() == Some(SignatureType::SubkeyRevocation)) {
        return None;
    }
    let binding = newest(valid())?;
    let agreed = binding
        .embedded_signature()
        .is_some_and(|back| back.verify_primary_key_binding(&subkey.key, primary).is_ok());
    (allow_signing(&binding.key_flags()) && agreed).then_some(binding)
}

fn newest<'a>(signatures: impl Iterator<Item = &'a Signature>) -> Option<&'a Signature> {
    signatures.max_by_key(|signature| signature.created().map(|time| time.as_secs()))
}

/// Keys without flags are from before there were any.
fn allow_signing(flags: &KeyFlags) -> bool {
    flags.sign() || *flags == KeyFlags::default()
}

fn created(key: &impl KeyDetails) -> u64 {
    u64::from(key.created_at().as_secs())
}

fn expiry(key: &impl KeyDetails, binding: &Signature) -> Option<u64> {
    let lifetime = binding.key_expiration_time()?.as_secs();
    (lifetime != 0).then(|| created(key) + u64::from(lifetime))
}
