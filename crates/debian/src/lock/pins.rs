//! What must be remembered to make a locked tree again: the digest of each suite's release file.

use std::fmt;
use std::str::FromStr;

use crate::suite::{is_flat, is_path, is_suite};
use crate::tree::Manifest;

/// Most suites of one input.
const MOST_SUITES: usize = 64;

/// The locked suites, as one line of text in a lock file:
/// `amd64 debian/trixie:main@1795252544=<sha256> debian-security/trixie-security:main@…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pins {
    /// Debian's name of the architecture.
    pub architecture: String,
    /// The suites in order of precedence.
    pub suites: Vec<Pin>,
}

/// One locked suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Name of the archive.
    pub archive: String,
    /// The suite.
    pub suite: String,
    /// Its components.
    pub components: Vec<String>,
    /// When its release file was signed, in seconds since 1970.
    pub date: u64,
    /// SHA-256 of its `InRelease` file, or of its `Release` file.
    pub in_release: String,
    /// SHA-256 of its `Release.gpg` file, where the signatures stand in one.
    pub signature: Option<String>,
}

impl From<&Manifest> for Pins {
    fn from(manifest: &Manifest) -> Self {
        let suites = manifest.suites.iter().map(|suite| Pin {
            archive: suite.archive.clone(),
            suite: suite.suite.clone(),
            components: suite.components.clone(),
            date: suite.date,
            in_release: suite.in_release.clone(),
            signature: suite.signature.clone(),
        });
        Self {
            architecture: manifest.architecture.clone(),
            suites: suites.collect(),
        }
    }
}

impl fmt::Display for Pins {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.architecture)?;
        for pin in &self.suites {
            let components = pin.components.join("+");
            write!(
                formatter,
                " {}/{}:{components}@{}={}",
                pin.archive, pin.suite, pin.date, pin.in_release
            )?;
            if let Some(signature) = &pin.signature {
                write!(formatter, "+{signature}")?;
            }
        }
        Ok(())
    }
}

impl FromStr for Pins {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let architecture = words.next().filter(|word| is_word(word));
        let architecture = architecture.ok_or("the locked suites have no architecture")?;
        let pin = |word: &str| pin(word).ok_or_else(|| format!("{word:?} is not a locked suite"));
        let suites: Vec<Pin> = words.take(MOST_SUITES).map(pin).collect::<Result<_, _>>()?;
        Ok(Self {
            architecture: architecture.to_owned(),
            suites,
        })
    }
}

fn pin(word: &str) -> Option<Pin> {
    let (place, rest) = word.split_once(':')?;
    let (archive, suite) = place.split_once('/')?;
    let (components, rest) = rest.split_once('@')?;
    let (date, hashes) = rest.split_once('=')?;
    let (in_release, signature) = match hashes.split_once('+') {
        Some((release, signature)) => (release, Some(signature)),
        None => (hashes, None),
    };
    let components: Vec<String> = match components {
        "" if is_flat(suite) => Vec::new(),
        components => components.split('+').map(str::to_owned).collect(),
    };
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let sound = is_word(archive)
        && is_suite(suite)
        && components.iter().all(|name| is_path(name))
        && is_hash(in_release)
        && signature.is_none_or(is_hash);
    Some(Pin {
        archive: archive.to_owned(),
        suite: suite.to_owned(),
        components,
        date: date.parse().ok()?,
        in_release: in_release.to_ascii_lowercase(),
        signature: signature.map(str::to_ascii_lowercase),
    })
    .filter(|_| sound)
}

/// Whether `word` may name an archive or architecture.
pub(super) fn is_word(word: &str) -> bool {
    is_path(word) && !word.contains('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_go_into_text_and_back() {
        let hash = "a".repeat(64);
        let text = format!(
            "amd64 debian/trixie:main@17={hash} debian-security/trixie-security:main+non-free-firmware@18={hash}"
        );
        let pins: Pins = text.parse().expect("it is sound");
        assert_eq!(pins.suites[1].components, ["main", "non-free-firmware"]);
        assert_eq!(
            (pins.suites[0].date, pins.suites[0].suite.as_str()),
            (17, "trixie")
        );
        assert_eq!(pins.to_string(), text);
        let flat = format!("arm64 vendor/./:@17={hash}+{hash} vendor/deb/:@17={hash}");
        let pins: Pins = flat.parse().expect("it is sound");
        assert_eq!(pins.suites[0].signature.as_ref(), Some(&hash));
        assert_eq!(
            (pins.suites[0].suite.as_str(), pins.suites[1].suite.as_str()),
            ("./", "deb/")
        );
        assert_eq!(pins.to_string(), flat);
    }

    #[test]
    fn damaged_pins_are_refused() {
        let hash = "a".repeat(64);
        for text in [
            String::new(),
            "amd64 x".to_owned(),
            format!("amd64 debian/../x:main@1={hash}"),
            format!("amd64 ../trixie:main@1={hash}"),
            format!("amd64 debian/trixie:@1={hash}"),
            format!("amd64 debian/trixie:main@x={hash}"),
            "amd64 debian/trixie:main@1=abc".to_owned(),
            format!("a/b debian/trixie:main@1={hash}"),
            format!("amd64 debian/trixie:main@1={hash}+abc"),
            format!("amd64 debian/trixie:main@1={hash}+{hash}+{hash}"),
            format!("amd64 debian/../:@1={hash}"),
        ] {
            assert!(text.parse::<Pins>().is_err(), "{text}");
        }
    }
}
