//! Composes the tree of an image: packages, store paths, generated files, and what follows from them.

use super::spec::{FileKind, FileSpec, RootSpec};
use super::{LinkError, StoreView};
use crate::object::Object;
use crate::tree::{MergeRules, Node, PathSet, Tree, TreeError, merge_packages};
use rayon::prelude::*;
use std::fs;

/// The composed tree and the objects its files lie in.
pub(super) struct Composed {
    pub tree: Tree,
    pub objects: Vec<Object>,
    /// Store path of each object.
    pub sources: Vec<String>,
    /// Name of each object: the package, or the store path.
    pub names: Vec<String>,
    pub dropped_bits: Vec<String>,
}

const CONFIGURATION: &str = "the configuration";

pub(super) fn compose(spec: &RootSpec, closure: &[String], store: &StoreView) -> Result<Composed, LinkError> {
    let _ = closure;
    let mut packages: Vec<&super::spec::PackageSpec> = spec.packages.iter().collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    let open = |package: &&super::spec::PackageSpec| {
        let opened = Object::open(&store.physical(&package.object));
        opened.map_err(|source| LinkError::Object {
            path: package.object.clone(),
            source,
        })
    };
    let objects: Vec<Object> = packages.par_iter().map(open).collect::<Result<_, _>>()?;
    let rules = MergeRules {
        exclude: PathSet::new(&spec.exclude)?,
        keep_etc: PathSet::new(&spec.keep_etc)?,
        prefer: spec
            .prefer
            .iter()
            .map(|rule| (rule.path.clone(), rule.package.clone()))
            .collect(),
        diversions: spec
            .diversions
            .iter()
            .map(|rule| ((rule.path.clone(), rule.package.clone()), rule.to.clone()))
            .collect(),
        declared_modes: spec
            .permissions
            .iter()
            .map(|permission| permission.path.clone())
            .collect(),
    };
    let merged = merge_packages(&objects, &rules)?;
    let mut tree = merged.tree;
    for file in &spec.files {
        put_file(&mut tree, file, store)?;
    }
    Ok(Composed {
        tree,
        objects,
        sources: packages.iter().map(|package| package.object.clone()).collect(),
        names: packages.iter().map(|package| package.name.clone()).collect(),
        dropped_bits: merged.dropped_bits,
    })
}

fn put_file(tree: &mut Tree, file: &FileSpec, store: &StoreView) -> Result<(), LinkError> {
    let node = match file.kind {
        FileKind::Directory => Node::directory(mode(file, 0o755)?, CONFIGURATION),
        FileKind::Symlink => Node::symlink(file.target.clone().unwrap_or_default(), CONFIGURATION),
        FileKind::File => Node::file(content(file, store)?, mode(file, 0o644)?, CONFIGURATION),
    };
    let put = tree.put(&file.path, node);
    put.map(drop).map_err(|source: TreeError| LinkError::Tree {
        what: file.path.clone(),
        source,
    })
}

fn content(file: &FileSpec, store: &StoreView) -> Result<Vec<u8>, LinkError> {
    match (&file.text, &file.source) {
        (Some(text), _) => Ok(text.clone().into_bytes()),
        (None, Some(source)) => fs::read(store.physical(source)).map_err(|error| LinkError::Source {
            path: file.path.clone(),
            source_path: source.clone(),
            source: error,
        }),
        (None, None) => Ok(Vec::new()),
    }
}

fn mode(file: &FileSpec, default: u16) -> Result<u16, LinkError> {
    let Some(text) = &file.mode else {
        return Ok(default);
    };
    u16::from_str_radix(text, 8)
        .ok()
        .filter(|mode| *mode <= 0o7777)
        .ok_or_else(|| LinkError::BadFile {
            path: file.path.clone(),
            reason: format!("{text:?} is not an octal mode"),
        })
}
