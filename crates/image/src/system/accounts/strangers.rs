//! What packages of other publishers may declare of accounts: their own, and no place among those of the distribution.

use super::super::SystemError;
use super::super::sysusers::{Declaration, GroupOf};
use crate::link::spec::AccountsSpec;
use std::collections::BTreeSet;

/// Groups whose members are root or can become it, read secrets or write to disks and memory, and others that Debian
/// and NixOS give a meaning, whether a package declares them or not.
const PRIVILEGED: [&str; 34] = [
    "adm",
    "admin",
    "audio",
    "backup",
    "cdrom",
    "dialout",
    "disk",
    "docker",
    "fuse",
    "incus",
    "incus-admin",
    "input",
    "kmem",
    "kvm",
    "libvirt",
    "lxd",
    "messagebus",
    "netdev",
    "nixbld",
    "operator",
    "plugdev",
    "podman",
    "polkitd",
    "root",
    "shadow",
    "ssl-cert",
    "staff",
    "sudo",
    "sys",
    "systemd-journal",
    "tty",
    "utmp",
    "video",
    "wheel",
];
/// Ids below are Debian's to give.
const FIRST_OWN_ID: u32 = 100;
/// The group of those who have none.
const NOBODY: &str = "nogroup";

/// What a package of another publisher declares.
pub(super) struct Foreign {
    /// The package.
    pub package: String,
    /// Path of the file.
    pub file: String,
    pub declarations: Vec<Declaration>,
}

/// Refuses what would give accounts of other publishers' packages power that the configuration does not give them.
pub(super) fn check(
    spec: &AccountsSpec,
    domestic: &[Declaration],
    foreign: &[Foreign],
) -> Result<(), SystemError> {
    let taken: BTreeSet<&str> = groups_of(domestic)
        .chain(spec.groups.iter().map(|group| group.name.as_str()))
        .chain(spec.users.iter().map(|user| user.name.as_str()))
        .chain(spec.users.iter().filter_map(|user| user.group.as_deref()))
        .chain(PRIVILEGED)
        .collect();
    let own: BTreeSet<&str> = foreign
        .iter()
        .flat_map(|foreign| groups_of(&foreign.declarations))
        .filter(|group| !taken.contains(group))
        .collect();
    for Foreign {
        package,
        file,
        declarations,
    } in foreign
    {
        for declaration in declarations {
            if let Err((account, what)) = check_one(spec, &own, declaration) {
                return Err(SystemError::ForeignAccount {
                    package: package.clone(),
                    file: file.clone(),
                    account: account.to_owned(),
                    what,
                });
            }
        }
    }
    Ok(())
}

/// Groups that declarations make.
fn groups_of(declarations: &[Declaration]) -> impl Iterator<Item = &str> {
    declarations.iter().filter_map(|declaration| match declaration {
        Declaration::Group { name, .. }
        | Declaration::User {
            name,
            group: GroupOf::Own,
            ..
        } => Some(name.as_str()),
        _ => None,
    })
}

fn check_one<'d>(
    spec: &AccountsSpec,
    own: &BTreeSet<&str>,
    declaration: &'d Declaration,
) -> Result<(), (&'d str, String)> {
    let may_join =
        |user: &str, group: &str| own.contains(group) || group == NOBODY || is_configured(spec, user, group);
    match declaration {
        Declaration::User { name, .. } | Declaration::Group { name, .. } if has_low_id(declaration) => Err((
            name,
            format!("have an id below {FIRST_OWN_ID}, which are Debian's to give"),
        )),
        Declaration::User {
            name,
            group: GroupOf::Name(group),
            ..
        }
        | Declaration::Member { user: name, group }
            if !may_join(name, group) =>
        {
            Err((
                name,
                format!("be in the group {group}, which is not of these packages"),
            ))
        }
        Declaration::User {
            name,
            group: GroupOf::Id(gid),
            ..
        } => Err((
            name,
            format!("be in the group with the id {gid}, which nobody here has named"),
        )),
        _ => Ok(()),
    }
}

fn has_low_id(declaration: &Declaration) -> bool {
    let id = match declaration {
        Declaration::User { uid, .. } => *uid,
        Declaration::Group { gid, .. } => *gid,
        Declaration::Member { .. } => None,
    };
    id.is_some_and(|id| id < FIRST_OWN_ID)
}

/// Whether the configuration itself puts the user into the group.
fn is_configured(spec: &AccountsSpec, user: &str, group: &str) -> bool {
    let by_user = spec.users.iter().any(|known| {
        known.name == user
            && (known.group.as_deref() == Some(group)
                || known.extra_groups.iter().any(|other| other == group))
    });
    let by_group = spec
        .groups
        .iter()
        .any(|known| known.name == group && known.members.iter().any(|member| member == user));
    by_user || by_group
}

#[cfg(test)]
mod tests {
    use super::super::super::sysusers::parse;
    use super::*;
    use crate::link::spec::GroupSpec;

    fn checked(text: &str, members: &[&str]) -> Result<(), String> {
        let spec = AccountsSpec {
            groups: vec![GroupSpec {
                name: "wheel".into(),
                gid: Some(980),
                members: members.iter().map(|member| (*member).to_owned()).collect(),
            }],
            ..AccountsSpec::default()
        };
        let domestic = parse("debian.conf", "g shadow 42\ng _ssh -\nu sshd -:nogroup\n").expect("valid");
        let foreign = [Foreign {
            package: "agent".into(),
            file: "/usr/lib/sysusers.d/agent.conf".into(),
            declarations: parse("agent.conf", text).expect("valid"),
        }];
        check(&spec, &domestic, &foreign).map_err(|error| error.to_string())
    }

    #[test]
    fn accounts_of_other_publishers_keep_to_their_own_groups() {
        for text in [
            "u agent - \"An agent\" /var/lib/agent",
            "u agent -:nogroup",
            "g agents -\nu agent -:agents\nm agent agents",
            "g agents 812\nu agent 812\nm agent agents\nr - 900-950",
        ] {
            assert_eq!(checked(text, &[]), Ok(()), "{text}");
        }
        for (text, expected) in [
            ("u agent -\nm agent wheel", "be in the group wheel"),
            ("u agent -\nm agent sudo", "be in the group sudo"),
            ("g sudo -\nu agent -\nm agent sudo", "be in the group sudo"),
            ("u agent -:shadow", "be in the group shadow"),
            ("u agent -:42", "be in the group with the id 42"),
            ("u agent -\nm agent _ssh", "be in the group _ssh"),
            ("m sshd wheel", "be in the group wheel"),
            ("u agent 0", "have an id below 100"),
            ("u agent 42", "have an id below 100"),
            ("g agent 6", "have an id below 100"),
            ("u agent -\nm agent docker", "be in the group docker"),
        ] {
            let error = checked(text, &[]).expect_err(text);
            assert!(
                error.contains(expected) && error.contains("agent.conf"),
                "{text}: {error}"
            );
        }
        assert_eq!(checked("u agent -\nm agent wheel", &["agent"]), Ok(()));
    }
}
