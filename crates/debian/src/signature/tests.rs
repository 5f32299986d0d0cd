//! Good and bad signatures by keys made on the spot.

use pgp::composed::KeyType;
use pgp::crypto::hash::HashAlgorithm as Hash;

use super::*;
use crate::date;
use crate::testing::{Options, Signer};

const MADE: u32 = 1_700_000_000;
const NOW: u64 = 1_700_000_100;
const TEXT: &str = "Suite: stable\n- dashed\nDate: x\n";

fn keyring(signers: &[&Signer]) -> Keyring {
    let mut ring = Keyring::default();
    for signer in signers {
        ring.add("test", &signer.certificate()).expect("the key is sound");
    }
    ring
}

fn signer(seed: u64) -> Signer {
    Signer::new(&Options {
        seed,
        ..Options::default()
    })
}

#[test]
fn every_kind_of_key_is_understood() {
    for (kind, subkey) in [
        (KeyType::Ed25519Legacy, false),
        (KeyType::Ed25519Legacy, true),
        (KeyType::Rsa(2048), false),
        (KeyType::Rsa(3072), true),
        (KeyType::ECDSA(pgp::crypto::ecc_curve::ECCCurve::P256), false),
    ] {
        let name = format!("{kind:?} {subkey}");
        let signer = Signer::new(&Options {
            kind,
            subkey,
            ..Options::default()
        });
        for hash in [Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let signed = signer.sign_with(TEXT, MADE, hash);
            let result = keyring(&[&signer])
                .verify(&signed, Moment::Now(NOW))
                .expect(&name);
            assert_eq!(result.text.trim_end(), TEXT.trim_end(), "{name}");
            assert!(result.signer.contains("Test <test@example.org>"), "{name}");
        }
    }
}

#[test]
fn one_good_signature_among_several_is_enough() {
    let (known, stranger) = (signer(1), signer(2));
    let signed = Signer::sign_together(TEXT, MADE, &[&stranger, &known]);
    assert!(keyring(&[&known]).verify(&signed, Moment::Now(NOW)).is_ok());
    let signed = Signer::sign_together(TEXT, MADE, &[&stranger]);
    let error = keyring(&[&known])
        .verify(&signed, Moment::Now(NOW))
        .expect_err("a stranger signed");
    assert!(matches!(error, SignatureError::NotTrusted { .. }), "{error}");
    let error = Keyring::default()
        .verify(&signed, Moment::Now(NOW))
        .expect_err("no key is trusted");
    assert!(error.to_string().contains("trusted are nobody"), "{error}");
}

