//! The manifest of a linked root: every path with mode, owner, hash and where it comes from.

use crate::system::Missing;
use serde::{Deserialize, Serialize};

/// Everything in a root file system.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Version of this format, 1.
    pub version: u32,
    /// Name of the machine image.
    pub name: String,
    /// Root hash of the hash tree, hexadecimal.
    pub root_hash: String,
    /// Packages by name, with version.
    pub packages: Vec<ManifestPackage>,
    /// What files of packages need and do not find in the image.
    #[serde(default)]
    pub missing: Vec<Missing>,
    /// Checks of generated files that were left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks_off: Vec<String>,
    /// All paths in order.
    pub paths: Vec<ManifestPath>,
}

/// A package of the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestPackage {
    /// Debian name.
    pub name: String,
    /// Debian version.
    pub version: String,
    /// Store path of its object.
    pub object: String,
    /// The archive that it comes from.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub archive: String,
    /// The suite of that archive.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub suite: String,
}

/// One path of the image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ManifestPath {
    /// Absolute path.
    pub path: String,
    /// `file`, `directory` or `symlink`.
    pub kind: String,
    /// Octal mode.
    pub mode: String,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Size of a file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// SHA-256 of a file, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
    /// Target of a symbolic link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// File capabilities, hexadecimal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capabilities: Option<String>,
    /// The package, the store path, or the part of hardpan that it comes from.
    pub from: String,
}
