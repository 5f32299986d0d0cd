//! The bundle of trusted certificates.

use super::SystemError;
use crate::object::Object;
use crate::tree::{Node, Tree};

const BY: &str = "certificates";
const BUNDLE: &str = "/etc/ssl/certs/ca-certificates.crt";
const SOURCES: [&str; 2] = ["/usr/share/ca-certificates", "/usr/local/share/ca-certificates"];

/// Concatenates all certificates, sorted by path, unless the configuration brings a bundle of its own.
pub fn bundle_certificates(tree: &mut Tree, objects: &[Object]) -> Result<(), SystemError> {
    if tree.get(BUNDLE).is_none() {
        let bundle = concatenate(tree, objects)?;
        place(tree, BUNDLE, Node::file(bundle, 0o644, BY))?;
    }
    for (path, target) in [
        ("/etc/ssl/cert.pem", "certs/ca-certificates.crt"),
        ("/usr/lib/ssl/cert.pem", BUNDLE),
    ] {
        if tree.get(path).is_none() {
            place(tree, path, Node::symlink(target, BY))?;
        }
    }
    Ok(())
}

fn concatenate(tree: &Tree, objects: &[Object]) -> Result<Vec<u8>, SystemError> {
    let mut bundle = Vec::new();
    for directory in SOURCES {
        for (path, node) in tree.below(directory) {
            if node.is_directory() || !path.ends_with(".crt") {
                continue;
            }
            let content = tree.read(path, objects);
            let content = content.map_err(|source| SystemError::Read {
                path: path.into(),
                source,
            })?;
            bundle.extend_from_slice(&content.unwrap_or_default());
            if bundle.last().is_some_and(|last| *last != b'\n') {
                bundle.push(b'\n');
            }
        }
    }
    Ok(bundle)
}

fn place(tree: &mut Tree, path: &str, node: Node) -> Result<(), SystemError> {
    tree.put(path, node)
        .map(drop)
        .map_err(|source| SystemError::Place {
            path: path.into(),
            source,
        })
}
