//! What `builtins.fetchurl`, `fetchTarball`, `fetchTree`, `fetchGit` and `getFlake` fetch.

use std::collections::BTreeMap;

use fetch::Download;
use flake::{Attributes, FlakeReference, Input, LockFlags, lock_flake};
use nix_formats::{Hash, HashAlgorithm, Method};
use nix_lang::{FetchRequest, Fetched, WorldError};
use serde_json::{Map, Value};

use super::host::HostFunctions;
use super::manifest::Manifests;
use super::paths::{Paths, normal};
use super::world::content_path;

const MAXIMUM_FILE_BYTES: u64 = 8 << 30;

impl HostFunctions<'_> {
    /// Fetches what Nix code asks for.
    pub(super) fn fetch(&self, request: &FetchRequest, paths: &Paths<'_>) -> Result<Fetched, WorldError> {
        self.check_address(request, paths)?;
        match request {
            FetchRequest::File { url, name, expected } => self.fetch_file(url, name, *expected),
            FetchRequest::Archive { url, name, expected } => self.fetch_archive(url, name, *expected),
            FetchRequest::Tree { attributes } => self.fetch_tree(attributes),
            FetchRequest::Flake { reference } => self.fetch_flake(reference, paths),
        }
    }

    /// With `restrict-eval` only addresses below those in `allowed-uris` may be fetched, and files that may be read.
    fn check_address(&self, request: &FetchRequest, paths: &Paths<'_>) -> Result<(), WorldError> {
        let configuration = &self.session.settings().configuration;
        if configuration.flag("restrict-eval") != Some(true) {
            return Ok(());
        }
        let address = match request {
            FetchRequest::File { url, .. } | FetchRequest::Archive { url, .. } => url.clone(),
            FetchRequest::Tree { attributes } => input_of(attributes)?.to_text(),
            FetchRequest::Flake { reference } => FlakeReference::parse(reference)?.to_string(),
        };
        let allowed = configuration.words("allowed-uris");
        let searched = self.session.settings().search_path();
        if allowed.iter().any(|prefix| is_below(&address, prefix))
            || searched.iter().any(|(_, place)| *place == address)
        {
            return Ok(());
        }
        match address.strip_prefix("file://") {
            Some(path) if path.starts_with('/') && paths.is_restricted() => paths.check(&normal(path)),
            _ => Err(format!("access to URI '{address}' is forbidden in restricted mode").into()),
        }
    }

    fn fetch_file(&self, url: &str, name: &str, expected: Option<Hash>) -> Result<Fetched, WorldError> {
        if let Some(hash) = expected {
            let path = content_path(name, Method::Flat, hash)?;
            self.store.add_temporary_root(&path)?;
            if self.store.is_valid(&path)? {
                return Ok(Fetched {
                    path,
                    attributes: Map::new(),
                });
            }
        }
        let folder = self.store.staging_directory()?;
        let file = folder.path().join("file");
        let urls = vec![url.to_owned()];
        let request = Download {
            urls,
            limit: Some(MAXIMUM_FILE_BYTES),
            ..Download::default()
        };
        self.session.fetcher().download(&request, &file, &|_| ())?;
        let content = std::fs::read(&file)?;
        let algorithm = expected.map_or(HashAlgorithm::Sha256, |hash| hash.algorithm());
        let actual = Hash::of(algorithm, &content);
        check(url, expected, actual)?;
        Ok(Fetched {
            path: self.store.add_flat_file(name, &content, actual)?,
            attributes: Map::new(),
        })
    }

    fn fetch_archive(&self, url: &str, name: &str, expected: Option<Hash>) -> Result<Fetched, WorldError> {
        if let Some(hash) = expected {
            let path = content_path(name, Method::Nar, hash)?;
            self.store.add_temporary_root(&path)?;
            if self.store.is_valid(&path)? {
                return Ok(Fetched {
                    path,
                    attributes: Map::new(),
                });
            }
        }
        let path = flake::sources::add_archive(self.store, self.session.fetcher(), url, name)?;
        check(url, expected, self.store.require_info(&path)?.nar_hash)?;
        Ok(Fetched {
            path,
            attributes: Map::new(),
        })
    }

    fn fetch_tree(&self, attributes: &BTreeMap<String, Value>) -> Result<Fetched, WorldError> {
        let input = input_of(attributes)?;
        if self.pure && !input.is_locked() {
            let text = input.to_text();
            return Err(format!(
                "in pure evaluation mode, '{text}' must be locked; give its 'rev' or 'narHash'"
            )
            .into());
        }
        let fetched = self.sources.fetch(&input)?;
        let path = fetched.tree.store_path;
        let mut info = flake::call::source_info(&path.to_string(), &fetched.locked);
        let attributes = info.as_object_mut().map(std::mem::take).unwrap_or_default();
        let attributes = attributes
            .into_iter()
            .filter(|(name, _)| name != "outPath")
            .collect();
        Ok(Fetched { path, attributes })
    }

    fn fetch_flake(&self, reference: &str, paths: &Paths<'_>) -> Result<Fetched, WorldError> {
        let reference = FlakeReference::parse(reference)?;
        if self.pure && !reference.input.is_locked() {
            return Err(format!("cannot call 'getFlake' on unlocked flake reference '{reference}'").into());
        }
        let manifests = Manifests {
            session: self.session,
            store: self.store,
            sources: self.sources,
        };
        let locked = lock_flake(self.sources, &manifests, &reference, &LockFlags::default())?;
        locked
            .trees
            .values()
            .for_each(|tree| paths.allow(&tree.store_path));
        let call = flake::call::call(&locked);
        let attributes = [
            ("call", Value::from(call.expression)),
            ("argument", call.argument),
        ];
        Ok(Fetched {
            path: locked.flake.tree.store_path.clone(),
            attributes: attributes
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        })
    }
}

