//! Refuses generated files that name what the image does not have: programs of units, modules of PAM and of name
//! services, targets of links.

use super::SystemError;
use crate::link::spec::FileSpec;
use crate::tree::{NodeKind, Tree};
use std::collections::HashSet;

/// Directories of unit files.
const UNITS: [&str; 4] = [
    "/etc/systemd/system/",
    "/etc/systemd/user/",
    "/usr/lib/systemd/system/",
    "/usr/lib/systemd/user/",
];
/// Directories that programs are looked up in.
const PROGRAMS: [&str; 4] = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin"];
/// What is there before the machine runs; anything else may come later.
const SEALED: [&str; 6] = ["/usr/", "/bin/", "/sbin/", "/lib/", "/lib64/", "/nix/store/"];
/// Settings that give a unit another root, or other files in it.
const OWN_VIEW: [&str; 9] = [
    "RootDirectory",
    "RootImage",
    "MountImages",
    "ExtensionImages",
    "ExtensionDirectories",
    "BindPaths",
    "BindReadOnlyPaths",
    "ExecSearchPath",
    "TemporaryFileSystem",
];

/// Where PAM's modules and the modules of name services lie.
const LIBRARIES: [&str; 2] = ["/usr/lib", "/usr/lib64"];
/// Name services that are a part of the C library.
const BUILT_IN_SERVICES: [&str; 2] = ["dns", "files"];

/// Checks the generated files of the description.
pub fn check_wanted(tree: &Tree, files: &[FileSpec]) -> Result<(), SystemError> {
    let loadable = loadable(tree);
    let mut missing = Vec::new();
    for file in files {
        let text = file.text.as_deref().unwrap_or_default();
        let path = file.path.as_str();
        missing.extend(missing_programs(tree, path, text));
        if path.starts_with("/etc/pam.d/") {
            let absent =
                pam_modules(text).filter(|module| !loadable.contains(format!("security/{module}").as_str()));
            missing.extend(absent.map(|module| format!("{path}: {module}")));
        }
        if path == "/etc/nsswitch.conf" {
            let absent =
                name_services(text).filter(|name| !loadable.contains(format!("libnss_{name}.so.2").as_str()));
            missing.extend(absent.map(|name| format!("{path}: {name} (libnss_{name}.so.2)")));
        }
        if let Some(target) = file.target.as_deref().filter(|target| is_sealed(target))
            && tree.resolve(target).is_none()
            && !UNITS.iter().any(|directory| path.starts_with(directory))
        {
            missing.push(format!("{path}: {target}"));
        }
    }
    match missing.is_empty() {
        true => Ok(()),
        false => Err(SystemError::NotInImage { missing }),
    }
}

/// What is there before the machine runs.
fn is_sealed(path: &str) -> bool {
    SEALED.iter().any(|root| path.starts_with(root))
}

fn missing_programs(tree: &Tree, path: &str, text: &str) -> Vec<String> {
    let Some(name) = UNITS.iter().find_map(|directory| path.strip_prefix(directory)) else {
        return Vec::new();
    };
    let unit = name.split('/').next().unwrap_or(name);
    let unit = unit.strip_suffix(".d").unwrap_or(unit);
    let absent = programs(text)
        .into_iter()
        .filter(|(_, program)| !is_there(tree, program));
    absent
        .map(|(setting, program)| format!("{unit}: {setting}={program}"))
        .collect()
}

/// Modules by name that a rule needs; `-` before a rule says that it does not.
fn pam_modules(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim();
        if line.is_empty() || line.starts_with(['#', '-', '@']) {
            return None;
        }
        let (_, rest) = line.split_once(char::is_whitespace)?;
        let rest = rest.trim_start();
        let rest = match rest.strip_prefix('[') {
            Some(control) => control.split_once(']')?.1,
            None => rest.split_once(char::is_whitespace)?.1,
        };
        let module = rest.split_whitespace().next()?;
        (module.ends_with(".so") && !module.contains('/')).then_some(module)
    })
}

