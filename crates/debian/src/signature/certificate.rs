//! OpenPGP certificates: which of their keys may sign, as their own signatures say.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use pgp::composed::{Deserializable, SignedKeyDetails, SignedPublicKey, SignedPublicSubKey};
use pgp::packet::{KeyFlags, PublicKey, Signature, SignatureType};
use pgp::ser::Serialize;
use pgp::types::{KeyDetails, SignedUser, Tag};

use super::key::{Key, Material, is_acceptable};
use super::{Fingerprint, SignatureError};

const ARMOR_BEGIN: &str = "-----BEGIN PGP PUBLIC KEY BLOCK-----";

/// A primary key with its subkeys, owners and their signatures.
#[derive(Clone, Debug)]
pub struct Certificate {
    inner: SignedPublicKey,
}

impl Certificate {
    /// The certificates of a file, armoured or binary. `name` is for messages.
    pub fn read_all(name: &str, bytes: &[u8]) -> Result<Vec<Self>, SignatureError> {
        let bad = |reason: String| SignatureError::BadKey {
            name: name.to_owned(),
            reason,
        };
        let mut found = Vec::new();
        for block in blocks(bytes) {
            let (certificates, _) =
                SignedPublicKey::from_reader_many(block).map_err(|error| bad(error.to_string()))?;
            for certificate in certificates {
                let inner = certificate.map_err(|error| bad(error.to_string()))?;
                found.push(Self { inner });
            }
        }
        if found.is_empty() {
            return Err(bad("it holds no key".to_owned()));
        }
        Ok(found)
    }

    /// Reads what [`Certificate::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, SignatureError> {
        let bad = |reason: String| SignatureError::BadKey {
            name: "of the lock".to_owned(),
            reason,
        };
        let bytes = BASE64.decode(text).map_err(|error| bad(error.to_string()))?;
        let inner = SignedPublicKey::from_bytes(bytes.as_slice()).map_err(|error| bad(error.to_string()))?;
        Ok(Self { inner })
    }

    /// What [`Certificate::to_bytes`] gives, in base 64.
    pub fn to_text(&self) -> Result<String, SignatureError> {
        Ok(BASE64.encode(self.to_bytes()?))
    }

    /// The certificate as a binary key file, without what others have signed and without keys that cannot sign.
    pub fn to_bytes(&self) -> Result<Vec<u8>, SignatureError> {
        let bytes = self.reduced().to_bytes();
        bytes.map_err(|error| SignatureError::BadKey {
            name: self.fingerprint().to_string(),
            reason: error.to_string(),
        })
    }

    fn reduced(&self) -> SignedPublicKey {
        let key = &self.inner.primary_key;
        let details = &self.inner.details;
        let own = |user: &SignedUser| {
            let signatures = user.signatures.iter().filter(|signature| {
                let result = signature.verify_certification(key, Tag::UserId, &user.id);
                result.is_ok()
            });
            SignedUser::new(user.id.clone(), signatures.cloned().collect())
        };
        let users = details.users.iter().map(own);
        let subkeys = self.inner.public_subkeys.iter();
        let subkeys = subkeys.filter(|subkey| signing_binding(key, subkey).is_some());
        SignedPublicKey::new(
            key.clone(),
            SignedKeyDetails::new(
                details.revocation_signatures.clone(),
                details.direct_signatures.clone(),
                users.collect(),
                Vec::new(),
            ),
            subkeys.cloned().collect(),
        )
    }

    /// The fingerprint of the primary key, which is that of the certificate.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.inner.primary_key.fingerprint())
    }

    /// Whether `fingerprint` is that of one of the subkeys.
    pub fn has_subkey(&self, fingerprint: &Fingerprint) -> bool {
        let mut subkeys = self.inner.public_subkeys.iter();
        subkeys.any(|subkey| Fingerprint::of(&subkey.key.fingerprint()) == *fingerprint)
    }

    /// Fingerprint and owner, for people.
    pub fn describe(&self) -> String {
        format!("{} ({})", self.fingerprint(), self.owner())
    }

    fn owner(&self) -> String {
        let owner = self.inner.details.users.first();
        owner.map_or_else(String::new, |user| {
            String::from_utf8_lossy(user.id.id()).into_owned()
        })
    }

    /// The keys that may sign and are not revoked, as the certificate's own signatures say.
    pub(super) fn signing_keys(&self) -> Vec<Key> {
        let primary = &self.inner.primary_key;
        let owner = self.owner();
        let revocations = &self.inner.details.revocation_signatures;
        if revocations
            .iter()
            .any(|revocation| revocation.verify_key(primary).is_ok())
        {
            return Vec::new();
        }
        let bindings = self_signatures(&self.inner);
        if bindings.is_empty() {
            return Vec::new();
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
        let mut keys = Vec::new();
        if flags.is_some_and(|flags| allow_signing(&flags)) {
            keys.push(Key {
                material: Material::Primary(Box::new(primary.clone())),
                fingerprint: primary.fingerprint(),
                owner: owner.clone(),
                created: created(primary),
                expires: primary_expires,
            });
        }
        for subkey in &self.inner.public_subkeys {
            let Some(binding) = signing_binding(primary, subkey) else {
                continue;
            };
            let own = expiry(&subkey.key, binding);
            keys.push(Key {
                material: Material::Subkey(Box::new(subkey.key.clone())),
                fingerprint: subkey.key.fingerprint(),
                owner: owner.clone(),
                created: created(&subkey.key),
                expires: own.into_iter().chain(primary_expires).min(),
            });
        }
        keys
    }
}

/// The armoured blocks of a file; a file without any is one binary block.
fn blocks(bytes: &[u8]) -> Vec<&[u8]> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return vec![bytes];
    };
    let starts: Vec<usize> = text.match_indices(ARMOR_BEGIN).map(|(at, _)| at).collect();
    if starts.is_empty() {
        return vec![bytes];
    }
    let ends = starts.iter().skip(1).copied().chain([bytes.len()]);
    let blocks = starts.iter().zip(ends);
    blocks.map(|(start, end)| &bytes[*start..end]).collect()
}

/// The newest signatures of a certificate's primary key over its owners' names and over itself, in this order.
/// Either may be missing or say nothing about the key's use. Signatures of other people, with a weak hash or with
/// conditions that are not understood are left out.
fn self_signatures(certificate: &SignedPublicKey) -> Vec<&Signature> {
    let key = &certificate.primary_key;
    let users = certificate.details.users.iter().flat_map(|user| {
        user.signatures.iter().filter(|signature| {
            signature.typ() != Some(SignatureType::CertRevocation)
                && is_acceptable(signature)
                && signature.verify_certification(key, Tag::UserId, &user.id).is_ok()
        })
    });
    let direct = certificate.details.direct_signatures.iter();
    // Signatures that only name who may revoke the key have neither flags nor lifetime.
    let direct = direct.filter(|signature| {
        let says_something =
            signature.key_expiration_time().is_some() || signature.key_flags() != KeyFlags::default();
        says_something && is_acceptable(signature) && signature.verify_key(key).is_ok()
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
    let binding = newest(valid().filter(|signature| is_acceptable(signature)))?;
    let agreed = binding.embedded_signature().is_some_and(|back| {
        is_acceptable(back) && back.verify_primary_key_binding(&subkey.key, primary).is_ok()
    });
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
