//! Shows where and why evaluation failed.

use operations::{EvaluationError, Place, Session};

/// How many steps of the way to an error are shown unless all are asked for.
const SHORT_TRACE: usize = 4;

/// The program's own texts, which say nothing to people.
const OUR_OWN: [&str; 2] = ["«call-flake»", "«derivation»"];

/// The message with its place, the text there, and the way to it: from the user's own files first.
pub fn lines(error: &EvaluationError, session: &Session, show_trace: bool) -> Vec<String> {
    let shown_place = place(error, session, show_trace);
    let (first, rest) = error.message.split_once('\n').unwrap_or((&error.message, ""));
    let is_foreign = shown_place.is_some_and(|place| !show_trace && !is_own(place, session));
    let definition = definition(error, session).filter(|_| is_foreign);
    let mut lines = vec![match (definition, shown_place) {
        (Some(definition), _) => format!("error: {first}, at {definition}"),
        (None, Some(place)) => format!("error: {first}, at {place}"),
        (None, None) => format!("error: {first}"),
    }];
    lines.extend(rest.lines().map(|line| format!("  {line}")));
    if let Some(place) = shown_place.filter(|_| definition.is_none()) {
        lines.extend(excerpt(place));
    }
    if let Some(source) = error.source.as_ref() {
        super::causes(source.source(), &mut lines);
    }
    lines.extend(trace(error, session, show_trace));
    lines
}

/// The place to show: a message of several lines from somebody else's code names the places itself.
fn place<'a>(error: &'a EvaluationError, session: &Session, show_trace: bool) -> Option<&'a Place> {
    let mut on_the_way = error
        .trace
        .iter()
        .filter_map(|line| line.place.as_ref())
        .filter(|place| !is_ours(place));
    let named_at = error.named_at.as_ref().filter(|place| is_own(place, session));
    match error.place.as_ref().filter(|place| !is_ours(place)) {
        None => named_at.or_else(|| on_the_way.next()),
        Some(place) if show_trace || is_own(place, session) => Some(place),
        Some(_) if named_at.is_some() => named_at,
        Some(_) if error.message.contains('\n') => None,
        Some(place) => on_the_way.find(|place| is_own(place, session)).or(Some(place)),
    }
}

/// Where the person's own files define the option whose value failed: the contexts that the module system gives say it.
fn definition<'a>(error: &'a EvaluationError, session: &Session) -> Option<&'a str> {
    let contexts = error.trace.iter().filter(|line| line.is_context);
    let mut places = contexts.filter_map(|line| {
        let (_, place) = line.text.split_once(", defined at ")?;
        place
            .split([' ', '\n'])
            .next()?
            .strip_suffix(':')
            .or(place.split([' ', '\n']).next())
    });
    places.find(|place| {
        let mut parts = place.rsplitn(3, ':');
        let numbers = [parts.next(), parts.next()];
        let is_place = numbers
            .iter()
            .all(|part| part.is_some_and(|part| part.parse::<u32>().is_ok()));
        is_place && parts.next().is_some_and(|file| session.is_own_file(file))
    })
}

/// Whether the person who sees the error wrote what stands there.
fn is_own(place: &Place, session: &Session) -> bool {
    !is_ours(place) && session.is_own_file(&place.origin.label())
}

/// Whether it stands in the program's own code.
pub(super) fn is_ours(place: &Place) -> bool {
    OUR_OWN.contains(&place.origin.label().as_str())
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
        .take_while(|(offset, _)| *offset < place.mark)
        .count();
    let gutter = " ".repeat(number.len());
    vec![
        format!("  {number} | {shown}"),
        format!("  {gutter} | {}^", " ".repeat(column)),
    ]
}

/// The steps of the person's own code, and what code says of itself with `addErrorContext`.
fn trace(error: &EvaluationError, session: &Session, show_trace: bool) -> Vec<String> {
    let mut steps = if show_trace { usize::MAX } else { SHORT_TRACE };
    let mut contexts = steps;
    let mut lines: Vec<String> = Vec::new();
    let shown = error
        .trace
        .iter()
        .filter(|line| !line.place.as_ref().is_some_and(is_ours));
    let outermost = shown.clone().count().saturating_sub(1);
    for (number, line) in shown.enumerate() {
        let is_own = line.place.as_ref().is_some_and(|place| is_own(place, session));
        let left = if line.is_context {
            &mut contexts
        } else {
            &mut steps
        };
        // What the command was doing comes last.
        let is_wanted = *left > 0 || (line.is_context && number == outermost);
        if is_wanted && (show_trace || line.is_context || is_own) {
            *left = left.saturating_sub(1);
            lines.push(match &line.place {
                Some(place) => format!("  … {}, at {place}", line.text),
                None => format!("  … {}", line.text),
            });
        }
    }
    if !show_trace && error.trace.len() > lines.len() {
        lines.push(format!(
            "  ({} steps not shown; '--show-trace' shows them)",
            error.trace.len() - lines.len()
        ));
    }
    lines
}
