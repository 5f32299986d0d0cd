use std::collections::{BTreeMap, BTreeSet};

use super::*;

fn fixed() -> Derivation {
    Derivation {
        name: "bar".into(),
        outputs: BTreeMap::from([("out".into(), Output::fixed(Method::Nar, sample_hash()))]),
        system: ":".into(),
        builder: ":".into(),
        environment: [("builder", ":"), ("name", "bar"), ("system", ":")]
            .map(|(name, value)| (name.into(), value.into()))
            .into(),
        ..Derivation::default()
    }
}

fn sample_hash() -> Hash {
    let digits = "08813cbee9903c62be4c5027726a418a300da4500b2d369d3af9286f4815ceba";
    Hash::parse_any(digits, Some(HashAlgorithm::Sha256)).unwrap()
}

fn depending() -> Derivation {
    let bar = filled(fixed(), None);
    let bar_path = bar.path().unwrap();
    Derivation {
        name: "foo".into(),
        outputs: BTreeMap::from([
            ("out".into(), Output::default()),
            ("dev".into(), Output::default()),
        ]),
        input_derivations: BTreeMap::from([(bar_path, BTreeSet::from(["out".to_owned()]))]),
        system: "builtin".into(),
        builder: "/bin/sh".into(),
        arguments: vec!["-c".into(), "echo \"a\\b\"\n\t\r".into()],
        environment: BTreeMap::from([("bar".into(), bar.output_path("out").unwrap().to_string().into())]),
        ..Derivation::default()
    }
}

fn filled(mut derivation: Derivation, input_hash: Option<Hash>) -> Derivation {
    derivation.fill_output_paths(&mut |_| input_hash).unwrap();
    derivation
}

#[test]
fn a_derivation_survives_its_text_form() {
    let bar_hash = fixed().fill_output_paths(&mut |_| None).unwrap();
    for derivation in [
        fixed(),
        depending(),
        filled(fixed(), None),
        filled(depending(), Some(bar_hash)),
    ] {
        let text = derivation.to_aterm();
        assert_eq!(
            Derivation::parse_aterm(&text, &derivation.name).unwrap(),
            derivation
        );
    }
}

#[test]
fn outputs_get_their_paths_in_the_environment_too() {
    let derivation = filled(depending(), Some(sample_hash()));
    let dev = derivation.output_path("dev").unwrap();
    assert_eq!(dev.name(), "foo-dev");
    assert_eq!(derivation.env_str("dev"), Some(dev.to_string().as_str()));
}

#[test]
fn a_fixed_output_hides_how_it_is_fetched() {
    let mut other = fixed();
    other.environment.insert("url".into(), "https://elsewhere".into());
    let hash_of = |mut derivation: Derivation| derivation.fill_output_paths(&mut |_| None).unwrap();
    assert_eq!(hash_of(fixed()), hash_of(other.clone()));
    assert_ne!(filled(fixed(), None).path(), filled(other, None).path());
}

#[test]
fn an_unknown_input_is_named() {
    let error = depending().fill_output_paths(&mut |_| None).unwrap_err();
    assert!(matches!(error, DerivationError::UnknownInput { input, .. } if input.name() == "bar.drv"));
}

#[test]
fn refuses_every_truncated_text() {
    let text = filled(depending(), Some(sample_hash())).to_aterm();
    for length in 0..text.len() {
        assert!(
            Derivation::parse_aterm(&text[..length], "foo").is_err(),
            "cut at {length}"
        );
    }
    let trailing = [text.as_slice(), b"x"].concat();
    assert!(Derivation::parse_aterm(&trailing, "foo").is_err());
}
