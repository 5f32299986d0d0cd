//! One place a source tree can come from, in its URL and attribute forms.

use serde_json::{Map, Value};

use crate::attributes::{Attribute, Attributes};
use crate::url::Url;
use crate::{Error, date, input_url};

pub(crate) const GIT_SWITCHES: &[&str] = &[
    "shallow",
    "submodules",
    "lfs",
    "exportIgnore",
    "allRefs",
    "verifyCommit",
];
pub(crate) const GIT_TEXTS: &[&str] = &["rev", "ref", "keytype", "publicKey", "publicKeys"];
const TARBALL_ENDINGS: &[&str] = &[
    ".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst",
];

/// A place a source tree comes from. Its attribute form is the truth; that is what lock files keep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    attributes: Attributes,
}

impl Input {
    /// Reads the URL form.
    pub fn from_url(url: &Url) -> Result<Self, Error> {
        let attributes = input_url::attributes_of(url);
        let attributes = attributes.map_err(|reason| Error::bad_reference(&url.to_text(), reason))?;
        Self::from_attributes(attributes).map_err(|error| match error {
            Error::BadAttributes { reason, .. } => Error::bad_reference(&url.to_text(), reason),
            error => error,
        })
    }

    /// Takes the attribute form as it is.
    pub fn from_attributes(attributes: Attributes) -> Result<Self, Error> {
        let input = Self { attributes };
        let bad = |reason: &str| Error::BadAttributes {
            attributes: input.attributes.to_json().to_string(),
            reason: reason.to_owned(),
        };
        let Some(kind) = input.attributes.text("type") else {
            return Err(bad("'type' is missing"));
        };
        let needed: &[&str] = match kind {
            "path" => &["path"],
            "git" | "tarball" | "file" | "hg" => &["url"],
            "github" | "gitlab" | "sourcehut" => &["owner", "repo"],
            "indirect" => &["id"],
            "debian" => &["suite"],
            _ => &[],
        };
        for name in needed {
            if input.attributes.text(name).is_none() {
                return Err(bad(&format!("'{name}' is missing")));
            }
        }
        if let Some(revision) = input.text("rev").filter(|text| !input_url::is_revision(text)) {
            let reason = format!("'rev' is '{revision}', not a commit's 40 or 64 hexadecimal digits");
            return Err(bad(&reason));
        }
        if let Some(reference) = input
            .text("ref")
            .filter(|text| !input_url::is_reference_name(text))
        {
            return Err(bad(&format!("'{reference}' is not the name of a branch or tag")));
        }
        Ok(input)
    }

    /// A tree in the file system.
    pub fn path(path: &str) -> Self {
        Self {
            attributes: [("type", "path"), ("path", path)].into_iter().collect(),
        }
    }

    /// The attribute form.
    pub fn attributes(&self) -> &Attributes {
        &self.attributes
    }

    /// The attribute form, to change.
    pub fn attributes_mut(&mut self) -> &mut Attributes {
        &mut self.attributes
    }

    /// The kind of input: `path`, `git`, `github`, `debian`, ….
    pub fn kind(&self) -> &str {
        self.attributes.text("type").unwrap_or_default()
    }

