//! Holds the crates to the layers of ARCHITECTURE.md: imports point down only.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const LEVELS: &[(&str, u8)] = &[
    ("nix-formats", 0),
    ("sandbox", 0),
    ("memory", 0),
    ("nix-lang", 1),
    ("fetch", 1),
    ("store", 2),
    ("debian", 2),
    ("image", 2),
    ("builder", 3),
    ("flake", 3),
    ("operations", 4),
    ("hardpan", 5),
    ("init", 5),
];

/// Crates a lower one may import although they stand higher, each with its reason.
const EXCEPTIONS: &[(&str, &str, &str)] = &[(
    "builder",
    "init",
    "the initrd builder embeds the init program's bytes; no code is called",
)];

fn crates_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Names of the workspace crates that `manifest` lists under `[dependencies]`.
fn workspace_dependencies(manifest: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if line.starts_with('[') {
            inside = line.trim() == "[dependencies]";
        } else if inside && line.contains("path = \"../") {
            let name = line.split(['=', '.']).next().unwrap_or_default();
            found.push(name.trim().to_owned());
        }
    }
    found
}

#[test]
fn every_crate_has_a_level_and_imports_only_from_below() {
    let levels: BTreeMap<&str, u8> = LEVELS.iter().copied().collect();
    let mut wrong = Vec::new();
    for entry in std::fs::read_dir(crates_folder()).expect("the crates folder is there") {
        let folder = entry.expect("the crates folder can be listed").path();
        let Ok(manifest) = std::fs::read_to_string(folder.join("Cargo.toml")) else {
            continue;
        };
        let name = folder
            .file_name()
            .expect("a folder has a name")
            .to_string_lossy()
            .into_owned();
        let Some(level) = levels.get(name.as_str()) else {
            wrong.push(format!(
                "{name} has no level in this table and in ARCHITECTURE.md"
            ));
            continue;
        };
        for import in workspace_dependencies(&manifest) {
            let excepted = EXCEPTIONS
                .iter()
                .any(|(from, to, _)| *from == name && *to == import);
            if !excepted && levels.get(import.as_str()).is_none_or(|below| below >= level) {
                wrong.push(format!("{name} (level {level}) imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
