//! Finds the flake that a path on the command line means.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Component, Path, PathBuf};

use crate::reference::{Parsed, PathText, parse_text};
use crate::url::Url;
use crate::{Error, FlakeReference};

/// Reads a reference from the command line. A path is made absolute from `current_folder`; the flake is searched
/// upwards, and inside a git work tree the reference becomes `git+file:`. A folder with a flake goes before a short name. Returns the reference and the fragment.
pub fn resolve_path_reference(
    text: &str,
    current_folder: &Path,
    needs_manifest: bool,
) -> Result<(FlakeReference, String), Error> {
    match parse_text(text)? {
        Parsed::Reference(reference, fragment)
            if reference.input.kind() == "indirect" && names_a_folder(text, current_folder) =>
        {
            let path = text.split('#').next().unwrap_or_default().to_owned();
            let path = PathText {
                path,
                query: Default::default(),
            };
            Ok((resolve(path, current_folder, needs_manifest)?, fragment))
        }
        Parsed::Reference(mut reference, fragment) => {
            if reference.input.is_relative() {
                let path = current_folder.join(reference.input.text("path").unwrap_or_default());
                let path = normalise(&path).to_string_lossy().into_owned();
                reference.input.attributes_mut().set("path", path);
            }
            Ok((reference, fragment))
        }
        Parsed::Path(path, fragment) => Ok((resolve(path, current_folder, needs_manifest)?, fragment)),
    }
}

/// Whether what could be the short name of a flake is a folder with one: people type `examples/one`.
fn names_a_folder(text: &str, current_folder: &Path) -> bool {
    let name = text.split('#').next().unwrap_or_default();
    current_folder.join(name).join("flake.nix").is_file()
}

fn resolve(text: PathText, current_folder: &Path, needs_manifest: bool) -> Result<FlakeReference, Error> {
    let shown = if text.path.is_empty() { "." } else { &text.path };
    let written = current_folder.join(shown);
    // A flake is where links lead: its tree is that of the folder, not of the link.
    let mut folder = written.canonicalize().unwrap_or_else(|_| normalise(&written));
    if needs_manifest {
        folder = folder_of_flake(&folder)?;
    }
    let mut query = text.query;
    let mut directory = PathBuf::new();
    for candidate in folder.ancestors() {
        if candidate.join(".git").symlink_metadata().is_ok() {
            if !directory.as_os_str().is_empty() {
                if query.contains_key("dir") {
                    let reason =
                        "flake URL already has a subdirectory, but the path is inside a git tree too";
                    return Err(Error::bad_reference(shown, reason));
                }
                query.insert("dir".to_owned(), directory.to_string_lossy().into_owned());
            }
            if candidate.join(".git/shallow").exists() {
                query.insert("shallow".to_owned(), "1".to_owned());
            }
            return local_reference("git+file", Some(String::new()), candidate, query);
        }
        if let Some(name) = candidate.file_name() {
            directory = Path::new(name).join(&directory);
            directory = directory.components().collect();
        }
    }
    local_reference("path", None, &folder, query)
}

fn local_reference(
    scheme: &str,
    authority: Option<String>,
    path: &Path,
    query: std::collections::BTreeMap<String, String>,
) -> Result<FlakeReference, Error> {
    let path = path.to_string_lossy().into_owned();
    let url = Url {
        scheme: scheme.to_owned(),
        authority,
        path,
        query,
        fragment: String::new(),
    };
    Ok(FlakeReference::from_url(url)?.0)
}

/// The nearest folder at or above `start` with a `flake.nix`, not beyond a repository's or file system's top.
fn folder_of_flake(start: &Path) -> Result<PathBuf, Error> {
    let metadata = start
        .metadata()
        .map_err(|_| Error::NotAFlake(format!("path '{}' does not exist", start.display())))?;
    if !metadata.is_dir() {
        if start.file_name().is_some_and(|name| name == "flake.nix") {
            return Ok(start.parent().unwrap_or(start).to_owned());
        }
        let shown = start.display();
        return Err(Error::NotAFlake(format!(
            "path '{shown}' is not a flake (because it's not a directory)"
        )));
    }
    for folder in start.ancestors() {
        if folder.join("flake.nix").exists() {
            return Ok(folder.to_owned());
        }
        let same_device = folder.metadata().is_ok_and(|other| other.dev() == metadata.dev());
        if folder.join(".git").symlink_metadata().is_ok() || !same_device {
            break;
        }
    }
    Err(Error::NotAFlake(format!(
        "path '{}' is not part of a flake (neither it nor its parent directories contain a 'flake.nix' file)",
        start.display()
    )))
}

/// Removes `.` and `..` without following links, as a shell's logical path does.
pub(crate) fn normalise(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                result.pop();
            }
            Component::CurDir => {}
            other => result.push(other),
        }
    }
    result
}
