//! Reads the parts of npm's configuration that say where packages come from.

use std::collections::BTreeMap;
use std::path::PathBuf;

const DEFAULT_REGISTRY: &str = "https://registry.yarnpkg.com/";

/// Where npm packages come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NpmConfiguration {
    values: BTreeMap<String, String>,
}

impl NpmConfiguration {
    /// Reads npm's files and variables, weakest first: the global files, the user's file, the environment.
    pub fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let mut configuration = Self::default();
        for path in configuration_files(&variable) {
            if let Ok(text) = std::fs::read_to_string(&path) {
                configuration.read(&text, &variable);
            }
        }
        for name in ["NPM_CONFIG_REGISTRY", "npm_config_registry"] {
            if let Some(registry) = variable(name).filter(|value| !value.is_empty()) {
                configuration.values.insert("registry".to_owned(), registry);
            }
        }
        configuration
    }

    /// Adds the lines of one `npmrc` file.
    pub fn read(&mut self, text: &str, variable: impl Fn(&str) -> Option<String>) {
        for line in text.lines().map(str::trim) {
            if line.starts_with([';', '#']) {
                continue;
            }
            if let Some((name, value)) = line.split_once('=') {
                let value = value.trim().trim_matches(['"', '\'']);
                self.values
                    .insert(name.trim().to_owned(), interpolate(value, &variable));
            }
        }
    }

    /// The registry that serves `package` (a scope may have its own), ending in a slash.
    pub fn registry(&self, package: &str) -> String {
        let scope = package.split_once('/').map(|(scope, _)| scope);
        let scoped = scope.and_then(|scope| self.values.get(&format!("{scope}:registry")));
        let registry = scoped.or_else(|| self.values.get("registry"));
        let registry = registry.map_or(DEFAULT_REGISTRY, String::as_str);
        format!("{}/", registry.trim_end_matches('/'))
    }

    /// The `Authorization` header for requests to `url`, where the configuration has one.
    pub(crate) fn authorization(&self, url: &str) -> Option<String> {
        let (_, mut rest) = url.split_once("://")?;
        loop {
            let key = |suffix: &str| format!("//{}/:{suffix}", rest.trim_end_matches('/'));
            if let Some(token) = self.values.get(&key("_authToken")) {
                return Some(format!("Bearer {token}"));
            }
            if let Some(basic) = self.values.get(&key("_auth")) {
                return Some(format!("Basic {basic}"));
            }
            (rest, _) = rest.trim_end_matches('/').rsplit_once('/')?;
        }
    }
}

fn configuration_files(variable: &impl Fn(&str) -> Option<String>) -> Vec<PathBuf> {
    let either = |upper: &str, lower: &str| variable(upper).or_else(|| variable(lower));
    let mut files = vec![PathBuf::from("/etc/npmrc"), PathBuf::from("/usr/etc/npmrc")];
    let prefix = either("NPM_CONFIG_PREFIX", "npm_config_prefix").or_else(|| variable("PREFIX"));
    files.extend(prefix.map(|prefix| PathBuf::from(prefix).join("etc/npmrc")));
    files.extend(node_prefix(variable).map(|prefix| prefix.join("etc/npmrc")));
    files.extend(either("NPM_CONFIG_GLOBALCONFIG", "npm_config_globalconfig").map(PathBuf::from));
    let user = either("NPM_CONFIG_USERCONFIG", "npm_config_userconfig").map(PathBuf::from);
    files.extend(user.or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".npmrc"))));
    files
}

/// npm's prefix is the folder above the one that `node` lies in.
fn node_prefix(variable: &impl Fn(&str) -> Option<String>) -> Option<PathBuf> {
    let path = variable("PATH")?;
    let folder = path
        .split(':')
        .map(PathBuf::from)
        .find(|folder| folder.join("node").is_file())?;
    folder.parent().map(PathBuf::from)
}

/// Replaces `${NAME}` by the variable, as npm does; an unset one stays as it is.
fn interpolate(value: &str, variable: impl Fn(&str) -> Option<String>) -> String {
    let mut result = String::new();
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        result.push_str(before);
        result.push_str(&variable(name).unwrap_or_else(|| format!("${{{name}}}")));
        rest = behind;
    }
    result.push_str(rest);
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> NpmConfiguration {
        let mut configuration = NpmConfiguration::default();
        configuration.read(text, |name| (name == "HOST").then(|| "npm.example".to_owned()));
        configuration
    }

    #[test]
    fn the_registry_of_a_package_comes_from_its_scope_then_the_default() {
        let table = [
            ("", "left-pad", DEFAULT_REGISTRY),
            (
                "registry = https://${HOST}/all",
                "left-pad",
                "https://npm.example/all/",
            ),
            ("@a:registry=http://a/\nregistry=http://b", "@a/x", "http://a/"),
            ("@a:registry=http://a/\nregistry=http://b", "@c/x", "http://b/"),
            (
                "; registry=http://no\n# registry=http://no",
                "x",
                DEFAULT_REGISTRY,
            ),
            ("registry=\"http://quoted/\"", "x", "http://quoted/"),
        ];
        for (text, package, expected) in table {
            assert_eq!(read(text).registry(package), expected, "{text}");
        }
    }

    #[test]
    fn a_token_is_sent_only_to_its_registry() {
        let configuration = read("//npm.example/all/:_authToken=secret");
        let expected = Some("Bearer secret".to_owned());
        assert_eq!(
            configuration.authorization("https://npm.example/all/x/-/x-1.tgz"),
            expected
        );
        assert_eq!(configuration.authorization("https://npm.example/other"), None);
        assert_eq!(configuration.authorization("https://elsewhere/all/x"), None);
    }
}
