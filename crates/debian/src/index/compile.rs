//! Compiles the package indexes of a tree.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::record::{Origin, Record};
use super::source::Together;
use super::{IndexError, Selection, Source, format};
use crate::lock::{LockError, verify_tree};
use crate::tree::{LockedIndex, LockedSuite, Manifest};
use crate::{compression, deb822, relation, version};

/// Most bytes of one package index when decompressed; Debian's largest has about 60 MB.
const MOST_TEXT_BYTES: u64 = 512 << 20;
/// Most bytes of one package's paragraph; the longest in Debian have about 20 KB.
const MOST_PARAGRAPH_BYTES: usize = 1 << 20;

/// The compiled form of the package indexes of all sources, the first of which decides for which architecture. All of
/// them must be signed.
pub(super) fn compile(sources: &[Source]) -> Result<Vec<u8>, IndexError> {
    let mut read = Vec::new();
    for source in sources {
        let manifest = Manifest::read(&source.tree)?;
        let untrusted = |error: LockError| IndexError::Untrusted {
            tree: source.tree.clone(),
            source: Box::new(error),
        };
        let keyring = source.keyring().map_err(|error| IndexError::Keys {
            archives: source.archives.join(", "),
            source: error,
        })?;
        verify_tree(&source.tree, &manifest, &source.archives, &keyring).map_err(untrusted)?;
        read.push((
            source.tree.as_path(),
            manifest,
            source.is_foreign,
            &source.selection,
        ));
    }
    together(&read)
}

/// The compiled form of the package indexes of one tree that nobody has signed.
pub(super) fn compile_unsigned(tree: &Path) -> Result<Vec<u8>, IndexError> {
    together(&[(tree, Manifest::read(tree)?, false, &Selection::default())])
}

fn together(trees: &[(&Path, Manifest, bool, &Selection)]) -> Result<Vec<u8>, IndexError> {
    let mut together = Together::default();
    for (tree, manifest, is_foreign, selection) in trees {
        let architecture = &trees[0].1.architecture;
        if manifest.architecture != *architecture {
            return Err(IndexError::OtherArchitecture {
                tree: (*tree).to_owned(),
                architecture: manifest.architecture.clone(),
                first: architecture.clone(),
            });
        }
        let mut records = Vec::new();
        for suite in &manifest.suites {
            for index in &suite.indexes {
                read(tree, architecture, suite, index, &mut records)?;
            }
        }
        for record in &mut records {
            record.foreign = *is_foreign;
        }
        let added = together.add(records, selection);
        added.map_err(|reason| IndexError::Selection { reason })?;
    }
    let mut records = together.into_records();
    // The sort is stable: among equal versions the tree and the suite that come first win.
    records.sort_by(|a, b| {
        let name = a.name.cmp(&b.name);
        name.then_with(|| version::compare(&b.version, &a.version))
    });
    records.dedup_by(|later, earlier| {
        later.name == earlier.name
            && later.version == earlier.version
            && later.architecture == earlier.architecture
    });
    format::write(&records, provided_names).map_err(|reason| {
        malformed(
            trees.first().map_or(Path::new(""), |(tree, ..)| tree),
            reason.to_owned(),
        )
    })
}

fn malformed(path: &Path, reason: String) -> IndexError {
    IndexError::Malformed {
        path: path.to_owned(),
        reason,
    }
}

/// Names that a record provides. A field that makes no sense provides nothing.
fn provided_names(record: &Record) -> Vec<String> {
    let groups = relation::parse(&record.provides).unwrap_or_default();
    groups.into_iter().flatten().map(|atom| atom.name).collect()
}

fn read(
    tree: &Path,
    architecture: &str,
    suite: &LockedSuite,
    index: &LockedIndex,
    records: &mut Vec<Record>,
) -> Result<(), IndexError> {
    let path = tree.join(&index.file);
    let failed = |source| IndexError::Read {
        path: path.clone(),
        source,
    };
    let malformed = |reason: String| malformed(Path::new(&index.file), reason);
    let bytes = fs::read(&path).map_err(failed)?;
    let text = decompress(&index.file, &bytes).map_err(failed)?;
    let text = text.ok_or_else(|| malformed("it is too large".to_owned()))?;
    let origin = Origin {
        archive: &suite.archive,
        suite: &suite.suite,
        component: &index.component,
    };
    parse(&text, architecture, origin, records).map_err(malformed)
}

/// The packages of a package index's text that fit an architecture.
pub fn parse_packages(text: &str, architecture: &str) -> Result<Vec<Record>, String> {
    let mut records = Vec::new();
    let origin = Origin {
        archive: "",
        suite: "",
        component: "",
    };
    parse(text, architecture, origin, &mut records)?;
    Ok(records)
}

fn parse(
    text: &str,
    architecture: &str,
    origin: Origin<'_>,
    records: &mut Vec<Record>,
) -> Result<(), String> {
    for paragraph in deb822::paragraphs(text) {
        let paragraph = paragraph?;
        let fits = |name: &str| name == architecture || name == "all";
        if !paragraph.get("Architecture").is_some_and(fits) {
            continue;
        }
        let length: usize = paragraph
            .fields()
            .map(|(name, value)| name.len() + value.len())
            .sum();
        if length > MOST_PARAGRAPH_BYTES {
            let name: String = paragraph
                .get("Package")
                .unwrap_or_default()
                .chars()
                .take(64)
                .collect();
            return Err(format!("package {name}: its paragraph is too large"));
        }
        records.push(Record::from_paragraph(&paragraph, origin)?);
    }
    Ok(())
}

/// The text of a package index, whose name says how it is compressed; nothing if it is too large. As apt does, it takes
/// bytes that are no UTF-8 as they come: they can only stand in texts for people.
fn decompress(file: &str, bytes: &[u8]) -> io::Result<Option<String>> {
    let name = file.rsplit('/').next().unwrap_or(file);
    let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    let unknown = || io::Error::new(io::ErrorKind::InvalidData, "its compression is not known");
    let reader = compression::reader(suffix, bytes).ok_or_else(unknown)??;
    let mut text = Vec::new();
    reader.take(MOST_TEXT_BYTES).read_to_end(&mut text)?;
    if text.len() as u64 >= MOST_TEXT_BYTES {
        return Ok(None);
    }
    let text = String::from_utf8(text);
    Ok(Some(text.unwrap_or_else(|error| {
        String::from_utf8_lossy(error.as_bytes()).into_owned()
    })))
}
