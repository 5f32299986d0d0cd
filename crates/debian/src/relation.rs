//! Relations between packages: the language of `Depends`, `Conflicts` and `Provides` fields (deb-control(5)).

use std::fmt;

use crate::version::Relation;

/// One alternative of a relation: `name[:architecture] [(relation version)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atom {
    /// Name of the package, real or virtual.
    pub name: String,
    /// What stands behind a colon (`any`, `native`, `amd64`).
    pub architecture: Option<String>,
    /// The versions that will do.
    pub version: Option<(Relation, String)>,
}

/// Alternatives, of which one is enough.
pub type Group = Vec<Atom>;

impl fmt::Display for Atom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        if let Some(architecture) = &self.architecture {
            write!(formatter, ":{architecture}")?;
        }
        if let Some((relation, version)) = &self.version {
            write!(formatter, " ({} {version})", relation.sign())?;
        }
        Ok(())
    }
}

/// The alternatives as one text.
pub fn display(group: &[Atom]) -> String {
    let atoms: Vec<String> = group.iter().map(Atom::to_string).collect();
    atoms.join(" | ")
}

/// Parses a field: groups between commas, alternatives between bars. The error names the part that is wrong.
pub fn parse(field: &str) -> Result<Vec<Group>, String> {
    field
        .split(',')
        .map(str::trim)
        .filter(|group| !group.is_empty())
        .map(|group| group.split('|').map(parse_atom).collect())
        .collect()
}

fn parse_atom(text: &str) -> Result<Atom, String> {
    let text = text.trim();
    let bad = || format!("{text:?} is not a relation to a package");
    let (package, version) = match text.split_once('(') {
        Some((package, rest)) => {
            let inner = rest.trim_end().strip_suffix(')').ok_or_else(bad)?;
            (package.trim_end(), Some(parse_version(inner).ok_or_else(bad)?))
        }
        None => (text, None),
    };
    let (name, architecture) = match package.split_once(':') {
        Some((name, architecture)) => (name, Some(architecture)),
        None => (package, None),
    };
    let sound = |word: &str| !word.is_empty() && word.bytes().all(is_name_byte);
    if !sound(name) || !architecture.is_none_or(sound) {
        return Err(bad());
    }
    Ok(Atom {
        name: name.to_owned(),
        architecture: architecture.map(str::to_owned),
        version,
    })
}

fn parse_version(inner: &str) -> Option<(Relation, String)> {
    let inner = inner.trim();
    let length = inner
        .find(|sign| !['<', '>', '='].contains(&sign))
        .unwrap_or(inner.len());
    let (sign, version) = inner.split_at(length);
    let version = version.trim();
    let sound = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_graphic());
    sound
        .then(|| Relation::parse(sign))
        .flatten()
        .map(|relation| (relation, version.to_owned()))
}

/// Whether a byte may stand in a package's name. Vendors use more than Debian's policy allows.
pub(crate) fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_read_and_written_back() {
        for (field, expected) in [
            ("", vec![]),
            ("a", vec!["a"]),
            ("a, b:any|c(>=1:2~),", vec!["a", "b:any | c (>= 1:2~)"]),
            ("a (< 2) |\n b (>> 3)", vec!["a (<= 2) | b (>> 3)"]),
            ("libstdc++6 ( = 14 )", vec!["libstdc++6 (= 14)"]),
        ] {
            let groups = parse(field).expect(field);
            let shown: Vec<String> = groups.iter().map(|group| display(group)).collect();
            assert_eq!(shown, expected, "{field}");
        }
    }

    #[test]
    fn damaged_relations_are_refused() {
        for field in [
            "a b",
            "a (",
            "a ()",
            "a (1)",
            "a (>= )",
            "a (=> 1)",
            "| a",
            "a:",
            ":any",
            "${x}",
            "a (= 1) b",
        ] {
            assert!(parse(field).is_err(), "{field}");
        }
    }
}
