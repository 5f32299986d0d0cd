//! Links objects and generated files into one root file system.
//!
//! A linked root is a directory with the blocks the linker wrote itself (`metadata.erofs`), the hash tree
//! (`verity`), the list of runs that compose the partition (`layout.json`), the root hash (`roothash`) and the
//! manifest (`manifest.json`). The data of packages is not copied until a disk is written.

mod compose;
mod error;
mod files;
mod image;
mod layout;
mod manifest;
pub mod spec;
mod store;
mod store_paths;

pub use error::LinkError;
pub use layout::{
    Extent, LAYOUT_FILE, Layout, MANIFEST_FILE, METADATA_FILE, METADATA_SOURCE, ROOT_HASH_FILE, Segment,
    VERITY_FILE, extents,
};
pub use manifest::{Manifest, ManifestPackage, ManifestPath};
pub use store::StoreView;

use crate::object::{BLOCK_SIZE, hex};
use crate::system::Missing;
use crate::tree::{Node, NodeKind, Origin};
use compose::Composed;
use image::{Generated, Image, content_of};
use spec::{ROOT_SPEC_VERSION, RootSpec};
use std::fs;
use std::path::Path;

/// What a link came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedRoot {
    /// Root hash, hexadecimal.
    pub root_hash: String,
    /// Size of the root partition in bytes.
    pub root_bytes: u64,
    /// Size of the hash tree in bytes.
    pub verity_bytes: u64,
    /// Number of packages.
    pub packages: usize,
    /// Number of paths.
    pub paths: usize,
    /// What files of packages need and do not find in the image.
    pub missing: Vec<Missing>,
}

/// Links the root that `spec` describes into `directory`, which is made if it does not exist.
///
/// `closure` holds the store paths that come in under `/nix/store`: those of the spec with all they refer to.
pub fn link_root(
    spec: &RootSpec,
    closure: &[String],
    store: &StoreView,
    directory: &Path,
) -> Result<LinkedRoot, LinkError> {
    if spec.version != ROOT_SPEC_VERSION {
        return Err(LinkError::Version {
            version: spec.version,
            known: ROOT_SPEC_VERSION,
        });
    }
    let composed = compose::compose(spec, closure, store)?;
    let generated = Generated::of(&composed.tree)?;
    let image = image::build(&composed.tree, &composed.objects, &generated, spec.epoch)?;
    let layout = layout_of(&image, &composed);
    let manifest = manifest_of(spec, &layout, &composed, &generated);
    let linked = LinkedRoot {
        root_hash: layout.root_hash.clone(),
        root_bytes: layout.root_bytes(),
        verity_bytes: layout.verity_bytes(),
        packages: spec.packages.len(),
        paths: composed.tree.len(),
        missing: composed.missing.clone(),
    };
    let json = |value: serde_json::Result<Vec<u8>>| {
        value.map_err(|error| LinkError::Write {
            path: directory.into(),
            source: error.into(),
        })
    };
    fs::create_dir_all(directory).map_err(|source| LinkError::Write {
        path: directory.into(),
        source,
    })?;
    write(directory, METADATA_FILE, &[image.superblock, image.rest].concat())?;
    write(directory, VERITY_FILE, &image.tree.bytes)?;
    write(directory, LAYOUT_FILE, &json(serde_json::to_vec(&layout))?)?;
    write(directory, ROOT_HASH_FILE, layout.root_hash.as_bytes())?;
    write(directory, MANIFEST_FILE, &json(serde_json::to_vec(&manifest))?)?;
    Ok(linked)
}

fn write(directory: &Path, name: &str, content: &[u8]) -> Result<(), LinkError> {
    let path = directory.join(name);
    fs::write(&path, content).map_err(|source| LinkError::Write { path, source })
}

fn layout_of(image: &Image, composed: &Composed) -> Layout {
    let metadata = |start: u64, blocks: u64| Segment {
        source: METADATA_SOURCE.into(),
        start,
        blocks,
    };
    let mut segments = vec![metadata(0, 1)];
    segments.extend(image.runs.iter().map(|run| Segment {
        source: composed.sources[run.object].clone(),
        start: run.start.into(),
        blocks: run.blocks.into(),
    }));
    segments.push(metadata(1, (image.rest.len() / BLOCK_SIZE) as u64));
    Layout {
        version: 1,
        root_hash: hex(&image.tree.root),
        blocks: image.blocks,
        verity_blocks: (image.tree.bytes.len() / BLOCK_SIZE) as u64,
        uuid: uuid_text(image.uuid),
        segments,
    }
}

fn uuid_text(uuid: [u8; 16]) -> String {
    let digits: String = uuid.iter().map(|byte| format!("{byte:02x}")).collect();
    let parts = [
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..],
    ];
    parts.join("-")
}

fn manifest_of(spec: &RootSpec, layout: &Layout, composed: &Composed, generated: &Generated) -> Manifest {
    let packages = spec.packages.iter().map(|package| ManifestPackage {
        name: package.name.clone(),
        version: package.version.clone(),
        object: package.object.clone(),
        archive: package.archive.clone(),
        suite: package.suite.clone(),
    });
    let paths = composed
        .tree
        .iter()
        .map(|(path, node)| manifest_path(path, node, composed, generated));
    Manifest {
        version: 1,
        name: spec.name.clone(),
        root_hash: layout.root_hash.clone(),
        packages: packages.collect(),
        missing: composed.missing.clone(),
        checks_off: spec.checks_off.clone(),
        paths: paths.collect(),
    }
}

fn manifest_path(path: &str, node: &Node, composed: &Composed, generated: &Generated) -> ManifestPath {
    let content = content_of(path, node, &composed.objects, generated);
    let capability = node
        .xattrs
        .iter()
        .find(|xattr| xattr.name == "security.capability");
    let (kind, target) = match &node.kind {
        NodeKind::Directory => ("directory", None),
        NodeKind::Symlink(target) => ("symlink", Some(target.clone())),
        NodeKind::File(_) => ("file", None),
    };
    ManifestPath {
        path: path.into(),
        kind: kind.into(),
        mode: format!("{:04o}", node.mode),
        uid: node.uid,
        gid: node.gid,
        size: content.map(|content| content.size),
        sha256: content.map(|content| hex(&content.sha256)),
        target,
        capabilities: capability.map(|xattr| xattr.value.iter().map(|byte| format!("{byte:02x}")).collect()),
        from: match &node.origin {
            Origin::Object(object) => composed.names[*object].clone(),
            Origin::StorePath(path) => path.to_string(),
            Origin::Generated(by) => (*by).into(),
        },
    }
}
