//! Brings things into the store that are not built: texts, derivations, trees and archives.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write as _};
use std::path::Path;

use nix_formats::nar::NarError;
use nix_formats::narinfo::NarInfo;
use nix_formats::{ContentAddress, Derivation, Hash, HashAlgorithm, Method, StorePath, nar, store_path};

use crate::error::{FileContext as _, StoreError};
use crate::hashing::{HashingSink, content_hash, filtered_nar_hash};
use crate::register::{Registration, Staging};
use crate::tree::{self, Filter};
use crate::{PathInfo, Store, WaitForever};

impl Store {
    /// Adds a text file, as `builtins.toFile` does.
    pub fn add_text(
        &self,
        name: &str,
        contents: &[u8],
        references: &BTreeSet<StorePath>,
    ) -> Result<StorePath, StoreError> {
        let hash = Hash::sha256(contents);
        let path = store_path::text_path_of_digest(name, &hash, references)?;
        self.add_temporary_root(&path)?;
        if self.is_valid(&path)? {
            return Ok(path);
        }
        let staging = self.stage(&path)?;
        fs::write(staging.path(), contents).file("write", staging.path())?;
        staging.register(Registration {
            references: references.clone(),
            content_address: Some(ContentAddress {
                method: Method::Text,
                hash,
            }),
            nar: Some(nar_of_file(contents)?),
            ..Registration::default()
        })?;
        Ok(path)
    }

    /// Adds a derivation, whose output paths must be filled in.
    pub fn add_derivation(&self, derivation: &Derivation) -> Result<StorePath, StoreError> {
        self.add_text(
            &format!("{}.drv", derivation.name),
            &derivation.to_aterm(),
            &derivation.references(),
        )
    }

    /// Adds the tree at `source`, as far as `filter` keeps it, as evaluation does with paths.
    pub fn add_source(
        &self,
        source: &Path,
        name: &str,
        filter: &mut Filter<'_>,
    ) -> Result<StorePath, StoreError> {
        self.is_outside(source, filter)?;
        let (hash, _) = filtered_nar_hash(source, filter)?;
        let path = store_path::source_path(name, &hash, &BTreeSet::new())?;
        self.add_temporary_root(&path)?;
        if self.is_valid(&path)? {
            return Ok(path);
        }
        let directory = self.staging_directory()?;
        let place = directory.path().join("source");
        tree::copy(source, &place, filter)?;
        // The source may change between the two readings: the name must be that of what was copied.
        let (hash, size) = filtered_nar_hash(&place, &mut tree::keep_all)?;
        let path = store_path::source_path(name, &hash, &BTreeSet::new())?;
        self.add_temporary_root(&path)?;
        let staging = self.stage_existing(&path, place);
        let locks = self.lock(&BTreeSet::from([path.clone()]), &WaitForever)?;
        staging.register(Registration {
            content_address: Some(ContentAddress {
                method: Method::Nar,
                hash,
            }),
            nar: Some((hash, size)),
            ..Registration::default()
        })?;
        self.release(locks);
        Ok(path)
    }

    /// Copying a tree into itself has no end, unless the filter leaves the store out.
    fn is_outside(&self, source: &Path, filter: &mut Filter<'_>) -> Result<(), StoreError> {
        let metadata = fs::symlink_metadata(source).file("look at", source)?;
        if !metadata.is_dir() {
            return Ok(());
        }
        let real = source.canonicalize().file("find", source)?;
        let Ok(inside) = self.root().strip_prefix(real) else {
            return Ok(());
        };
        for own in ["nix/store", "nix/var"] {
            if tree::is_reached(source, &inside.join(own), filter)? {
                return Err(StoreError::ContainsStore {
                    path: source.to_owned(),
                    store: self.root().to_owned(),
                });
            }
        }
        Ok(())
    }

    /// The store path that `add_source` would give, without adding anything.
    pub fn source_path_of(
        &self,
        source: &Path,
        name: &str,
        filter: &mut Filter<'_>,
    ) -> Result<StorePath, StoreError> {
        let (hash, _) = filtered_nar_hash(source, filter)?;
        Ok(store_path::source_path(name, &hash, &BTreeSet::new())?)
    }

