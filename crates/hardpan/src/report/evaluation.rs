//! Shows where and why evaluation failed.

use operations::{EvaluationError, Place, Session};

/// How many steps of the way to an error are shown unless all are asked for.
const SHORT_TRACE: usize = 4;

/// The message with its place, the text there, and the way to it: from the user's own files first.
pub fn lines(error: &EvaluationError, session: &Session, show_trace: bool) -> Vec<String> {
    let own_place = error
        .place
        .as_ref()
        .or_else(|| error.trace.iter().find_map(|line| line.place.as_ref()));
    let (first, rest) = error.message.split_once('\n').unwrap_or((&error.message, ""));
    let mut lines = vec![match own_place {
        Some(place) => format!("error: {first}, at {place}"),
        None => format!("error: {first}"),
    }];
    lines.extend(rest.lines().map(|line| format!("  {line}")));
    if let Some(place) = own_place {
        lines.extend(excerpt(place));
    }
    if let Some(source) = error.source.as_ref() {
        super::causes(source.source(), &mut lines);
    }
    lines.extend(trace(error, session, show_trace));
    lines
}

/// The line of source with a mark below.
fn excerpt(place: &Place) -> Vec<String> {
    let number = place.line.to_string();
    let shown: String = place
        .text
        .chars()
        .map(|char| if char == '\t' { ' ' } else { char })
        .collect();
    let column = place
        .text
        .char_indices()
        .take_while(|(offset, _)| offset + 1 < place.column as usize)
        .count();
    let gutter = " ".repeat(number.len());
    vec![
        format!("  {number} | {shown}"),
        format!("  {gutter} | {}^", " ".repeat(column)),
    ]
}

fn trace(error: &EvaluationError, session: &Session, show_trace: bool) -> Vec<String> {
    let is_own =
        |place: Option<&Place>| place.is_some_and(|place| session.is_own_file(&place.origin.label()));
    let shown: Vec<String> = error
        .trace
        .iter()
        .filter(|line| show_trace || is_own(line.place.as_ref()))
        .map(|line| match &line.place {
            Some(place) => format!("  … {}, at {place}", line.text),
            None => format!("  … {}", line.text),
        })
        .collect();
    let limit = if show_trace { shown.len() } else { SHORT_TRACE };
    let mut lines: Vec<String> = shown.into_iter().take(limit).collect();
    if !show_trace && error.trace.len() > lines.len() {
        lines.push(format!(
            "  ({} steps not shown; '--show-trace' shows them)",
            error.trace.len() - lines.len()
        ));
    }
    lines
}
