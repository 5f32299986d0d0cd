//! Writes `passwd`, `group` and the files beside them.

use super::{Accounts, Group, SystemError, User};
use crate::tree::{Node, Tree};
use std::fmt::Write;

const BY: &str = "accounts";

impl Accounts {
    /// Writes `passwd`, `group` and the files beside them.
    pub fn write(&self, tree: &mut Tree, epoch: u64) -> Result<(), SystemError> {
        let shadow = self.groups.get("shadow").map_or(0, |group| group.gid);
        let files = [
            ("/etc/passwd", self.passwd(), 0o644, 0),
            ("/etc/group", self.group(), 0o644, 0),
            ("/etc/shadow", self.shadow(epoch), 0o640, shadow),
            ("/etc/gshadow", self.gshadow(), 0o640, shadow),
            ("/etc/subuid", ranges(&self.sub_uids), 0o644, 0),
            ("/etc/subgid", ranges(&self.sub_gids), 0o644, 0),
            ("/etc/shells", self.shells(tree), 0o644, 0),
        ];
        for (path, text, mode, gid) in files {
            let put = tree.put(path, Node::file(text, mode, BY).owned_by(0, gid));
            put.map_err(|source| SystemError::Place {
                path: path.into(),
                source,
            })?;
        }
        Ok(())
    }

    fn by_uid(&self) -> Vec<(&String, &User)> {
        let mut users: Vec<_> = self.users.iter().collect();
        users.sort_by_key(|(name, user)| (user.uid, *name));
        users
    }

    fn by_gid(&self) -> Vec<(&String, &Group)> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_by_key(|(name, group)| (group.gid, *name));
        groups
    }

    pub(super) fn passwd(&self) -> String {
        self.by_uid()
            .iter()
            .fold(String::new(), |mut text, (name, user)| {
                let User {
                    uid,
                    gid,
                    description,
                    home,
                    shell,
                    ..
                } = user;
                let _ = writeln!(text, "{name}:x:{uid}:{gid}:{description}:{home}:{shell}");
                text
            })
    }

    pub(super) fn group(&self) -> String {
        self.by_gid()
            .iter()
            .fold(String::new(), |mut text, (name, group)| {
                let _ = writeln!(text, "{name}:x:{}:{}", group.gid, members(group));
                text
            })
    }

    pub(super) fn shadow(&self, epoch: u64) -> String {
        let changed = (epoch / 86_400).max(1);
        self.by_uid()
            .iter()
            .fold(String::new(), |mut text, (name, user)| {
                let _ = writeln!(text, "{name}:{}:{changed}:0:99999:7:::", user.password);
                text
            })
    }

    fn gshadow(&self) -> String {
        self.by_gid()
            .iter()
            .fold(String::new(), |mut text, (name, group)| {
                let _ = writeln!(text, "{name}:!::{}", members(group));
                text
            })
    }

    fn shells(&self, tree: &Tree) -> String {
        const USUAL: [&str; 6] = [
            "/bin/sh",
            "/usr/bin/sh",
            "/bin/bash",
            "/usr/bin/bash",
            "/bin/dash",
            "/usr/bin/dash",
        ];
        let present = USUAL
            .iter()
            .filter(|shell| tree.resolve(shell).is_some())
            .map(|shell| (*shell).to_owned());
        let mut shells: Vec<String> = Vec::new();
        for shell in present.chain(self.shells.iter().cloned()) {
            if !shells.contains(&shell) {
                shells.push(shell);
            }
        }
        shells.iter().map(|shell| format!("{shell}\n")).collect()
    }
}

fn members(group: &Group) -> String {
    group.members.iter().cloned().collect::<Vec<_>>().join(",")
}

fn ranges(ranges: &[(String, u32, u32)]) -> String {
    ranges
        .iter()
        .map(|(name, start, count)| format!("{name}:{start}:{count}\n"))
        .collect()
}
