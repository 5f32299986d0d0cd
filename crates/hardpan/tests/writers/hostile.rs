//! One table of hostile values goes through each writer and comes back out of the program that reads the file. What a
//! file cannot say is refused when the configuration is evaluated.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::support::succeed;
use crate::{FLAKE, command, lock_file, readers};

const PACKAGES: &str = "bash coreutils libpam-modules pamtester passwd sudo systemd util-linux";

/// What every reader makes of a file, as files below `/out`.
const READ: &str = r#"
mkdir -p /h
systemd-escape --path -- "/p$(</value)x" >/out/unit-name
systemd-tmpfiles --create /etc/tmpfiles.d/hostile.conf 2>/out/tmpfiles.said
SYSTEMD_LOG_LEVEL=debug systemd-analyze --man=no verify hostile.service >/out/unit 2>&1
env -i HOME=/root USER=root bash -lc 'printf %s "$V"' >/out/login
env -i HOME=/root SSH_CLIENT=x bash -c 'printf %s "$V"' >/out/ssh
env -i HOME=/root bash -ic '. /etc/profile.d/50-interactive.sh; eval hostile' >/out/alias 2>/dev/null
for service in hostile variable; do pamtester $service root open_session >/out/pamtester 2>&1; done
visudo -cf /etc/sudoers >/out/visudo 2>&1
cvtsudoers -f json /etc/sudoers >/out/sudoers 2>/dev/null
findmnt --tab-file /etc/fstab --json -o SOURCE,TARGET,OPTIONS >/out/fstab
(. /etc/os-release; printf %s "$V") >/out/os-release
"#;

/// What each writer made of each value.
fn written() -> BTreeMap<String, (String, Value)> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flake = FLAKE.replace(
        "nixosConfigurations",
        "values = import ./values.nix { inherit hardpan; }; nixosConfigurations",
    );
    for (name, content) in [
        ("flake.nix", flake.as_str()),
        ("flake.lock", lock_file()),
        ("values.nix", include_str!("values.nix")),
        ("module.nix", "{ }"),
    ] {
        std::fs::write(folder.path().join(name), content).expect("the project can be written");
    }
    let output = succeed(command(folder.path()).args(["eval", "--json", ".#values"]));
    let all: BTreeMap<String, Value> = serde_json::from_slice(&output.stdout).expect("JSON");
    let parts = |made: Value| {
        let value = made["value"].as_str().expect("a value").to_owned();
        (value, made["files"].clone())
    };
    all.into_iter().map(|(name, made)| (name, parts(made))).collect()
}

/// A root with the files that are written, and without those that are refused.
fn lay_out(root: &Path, value: &str, files: &Value) {
    let helpers = [
        ("write", "printf %s \"$2\" >/out/$1"),
        ("value", value),
        ("variable", "printf %s \"$V\" >/out/session"),
    ];
    let files = files.as_object().expect("files by path").iter();
    let written = files.filter_map(|(path, content)| Some((path.as_str(), content.as_str()?)));
    let below_etc = written.filter(|(path, _)| path.starts_with("etc/"));
    readers::lay_out(root, READ, below_etc.chain(helpers));
}

/// How a value comes back.
enum Back {
    /// As it is.
    Same,
    /// Word by word: how many blanks part them has no meaning there.
    Words,
    /// It is refused.
    Refused,
}
use Back::{Refused, Same, Words};

/// What a reader found, or nothing where the file was refused.
struct Found<'a> {
    root: &'a Path,
    files: &'a Value,
}

impl Found<'_> {
    fn out(&self, name: &str) -> String {
        let bytes = std::fs::read(self.root.join("out").join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.out(name)).unwrap_or_default()
    }
}

/// A writer: its file, what its reader found in it, and how each value is to come back; the rest comes back as it is.
struct Writer {
    file: &'static str,
    read: fn(&Found) -> Option<String>,
    back: &'static [(&'static str, Back)],
}

fn environment_of_unit(found: &Found) -> Option<String> {
    let said = found.out("unit");
    let start = said.find("\tEnvironment: V=")? + "\tEnvironment: V=".len();
    let end = said[start..].find("\n\t\tEnvironment: W=end")?;
    Some(said[start..start + end].to_owned())
}

/// The only argument of the unit's command, which is shown in quotes; `$$` becomes one when the command runs.
fn argument_of_unit(found: &Found) -> Option<String> {
    let said = found.out("unit");
    let start = said.find("Command Line: /usr/bin/true ")? + "Command Line: /usr/bin/true ".len();
    let end = said[start..].find("\n\t\t")?;
    let shown = &said[start..start + end];
    let inner = between(shown, "\"", "\"").unwrap_or_else(|| shown.to_owned());
    let mut letters = inner.chars();
    let mut argument = String::new();
    while let Some(letter) = letters.next() {
        argument.push(match letter {
            '\\' => match letters.next()? {
                't' => '\t',
                'n' => '\n',
                other => other,
            },
            _ => letter,
        });
    }
    Some(argument.replace("$$", "$"))
}

/// A line's rest behind `key` in a file that is taken as written.
fn line(found: &Found, file: &str, key: &str) -> Option<String> {
    let text = found.files[file].as_str()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(key))?;
    Some(rest.to_owned())
}

fn sudo_rule(found: &Found) -> Option<Value> {
    let all = found.json("sudoers");
    let specifications = all["User_Specs"].as_array()?.iter();
    let users = |rule: &&Value| {
        rule["User_List"][0]["username"]
            .as_str()
            .is_some_and(|name| name.starts_with('u'))
    };
    specifications.rev().find(users).cloned()
}

