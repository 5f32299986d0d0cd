//! Gathers accounts and gives each of them its id.

use super::super::sysusers::{Declaration, GroupOf, parse};
use super::super::{SystemError, configuration_files};
use super::strangers::{self, Foreign};
use super::{Accounts, Group, User, root_or_number};
use crate::link::spec::{AccountsSpec, UserSpec};
use crate::object::Object;
use crate::tree::{Origin, Tree};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The id of an account that nobody pinned: a function of its name alone.
fn id_of_name(name: &str, is_system: bool) -> u32 {
    let digest: [u8; 32] = Sha256::digest(name).into();
    let number = u32::from_le_bytes([digest[0], digest[1], digest[2], digest[3]]);
    if is_system {
        20_000 + number % 40_000
    } else {
        2_000 + number % 18_000
    }
}

/// Where the file of this name in `sysusers.d` lies that counts, and the object that it is from.
fn place_of(tree: &Tree, name: &str) -> (String, Option<usize>) {
    let places = ["/etc", "/run", "/usr/lib"].map(|root| format!("{root}/sysusers.d/{name}"));
    let found = places.iter().find_map(|place| Some((place, tree.get(place)?)));
    match found.map(|(place, node)| (place, &node.origin)) {
        Some((place, Origin::Object(object))) => (place.clone(), Some(*object)),
        Some((place, _)) => (place.clone(), None),
        None => (name.to_owned(), None),
    }
}

impl Accounts {
    /// Gathers all accounts. `tree` holds the packages' `sysusers.d`; `foreign` are the packages of other publishers
    /// among the objects.
    pub fn gather(
        spec: &AccountsSpec,
        tree: &Tree,
        objects: &[Object],
        foreign: &BTreeMap<usize, &str>,
    ) -> Result<Self, SystemError> {
        let mut declarations = Vec::new();
        let mut strange = Vec::new();
        for (name, text) in configuration_files(tree, objects, "sysusers.d")? {
            let parsed = parse(&name, &text)?;
            let (file, origin) = place_of(tree, &name);
            match origin.and_then(|object| foreign.get(&object)) {
                Some(package) => strange.push(Foreign {
                    package: (*package).to_owned(),
                    file,
                    declarations: parsed,
                }),
                None => declarations.extend(parsed),
            }
        }
        strangers::check(spec, &declarations, &strange)?;
        // Of several declarations of one account the first counts.
        declarations.extend(strange.into_iter().flat_map(|foreign| foreign.declarations));
        Self::combine(spec, &declarations)
    }

    fn combine(spec: &AccountsSpec, declarations: &[Declaration]) -> Result<Self, SystemError> {
        let mut accounts = Self {
            shells: spec.shells.clone(),
            ..Self::default()
        };
        accounts.add_groups(spec, declarations)?;
        accounts.add_users(spec, declarations)?;
        accounts.add_members(spec, declarations)?;
        accounts.check()?;
        Ok(accounts)
    }

    /// Groups come first: those of the configuration, those of packages, and one for each user without another.
    fn add_groups(&mut self, spec: &AccountsSpec, declarations: &[Declaration]) -> Result<(), SystemError> {
        let registry = &spec.registry;
        let pinned = |name: &str| registry.groups.get(name).copied();
        for group in &spec.groups {
            let gid = group
                .gid
                .or(pinned(&group.name))
                .unwrap_or_else(|| id_of_name(&group.name, true));
            self.groups.insert(
                group.name.clone(),
                Group {
                    gid,
                    members: BTreeSet::new(),
                },
            );
        }
        for declaration in declarations {
            if let Declaration::Group { name, gid } = declaration {
                let gid = pinned(name).or(*gid);
                self.add_group(name, gid, || id_of_name(name, true));
            }
        }
        for user in &spec.users {
            let own = user
                .group
                .as_deref()
                .is_none_or(|group| group.is_empty() || group == user.name);
            if own {
                let user_id = user.uid.or(registry.users.get(&user.name).copied());
                let fallback = || user_id.unwrap_or_else(|| id_of_name(&user.name, user.is_system_user));
                self.add_group(&user.name, pinned(&user.name), fallback);
            }
        }
        for declaration in declarations {
            if let Declaration::User {
                name,
                uid,
                group: GroupOf::Own,
                ..
            } = declaration
                && !spec.users.iter().any(|user| user.name == *name)
            {
                let user_id = registry.users.get(name).copied().or(*uid);
                self.add_group(name, pinned(name), || {
                    user_id.unwrap_or_else(|| id_of_name(name, true))
                });
            }
        }
        self.add_group("root", Some(0), || 0);
        Ok(())
    }

