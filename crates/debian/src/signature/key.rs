//! One key that may sign, and the conditions under which a signature by it counts.

use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{PublicKey, PublicSubkey, Signature, SignatureType, Subpacket, SubpacketData};
use pgp::ser::Serialize;
use pgp::types::{Fingerprint, KeyDetails, PublicParams};

use super::Moment;
use crate::date;

/// How far a signer's clock may be ahead of ours, in seconds.
const CLOCK_TOLERANCE_S: u64 = 3600;
/// Bytes of a modulus of 2048 bits.
const LEAST_RSA_BYTES: usize = 256;

/// A primary key or subkey that may sign data.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub material: Material,
    pub fingerprint: Fingerprint,
    pub owner: String,
    pub created: u64,
    pub expires: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) enum Material {
    Primary(Box<PublicKey>),
    Subkey(Box<PublicSubkey>),
}

impl Key {
    pub fn describe(&self) -> String {
        format!("{} ({})", self.fingerprint.to_string().to_uppercase(), self.owner)
    }

    /// Whether a signature says that this key made it.
    pub fn made(&self, signature: &Signature) -> bool {
        let by_id = signature
            .issuer_key_id()
            .into_iter()
            .any(|id| match &self.material {
                Material::Primary(key) => *id == key.legacy_key_id(),
                Material::Subkey(key) => *id == key.legacy_key_id(),
            });
        by_id || signature.issuer_fingerprint().contains(&&self.fingerprint)
    }

    /// Whether the signature is good, and both it and the key are valid at that moment.
    pub fn check(&self, signature: &Signature, data: &[u8], moment: Moment) -> Result<(), String> {
        let made = signature.created().map_or(0, |time| u64::from(time.as_secs()));
        let now = match moment {
            Moment::Now(now) => now,
            Moment::WhenSigned => made,
        };
        if !matches!(signature.typ(), Some(SignatureType::Binary | SignatureType::Text)) {
            return Err("made a signature of another kind".to_owned());
        }
        if !signature.hash_alg().is_some_and(is_strong) {
            return Err("signed with a weak hash".to_owned());
        }
        if let Some(condition) = unknown_condition(signature) {
            return Err(format!(
                "signed under a condition that is not understood: {condition}"
            ));
        }
        if self.is_weak() {
            return Err("is too short".to_owned());
        }
        self.check_times(signature, made, now)?;
        let result = match &self.material {
            Material::Primary(key) => signature.verify(key.as_ref(), data),
            Material::Subkey(key) => signature.verify(key.as_ref(), data),
        };
        result.map_err(|_| "did not sign this text".to_owned())
    }

    fn check_times(&self, signature: &Signature, made: u64, now: u64) -> Result<(), String> {
        let lifetime = signature
            .signature_expiration_time()
            .map_or(0, |time| u64::from(time.as_secs()));
        if made > now.saturating_add(CLOCK_TOLERANCE_S) {
            return Err(format!("signed in the future, on {}", date::display(made)));
        }
        if made < self.created {
            return Err("signed before it was made".to_owned());
        }
        if lifetime != 0 && made.saturating_add(lifetime) < now {
            return Err("made a signature that has expired".to_owned());
        }
        match self.expires.filter(|expires| *expires < now) {
            Some(expires) => Err(format!("expired on {}", date::display(expires))),
            None => Ok(()),
        }
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

/// Whether a signature by which a certificate speaks of itself counts.
pub(super) fn is_acceptable(signature: &Signature) -> bool {
    signature.hash_alg().is_some_and(is_strong) && unknown_condition(signature).is_none()
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

/// What a signature says about itself that its maker marked as critical, and that means nothing here (RFC 9580,
/// section 5.2.3.7): such a signature is as good as none.
fn unknown_condition(signature: &Signature) -> Option<String> {
    let critical = signature.config()?.hashed_subpackets.iter();
    critical
        .filter(|subpacket| subpacket.is_critical)
        .find_map(condition_of)
}

fn condition_of(subpacket: &Subpacket) -> Option<String> {
    match &subpacket.data {
        SubpacketData::SignatureCreationTime(_)
        | SubpacketData::SignatureExpirationTime(_)
        | SubpacketData::KeyExpirationTime(_)
        | SubpacketData::IssuerKeyId(_)
        | SubpacketData::IssuerFingerprint(_)
        | SubpacketData::PreferredSymmetricAlgorithms(_)
        | SubpacketData::PreferredHashAlgorithms(_)
        | SubpacketData::PreferredCompressionAlgorithms(_)
        | SubpacketData::PreferredEncryptionModes(_)
        | SubpacketData::PreferredAeadAlgorithms(_)
        | SubpacketData::PreferredKeyServer(_)
        | SubpacketData::KeyServerPreferences(_)
        | SubpacketData::KeyFlags(_)
        | SubpacketData::Features(_)
        | SubpacketData::RevocationReason(..)
        | SubpacketData::IsPrimary(_)
        | SubpacketData::Revocable(_)
        | SubpacketData::EmbeddedSignature(_)
        | SubpacketData::RevocationKey(_)
        | SubpacketData::SignersUserID(_)
        | SubpacketData::ExportableCertification(_) => None,
        SubpacketData::Notation(notation) => Some(format!(
            "the notation {}",
            String::from_utf8_lossy(&notation.name)
        )),
        _ => Some(format!("the subpacket {:?}", subpacket.typ())),
    }
}
