//! Enables and masks systemd units by the links that `systemctl` would make.

use super::{SystemError, read_text};
use crate::link::spec::UnitsSpec;
use crate::object::Object;
use crate::tree::{Node, Tree};
use std::collections::BTreeSet;

const BY: &str = "units";
const CONFIGURED: &str = "/etc/systemd/system";
/// Where unit files lie, the first one wins.
const DIRECTORIES: [&str; 3] = [
    CONFIGURED,
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
];

/// Masks, enables and chooses the default target.
pub fn apply_units(tree: &mut Tree, objects: &[Object], units: &UnitsSpec) -> Result<(), SystemError> {
    let masked: BTreeSet<&str> = units.mask.iter().map(String::as_str).collect();
    if let Some(unit) = units.enable.iter().find(|unit| masked.contains(unit.as_str())) {
        return Err(SystemError::EnabledAndMasked { unit: unit.clone() });
    }
    let mut enabler = Enabler {
        tree,
        objects,
        masked: &masked,
        done: BTreeSet::new(),
        links: Vec::new(),
    };
    for unit in &units.enable {
        enabler.enable(unit)?;
    }
    let links = enabler.links;
    for (path, target) in links {
        link(tree, &path, &target)?;
    }
    for unit in &masked {
        let path = if unit.starts_with('/') {
            (*unit).into()
        } else {
            format!("{CONFIGURED}/{unit}")
        };
        link(tree, &path, "/dev/null")?;
    }
    if let Some(target) = &units.default_target {
        let file = find(tree, target).ok_or_else(|| SystemError::NoSuchUnit { unit: target.clone() })?;
        link(tree, &format!("{CONFIGURED}/default.target"), &file)?;
    }
    Ok(())
}

fn link(tree: &mut Tree, path: &str, target: &str) -> Result<(), SystemError> {
    let put = tree.put(path, Node::symlink(target, BY));
    put.map(drop).map_err(|source| SystemError::Place {
        path: path.into(),
        source,
    })
}

/// The file of a unit, or of the template it is an instance of.
fn find(tree: &Tree, unit: &str) -> Option<String> {
    let names = [
        Some(unit.to_owned()),
        instance(unit).map(|(template, _)| template),
    ];
    names.into_iter().flatten().find_map(|name| {
        let mut paths = DIRECTORIES.iter().map(|directory| format!("{directory}/{name}"));
        paths.find(|path| tree.resolve(path).is_some())
    })
}

/// Template and instance of `name@instance.type`.
fn instance(unit: &str) -> Option<(String, &str)> {
    let (prefix, rest) = unit.split_once('@')?;
    let (instance, kind) = rest.rsplit_once('.')?;
    (!instance.is_empty()).then(|| (format!("{prefix}@.{kind}"), instance))
}

struct Enabler<'a> {
    tree: &'a Tree,
    objects: &'a [Object],
    masked: &'a BTreeSet<&'a str>,
    done: BTreeSet<String>,
    links: Vec<(String, String)>,
}

impl Enabler<'_> {
    fn enable(&mut self, unit: &str) -> Result<(), SystemError> {
        if !self.done.insert(unit.into()) {
            return Ok(());
        }
        let file = find(self.tree, unit).ok_or_else(|| SystemError::NoSuchUnit { unit: unit.into() })?;
        let install = self.install_section(unit, &file)?;
        if install.is_empty() {
            return Err(SystemError::NotInstallable {
                unit: unit.into(),
                path: file,
            });
        }
        let template_instance = install.iter().rev().find(|(key, _)| key == "DefaultInstance");
        let unit = match template_instance {
            Some((_, default)) if unit.contains("@.") => unit.replacen("@.", &format!("@{default}."), 1),
            _ => unit.to_owned(),
        };
        for (key, value) in &install {
            for word in value.split_whitespace() {
                self.carry_out(&unit, &file, key, &expand(word, &unit))?;
            }
        }
        Ok(())
    }

    fn carry_out(&mut self, unit: &str, file: &str, key: &str, word: &str) -> Result<(), SystemError> {
        let directory = match key {
            "WantedBy" => format!("{CONFIGURED}/{word}.wants/"),
            "RequiredBy" => format!("{CONFIGURED}/{word}.requires/"),
            "UpheldBy" => format!("{CONFIGURED}/{word}.upholds/"),
            "Alias" if word != unit => {
                self.links.push((format!("{CONFIGURED}/{word}"), file.into()));
                return Ok(());
            }
            "Also" if !self.masked.contains(word) => return self.enable_also(word),
            _ => return Ok(()),
        };
        self.links.push((format!("{directory}{unit}"), file.into()));
        Ok(())
    }

    /// What comes along may be absent from the image or have nothing to install.
    fn enable_also(&mut self, unit: &str) -> Result<(), SystemError> {
        match self.enable(unit) {
            Err(SystemError::NoSuchUnit { .. } | SystemError::NotInstallable { .. }) => Ok(()),
            other => other,
        }
    }

    /// The assignments of `[Install]` in the unit's file and its drop-ins.
    fn install_section(&self, unit: &str, file: &str) -> Result<Vec<(String, String)>, SystemError> {
        let mut assignments = Vec::new();
        for path in std::iter::once(file.to_owned()).chain(self.drop_ins(unit)) {
            let text = read_text(self.tree, self.objects, &path)?.unwrap_or_default();
            for (key, value) in install_assignments(&text) {
                if value.is_empty() {
                    assignments.retain(|(known, _)| *known != key);
                } else {
                    assignments.push((key, value));
                }
            }
        }
        Ok(assignments)
    }

    fn drop_ins(&self, unit: &str) -> Vec<String> {
        let mut files = std::collections::BTreeMap::new();
        for directory in DIRECTORIES.iter().rev() {
            for (path, _) in self.tree.below(&format!("{directory}/{unit}.d")) {
                if let Some((_, name)) = path.rsplit_once('/').filter(|(_, name)| name.ends_with(".conf")) {
                    files.insert(name.to_owned(), path.to_owned());
                }
            }
        }
        files.into_values().collect()
    }
}

