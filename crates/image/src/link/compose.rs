//! Composes the tree of an image: packages, store paths, generated files, and what follows from them.

use super::files::Files;
use super::spec::{FileSpec, RootSpec};
use super::store_paths::{self, StorePaths};
use super::{LinkError, StoreView};
use crate::object::{Object, merge_usr};
use crate::system::{self, Accounts, Missing};
use crate::tree::{MergeRules, Merged, PathSet, State, Tree, merge_packages};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The composed tree and the objects its files lie in.
pub(super) struct Composed {
    pub tree: Tree,
    pub objects: Vec<Object>,
    /// Store path of each object.
    pub sources: Vec<String>,
    /// Name of each object: the package, or the store path.
    pub names: Vec<String>,
    /// What files of packages need and do not find.
    pub missing: Vec<Missing>,
}

pub(super) fn compose(spec: &RootSpec, closure: &[String], store: &StoreView) -> Result<Composed, LinkError> {
    if spec.derive.ld_so_cache {
        return Err(LinkError::Unsupported {
            what: "the linker cache (derive.ldSoCache)",
        });
    }
    let parts = parts(spec);
    let objects: Vec<Object> = parts
        .par_iter()
        .map(|(_, object)| open(object, store))
        .collect::<Result<_, _>>()?;
    system::check_scripts(&objects, &spec.scripts)?;
    let exclude = PathSet::new(&spec.exclude)?;
    let Merged { tree, state } = merge_packages(&objects, &rules(spec, &exclude)?)?;
    let mut composed = Composed {
        tree,
        objects,
        sources: parts.iter().map(|(_, object)| (*object).to_owned()).collect(),
        names: parts.iter().map(|(name, _)| (*name).to_owned()).collect(),
        missing: Vec::new(),
    };
    system::add_skeleton(&mut composed.tree)?;
    let StorePaths { objects, sources } =
        store_paths::add(&mut composed.tree, composed.objects, closure, store)?;
    composed.objects = objects;
    composed.names.extend(sources.iter().cloned());
    composed.sources.extend(sources);
    system::link_profile(&mut composed.tree, spec, &composed.names, &exclude)?;
    generate(&mut composed, spec, state, store)?;
    composed.missing = system::find_missing(&composed.tree, &composed.objects);
    if let Some(may_miss) = &spec.may_miss {
        refuse_missing(&composed.missing, &PathSet::new(may_miss)?)?;
    }
    Ok(composed)
}

/// Names and objects of the packages, and then of what was computed from them.
fn parts(spec: &RootSpec) -> Vec<(&str, &str)> {
    let packages = spec
        .packages
        .iter()
        .map(|package| (package.name.as_str(), package.object.as_str()));
    let computed = spec
        .computed
        .iter()
        .map(|part| (part.name.as_str(), part.object.as_str()));
    let (mut parts, mut computed): (Vec<_>, Vec<_>) = (packages.collect(), computed.collect());
    parts.sort_unstable();
    computed.sort_unstable();
    parts.extend(computed);
    parts
}

/// Packages of other publishers by the number of their object.
fn foreign(spec: &RootSpec) -> BTreeMap<usize, &str> {
    let names: BTreeSet<&str> = spec
        .packages
        .iter()
        .filter(|package| package.foreign)
        .map(|package| package.name.as_str())
        .collect();
    let parts = parts(spec).into_iter().enumerate();
    let numbered = parts
        .take(spec.packages.len())
        .map(|(number, (name, _))| (number, name));
    numbered.filter(|(_, name)| names.contains(name)).collect()
}

fn refuse_missing(missing: &[Missing], may_miss: &PathSet) -> Result<(), LinkError> {
    let refused = missing.iter().filter(|missing| !may_miss.contains(&missing.path));
    match refused.cloned().collect::<Vec<_>>() {
        refused if refused.is_empty() => Ok(()),
        missing => Err(LinkError::Missing { missing }),
    }
}

fn open(object: &str, store: &StoreView) -> Result<Object, LinkError> {
    let place = store.place(object).map_err(|source| LinkError::Source {
        path: object.into(),
        source_path: object.into(),
        source,
    })?;
    let opened = Object::open(&place.physical());
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
        declared_capabilities: spec
            .permissions
            .iter()
            .filter(|permission| permission.capabilities.is_some())
            .map(|permission| merge_usr(&permission.path, false))
            .collect(),
        declared_modes: spec
            .permissions
            .iter()
            .filter(|permission| permission.mode.is_some())
            .map(|permission| merge_usr(&permission.path, false))
            .collect(),
    })
}

/// Everything that does not come from packages or the store.
fn generate(
    composed: &mut Composed,
    spec: &RootSpec,
    mut state: State,
    store: &StoreView,
) -> Result<(), LinkError> {
    let Composed { tree, objects, .. } = composed;
    // Files that declare accounts must be there before the accounts are gathered; owners are set afterwards.
    let (declaring, others): (Vec<&FileSpec>, Vec<&FileSpec>) = spec
        .files
        .iter()
        .partition(|file| file.path.contains("/sysusers.d/"));
    let nobody = Accounts::default();
    Files {
        tree: &mut *tree,
        objects,
        store,
        accounts: &nobody,
    }
    .put_all(&declaring)?;
    let accounts = Accounts::gather(&spec.accounts, tree, objects, &foreign(spec))?;
    accounts.write(tree, spec.epoch)?;
    Files {
        tree: &mut *tree,
        objects,
        store,
        accounts: &accounts,
    }
    .put_all(&others)?;
    system::link_alternatives(tree, &spec.alternatives)?;
    if spec.derive.ca_bundle {
        system::bundle_certificates(tree, objects)?;
    }
    system::apply_tmpfiles(tree, objects, &spec.tmpfiles, &accounts)?;
    system::apply_units(tree, objects, &spec.units)?;
    system::check_wanted(tree, &spec.files)?;
    let mut extra = Vec::new();
    if spec.derive.dpkg_status {
        state.forget("/var/lib/dpkg");
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