/// Name services that are no part of the C library itself.
fn name_services(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .filter_map(|line| line.split('#').next()?.split_once(':'))
        .flat_map(|(_, services)| services.split_whitespace())
        .filter(|word| !word.contains(['[', ']', '=']) && !BUILT_IN_SERVICES.contains(word))
}

/// Names of the shared objects that PAM and name services can load, PAM's with their folder.
fn loadable(tree: &Tree) -> HashSet<&str> {
    let all = LIBRARIES
        .iter()
        .flat_map(|directory| tree.below(directory).map(|(path, _)| path));
    all.filter_map(|path| {
        let (folder, name) = path.rsplit_once('/')?;
        match name.contains(".so") {
            true if folder.ends_with("/security") => {
                Some(&path[path.len() - name.len() - "security/".len()..])
            }
            true if name.starts_with("libnss_") => Some(name),
            _ => None,
        }
    })
    .collect()
}

/// Settings with the programs that they run, where that is certain.
fn programs(text: &str) -> Vec<(&str, &str)> {
    let mut found: Vec<(&str, &str)> = Vec::new();
    let mut continues = false;
    for line in text.lines().map(str::trim) {
        let is_continued = std::mem::replace(&mut continues, line.ends_with('\\'));
        if is_continued || line.starts_with(['#', ';', '[']) {
            continue;
        }
        let Some((setting, value)) = line.split_once('=') else {
            continue;
        };
        let (setting, value) = (setting.trim_end(), value.trim_start());
        if OWN_VIEW.contains(&setting) {
            return Vec::new();
        }
        if !setting.starts_with("Exec") || setting == "ExecPaths" {
            continue;
        }
        if value.is_empty() {
            found.retain(|(known, _)| *known != setting);
        }
        found.extend(program(value).map(|program| (setting, program)));
    }
    found
}

/// The program of a command line, unless it may fail to start, or is a matter of the machine.
fn program(command: &str) -> Option<&str> {
    let rest = command.trim_start_matches(['@', ':', '+', '!', '|']);
    let quoted = rest
        .strip_prefix(['"', '\''])
        .map(|inner| inner.split(['"', '\'']).next().unwrap_or(inner));
    let program = quoted.unwrap_or_else(|| rest.split_whitespace().next().unwrap_or_default());
    let is_certain = !program.is_empty()
        && !program.starts_with('-')
        && !program.contains(['%', '$', '\\'])
        && (!program.contains('/') || is_sealed(program));
    is_certain.then_some(program)
}

