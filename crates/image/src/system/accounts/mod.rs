//! Users and groups of an image: from the configuration, from packages' `sysusers.d`, with ids that never move.

mod files;
mod gather;
mod strangers;

use super::SystemError;
use std::collections::{BTreeMap, BTreeSet};

/// All accounts of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    users: BTreeMap<String, User>,
    groups: BTreeMap<String, Group>,
    sub_uids: Vec<(String, u32, u32)>,
    sub_gids: Vec<(String, u32, u32)>,
    shells: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct User {
    uid: u32,
    gid: u32,
    description: String,
    home: String,
    shell: String,
    password: String,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Group {
    gid: u32,
    members: BTreeSet<String>,
}

impl Accounts {
    /// The id of a user given by name or number.
    pub fn user_id(&self, user: &str) -> Option<u32> {
        self.users
            .get(user)
            .map(|user| user.uid)
            .or_else(|| root_or_number(user))
    }

    /// The id of a group given by name or number.
    pub fn group_id(&self, group: &str) -> Option<u32> {
        self.groups
            .get(group)
            .map(|group| group.gid)
            .or_else(|| root_or_number(group))
    }

    /// Ids of an owner and a group that may be absent; absent means root.
    pub fn owner(
        &self,
        what: &str,
        user: Option<&str>,
        group: Option<&str>,
    ) -> Result<(u32, u32), SystemError> {
        let unknown = |kind, name: &str| SystemError::UnknownAccount {
            what: what.into(),
            kind,
            name: name.into(),
        };
        let uid = user.map_or(Ok(0), |user| {
            self.user_id(user).ok_or_else(|| unknown("user", user))
        })?;
        let gid = group.map_or(Ok(0), |group| {
            self.group_id(group).ok_or_else(|| unknown("group", group))
        })?;
        Ok((uid, gid))
    }

    /// Name of the user with an id, or the id in digits.
    pub fn user_name(&self, uid: u32) -> String {
        let found = self.users.iter().find(|(_, user)| user.uid == uid);
        found.map_or_else(|| uid.to_string(), |(name, _)| name.clone())
    }

    /// Name of the group with an id, or the id in digits.
    pub fn group_name(&self, gid: u32) -> String {
        let found = self.groups.iter().find(|(_, group)| group.gid == gid);
        found.map_or_else(|| gid.to_string(), |(name, _)| name.clone())
    }
}

fn root_or_number(name: &str) -> Option<u32> {
    if name == "root" {
        Some(0)
    } else {
        name.parse().ok()
    }
}