    fn add_group(&mut self, name: &str, gid: Option<u32>, fallback: impl FnOnce() -> u32) {
        let make = || Group {
            gid: gid.unwrap_or_else(fallback),
            members: BTreeSet::new(),
        };
        self.groups.entry(name.into()).or_insert_with(make);
    }

    fn add_users(&mut self, spec: &AccountsSpec, declarations: &[Declaration]) -> Result<(), SystemError> {
        for user in &spec.users {
            let declared = declarations.iter().find_map(|declaration| match declaration {
                Declaration::User { name, uid, .. } if *name == user.name => *uid,
                _ => None,
            });
            let pinned = spec.registry.users.get(&user.name).copied();
            let uid = user
                .uid
                .or(pinned)
                .or(declared)
                .unwrap_or_else(|| id_of_name(&user.name, user.is_system_user));
            let group = user
                .group
                .as_deref()
                .filter(|group| !group.is_empty())
                .unwrap_or(&user.name);
            let gid = self.gid_for(group, || format!("user {}", user.name))?;
            self.users.insert(user.name.clone(), configured(user, uid, gid));
            let ranges = |ranges: &[crate::link::spec::SubIdRange]| -> Vec<(String, u32, u32)> {
                ranges
                    .iter()
                    .map(|range| (user.name.clone(), range.start, range.count))
                    .collect()
            };
            self.sub_uids.extend(ranges(&user.sub_uid_ranges));
            self.sub_gids.extend(ranges(&user.sub_gid_ranges));
        }
        for declaration in declarations {
            let Declaration::User {
                name,
                uid,
                group,
                description,
                home,
                shell,
            } = declaration
            else {
                continue;
            };
            if self.users.contains_key(name) {
                continue;
            }
            let uid = spec
                .registry
                .users
                .get(name)
                .copied()
                .or(*uid)
                .unwrap_or_else(|| id_of_name(name, true));
            let gid = match group {
                GroupOf::Own => self.gid_for(name, || format!("user {name}"))?,
                GroupOf::Name(group) => self.gid_for(group, || format!("user {name}"))?,
                GroupOf::Id(gid) => *gid,
            };
            let (description, home, shell) = (description.clone(), home.clone(), shell.clone());
            self.users.insert(
                name.clone(),
                User {
                    uid,
                    gid,
                    description,
                    home,
                    shell,
                    password: "!*".into(),
                },
            );
        }
        self.users.entry("root".into()).or_insert_with(|| User {
            uid: 0,
            gid: 0,
            description: String::new(),
            home: "/root".into(),
            shell: "/bin/bash".into(),
            password: "!*".into(),
        });
        Ok(())
    }

    fn gid_for(&self, group: &str, what: impl FnOnce() -> String) -> Result<u32, SystemError> {
        let known = self
            .groups
            .get(group)
            .map(|group| group.gid)
            .or_else(|| root_or_number(group));
        known.ok_or_else(|| SystemError::UnknownAccount {
            what: what(),
            kind: "group",
            name: group.into(),
        })
    }

    fn add_members(&mut self, spec: &AccountsSpec, declarations: &[Declaration]) -> Result<(), SystemError> {
        let mut members: Vec<(&str, &str)> = Vec::new();
        for user in &spec.users {
            members.extend(
                user.extra_groups
                    .iter()
                    .map(|group| (user.name.as_str(), group.as_str())),
            );
        }
        for group in &spec.groups {
            members.extend(
                group
                    .members
                    .iter()
                    .map(|member| (member.as_str(), group.name.as_str())),
            );
        }
        for declaration in declarations {
            if let Declaration::Member { user, group } = declaration {
                members.push((user, group));
            }
        }
        for (user, group) in members {
            if !self.users.contains_key(user) {
                let what = format!("group {group}");
                return Err(SystemError::UnknownAccount {
                    what,
                    kind: "user",
                    name: user.into(),
                });
            }
            let found = self
                .groups
                .get_mut(group)
                .ok_or_else(|| SystemError::UnknownAccount {
                    what: format!("user {user}"),
                    kind: "group",
                    name: group.into(),
                })?;
            found.members.insert(user.into());
        }
        Ok(())
    }

    fn check(&self) -> Result<(), SystemError> {
        let users = self.users.iter().map(|(name, user)| (name.as_str(), user.uid));
        refuse_shared_ids("user", users)?;
        refuse_shared_ids(
            "group",
            self.groups.iter().map(|(name, group)| (name.as_str(), group.gid)),
        )?;
        for (name, user) in &self.users {
            let fields = [
                ("name", name),
                ("description", &user.description),
                ("home", &user.home),
                ("shell", &user.shell),
                ("password", &user.password),
            ];
            for (what, value) in fields {
                check_field(name, what, value)?;
            }
        }
        self.groups
            .keys()
            .try_for_each(|name| check_field(name, "name", name))
    }
}

