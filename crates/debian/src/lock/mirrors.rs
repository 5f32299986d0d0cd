//! Where archives are fetched from: the user's setting, the machine's own package sources, or the public servers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::{date, deb822};

/// Where Debian keeps every past state of its archives.
const SNAPSHOT: &str = "http://snapshot.debian.org/archive";
/// The public servers.
const PUBLIC: [(&str, &[&str]); 2] = [
    ("debian", &["http://ftp.debian.org/debian"]),
    ("debian-security", &["http://security.debian.org/debian-security"]),
];
/// Code names and roles of Debian's suites, by which a source on this machine is known to be Debian's.
const RELEASES: [&str; 12] = [
    "bullseye",
    "bookworm",
    "trixie",
    "forky",
    "duke",
    "sid",
    "oldoldstable",
    "oldstable",
    "stable",
    "testing",
    "unstable",
    "experimental",
];
/// What may follow a release's name.
const POCKETS: [&str; 5] = ["", "-updates", "-proposed-updates", "-backports", "-security"];
/// Most files of a source folder that are read.
const MOST_FILES: usize = 256;

/// One package source of a machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AptSource {
    /// Base addresses, without a slash at the end.
    pub uris: Vec<String>,
    /// Suites.
    pub suites: Vec<String>,
    /// Components.
    pub components: Vec<String>,
    /// The keys that it is bound to, if any.
    pub signed_by: Option<String>,
}

/// Reads the one-line format of `sources.list` (sources.list(5)). Lines that make no sense are left out.
pub fn parse_list(text: &str) -> Vec<AptSource> {
    text.lines().filter_map(parse_line).collect()
}

fn parse_line(line: &str) -> Option<AptSource> {
    let line = line.split('#').next()?.trim();
    let rest = line.strip_prefix("deb")?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let mut words = rest.split_whitespace();
    let uri = base(words.next()?);
    let suite = words.next()?.to_owned();
    let signed_by = options
        .split_whitespace()
        .find_map(|option| option.strip_prefix("signed-by="));
    Some(AptSource {
        uris: vec![uri],
        suites: vec![suite],
        components: words.map(str::to_owned).collect(),
        signed_by: signed_by.map(str::to_owned),
    })
}

/// Reads the format of `*.sources` files. A file that makes no sense has no sources.
pub fn parse_sources(text: &str) -> Vec<AptSource> {
    let paragraphs: Result<Vec<_>, _> = deb822::paragraphs(text).collect();
    let words = |value: Option<&str>| -> Vec<String> {
        let words = value.unwrap_or_default().split_whitespace();
        words.map(str::to_owned).collect()
    };
    let mut sources = Vec::new();
    for paragraph in paragraphs.unwrap_or_default() {
        let enabled = paragraph.get("Enabled").is_none_or(|value| value != "no");
        if !enabled || !words(paragraph.get("Types")).contains(&"deb".to_owned()) {
            continue;
        }
        sources.push(AptSource {
            uris: words(paragraph.get("URIs")).iter().map(|uri| base(uri)).collect(),
            suites: words(paragraph.get("Suites")),
            components: words(paragraph.get("Components")),
            signed_by: paragraph.get("Signed-By").map(str::to_owned),
        });
    }
    sources
}

fn base(uri: &str) -> String {
    uri.trim_end_matches('/').to_owned()
}

/// The package sources of the machine whose root directory is `root`. A machine without any has none.
pub fn apt_sources(root: &Path) -> Vec<AptSource> {
    let folder = root.join("etc/apt/sources.list.d");
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).take(MOST_FILES).collect();
    paths.sort();
    paths.insert(0, root.join("etc/apt/sources.list"));
    let mut sources = Vec::new();
    for path in paths {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        match extension {
            Some("list") => sources.extend(parse_list(&text)),
            Some("sources") => sources.extend(parse_sources(&text)),
            _ => {}
        }
    }
    sources
}

/// Base addresses by archive: those of `explicit` alone where it names the archive, else those of the machine's
/// sources before the public ones.
pub fn mirrors(
    explicit: &BTreeMap<String, Vec<String>>,
    sources: &[AptSource],
) -> BTreeMap<String, Vec<String>> {
    let mut mirrors: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for source in sources {
        if let Some(archive) = debian_archive(source) {
            let known = mirrors.entry(archive.to_owned()).or_default();
            known.extend(source.uris.iter().filter(|uri| is_address(uri)).cloned());
        }
    }
    for (archive, addresses) in PUBLIC {
        let known = mirrors.entry(archive.to_owned()).or_default();
        known.extend(addresses.iter().map(|address| (*address).to_owned()));
    }
    for (archive, addresses) in explicit {
        let addresses = addresses.iter().map(|address| base(address));
        mirrors.insert(archive.clone(), addresses.collect());
    }
    for addresses in mirrors.values_mut() {
        let mut seen = Vec::new();
        addresses.retain(|address| {
            let new = !seen.contains(address);
            seen.push(address.clone());
            new
        });
    }
    mirrors
}

fn is_address(uri: &str) -> bool {
    ["http://", "https://", "file://"]
        .iter()
        .any(|scheme| uri.starts_with(scheme))
}

