//! Puts the paths of a derivation's own outputs in place of the stand-ins that `builtins.placeholder` gives for them.

use std::borrow::Cow;

use bstr::{BString, ByteSlice as _};
use nix_formats::{Derivation, store_path};

/// What stands for an output, and its path.
type Replacement = (String, String);

/// The derivation as its builder sees it.
pub(crate) fn replaced(derivation: &Derivation) -> Cow<'_, Derivation> {
    let path_of = |(name, output): (&String, &nix_formats::Output)| {
        Some((store_path::placeholder(name), output.path.as_ref()?.to_string()))
    };
    let replacements: Vec<Replacement> = derivation.outputs.iter().filter_map(path_of).collect();
    let replace = |text: &BString| replace(text, &replacements);
    let pairs = derivation.environment.iter();
    let texts = pairs.flat_map(|(name, value)| [name, value]);
    if !texts
        .chain(&derivation.arguments)
        .chain([&derivation.builder])
        .any(|text| is_mentioned(text, &replacements))
    {
        return Cow::Borrowed(derivation);
    }
    let pairs = derivation.environment.iter();
    Cow::Owned(Derivation {
        builder: replace(&derivation.builder),
        arguments: derivation.arguments.iter().map(replace).collect(),
        environment: pairs
            .map(|(name, value)| (replace(name), replace(value)))
            .collect(),
        ..derivation.clone()
    })
}

fn is_mentioned(text: &BString, replacements: &[Replacement]) -> bool {
    replacements
        .iter()
        .any(|(stand_in, _)| text.contains_str(stand_in))
}

fn replace(text: &BString, replacements: &[Replacement]) -> BString {
    let mut text = text.clone();
    for (stand_in, path) in replacements {
        if text.contains_str(stand_in) {
            text = text.replace(stand_in, path).into();
        }
    }
    text
}
