//! Makes what a machine said on its console readable in an error.

/// The last lines that say something, each on a line of its own behind an indent; nothing where none does.
pub(super) fn last_lines(console: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(console);
    let plain = without_controls(&text);
    let lines: Vec<&str> = plain
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(most)..];
    last.iter().map(|line| format!("\n  > {line}")).collect()
}

/// The text without what moves a cursor or changes colours: firmware and systemd write for terminals.
fn without_controls(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_sequence(&mut characters),
            '\n' => plain.push('\n'),
            character if character.is_control() => {}
            character => plain.push(character),
        }
    }
    plain
}

/// Control sequences begin with a bracket and end with a letter; others have one character.
fn skip_sequence(characters: &mut std::str::Chars<'_>) {
    if characters.next() == Some('[') {
        let _ = characters.find(|character| ('@'..='~').contains(character));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_plain_text() {
        let table: [(&[u8], usize, &str); 6] = [
            (b"", 3, ""),
            (b"\r\n\n  \r\n", 3, ""),
            (b"a\r\nb\r\n\r\nc", 2, "\n  > b\n  > c"),
            (b"\x1b[2J\x1b[01;01Hx\x1b[0;32m OK \x1b[0m\n", 9, "\n  > x OK "),
            (b"\x1b=cut \x1b[1", 9, "\n  > cut"),
            (b"\xff\n", 9, "\n  > \u{fffd}"),
        ];
        for (console, most, expected) in table {
            assert_eq!(
                last_lines(console, most).trim_end(),
                expected.trim_end(),
                "{console:?}"
            );
        }
    }
}
