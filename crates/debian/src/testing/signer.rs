//! Keys made on the spot, and texts signed with them.

use pgp::composed::{
    ArmorOptions, CleartextSignedMessage, DetachedSignature, KeyType, SecretKeyParamsBuilder,
    SignedKeyDetails, SignedPublicKey, SignedSecretKey, SubkeyParamsBuilder,
};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{KeyFlags, Notation, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{Duration, KeyDetails, Password, SignedUser, SigningKey, Tag, Timestamp};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// What kind of key to make.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub kind: KeyType,
    pub created: u32,
    pub lifetime: Option<u32>,
    /// Sign with a subkey instead of the primary key.
    pub subkey: bool,
    pub revoked: bool,
    pub seed: u64,
    /// Name and address of the owner.
    pub owner: String,
    /// The hash with which the certificate speaks of itself.
    pub own_hash: HashAlgorithm,
    /// A critical notation in the certificate's signature over its owner.
    pub own_notation: Option<&'static str>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            kind: KeyType::Ed25519Legacy,
            created: 1_000_000_000,
            lifetime: None,
            subkey: false,
            revoked: false,
            seed: 1,
            owner: "Test <test@example.org>".to_owned(),
            own_hash: HashAlgorithm::Sha256,
            own_notation: None,
        }
    }
}

/// A secret key with its certificate.
pub(crate) struct Signer {
    secret: SignedSecretKey,
    certificate: SignedPublicKey,
    subkey: bool,
}

impl Signer {
    pub fn new(options: &Options) -> Self {
        let mut random = StdRng::seed_from_u64(options.seed);
        let created = Timestamp::from_secs(options.created);
        let mut builder = SecretKeyParamsBuilder::default();
        builder
            .key_type(options.kind.clone())
            .created_at(created)
            .can_certify(true)
            .can_sign(!options.subkey)
            .primary_user_id(options.owner.clone());
        if options.subkey {
            let subkey = SubkeyParamsBuilder::default()
                .key_type(options.kind.clone())
                .created_at(created)
                .can_sign(true)
                .build();
            builder.subkey(subkey.expect("the parameters are complete"));
        }
        let parameters = builder.build().expect("the parameters are complete");
        let secret = parameters.generate(&mut random).expect("the key can be made");
        let mut certificate = secret.to_public_key();
        certificate.details = details(&secret, &certificate, options, &mut random);
        Self {
            secret,
            certificate,
            subkey: options.subkey,
        }
    }

    pub fn certificate(&self) -> Vec<u8> {
        let armored = self.certificate.to_armored_bytes(ArmorOptions::default());
        armored.expect("a certificate can be written")
    }

    /// The certificate without the subkey's own agreement to belong to it.
    pub fn certificate_without_agreement(&self) -> Vec<u8> {
        let mut certificate = self.certificate.clone();
        for subkey in &mut certificate.public_subkeys {
            let primary = &self.secret.primary_key;
            let mut flags = KeyFlags::default();
            flags.set_sign(true);
            let mut config = config(
                primary,
                SignatureType::SubkeyBinding,
                HashAlgorithm::Sha256,
                1_000_000_001,
            );
            config
                .hashed_subpackets
                .push(regular(SubpacketData::KeyFlags(flags)));
            let binding =
                config.sign_subkey_binding(primary, primary.public_key(), &Password::empty(), &subkey.key);
            subkey.signatures = vec![binding.expect("a key can sign")];
        }
        let armored = certificate.to_armored_bytes(ArmorOptions::default());
        armored.expect("a certificate can be written")
    }

    /// `text` with a cleartext signature made at `at`.
    pub fn sign(&self, text: &str, at: u32) -> Vec<u8> {
        self.sign_with(text, at, HashAlgorithm::Sha256)
    }

    pub fn sign_with(&self, text: &str, at: u32, hash: HashAlgorithm) -> Vec<u8> {
        if self.subkey {
            signed(text, &self.secret.secret_subkeys[0].key, at, hash)
        } else {
            signed(text, &self.secret.primary_key, at, hash)
        }
    }

    /// The whole fingerprint of the certificate.
    pub fn fingerprint(&self) -> String {
        self.certificate
            .primary_key
            .fingerprint()
            .to_string()
            .to_uppercase()
    }

    /// `text` with a signature that has a critical notation.
    pub fn sign_under_condition(&self, text: &str, at: u32, notation: &'static str) -> Vec<u8> {
        let key = &self.secret.primary_key;
        let mut config = config(key, SignatureType::Text, HashAlgorithm::Sha256, at);
        config.hashed_subpackets.push(critical_notation(notation));
        let message = CleartextSignedMessage::new(text, config, key, &Password::empty());
        armored(&message.expect("a key can sign"))
    }

