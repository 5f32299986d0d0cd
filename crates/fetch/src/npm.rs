//! Finds the archive of an npm package's version in the user's registry.

use std::path::Path;

use nix_formats::Hash;
use serde_json::Value;

use crate::{Download, Downloaded, Error, Fetcher, Limits, NpmConfiguration};

const MAXIMUM_METADATA_BYTES: u64 = 64 << 20;

/// A package and its exact version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NpmPackage {
    /// Name with scope.
    pub name: String,
    /// Exact version.
    pub version: String,
}

/// Where a registry says that a package's archive is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NpmSource {
    /// Address of the `.tgz`.
    pub url: String,
    /// Digest that the registry announces. It is no proof: the registry is not trusted.
    pub announced: Option<Hash>,
}

impl Fetcher {
    /// Asks the registry where the archive of `package` is.
    pub fn npm_source(
        &self,
        configuration: &NpmConfiguration,
        package: &NpmPackage,
    ) -> Result<NpmSource, Error> {
        let NpmPackage { name, version } = package;
        let registry = configuration.registry(name);
        let document = format!("{registry}{}", name.replace('/', "%2f"));
        let exact = format!("{document}/{version}");
        match self.npm_metadata(configuration, &exact) {
            Ok(manifest) => source_of(package, &manifest),
            Err(error) if error.is_not_found() => {
                let all = self.npm_metadata(configuration, &document)?;
                source_of(package, &all["versions"][version.as_str()])
            }
            Err(error) => Err(error),
        }
    }

    /// Downloads the archive of `package` to `out`. The result is unverified: check what is taken out of it.
    pub fn npm_download(
        &self,
        configuration: &NpmConfiguration,
        package: &NpmPackage,
        out: &Path,
        progress: &dyn Fn(u64),
    ) -> Result<Downloaded, Error> {
        let source = self.npm_source(configuration, package)?;
        let request = Download {
            urls: vec![source.url],
            expected: source.announced,
            ..Download::default()
        };
        let downloaded = self.download(&request, out, progress)?;
        Ok(Downloaded {
            verified: false,
            ..downloaded
        })
    }

    fn npm_metadata(&self, configuration: &NpmConfiguration, url: &str) -> Result<Value, Error> {
        let mut headers = vec![("Accept".to_owned(), "application/json".to_owned())];
        headers.extend(
            configuration
                .authorization(url)
                .map(|value| ("Authorization".to_owned(), value)),
        );
        let response = self.get_with_headers(url, &headers, Limits::bytes(MAXIMUM_METADATA_BYTES))?;
        serde_json::from_slice(response.content.as_bytes()).map_err(|error| Error::Npm {
            package: url.to_owned(),
            reason: error.to_string(),
        })
    }
}

fn source_of(package: &NpmPackage, manifest: &Value) -> Result<NpmSource, Error> {
    let fail = |reason: &str| Error::Npm {
        package: format!("{}@{}", package.name, package.version),
        reason: reason.to_owned(),
    };
    let dist = &manifest["dist"];
    let url = dist["tarball"]
        .as_str()
        .ok_or_else(|| fail("it names no archive for this version"))?;
    let integrity = dist["integrity"]
        .as_str()
        .and_then(|text| text.split_whitespace().next());
    let announced = integrity.and_then(|text| Hash::parse_any(text, None).ok());
    Ok(NpmSource {
        url: url.to_owned(),
        announced,
    })
}
