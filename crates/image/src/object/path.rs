//! Paths of package entries: made absolute, checked, and moved below `/usr` as a merged-usr system has them.

use super::ObjectError;

/// Directories that are links into `/usr`.
const MERGED: [&str; 7] = ["bin", "sbin", "lib", "lib64", "lib32", "libx32", "libo32"];
const LONGEST_PATH: usize = 4095;
const LONGEST_NAME: usize = 255;

/// The absolute form (`/usr/bin/x`, or `/` for the root) of a path as a tar archive has it.
pub fn normalize(path: &str) -> Result<String, ObjectError> {
    let bad = |reason| ObjectError::BadPath {
        path: path.into(),
        reason,
    };
    if path.len() > LONGEST_PATH {
        return Err(bad("it is too long"));
    }
    let mut absolute = String::with_capacity(path.len() + 1);
    for name in path.split('/') {
        match name {
            "" | "." => continue,
            ".." => return Err(bad("it climbs with ..")),
            _ if name.contains(['\0', '\n']) => return Err(bad("a name holds a control character")),
            _ if name.len() > LONGEST_NAME => return Err(bad("a name is longer than 255 bytes")),
            _ => {
                absolute.push('/');
                absolute.push_str(name);
            }
        }
    }
    if absolute.is_empty() {
        absolute.push('/');
    }
    Ok(absolute)
}

/// Where an absolute path lies on a merged-usr system: `/bin/x` is `/usr/bin/x`.
///
/// The links `/bin`, `/lib` and so on themselves stay where they are; as directories they move.
pub fn merge_usr(path: &str, is_directory: bool) -> String {
    let relative = path.strip_prefix('/').unwrap_or(path);
    let (first, below) = relative
        .split_once('/')
        .map_or((relative, ""), |(first, below)| (first, below));
    if MERGED.contains(&first) && (!below.is_empty() || is_directory) {
        format!("/usr{path}")
    } else {
        path.into()
    }
}

/// A link's target after the link itself moved from `old` to `new`: relative targets keep their meaning.
pub fn moved_target(old: &str, new: &str, target: &str) -> String {
    if old == new || target.starts_with('/') {
        return target.into();
    }
    let mut resolved: Vec<&str> = old.split('/').filter(|name| !name.is_empty()).collect();
    resolved.pop();
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(resolved.pop()),
            _ => resolved.push(name),
        }
    }
    merge_usr(&format!("/{}", resolved.join("/")), false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_absolute_and_merged() {
        let cases = [
            ("./", "/", true),
            ("./usr/bin/x", "/usr/bin/x", false),
            ("./bin/x", "/usr/bin/x", false),
            ("./bin", "/bin", false),
            ("./bin/", "/usr/bin", true),
            ("lib64/ld.so", "/usr/lib64/ld.so", false),
            ("./library/x", "/library/x", false),
            ("./usr//lib/./x", "/usr/lib/x", false),
        ];
        for (input, expected, is_directory) in cases {
            let path = normalize(input).expect(input);
            assert_eq!(merge_usr(&path, is_directory), expected, "{input}");
        }
    }

    #[test]
    fn refuses_paths_that_leave_the_root() {
        for path in ["../etc/passwd", "./usr/../../x", "a/\0b"] {
            assert!(normalize(path).is_err(), "{path:?}");
        }
        assert!(normalize(&"x".repeat(256)).is_err());
    }

    #[test]
    fn a_moved_link_still_leads_to_the_same_file() {
        let cases = [
            ("/lib/a.so", "/usr/lib/a.so", "a.so.1", "/usr/lib/a.so.1"),
            ("/sbin/x", "/usr/sbin/x", "../etc/x", "/etc/x"),
            ("/usr/bin/x", "/usr/bin/x", "y", "y"),
            ("/bin/x", "/usr/bin/x", "/bin/y", "/bin/y"),
        ];
        for (old, new, target, expected) in cases {
            assert_eq!(moved_target(old, new, target), expected);
        }
    }
}