/// The archive of Debian that a source is a mirror of.
fn debian_archive(source: &AptSource) -> Option<&'static str> {
    let is_release = |suite: &String| {
        RELEASES.iter().any(|release| {
            suite
                .strip_prefix(release)
                .is_some_and(|pocket| POCKETS.contains(&pocket))
        })
    };
    let other_keys = source
        .signed_by
        .as_ref()
        .is_some_and(|keys| keys.starts_with('/') && !keys.contains("debian-archive"));
    let fits = !source.suites.is_empty()
        && source.suites.iter().all(is_release)
        && source.components.iter().any(|component| component == "main");
    if other_keys || !fits {
        return None;
    }
    let security = source
        .suites
        .iter()
        .filter(|suite| suite.ends_with("-security"))
        .count();
    match security {
        0 => Some("debian"),
        _ if security == source.suites.len() => Some("debian-security"),
        _ => None,
    }
}

/// Addresses of past states of an archive in which a file of `date` may be, for Debian's own archives.
///
/// The service gives the last state before the time in the address, and states are some hours apart.
pub fn snapshots(archive: &str, date: u64) -> Vec<String> {
    const HOURS: [u64; 7] = [0, 1, 3, 6, 9, 15, 27];
    if !PUBLIC.iter().any(|(name, _)| *name == archive) {
        return Vec::new();
    }
    let at = |hours: &u64| {
        format!(
            "{SNAPSHOT}/{archive}/{}",
            date::compact(date.saturating_add(hours * 3600))
        )
    };
    HOURS.iter().map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_formats_are_read() {
        let list = "# deb http://no/ x main\n\
            deb [arch=amd64 signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://m/debian/ trixie main contrib # note\n\
            deb-src http://m/debian trixie main\ndeb http://incomplete\n\tdeb\thttp://m/sec\ttrixie-security main\n";
        let sources = "Types: deb deb-src\nURIs: http://a/debian/\n http://b/debian\nSuites: trixie trixie-updates\n\
            Components: main\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n x\n\n\
            Types: deb\nEnabled: no\nURIs: http://c\nSuites: trixie\n\nTypes: deb-src\nURIs: http://d\n";
        let list = parse_list(list);
        assert_eq!(list.len(), 2);
        assert_eq!(list[0].uris, ["http://m/debian"]);
        assert_eq!(list[0].components, ["main", "contrib"]);
        assert!(
            list[0]
                .signed_by
                .as_ref()
                .is_some_and(|keys| keys.ends_with("keyring.gpg"))
        );
        assert_eq!(list[1].suites, ["trixie-security"]);
        let sources = parse_sources(sources);
        assert_eq!(sources.len(), 1);
        assert_eq!(sources[0].uris, ["http://a/debian", "http://b/debian"]);
        assert_eq!(sources[0].suites, ["trixie", "trixie-updates"]);
        assert!(parse_sources("nonsense\n").is_empty());
    }

    #[test]
    fn only_debians_own_archives_are_taken_for_such() {
        for (line, expected) in [
            ("deb http://m/debian bookworm main", Some("debian")),
            (
                "deb http://m/any/path trixie-updates main non-free",
                Some("debian"),
            ),
            ("deb http://m/x trixie-security main", Some("debian-security")),
            ("deb https://m/linux/debian bookworm stable", None),
            (
                "deb [signed-by=/usr/share/keyrings/vendor.gpg] https://m/stable/debian bookworm main",
                None,
            ),
            ("deb http://m/ubuntu noble main", None),
            ("deb http://m/pgdg bookworm-pgdg main", None),
            ("deb http://m/flat ./", None),
        ] {
            let source = parse_list(line).pop().expect(line);
            assert_eq!(debian_archive(&source), expected, "{line}");
        }
    }

    #[test]
    fn settings_come_before_sources_and_sources_before_public_servers() {
        let sources = parse_list(
            "deb http://near/debian trixie main\ndeb http://near/debian/ trixie-updates main\n\
             deb mirror+file:/etc/list trixie main\n",
        );
        let found = mirrors(&BTreeMap::new(), &sources);
        assert_eq!(
            found["debian"],
            ["http://near/debian", "http://ftp.debian.org/debian"]
        );
        assert_eq!(found["debian-security"].len(), 1);
        let explicit = BTreeMap::from([("debian".to_owned(), vec!["http://own/debian/".to_owned()])]);
        assert_eq!(mirrors(&explicit, &sources)["debian"], ["http://own/debian"]);
    }

    #[test]
    fn snapshots_are_of_debian_only() {
        let found = snapshots("debian", 1_795_252_544);
        assert_eq!(
            found[0],
            "http://snapshot.debian.org/archive/debian/20261121T091544Z"
        );
        assert_eq!(
            found[1],
            "http://snapshot.debian.org/archive/debian/20261121T101544Z"
        );
        assert!(snapshots("vendor", 1).is_empty());
        assert_eq!(snapshots("debian", u64::MAX).len(), 7);
    }

    #[test]
    fn a_machines_files_are_read() {
        let root = tempfile::tempdir().expect("a temporary folder can be made");
        assert!(apt_sources(root.path()).is_empty());
        let folder = root.path().join("etc/apt/sources.list.d");
        fs::create_dir_all(&folder).expect("the folder is new");
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("the folder is there");
        write("b.list", "deb http://b/debian trixie main\n");
        write(
            "a.sources",
            "Types: deb\nURIs: http://a/debian\nSuites: trixie\nComponents: main\n",
        );
        write("c.disabled", "deb http://c/debian trixie main\n");
        let uris: Vec<String> = apt_sources(root.path())
            .into_iter()
            .flat_map(|source| source.uris)
            .collect();
        assert_eq!(uris, ["http://a/debian", "http://b/debian"]);
    }
}
