//! Links the programs and shared files of store paths into `/usr`.

use super::SystemError;
use crate::tree::{Node, Origin, PathSet, Tree};

const BY: &str = "profile";

/// Folders of a store path and where their content appears.
const FOLDERS: [(&str, &str); 5] = [
    ("bin", "/usr/bin"),
    ("sbin", "/usr/sbin"),
    ("share", "/usr/share"),
    ("lib", "/usr/lib"),
    ("libexec", "/usr/libexec"),
];

/// Links every store path of the profile; its files are already in the tree.
pub fn link_profile(tree: &mut Tree, profile: &[String], exclude: &PathSet) -> Result<(), SystemError> {
    for store_path in profile {
        if tree.get(store_path).is_none() {
            let what = "the profile".into();
            return Err(SystemError::Missing {
                what,
                path: store_path.clone(),
            });
        }
        for (folder, target) in FOLDERS {
            let source = format!("{store_path}/{folder}");
            let Some(resolved) = tree
                .resolve(&source)
                .filter(|path| path.starts_with("/nix/store/"))
            else {
                continue;
            };
            merge(tree, store_path, &resolved, target, exclude)?;
        }
    }
    Ok(())
}

/// Links each name in `source` as `target/name`; where a directory is already there, its content one by one. What leads
/// to the file that has the name anyway, as a link to a Debian package's own program does, needs none.
fn merge(
    tree: &mut Tree,
    store_path: &str,
    source: &str,
    target: &str,
    exclude: &PathSet,
) -> Result<(), SystemError> {
    let depth = source.len() + 1;
    let below = tree.below(source).map(|(path, _)| path.to_owned());
    let names: Vec<String> = below.filter(|path| !path[depth..].contains('/')).collect();
    for path in names {
        let wanted = format!("{target}/{}", &path[depth..]);
        if exclude.contains(&wanted) {
            continue;
        }
        let (leads_to, taken) = (tree.resolve(&path), tree.resolve(&wanted));
        let directory = leads_to.as_ref().filter(|path| {
            [path.as_str(), &wanted]
                .iter()
                .all(|path| is_directory(tree, path))
        });
        match tree.get(&wanted) {
            Some(_) if leads_to.is_some() && leads_to == taken => {}
            Some(_) if directory.is_some() => {
                let directory = directory.cloned().unwrap_or_default();
                merge(tree, store_path, &directory, &wanted, exclude)?;
            }
            Some(node) => {
                let owner = match &node.origin {
                    Origin::Object(_) => "a package".into(),
                    Origin::StorePath(path) => path.to_string(),
                    Origin::Generated(by) => (*by).into(),
                };
                return Err(SystemError::Taken {
                    path: wanted,
                    wanted_by: store_path.into(),
                    owner,
                });
            }
            None => {
                let put = tree.put(&wanted, Node::symlink(path, BY));
                put.map_err(|source| SystemError::Place { path: wanted, source })?;
            }
        }
    }
    Ok(())
}

fn is_directory(tree: &Tree, path: &str) -> bool {
    tree.get(path).is_some_and(Node::is_directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_linked_and_clashes_named() {
        let mut tree = Tree::new();
        let helm = "/nix/store/abc-helm";
        tree.put(&format!("{helm}/bin/helm"), Node::file("x", 0o555, "t"))
            .expect("put");
        tree.put(&format!("{helm}/share/bash/helm"), Node::file("x", 0o444, "t"))
            .expect("put");
        tree.put("/usr/share/bash/other", Node::file("x", 0o644, "t"))
            .expect("put");
        link_profile(&mut tree, &[helm.into()], &PathSet::default()).expect("linked");
        assert_eq!(
            tree.resolve("/usr/bin/helm").as_deref(),
            Some("/nix/store/abc-helm/bin/helm")
        );
        assert_eq!(
            tree.resolve("/usr/share/bash/helm").as_deref(),
            Some("/nix/store/abc-helm/share/bash/helm")
        );
        let other = "/nix/store/def-helm";
        tree.put(&format!("{other}/bin/helm"), Node::file("y", 0o555, "t"))
            .expect("put");
        let error = link_profile(&mut tree, &[other.into()], &PathSet::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("/usr/bin/helm") && error.contains(other),
            "{error}"
        );
    }

    #[test]
    fn a_link_to_what_has_the_name_already_is_no_clash() {
        let mut tree = Tree::new();
        let mut put = |path: &str, node: Node| tree.put(path, node).expect("put");
        put("/usr/bin/jq", Node::file("x", 0o755, "t"));
        put("/usr/share/doc/jq/copyright", Node::file("x", 0o644, "t"));
        put("/usr/share/doc/tool/copyright", Node::file("x", 0o644, "t"));
        let (face, joined, again) = (
            "/nix/store/abc-jq",
            "/nix/store/def-joined",
            "/nix/store/ghi-again",
        );
        put(&format!("{face}/bin/jq"), Node::symlink("/usr/bin/jq", "t"));
        put(&format!("{face}/share"), Node::symlink("/usr/share", "t"));
        for path in [joined, again] {
            put(
                &format!("{path}/bin/jq"),
                Node::symlink(format!("{face}/bin/jq"), "t"),
            );
            put(
                &format!("{path}/share/doc/jq"),
                Node::symlink(format!("{face}/share/doc/jq"), "t"),
            );
        }
        let more = "/nix/store/jkl-more";
        put(&format!("{more}/share/doc/jq/more"), Node::file("x", 0o444, "t"));
        put(
            &format!("{again}/share/doc/tool"),
            Node::symlink(format!("{more}/share/doc/jq"), "t"),
        );
        link_profile(&mut tree, &[joined.into(), again.into()], &PathSet::default()).expect("linked");
        assert_eq!(tree.resolve("/usr/bin/jq").as_deref(), Some("/usr/bin/jq"));
        assert_eq!(
            tree.resolve("/usr/share/doc/tool/more").as_deref(),
            Some("/nix/store/jkl-more/share/doc/jq/more")
        );
        let own = "/nix/store/mno-jq";
        tree.put(&format!("{own}/bin/jq"), Node::file("y", 0o555, "t"))
            .expect("put");
        let error = link_profile(&mut tree, &[own.into()], &PathSet::default())
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("/usr/bin/jq is wanted by /nix/store/mno-jq"),
            "{error}"
        );
    }
}
