//! The package database, so that `dpkg -l` and scanners tell the truth about the image.
//!
//! It lies below `/usr`, because the image brings it; `/var/lib/dpkg` leads to it.

use super::SystemError;
use crate::object::{Entry, Object};
use crate::tree::{Content, Node, NodeKind, Origin, Tree};
use nix_formats::hash::{Hash, HashAlgorithm};

const BY: &str = "package database";
const DIRECTORY: &str = "/usr/lib/sysimage/dpkg";
/// What dpkg looks for; a link in the image for scanners, a tmpfiles line for the running machine.
const LINK: &str = "/var/lib/dpkg";
const LINK_TARGET: &str = "../../usr/lib/sysimage/dpkg";

/// Writes the database of the packages among `objects`; returns the line that links it on the state partition.
pub fn write_package_database(tree: &mut Tree, objects: &[Object]) -> Result<String, SystemError> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut status = String::new();
    for (number, object) in objects.iter().enumerate() {
        if object.control().field("Architecture").is_none() {
            continue;
        }
        status.push_str(&stanza(object, &conffiles(tree, number, object)?));
        let name = info_name(object);
        files.push((
            format!("info/{name}.list"),
            list(tree, number, object).into_bytes(),
        ));
        if let Some(sums) = object.control_member("md5sums") {
            let sums = String::from_utf8_lossy(sums);
            let present: Vec<&str> = sums
                .lines()
                .filter(|line| is_present(tree, number, line))
                .collect();
            files.push((format!("info/{name}.md5sums"), lines(&present).into_bytes()));
        }
    }
    files.push(("status".into(), status.into_bytes()));
    files.push(("available".into(), Vec::new()));
    files.push(("info/format".into(), b"1\n".to_vec()));
    for (name, content) in files {
        place(
            tree,
            &format!("{DIRECTORY}/{name}"),
            Node::file(content, 0o644, BY),
        )?;
    }
    place(tree, &format!("{DIRECTORY}/updates"), Node::directory(0o755, BY))?;
    place(tree, LINK, Node::symlink(LINK_TARGET, BY))?;
    Ok(format!("L {LINK} - - - - {LINK_TARGET}"))
}

fn lines<S: AsRef<str>>(lines: &[S]) -> String {
    lines.iter().flat_map(|line| [line.as_ref(), "\n"]).collect()
}

/// The package's paths that are in the image.
fn list(tree: &Tree, number: usize, object: &Object) -> String {
    let present = object
        .entries()
        .iter()
        .filter(|entry| is_from(tree, number, entry));
    let paths: Vec<&str> = std::iter::once("/.")
        .chain(present.map(|entry| entry.path.as_str()))
        .collect();
    lines(&paths)
}

/// Lines of the `Conffiles` field: those that are in the image as the package ships them.
fn conffiles(tree: &Tree, number: usize, object: &Object) -> Result<Vec<String>, SystemError> {
    let mut lines = Vec::new();
    for path in &object.control().conffiles {
        let is_ours = object
            .entry(path)
            .is_some_and(|entry| is_from(tree, number, entry));
        if let Some(content) = object.file_content(path).filter(|_| is_ours) {
            let bytes = object.read_content(content);
            let bytes = bytes.map_err(|source| SystemError::Read {
                path: path.clone(),
                source,
            })?;
            lines.push(format!(
                " {path} {}",
                Hash::of(HashAlgorithm::Md5, &bytes).to_base16()
            ));
        }
    }
    Ok(lines)
}

/// The control paragraph with the status that dpkg would have written.
fn stanza(object: &Object, conffiles: &[String]) -> String {
    let mut text = String::new();
    for (key, value) in &object.control().fields {
        if ["Status", "Conffiles"]
            .iter()
            .any(|own| key.eq_ignore_ascii_case(own))
        {
            continue;
        }
        let separator = if value.starts_with('\n') || value.is_empty() {
            ""
        } else {
            " "
        };
        if key.eq_ignore_ascii_case("Description") {
            text.push_str(&conffiles_field(conffiles));
        }
        text.push_str(&format!("{key}:{separator}{value}\n"));
        if key.eq_ignore_ascii_case("Package") {
            text.push_str("Status: install ok installed\n");
        }
    }
    text.push('\n');
    text
}

fn conffiles_field(conffiles: &[String]) -> String {
    if conffiles.is_empty() {
        String::new()
    } else {
        format!("Conffiles:\n{}", lines(conffiles))
    }
}

/// dpkg names the files of packages that may be installed for several architectures with theirs.
fn info_name(object: &Object) -> String {
    let control = object.control();
    match (control.field("Multi-Arch"), control.field("Architecture")) {
        (Some(kind), Some(architecture)) if kind.eq_ignore_ascii_case("same") => {
            format!("{}:{architecture}", object.name())
        }
        _ => object.name().into(),
    }
}

/// Whether an entry of object `number` is in the image as the package ships it.
fn is_from(tree: &Tree, number: usize, entry: &Entry) -> bool {
    let Some(node) = tree.get(&entry.path).filter(|_| !entry.derived) else {
        return false;
    };
    match node.kind {
        NodeKind::Directory => true,
        NodeKind::File(Content::Object { object, .. }) => object == number,
        _ => node.origin == Origin::Object(number),
    }
}

/// Whether the file of a line of `md5sums` is in the image as the package ships it.
fn is_present(tree: &Tree, number: usize, line: &str) -> bool {
    let Some((_, path)) = line.split_once("  ") else {
        return false;
    };
    let path = crate::object::merge_usr(&format!("/{path}"), false);
    let node = tree.get(&path);
    node.is_some_and(
        |node| matches!(node.kind, NodeKind::File(Content::Object { object, .. }) if object == number),
    )
}

fn place(tree: &mut Tree, path: &str, node: Node) -> Result<(), SystemError> {
    tree.put(path, node)
        .map(drop)
        .map_err(|source| SystemError::Place {
            path: path.into(),
            source,
        })
}
