//! Compiles the package indexes of a tree.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::record::{Origin, Record};
use super::{IndexError, format};
use crate::deb::xz;
use crate::tree::{LockedIndex, LockedSuite, Manifest};
use crate::{deb822, relation, version};

/// Most bytes of one package index when decompressed; Debian's largest has about 60 MB.
const MOST_INDEX_BYTES: u64 = 2 << 30;

/// The compiled form of all package indexes of `trees`, the first of which decides for which architecture.
pub(super) fn compile(trees: &[PathBuf]) -> Result<Vec<u8>, IndexError> {
    let manifests: Vec<Manifest> = trees
        .iter()
        .map(|tree| Manifest::read(tree))
        .collect::<Result<_, _>>()?;
    let mut records = Vec::new();
    for (tree, manifest) in trees.iter().zip(&manifests) {
        let architecture = &manifests[0].architecture;
        if manifest.architecture != *architecture {
            let other = &manifest.architecture;
            return Err(malformed(
                tree,
                format!("it is for {other}, and not for {architecture} as the first one"),
            ));
        }
        for suite in &manifest.suites {
            for index in &suite.indexes {
                read(tree, architecture, suite, index, &mut records)?;
            }
        }
    }
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
            trees.first().map_or(Path::new(""), PathBuf::as_path),
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

/// A reader of a package index, whose name says how it is compressed.
fn decompress<'a>(name: &str, bytes: &'a [u8]) -> io::Result<Box<dyn Read + 'a>> {
    Ok(match name.rsplit_once('.') {
        Some((_, "xz")) => Box::new(xz(bytes)?),
        Some((_, "gz")) => Box::new(flate2::bufread::MultiGzDecoder::new(bytes)),
        _ => Box::new(bytes),
    })
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
    let mut text = Vec::with_capacity(bytes.len().saturating_mul(6));
    decompress(&index.file, &bytes)
        .and_then(|reader| reader.take(MOST_INDEX_BYTES).read_to_end(&mut text))
        .map_err(failed)?;
    if text.len() as u64 >= MOST_INDEX_BYTES {
        return Err(malformed("it is too large".to_owned()));
    }
    let text = String::from_utf8(text).map_err(|_| malformed("it is not UTF-8".to_owned()))?;
    let origin = Origin {
        archive: &suite.archive,
        suite: &suite.suite,
        component: &index.component,
    };
    for paragraph in deb822::paragraphs(&text) {
        let paragraph = paragraph.map_err(malformed)?;
        let fits = |name: &str| name == architecture || name == "all";
        if paragraph.get("Architecture").is_some_and(fits) {
            records.push(Record::from_paragraph(&paragraph, origin).map_err(malformed)?);
        }
    }
    Ok(())
}
