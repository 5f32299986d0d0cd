//! Words of systemd's line formats: white space parts them, quotes hold one together, backslashes name bytes.

use std::iter::Peekable;
use std::str::Chars;

/// All words of a line.
pub(super) fn split_quoted(line: &str) -> Vec<String> {
    let mut letters = line.chars().peekable();
    std::iter::from_fn(|| next_word(&mut letters)).collect()
}

/// The first `count` words of a line and what follows them, as it stands.
pub(super) fn split_first(line: &str, count: usize) -> (Vec<String>, String) {
    let mut letters = line.chars().peekable();
    let words = (0..count).map_while(|_| next_word(&mut letters)).collect();
    let rest: String = letters.collect();
    (words, rest.trim().to_owned())
}

fn next_word(letters: &mut Peekable<Chars>) -> Option<String> {
    while letters.next_if(|letter| letter.is_whitespace()).is_some() {}
    letters.peek()?;
    let mut word = Vec::new();
    let mut quote = None;
    while let Some(letter) = letters.next_if(|letter| quote.is_some() || !letter.is_whitespace()) {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (_, '\\') => push_escaped(letters, &mut word),
            _ => push(&mut word, letter),
        }
    }
    Some(String::from_utf8_lossy(&word).into_owned())
}

/// A text in which backslashes name bytes, as the bytes.
pub(super) fn unescape(text: &str) -> Vec<u8> {
    let mut letters = text.chars().peekable();
    let mut bytes = Vec::new();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => push_escaped(&mut letters, &mut bytes),
            _ => push(&mut bytes, letter),
        }
    }
    bytes
}

fn push(bytes: &mut Vec<u8>, letter: char) {
    bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

/// What a backslash and the following letters mean; it stands for itself before others.
fn push_escaped(letters: &mut Peekable<Chars>, bytes: &mut Vec<u8>) {
    let Some(letter) = letters.next() else {
        return bytes.push(b'\\');
    };
    let number = |letters: &mut Peekable<Chars>, digits: usize, radix: u32| {
        let ahead: String = letters.clone().take(digits).collect();
        let value = u32::from_str_radix(&ahead, radix).ok()?;
        (ahead.len() == digits && value != 0).then(|| {
            letters.nth(digits - 1);
            value
        })
    };
    let byte = match letter {
        'a' => Some(7),
        'b' => Some(8),
        't' => Some(b'\t'),
        'n' => Some(b'\n'),
        'v' => Some(11),
        'f' => Some(12),
        'r' => Some(b'\r'),
        's' => Some(b' '),
        '\\' | '"' | '\'' => u8::try_from(letter).ok(),
        'x' => number(letters, 2, 16).and_then(|value| u8::try_from(value).ok()),
        'u' => match number(letters, 4, 16).and_then(char::from_u32) {
            Some(letter) => return push(bytes, letter),
            None => None,
        },
        _ => None,
    };
    match byte {
        Some(byte) => bytes.push(byte),
        None => {
            bytes.push(b'\\');
            push(bytes, letter);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_systemd_reads_them() {
        for (line, expected) in [
            ("a  b\tc", vec!["a", "b", "c"]),
            ("\"a b\" 'c \"d'", vec!["a b", "c \"d"]),
            (r#""a\"b\\c\x20\u00e9" d\x20e"#, vec!["a\"b\\c é", "d e"]),
            (r"a\ ", vec!["a\\ "]),
            ("\"\" x", vec!["", "x"]),
            ("  ", vec![]),
        ] {
            assert_eq!(split_quoted(line), expected, "{line}");
        }
    }

    #[test]
    fn what_follows_the_words_stands_as_it_is() {
        let (words, rest) = split_first("f /a 0644 - - -  two  blanks\\x20 ", 6);
        assert_eq!(words, ["f", "/a", "0644", "-", "-", "-"]);
        assert_eq!(unescape(&rest), b"two  blanks ");
        assert_eq!(unescape(r"[main]\x0al=C:\\new\x"), b"[main]\nl=C:\\new\\x");
    }
}
