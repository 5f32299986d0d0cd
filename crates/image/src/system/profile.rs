//! Links the programs and shared files of store paths into `/usr`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use super::SystemError;
use crate::link::spec::{ProfileSpec, RootSpec};
use crate::object::merge_usr;
use crate::tree::{Node, Origin, PathSet, Tree};

const BY: &str = "profile";
/// The priority of a package that does not say it.
const DEFAULT_PRIORITY: Priority = 5;

/// Folders of a store path and where their content appears.
const FOLDERS: [(&str, &str); 5] = [
    ("bin", "/usr/bin"),
    ("sbin", "/usr/sbin"),
    ("share", "/usr/share"),
    ("lib", "/usr/lib"),
    ("libexec", "/usr/libexec"),
];

/// What decides between files of one name: the smaller number wins. It is a package's `meta.priority`.
type Priority = i64;

/// Links every store path of the profile; its files are already in the tree. `names` are those of the tree's objects.
pub fn link_profile(
    tree: &mut Tree,
    spec: &RootSpec,
    names: &[String],
    exclude: &PathSet,
) -> Result<(), SystemError> {
    let mut profile = Profile {
        tree,
        exclude,
        names,
        visible: &spec.visible_packages,
        alternatives: spec
            .alternatives
            .iter()
            .map(|one| merge_usr(&one.path, false))
            .collect(),
        placed: BTreeMap::new(),
    };
    let mut entries: Vec<&ProfileSpec> = spec.profile.iter().collect();
    entries.sort_by_key(|entry| entry.priority);
    entries.into_iter().try_for_each(|entry| profile.link(entry))
}

struct Profile<'a> {
    tree: &'a mut Tree,
    exclude: &'a PathSet,
    names: &'a [String],
    visible: &'a BTreeMap<String, Priority>,
    alternatives: BTreeSet<String>,
    /// Links that are made, with the priority of who has them.
    placed: BTreeMap<String, Priority>,
}

/// Who wins where a name is taken.
enum Verdict {
    /// Who has it keeps it.
    Theirs,
    /// Ours is found first, as what stands below `/usr/local` is.
    Ours,
    /// Nothing decides.
    Clash,
}