fn between(text: &str, start: &str, end: &str) -> Option<String> {
    Some(text.strip_prefix(start)?.strip_suffix(end)?.to_owned())
}

fn mount(found: &Found, column: &str, start: &str) -> Option<String> {
    let all = found.json("fstab");
    let mounts = all["filesystems"].as_array()?.iter();
    let texts = mounts.filter_map(|mount| mount[column].as_str());
    texts.rev().find_map(|text| between(text, start, "x"))
}

const WRITERS: &[Writer] = &[
    Writer {
        file: "etc/tmpfiles.d/hostile.conf",
        read: |found| std::fs::read_to_string(found.root.join("h/file")).ok(),
        back: &[],
    },
    Writer {
        file: "etc/systemd/system/hostile.service",
        read: environment_of_unit,
        back: &[],
    },
    Writer {
        file: "etc/systemd/system/hostile.service",
        read: argument_of_unit,
        back: &[],
    },
    Writer {
        file: "etc/set-environment",
        read: |found| Some(found.out("login")),
        back: &[],
    },
    Writer {
        file: "etc/bash.bashrc",
        read: |found| Some(found.out("ssh")),
        back: &[],
    },
    Writer {
        file: "etc/profile.d/50-interactive.sh",
        read: |found| Some(found.out("alias")),
        back: &[],
    },
    Writer {
        file: "unit-name",
        read: |found| {
            let is_same = found.out("unit-name").trim_end() == found.files["unit-name"].as_str()?;
            is_same.then(|| std::fs::read_to_string(found.root.join("value")).expect("the value"))
        },
        back: &[],
    },
    // What PAM's file cannot say is given by shells, above.
    Writer {
        file: "etc/pam/environment",
        read: |found| {
            found.files["etc/pam/environment"]
                .as_str()?
                .contains("\nV ")
                .then(|| found.out("session"))
        },
        back: &[("lines", Refused), ("number", Refused), ("quotes", Refused)],
    },
    Writer {
        file: "etc/pam.d/hostile",
        read: |found| Some(found.out("argument")),
        back: &[("lines", Refused), ("number", Refused), ("backslash", Refused)],
    },
    Writer {
        file: "etc/os-release",
        read: |found| Some(found.out("os-release")),
        back: &[("lines", Refused)],
    },
    Writer {
        file: "etc/sudoers",
        read: |found| {
            sudo_rule(found)?["User_List"][0]["username"]
                .as_str()?
                .strip_prefix('u')
                .map(str::to_owned)
        },
        back: &[("lines", Refused)],
    },
    Writer {
        file: "etc/sudoers",
        read: |found| {
            let rule = sudo_rule(found)?;
            let command = rule["Cmnd_Specs"][0]["Commands"][0]["command"]
                .as_str()?
                .to_owned();
            command
                .strip_prefix("/usr/bin/echo")
                .map(|rest| rest.trim_start().to_owned())
        },
        back: &[("lines", Refused), ("ends", Words), ("blanks", Words)],
    },
    Writer {
        file: "etc/fstab",
        read: |found| mount(found, "source", "/d"),
        back: &[],
    },
    Writer {
        file: "etc/fstab",
        read: |found| mount(found, "target", "/m"),
        back: &[],
    },
    Writer {
        file: "sysctl",
        read: |found| line(found, "sysctl", "kernel.v="),
        back: &[("lines", Refused)],
    },
    Writer {
        file: "network",
        read: |found| line(found, "network", "Description="),
        back: &[("lines", Refused)],
    },
    Writer {
        file: "logind",
        read: |found| line(found, "logind", "V="),
        back: &[("lines", Refused)],
    },
    Writer {
        file: "crontab",
        read: |found| line(found, "crontab", "@daily root "),
        back: &[("lines", Refused)],
    },
    Writer {
        file: "account",
        read: |found| found.files["account"].as_str().map(str::to_owned),
        back: &[("lines", Refused), ("equals", Refused)],
    },
];

/// Files that hold one word in a place: everything else is refused.
const WORDS: [(&str, &[&str]); 2] = [
    ("limits", &["quote", "dash", "empty"]),
    ("modprobe", &["quote", "dash", "empty"]),
];

#[test]
fn hostile_values_come_back_from_those_who_read_the_files() {
    let all = written();
    let roots = tempfile::tempdir().expect("a temporary folder");
    for (name, (value, files)) in &all {
        lay_out(&roots.path().join(name), value, files);
    }
    if let Err(why) = readers::run(roots.path(), PACKAGES, "-rm") {
        eprintln!("SKIPPED: the readers cannot be run here: {why}");
        return;
    }
    let mut wrong = Vec::new();
    for (name, (value, files)) in &all {
        let root = roots.path().join(name);
        let found = Found { root: &root, files };
        for (index, writer) in WRITERS.iter().enumerate() {
            let back = writer
                .back
                .iter()
                .find(|(of, _)| of == name)
                .map_or(&Same, |(_, back)| back);
            let is_written = !found.files[writer.file].is_null();
            let got = if is_written { (writer.read)(&found) } else { None };
            let expected = match back {
                Same => Some(value.clone()),
                Words => Some(value.split_whitespace().collect::<Vec<_>>().join(" ")),
                Refused => None,
            };
            if got != expected {
                wrong.push(format!(
                    "{} ({index}), {name}: {expected:?} came back as {got:?}",
                    writer.file
                ));
            }
        }
        for (file, taken) in WORDS {
            let is_taken = !files[file].is_null();
            if is_taken != taken.contains(&name.as_str()) {
                wrong.push(format!("{file}, {name}: taken is {is_taken}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