#[test]
fn altered_texts_are_refused() {
    let signer = signer(1);
    let ring = keyring(&[&signer]);
    let signed = String::from_utf8(signer.sign(TEXT, MADE)).expect("it is text");
    assert!(ring.verify(signed.as_bytes(), Moment::Now(NOW)).is_ok());
    for (name, altered, expected) in [
        (
            "a word",
            signed.replace("stable", "staple"),
            "did not sign this text",
        ),
        (
            "a line more",
            signed.replace("Date", "Evil: y\nDate"),
            "did not sign this text",
        ),
        (
            "a line less",
            signed.replace("Date: x\n", ""),
            "did not sign this text",
        ),
        (
            "text before",
            format!("Suite: evil\n{signed}"),
            "does not begin with",
        ),
        (
            "text behind",
            format!("{signed}\nSuite: evil\n"),
            "not a signed text",
        ),
        ("no signature", TEXT.to_owned(), "does not begin with"),
        (
            "cut off",
            signed[..signed.len() - 60].to_owned(),
            "not a signed text",
        ),
        ("nothing", String::new(), "does not begin with"),
        (
            "signed twice",
            signed.replace(
                "-----END PGP SIGNATURE-----",
                &format!("-----END PGP SIGNATURE-----\n{signed}"),
            ),
            "not a signed text",
        ),
    ] {
        let error = ring
            .verify(altered.as_bytes(), Moment::Now(NOW))
            .expect_err(name)
            .to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
    assert!(
        ring.verify(b"-----BEGIN PGP SIGNED MESSAGE-----\n\xff", Moment::Now(NOW))
            .is_err()
    );
}

#[test]
fn no_change_of_a_byte_goes_unseen() {
    let signer = signer(1);
    let ring = keyring(&[&signer]);
    let signed = signer.sign("Suite: stable\n", MADE);
    for index in 0..signed.len() {
        let mut altered = signed.clone();
        altered[index] ^= 1;
        if let Ok(result) = ring.verify(&altered, Moment::Now(NOW)) {
            // Armour has parts that carry no meaning; the text is never another.
            assert_eq!(result.text.trim_end(), "Suite: stable", "byte {index}");
        }
    }
}

#[test]
fn signatures_that_do_not_count_are_named() {
    let made = |options: Options| Signer::new(&options);
    let plain = Options::default;
    let lifetime = MADE - plain().created;
    for (name, signer, hash, at, expected) in [
        (
            "weak hash",
            made(Options {
                kind: KeyType::Rsa(2048),
                ..plain()
            }),
            Hash::Sha1,
            MADE,
            "weak hash",
        ),
        (
            "from the future",
            made(plain()),
            Hash::Sha256,
            MADE + 4000,
            "signed in the future",
        ),
        (
            "key expired",
            made(Options {
                lifetime: Some(lifetime),
                ..plain()
            }),
            Hash::Sha256,
            MADE,
            "expired on 2023-11-14 22:13:20 UTC",
        ),
        (
            "key too young",
            made(Options {
                created: MADE + 10,
                ..plain()
            }),
            Hash::Sha256,
            MADE,
            "signed before it was made",
        ),
    ] {
        let signed = signer.sign_with(TEXT, at, hash);
        let error = keyring(&[&signer])
            .verify(&signed, Moment::Now(NOW))
            .expect_err(name)
            .to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn a_signature_under_a_condition_that_is_not_understood_is_none() {
    let signer = signer(1);
    let signed = signer.sign_under_condition(TEXT, MADE, "only-on-mondays@example.org");
    let error = keyring(&[&signer])
        .verify(&signed, Moment::Now(NOW))
        .expect_err("nobody knows the condition")
        .to_string();
    assert!(
        error.contains("not understood: the notation only-on-mondays@example.org"),
        "{error}"
    );
}

#[test]
fn signatures_may_stand_in_a_file_of_their_own() {
    let (known, stranger) = (signer(1), signer(2));
    let verify = |text: &str, signature: &[u8]| {
        let ring = keyring(&[&known]);
        let verified = ring.verify_detached(text.as_bytes(), signature, Moment::Now(NOW));
        verified
            .map(|signed| signed.text)
            .map_err(|error| error.to_string())
    };
    let signature = known.sign_apart(TEXT.as_bytes(), MADE);
    assert_eq!(verify(TEXT, &signature), Ok(TEXT.to_owned()));
    for (name, text, signature, expected) in [
        (
            "other text",
            "Suite: evil\n",
            signature.clone(),
            "did not sign this text",
        ),
        (
            "stranger",
            TEXT,
            stranger.sign_apart(TEXT.as_bytes(), MADE),
            "which is not trusted",
        ),
        ("nothing", TEXT, Vec::new(), "not a signed text"),
        (
            "no signature",
            TEXT,
            TEXT.as_bytes().to_vec(),
            "not a signed text",
        ),
        ("inline", TEXT, known.sign(TEXT, MADE), "not a signed text"),
    ] {
        let error = verify(text, &signature).expect_err(name);
        assert!(error.contains(expected), "{name}: {error}");
    }
    let both = [stranger.sign_apart(TEXT.as_bytes(), MADE), signature].concat();
    // Several blocks are one file for gpg; what is read of it is enough or nothing.
    assert!(verify("Suite: evil\n", &both).is_err());
}

#[test]
fn certificates_are_kept_as_text_and_told_apart() {
    let (first, second) = (signer(1), signer(2));
    let file = [first.certificate(), b"\n".to_vec(), second.certificate()].concat();
    let found = Certificate::read_all("test", &file).expect("both are sound");
    let fingerprints: Vec<String> = found
        .iter()
        .map(|found| found.fingerprint().to_string())
        .collect();
    assert_eq!(fingerprints, [first.fingerprint(), second.fingerprint()]);
    let text = found[1].to_text().expect("it can be written");
    let read = Certificate::from_text(&text).expect("it was written so");
    assert_eq!(read.fingerprint(), found[1].fingerprint());
    let mut ring = Keyring::default();
    ring.add_certificate(&read).expect("it can sign");
    assert!(ring.verify(&second.sign(TEXT, MADE), Moment::Now(NOW)).is_ok());
    assert!(ring.verify(&first.sign(TEXT, MADE), Moment::Now(NOW)).is_err());
    let subkey = Signer::new(&Options {
        subkey: true,
        ..Options::default()
    });
    let found = Certificate::read_all("test", &subkey.certificate()).expect("it is sound");
    let mut ring = Keyring::default();
    ring.add_certificate(
        &Certificate::from_text(&found[0].to_text().expect("it can be written")).expect("sound"),
    )
    .expect("its subkey can sign");
    assert!(ring.verify(&subkey.sign(TEXT, MADE), Moment::Now(NOW)).is_ok());
}

#[test]
fn what_is_locked_stays_as_good_as_it_was_when_it_was_signed() {
    let lifetime = MADE - Options::default().created + 10;
    let signer = Signer::new(&Options {
        lifetime: Some(lifetime),
        ..Options::default()
    });
    let signed = signer.sign(TEXT, MADE);
    assert!(keyring(&[&signer]).verify(&signed, Moment::Now(NOW)).is_err());
    assert!(keyring(&[&signer]).verify(&signed, Moment::WhenSigned).is_ok());
    let late = signer.sign(TEXT, MADE + 11);
    assert!(keyring(&[&signer]).verify(&late, Moment::WhenSigned).is_err());
}

#[test]
fn a_key_counts_until_it_expires() {
    let lifetime = u32::try_from(NOW).expect("it fits") - Options::default().created;
    let signer = Signer::new(&Options {
        lifetime: Some(lifetime),
        ..Options::default()
    });
    let signed = signer.sign(TEXT, MADE);
    assert!(keyring(&[&signer]).verify(&signed, Moment::Now(NOW)).is_ok());
    assert!(keyring(&[&signer]).verify(&signed, Moment::Now(NOW + 1)).is_err());
}

#[test]
fn keys_that_cannot_sign_are_refused() {
    let revoked = Signer::new(&Options {
        revoked: true,
        ..Options::default()
    });
    let captured = Signer::new(&Options {
        subkey: true,
        ..Options::default()
    });
    for (name, bytes, expected) in [
        ("revoked", revoked.certificate(), "no key that can sign"),
        (
            "a subkey that did not agree",
            captured.certificate_without_agreement(),
            "no key that can sign",
        ),
        (
            "a key that speaks of itself with SHA-1",
            Signer::new(&Options {
                kind: KeyType::Rsa(2048),
                own_hash: Hash::Sha1,
                ..Options::default()
            })
            .certificate(),
            "no key that can sign",
        ),
        (
            "a key under a condition that is not understood",
            Signer::new(&Options {
                own_notation: Some("only-on-mondays@example.org"),
                ..Options::default()
            })
            .certificate(),
            "no key that can sign",
        ),
        ("text", b"hello".to_vec(), "test cannot be read"),
        ("nothing", Vec::new(), "test cannot be read"),
    ] {
        let error = Keyring::default()
            .add("test", &bytes)
            .expect_err(name)
            .to_string();
        assert!(error.contains(expected), "{name}: {error}");
    }
}

#[test]
fn the_keys_of_the_base_are_what_their_list_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../base/keys");
    let list = std::fs::read_to_string(folder.join("README.md")).expect("the list is there");
    let mut count = 0;
    for entry in std::fs::read_dir(&folder).expect("the folder is there").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.ends_with(".asc") {
            continue;
        }
        let mut ring = Keyring::default();
        ring.add(&name, &std::fs::read(entry.path()).expect("it can be read"))
            .expect(&name);
        let line = list.lines().find(|line| line.contains(&name)).expect(&name);
        let listed: String = line.chars().filter(|sign| !sign.is_whitespace()).collect();
        let primary = ring.keys[0].fingerprint.to_string().to_uppercase();
        assert!(listed.contains(&primary), "{name}: {primary}");
        let expires = ring.keys[0].expires.map(date::display).expect("the key expires");
        assert!(listed.contains(&expires[..10]), "{name}: {expires}");
        count += 1;
    }
    assert_eq!(count, 6);
}