fn install_assignments(text: &str) -> Vec<(String, String)> {
    let joined = text.replace("\\\n", " ");
    let mut inside = false;
    let mut assignments = Vec::new();
    for line in joined.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[Install]";
        } else if inside && !line.starts_with(['#', ';']) {
            let split = line.split_once('=');
            assignments.extend(split.map(|(key, value)| (key.trim().to_owned(), value.trim().to_owned())));
        }
    }
    assignments
}

/// Replaces the specifiers that stand for parts of the unit's name.
fn expand(word: &str, unit: &str) -> String {
    let (prefix, _) = unit
        .split_once('@')
        .unwrap_or_else(|| unit.rsplit_once('.').unwrap_or((unit, "")));
    let instance = instance(unit).map_or("", |(_, instance)| instance);
    let mut expanded = String::new();
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        match (letter, if letter == '%' { letters.next() } else { None }) {
            ('%', Some('i' | 'I')) => expanded.push_str(instance),
            ('%', Some('n')) => expanded.push_str(unit),
            ('%', Some('N')) => expanded.push_str(unit.rsplit_once('.').map_or(unit, |(name, _)| name)),
            ('%', Some('p' | 'P')) => expanded.push_str(prefix),
            ('%', Some('%')) => expanded.push('%'),
            ('%', Some(other)) => expanded.extend(['%', other]),
            (other, _) => expanded.push(other),
        }
    }
    expanded
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::NodeKind;

    fn tree() -> Tree {
        let mut tree = Tree::new();
        let units = [
            (
                "ssh.service",
                "[Unit]\nAlias=no\n[Install]\nWantedBy=multi-user.target\nAlias=sshd.service\n",
            ),
            (
                "getty@.service",
                "[Install]\nWantedBy=getty.target\nDefaultInstance=tty1\n",
            ),
            (
                "net.service",
                "[Install]\nWantedBy=a.target \\\n  b.target\nAlso=net.socket missing.service\n",
            ),
            ("net.socket", "[Install]\nRequiredBy=sockets.target\n"),
            ("static.service", "[Service]\nExecStart=x\n"),
            ("multi-user.target", "[Unit]\n"),
        ];
        for (name, text) in units {
            let path = format!("/usr/lib/systemd/system/{name}");
            tree.put(&path, Node::file(text, 0o644, "test")).expect("put");
        }
        tree
    }

    fn spec(enable: &[&str], mask: &[&str]) -> UnitsSpec {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        UnitsSpec {
            enable: own(enable),
            mask: own(mask),
            default_target: Some("multi-user.target".into()),
        }
    }

    fn links(tree: &Tree) -> Vec<(String, String)> {
        let links = tree.below("/etc").filter_map(|(path, node)| match &node.kind {
            NodeKind::Symlink(target) => Some((path.replace("/etc/systemd/system/", ""), target.clone())),
            _ => None,
        });
        links.collect()
    }

    #[test]
    fn install_sections_become_links() {
        let mut tree = tree();
        let wanted = spec(&["ssh.service", "getty@.service", "net.service"], &["x.service"]);
        apply_units(&mut tree, &[], &wanted).expect("applied");
        let unit = |name: &str| format!("/usr/lib/systemd/system/{name}");
        let expected = [
            ("a.target.wants/net.service", unit("net.service")),
            ("b.target.wants/net.service", unit("net.service")),
            ("default.target", unit("multi-user.target")),
            ("getty.target.wants/getty@tty1.service", unit("getty@.service")),
            ("multi-user.target.wants/ssh.service", unit("ssh.service")),
            ("sockets.target.requires/net.socket", unit("net.socket")),
            ("sshd.service", unit("ssh.service")),
            ("x.service", "/dev/null".into()),
        ];
        assert_eq!(
            links(&tree),
            expected.map(|(path, target)| (path.to_owned(), target))
        );
    }

    #[test]
    fn units_that_cannot_be_enabled_are_errors() {
        let error = |enable: &[&str], mask: &[&str]| {
            apply_units(&mut tree(), &[], &spec(enable, mask))
                .unwrap_err()
                .to_string()
        };
        assert!(error(&["none.service"], &[]).contains("none.service"));
        assert!(error(&["static.service"], &[]).contains("[Install]"));
        assert!(error(&["ssh.service"], &["ssh.service"]).contains("both"));
    }
}
