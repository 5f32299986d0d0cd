//! Reads `nix.conf` files and `NIX_CONFIG`: settings by name, later ones over earlier ones.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::Error;
use crate::known_settings::{KnownSetting, canonical};

/// How deep files may include files.
const MOST_INCLUDES: usize = 16;

/// Settings by name, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    values: BTreeMap<String, String>,
    /// What was said of each, and who said it, in that order.
    given: Vec<Given>,
}

/// One setting as somebody gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    name: String,
    value: String,
    on_command_line: bool,
}

impl Configuration {
    /// What the machine's and the user's files and `NIX_CONFIG` say. Files that cannot be read count as empty.
    pub fn from_environment(environment: &BTreeMap<String, String>) -> Self {
        let mut configuration = Self::default();
        for file in files(environment) {
            configuration.read(&file, 0);
        }
        if let Some(text) = environment.get("NIX_CONFIG") {
            configuration.add_text(text, None, 0);
        }
        configuration
    }

    fn read(&mut self, file: &Path, depth: usize) {
        if let Ok(text) = std::fs::read_to_string(file) {
            self.add_text(&text, file.parent(), depth);
        }
    }

    fn add_text(&mut self, text: &str, folder: Option<&Path>, depth: usize) {
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let words: Vec<&str> = line.split_whitespace().collect();
            match (&words[..], folder) {
                (["include" | "!include", file], Some(folder)) if depth < MOST_INCLUDES => {
                    self.read(&folder.join(file), depth + 1);
                }
                ([name, "=", value @ ..], _) => self.put(name, &value.join(" "), false),
                _ => {}
            }
        }
    }

    /// Sets `name` as the command line says; `extra-name` adds to what is there.
    pub fn set(&mut self, name: &str, value: &str) {
        self.put(name, value, true);
    }

    /// What is wrong with what files and environment say, for warnings.
    ///
    /// # Errors
    /// If a value cannot be read, or the command line asks for what is not there.
    pub fn check(&self) -> Result<Vec<String>, Error> {
        let mut warnings = Vec::new();
        for given in &self.given {
            let Given { name, value, .. } = given;
            let Some(known) = KnownSetting::find(plain(name)) else {
                warnings.push(format!("unknown setting '{name}'"));
                continue;
            };
            if let Some(complaint) = known.complain(value) {
                return Err(Error::Usage(complaint));
            }
            let refused = || format!("setting '{}' has no effect here: {}", known.name, known.note);
            match known.is_refused(value) {
                true if given.on_command_line => {
                    return Err(Error::Usage(format!(
                        "'{value}' is not possible for the setting '{name}': {}",
                        known.note
                    )));
                }
                true => warnings.push(refused()),
                false => {}
            }
        }
        Ok(warnings)
    }

    fn put(&mut self, name: &str, value: &str, on_command_line: bool) {
        self.given.push(Given {
            name: name.to_owned(),
            value: value.to_owned(),
            on_command_line,
        });
        let Some(extended) = extended(name) else {
            self.values.insert(canonical(name).to_owned(), value.to_owned());
            return;
        };
        let known = self.values.entry(canonical(extended).to_owned()).or_default();
        if !known.is_empty() {
            known.push(' ');
        }
        known.push_str(value);
    }

    /// The value of a setting that was set.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The words of a setting.
    pub fn words(&self, name: &str) -> Vec<String> {
        let words = self.get(name).unwrap_or_default().split_whitespace();
        words.map(str::to_owned).collect()
    }

    /// The value of a setting that is on or off.
    pub fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            "true" | "yes" | "1" => Some(true),
            "false" | "no" | "0" => Some(false),
            _ => None,
        }
    }

    /// The value of a setting that is a number.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }

    /// Whether an experimental feature was asked for.
    pub fn has_feature(&self, feature: &str) -> bool {
        self.words("experimental-features")
            .iter()
            .any(|word| word == feature)
    }
}

/// The setting that `name` adds to. `extra-platforms` is a setting of its own.
fn extended(name: &str) -> Option<&str> {
    name.strip_prefix("extra-")
        .filter(|_| KnownSetting::find(name).is_none())
}

/// The setting that `name` is about.
fn plain(name: &str) -> &str {
    canonical(extended(name).unwrap_or(name))
}

/// The files, the strongest last.
fn files(environment: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty());
    let machine = variable("NIX_CONF_DIR").map_or_else(|| PathBuf::from("/etc/nix"), PathBuf::from);
    let mut files = vec![machine.join("nix.conf")];
    let colons = |text: &String| text.split(':').map(PathBuf::from).collect::<Vec<_>>();
    let mut users = match variable("NIX_USER_CONF_FILES") {
        Some(listed) => colons(listed),
        None => {
            let home = variable("HOME").map(|home| Path::new(home).join(".config"));
            let own = variable("XDG_CONFIG_HOME").map(PathBuf::from).or(home);
            let shared = variable("XDG_CONFIG_DIRS").map_or_else(|| vec!["/etc/xdg".into()], colons);
            let folders = own.into_iter().chain(shared);
            folders.map(|folder| folder.join("nix/nix.conf")).collect()
        }
    };
    users.reverse();
    files.extend(users);
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(text: &str) -> Configuration {
        let environment = BTreeMap::from([
            ("NIX_CONFIG".to_owned(), text.to_owned()),
            ("NIX_CONF_DIR".to_owned(), "/nonexistent".to_owned()),
            ("NIX_USER_CONF_FILES".to_owned(), "/nonexistent".to_owned()),
        ]);
        Configuration::from_environment(&environment)
    }

    #[test]
    fn later_lines_win_and_extra_adds() {
        let table = [
            ("cores = 1\ncores = 2", "cores", Some("2")),
            (
                "experimental-features = a\nextra-experimental-features = b c",
                "experimental-features",
                Some("a b c"),
            ),
            ("sandbox = false # for now", "sandbox", Some("false")),
            ("# cores = 3", "cores", None),
        ];
        for (text, name, expected) in table {
            assert_eq!(configuration(text).get(name), expected, "{text}");
        }
    }

    #[test]
    fn the_users_file_goes_over_the_machines() {
        let folder = tempfile::tempdir().expect("there is room");
        let write = |name: &str, text: &str| {
            std::fs::write(folder.path().join(name), text).expect("files can be written");
        };
        write(
            "nix.conf",
            "cores = 1\nmax-jobs = 7\n!include more.conf\n!include missing.conf\n",
        );
        write("more.conf", "trace-verbose = true");
        write("user.conf", "cores = 2");
        let top = folder.path().to_string_lossy().into_owned();
        let environment = BTreeMap::from([
            ("NIX_CONF_DIR".to_owned(), top.clone()),
            ("NIX_USER_CONF_FILES".to_owned(), format!("{top}/user.conf")),
        ]);
        let configuration = Configuration::from_environment(&environment);
        assert_eq!(configuration.number("cores"), Some(2));
        assert_eq!(configuration.number("max-jobs"), Some(7));
        assert_eq!(configuration.flag("trace-verbose"), Some(true));
    }
}
