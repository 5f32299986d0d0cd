//! Which store is meant: the addresses that `--store`, the setting `store`, `HARDPAN_STORE` and `NIX_REMOTE` hold.

use std::path::{Path, PathBuf};

use nix_formats::store_path::STORE_DIRECTORY;
use percent_encoding::percent_decode_str;

use crate::Error;

/// A store that this program can work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreAddress {
    /// Whichever is usual.
    Usual,
    /// The one below a folder of this machine.
    Folder {
        /// What stands for `/`.
        root: PathBuf,
        /// Parameters that nobody knows.
        unknown: Vec<String>,
    },
    /// One that is forgotten when the program ends.
    Dummy,
}

/// Parameters of Nix's local stores that change nothing here.
const WITHOUT_MEANING: [&str; 6] = [
    "path-info-cache-size",
    "priority",
    "require-sigs",
    "system-features",
    "trusted",
    "want-mass-query",
];

impl StoreAddress {
    /// Reads an address; relative folders are those of `current`.
    ///
    /// # Errors
    /// If it is a store that this program cannot work on.
    pub(crate) fn parse(text: &str, current: &Path) -> Result<Self, Error> {
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let scheme = place.split_once("://").map(|(scheme, _)| scheme);
        match (place, scheme) {
            ("" | "auto", None) => Ok(Self::Usual),
            ("local", None) | (_, Some("local")) => {
                let below = place.strip_prefix("local://").unwrap_or_default();
                Self::local(text, below, query, current)
            }
            (_, Some("dummy")) => Ok(Self::Dummy),
            ("daemon", None) | (_, Some("unix")) => Err(unusable(
                text,
                "hardpan works on a store itself and asks no daemon: name the store's folder, or leave it out for \
                 your own store",
            )),
            (_, Some("ssh" | "ssh-ng")) => Err(unusable(
                text,
                "builds run on this machine: build here, then send the result with 'hardpan copy --to' to a store or \
                 cache that this machine can reach",
            )),
            (_, Some("file" | "http" | "https" | "s3")) => Err(unusable(
                text,
                "it is a binary cache: 'hardpan copy --to' and '--from' reach it, and the setting 'substituters' has \
                 builds ask it",
            )),
            (_, Some(_)) => Err(unusable(
                text,
                "stores are folders (/path, local?root=/path), 'auto' or 'dummy://'",
            )),
            (folder, None) => Self::local(text, folder, query, current),
        }
    }

    fn local(text: &str, folder: &str, query: &str, current: &Path) -> Result<Self, Error> {
        let mut root = (!folder.is_empty()).then(|| current.join(decoded(folder)));
        let mut unknown = Vec::new();
        let mut further = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "root" if value.is_empty() => {}
                "root" => root = Some(current.join(decoded(value))),
                "real" | "state" | "log" | "store" | "read-only" => further.push((name, value)),
                name if WITHOUT_MEANING.contains(&name) => {}
                name => unknown.push(name.to_owned()),
            }
        }
        let places = root.clone().unwrap_or_else(|| PathBuf::from("/"));
        for (name, value) in further {
            let is_usual = match name {
                "real" => decoded(value) == places.join("nix/store"),
                "state" => decoded(value) == places.join("nix/var/nix"),
                "log" => decoded(value) == places.join("nix/var/log/nix"),
                "store" => value == STORE_DIRECTORY,
                _ => matches!(value, "false" | "0" | "no"),
            };
            if !is_usual {
                return Err(unusable(text, &format!("'{name}' cannot be chosen: {LAYOUT}")));
            }
        }
        Ok(match root {
            None => Self::Usual,
            Some(root) => Self::Folder { root, unknown },
        })
    }
}

/// What a store looks like here.
const LAYOUT: &str =
    "store paths begin with /nix/store, and all of a store lies below its 'root' and can be written";

fn decoded(text: &str) -> PathBuf {
    PathBuf::from(percent_decode_str(text).decode_utf8_lossy().into_owned())
}

fn unusable(text: &str, hint: &str) -> Error {
    Error::Usage(format!("cannot use the store '{text}': {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_means_what_nix_means_by_it_or_is_refused() {
        let of = |root: &str, unknown: &[&str]| {
            Some(StoreAddress::Folder {
                root: root.into(),
                unknown: unknown.iter().map(|name| (*name).to_owned()).collect(),
            })
        };
        let table = [
            ("", Some(StoreAddress::Usual)),
            ("auto", Some(StoreAddress::Usual)),
            ("local", Some(StoreAddress::Usual)),
            ("dummy://", Some(StoreAddress::Dummy)),
            ("dummy://?read-only=false", Some(StoreAddress::Dummy)),
            ("/a", of("/a", &[])),
            ("./a", of("/here/./a", &[])),
            ("a", of("/here/a", &[])),
            ("local?root=/a", of("/a", &[])),
            ("local?root=/a%20b", of("/a b", &[])),
            ("local:///a", of("/a", &[])),
            ("/a?require-sigs=false", of("/a", &[])),
            ("/a?rot=/b", of("/a", &["rot"])),
            (
                "local?root=/a&state=/a/nix/var/nix&real=/a/nix/store&store=/nix/store",
                of("/a", &[]),
            ),
            (
                "local?root=/a&log=/a/nix/var/log/nix&read-only=false",
                of("/a", &[]),
            ),
            ("local?root=/a&real=/b", None),
            ("local?root=/a&state=/b", None),
            ("local?root=/a&read-only=true", None),
            ("local?store=/other/store", None),
            ("daemon", None),
            ("unix:///run/socket", None),
            ("ssh://host", None),
            ("ssh-ng://host", None),
            ("https://cache", None),
            ("s3://bucket", None),
            ("file:///cache", None),
            ("ftp://x", None),
        ];
        for (text, expected) in table {
            assert_eq!(
                StoreAddress::parse(text, Path::new("/here")).ok(),
                expected,
                "{text}"
            );
        }
    }
}
