//! Version strings and derivation names, compared and split as Nix does.

use std::cmp::Ordering;

/// The parts of a version: runs of digits and runs of other characters, without dots and dashes.
pub fn split(version: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = version;
    while let Some(part) = next_part(&mut rest) {
        parts.push(part);
    }
    parts
}

fn next_part<'v>(rest: &mut &'v str) -> Option<&'v str> {
    let text = rest.trim_start_matches(['.', '-']);
    let first = text.chars().next()?;
    let is_digit = first.is_ascii_digit();
    let end = text.find(|letter: char| matches!(letter, '.' | '-') || letter.is_ascii_digit() != is_digit);
    let (part, tail) = text.split_at(end.unwrap_or(text.len()));
    *rest = tail;
    Some(part)
}

/// The order of two versions.
pub fn compare(first: &str, second: &str) -> Ordering {
    let (mut first, mut second) = (first, second);
    loop {
        let (a, b) = (next_part(&mut first), next_part(&mut second));
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
        if part_is_less(a, b) {
            return Ordering::Less;
        }
        if part_is_less(b, a) {
            return Ordering::Greater;
        }
    }
}

fn part_is_less(a: &str, b: &str) -> bool {
    // Larger numbers than these compare as text.
    match (a.parse::<i32>(), b.parse::<i32>()) {
        (Ok(a), Ok(b)) => a < b,
        (Err(_), Ok(_)) if a.is_empty() => true,
        _ if a == "pre" && b != "pre" => true,
        _ if b == "pre" => false,
        (Err(_), Ok(_)) => true,
        (Ok(_), Err(_)) => false,
        _ => a < b,
    }
}

/// Splits `name-1.2` into name and version; the version begins at the first dash that no letter follows.
pub fn parse_drv_name(name: &str) -> (&str, &str) {
    let bytes = name.as_bytes();
    let is_dash = |index: &usize| {
        bytes.get(*index) == Some(&b'-')
            && bytes
                .get(index + 1)
                .is_some_and(|next| !next.is_ascii_alphabetic())
    };
    match (0..bytes.len()).find(is_dash) {
        Some(dash) => (
            name.get(..dash).unwrap_or(name),
            name.get(dash + 1..).unwrap_or_default(),
        ),
        None => (name, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_nix_orders_them() {
        for (first, second, expected) in [
            ("1.0", "2.3", Ordering::Less),
            ("2.1", "2.3", Ordering::Less),
            ("2.3", "2.3", Ordering::Equal),
            ("2.5", "2.3", Ordering::Greater),
            ("2.3.1", "2.3", Ordering::Greater),
            ("2.3.1", "2.3a", Ordering::Greater),
            ("2.3pre1", "2.3", Ordering::Less),
            ("2.3pre3", "2.3pre12", Ordering::Less),
            ("2.3a", "2.3c", Ordering::Less),
            ("2.3pre1", "2.3c", Ordering::Less),
            ("2.3pre1", "2.3q", Ordering::Less),
            ("", "", Ordering::Equal),
            ("1.0", "1.0-", Ordering::Equal),
            ("1.10", "1.9", Ordering::Greater),
            ("20240101120000", "3000000000", Ordering::Less),
            ("1.0-pre", "1.0", Ordering::Less),
            ("1.pre", "1.0", Ordering::Less),
            ("1.a", "1.0", Ordering::Less),
            ("1", "1a", Ordering::Less),
            ("01", "1", Ordering::Equal),
        ] {
            assert_eq!(compare(first, second), expected, "{first} {second}");
        }
    }

    #[test]
    fn names_end_where_a_version_begins() {
        for (name, expected) in [
            ("nix-0.12pre12876", ("nix", "0.12pre12876")),
            ("hello", ("hello", "")),
            ("a-b-1", ("a-b", "1")),
            ("a-", ("a-", "")),
        ] {
            assert_eq!(parse_drv_name(name), expected);
        }
        assert_eq!(split("1.2-rc3"), ["1", "2", "rc", "3"]);
    }
}
