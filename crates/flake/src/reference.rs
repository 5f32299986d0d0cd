//! Flake references: an input and a folder inside its tree.

use std::fmt;
use std::path::Path;

use crate::attributes::Attributes;
use crate::input_url::{is_flake_id, is_reference, is_revision};
use crate::url::{Url, parse_query};
use crate::{Error, Input};

/// A flake: where its tree comes from, and the folder of `flake.nix` in it (empty for the top).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FlakeReference {
    /// Where the tree comes from.
    pub input: Input,
    /// Folder inside the tree.
    pub directory: String,
}

/// A path as the user wrote it, before anyone looked at the file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PathText {
    pub(crate) path: String,
    pub(crate) query: std::collections::BTreeMap<String, String>,
}

/// What a text can be before the file system is asked.
pub(crate) enum Parsed {
    Reference(FlakeReference, String),
    Path(PathText, String),
}

impl FlakeReference {
    /// Reads a reference as it stands in `flake.nix`: paths are not searched, relative ones stay relative.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match parse_text(text)? {
            Parsed::Reference(reference, fragment) if fragment.is_empty() => Ok(reference),
            Parsed::Path(path, fragment) if fragment.is_empty() => path.into_reference(text),
            _ => Err(Error::bad_reference(
                text,
                "it has an unexpected fragment after '#'",
            )),
        }
    }

    /// Takes the attribute form, in which `dir` names the folder.
    pub fn from_attributes(mut attributes: Attributes) -> Result<Self, Error> {
        let directory = attributes.text("dir").unwrap_or_default().to_owned();
        attributes.remove("dir");
        Ok(Self {
            input: Input::from_attributes(attributes)?,
            directory,
        })
    }

    /// The attribute form.
    pub fn to_attributes(&self) -> Attributes {
        let mut attributes = self.input.attributes().clone();
        if !self.directory.is_empty() {
            attributes.set("dir", self.directory.as_str());
        }
        attributes
    }

    /// The URL form.
    pub fn to_url(&self) -> Url {
        let mut url = self.input.to_url();
        if !self.directory.is_empty() {
            url.query.insert("dir".to_owned(), self.directory.clone());
        }
        url
    }

    /// A tree in the file system, as it is.
    pub fn path(path: &Path) -> Self {
        Self {
            input: Input::path(&path.to_string_lossy()),
            directory: String::new(),
        }
    }

    /// Whether the tree never has a `flake.nix`, so that nobody needs to write `flake = false`.
    pub fn is_data(&self) -> bool {
        self.input.kind() == "debian"
    }

    pub(crate) fn from_url(mut url: Url) -> Result<(Self, String), Error> {
        let fragment = std::mem::take(&mut url.fragment);
        let directory = url.query.remove("dir").unwrap_or_default();
        Ok((
            Self {
                input: Input::from_url(&url)?,
                directory,
            },
            fragment,
        ))
    }

    /// The quoted reference and its date, as in messages about locks. What only the program reads is left out.
    pub fn describe(&self) -> String {
        let mut shown = self.clone();
        if matches!(self.input.kind(), "debian" | "hardpan") {
            for name in ["pins", "lastModified"] {
                shown.input.attributes_mut().remove(name);
            }
        }
        let date = self
            .input
            .last_modified()
            .filter(|_| self.input.kind() != "hardpan");
        Input::describe(&shown.to_string(), date)
    }
}

impl fmt::Display for FlakeReference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_url().to_text())
    }
}

impl PathText {
    fn into_reference(self, text: &str) -> Result<FlakeReference, Error> {
        if self.path.is_empty() {
            return Err(Error::bad_reference(text, "it is empty"));
        }
        let url = Url {
            scheme: "path".to_owned(),
            path: self.path,
            query: self.query,
            ..Url::default()
        };
        Ok(FlakeReference::from_url(url)?.0)
    }
}

