//! String literals and attribute names as the language writes them.

/// Words that must be quoted as attribute names. `or` may stand bare.
const RESERVED: &[&str] = &[
    "if", "then", "else", "assert", "with", "let", "in", "rec", "inherit",
];

/// Appends `text` as a string literal: in quotes, with `\"`, `\\`, `\n`, `\r`, `\t` and `\${` escaped.
pub fn push_string(out: &mut String, text: &str) {
    out.push('"');
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' if letters.peek() == Some(&'{') => out.push_str("\\$"),
            _ => out.push(letter),
        }
    }
    out.push('"');
}

/// Like [`push_string`] for bytes that need not be UTF-8.
pub fn push_string_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    for (index, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', *byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            b'$' if bytes.get(index + 1) == Some(&b'{') => out.extend(b"\\$"),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}

/// Whether `name` can stand as an attribute name without quotes.
pub fn is_identifier(name: &str) -> bool {
    let mut bytes = name.bytes();
    let starts_well = bytes
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    starts_well
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\'' | b'-'))
        && !RESERVED.contains(&name)
}

/// Appends an attribute name, quoted where it must be.
pub fn push_identifier(out: &mut String, name: &str) {
    match is_identifier(name) {
        true => out.push_str(name),
        false => push_string(out, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings() {
        for (text, expected) in [
            ("", r#""""#),
            ("a\"b\\c", r#""a\"b\\c""#),
            ("\n\r\t", r#""\n\r\t""#),
            ("${x} $x $", r#""\${x} $x $""#),
            ("$${x}", r#""$\${x}""#),
            ("ä\u{1}", "\"ä\u{1}\""),
        ] {
            let mut out = String::new();
            push_string(&mut out, text);
            assert_eq!(out, expected);
            let mut out = Vec::new();
            push_string_bytes(&mut out, text.as_bytes());
            assert_eq!(out, expected.as_bytes());
        }
    }

    #[test]
    fn identifiers() {
        for name in ["a", "_", "a-b", "a'", "or", "A1"] {
            assert!(is_identifier(name), "{name}");
        }
        for name in ["", "1a", "a.b", "if", "inherit", "-a", "ä", "a b"] {
            assert!(!is_identifier(name), "{name}");
        }
    }
}