    /// A signature over `text` in a file of its own.
    pub fn sign_apart(&self, text: &[u8], at: u32) -> Vec<u8> {
        let key = &self.secret.primary_key;
        let config = config(key, SignatureType::Binary, HashAlgorithm::Sha512, at);
        let signature = config
            .sign(key, &Password::empty(), text)
            .expect("a key can sign");
        let armored = DetachedSignature::new(signature).to_armored_bytes(ArmorOptions::default());
        armored.expect("a signature can be written")
    }

    /// `text` with the signatures of all `signers`.
    pub fn sign_together(text: &str, at: u32, signers: &[&Self]) -> Vec<u8> {
        let message = CleartextSignedMessage::new_many(text, |text| {
            let sign = |signer: &&Self| {
                let key = &signer.secret.primary_key;
                config(key, SignatureType::Text, HashAlgorithm::Sha512, at).sign(
                    key,
                    &Password::empty(),
                    text.as_bytes(),
                )
            };
            signers.iter().map(sign).collect()
        });
        armored(&message.expect("a key can sign"))
    }
}

fn details(
    secret: &SignedSecretKey,
    certificate: &SignedPublicKey,
    options: &Options,
    random: &mut StdRng,
) -> SignedKeyDetails {
    let key = &secret.primary_key;
    let id = certificate.details.users[0].id.clone();
    let mut flags = KeyFlags::default();
    flags.set_certify(true);
    flags.set_sign(!options.subkey);
    let mut binding =
        SignatureConfig::from_key(&mut *random, key, SignatureType::CertPositive).expect("the key can sign");
    binding.hash_alg = options.own_hash;
    binding.hashed_subpackets = subpackets(key, options.created);
    binding
        .hashed_subpackets
        .extend(options.own_notation.map(critical_notation));
    binding
        .hashed_subpackets
        .push(regular(SubpacketData::KeyFlags(flags)));
    if let Some(lifetime) = options.lifetime {
        let lifetime = SubpacketData::KeyExpirationTime(Duration::from_secs(lifetime));
        binding.hashed_subpackets.push(regular(lifetime));
    }
    let public = &certificate.primary_key;
    let signature = binding.sign_certification(key, public, &Password::empty(), Tag::UserId, &id);
    let user = SignedUser::new(id, vec![signature.expect("the key can sign")]);
    let mut revocations = Vec::new();
    if options.revoked {
        let config = config(
            key,
            SignatureType::KeyRevocation,
            HashAlgorithm::Sha256,
            options.created + 1,
        );
        let revocation = config.sign_key(key, &Password::empty(), public);
        revocations.push(revocation.expect("the key can sign"));
    }
    SignedKeyDetails::new(revocations, Vec::new(), vec![user], Vec::new())
}

fn subpackets(key: &impl KeyDetails, at: u32) -> Vec<Subpacket> {
    vec![
        regular(SubpacketData::SignatureCreationTime(Timestamp::from_secs(at))),
        regular(SubpacketData::IssuerFingerprint(key.fingerprint())),
    ]
}

fn regular(data: SubpacketData) -> Subpacket {
    Subpacket::regular(data).expect("the data fits")
}

fn critical_notation(name: &'static str) -> Subpacket {
    let notation = Notation {
        readable: true,
        name: name.into(),
        value: "1".into(),
    };
    Subpacket::critical(SubpacketData::Notation(notation)).expect("the data fits")
}

fn config(key: &impl KeyDetails, kind: SignatureType, hash: HashAlgorithm, at: u32) -> SignatureConfig {
    let mut config = SignatureConfig::v4(kind, key.algorithm(), hash);
    config.hashed_subpackets = subpackets(key, at);
    config.unhashed_subpackets = vec![regular(SubpacketData::IssuerKeyId(key.legacy_key_id()))];
    config
}

fn signed(text: &str, key: &impl SigningKey, at: u32, hash: HashAlgorithm) -> Vec<u8> {
    let config = config(key, SignatureType::Text, hash, at);
    let message = CleartextSignedMessage::new(text, config, key, &Password::empty());
    armored(&message.expect("a key can sign"))
}

fn armored(message: &CleartextSignedMessage) -> Vec<u8> {
    let armored = message.to_armored_bytes(ArmorOptions::default());
    armored.expect("a message can be written")
}
