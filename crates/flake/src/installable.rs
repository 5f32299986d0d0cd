//! What commands are asked to work on: a flake's attribute and which outputs of it.

use std::path::Path;

use crate::{Error, FlakeReference, resolve_path_reference};

/// Which outputs of a derivation are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OutputSelection {
    /// The ones that `meta.outputsToInstall` or the first output names.
    #[default]
    Default,
    /// All of them (`^*`).
    All,
    /// These (`^out,dev`).
    Named(Vec<String>),
}

/// `FLAKEREF#ATTRIBUTE^OUTPUTS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installable {
    /// The flake.
    pub reference: FlakeReference,
    /// The attribute path as written; empty for the default.
    pub attribute: String,
    /// The outputs.
    pub outputs: OutputSelection,
}

impl Installable {
    /// Reads what stands on the command line.
    pub fn parse(text: &str, current_folder: &Path) -> Result<Self, Error> {
        let (text, outputs) = split_outputs(text);
        let (reference, attribute) = resolve_path_reference(text, current_folder, true)?;
        Ok(Self {
            reference,
            attribute,
            outputs,
        })
    }
}

/// Splits `^…` off the end.
fn split_outputs(text: &str) -> (&str, OutputSelection) {
    match text.rsplit_once('^') {
        Some((before, "*")) => (before, OutputSelection::All),
        Some((before, names)) if !names.is_empty() && names.bytes().all(is_output_byte) => (
            before,
            OutputSelection::Named(names.split(',').map(str::to_owned).collect()),
        ),
        _ => (text, OutputSelection::Default),
    }
}

fn is_output_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_-,".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outputs_are_split_off_the_end() {
        let named = |names: &[&str]| OutputSelection::Named(names.iter().map(|&name| name.into()).collect());
        let table = [
            (".#a", ".#a", OutputSelection::Default),
            (".#a^*", ".#a", OutputSelection::All),
            (".#a^out,dev", ".#a", named(&["out", "dev"])),
            (".#\"x^y z\"", ".#\"x^y z\"", OutputSelection::Default),
        ];
        for (text, rest, outputs) in table {
            assert_eq!(split_outputs(text), (rest, outputs), "{text}");
        }
    }
}
