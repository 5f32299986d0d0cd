//! Takes `tarball` and `file` inputs into the store.

use std::path::Path;

use fetch::{Download, Downloaded, Fetcher};
use nix_formats::StorePath;
use store::Store;

use super::{Fetched, Notice, StandardSources, archive};
use crate::{Error, Input};

const MAXIMUM_ARCHIVE_BYTES: u64 = 8 << 30;

impl StandardSources<'_> {
    pub(super) fn fetch_tarball(&self, input: &Input) -> Result<Fetched, Error> {
        let url = input.text("url").unwrap_or_default().to_owned();
        let (mut fetched, immutable_url) = self.fetch_archive(input, &url, input.clone())?;
        if let Some(immutable) = immutable_url {
            let mut locked = crate::FlakeReference::parse(&immutable)?.input;
            for name in ["narHash", "lastModified"] {
                if let Some(value) = fetched.locked.attributes().get(name).cloned() {
                    locked.attributes_mut().set(name, value);
                }
            }
            fetched.locked = locked;
        }
        Ok(fetched)
    }

    /// Downloads and unpacks the archive at `url`; the second value is the address that stays unchanged.
    pub(super) fn fetch_archive(
        &self,
        input: &Input,
        url: &str,
        mut locked: Input,
    ) -> Result<(Fetched, Option<String>), Error> {
        let scratch = self.scratch(input)?;
        let file = scratch.path().join("archive");
        let downloaded = self.download(input, url, &file)?;
        let unpacked = archive::unpack(&file, url, &scratch.path().join("tree"))?;
        if locked.last_modified().is_none() {
            locked
                .attributes_mut()
                .set("lastModified", unpacked.last_modified);
        }
        Ok((
            self.add(&unpacked.top, &mut store::keep_all, locked)?,
            downloaded.immutable_url,
        ))
    }

    pub(super) fn fetch_file(&self, input: &Input) -> Result<Fetched, Error> {
        let url = input.text("url").unwrap_or_default().to_owned();
        let scratch = self.scratch(input)?;
        let file = scratch.path().join("file");
        self.download(input, &url, &file)?;
        self.add(&file, &mut store::keep_all, input.clone())
    }

    fn download(&self, input: &Input, url: &str, out: &Path) -> Result<Downloaded, Error> {
        if !url.starts_with("file:") {
            (self.notify)(Notice::Fetching(url.to_owned()));
        }
        let urls = vec![url.to_owned()];
        let request = Download {
            urls,
            limit: Some(MAXIMUM_ARCHIVE_BYTES),
            ..Download::default()
        };
        let result = self.fetcher.download(&request, out, &|_| ());
        result.map_err(|source| Error::Fetch {
            input: input.to_text(),
            source: Box::new(source),
        })
    }
}

/// Downloads and unpacks the archive at `url` into a store path called `name`, without knowing what it is to hold.
pub fn add_archive(store: &Store, fetcher: &Fetcher, url: &str, name: &str) -> Result<StorePath, Error> {
    let failed = |source: store::StoreError| {
        let source = source.into();
        Error::Provider {
            operation: "add to the store the archive",
            thing: url.to_owned(),
            source,
        }
    };
    let scratch = store.staging_directory().map_err(failed)?;
    let file = scratch.path().join("archive");
    let urls = vec![url.to_owned()];
    let request = Download {
        urls,
        limit: Some(MAXIMUM_ARCHIVE_BYTES),
        ..Download::default()
    };
    let result = fetcher.download(&request, &file, &|_| ());
    result.map_err(|source| Error::Fetch {
        input: url.to_owned(),
        source: Box::new(source),
    })?;
    let unpacked = archive::unpack(&file, url, &scratch.path().join("tree"))?;
    store
        .add_source(&unpacked.top, name, &mut store::keep_all)
        .map_err(failed)
}

/// Unpacks an archive of a source tree into the new folder `out`; gives the newest modification time in it, in seconds
/// since 1970.
pub fn unpack_archive(file: &Path, out: &Path) -> Result<u64, Error> {
    archive::unpack(file, &file.to_string_lossy(), out).map(|unpacked| unpacked.last_modified)
}
