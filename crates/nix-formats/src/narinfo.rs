//! What a binary cache says about a store path.

use std::collections::BTreeSet;
use std::fmt;

use crate::content_address::ContentAddress;
use crate::hash::Hash;
use crate::signature::Signature;
use crate::store_path::StorePath;

/// The contents of a `.narinfo` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NarInfo {
    /// The path described.
    pub store_path: StorePath,
    /// Where the archive is, relative to the cache.
    pub url: String,
    /// How the archive is compressed: `none`, `xz`, `zstd`, …
    pub compression: String,
    /// The digest of the archive file as served.
    pub file_hash: Option<Hash>,
    /// The size of the archive file as served, in bytes.
    pub file_size: Option<u64>,
    /// The digest of the uncompressed archive.
    pub nar_hash: Hash,
    /// The size of the uncompressed archive, in bytes.
    pub nar_size: u64,
    /// The store paths it refers to.
    pub references: BTreeSet<StorePath>,
    /// The derivation that made it.
    pub deriver: Option<StorePath>,
    /// Signatures over `fingerprint`.
    pub signatures: BTreeSet<Signature>,
    /// How the path's name follows from its content.
    pub content_address: Option<ContentAddress>,
}

/// Why a text is not a `.narinfo` file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NarInfoError {
    /// A line has no `Key: value` form.
    #[error("line {line} of a narinfo file has no 'Key: value' form")]
    Line {
        /// Counted from one.
        line: usize,
    },
    /// A value does not fit its key.
    #[error("field '{field}' of a narinfo file has the bad value '{value}'")]
    Field {
        /// The key.
        field: String,
        /// The value.
        value: String,
    },
    /// A necessary field is not there.
    #[error("field '{0}' is missing from a narinfo file")]
    Missing(&'static str),
}

/// The text that is signed for a path.
pub fn fingerprint(
    path: &StorePath,
    nar_hash: &Hash,
    nar_size: u64,
    references: &BTreeSet<StorePath>,
) -> String {
    let references: Vec<String> = references.iter().map(StorePath::to_string).collect();
    format!(
        "1;{path};{};{nar_size};{}",
        nar_hash.to_prefixed_nix32(),
        references.join(",")
    )
}

impl NarInfo {
    /// What there is to say of an archive that lies in no cache: it is not compressed, and nobody has signed it.
    pub fn of_archive(
        store_path: StorePath,
        nar_hash: Hash,
        nar_size: u64,
        references: BTreeSet<StorePath>,
    ) -> Self {
        Self {
            store_path,
            url: String::new(),
            compression: "none".to_owned(),
            file_hash: None,
            file_size: None,
            nar_hash,
            nar_size,
            references,
            deriver: None,
            signatures: BTreeSet::new(),
            content_address: None,
        }
    }

    /// The text that its signatures are over.
    pub fn fingerprint(&self) -> String {
        fingerprint(&self.store_path, &self.nar_hash, self.nar_size, &self.references)
    }

    /// Reads a `.narinfo` file.
    pub fn parse(text: &str) -> Result<Self, NarInfoError> {
        let mut fields = Fields::default();
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            let (key, value) = line
                .split_once(':')
                .ok_or(NarInfoError::Line { line: index + 1 })?;
            let value = value.trim();
            fields.set(key, value).ok_or_else(|| NarInfoError::Field {
                field: key.to_owned(),
                value: value.to_owned(),
            })?;
        }
        fields.finish()
    }
}

#[derive(Default)]
struct Fields {
    store_path: Option<StorePath>,
    url: Option<String>,
    compression: Option<String>,
    file_hash: Option<Hash>,
    file_size: Option<u64>,
    nar_hash: Option<Hash>,
    nar_size: Option<u64>,
    references: BTreeSet<StorePath>,
    deriver: Option<StorePath>,
    signatures: BTreeSet<Signature>,
    content_address: Option<ContentAddress>,
}