/// The input that the attributes of `fetchTree` and `fetchGit` describe.
fn input_of(attributes: &BTreeMap<String, Value>) -> Result<Input, WorldError> {
    let object: Map<String, Value> = attributes
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    Ok(
        match (object.get("type"), object.get("url").and_then(Value::as_str)) {
            (None, Some(url)) => FlakeReference::parse(url)?.input,
            _ => Input::from_attributes(as_input(Attributes::from_json(&object)?))?,
        },
    )
}

/// Whether an address is `prefix` or lies below it; a prefix may be a whole scheme (`github:`).
fn is_below(address: &str, prefix: &str) -> bool {
    let Some(rest) = address.strip_prefix(prefix) else {
        return false;
    };
    !prefix.is_empty() && (rest.is_empty() || rest.starts_with('/') || prefix.ends_with(['/', ':']))
}

/// `fetchGit` takes a path or an address without a scheme of its own, and a name that means nothing here.
fn as_input(mut attributes: Attributes) -> Attributes {
    attributes.remove("name");
    if attributes.text("type") == Some("git")
        && let Some(url) = attributes
            .text("url")
            .filter(|url| url.starts_with('/'))
            .map(str::to_owned)
    {
        attributes.set("url", format!("file://{url}"));
    }
    attributes
}

fn check(url: &str, expected: Option<Hash>, actual: Hash) -> Result<(), WorldError> {
    match expected {
        Some(expected) if expected != actual => {
            let (expected, actual) = (expected.to_sri(), actual.to_sri());
            Err(
                format!("hash mismatch in file downloaded from '{url}': specified {expected}, got {actual}")
                    .into(),
            )
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn an_allowed_address_is_no_mere_beginning_of_text() {
        let table = [
            ("https://github.com/a", "https://github.com", true),
            ("https://github.com/a", "https://github.co", false),
            ("https://h/dir/a", "https://h/dir/", true),
            ("https://h/dir", "https://h/dir", true),
            ("github:o/r", "github:", true),
            ("github:o/r2", "github:o/r", false),
            ("https://h/a", "", false),
        ];
        for (address, prefix, expected) in table {
            assert_eq!(is_below(address, prefix), expected, "{address} below {prefix}");
        }
    }
}
