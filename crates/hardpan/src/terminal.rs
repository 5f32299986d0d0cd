//! Makes text from outside harmless for a terminal: what moves the cursor, sets titles, fills the clipboard or turns
//! lines around never gets there.

use std::borrow::Cow;

/// What becomes of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// They stay, and end with the text.
    Keep,
    /// They go too.
    Drop,
}

/// What one escape sequence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sequence {
    /// A colour or the like.
    Colour {
        /// Whether it ends all colours.
        is_end: bool,
    },
    /// Anything else.
    Other,
}

/// The text without escape sequences, carriage returns and bells, colours aside where they are kept; other characters
/// that a terminal obeys are spelt out. Line breaks and tabs stay.
pub fn clean(text: &str, colours: Colours) -> Cow<'_, str> {
    if !text.chars().any(is_obeyed) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut is_coloured = false;
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let (taken, after) = match character {
            '\u{1b}' => {
                let (length, sequence) = sequence(rest);
                let (taken, after) = rest.split_at(length);
                if let (Sequence::Colour { is_end }, Colours::Keep) = (sequence, colours) {
                    plain.push_str(taken);
                    is_coloured = !is_end;
                }
                (None, after)
            }
            _ => (Some(character), &rest[character.len_utf8()..]),
        };
        rest = after;
        match taken {
            None | Some('\r' | '\u{7}') => {}
            Some(character) if is_obeyed(character) => plain.push_str(&spelt(character)),
            Some(character) => plain.push(character),
        }
    }
    if is_coloured {
        plain.push_str("\u{1b}[0m");
    }
    Cow::Owned(plain)
}

/// Whether a terminal, or what lays a line out, obeys a character instead of showing it: the controls of both sets,
/// and Unicode's orders to turn the direction of writing.
pub fn is_obeyed(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        character => character.is_control(),
    }
}

/// `\x08`, `\u{202e}`
fn spelt(character: char) -> String {
    match u32::from(character) {
        code @ 0..=0x7f => format!("\\x{code:02x}"),
        code => format!("\\u{{{code:x}}}"),
    }
}

/// The length in bytes of the escape sequence that `text` begins with (ECMA-48), and what it is.
fn sequence(text: &str) -> (usize, Sequence) {
    let bytes = text.as_bytes();
    let count = |from: usize, range: std::ops::RangeInclusive<u8>| {
        let rest = bytes.get(from..).unwrap_or_default();
        rest.iter().take_while(|byte| range.contains(byte)).count()
    };
    let ends_with = |at: usize, range: std::ops::RangeInclusive<u8>| {
        bytes.get(at).filter(|byte| range.contains(byte)).copied()
    };
    match bytes.get(1) {
        Some(b'[') => {
            let parameters = count(2, b'0'..=b'?');
            let end = 2 + parameters + count(2 + parameters, b' '..=b'/');
            match ends_with(end, b'@'..=b'~') {
                Some(b'm') if end == 2 + parameters => (end + 1, colour(&text[2..end])),
                Some(_) => (end + 1, Sequence::Other),
                None => (end, Sequence::Other),
            }
        }
        Some(b']' | b'P' | b'X' | b'^' | b'_') => (2 + string(&text[2..]), Sequence::Other),
        Some(_) => {
            let end = 1 + count(1, b' '..=b'/');
            let has_end = ends_with(end, b'0'..=b'~').is_some();
            (end + usize::from(has_end), Sequence::Other)
        }
        None => (1, Sequence::Other),
    }
}

/// The length of the string that `text` begins with, as of a title or a link, and of its end. What does not end in its
/// line is no string: the words of somebody else might stand there.
fn string(text: &str) -> usize {
    let line = text.split('\n').next().unwrap_or_default();
    let ends = ["\u{7}", "\u{1b}\\", "\u{9c}"];
    let ends = ends.iter().filter_map(|end| Some((line.find(end)?, end.len())));
    ends.min().map_or(0, |(at, length)| at + length)
}

/// What the sequence with these parameters is: hiding is no colour.
fn colour(parameters: &str) -> Sequence {
    let mut codes = parameters.split(';');
    let mut is_end = false;
    while let Some(code) = codes.next() {
        match code {
            "8" => return Sequence::Other,
            "38" | "48" | "58" => {
                let further = match codes.next() {
                    Some("5") => 1,
                    Some("2") => 3,
                    _ => return Sequence::Other,
                };
                codes.by_ref().take(further).for_each(drop);
            }
            code if code.chars().all(|digit| digit.is_ascii_digit()) => {}
            _ => return Sequence::Other,
        }
        is_end = matches!(code, "" | "0" | "00");
    }
    Sequence::Colour { is_end }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_colours_reach_a_terminal() {
        let table: &[(&str, &str, &str)] = &[
            ("plain\ttext\n", "plain\ttext\n", "plain\ttext\n"),
            ("\u{1b}[31mred\u{1b}[0m", "\u{1b}[31mred\u{1b}[0m", "red"),
            ("\u{1b}[1;31mred", "\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{1b}[38;5;8mgrey\u{1b}[m", "\u{1b}[38;5;8mgrey\u{1b}[m", "grey"),
            ("\u{1b}[38;2;0;8;0mx\u{1b}[m", "\u{1b}[38;2;0;8;0mx\u{1b}[m", "x"),
            ("\u{1b}[8mhidden", "hidden", "hidden"),
            ("\u{1b}[38;8mhidden", "hidden", "hidden"),
            ("\u{1b}[2J\u{1b}[H\u{1b}[?25l\u{1b}[6n", "", ""),
            ("\u{1b}[>4;2m\u{1b}[1 m", "", ""),
            ("a\u{1b}]0;title\u{7}b", "ab", "ab"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link", "link"),
            ("\u{1b}]52;c;cm0=\u{7}", "", ""),
            ("\u{1b}P+q544e\u{1b}\\x\u{1b}_Ga=T\u{1b}\\", "x", "x"),
            (
                "\u{1b}]0;no end, at file:1",
                "0;no end, at file:1",
                "0;no end, at file:1",
            ),
            ("\u{1b}]0;a\nb\u{7}", "0;a\nb", "0;a\nb"),
            ("\u{1b}(0\u{1b}cx\u{1b}7\u{1b}=", "x", "x"),
            ("x\u{1b}", "x", "x"),
            ("x\u{1b}[1;", "x", "x"),
            ("x\u{1b}[1é", "xé", "xé"),
            ("good\rbad\u{7}", "goodbad", "goodbad"),
            ("a\u{8}b\u{b}\u{7f}", "a\\x08b\\x0b\\x7f", "a\\x08b\\x0b\\x7f"),
            (
                "\u{9b}31m\u{9d}0;t\u{9c}",
                "\\u{9b}31m\\u{9d}0;t\\u{9c}",
                "\\u{9b}31m\\u{9d}0;t\\u{9c}",
            ),
            (
                "a\u{202e}b\u{2066}",
                "a\\u{202e}b\\u{2066}",
                "a\\u{202e}b\\u{2066}",
            ),
            (
                "שלום ÄÖ 中 é\u{200f}",
                "שלום ÄÖ 中 é\u{200f}",
                "שלום ÄÖ 中 é\u{200f}",
            ),
        ];
        for (text, kept, dropped) in table {
            assert_eq!(clean(text, Colours::Keep), *kept, "{text:?}");
            assert_eq!(clean(text, Colours::Drop), *dropped, "{text:?}");
        }
    }
}