impl Fields {
    fn set(&mut self, key: &str, value: &str) -> Option<()> {
        match key {
            "StorePath" => self.store_path = Some(StorePath::parse_absolute(value).ok()?),
            "URL" => self.url = Some(value.to_owned()),
            "Compression" => self.compression = Some(value.to_owned()).filter(|name| !name.is_empty()),
            "FileHash" => self.file_hash = Some(Hash::parse_any(value, None).ok()?),
            "FileSize" => self.file_size = Some(value.parse().ok()?),
            "NarHash" => self.nar_hash = Some(Hash::parse_any(value, None).ok()?),
            "NarSize" => self.nar_size = Some(value.parse().ok().filter(|size| *size > 0)?),
            "References" => {
                let paths = value.split_ascii_whitespace().map(StorePath::from_base_name);
                self.references = paths.collect::<Result<_, _>>().ok()?;
            }
            "Deriver" if value == "unknown-deriver" => {}
            "Deriver" => self.deriver = Some(StorePath::from_base_name(value).ok()?),
            // One that cannot be read convinces nobody, and the others count.
            "Sig" => self.signatures.extend(value.parse::<Signature>()),
            "CA" => self.content_address = Some(value.parse().ok()?),
            _ => {}
        }
        Some(())
    }

    fn finish(self) -> Result<NarInfo, NarInfoError> {
        Ok(NarInfo {
            store_path: self.store_path.ok_or(NarInfoError::Missing("StorePath"))?,
            url: self.url.ok_or(NarInfoError::Missing("URL"))?,
            compression: self.compression.unwrap_or_else(|| "bzip2".to_owned()),
            file_hash: self.file_hash,
            file_size: self.file_size,
            nar_hash: self.nar_hash.ok_or(NarInfoError::Missing("NarHash"))?,
            nar_size: self.nar_size.ok_or(NarInfoError::Missing("NarSize"))?,
            references: self.references,
            deriver: self.deriver,
            signatures: self.signatures,
            content_address: self.content_address,
        })
    }
}

impl fmt::Display for NarInfo {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "StorePath: {}", self.store_path)?;
        writeln!(formatter, "URL: {}", self.url)?;
        writeln!(formatter, "Compression: {}", self.compression)?;
        if let Some(hash) = &self.file_hash {
            writeln!(formatter, "FileHash: {}", hash.to_prefixed_nix32())?;
        }
        if let Some(size) = self.file_size {
            writeln!(formatter, "FileSize: {size}")?;
        }
        writeln!(formatter, "NarHash: {}", self.nar_hash.to_prefixed_nix32())?;
        writeln!(formatter, "NarSize: {}", self.nar_size)?;
        let references: Vec<&str> = self.references.iter().map(StorePath::base_name).collect();
        writeln!(formatter, "References: {}", references.join(" "))?;
        if let Some(deriver) = &self.deriver {
            writeln!(formatter, "Deriver: {}", deriver.base_name())?;
        }
        for signature in &self.signatures {
            writeln!(formatter, "Sig: {signature}")?;
        }
        if let Some(address) = &self.content_address {
            writeln!(formatter, "CA: {address}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trips_and_names_what_is_wrong() {
        let digits = "vxjiwkjkn7x4079qvh1jkl5pn05j2aw0";
        let text = format!(
            "StorePath: /nix/store/{digits}-foo\nURL: nar/x.nar\nCompression: none\n\
             NarHash: {}\nNarSize: 120\nReferences: {digits}-foo\nDeriver: {digits}-foo.drv\n",
            Hash::sha256(b"abc").to_prefixed_nix32()
        );
        assert_eq!(NarInfo::parse(&text).unwrap().to_string(), text);
        let without_size = text.replace("NarSize: 120\n", "");
        assert_eq!(
            NarInfo::parse(&without_size),
            Err(NarInfoError::Missing("NarSize"))
        );
        assert!(matches!(
            NarInfo::parse(&text.replace("120", "-1")),
            Err(NarInfoError::Field { .. })
        ));
        assert!(matches!(
            NarInfo::parse("nonsense"),
            Err(NarInfoError::Line { line: 1 })
        ));
    }
}
