//! `tmpfiles.d`: lines for state directories, and lines that aim at `/etc` or `/usr` carried out at once.

use super::words::{split_first, unescape};
use super::{Accounts, SystemError, configuration_files, parse_mode};
use crate::link::spec::{AccountsSpec, StateOwnerSpec, TmpfilesSpec};
use crate::object::Object;
use crate::tree::{Node, State, Tree};
use std::collections::BTreeMap;

const BY: &str = "tmpfiles";
const STATE_FILE: &str = "/usr/lib/tmpfiles.d/00-image-state.conf";
/// Links from `/var` into `/run`, which systemd's own files make.
const LINKS: [&str; 2] = ["/var/lock", "/var/run"];

/// Writes the lines that make packages' state directories and homes on the state partition.
pub fn write_state_directories(
    tree: &mut Tree,
    state: &State,
    owners: &[StateOwnerSpec],
    spec: &AccountsSpec,
    accounts: &Accounts,
    extra: &[String],
) -> Result<(), SystemError> {
    let mut lines = BTreeMap::new();
    for (path, directory) in &state.directories {
        let (user, group) = (
            accounts.user_name(directory.uid),
            accounts.group_name(directory.gid),
        );
        lines.insert(path.clone(), (directory.mode, user, group));
    }
    for owner in owners {
        let what = format!("the owner of {}", owner.path);
        accounts.owner(&what, owner.user.as_deref(), owner.group.as_deref())?;
        let root = || "root".to_owned();
        let entry = lines
            .entry(owner.path.clone())
            .or_insert_with(|| (0o755, root(), root()));
        if let Some(mode) = &owner.mode {
            entry.0 = mode_of(&owner.path, mode)?;
        }
        entry.1 = owner.user.clone().unwrap_or_else(root);
        entry.2 = owner.group.clone().unwrap_or_else(root);
    }
    for user in spec.users.iter().filter(|user| user.create_home) {
        let Some(home) = user.home.clone().filter(|home| home.starts_with('/')) else {
            continue;
        };
        let mode = mode_of(&home, user.home_mode.as_deref().unwrap_or("0700"))?;
        let group = user
            .group
            .clone()
            .filter(|group| !group.is_empty())
            .unwrap_or_else(|| user.name.clone());
        lines.insert(home, (mode, user.name.clone(), group));
    }
    let mut text = String::from("# State directories of the packages in this image, and homes.\n");
    for (path, (mode, user, group)) in &lines {
        if !LINKS
            .iter()
            .any(|link| path == link || path.starts_with(&format!("{link}/")))
        {
            text.push_str(&format!("d {} {mode:04o} {user} {group} -\n", quote(path)));
        }
    }
    for (path, factory) in &state.copies {
        text.push_str(&format!("C {} - - - - {}\n", quote(path), quote(factory)));
    }
    extra.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    place(tree, STATE_FILE, Node::file(text, 0o644, BY))
}

fn quote(path: &str) -> String {
    let path = path.replace('%', "%%");
    if path.contains(char::is_whitespace) {
        format!("\"{path}\"")
    } else {
        path
    }
}

fn mode_of(path: &str, mode: &str) -> Result<u16, SystemError> {
    let bad = || SystemError::BadValue {
        path: path.into(),
        reason: format!("{mode:?} is no octal mode"),
    };
    parse_mode(mode).ok_or_else(bad)
}

/// Masks the unwanted files and carries out the lines of the others that aim at `/etc` and `/usr`, which are
/// read-only when the machine runs.
pub fn apply_tmpfiles(
    tree: &mut Tree,
    objects: &[Object],
    spec: &TmpfilesSpec,
    accounts: &Accounts,
) -> Result<(), SystemError> {
    for name in &spec.mask {
        place(
            tree,
            &format!("/etc/tmpfiles.d/{name}"),
            Node::symlink("/dev/null", BY),
        )?;
    }
    for (file, text) in configuration_files(tree, objects, "tmpfiles.d")? {
        for line in text.lines().map(str::trim) {
            if !line.is_empty() && !line.starts_with('#') {
                carry_out(tree, objects, accounts, &file, line)?;
            }
        }
    }
    Ok(())
}

