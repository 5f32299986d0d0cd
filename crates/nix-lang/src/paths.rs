//! Absolute paths as text: joining, and removal of dots without looking at any file system.

/// `path` made absolute from `directory`, without `.`, `..`, double and trailing slashes.
pub(crate) fn absolute(path: &str, directory: &str) -> String {
    match path.starts_with('/') {
        true => canonical(path),
        false => canonical(&format!("{directory}/{path}")),
    }
}

/// An absolute path without `.`, `..`, double and trailing slashes.
pub(crate) fn canonical(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let mut result = String::with_capacity(path.len());
    for part in parts {
        result.push('/');
        result.push_str(part);
    }
    if result.is_empty() {
        result.push('/');
    }
    result
}

/// The directory that `path` is in.
pub(crate) fn parent(path: &str) -> &str {
    match path.rfind('/') {
        None | Some(0) => "/",
        Some(slash) => &path[..slash],
    }
}

/// What stands behind the last slash.
pub(crate) fn base_name(path: &str) -> &str {
    path.rsplit('/').find(|part| !part.is_empty()).unwrap_or_default()
}

/// How many folders up a path literal may begin.
const MOST_STEPS_UP: usize = 8;

/// `path` as a literal in a file that lies in `directory` (`./a`, `../b/c`); nothing if it is the directory itself or
/// too far away.
pub(crate) fn as_literal(path: &str, directory: &str) -> Option<String> {
    let mut above = directory;
    for steps in 0..=MOST_STEPS_UP {
        if above == "/" {
            return None;
        }
        if let Some(rest) = path.strip_prefix(above).and_then(|rest| rest.strip_prefix('/')) {
            return Some(match steps {
                0 => format!("./{rest}"),
                steps => "../".repeat(steps) + rest,
            });
        }
        above = parent(above);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_and_slashes_go() {
        for (path, directory, expected) in [
            ("./a", "/x", "/x/a"),
            ("../a/./b", "/x/y", "/x/a/b"),
            ("/a//b/", "/", "/a/b"),
            ("../../..", "/x", "/"),
        ] {
            assert_eq!(absolute(path, directory), expected);
        }
    }
}
