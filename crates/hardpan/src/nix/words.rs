//! The words of a command line as Nix's older programs read them: `-vvj4` is `-v -v -j 4`.

use std::collections::VecDeque;

use super::Stop;

/// The words that are left.
pub struct Words {
    left: VecDeque<String>,
}

impl Words {
    pub fn new(words: impl Iterator<Item = String>) -> Self {
        Self {
            left: words.collect(),
        }
    }

    /// The next word; of several flags in one word the first.
    pub fn next(&mut self) -> Option<String> {
        let word = self.left.pop_front()?;
        let mut letters = word.chars();
        let is_bundle =
            letters.next() == Some('-') && letters.next().is_some_and(char::is_alphabetic) && word.len() > 2;
        if !is_bundle {
            return Some(word);
        }
        let rest: String = letters.collect();
        match rest.starts_with(char::is_alphabetic) {
            true => self.left.push_front(format!("-{rest}")),
            false => self.left.push_front(rest),
        }
        Some(word.chars().take(2).collect())
    }

    /// The argument of `flag`.
    pub fn argument(&mut self, flag: &str) -> Result<String, Stop> {
        self.left
            .pop_front()
            .ok_or_else(|| Stop::Usage(format!("flag '{flag}' requires an argument")))
    }
}

#[cfg(test)]
mod tests {
    use super::Words;

    #[test]
    fn bundled_flags_are_taken_apart() {
        let table: &[(&str, &[&str])] = &[
            ("-vvv", &["-v", "-v", "-v"]),
            ("-j4", &["-j", "4"]),
            ("-Qj8", &["-Q", "-j", "8"]),
            ("-", &["-"]),
            ("--eval", &["--eval"]),
            ("a-b", &["a-b"]),
        ];
        for (word, expected) in table {
            let mut words = Words::new(std::iter::once((*word).to_owned()));
            let read: Vec<String> = std::iter::from_fn(|| words.next()).collect();
            assert_eq!(read, *expected, "{word}");
        }
    }
}
