//! Finds the names that a person may have meant.

/// Most names that are given.
const MOST_NAMES: usize = 3;

/// At most three of `candidates` that are like `name`, the most alike first.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let most = (wanted.chars().count() / 3).clamp(1, 4);
    let mut found: Vec<(usize, &str)> = candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(wanted.len()) <= most + 2)
        .filter_map(|candidate| {
            let distance = strsim::osa_distance(&wanted, &candidate.to_lowercase());
            (distance <= most).then_some((distance, candidate))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found
        .into_iter()
        .take(MOST_NAMES)
        .map(|(_, name)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alike_names_are_found() {
        let names = ["nginx", "nginx-core", "ngrep", "openssh-server", "jq", "git"];
        for (name, expected) in [
            ("ngnix", vec!["nginx"]),
            ("openssh-sever", vec!["openssh-server"]),
            ("Git", vec!["git"]),
            ("jqq", vec!["jq"]),
            ("completely-different", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(nearest(name, names), expected, "{name}");
        }
    }
}