impl Profile<'_> {
    fn link(&mut self, entry: &ProfileSpec) -> Result<(), SystemError> {
        if self.tree.get(&entry.path).is_none() {
            let what = "the profile".into();
            return Err(SystemError::Missing {
                what,
                path: entry.path.clone(),
            });
        }
        for (folder, target) in FOLDERS {
            let source = format!("{}/{folder}", entry.path);
            let resolved = self.tree.resolve(&source);
            if let Some(resolved) = resolved.filter(|path| path.starts_with("/nix/store/")) {
                self.merge(entry, &resolved, target)?;
            }
        }
        Ok(())
    }

    /// Links each name in `source` as `target/name`.
    fn merge(&mut self, entry: &ProfileSpec, source: &str, target: &str) -> Result<(), SystemError> {
        let depth = source.len() + 1;
        let below = self.tree.below(source).map(|(path, _)| path.to_owned());
        let names: Vec<String> = below.filter(|path| !path[depth..].contains('/')).collect();
        for path in names {
            let wanted = format!("{target}/{}", &path[depth..]);
            if !self.exclude.contains(&wanted) {
                self.place(entry, path, wanted)?;
            }
        }
        Ok(())
    }

    /// Links `path` as `wanted`; where both are directories, the content one by one. What leads to the file that has
    /// the name anyway, as a link to a Debian package's own program does, needs no link.
    fn place(&mut self, entry: &ProfileSpec, path: String, wanted: String) -> Result<(), SystemError> {
        let (leads_to, taken) = (self.tree.resolve(&path), self.tree.resolve(&wanted));
        let is_directory = |path: &str| self.tree.get(path).is_some_and(Node::is_directory);
        let directory = leads_to
            .as_ref()
            .filter(|path| is_directory(path) && is_directory(&wanted));
        let is_free = self.tree.get(&wanted).is_none() && !self.alternatives.contains(&wanted);
        if is_free {
            self.placed.insert(wanted.clone(), entry.priority);
            let put = self.tree.put(&wanted, Node::symlink(path, BY)).map(drop);
            return put.map_err(|source| SystemError::Place { path: wanted, source });
        }
        if let Some(directory) = directory.cloned() {
            return self.merge(entry, &directory, &wanted);
        }
        if leads_to.is_some() && leads_to == taken {
            return Ok(());
        }
        match self.verdict(entry, &wanted) {
            Verdict::Theirs => Ok(()),
            Verdict::Ours => {
                let found_first = wanted.replacen("/usr/", "/usr/local/", 1);
                self.place(entry, path, found_first)
            }
            Verdict::Clash => Err(SystemError::Taken {
                owner: self.owner(&wanted),
                wanted_by: entry.path.clone(),
                path: wanted,
            }),
        }
    }

    /// Among store paths the priority decides, as those come in its order. A package whose programs nobody asked for by
    /// name gives way, unless the store path is of a low priority itself.
    fn verdict(&self, entry: &ProfileSpec, wanted: &str) -> Verdict {
        let theirs = match self.tree.get(wanted).map(|node| &node.origin) {
            _ if self.placed.contains_key(wanted) => {
                let is_lower = self.placed[wanted] < entry.priority;
                return if is_lower { Verdict::Theirs } else { Verdict::Clash };
            }
            Some(Origin::Object(index)) => self.names.get(*index).and_then(|name| self.visible.get(name)),
            None => None,
            Some(_) if self.alternatives.contains(wanted) => None,
            Some(_) => return Verdict::Clash,
        };
        match theirs.map(|theirs| entry.priority.cmp(theirs)) {
            Some(Ordering::Equal) => Verdict::Clash,
            Some(Ordering::Greater) => Verdict::Theirs,
            None if entry.priority > DEFAULT_PRIORITY => Verdict::Theirs,
            Some(Ordering::Less) | None => Verdict::Ours,
        }
    }

    fn owner(&self, path: &str) -> String {
        match self.tree.get(path).map(|node| &node.origin) {
            Some(Origin::Object(index)) => {
                let name = self.names.get(*index).map_or("a package", String::as_str);
                format!("{name} (lib.hiPrio or lib.lowPrio around one of them decides)")
            }
            Some(Origin::StorePath(path)) => path.to_string(),
            Some(Origin::Generated(by)) => (*by).into(),
            None => "an alternative".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A profile of store paths with their priorities, beside Debian packages that somebody asked for by name.
    fn linked(tree: &mut Tree, profile: &[(&str, i64)], visible: &[(&str, i64)]) -> Result<(), String> {
        let entry = |(path, priority): &(&str, i64)| ProfileSpec {
            path: (*path).into(),
            priority: *priority,
        };
        let spec = RootSpec {
            profile: profile.iter().map(entry).collect(),
            visible_packages: visible
                .iter()
                .map(|(name, priority)| ((*name).into(), *priority))
                .collect(),
            ..RootSpec::default()
        };
        let names = ["git".to_owned()];
        link_profile(tree, &spec, &names, &PathSet::default()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_wrapper_wins_by_priority_and_is_found_first() {
        const WRAPPED: &str = "/nix/store/abc-git";
        const OTHER: &str = "/nix/store/def-git";
        let tree = || {
            let mut tree = Tree::new();
            let mut program = Node::file("x", 0o755, "t");
            program.origin = Origin::Object(0);
            tree.put("/usr/bin/git", program).expect("put");
            for path in [WRAPPED, OTHER] {
                let own = Node::file(path, 0o555, "t");
                tree.put(&format!("{path}/bin/git"), own).expect("put");
            }
            tree
        };
        let found = |profile: &[(&str, i64)], visible: &[(&str, i64)]| {
            let mut tree = tree();
            linked(&mut tree, profile, visible).map(|()| tree.resolve("/usr/local/bin/git"))
        };
        let wrapper = Some(format!("{WRAPPED}/bin/git"));
        assert_eq!(found(&[(WRAPPED, 5)], &[]), Ok(wrapper.clone()));
        assert_eq!(found(&[(WRAPPED, -10)], &[("git", 5)]), Ok(wrapper.clone()));
        assert_eq!(found(&[(WRAPPED, 5)], &[("git", 10)]), Ok(wrapper.clone()));
        assert_eq!(found(&[(WRAPPED, 10)], &[("git", 5)]), Ok(None));
        assert_eq!(found(&[(WRAPPED, 10)], &[]), Ok(None));
        assert_eq!(found(&[(OTHER, 5), (WRAPPED, -10)], &[]), Ok(wrapper));
        let said = found(&[(WRAPPED, 5)], &[("git", 5)]).expect_err("nothing decides");
        assert!(
            said.contains("/usr/bin/git") && said.contains("lib.hiPrio"),
            "{said}"
        );
        let said = found(&[(WRAPPED, 5), (OTHER, 5)], &[]).expect_err("nothing decides");
        assert!(
            said.contains("/usr/local/bin/git") && said.contains(OTHER),
            "{said}"
        );
    }

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
        linked(&mut tree, &[(helm, 5)], &[]).expect("linked");
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
        let error = linked(&mut tree, &[(helm, 5), (other, 5)], &[]).expect_err("a clash");
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
        linked(&mut tree, &[(joined, 5), (again, 5)], &[]).expect("linked");
        assert_eq!(tree.resolve("/usr/bin/jq").as_deref(), Some("/usr/bin/jq"));
        assert_eq!(
            tree.resolve("/usr/share/doc/tool/more").as_deref(),
            Some("/nix/store/jkl-more/share/doc/jq/more")
        );
        let own = "/nix/store/mno-jq";
        tree.put(&format!("{own}/bin/jq"), Node::file("y", 0o555, "t"))
            .expect("put");
        let error = linked(&mut tree, &[(own, 5)], &[]).expect_err("a clash");
        assert!(
            error.contains("/usr/bin/jq is wanted by /nix/store/mno-jq"),
            "{error}"
        );
    }
}
