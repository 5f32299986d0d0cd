//! Names of things in a store, and how they follow from what they name.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::content_address::{ContentAddress, Method};
use crate::hash::{Hash, HashAlgorithm};
use crate::nix32;

/// The logical store directory; where it lies on disk is the store's business.
pub const STORE_DIRECTORY: &str = "/nix/store";

/// Digits in the hash part of a path.
pub const HASH_PART_LENGTH: usize = 32;

const DIGEST_BYTES: usize = 20;
const MAXIMUM_NAME_LENGTH: usize = 211;

/// Why a text is not a store path, or a path cannot be computed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StorePathError {
    /// The path is not directly in the store directory.
    #[error("path '{0}' is not in the Nix store")]
    NotInStore(String),
    /// The base name does not begin with a hash part and a dash.
    #[error("'{0}' is not a valid store path: expect 32 base-32 digits, a dash and a name")]
    BadHashPart(String),
    /// The name is empty, too long, or has a character that names may not have.
    #[error("name '{0}' is not valid in a store: use 1 to 211 of a-z A-Z 0-9 + - . _ ? = and not only dots")]
    BadName(String),
    /// A flat file addressed by its content cannot have references.
    #[error("fixed output derivation '{0}' is not allowed to refer to other store paths")]
    UnexpectedReferences(String),
}

/// A path in the store: hash part and name. Its `Display` is the absolute logical path.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StorePath {
    base_name: Arc<str>,
}

impl StorePath {
    /// Reads `/nix/store/<hash>-<name>`.
    pub fn parse_absolute(path: &str) -> Result<Self, StorePathError> {
        let base = path
            .strip_prefix(STORE_DIRECTORY)
            .and_then(|rest| rest.strip_prefix('/'));
        let base = base.filter(|base| !base.contains('/'));
        Self::from_base_name(base.ok_or_else(|| StorePathError::NotInStore(path.to_owned()))?)
    }

    /// The store path that `path` is or lies in, and what follows it (empty or beginning with a slash).
    pub fn parse_inside(path: &str) -> Result<(Self, &str), StorePathError> {
        let rest = path
            .strip_prefix(STORE_DIRECTORY)
            .and_then(|rest| rest.strip_prefix('/'));
        let rest = rest.ok_or_else(|| StorePathError::NotInStore(path.to_owned()))?;
        let end = rest.find('/').unwrap_or(rest.len());
        Ok((Self::from_base_name(&rest[..end])?, &rest[end..]))
    }

    /// Reads `<hash>-<name>`.
    pub fn from_base_name(base_name: &str) -> Result<Self, StorePathError> {
        let bad = || StorePathError::BadHashPart(base_name.to_owned());
        let (hash, rest) = base_name.split_at_checked(HASH_PART_LENGTH).ok_or_else(bad)?;
        let name = rest.strip_prefix('-').ok_or_else(bad)?;
        if !nix32::is_nix32(hash) {
            return Err(bad());
        }
        check_name(name)?;
        Ok(Self {
            base_name: base_name.into(),
        })
    }

    /// The path that `fingerprint` (a 20-byte digest) and `name` make.
    fn from_digest(digest: &[u8; DIGEST_BYTES], name: &str) -> Result<Self, StorePathError> {
        check_name(name)?;
        Ok(Self {
            base_name: format!("{}-{name}", nix32::encode(digest)).into(),
        })
    }

    /// `<hash>-<name>`.
    pub fn base_name(&self) -> &str {
        &self.base_name
    }

    /// The 32 digits by which references are recognised.
    pub fn hash_part(&self) -> &str {
        &self.base_name[..HASH_PART_LENGTH]
    }

    /// What follows the hash part.
    pub fn name(&self) -> &str {
        &self.base_name[HASH_PART_LENGTH + 1..]
    }

    /// Whether this names a derivation.
    pub fn is_derivation(&self) -> bool {
        self.base_name.ends_with(".drv")
    }
}

impl fmt::Display for StorePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{STORE_DIRECTORY}/{}", self.base_name)
    }
}

impl fmt::Debug for StorePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for StorePath {
    type Err = StorePathError;

    fn from_str(text: &str) -> Result<Self, StorePathError> {
        Self::parse_absolute(text)
    }
}

/// Checks that `name` may stand in a store path.
pub fn check_name(name: &str) -> Result<(), StorePathError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"+-._?=".contains(&byte);
    let only_dots = name == "." || name == ".." || name.starts_with(".-") || name.starts_with("..-");
    if name.is_empty() || name.len() > MAXIMUM_NAME_LENGTH || only_dots || !name.bytes().all(allowed) {
        return Err(StorePathError::BadName(name.to_owned()));
    }
    Ok(())
}

/// The path of kind `kind` (such as `output:out`) with inner digest `digest`.
pub fn make_store_path(kind: &str, digest: &Hash, name: &str) -> Result<StorePath, StorePathError> {
    let fingerprint = format!("{kind}:{}:{STORE_DIRECTORY}:{name}", digest.to_prefixed_base16());
    StorePath::from_digest(&compress(Hash::sha256(fingerprint.as_bytes()).as_bytes()), name)
}