    /// A text attribute.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes.text(name)
    }

    /// The hash of the tree as SRI, if pinned.
    pub fn nar_hash(&self) -> Option<&str> {
        self.text("narHash")
    }

    /// When the tree was last changed, in seconds since 1970.
    pub fn last_modified(&self) -> Option<u64> {
        self.attributes.integer("lastModified")
    }

    /// Whether this is a path relative to the flake that names it.
    pub fn is_relative(&self) -> bool {
        self.kind() == "path" && self.text("path").is_some_and(|path| !path.starts_with('/'))
    }

    /// Whether this names one immutable tree.
    pub fn is_locked(&self) -> bool {
        match self.kind() {
            "git" => self
                .text("rev")
                .is_some_and(|rev| rev.bytes().any(|byte| byte != b'0')),
            "github" | "gitlab" | "sourcehut" => self.text("rev").is_some(),
            "indirect" => false,
            _ => self.nar_hash().is_some(),
        }
    }

    /// The URL form. Attributes without a place there are left out.
    pub fn to_url(&self) -> Url {
        match self.kind() {
            "path" => self.path_url(),
            "git" => self.git_url(),
            "github" | "gitlab" | "sourcehut" => self.forge_url(),
            "indirect" => {
                let path = join(&[self.text("id"), self.text("ref"), self.text("rev")]);
                Url {
                    scheme: "flake".to_owned(),
                    path,
                    ..Url::default()
                }
            }
            "hardpan" => self.opaque_url("hardpan", "base"),
            "debian" => self.opaque_url("debian", self.text("suite").unwrap_or_default()),
            _ => self.transfer_url(),
        }
    }

    fn path_url(&self) -> Url {
        let path = self.text("path").unwrap_or_default().to_owned();
        let mut url = Url {
            scheme: "path".to_owned(),
            path,
            ..Url::default()
        };
        self.add_parameters(&mut url, &["type", "path"]);
        url
    }

    fn opaque_url(&self, scheme: &str, path: &str) -> Url {
        let mut url = Url {
            scheme: scheme.to_owned(),
            path: path.to_owned(),
            ..Url::default()
        };
        // A whole key is nothing to read.
        self.add_parameters(&mut url, &["type", "suite", "certificate"]);
        url
    }

    fn add_parameters(&self, url: &mut Url, except: &[&str]) {
        for (name, value) in self.attributes.iter().filter(|(name, _)| !except.contains(name)) {
            let value = match value {
                Attribute::String(text) => text.clone(),
                Attribute::Integer(number) => number.to_string(),
                Attribute::Boolean(truth) => u8::from(*truth).to_string(),
            };
            url.query.insert(name.to_owned(), value);
        }
    }

    fn git_url(&self) -> Url {
        let mut url = Url::parse(self.text("url").unwrap_or_default()).unwrap_or_default();
        if url.scheme != "git" {
            url.scheme = format!("git+{}", url.scheme);
        }
        for name in GIT_TEXTS {
            if let Some(value) = self.text(name) {
                url.query.insert((*name).to_owned(), value.to_owned());
            }
        }
        for name in GIT_SWITCHES.iter().filter(|name| self.attributes.is_true(name)) {
            url.query.insert((*name).to_owned(), "1".to_owned());
        }
        url
    }

    fn forge_url(&self) -> Url {
        let parts = ["owner", "repo", "ref", "rev"].map(|name| self.text(name));
        let mut url = Url {
            scheme: self.kind().to_owned(),
            path: join(&parts),
            ..Url::default()
        };
        for name in ["host", "narHash"] {
            if let Some(value) = self.text(name) {
                url.query.insert(name.to_owned(), value.to_owned());
            }
        }
        url
    }

    fn transfer_url(&self) -> Url {
        let mut url = Url::parse(self.text("url").unwrap_or_default()).unwrap_or_default();
        let plain = if is_tarball(&url.path) { "tarball" } else { "file" };
        if self.kind() != plain {
            url.scheme = format!("{}+{}", self.kind(), url.scheme);
        }
        if let Some(hash) = self.nar_hash() {
            url.query.insert("narHash".to_owned(), hash.to_owned());
        }
        url
    }

    /// The URL form as text.
    pub fn to_text(&self) -> String {
        self.to_url().to_text()
    }

    /// The URL in quotes and the date where one is known, as in messages about locks.
    pub fn describe(text: &str, last_modified: Option<u64>) -> String {
        match last_modified {
            Some(seconds) => format!("'{text}' ({})", date::day(seconds)),
            None => format!("'{text}'"),
        }
    }

    /// From the JSON of a lock file.
    pub fn from_json(object: &Map<String, Value>) -> Result<Self, Error> {
        let attributes = Attributes::from_json(object).map_err(|reason| Error::BadAttributes {
            attributes: Value::Object(object.clone()).to_string(),
            reason,
        })?;
        Self::from_attributes(attributes)
    }
}

fn join(parts: &[Option<&str>]) -> String {
    parts.iter().flatten().copied().collect::<Vec<_>>().join("/")
}

pub(crate) fn is_tarball(path: &str) -> bool {
    TARBALL_ENDINGS.iter().any(|ending| path.ends_with(ending))
}