/// One parsed line.
struct Line {
    kind: char,
    forced: bool,
    path: String,
    mode: Option<String>,
    user: Option<String>,
    group: Option<String>,
    /// As it stands in the file.
    argument: Option<String>,
}

impl Line {
    /// `None` for lines that are not ours: other places, unknown specifiers, content from credentials.
    fn parse(line: &str) -> Option<Self> {
        let (fields, argument) = split_first(line, 6);
        let field = |index: usize| fields.get(index).filter(|field| *field != "-").cloned();
        let mut letters = fields.first()?.chars();
        let kind = letters.next()?;
        let modifiers: String = letters.collect();
        let path = fields.get(1)?.trim_end_matches('/').replace("%%", "\0");
        let aims_at_image = path.starts_with("/etc/") || path.starts_with("/usr/");
        if modifiers.contains('^') || path.contains('%') || !aims_at_image {
            return None;
        }
        Some(Self {
            kind,
            forced: modifiers.contains('+'),
            path: path.replace('\0', "%"),
            mode: field(2).map(|mode| mode.trim_start_matches([':', '~']).into()),
            user: field(3).map(|user| user.trim_start_matches(':').into()),
            group: field(4).map(|group| group.trim_start_matches(':').into()),
            argument: Some(argument).filter(|argument| !matches!(argument.as_str(), "" | "-")),
        })
    }

    /// The content that is meant.
    fn content(&self) -> Vec<u8> {
        unescape(self.argument.as_deref().unwrap_or_default())
    }

    /// The path that is meant, or the one of the factory.
    fn source(&self) -> String {
        match &self.argument {
            Some(_) => String::from_utf8_lossy(&self.content()).into_owned(),
            None => format!("/usr/share/factory{}", self.path),
        }
    }
}

fn carry_out(
    tree: &mut Tree,
    objects: &[Object],
    accounts: &Accounts,
    file: &str,
    line: &str,
) -> Result<(), SystemError> {
    let Some(parsed) = Line::parse(line) else {
        return Ok(());
    };
    let path = parsed.path.as_str();
    let (uid, gid) = accounts.owner(file, parsed.user.as_deref(), parsed.group.as_deref())?;
    let mode = parsed
        .mode
        .as_deref()
        .map(|mode| mode_of(path, mode))
        .transpose()?;
    let present = tree.get(path);
    let node = match parsed.kind {
        'd' | 'D' | 'v' | 'q' | 'Q' => match present {
            Some(node) if !node.is_directory() => return Ok(()),
            _ => Node::directory(mode.unwrap_or(0o755), BY),
        },
        'L' if present.is_none() || parsed.forced => Node::symlink(parsed.source(), BY),
        'f' | 'F' if present.is_none() || parsed.forced => {
            Node::file(parsed.content(), mode.unwrap_or(0o644), BY)
        }
        'C' if present.is_none() => {
            let source = parsed.source();
            let content = tree.read(&source, objects);
            let content = content.map_err(|error| SystemError::Read {
                path: source.clone(),
                source: error,
            })?;
            let Some(content) = content else { return Ok(()) };
            Node::file(content.into_owned(), mode.unwrap_or(0o644), BY)
        }
        'z' | 'Z' | 'm' => {
            let declared = (parsed.user.is_some(), parsed.group.is_some());
            if let Some(node) = tree.get_mut(path) {
                node.mode = mode.unwrap_or(node.mode);
                node.uid = if declared.0 { uid } else { node.uid };
                node.gid = if declared.1 { gid } else { node.gid };
            }
            return Ok(());
        }
        _ => return Ok(()),
    };
    place(tree, path, node.owned_by(uid, gid))
}

