//! A suite of an archive: its name, its components, and where its files lie on a mirror and in a locked tree.

use crate::address::address;
use crate::tree::is_inner;

/// A suite with the components that are wanted of it.
///
/// A name that ends with a slash is a folder below the archive's address that holds release file, index and packages
/// together (`deb URL ./` of apt); it has no components.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// Its name below `dists`, or a folder.
    pub name: String,
    /// Its components.
    pub components: Vec<String>,
}

impl Suite {
    /// Whether the name is that of a folder.
    pub fn is_flat(&self) -> bool {
        is_flat(&self.name)
    }

    /// The address of a file of the suite.
    pub(crate) fn address(&self, mirror: &str, file: &str) -> String {
        match self.is_flat() {
            true => address(mirror, &join(inner_of_flat(&self.name), file)),
            false => address(mirror, &format!("dists/{}/{file}", self.name)),
        }
    }
}

/// Whether a suite's name is that of a folder.
pub(crate) fn is_flat(name: &str) -> bool {
    name.ends_with('/')
}

/// The folder of a suite in the archive's folder of a locked tree.
pub(crate) fn folder_of(name: &str) -> String {
    match is_flat(name) {
        true => join("flat", inner_of_flat(name)),
        false => name.to_owned(),
    }
}

/// Whether this may be the name of a suite, which becomes a folder and a part of addresses.
pub(crate) fn is_suite(name: &str) -> bool {
    match is_flat(name) {
        true => inner_of_flat(name).is_empty() || is_path(inner_of_flat(name)),
        false => is_path(name),
    }
}

/// Whether `path` may name a component or a folder.
pub(crate) fn is_path(path: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/');
    is_inner(path) && !path.ends_with('/') && path.bytes().all(is_sound)
}

/// The folder without the signs that lead to itself: nothing for `./` and `/`.
fn inner_of_flat(name: &str) -> &str {
    let mut inner = name.trim_matches('/');
    while let Some(rest) = inner.strip_prefix("./") {
        inner = rest.trim_start_matches('/');
    }
    if inner == "." { "" } else { inner }
}

fn join(folder: &str, file: &str) -> String {
    match (folder, file) {
        ("", _) => file.to_owned(),
        (_, "") => folder.to_owned(),
        _ => format!("{folder}/{file}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_suites_have_their_places() {
        for (name, sound, folder, url) in [
            ("trixie", true, "trixie", "http://m/dists/trixie/R"),
            ("a/b", true, "a/b", "http://m/dists/a/b/R"),
            ("./", true, "flat", "http://m/R"),
            ("/", true, "flat", "http://m/R"),
            ("deb/", true, "flat/deb", "http://m/deb/R"),
            ("./a/b/", true, "flat/a/b", "http://m/a/b/R"),
            ("../", false, "flat/..", "http://m/../R"),
            ("a/../b/", false, "flat/a/../b", "http://m/a/../b/R"),
            ("../x", false, "../x", "http://m/dists/../x/R"),
            ("", false, "", "http://m/dists//R"),
        ] {
            assert_eq!(is_suite(name), sound, "{name}");
            assert_eq!(folder_of(name), folder, "{name}");
            let suite = Suite {
                name: name.to_owned(),
                components: Vec::new(),
            };
            assert_eq!(suite.address("http://m", "R"), url, "{name}");
        }
    }
}
