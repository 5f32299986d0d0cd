//! Leaves passwords out of what is shown.

/// What stands for a password.
const HIDDEN: &str = "***";

/// The text with the passwords of URLs (`https://user:password@host`) replaced.
pub fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://") {
        let (before, after) = rest.split_at(start + 3);
        shown += before;
        let ends = |char: char| "/?#'\"<>".contains(char) || char.is_whitespace();
        let authority = &after[..after.find(ends).unwrap_or(after.len())];
        let at = authority.rfind('@');
        match at.and_then(|at| Some((authority[..at].find(':')?, at))) {
            Some((colon, at)) => {
                shown += &after[..=colon];
                shown += HIDDEN;
                rest = &after[at..];
            }
            None => rest = after,
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::without_passwords;

    #[test]
    fn passwords_of_urls_are_hidden_and_nothing_else() {
        let table = [
            ("https://u:secret@h/x", "https://u:***@h/x"),
            ("git+https://:secret@h", "git+https://:***@h"),
            ("'http://u:p@w@h:80/a:b@c'", "'http://u:***@h:80/a:b@c'"),
            ("https://u@h:80/x http://a:b@c", "https://u@h:80/x http://a:***@c"),
            ("github:o/r", "github:o/r"),
            ("https://h/a@b:c", "https://h/a@b:c"),
        ];
        for (text, shown) in table {
            assert_eq!(without_passwords(text), shown);
        }
    }
}