fn place(tree: &mut Tree, path: &str, node: Node) -> Result<(), SystemError> {
    tree.put(path, node)
        .map(drop)
        .map_err(|source| SystemError::Place {
            path: path.into(),
            source,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::{NodeKind, StateDirectory};

    #[test]
    fn lines_that_aim_at_etc_are_carried_out_and_others_left_alone() {
        let mut tree = Tree::new();
        let text = "d /etc/credstore 0700 root root\nL$ /etc/ssh/x.conf - - - - /usr/lib/x.conf\n\
                    f^ /etc/hosts - - - - network.hosts\nd /var/lib/x 0755\nL+ /etc/mtab - - - - ../proc/self/mounts\n\
                    f /etc/motd 0600 - - - hello world\nr! /etc/passwd.lock\nL /etc/old - - - - new\n\
                    f \"/etc/a b\" - - - - [main]\\x0al=C:\\\\new  x\\x20\n";
        tree.put("/usr/lib/tmpfiles.d/a.conf", Node::file(text, 0o644, "test"))
            .expect("put");
        tree.put(
            "/usr/lib/tmpfiles.d/masked.conf",
            Node::file("f /etc/no - - - - x\n", 0o644, "t"),
        )
        .expect("put");
        tree.put("/etc/old", Node::file("kept", 0o644, "test"))
            .expect("put");
        let spec = TmpfilesSpec {
            mask: vec!["masked.conf".into()],
        };
        apply_tmpfiles(&mut tree, &[], &spec, &Accounts::default()).expect("applied");
        assert_eq!(tree.get("/etc/credstore").map(|node| node.mode), Some(0o700));
        assert_eq!(
            tree.get("/etc/ssh/x.conf").map(|n| &n.kind),
            Some(&NodeKind::Symlink("/usr/lib/x.conf".into()))
        );
        assert_eq!(
            tree.get("/etc/mtab").map(|n| &n.kind),
            Some(&NodeKind::Symlink("../proc/self/mounts".into()))
        );
        assert_eq!(
            tree.read("/etc/motd", &[]).expect("read").as_deref(),
            Some(b"hello world".as_slice())
        );
        assert_eq!(
            tree.read("/etc/a b", &[]).expect("read").as_deref(),
            Some(b"[main]\nl=C:\\new  x ".as_slice())
        );
        assert_eq!(
            tree.read("/etc/old", &[]).expect("read").as_deref(),
            Some(b"kept".as_slice())
        );
        for absent in ["/etc/hosts", "/var/lib/x", "/etc/no", "/etc/passwd.lock"] {
            assert!(tree.get(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn state_directories_become_lines_with_their_owners() {
        let mut tree = Tree::new();
        let directory = |mode| StateDirectory { mode, uid: 0, gid: 0 };
        let state = State {
            directories: [
                ("/var/lib/a".to_owned(), directory(0o755)),
                ("/var/lock".to_owned(), directory(0o777)),
            ]
            .into(),
            copies: [(
                "/var/lib/a/x".to_owned(),
                "/usr/share/factory/var/lib/a/x".to_owned(),
            )]
            .into(),
        };
        let owner = StateOwnerSpec {
            path: "/var/lib/b".into(),
            user: Some("0".into()),
            group: None,
            mode: Some("0750".into()),
        };
        let (spec, accounts) = (AccountsSpec::default(), Accounts::default());
        write_state_directories(&mut tree, &state, &[owner], &spec, &accounts, &[]).expect("written");
        let text = tree
            .read(STATE_FILE, &[])
            .expect("read")
            .expect("there")
            .into_owned();
        let text = String::from_utf8(text).expect("text");
        assert!(
            text.ends_with(
                "d /var/lib/a 0755 0 0 -\nd /var/lib/b 0750 0 root -\n\
                 C /var/lib/a/x - - - - /usr/share/factory/var/lib/a/x\n"
            ),
            "{text}"
        );
    }
}