    /// Adds one file under a name that follows from a known digest, as a fixed output would get it.
    pub fn add_flat_file(&self, name: &str, contents: &[u8], hash: Hash) -> Result<StorePath, StoreError> {
        let path = store_path::fixed_output_path(name, Method::Flat, &hash, &BTreeSet::new())?;
        let actual = Hash::of(hash.algorithm(), contents);
        if actual != hash {
            return Err(mismatch(path, hash, actual));
        }
        self.add_temporary_root(&path)?;
        if self.is_valid(&path)? {
            return Ok(path);
        }
        let staging = self.stage(&path)?;
        fs::write(staging.path(), contents).file("write", staging.path())?;
        staging.register(Registration {
            content_address: Some(ContentAddress {
                method: Method::Flat,
                hash,
            }),
            nar: Some(nar_of_file(contents)?),
            ..Registration::default()
        })?;
        Ok(path)
    }

    /// Adds the path that `info` describes from its uncompressed archive. The caller has checked the signature; here
    /// the content is checked against the digest.
    pub fn add_archive(&self, info: &NarInfo, archive: &mut dyn Read) -> Result<PathInfo, StoreError> {
        let path = &info.store_path;
        self.add_temporary_root(path)?;
        let locks = self.lock(&BTreeSet::from([path.clone()]), &WaitForever)?;
        if let Some(valid) = self.path_info(path)? {
            return Ok(valid);
        }
        let staging = self.stage(path)?;
        let mut measured = Measured::new(archive);
        tree::restore(&mut measured, staging.path(), path)?;
        let (actual, size) = measured.finish(path)?;
        if actual != info.nar_hash {
            return Err(mismatch(path.clone(), info.nar_hash, actual));
        }
        if size != info.nar_size {
            return Err(StoreError::SizeMismatch {
                path: path.clone(),
                expected: info.nar_size,
                actual: size,
            });
        }
        self.has_address(&staging, info)?;
        let added = staging.register(Registration {
            references: info.references.clone(),
            deriver: info.deriver.clone(),
            content_address: info.content_address,
            nar: Some((actual, size)),
            ultimate: false,
            signatures: info.signatures.iter().map(ToString::to_string).collect(),
        })?;
        self.release(locks);
        Ok(added)
    }

    /// Whether the content is what the path's name claims; of one that contains its own name only signatures can tell.
    fn has_address(&self, staging: &Staging, info: &NarInfo) -> Result<(), StoreError> {
        let path = &info.store_path;
        let Some(address) = info.content_address.filter(|_| !info.references.contains(path)) else {
            return Ok(());
        };
        let actual = content_hash(staging.path(), address.method, address.hash.algorithm())?;
        match actual == address.hash {
            true => Ok(()),
            false => Err(mismatch(path.clone(), address.hash, actual)),
        }
    }

    /// Writes the archive of the valid `path`.
    pub fn dump<W: std::io::Write>(&self, path: &StorePath, sink: W) -> Result<W, StoreError> {
        self.require_info(path)?;
        tree::dump(&self.physical(path), &mut tree::keep_all, sink)
    }
}

/// An archive whose digest and size are computed as it is read.
struct Measured<'a> {
    source: &'a mut dyn Read,
    sink: HashingSink,
}

impl<'a> Measured<'a> {
    fn new(source: &'a mut dyn Read) -> Self {
        Self {
            source,
            sink: HashingSink::new(HashAlgorithm::Sha256),
        }
    }

    /// Nothing may follow the archive.
    fn finish(mut self, path: &StorePath) -> Result<(Hash, u64), StoreError> {
        let archive = |source| StoreError::Archive {
            path: path.clone(),
            source,
        };
        match self.read(&mut [0]) {
            Ok(0) => Ok(self.sink.finish()),
            Ok(_) => Err(archive(NarError::Read(std::io::Error::other(
                "something follows its end",
            )))),
            Err(error) => Err(archive(NarError::Read(error))),
        }
    }
}

impl Read for Measured<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.sink.write_all(&buffer[..count])?;
        Ok(count)
    }
}

fn mismatch(path: StorePath, expected: Hash, actual: Hash) -> StoreError {
    StoreError::HashMismatch {
        path,
        expected: Box::new(expected),
        actual: Box::new(actual),
    }
}

fn nar_of_file(contents: &[u8]) -> Result<(Hash, u64), StoreError> {
    let in_memory = Path::new("(in memory)");
    let archive = nar::Writer::new(Vec::with_capacity(contents.len() + 256)).and_then(|mut writer| {
        writer.regular_bytes(false, contents)?;
        writer.finish()
    });
    let archive = archive.file("write the archive of", in_memory)?;
    Ok((Hash::sha256(&archive), archive.len() as u64))
}
