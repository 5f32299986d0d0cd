//! Binary caches: folders and servers that have archives of store paths, with signed descriptions.

mod address;
mod compression;
mod download;
mod encoding;
mod error;
mod misses;
mod parallel;
mod set;
mod trust;
mod upload;

use std::collections::HashMap;
use std::io::Read as _;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use fetch::{Fetcher, Limits};
use nix_formats::StorePath;
use nix_formats::narinfo::NarInfo;
use nix_formats::store_path::STORE_DIRECTORY;

pub use compression::Compression;
pub use error::CacheError;
pub use set::{Caches, Found, Notice};
pub use trust::{Trust, is_named_by_content};
pub use upload::{Upload, upload_closure};

use self::address::Address;
use self::misses::Misses;

/// The description of a cache itself.
const INFO_FILE: &str = "nix-cache-info";
/// More than the largest description that makes sense.
const DESCRIPTION_LIMIT: Limits = Limits::bytes(4 * 1024 * 1024);
/// How eagerly a cache is asked that says nothing; less is earlier.
const DEFAULT_PRIORITY: u32 = 50;

/// One binary cache.
#[derive(Debug)]
pub struct BinaryCache {
    fetcher: Arc<Fetcher>,
    address: Address,
    priority: OnceLock<u32>,
    /// What was asked for already.
    known: Mutex<HashMap<String, Option<Arc<NarInfo>>>>,
    misses: Option<Misses>,
}

impl BinaryCache {
    /// The cache at `url` (`file://`, `http://`, `https://` or `s3://`); nothing is asked yet.
    pub fn new(fetcher: Arc<Fetcher>, url: &str) -> Result<Self, CacheError> {
        Ok(Self {
            fetcher,
            address: Address::parse(url)?,
            priority: OnceLock::new(),
            known: Mutex::default(),
            misses: None,
        })
    }

    /// Remembers in files of `directory` what the cache does not have, for so many seconds. `now` are seconds since
    /// 1970.
    pub fn remembering(mut self, directory: &std::path::Path, now: u64, seconds: u64) -> Self {
        if !self.address.is_local() {
            self.misses = Some(Misses::load(directory, &self.address.url, now, seconds));
        }
        self
    }

    /// Its address, as people wrote it.
    pub fn url(&self) -> &str {
        &self.address.url
    }

    /// Whether its address says that it needs no signatures.
    pub fn is_trusted(&self) -> bool {
        self.address.trusted
    }

    /// The cache's place in the order in which caches are asked; less is earlier. Fails if it cannot be reached or is
    /// for another store directory.
    pub fn priority(&self) -> Result<u32, CacheError> {
        if let Some(known) = self.priority.get() {
            return Ok(*known);
        }
        let stated = match self.read(INFO_FILE)? {
            // What has no description may be a cache all the same.
            None => None,
            Some(text) => self.read_info(&text)?,
        };
        let priority = self.address.priority.or(stated).unwrap_or(DEFAULT_PRIORITY);
        Ok(*self.priority.get_or_init(|| priority))
    }

    fn read_info(&self, text: &str) -> Result<Option<u32>, CacheError> {
        let field = |name: &str| {
            let value = |line: &'_ str| Some(line.strip_prefix(name)?.strip_prefix(':')?.trim().to_owned());
            text.lines().find_map(value)
        };
        match field("StoreDir") {
            Some(other) if other != STORE_DIRECTORY => Err(CacheError::OtherStore {
                cache: self.url().to_owned(),
                found: other,
            }),
            _ => Ok(field("Priority").and_then(|number| number.parse().ok())),
        }
    }

    /// What the cache says about `path`, if it has it.
    pub fn find(&self, path: &StorePath) -> Result<Option<Arc<NarInfo>>, CacheError> {
        let key = path.hash_part();
        if let Some(known) = self.lock().get(key) {
            return Ok(known.clone());
        }
        if self.misses.as_ref().is_some_and(|misses| misses.contain(key)) {
            return Ok(None);
        }
        let found = match self.read(&format!("{key}.narinfo"))? {
            None => None,
            Some(text) => {
                let info = NarInfo::parse(&text).map_err(|source| CacheError::Description {
                    cache: self.url().to_owned(),
                    path: path.clone(),
                    source,
                })?;
                // Another name with the same hash part is another path.
                (info.store_path == *path).then(|| Arc::new(info))
            }
        };
        if let (None, Some(misses)) = (&found, &self.misses) {
            misses.add(key);
        }
        self.lock().insert(key.to_owned(), found.clone());
        Ok(found)
    }

    fn read(&self, name: &str) -> Result<Option<String>, CacheError> {
        match self.fetcher.get(&self.address.of(name), DESCRIPTION_LIMIT) {
            Ok(response) => self.text_of(name, &response).map(Some),
            // Some servers say that it is forbidden to see what is not there.
            Err(error) if error.is_not_found() || error.is_forbidden() => Ok(None),
            Err(source) => Err(self.failed(source)),
        }
    }

    fn text_of(&self, name: &str, response: &fetch::Response) -> Result<String, CacheError> {
        let mut bytes = Vec::new();
        let packed = response.content.as_bytes();
        encoding::unpacked(response.encoding.as_deref(), packed)
            .and_then(|reader| reader.take(DESCRIPTION_LIMIT.bytes).read_to_end(&mut bytes))
            .map_err(|source| CacheError::Packed {
                cache: self.url().to_owned(),
                name: name.to_owned(),
                source,
            })?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Never offers `path` again.
    pub(super) fn forget(&self, path: &StorePath) {
        self.lock().insert(path.hash_part().to_owned(), None);
    }

    fn failed(&self, source: fetch::Error) -> CacheError {
        CacheError::Fetch {
            cache: self.url().to_owned(),
            source: Box::new(source),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Option<Arc<NarInfo>>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
