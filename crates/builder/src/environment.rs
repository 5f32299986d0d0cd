//! The variables that a builder finds, and the files in its build directory that go with them.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use nix_formats::{Derivation, Hash, StorePath};
use serde_json::Value;

use crate::attributes::Attributes;
use crate::error::BuildFailure;
use crate::json;
use crate::log::at;
use crate::references_graph;
use crate::settings::Settings;
use crate::structured;
use store::Store;

/// Where a builder starts and may write, as it sees it.
pub(crate) const BUILD_DIRECTORY: &str = "/build";

/// What every builder finds unless its derivation says otherwise.
const DEFAULTS: [(&str, &str); 3] = [
    ("PATH", "/path-not-set"),
    ("HOME", "/homeless-shelter"),
    ("NIX_STORE", "/nix/store"),
];
/// What a derivation cannot change.
const FIXED: [(&str, &str); 8] = [
    ("NIX_BUILD_TOP", BUILD_DIRECTORY),
    ("TMPDIR", BUILD_DIRECTORY),
    ("TEMPDIR", BUILD_DIRECTORY),
    ("TMP", BUILD_DIRECTORY),
    ("TEMP", BUILD_DIRECTORY),
    ("PWD", BUILD_DIRECTORY),
    ("NIX_LOG_FD", "2"),
    ("TERM", "xterm-256color"),
];

type Variables = BTreeMap<OsString, OsString>;

/// The variables for `derivation`, which may look at `inputs`; what they point to is written to `build`, the build
/// directory on this machine.
pub(crate) fn prepare(
    derivation: &Derivation,
    inputs: &BTreeSet<StorePath>,
    store: &Store,
    settings: &Settings,
    build: &Path,
) -> Result<Variables, BuildFailure> {
    let mut variables = Variables::new();
    for (name, value) in DEFAULTS {
        variables.insert(name.into(), value.into());
    }
    variables.insert("NIX_BUILD_CORES".into(), settings.cores.to_string().into());
    let attributes = Attributes::of(derivation)?;
    let impure = attributes.words("impureEnvVars")?.unwrap_or_default();
    match attributes {
        Attributes::Structured(mut attributes) => {
            structured::add_outputs(&mut attributes, derivation);
            references_graph::add_to_attributes(&mut attributes, inputs, store)?;
            write_attributes(attributes, &mut variables, build)?;
        }
        Attributes::Plain(derivation) => {
            add_attributes(derivation, &mut variables, build)?;
            for (name, text) in references_graph::files(derivation, inputs, store)? {
                write(&build.join(name), text.as_bytes())?;
            }
        }
    }
    for (name, value) in FIXED {
        variables.insert(name.into(), value.into());
    }
    if derivation.fixed_output().is_some() {
        add_impurities(&impure, settings, &mut variables);
    }
    Ok(variables)
}

/// Each attribute is a variable; those that `passAsFile` names are in files, because variables have a limit.
fn add_attributes(
    derivation: &Derivation,
    variables: &mut Variables,
    build: &Path,
) -> Result<(), BuildFailure> {
    let in_files: Vec<&str> = derivation
        .env_str("passAsFile")
        .unwrap_or_default()
        .split_ascii_whitespace()
        .collect();
    for (name, value) in &derivation.environment {
        let text = OsStr::from_bytes(value);
        if !in_files
            .iter()
            .any(|in_file| in_file.as_bytes() == name.as_slice())
        {
            variables.insert(OsStr::from_bytes(name).to_owned(), text.to_owned());
            continue;
        }
        let file = format!(".attr-{}", Hash::sha256(name).to_nix32());
        write(&build.join(&file), value)?;
        let mut variable = OsStr::from_bytes(name).to_owned();
        variable.push("Path");
        variables.insert(variable, format!("{BUILD_DIRECTORY}/{file}").into());
    }
    Ok(())
}

fn write_attributes(
    attributes: BTreeMap<String, Value>,
    variables: &mut Variables,
    build: &Path,
) -> Result<(), BuildFailure> {
    let bash = structured::as_bash(&attributes);
    let json = json::to_string(&Value::Object(attributes.into_iter().collect()))
        .map_err(|error| BuildFailure::caused_by("cannot write the structured attributes", error))?;
    let files = [
        ("NIX_ATTRS_JSON_FILE", ".attrs.json", json),
        ("NIX_ATTRS_SH_FILE", ".attrs.sh", bash),
    ];
    for (variable, file, text) in files {
        write(&build.join(file), text.as_bytes())?;
        variables.insert(variable.into(), format!("{BUILD_DIRECTORY}/{file}").into());
    }
    Ok(())
}

/// A fixed output cannot be changed by them, and may need them to be reached.
fn add_impurities(names: &[String], settings: &Settings, variables: &mut Variables) {
    variables.insert("NIX_OUTPUT_CHECKED".into(), "1".into());
    for name in names {
        let value = settings
            .impure_environment
            .get(name)
            .map(String::as_str)
            .unwrap_or_default();
        variables.insert(name.into(), value.into());
    }
}

fn write(path: &Path, contents: &[u8]) -> Result<(), BuildFailure> {
    fs::write(path, contents).map_err(at("write", path))
}
