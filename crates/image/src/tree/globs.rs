//! Sets of paths given by globs; a directory in the set brings everything below it.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// A set of absolute paths.
///
/// `*` and `?` stay within a name, `**` crosses directories, `[...]` and `{a,b}` mean what they do in shells.
#[derive(Debug, Clone, Default)]
pub struct PathSet {
    globs: GlobSet,
}

/// A glob cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("the glob {glob:?} cannot be understood: {reason}")]
pub struct GlobError {
    /// The glob.
    pub glob: String,
    /// What is wrong with it.
    pub reason: String,
}

impl PathSet {
    /// The paths that match any of these globs, and everything below them.
    pub fn new<S: AsRef<str>>(globs: &[S]) -> Result<Self, GlobError> {
        let mut builder = GlobSetBuilder::new();
        for glob in globs {
            let glob = glob.as_ref().trim_end_matches('/');
            let fail = |error: globset::Error| GlobError {
                glob: glob.into(),
                reason: error.kind().to_string(),
            };
            for pattern in [glob.to_owned(), format!("{glob}/**")] {
                builder.add(
                    GlobBuilder::new(&pattern)
                        .literal_separator(true)
                        .build()
                        .map_err(fail)?,
                );
            }
        }
        let globs = builder.build();
        globs.map(|globs| Self { globs }).map_err(|error| GlobError {
            glob: String::new(),
            reason: error.to_string(),
        })
    }

    /// Whether a path is in the set.
    pub fn contains(&self, path: &str) -> bool {
        self.globs.is_match(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_mean_what_they_do_in_shells() {
        let set = PathSet::new(&[
            "/usr/share/doc",
            "/usr/share/*/LICENSE",
            "/usr/**/tests",
            "/a/{b,c}d",
        ])
        .expect("valid");
        for path in [
            "/usr/share/doc",
            "/usr/share/doc/x/y",
            "/usr/share/x/LICENSE",
            "/usr/lib/a/b/tests/c",
            "/a/cd",
        ] {
            assert!(set.contains(path), "{path}");
        }
        for path in ["/usr/share/docs", "/usr/share/x/y/LICENSE", "/usr/share", "/a/d"] {
            assert!(!set.contains(path), "{path}");
        }
        assert!(PathSet::new(&["/x[y"]).unwrap_err().to_string().contains("/x[y"));
    }
}
