//! Puts store paths into a cache.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use fetch::Content;
use nix_formats::hash::Hasher;
use nix_formats::narinfo::NarInfo;
use nix_formats::store_path::STORE_DIRECTORY;
use nix_formats::{Hash, HashAlgorithm, SecretKey, StorePath};

use super::set::ranks;
use super::{BinaryCache, CacheError, INFO_FILE, parallel};
use crate::error::FileContext as _;
use crate::{PathInfo, Store, StoreError};

/// How paths are put into a cache.
#[derive(Debug, Default)]
pub struct Upload {
    /// Keys that sign what is put there, beside the one that the cache's address names.
    pub keys: Vec<SecretKey>,
    /// How many paths are put there at the same time.
    pub workers: usize,
}

/// Puts `paths` with all that they refer to into `cache`, each after what it refers to; gives back those that were not
/// there. `listener` hears of each path before it is put there.
pub fn upload_closure(
    store: &Store,
    cache: &BinaryCache,
    paths: &[StorePath],
    upload: &Upload,
    listener: &(dyn Fn(&StorePath) + Sync),
) -> Result<Vec<StorePath>, CacheError> {
    cache.initialise()?;
    let mut keys = upload.keys.clone();
    keys.extend(cache.own_key()?);
    let closure = store.closure(paths)?;
    let mut added = Vec::new();
    for rank in ranks(closure, |path| store.references(path).ok()) {
        let results = parallel::map(&rank, upload.workers.max(1), |path| {
            if cache.find(path)?.is_some() {
                return Ok(false);
            }
            listener(path);
            cache.add(store, path, &keys).map(|()| true)
        });
        for (path, result) in rank.into_iter().zip(results) {
            if result? {
                added.push(path);
            }
        }
    }
    Ok(added)
}

impl BinaryCache {
    /// Makes it a cache, if it is none yet.
    fn initialise(&self) -> Result<(), CacheError> {
        self.priority()?;
        let url = self.address.of(INFO_FILE);
        if self.fetcher.exists(&url).map_err(|source| self.failed(source))? {
            return Ok(());
        }
        let text = format!("StoreDir: {STORE_DIRECTORY}\n");
        self.put(
            INFO_FILE,
            Content::Bytes(text.as_bytes()),
            "text/x-nix-cache-info",
        )
    }

    fn own_key(&self) -> Result<Option<SecretKey>, CacheError> {
        self.address.secret_key_file.as_deref().map(read_key).transpose()
    }

    /// Puts the valid `path` there, the archive before its description.
    fn add(&self, store: &Store, path: &StorePath, keys: &[SecretKey]) -> Result<(), CacheError> {
        let info = store.require_info(path)?;
        let directory = store.staging_directory()?;
        let packed = directory.path().join("archive");
        let (file_hash, file_size) = self.pack(store, &info, &packed)?;
        let compression = self.address.compression;
        let name = format!("nar/{}.nar{}", file_hash.to_nix32(), compression.extension());
        self.put(&name, Content::File(&packed), "application/x-nix-nar")?;
        let mut description = NarInfo {
            url: name,
            compression: compression.name().to_owned(),
            file_hash: Some(file_hash),
            file_size: Some(file_size),
            ..info.description()
        };
        let signed = description.fingerprint();
        description
            .signatures
            .extend(keys.iter().map(|key| key.sign(signed.as_bytes())));
        let text = description.to_string();
        let name = format!("{}.narinfo", path.hash_part());
        self.put(&name, Content::Bytes(text.as_bytes()), "text/x-nix-narinfo")?;
        if let Some(misses) = &self.misses {
            misses.remove(path.hash_part());
        }
        let key = path.hash_part().to_owned();
        self.lock().insert(key, Some(std::sync::Arc::new(description)));
        Ok(())
    }

    /// Writes the compressed archive; what lies on disk must be what was registered.
    fn pack(&self, store: &Store, info: &PathInfo, packed: &Path) -> Result<(Hash, u64), CacheError> {
        let file = File::create(packed).file("create", packed)?;
        let sink = Measuring::new(BufWriter::new(file));
        let mut archive = None;
        let sink = self
            .address
            .compression
            .compress(self.address.compression_level, sink, |sink| {
                let measured = store
                    .dump(&info.path, Measuring::new(sink))
                    .map_err(io::Error::other)?;
                archive = Some(measured.finish().1);
                Ok::<(), io::Error>(())
            })
            .file("pack", packed)?;
        let (mut file, file_digest) = sink.finish();
        file.flush().file("write", packed)?;
        let actual = archive.map_or_else(|| Hash::sha256(b""), |(hash, _)| hash);
        if actual != info.nar_hash {
            return Err(CacheError::from(StoreError::HashMismatch {
                path: info.path.clone(),
                expected: Box::new(info.nar_hash),
                actual: Box::new(actual),
            }));
        }
        Ok(file_digest)
    }

    fn put(&self, name: &str, content: Content<'_>, kind: &str) -> Result<(), CacheError> {
        self.fetcher
            .put(&self.address.of(name), content, kind)
            .map_err(|source| self.failed(source))
    }
}

fn read_key(path: &Path) -> Result<SecretKey, CacheError> {
    let key = |source| CacheError::Key {
        path: path.to_owned(),
        source,
    };
    let text = fs::read_to_string(path).map_err(|error| key(error.into()))?;
    text.parse()
        .map_err(|error: nix_formats::signature::SignatureError| key(error.into()))
}

/// Passes bytes on and computes their digest and number.
struct Measuring<W> {
    sink: W,
    hasher: Hasher,
    size: u64,
}

impl<W: Write> Measuring<W> {
    fn new(sink: W) -> Self {
        Self {
            sink,
            hasher: Hasher::new(HashAlgorithm::Sha256),
            size: 0,
        }
    }

    fn finish(self) -> (W, (Hash, u64)) {
        (self.sink, (self.hasher.finish(), self.size))
    }
}

impl<W: Write> Write for Measuring<W> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let count = self.sink.write(data)?;
        self.hasher.update(&data[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.sink.flush()
    }
}