fn is_there(tree: &Tree, program: &str) -> bool {
    let runs = |path: &str| {
        let node = tree.resolve(path).and_then(|path| tree.get(&path));
        node.is_some_and(|node| matches!(node.kind, NodeKind::File(_)) && node.mode & 0o111 != 0)
    };
    match program.contains('/') {
        true => runs(program),
        false => PROGRAMS
            .iter()
            .any(|directory| runs(&format!("{directory}/{program}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Node;

    fn tree() -> Tree {
        let mut tree = Tree::new();
        for (path, mode) in [
            ("/usr/bin/there", 0o755),
            ("/usr/bin/data", 0o644),
            ("/usr/lib/x86_64-linux-gnu/security/pam_unix.so", 0o644),
            ("/usr/lib/x86_64-linux-gnu/libnss_systemd.so.2", 0o644),
            ("/usr/share/zoneinfo/UTC", 0o644),
        ] {
            tree.put(path, Node::file("x", mode, "test")).expect("put");
        }
        for (path, target) in [
            ("/bin", "usr/bin"),
            ("/usr/bin/link", "there"),
            ("/usr/bin/dangling", "gone"),
        ] {
            tree.put(path, Node::symlink(target, "test")).expect("put");
        }
        tree
    }

    #[track_caller]
    fn check_file(file: FileSpec, expected: &[&str]) {
        let said = check_wanted(&tree(), &[file]).map_err(|error| match error {
            SystemError::NotInImage { missing } => missing,
            other => vec![other.to_string()],
        });
        assert_eq!(said.err().unwrap_or_default(), expected);
    }

    #[track_caller]
    fn check_text(path: &str, text: &str, expected: &[&str]) {
        let file = FileSpec {
            path: path.to_owned(),
            text: Some(text.to_owned()),
            ..FileSpec::default()
        };
        check_file(file, expected);
    }

    #[track_caller]
    fn check(name: &str, text: &str, expected: &[&str]) {
        check_text(&format!("/etc/systemd/system/{name}"), text, expected);
    }

    #[test]
    fn modules_and_targets_that_the_image_lacks_are_named() {
        check_text(
            "/etc/pam.d/x",
            "auth [default=die] pam_unix.so\n-auth optional pam_no.so\n",
            &[],
        );
        check_text(
            "/etc/pam.d/x",
            "auth [a=b c=d] pam_u2f.so x\n",
            &["/etc/pam.d/x: pam_u2f.so"],
        );
        check_text(
            "/etc/pam.d/x",
            "account required pam_no.so\n",
            &["/etc/pam.d/x: pam_no.so"],
        );
        check_text(
            "/etc/nsswitch.conf",
            "passwd: files [SUCCESS=merge] systemd\nhosts: files dns\n",
            &[],
        );
        let expected = "/etc/nsswitch.conf: sss (libnss_sss.so.2)";
        check_text("/etc/nsswitch.conf", "passwd: files sss\n", &[expected]);
        for (target, expected) in [
            ("/usr/share/zoneinfo/UTC", None),
            ("/run/x", None),
            (
                "/usr/share/zoneinfo/Nowhere",
                Some("/etc/localtime: /usr/share/zoneinfo/Nowhere"),
            ),
        ] {
            let file = FileSpec {
                path: "/etc/localtime".to_owned(),
                target: Some(target.to_owned()),
                ..FileSpec::default()
            };
            check_file(file, expected.as_slice());
        }
    }

    #[test]
    fn programs_that_the_image_lacks_are_named_with_their_unit() {
        check(
            "a.service",
            "[Service]\nExecStart=/usr/bin/there x\nExecStop=there\n",
            &[],
        );
        check(
            "a.service",
            "[Service]\nExecStart=+/bin/link\nExecReload=!'/usr/bin/there' x\n",
            &[],
        );
        check(
            "a.service",
            "ExecStart=/usr/bin/nope x\n",
            &["a.service: ExecStart=/usr/bin/nope"],
        );
        check(
            "a.service.d/overrides.conf",
            "ExecStart=\nExecStart=nope\n",
            &["a.service: ExecStart=nope"],
        );
        check(
            "a.service",
            "ExecStartPre=/usr/bin/data\n",
            &["a.service: ExecStartPre=/usr/bin/data"],
        );
        check(
            "a.service",
            "ExecStart=\"/usr/bin/dangling\" x\n",
            &["a.service: ExecStart=/usr/bin/dangling"],
        );
        check(
            "a.service",
            "ExecStart=/nix/store/x/bin/y\n",
            &["a.service: ExecStart=/nix/store/x/bin/y"],
        );
    }

    #[test]
    fn what_may_be_there_later_is_left_to_the_machine() {
        for line in [
            "ExecStart=-/usr/bin/nope",
            "ExecStart=/var/lib/app/run",
            "ExecStart=/opt/app/run",
            "ExecStart=/usr/bin/%i",
            "ExecStart=/usr/bin/no\\x2dpe",
            "ExecStart=/usr/bin/nope\nExecStart=",
            "RootDirectory=/srv/x\nExecStart=/usr/bin/nope",
            "ExecPaths=/usr/bin/nope",
            "ExecStart=/usr/bin/there a \\\nExecStop=/usr/bin/nope",
            "# ExecStart=/usr/bin/nope",
        ] {
            check("a.service", line, &[]);
        }
    }
}
