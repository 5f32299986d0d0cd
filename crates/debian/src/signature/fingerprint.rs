//! Whole fingerprints of keys, by which a key is pinned.

use std::fmt;
use std::str::FromStr;

/// The fingerprint of a certificate: all its digits, 40 of them for a version 4 key and 64 for a version 6 key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(String);

/// A text that is no whole fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not the whole fingerprint of a key, which has 40 or 64 hexadecimal digits")]
pub struct NoFingerprint {
    /// The text.
    pub text: String,
}

impl Fingerprint {
    pub(super) fn of(fingerprint: &pgp::types::Fingerprint) -> Self {
        Self(fingerprint.to_string().to_ascii_uppercase())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = NoFingerprint;

    /// Reads digits of either case; blanks between groups of them do not matter.
    fn from_str(text: &str) -> Result<Self, NoFingerprint> {
        let digits: String = text.split_ascii_whitespace().collect();
        let is_whole = matches!(digits.len(), 40 | 64) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_whole
            .then(|| Self(digits.to_ascii_uppercase()))
            .ok_or_else(|| NoFingerprint {
                text: text.to_owned(),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_fingerprints_are_pins() {
        let whole = "04B54C3CDCA79751B16BC6B5225629DF75B188BD";
        for text in [
            whole,
            &whole.to_lowercase(),
            "04B5 4C3C DCA7 9751 B16B  C6B5 2256 29DF 75B1 88BD",
        ] {
            assert_eq!(
                text.parse::<Fingerprint>().map(|pin| pin.to_string()),
                Ok(whole.to_owned())
            );
        }
        assert!("ab".repeat(32).parse::<Fingerprint>().is_ok());
        for text in [
            "",
            "75B188BD",
            "225629DF75B188BD",
            &whole[1..],
            &format!("{whole} ").replace('0', "x"),
            &format!("0x{whole}"),
            &format!("{whole}{whole}"),
        ] {
            assert!(text.parse::<Fingerprint>().is_err(), "{text}");
        }
    }
}
