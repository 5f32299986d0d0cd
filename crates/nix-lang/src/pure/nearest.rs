//! Finds the names that someone who mistyped a name may have meant.

/// Names further away than this are no help.
const FARTHEST: usize = 2;

/// Longer names are not compared: the work grows with the square of the length.
const LONGEST_NAME: usize = 200;

/// The at most `most` names nearest to `name` by edit distance, best first, equals sorted by name.
pub fn nearest<'n>(name: &str, known: impl Iterator<Item = &'n str>, most: usize) -> Vec<&'n str> {
    if name.len() > LONGEST_NAME {
        return Vec::new();
    }
    let letters: Vec<char> = name.chars().collect();
    let mut found: Vec<(usize, &str)> = known
        .filter(|candidate| candidate.len().abs_diff(name.len()) <= 4 * FARTHEST)
        .map(|candidate| (distance(&letters, candidate), candidate))
        .filter(|(distance, _)| *distance <= FARTHEST)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .take(most)
        .map(|(_, candidate)| candidate)
        .collect()
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour.
fn distance(name: &[char], candidate: &str) -> usize {
    let candidate: Vec<char> = candidate.chars().collect();
    let width = candidate.len() + 1;
    let mut before_last: Vec<usize> = vec![0; width];
    let mut last: Vec<usize> = (0..width).collect();
    for (row, letter) in name.iter().enumerate() {
        let mut current = vec![row + 1; width];
        for (column, other) in candidate.iter().enumerate() {
            let replaced = last[column] + usize::from(letter != other);
            let mut best = replaced.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped =
                row > 0 && column > 0 && *letter == candidate[column - 1] && name[row - 1] == *other;
            if swapped {
                best = best.min(before_last[column - 1] + 1);
            }
            current[column + 1] = best;
        }
        before_last = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_near_names() {
        let known = [
            "enable", "enabled", "package", "packages", "settings", "port", "ports", "post", "part",
        ];
        for (name, expected) in [
            ("enalbe", vec!["enable", "enabled"]),
            ("pckage", vec!["package", "packages"]),
            ("port", vec!["port", "part", "ports"]),
            ("completelyDifferent", vec![]),
            ("setings", vec!["settings"]),
        ] {
            assert_eq!(nearest(name, known.into_iter(), 3), expected, "{name}");
        }
    }

    #[test]
    fn distances() {
        for (left, right, expected) in [
            ("", "", 0),
            ("a", "", 1),
            ("ab", "ba", 1),
            ("abc", "abd", 1),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(
                distance(&left.chars().collect::<Vec<_>>(), right),
                expected,
                "{left} {right}"
            );
        }
    }
}
