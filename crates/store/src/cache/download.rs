//! Brings a path from a cache into the store.

use std::fs::File;
use std::io::{self, BufReader};

use fetch::Download;
use nix_formats::StorePath;
use nix_formats::narinfo::NarInfo;

use super::{BinaryCache, CacheError};
use crate::error::FileContext as _;
use crate::{PathInfo, Store};

/// More than any archive has a right to.
const LARGEST_ARCHIVE_BYTES: u64 = 1 << 40;

impl BinaryCache {
    /// Fetches what `info` describes, whom the caller trusts about it, and makes it valid; `progress` hears of each
    /// piece how many bytes there are. What it refers to must be valid.
    pub fn fetch(
        &self,
        store: &Store,
        info: &NarInfo,
        progress: &dyn Fn(u64),
    ) -> Result<PathInfo, CacheError> {
        let path = &info.store_path;
        let compression: super::Compression =
            info.compression.parse().map_err(|()| CacheError::Compression {
                cache: self.url().to_owned(),
                path: path.clone(),
                compression: info.compression.clone(),
            })?;
        let directory = store.staging_directory()?;
        let packed = directory.path().join("archive");
        let url = self.address.of_archive(&info.url);
        let url = url.ok_or_else(|| CacheError::Elsewhere {
            cache: self.url().to_owned(),
            path: path.clone(),
            url: info.url.clone(),
        })?;
        // As in Nix, only the unpacked archive is compared with what was signed: servers may pack it anew.
        let request = Download {
            urls: vec![url],
            expected: None,
            size: None,
            limit: Some(LARGEST_ARCHIVE_BYTES),
        };
        let downloaded = self
            .fetcher
            .download(&request, &packed, progress)
            .map_err(|source| self.not_brought(path, source))?;
        let file = File::open(&packed).file("open the archive", &packed)?;
        let unusable = |source| CacheError::Content {
            path: path.clone(),
            cache: self.url().to_owned(),
            source: Box::new(source),
        };
        let reader = super::encoding::unpacked(downloaded.encoding.as_deref(), BufReader::new(file))
            .and_then(|reader| compression.reader(reader))
            .file("unpack", &packed)
            .map_err(unusable)?;
        // One byte more than promised is enough to notice that there are too many.
        let mut limited = io::Read::take(reader, info.nar_size.saturating_add(1));
        store.add_archive(info, &mut limited).map_err(unusable)
    }
    fn not_brought(&self, path: &StorePath, source: fetch::Error) -> CacheError {
        if !source.is_not_found() && !source.is_forbidden() {
            return self.failed(source);
        }
        CacheError::Gone {
            path: path.clone(),
            cache: self.url().to_owned(),
            source: Box::new(source),
        }
    }
}
