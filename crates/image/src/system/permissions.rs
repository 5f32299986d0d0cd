//! Modes, owners and capabilities that packages do not carry themselves.

use super::{Accounts, SystemError, encode_capabilities, parse_mode};
use crate::link::spec::PermissionSpec;
use crate::tree::Tree;

/// Applies the declared permissions; a path that is not there is an error unless it is optional.
pub fn apply_permissions(
    tree: &mut Tree,
    permissions: &[PermissionSpec],
    accounts: &Accounts,
) -> Result<(), SystemError> {
    for permission in permissions {
        let path = crate::object::merge_usr(&permission.path, false);
        let what = || format!("the permissions of {path}");
        let Some(node) = tree.get_mut(&path) else {
            if permission.optional {
                continue;
            }
            return Err(SystemError::Missing {
                what: "declared permissions".into(),
                path,
            });
        };
        if let Some(mode) = &permission.mode {
            let bad = || SystemError::BadValue {
                path: path.clone(),
                reason: format!("{mode:?} is no octal mode"),
            };
            node.mode = parse_mode(mode).ok_or_else(bad)?;
        }
        let (uid, gid) = accounts.owner(&what(), permission.user.as_deref(), permission.group.as_deref())?;
        if permission.user.is_some() {
            node.uid = uid;
        }
        if permission.group.is_some() {
            node.gid = gid;
        }
        if let Some(capabilities) = permission.capabilities.as_deref().filter(|text| !text.is_empty()) {
            node.xattrs.retain(|xattr| xattr.name != "security.capability");
            node.xattrs.push(encode_capabilities(&path, capabilities)?);
            node.xattrs.sort_by(|a, b| a.name.cmp(&b.name));
        }
    }
    Ok(())
}
