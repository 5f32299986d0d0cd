//! Streams a download to a file and checks its hash on the way.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;

use nix_formats::hash::Hasher;
use nix_formats::{Hash, HashAlgorithm};

use crate::client::{check_length, first_of, transfer};
use crate::{Error, Fetcher};

const PIECE_BYTES: usize = 256 * 1024;

/// What to download.
#[derive(Clone, Debug, Default)]
pub struct Download {
    /// Addresses, tried in order.
    pub urls: Vec<String>,
    /// The digest that the content must have. Without it the result is unverified.
    pub expected: Option<Hash>,
    /// The size that the content must have.
    pub size: Option<u64>,
    /// Most bytes to take where `size` is unknown.
    pub limit: Option<u64>,
}

impl Download {
    /// Content that is known by its digest.
    pub fn verified(urls: Vec<String>, expected: Hash) -> Self {
        Self {
            urls,
            expected: Some(expected),
            size: None,
            limit: None,
        }
    }

    /// Content whose size is known too.
    pub fn with_size(mut self, size: u64) -> Self {
        self.size = Some(size);
        self
    }
}

/// A file that was downloaded.
#[derive(Clone, Debug)]
pub struct Downloaded {
    /// Its digest: the expected one, or SHA-256 where none was expected.
    pub hash: Hash,
    /// Whether `hash` was known beforehand.
    pub verified: bool,
    /// Its size in bytes.
    pub size: u64,
    /// The address it came from, after redirects.
    pub url: String,
    /// The address that the server promises to keep unchanged (lockable tarball protocol).
    pub immutable_url: Option<String>,
    /// How the server says that it packed the content for the way (`Content-Encoding`); it is still packed.
    pub encoding: Option<String>,
}

impl Fetcher {
    /// Downloads to `out`, telling `progress` how many bytes came so far. On failure `out` is removed.
    pub fn download(
        &self,
        request: &Download,
        out: &Path,
        progress: &dyn Fn(u64),
    ) -> Result<Downloaded, Error> {
        let result = first_of(&request.urls, |url| {
            self.retry(url, || self.download_one(url, request, out, progress))
        });
        if result.is_err() {
            // The file may not exist; the download's own error is what matters.
            let _ = fs::remove_file(out);
        }
        result
    }

    fn download_one(
        &self,
        url: &str,
        request: &Download,
        out: &Path,
        progress: &dyn Fn(u64),
    ) -> Result<Downloaded, Error> {
        let write = |source| Error::Write {
            path: out.to_owned(),
            source,
        };
        let mut stream = self.open(url, &[])?;
        if let (Some(expected), Some(announced)) = (request.size, stream.length) {
            check_length(url, Some(expected), announced)?;
        }
        let limit = request.size.or(request.limit).unwrap_or(u64::MAX);
        let algorithm = request
            .expected
            .map_or(HashAlgorithm::Sha256, |hash| hash.algorithm());
        let mut hasher = Hasher::new(algorithm);
        let mut file = File::create(out).map_err(write)?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut size: u64 = 0;
        loop {
            self.check_cancelled(url)?;
            let count = stream
                .reader
                .read(&mut piece)
                .map_err(|error| transfer(url, &error))?;
            if count == 0 {
                break;
            }
            size += count as u64;
            if size > limit {
                return Err(Error::TooLarge {
                    url: url.to_owned(),
                    limit,
                });
            }
            hasher.update(&piece[..count]);
            file.write_all(&piece[..count]).map_err(write)?;
            progress(size);
        }
        check_length(url, stream.length, size)?;
        let actual = hasher.finish();
        if let Some(expected) = request.expected.filter(|expected| *expected != actual) {
            return Err(Error::hash_mismatch(url, expected, actual));
        }
        check_length(url, request.size, size)?;
        let verified = request.expected.is_some();
        Ok(Downloaded {
            hash: actual,
            verified,
            size,
            url: stream.url,
            immutable_url: stream.immutable_url,
            encoding: stream.encoding,
        })
    }
}
