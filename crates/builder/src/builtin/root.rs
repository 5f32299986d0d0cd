//! `builtin:hardpan-root-v2`: links objects and generated files into a root file system.

use super::{Environment, json};
use crate::{BuildContext, BuildFailure};
use ::image::link::spec::RootSpec;
use ::image::link::{StoreView, link_root};
use nix_formats::StorePath;
use std::collections::BTreeSet;

pub(super) fn build(environment: &Environment, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
    let spec: RootSpec = json(context, "spec")?;
    let packages = spec.packages.iter().map(|package| &package.object);
    let objects: BTreeSet<StorePath> = packages
        .chain(spec.computed.iter().map(|part| &part.object))
        .filter_map(|object| StorePath::parse_absolute(object).ok())
        .collect();
    let closure = image_closure(&spec, context)?;
    let view = store_view(environment, context);
    let linked = link_root(&spec, &closure, &view, context.output("out")?)
        .map_err(|error| BuildFailure::caused_by(format!("link the root of {}", spec.name), error))?;
    context.log(format!(
        "{} packages, {} paths, root hash {}",
        linked.packages, linked.paths, linked.root_hash
    ));
    for missing in &linked.missing {
        context.log(format!("{missing}, which the image does not hold"));
    }
    // The layout copies blocks from the objects and from the compiled store paths when a disk is written.
    let mut references = objects;
    references.extend(
        closure
            .iter()
            .filter_map(|path| StorePath::parse_absolute(path).ok()),
    );
    context.declare_references("out", references);
    Ok(())
}

/// How the linker sees the inputs.
pub(super) fn store_view(environment: &Environment, context: &BuildContext<'_>) -> StoreView {
    let store = context.store.clone();
    let view = StoreView::of_inputs(
        context.view().clone(),
        environment.cache.join("store-path-objects-v2"),
    );
    view.with_digests(move |logical| {
        let path = StorePath::parse_absolute(logical).ok()?;
        Some(store.path_info(&path).ok()??.nar_hash.to_nix32())
    })
}

/// The store paths that come in under `/nix/store`: what the spec mentions outside of packages and sources, what
/// the sources refer to, and the closure of both. A path that is no input is only a text.
fn image_closure(spec: &RootSpec, context: &BuildContext<'_>) -> Result<Vec<String>, BuildFailure> {
    let failed = |error| BuildFailure::caused_by("find what the image's store paths refer to", error);
    let store = context.store;
    let inputs = context.inputs();
    let mut elsewhere = spec.clone();
    elsewhere.packages.clear();
    elsewhere.computed.clear();
    let mut roots = BTreeSet::new();
    for source in elsewhere.files.iter_mut().filter_map(|file| file.source.take()) {
        for source in mentioned(&source).filter(|source| inputs.contains(source)) {
            roots.extend(store.references(&source).map_err(failed)?);
        }
    }
    let text = serde_json::to_string(&elsewhere)
        .map_err(|error| BuildFailure::caused_by("look for store paths in the spec", error))?;
    roots.extend(mentioned(&text).filter(|path| inputs.contains(path)));
    let closure = store.closure(&roots).map_err(failed)?;
    Ok(closure.iter().map(ToString::to_string).collect())
}

/// The store paths that stand in `text`.
fn mentioned(text: &str) -> impl Iterator<Item = StorePath> + '_ {
    text.match_indices("/nix/store/").filter_map(|(at, _)| {
        let rest = &text[at + "/nix/store/".len()..];
        let allowed = |c: char| c.is_ascii_alphanumeric() || "+-._?=".contains(c);
        let end = rest.find(|c| !allowed(c)).unwrap_or(rest.len());
        StorePath::from_base_name(rest[..end].trim_end_matches('.')).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::super::object;
    use super::super::testing::{Fixture, deb};
    use serde_json::{Value, json};
    use std::collections::BTreeMap;

    const DEB: &str = "/nix/store/00000000000000000000000000000000-x.deb";

    /// A store with one object.
    fn fixture() -> (Fixture, String) {
        let mut fixture = Fixture::new();
        fixture.file(DEB, deb("x", &[("./bin/x", "program")]));
        fixture
            .build(object::build, &[("deb", DEB), ("exclude", "[]")])
            .expect("a sound package");
        let object = fixture.register("x").to_string();
        (fixture, object)
    }

    fn spec(object: &str, changes: Value) -> String {
        let mut spec = json!({"version": 1, "name": "x", "packages": [{"name": "x", "object": object}]});
        for (key, value) in changes.as_object().into_iter().flatten() {
            spec[key] = value.clone();
        }
        spec.to_string()
    }

    /// Paths of the image and who brought them.
    fn paths(fixture: &Fixture) -> BTreeMap<String, String> {
        let manifest = std::fs::read(fixture.output().join("manifest.json")).expect("there is a manifest");
        let manifest: Value = serde_json::from_slice(&manifest).expect("it is JSON");
        let path = |path: &Value| {
            Some((
                path["path"].as_str()?.to_owned(),
                path["from"].as_str()?.to_owned(),
            ))
        };
        manifest["paths"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(path)
            .collect()
    }

    #[test]
    fn what_the_spec_mentions_comes_in_with_all_it_refers_to() {
        let (mut fixture, object) = fixture();
        let deep = fixture.text("deep", "deep", &[]);
        let mentioned = fixture.text("mentioned", &format!("{deep}"), &[&deep]);
        let below_source = fixture.text("below-source", "x", &[]);
        let source = fixture.text("source", &format!("{below_source}"), &[&below_source]);
        let unmentioned = fixture.text("unmentioned", "x", &[]);
        let stranger = fixture.text("stranger", "x", &[]);
        fixture.inputs.remove(&stranger);
        let files = json!([
            {"path": "/etc/text", "text": format!("exec {mentioned}; cat {stranger}.")},
            {"path": "/etc/copy", "source": source.to_string()},
        ]);
        let spec = spec(&object, json!({"files": files}));
        fixture
            .build(super::build, &[("spec", &spec)])
            .expect("the spec is sound");
        let paths = paths(&fixture);
        for path in [&deep, &mentioned, &below_source] {
            assert_eq!(paths.get(&path.to_string()), Some(&path.to_string()));
        }
        for path in [&source, &unmentioned, &stranger] {
            assert_eq!(paths.get(&path.to_string()), None);
        }
        assert_eq!(paths["/usr/bin/x"], "x");
        let references: Vec<String> = fixture.references().iter().map(ToString::to_string).collect();
        assert!(
            references.contains(&object),
            "the blocks are copied from the object later: {references:?}"
        );
        assert!(
            fixture.log()[0].starts_with("1 packages, "),
            "{:?}",
            fixture.log()
        );
    }

    #[test]
    fn failures_name_the_image_and_the_thing() {
        let (fixture, object) = fixture();
        let table = [
            (json!({"nonsense": 1}), "unknown field `nonsense`"),
            (json!({"version": 7}), "link the root of x: "),
            (
                json!({"files": [{"path": "/etc/x", "source": "/nix/store/none"}]}),
                "/nix/store/none",
            ),
            (json!({"units": {"enable": ["none.service"]}}), "none.service"),
        ];
        for (changes, expected) in table {
            let spec = spec(&object, changes);
            let error = fixture
                .build(super::build, &[("spec", &spec)])
                .expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }
}