/// Tells names, URLs and paths apart, and splits off the fragment.
pub(crate) fn parse_text(text: &str) -> Result<Parsed, Error> {
    if let Some((url, fragment)) = parse_identifier(text) {
        let (reference, _) = FlakeReference::from_url(url)?;
        return Ok(Parsed::Reference(reference, fragment));
    }
    if let Some(url) = Url::parse(text) {
        let (reference, fragment) = FlakeReference::from_url(url)?;
        return Ok(Parsed::Reference(reference, fragment));
    }
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let query =
        parse_query(query).ok_or_else(|| Error::bad_reference(text, "its parameters are not UTF-8"))?;
    let fragment = crate::url::decode(fragment).unwrap_or_else(|| fragment.to_owned());
    Ok(Parsed::Path(
        PathText {
            path: path.to_owned(),
            query,
        },
        fragment,
    ))
}

/// Reads `name[/branch[/revision]][#fragment]`.
fn parse_identifier(text: &str) -> Option<(Url, String)> {
    let (name, fragment) = text.split_once('#').unwrap_or((text, ""));
    let parts: Vec<&str> = name.split('/').collect();
    let fits = match parts[..] {
        [id] => is_flake_id(id),
        [id, selection] => is_flake_id(id) && (is_revision(selection) || is_reference(selection)),
        [id, branch, rev] => is_flake_id(id) && is_reference(branch) && is_revision(rev),
        _ => false,
    };
    let url = Url {
        scheme: "flake".to_owned(),
        path: name.to_owned(),
        ..Url::default()
    };
    fits.then(|| (url, fragment.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checks the attribute form and the printed form of a reference.
    #[track_caller]
    fn check(text: &str, attributes: &str, printed: &str) {
        let reference = FlakeReference::parse(text).expect("it is a reference");
        assert_eq!(
            reference.to_attributes().to_json().to_string(),
            attributes,
            "{text}"
        );
        assert_eq!(reference.to_string(), printed, "{text}");
    }

    #[test]
    fn references_have_the_attributes_and_urls_of_nix() {
        let rev = "aabbccddeeff00112233445566778899aabbccdd";
        check(
            "nixpkgs",
            r#"{"id":"nixpkgs","type":"indirect"}"#,
            "flake:nixpkgs",
        );
        check(
            "nixpkgs/b-1",
            r#"{"id":"nixpkgs","ref":"b-1","type":"indirect"}"#,
            "flake:nixpkgs/b-1",
        );
        check("hardpan", r#"{"type":"hardpan"}"#, "hardpan:base");
        check("./a", r#"{"path":"./a","type":"path"}"#, "path:./a");
        check("path:../b", r#"{"path":"../b","type":"path"}"#, "path:../b");
        check(
            "/a?dir=b",
            r#"{"dir":"b","path":"/a","type":"path"}"#,
            "path:/a?dir=b",
        );
        check(
            "github:o/r/main?dir=d",
            r#"{"dir":"d","owner":"o","ref":"main","repo":"r","type":"github"}"#,
            "github:o/r/main?dir=d",
        );
        check(
            &format!("gitlab:o/r/{rev}"),
            &format!(r#"{{"owner":"o","repo":"r","rev":"{rev}","type":"gitlab"}}"#),
            &format!("gitlab:o/r/{rev}"),
        );
        check(
            "git+https://h/r.git?ref=main&submodules=1",
            r#"{"ref":"main","submodules":true,"type":"git","url":"https://h/r.git"}"#,
            "git+https://h/r.git?ref=main&submodules=1",
        );
        check(
            "https://h/a.tar.gz",
            r#"{"type":"tarball","url":"https://h/a.tar.gz"}"#,
            "https://h/a.tar.gz",
        );
        check(
            "tarball+https://h/latest",
            r#"{"type":"tarball","url":"https://h/latest"}"#,
            "tarball+https://h/latest",
        );
        check(
            "https://h/a.json",
            r#"{"type":"file","url":"https://h/a.json"}"#,
            "https://h/a.json",
        );
        check(
            "debian:trixie?components=main,contrib",
            r#"{"components":"main,contrib","suite":"trixie","type":"debian"}"#,
            "debian:trixie?components=main%2Ccontrib",
        );
    }

    #[test]
    fn malformed_references_are_refused() {
        let table = [
            "",
            "github:o",
            "ftp://h/x.tar",
            "path:/a?x=1",
            "debian:",
            "./a#b",
            "gitlab:o/r?rev=1",
        ];
        for text in table {
            assert!(FlakeReference::parse(text).is_err(), "{text}");
        }
    }
}
