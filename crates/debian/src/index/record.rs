//! One binary package as an index describes it.

use serde::{Deserialize, Serialize};

use crate::deb822::Paragraph;
use crate::relation::is_name_byte;
use crate::tree::is_inner;

/// A version of a binary package. Serialises to the JSON that Nix code sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// Name of the binary package.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Debian's name of its architecture, or `all`.
    pub architecture: String,
    /// Name of the source package.
    pub source: String,
    /// Version of the source package.
    pub source_version: String,
    /// Archive that has it.
    pub archive: String,
    /// Suite that has it.
    pub suite: String,
    /// Component of the suite.
    pub component: String,
    /// Path of the `.deb` below the archive's root.
    pub filename: String,
    /// Size of the `.deb` in bytes.
    pub size: u64,
    /// SHA-256 of the `.deb` in hexadecimal digits.
    pub sha256: String,
    /// Size when unpacked as the package says, in KiB.
    pub installed_size: u64,
    /// Section.
    pub section: String,
    /// Priority.
    pub priority: String,
    /// Whether it is marked essential.
    pub essential: bool,
    /// `same`, `foreign`, `allowed` or empty.
    pub multi_arch: String,
    /// The short description.
    pub description: String,
    /// Address of the project.
    pub homepage: String,
    /// `Depends` as written.
    pub depends: String,
    /// `Pre-Depends` as written.
    pub pre_depends: String,
    /// `Provides` as written.
    pub provides: String,
    /// `Conflicts` as written.
    pub conflicts: String,
    /// `Breaks` as written.
    pub breaks: String,
    /// Whether it comes from another publisher than the first archive.
    pub foreign: bool,
    /// Further archives that have a package of this name, which is not used.
    pub held_back: Vec<String>,
}

/// Where a package index belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub archive: &'a str,
    pub suite: &'a str,
    pub component: &'a str,
}

impl Record {
    /// Reads a paragraph of a package index and checks what paths and hashes are made of.
    pub(super) fn from_paragraph(paragraph: &Paragraph<'_>, origin: Origin<'_>) -> Result<Self, String> {
        let name = paragraph.get("Package").unwrap_or_default();
        if name.is_empty() || !name.bytes().all(is_name_byte) {
            return Err(format!("{name:?} is not the name of a package"));
        }
        let mut record = Self {
            name: name.to_owned(),
            archive: origin.archive.to_owned(),
            suite: origin.suite.to_owned(),
            component: origin.component.to_owned(),
            ..Self::default()
        };
        for (field, value) in paragraph.fields() {
            record
                .set(field, value)
                .map_err(|reason| format!("package {name}: {reason}"))?;
        }
        record
            .complete()
            .map_err(|reason| format!("package {name}: {reason}"))?;
        Ok(record)
    }

    fn set(&mut self, field: &str, value: &str) -> Result<(), String> {
        let number = || {
            let digits: Result<u64, _> = value.parse();
            digits.map_err(|_| format!("{field} {value:?} is not a number"))
        };
        let text = || value.to_owned();
        match field {
            "Version" => self.version = text(),
            "Architecture" => self.architecture = text(),
            "Source" => (self.source, self.source_version) = source(value),
            "Filename" => self.filename = plain_path(value).to_owned(),
            "Size" => self.size = number()?,
            "SHA256" => self.sha256 = value.to_ascii_lowercase(),
            "Installed-Size" => self.installed_size = number()?,
            "Section" => self.section = text(),
            "Priority" => self.priority = text(),
            "Essential" => self.essential = value == "yes",
            "Multi-Arch" => self.multi_arch = text(),
            "Description" => self.description = value.lines().next().unwrap_or_default().to_owned(),
            "Homepage" => self.homepage = text(),
            "Depends" => self.depends = text(),
            "Pre-Depends" => self.pre_depends = text(),
            "Provides" => self.provides = text(),
            "Conflicts" => self.conflicts = text(),
            "Breaks" => self.breaks = text(),
            _ => {}
        }
        Ok(())
    }

    fn complete(&mut self) -> Result<(), String> {
        let sound = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
        if !sound(&self.version) || !sound(&self.architecture) {
            return Err("it has no version or architecture".to_owned());
        }
        if !is_inner(&self.filename) {
            return Err(format!(
                "its file name {:?} is not a path inside the archive",
                self.filename
            ));
        }
        if self.sha256.len() != 64 || !self.sha256.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("it has no SHA256".to_owned());
        }
        if self.source.is_empty() {
            self.source.clone_from(&self.name);
        }
        if self.source_version.is_empty() {
            self.source_version.clone_from(&self.version);
        }
        Ok(())
    }
}

/// A path below the archive's address without signs that lead nowhere: `./x` is `x`.
fn plain_path(value: &str) -> &str {
    let mut path = value;
    while let Some(rest) = path.strip_prefix("./") {
        path = rest.trim_start_matches('/');
    }
    path
}

/// Splits `name (version)`.
fn source(value: &str) -> (String, String) {
    match value.split_once('(') {
        Some((name, version)) => {
            let version = version.trim_end().trim_end_matches(')');
            (name.trim_end().to_owned(), version.trim().to_owned())
        }
        None => (value.to_owned(), String::new()),
    }
}
