//! Matches as Nix gives them.

use super::*;

/// Groups of a match as text: `-` for a group that took no part.
fn shown(text: &str, groups: Option<Groups>) -> String {
    let Some(groups) = groups else {
        return "none".into();
    };
    let show =
        |group: &Option<Range<usize>>| group.clone().map_or("-".into(), |range| text[range].to_owned());
    groups.iter().map(show).collect::<Vec<_>>().join("|")
}

fn check_match(pattern: &str, text: &str, expected: &str) {
    let regex = Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    assert_eq!(
        shown(text, regex.match_whole(text.as_bytes())),
        expected,
        "{pattern} on {text}"
    );
}

/// The first match with the place where it begins.
fn check_find(pattern: &str, text: &str, start: usize, expected: &str) {
    let regex = Regex::new(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
    assert_eq!(
        shown(text, regex.find_at(text.as_bytes(), start)),
        expected,
        "{pattern} on {text}"
    );
}

#[test]
fn whole_matches() {
    for (pattern, text, expected) in [
        ("", "", ""),
        ("abc", "abc", "abc"),
        ("abc", "abcd", "none"),
        ("[a-zA-Z_][a-zA-Z0-9_'-]*", "a_b-c'1", "a_b-c'1"),
        ("(.*)\\.nix", "foo.bar.nix", "foo.bar.nix|foo.bar"),
        (" *([0-9]+) *", "  42 ", "  42 |42"),
        ("([0-9]+)\\.([0-9]+)", "12.34", "12.34|12|34"),
        ("(a*)*", "aa", "aa|"),
        ("(a*)+", "", "|"),
        ("(a|ab)(c|bcd)(d*)", "abcd", "abcd|a|bcd|"),
        ("((a)|b)*", "ab", "ab|b|a"),
        ("([ab]*)(b*)", "abb", "abb|abb|"),
        ("(a{0,2})(a*)", "aaa", "aaa|aa|a"),
        ("((a?)(b?))*", "ab", "ab|||"),
        ("(a|b|ab)*c", "abc", "abc|b"),
        ("(a)|b", "b", "b|-"),
        ("(a){0}b", "b", "b|-"),
        ("a{1}{2}", "aa", "aa"),
        ("a**", "aa", "aa"),
        ("a+*", "", ""),
        ("a||b", "", ""),
        ("(|a)", "a", "a|a"),
        ("()", "", "|"),
        ("a}", "a}", "a}"),
        ("a]", "a]", "a]"),
        ("a^b", "ab", "none"),
        ("(^a$)", "a", "a|a"),
        (".", "\n", "\n"),
        (".", "\0", "none"),
        (".", "ä", "none"),
        ("..", "ä", "ä"),
        ("[ä]+", "ä", "ä"),
        ("x{2,3}", "xxxx", "none"),
        ("x{2,}", "xxxx", "xxxx"),
        ("(xy){2,3}", "xyxyxy", "xyxyxy|xy"),
    ] {
        check_match(pattern, text, expected);
    }
}

#[test]
fn bracket_expressions() {
    for (pattern, text, expected) in [
        ("[]a]+", "]a", "]a"),
        ("[^]a]+", "b", "b"),
        ("[a-]+", "a-", "a-"),
        ("[-a]+", "a-", "a-"),
        ("[a-c-]", "-", "-"),
        ("[--/]", ".", "."),
        ("[%--]", "&", "&"),
        ("[a\\]b]", "\\b]", "\\b]"),
        ("[\\n]", "n", "n"),
        ("[[:alpha:][:digit:]_]+", "a1_", "a1_"),
        ("[[:ALPHA:]]", "a", "a"),
        ("[[:space:]]*", " \n\t\u{b}", " \n\t\u{b}"),
        ("[[:w:]]+", "a_1", "a_1"),
        ("[[.hyphen.]]", "-", "-"),
        ("[[.tilde.][.zero.][.backslash.]]+", "~0\\", "~0\\"),
        ("[[=a=]]+", "aA", "aA"),
        ("[^[:upper:]]", "A", "none"),
        ("[[]", "[", "["),
    ] {
        check_match(pattern, text, expected);
    }
}

#[test]
fn finds() {
    for (pattern, text, start, expected) in [
        ("a|ab", "xab", 0, "ab"),
        ("(a|ab)(c|bcd)?", "abcd", 0, "abcd|a|bcd"),
        ("x*(xy)?", "xxy", 0, "xx|-"),
        ("b*|c", "c", 0, "c"),
        ("b+", "abbcb", 3, "b"),
        ("^a", "aa", 1, "none"),
        ("a$", "aba", 0, "a"),
        ("", "ab", 2, ""),
        ("z", "ab", 2, "none"),
        ("(b*)*", "abb", 1, "bb|"),
        ("($|a)", "ba", 0, "a|a"),
        ("[0-9]+|[a-z]+", "..ab12", 0, "ab"),
    ] {
        check_find(pattern, text, start, expected);
    }
}

#[test]
fn refuses() {
    for pattern in [
        "\\d",
        "\\}",
        "\\/",
        "\\",
        "[a-c-e]",
        "[[.-.]]",
        "a{,2}",
        "a{2,1}",
        "a{",
        "a{x}",
        "*a",
        "(*a)",
        "(",
        ")",
        "a)",
        "[",
        "[a",
        "^*",
        "[[:foo:]]",
        "[b-a]",
        "[a-[.c.]]",
        "[a-z-9]",
        "[[:alpha:]-z]",
        "a|*",
        "[]",
        "[^]",
    ] {
        assert_eq!(Regex::new(pattern).err(), Some(RegexError::Invalid), "{pattern}");
    }
    for pattern in [
        "x{100001}",
        "(a{1000}){1000}",
        &"(".repeat(1000),
        &format!("a{}", "*".repeat(1000)),
    ] {
        assert_eq!(Regex::new(pattern).err(), Some(RegexError::TooLarge), "{pattern}");
    }
}

#[test]
fn hostile_patterns_end() {
    let text = "a".repeat(5000);
    for pattern in [
        "(a*)*b",
        "(a|a)*b",
        "(a+)+b",
        "(.*)(.*)(.*)(.*)x",
        "((a?)*)*b",
        "(a|aa)+$b",
    ] {
        check_match(pattern, &text, "none");
        check_find(pattern, &text, 0, "none");
    }
}

/// Whatever the pattern, a search ends without panic, and a whole match is also found.
#[test]
fn random_patterns_do_no_harm() {
    let pieces = [
        "a", "b", ".", "(", ")", "*", "+", "?", "|", "{1,2}", "{0}", "[ab]", "[^a", "]", "^", "$", "\\.", "-",
    ];
    let mut state: u64 = 0x2545_f491_4f6c_dd1d;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for _ in 0..20_000 {
        let pattern: String = (0..random(9)).map(|_| pieces[random(pieces.len())]).collect();
        let text: String = (0..random(9)).map(|_| ["a", "b", "."][random(3)]).collect();
        let Ok(regex) = Regex::new(&pattern) else { continue };
        let found = regex.find_at(text.as_bytes(), 0);
        if regex.match_whole(text.as_bytes()).is_some() {
            assert!(
                found.is_some_and(|groups| groups[0].as_ref().is_some_and(|range| range.start == 0)),
                "{pattern}"
            );
        }
    }
}
