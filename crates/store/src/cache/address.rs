//! Addresses of caches, with the settings that stand behind the question mark.

use std::path::PathBuf;

use super::{CacheError, Compression};

/// Where a cache is and how to use it.
#[derive(Clone, Debug)]
pub(super) struct Address {
    /// As people wrote it.
    pub(super) url: String,
    base: String,
    /// What the network client has to know.
    query: String,
    /// How archives are written.
    pub(super) compression: Compression,
    pub(super) compression_level: Option<i32>,
    pub(super) priority: Option<u32>,
    pub(super) trusted: bool,
    pub(super) secret_key_file: Option<PathBuf>,
}

impl Address {
    pub(super) fn parse(url: &str) -> Result<Self, CacheError> {
        let bad = |reason: String| CacheError::Address {
            url: url.to_owned(),
            reason,
        };
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let scheme = base
            .split_once("://")
            .map(|(scheme, _)| scheme)
            .unwrap_or_default();
        if !matches!(scheme, "file" | "http" | "https" | "s3") {
            return Err(bad(
                "a binary cache is at file://, http://, https:// or s3://".to_owned()
            ));
        }
        let mut address = Self {
            url: url.to_owned(),
            base: base.trim_end_matches('/').to_owned(),
            query: String::new(),
            compression: Compression::Xz,
            compression_level: None,
            priority: None,
            trusted: false,
            secret_key_file: None,
        };
        let mut rest = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let number = || value.parse().map_err(|_| bad(format!("'{value}' is no number")));
            match name {
                "compression" => {
                    address.compression = value
                        .parse()
                        .map_err(|()| bad(format!("'{value}' is no compression")))?
                }
                "compression-level" => address.compression_level = Some(number()?),
                "priority" => address.priority = u32::try_from(number()?).ok(),
                "trusted" => address.trusted = matches!(value, "1" | "true"),
                "secret-key" => address.secret_key_file = Some(PathBuf::from(value)),
                _ => rest.push(pair),
            }
        }
        // Other servers' parameters are no part of what is asked for.
        if scheme == "s3" && !rest.is_empty() {
            address.query = format!("?{}", rest.join("&"));
        }
        Ok(address)
    }

    /// The address of a file of the cache.
    pub(super) fn of(&self, name: &str) -> String {
        format!("{}/{name}{}", self.base, self.query)
    }

    /// The address that a description means, which may lie elsewhere; nothing if a cache of this kind may not name it.
    pub(super) fn of_archive(&self, url: &str) -> Option<String> {
        let has_scheme = url.split_once("://").is_some();
        let climbs = url.split('/').any(|part| part == "..");
        match has_scheme {
            true if url.starts_with("http://") || url.starts_with("https://") => Some(url.to_owned()),
            // Whoever writes descriptions has no business with files of this machine.
            true => None,
            false if climbs || url.is_empty() => None,
            false => Some(self.of(url.trim_start_matches('/'))),
        }
    }

    pub(super) fn is_local(&self) -> bool {
        self.base.starts_with("file://")
    }
}
