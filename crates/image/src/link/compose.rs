//! Composes the tree of an image: packages, store paths, generated files, and what follows from them.

use super::spec::{FileKind, FileSpec, PackageSpec, RootSpec};
use super::store_paths::{self, StorePaths};
use super::{LinkError, StoreView};
use crate::object::{Object, merge_usr};
use crate::system::{self, Accounts, parse_mode};
use crate::tree::{MergeRules, Merged, Node, PathSet, StateDirectory, Tree, merge_packages};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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

const CONFIGURATION: &str = "configuration";

pub(super) fn compose(spec: &RootSpec, closure: &[String], store: &StoreView) -> Result<Composed, LinkError> {
    let mut packages: Vec<&PackageSpec> = spec.packages.iter().collect();
    packages.sort_by(|a, b| a.name.cmp(&b.name));
    let objects: Vec<Object> = packages
        .par_iter()
        .map(|package| open(&package.object, store))
        .collect::<Result<_, _>>()?;
    system::check_scripts(&objects, &spec.scripts)?;
    let exclude = PathSet::new(&spec.exclude)?;
    let Merged {
        tree,
        state,
        dropped_bits,
    } = merge_packages(&objects, &rules(spec, &exclude)?)?;
    let mut composed = Composed {
        tree,
        objects,
        sources: packages.iter().map(|package| package.object.clone()).collect(),
        names: packages.iter().map(|package| package.name.clone()).collect(),
        dropped_bits,
    };
    system::add_skeleton(&mut composed.tree)?;
    let StorePaths { objects, sources } =
        store_paths::add(&mut composed.tree, composed.objects, closure, store)?;
    composed.objects = objects;
    composed.names.extend(sources.iter().cloned());
    composed.sources.extend(sources);
    system::link_profile(&mut composed.tree, &spec.profile, &exclude)?;
    generate(&mut composed, spec, state, store)?;
    Ok(composed)
}

fn open(object: &str, store: &StoreView) -> Result<Object, LinkError> {
    let opened = Object::open(&store.physical(object));
    opened.map_err(|source| LinkError::Object {
        path: object.into(),
        source,
    })
}

fn rules(spec: &RootSpec, exclude: &PathSet) -> Result<MergeRules, LinkError> {
    let diversions = spec.diversions.iter();
    let diversions = diversions.map(|rule| ((rule.path.clone(), rule.package.clone()), rule.to.clone()));
    Ok(MergeRules {
        exclude: exclude.clone(),
        keep_etc: PathSet::new(&spec.keep_etc)?,
        prefer: spec
            .prefer
            .iter()
            .map(|rule| (rule.path.clone(), rule.package.clone()))
            .collect(),
        diversions: diversions.collect(),
        kernel_module_indexes: spec.derive.kernel_modules,
        declared_modes: spec
            .permissions
            .iter()
            .map(|permission| merge_usr(&permission.path, false))
            .collect(),
    })
}

/// Everything that does not come from packages or the store.
fn generate(
    composed: &mut Composed,
    spec: &RootSpec,
    mut state: BTreeMap<String, StateDirectory>,
    store: &StoreView,
) -> Result<(), LinkError> {
    let Composed { tree, objects, .. } = composed;
    // Files that declare accounts must be there before the accounts are gathered; owners are set afterwards.
    let (declaring, others): (Vec<&FileSpec>, Vec<&FileSpec>) = spec
        .files
        .iter()
        .partition(|file| file.path.contains("/sysusers.d/"));
    let nobody = Accounts::default();
    declaring
        .into_iter()
        .try_for_each(|file| put_file(tree, file, store, &nobody))?;
    let accounts = Accounts::gather(&spec.accounts, tree, objects)?;
    accounts.write(tree, spec.epoch)?;
    others
        .into_iter()
        .try_for_each(|file| put_file(tree, file, store, &accounts))?;
    system::link_alternatives(tree, &spec.alternatives)?;
    if spec.derive.ca_bundle {
        system::bundle_certificates(tree, objects)?;
    }
    system::apply_tmpfiles(tree, objects, &spec.tmpfiles, &accounts)?;
    system::apply_units(tree, objects, &spec.units)?;
    let mut extra = Vec::new();
    if spec.derive.dpkg_status {
        state.retain(|path, _| path != "/var/lib/dpkg" && !path.starts_with("/var/lib/dpkg/"));
        extra.push(system::write_package_database(tree, objects)?);
    }
    system::write_state_directories(
        tree,
        &state,
        &spec.state_owners,
        &spec.accounts,
        &accounts,
        &extra,
    )?;
    system::apply_permissions(tree, &spec.permissions, &accounts)?;
    Ok(())
}