fn compress(digest: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut folded = [0; DIGEST_BYTES];
    for (index, byte) in digest.iter().enumerate() {
        folded[index % DIGEST_BYTES] ^= byte;
    }
    folded
}

fn kind_with_references(kind: &str, references: &BTreeSet<StorePath>) -> String {
    references
        .iter()
        .fold(kind.to_owned(), |kind, reference| format!("{kind}:{reference}"))
}

/// The path of a text file, such as `builtins.toFile` and derivations make it.
pub fn text_path(
    name: &str,
    contents: &[u8],
    references: &BTreeSet<StorePath>,
) -> Result<StorePath, StorePathError> {
    text_path_of_digest(name, &Hash::sha256(contents), references)
}

/// The path of a text file whose SHA-256 digest is known.
pub fn text_path_of_digest(
    name: &str,
    digest: &Hash,
    references: &BTreeSet<StorePath>,
) -> Result<StorePath, StorePathError> {
    make_store_path(&kind_with_references("text", references), digest, name)
}

/// The path of a tree imported from outside, from the SHA-256 digest of its NAR.
pub fn source_path(
    name: &str,
    nar_sha256: &Hash,
    references: &BTreeSet<StorePath>,
) -> Result<StorePath, StorePathError> {
    make_store_path(&kind_with_references("source", references), nar_sha256, name)
}

/// The path of content that is known by digest beforehand.
pub fn fixed_output_path(
    name: &str,
    method: Method,
    hash: &Hash,
    references: &BTreeSet<StorePath>,
) -> Result<StorePath, StorePathError> {
    match method {
        Method::Nar if hash.algorithm() == HashAlgorithm::Sha256 => source_path(name, hash, references),
        Method::Text => text_path_of_digest(name, hash, references),
        _ if !references.is_empty() => Err(StorePathError::UnexpectedReferences(name.to_owned())),
        _ => {
            let inner = format!("fixed:out:{}{}:", method.prefix(), hash.to_prefixed_base16());
            make_store_path("output:out", &Hash::sha256(inner.as_bytes()), name)
        }
    }
}

/// The path that a content address gives.
pub fn content_addressed_path(
    name: &str,
    address: &ContentAddress,
    references: &BTreeSet<StorePath>,
) -> Result<StorePath, StorePathError> {
    fixed_output_path(name, address.method, &address.hash, references)
}

/// The path of output `output` of the derivation called `name` with masked hash `hash_modulo`.
pub fn output_path(name: &str, output: &str, hash_modulo: &Hash) -> Result<StorePath, StorePathError> {
    make_store_path(
        &format!("output:{output}"),
        hash_modulo,
        &output_path_name(name, output),
    )
}

/// The name part of an output's path: `out` adds nothing, others add their name.
pub fn output_path_name(name: &str, output: &str) -> String {
    if output == "out" {
        name.to_owned()
    } else {
        format!("{name}-{output}")
    }
}

/// The stand-in for an output's own path while that is unknown, as `builtins.placeholder` gives it.
pub fn placeholder(output: &str) -> String {
    format!(
        "/{}",
        Hash::sha256(format!("nix-output:{output}").as_bytes()).to_nix32()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_the_paths_that_nix_computes() {
        let none = BTreeSet::new();
        let text = text_path("foo", b"bar", &none).unwrap();
        assert_eq!(
            text.to_string(),
            "/nix/store/vxjiwkjkn7x4079qvh1jkl5pn05j2aw0-foo"
        );
        assert_eq!(
            placeholder("out"),
            "/1rz4g4znpzjwh1xymhjpm42vipw92pr73vdgl6xs1hycac8kf2n9"
        );
    }

    #[test]
    fn refuses_what_is_no_store_path() {
        let digits = "vxjiwkjkn7x4079qvh1jkl5pn05j2aw0";
        let table = [
            "/nix/store".to_owned(),
            "/nix/stor/x".to_owned(),
            format!("/nix/store/{digits}"),
            format!("/nix/store/{digits}-"),
            format!("/nix/store/{digits}-a/b"),
            format!("/nix/store/{digits}-.."),
            format!("/nix/store/{digits}-a b"),
            format!("/nix/store/e{}-a", &digits[1..]),
            format!("/nix/store/{digits}-{}", "a".repeat(212)),
            format!("/nix/store/{}é-a", &digits[1..]),
        ];
        for path in table {
            assert!(StorePath::parse_absolute(&path).is_err(), "{path}");
        }
    }

    #[test]
    fn splits_a_path_inside_the_store() {
        let path = "/nix/store/vxjiwkjkn7x4079qvh1jkl5pn05j2aw0-foo/bin/x";
        let (store_path, rest) = StorePath::parse_inside(path).unwrap();
        assert_eq!((store_path.name(), rest), ("foo", "/bin/x"));
    }
}
