//! Links that update-alternatives would make.

use super::SystemError;
use crate::link::spec::AlternativeSpec;
use crate::object::merge_usr;
use crate::tree::{Node, NodeKind, Tree};

const BY: &str = "alternatives";

/// Makes the links and checks that each leads to something.
pub fn link_alternatives(tree: &mut Tree, alternatives: &[AlternativeSpec]) -> Result<(), SystemError> {
    for alternative in alternatives {
        let path = merge_usr(&alternative.path, false);
        if tree
            .get(&path)
            .is_some_and(|node| !matches!(node.kind, NodeKind::Symlink(_)))
        {
            let reason = "it is an alternative, and a package ships it as a file".into();
            return Err(SystemError::BadValue { path, reason });
        }
        let put = tree.put(&path, Node::symlink(&alternative.target, BY));
        put.map_err(|source| SystemError::Place {
            path: path.clone(),
            source,
        })?;
    }
    for alternative in alternatives {
        let path = merge_usr(&alternative.path, false);
        if tree.resolve(&path).is_none() {
            let what = format!("the alternative {path}");
            return Err(SystemError::Missing {
                what,
                path: alternative.target.clone(),
            });
        }
    }
    Ok(())
}