fn put_file(
    tree: &mut Tree,
    file: &FileSpec,
    store: &StoreView,
    accounts: &Accounts,
) -> Result<(), LinkError> {
    let path = merge_usr(&file.path, file.kind == FileKind::Directory);
    let mode = |default| mode(file, default);
    let node = match (file.kind, &file.text, &file.source) {
        (FileKind::Symlink, ..) => {
            let target = file.target.clone().filter(|target| !target.is_empty());
            let target = target.ok_or_else(|| bad(file, "a link needs a target".into()))?;
            Node::symlink(target, CONFIGURATION)
        }
        (FileKind::Directory, _, None) => Node::directory(mode(0o755)?, CONFIGURATION),
        (FileKind::File, Some(text), _) => Node::file(text.as_str(), mode(0o644)?, CONFIGURATION),
        (FileKind::File, None, None) => Node::file("", mode(0o644)?, CONFIGURATION),
        (_, _, Some(source)) => return put_source(tree, file, &path, &store.physical(source), accounts),
    };
    put(tree, file, &path, node, accounts)
}

/// Copies a file, or a directory with all that is in it.
fn put_source(
    tree: &mut Tree,
    file: &FileSpec,
    path: &str,
    source: &Path,
    accounts: &Accounts,
) -> Result<(), LinkError> {
    let read = |error| LinkError::Source {
        path: path.into(),
        source_path: file.source.clone().unwrap_or_default(),
        source: error,
    };
    let metadata = fs::metadata(source).map_err(read)?;
    if !metadata.is_dir() {
        let executable = metadata.permissions().mode() & 0o100 != 0;
        let mode = mode(file, if executable { 0o755 } else { 0o644 })?;
        let node = Node::file(fs::read(source).map_err(read)?, mode, CONFIGURATION);
        return put(tree, file, path, node, accounts);
    }
    let mode = if file.kind == FileKind::Directory {
        mode(file, 0o755)?
    } else {
        0o755
    };
    put(tree, file, path, Node::directory(mode, CONFIGURATION), accounts)?;
    let mut names = Vec::new();
    for entry in fs::read_dir(source).map_err(read)? {
        let name = entry.map_err(read)?.file_name().into_string();
        names.push(name.map_err(|_| bad(file, "a name in its source is not UTF-8".into()))?);
    }
    names.sort();
    for name in names {
        put_source(
            tree,
            file,
            &format!("{path}/{name}"),
            &source.join(name),
            accounts,
        )?;
    }
    Ok(())
}

fn put(
    tree: &mut Tree,
    file: &FileSpec,
    path: &str,
    node: Node,
    accounts: &Accounts,
) -> Result<(), LinkError> {
    let (uid, gid) = accounts.owner(path, file.user.as_deref(), file.group.as_deref())?;
    let mut node = node.owned_by(uid, gid);
    if let Some(capabilities) = file.capabilities.as_deref().filter(|text| !text.is_empty()) {
        node.xattrs.push(system::encode_capabilities(path, capabilities)?);
    }
    tree.put(path, node).map(drop).map_err(|source| LinkError::Tree {
        what: path.into(),
        source,
    })
}

fn mode(file: &FileSpec, default: u16) -> Result<u16, LinkError> {
    let Some(text) = &file.mode else {
        return Ok(default);
    };
    parse_mode(text).ok_or_else(|| bad(file, format!("{text:?} is not an octal mode")))
}

fn bad(file: &FileSpec, reason: String) -> LinkError {
    LinkError::BadFile {
        path: file.path.clone(),
        reason,
    }
}
