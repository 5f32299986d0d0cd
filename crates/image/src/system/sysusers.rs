//! Reads `sysusers.d` files: the accounts that packages declare.

use super::SystemError;
use super::words::split_quoted;

/// One declaration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Declaration {
    User {
        name: String,
        uid: Option<u32>,
        group: GroupOf,
        description: String,
        home: String,
        shell: String,
    },
    Group {
        name: String,
        gid: Option<u32>,
    },
    Member {
        user: String,
        group: String,
    },
}

/// The primary group of a declared user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum GroupOf {
    /// A group of the same name and id.
    Own,
    Id(u32),
    Name(String),
}

/// The declarations of one file.
pub(super) fn parse(file: &str, text: &str) -> Result<Vec<Declaration>, SystemError> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut declarations = Vec::new();
    for line in lines {
        let bad = || SystemError::BadLine {
            file: file.into(),
            line: line.into(),
        };
        let fields = split_quoted(line);
        let field = |index: usize| {
            fields
                .get(index)
                .map(String::as_str)
                .filter(|field| *field != "-")
        };
        let name = fields.get(1).cloned().unwrap_or_default();
        match fields.first().map(|kind| kind.trim_end_matches('!')) {
            Some("u") => {
                let (uid, group) = user_id(field(2)).ok_or_else(bad)?;
                let description = field(3).unwrap_or_default().into();
                let home = field(4).unwrap_or("/").into();
                let shell = field(5).map_or_else(|| default_shell(uid), str::to_owned);
                declarations.push(Declaration::User {
                    name,
                    uid,
                    group,
                    description,
                    home,
                    shell,
                });
            }
            Some("g") => {
                let gid = match field(2) {
                    Some(id) if !id.starts_with('/') => Some(id.parse().map_err(|_| bad())?),
                    _ => None,
                };
                declarations.push(Declaration::Group { name, gid });
            }
            Some("m") => {
                let group = field(2).ok_or_else(bad)?.into();
                declarations.push(Declaration::Member { user: name, group });
            }
            Some("r") => {}
            _ => return Err(bad()),
        }
    }
    Ok(declarations)
}

fn default_shell(uid: Option<u32>) -> String {
    if uid == Some(0) {
        "/bin/bash".into()
    } else {
        "/usr/sbin/nologin".into()
    }
}

/// `-`, `5`, `5:60`, `-:nogroup`, or a path whose owner would be taken.
fn user_id(field: Option<&str>) -> Option<(Option<u32>, GroupOf)> {
    let Some(field) = field.filter(|field| !field.starts_with('/')) else {
        return Some((None, GroupOf::Own));
    };
    let (uid, group) = field
        .split_once(':')
        .map_or((field, None), |(uid, group)| (uid, Some(group)));
    let uid = if uid == "-" { None } else { Some(uid.parse().ok()?) };
    let group = match group {
        None => GroupOf::Own,
        Some(group) => group
            .parse()
            .map_or_else(|_| GroupOf::Name(group.into()), GroupOf::Id),
    };
    Some((uid, group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_real_packages_are_understood() {
        let text = "# c\nu messagebus - \"System Message Bus\" /nonexistent\nu sshd -:nogroup \"sshd user\" /run/sshd\n\
                    u! games 5:60 - /usr/games /usr/sbin/nologin\ng kvm -\ng adm 4 -\nm a b\nr - 500-600\nu root 0 - /root\n";
        let user = |name: &str, uid, group, description: &str, home: &str| Declaration::User {
            name: name.into(),
            uid,
            group,
            description: description.into(),
            home: home.into(),
            shell: default_shell(uid),
        };
        let expected = vec![
            user(
                "messagebus",
                None,
                GroupOf::Own,
                "System Message Bus",
                "/nonexistent",
            ),
            user(
                "sshd",
                None,
                GroupOf::Name("nogroup".into()),
                "sshd user",
                "/run/sshd",
            ),
            user("games", Some(5), GroupOf::Id(60), "", "/usr/games"),
            Declaration::Group {
                name: "kvm".into(),
                gid: None,
            },
            Declaration::Group {
                name: "adm".into(),
                gid: Some(4),
            },
            Declaration::Member {
                user: "a".into(),
                group: "b".into(),
            },
            user("root", Some(0), GroupOf::Own, "", "/root"),
        ];
        assert_eq!(parse("x.conf", text).expect("valid"), expected);
        assert!(
            parse("x.conf", "z what\n")
                .unwrap_err()
                .to_string()
                .contains("z what")
        );
    }
}
