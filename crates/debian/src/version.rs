//! Orders Debian version strings the way dpkg does (deb-version(7)).

use std::cmp::Ordering;

/// Compares two versions: `[epoch:]upstream[-revision]`.
pub fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Parts::split(a), Parts::split(b));
    a.epoch
        .cmp(&b.epoch)
        .then_with(|| compare_part(a.upstream, b.upstream))
        .then_with(|| compare_part(a.revision, b.revision))
}

/// A relation between versions, as in `Depends: x (>= 1.0)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Relation {
    /// `<<`
    Earlier,
    /// `<=` (and the old `<`)
    EarlierOrEqual,
    /// `=`
    Equal,
    /// `>=` (and the old `>`)
    LaterOrEqual,
    /// `>>`
    Later,
}

impl Relation {
    /// The relation that a sign stands for.
    pub fn parse(sign: &str) -> Option<Self> {
        Some(match sign {
            "<<" => Self::Earlier,
            "<=" | "<" => Self::EarlierOrEqual,
            "=" => Self::Equal,
            ">=" | ">" => Self::LaterOrEqual,
            ">>" => Self::Later,
            _ => return None,
        })
    }

    /// Its sign.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Earlier => "<<",
            Self::EarlierOrEqual => "<=",
            Self::Equal => "=",
            Self::LaterOrEqual => ">=",
            Self::Later => ">>",
        }
    }

    /// Whether `version` stands in this relation to `bound`.
    pub fn holds(self, version: &str, bound: &str) -> bool {
        let order = compare(version, bound);
        match self {
            Self::Earlier => order.is_lt(),
            Self::EarlierOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::LaterOrEqual => order.is_ge(),
            Self::Later => order.is_gt(),
        }
    }
}

struct Parts<'a> {
    epoch: u64,
    upstream: &'a str,
    revision: &'a str,
}

impl<'a> Parts<'a> {
    fn split(version: &'a str) -> Self {
        let (epoch, rest) = match version.split_once(':') {
            Some((epoch, rest)) => (epoch.parse().unwrap_or(0), rest),
            None => (0, version),
        };
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        Self {
            epoch,
            upstream,
            revision,
        }
    }
}

/// Compares text and numbers in turn, until they differ or both end.
fn compare_part(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while !a.is_empty() || !b.is_empty() {
        let (text_a, text_b) = (take(&mut a, false), take(&mut b, false));
        let (number_a, number_b) = (take(&mut a, true), take(&mut b, true));
        let order = compare_text(text_a, text_b).then_with(|| compare_number(number_a, number_b));
        if order.is_ne() {
            return order;
        }
    }
    Ordering::Equal
}

/// Splits off the leading bytes that are digits, or are not.
fn take<'a>(rest: &mut &'a [u8], digits: bool) -> &'a [u8] {
    let length = rest
        .iter()
        .position(|byte| byte.is_ascii_digit() != digits)
        .unwrap_or(rest.len());
    let (taken, left) = rest.split_at(length);
    *rest = left;
    taken
}

fn compare_text(a: &[u8], b: &[u8]) -> Ordering {
    let rank = |text: &[u8], index: usize| text.get(index).map_or(0, |byte| rank(*byte));
    (0..a.len().max(b.len()))
        .map(|index| rank(a, index).cmp(&rank(b, index)))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// A tilde comes before the end, the end before letters, letters before the rest.
fn rank(byte: u8) -> i32 {
    match byte {
        b'~' => -1,
        _ if byte.is_ascii_alphabetic() => i32::from(byte),
        _ => i32::from(byte) + 256,
    }
}

/// Compares digits as numbers of any size.
fn compare_number(a: &[u8], b: &[u8]) -> Ordering {
    let (a, b) = (without_zeros(a), without_zeros(b));
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    &digits[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    /// Pairs in which the first is earlier.
    const EARLIER: [(&str, &str); 20] = [
        ("1.0", "1.1"),
        ("1.9", "1.10"),
        ("1.0~rc1", "1.0"),
        ("1.0~~", "1.0~"),
        ("1.0~~a", "1.0~"),
        ("1.0", "1.0a"),
        ("1.0a", "1.0+"),
        ("1.0-1", "1.0-1.1"),
        ("1.0-1~deb12u1", "1.0-1"),
        ("9.9", "1:0"),
        ("1:0", "2:0"),
        ("1.0-1-2", "1.0-2-1"),
        ("1.0", "1.0-1"),
        ("1.0Z", "1.0a"),
        ("2.36-9+deb12u9", "2.36-9+deb12u10"),
        ("18446744073709551615", "18446744073709551616"),
        ("1.a", "1.b"),
        ("0~", "0"),
        ("1.0.0", "1.0.a"),
        ("6.12.9-1", "6.12.38-1"),
    ];
    const EQUAL: [(&str, &str); 6] = [
        ("1.0", "1.0"),
        ("0:1.0", "1.0"),
        ("1.0", "1.0-0"),
        ("1.00", "1.0"),
        ("1.01-01", "1.1-1"),
        ("", "0"),
    ];

    #[test]
    fn versions_are_ordered_by_the_book() {
        for (a, b) in EARLIER {
            assert_eq!(compare(a, b), Ordering::Less, "{a} {b}");
            assert_eq!(compare(b, a), Ordering::Greater, "{b} {a}");
        }
        for (a, b) in EQUAL {
            assert_eq!(compare(a, b), Ordering::Equal, "{a} {b}");
        }
    }

    #[test]
    fn dpkg_agrees() {
        if Command::new("dpkg").arg("--version").output().is_err() {
            return;
        }
        let versions = EARLIER.iter().flat_map(|(a, b)| [*a, *b]);
        let versions: Vec<&str> = versions.step_by(3).collect();
        for a in &versions {
            for b in &versions {
                let status = Command::new("dpkg")
                    .args(["--compare-versions", a, "lt", b])
                    .status();
                let earlier = status.expect("dpkg ran before").success();
                assert_eq!(compare(a, b).is_lt(), earlier, "{a} {b}");
            }
        }
    }

    #[test]
    fn relations_hold() {
        for (sign, expected) in [
            ("<<", [true, false, false]),
            ("<=", [true, true, false]),
            ("=", [false, true, false]),
            (">=", [false, true, true]),
            (">>", [false, false, true]),
        ] {
            let relation = Relation::parse(sign).expect(sign);
            let actual = ["1", "2", "3"].map(|version| relation.holds(version, "2"));
            assert_eq!(actual, expected, "{sign}");
            assert_eq!(relation.sign(), sign);
        }
        assert_eq!(Relation::parse("=="), None);
    }
}