fn configured(user: &UserSpec, uid: u32, gid: u32) -> User {
    let or = |value: &Option<String>, default: &str| {
        value
            .clone()
            .filter(|value| !value.is_empty())
            .unwrap_or_else(|| default.into())
    };
    User {
        uid,
        gid,
        description: user.description.clone().unwrap_or_default(),
        home: or(&user.home, "/nonexistent"),
        shell: or(&user.shell, "/usr/sbin/nologin"),
        password: or(&user.hashed_password, "!*"),
    }
}

fn refuse_shared_ids<'a>(
    kind: &'static str,
    accounts: impl Iterator<Item = (&'a str, u32)>,
) -> Result<(), SystemError> {
    let mut seen: BTreeMap<u32, &str> = BTreeMap::new();
    for (name, id) in accounts {
        if let Some(first) = seen.insert(id, name) {
            return Err(SystemError::IdCollision {
                kind,
                first: first.into(),
                second: name.into(),
                id,
            });
        }
    }
    Ok(())
}

fn check_field(name: &str, what: &'static str, value: &str) -> Result<(), SystemError> {
    if value.contains([':', '\n', '\0']) || (what == "name" && value.is_empty()) {
        return Err(SystemError::BadField {
            name: name.into(),
            what,
            value: value.into(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::spec::{GroupSpec, IdRegistry};

    fn spec() -> AccountsSpec {
        AccountsSpec {
            users: vec![UserSpec {
                name: "deploy".into(),
                uid: Some(1000),
                extra_groups: vec!["wheel".into()],
                home: Some("/home/deploy".into()),
                shell: Some("/bin/bash".into()),
                ..UserSpec::default()
            }],
            groups: vec![GroupSpec {
                name: "wheel".into(),
                gid: Some(980),
                members: vec![],
            }],
            registry: IdRegistry {
                users: [("sshd".to_owned(), 995)].into(),
                groups: [("kvm".to_owned(), 989)].into(),
            },
            shells: vec![],
        }
    }

    fn declared() -> Vec<Declaration> {
        let text = "u root 0 - /root /bin/bash\ng nogroup 65534\nu sshd -:nogroup \"sshd user\" /run/sshd\ng kvm -\n\
                    g shadow 42\nu! _apt 42:65534 - /nonexistent\nu lp 7 - /var/spool/lpd\n";
        parse("test", text).expect("valid")
    }

    #[test]
    fn accounts_of_packages_and_configuration_come_together() {
        let accounts = Accounts::combine(&spec(), &declared()).expect("valid");
        assert_eq!(
            accounts.passwd(),
            "root:x:0:0::/root:/bin/bash\nlp:x:7:7::/var/spool/lpd:/usr/sbin/nologin\n\
             _apt:x:42:65534::/nonexistent:/usr/sbin/nologin\nsshd:x:995:65534:sshd user:/run/sshd:/usr/sbin/nologin\n\
             deploy:x:1000:1000::/home/deploy:/bin/bash\n"
        );
        assert_eq!(
            accounts.group(),
            "root:x:0:\nlp:x:7:\nshadow:x:42:\nwheel:x:980:deploy\nkvm:x:989:\ndeploy:x:1000:\nnogroup:x:65534:\n"
        );
        assert!(
            accounts
                .shadow(1_757_664_000)
                .starts_with("root:!*:20343:0:99999:7:::\n")
        );
    }

    #[test]
    fn an_unpinned_id_depends_on_the_name_alone() {
        let alone = Accounts::combine(
            &AccountsSpec::default(),
            &parse("x", "u _chrony -\n").expect("valid"),
        );
        let mut more = declared();
        more.extend(parse("x", "u _chrony -\nu _tor -\n").expect("valid"));
        let more = Accounts::combine(&spec(), &more).expect("valid");
        assert_eq!(alone.expect("valid").user_id("_chrony"), more.user_id("_chrony"));
    }

    #[test]
    fn collisions_and_unknown_names_are_errors_that_name_them() {
        let mut shared = spec();
        shared.users.push(UserSpec {
            name: "other".into(),
            uid: Some(1000),
            ..UserSpec::default()
        });
        let error = Accounts::combine(&shared, &[]).unwrap_err().to_string();
        assert!(error.contains("deploy") && error.contains("other"), "{error}");
        let mut unknown = spec();
        unknown.users[0].extra_groups = vec!["docker".into()];
        let error = Accounts::combine(&unknown, &[]).unwrap_err().to_string();
        assert!(error.contains("deploy") && error.contains("docker"), "{error}");
        let mut colon = spec();
        colon.users[0].description = Some("a:b".into());
        assert!(Accounts::combine(&colon, &[]).is_err());
    }
}
