//! Lays failed evaluations out as Nix does: the way there first, the message last.

use std::collections::HashSet;

use operations::{EvaluationError, Place, TraceLine};

use super::evaluation::is_ours;

/// Under which everything but `error:` stands.
const INDENT: &str = "       ";

/// How many steps of the way to an error are shown unless all are asked for.
const SHORT_TRACE: usize = 4;

/// From how many steps on that were shown before they are only counted.
const MANY_DUPLICATES: usize = 6;

/// The way to the error from the outside in, then the message with its place.
pub fn lines(error: &EvaluationError, show_trace: bool) -> Vec<String> {
    let steps = trace(error, show_trace);
    let mut message = Vec::new();
    let (text, suggestion) = match error.message.rsplit_once('\n') {
        Some((text, last)) if last.starts_with("Did you mean ") => (text, Some(last)),
        _ => (error.message.as_str(), None),
    };
    let mut texts = text.lines();
    message.push(format!("error: {}", texts.next().unwrap_or_default()));
    message.extend(texts.map(|line| format!("{INDENT}{line}")));
    if let Some(place) = own_place(error) {
        message.push(format!("{INDENT}at {place}:"));
        message.extend(excerpt(place));
    }
    message.extend(suggestion.map(|suggestion| format!("{INDENT}{suggestion}")));
    if let Some(source) = error.source.as_ref() {
        super::causes(source.source(), &mut message);
    }
    if steps.is_empty() {
        return message;
    }
    message[0].insert_str(0, INDENT);
    let mut lines = vec!["error:".to_owned()];
    lines.extend(steps);
    lines.extend(message);
    lines
}

/// Where the error is, unless the last step of the way says it: what `throw` throws has no place of its own.
fn own_place(error: &EvaluationError) -> Option<&Place> {
    let place = error.place.as_ref().filter(|place| !is_ours(place))?;
    let last = error.trace.first().filter(|step| !is_call(step));
    let last = last.and_then(|step| step.place.as_ref());
    (last != Some(place)).then_some(place)
}

/// Whether Nix would show it too: the text of `addErrorContext` says enough.
fn is_step(step: &TraceLine) -> bool {
    step.text != "while calling the 'addErrorContext' builtin" && !step.place.as_ref().is_some_and(is_ours)
}

/// Whether a step is shown only where all are asked for.
fn is_call(step: &TraceLine) -> bool {
    let is_function = step.text.starts_with("while calling ") && !step.text.ends_with(" builtin");
    !step.is_context && (is_function || step.text == "from call site")
}

/// The steps from the outside in, each followed by an empty line.
fn trace(error: &EvaluationError, show_trace: bool) -> Vec<String> {
    let is_main_file = |step: &TraceLine| step.text.starts_with("while evaluating the file ");
    let steps = match error.trace.split_last() {
        Some((outermost, rest)) if is_main_file(outermost) => rest,
        _ => &error.trace,
    };
    let shown = steps
        .iter()
        .rev()
        .filter(|step| is_step(step) && (show_trace || !is_call(step)));
    let mut trace = Trace::default();
    let mut is_cut = false;
    for step in shown {
        is_cut |= !show_trace && trace.count >= SHORT_TRACE;
        if !is_cut || step.is_context {
            trace.add(step);
        }
    }
    trace.end_of_duplicates();
    if is_cut {
        let hint = "(stack trace truncated; use '--show-trace' to show the full, detailed trace)";
        trace.lines.extend([format!("{INDENT}{hint}"), String::new()]);
    }
    trace.lines
}

/// The steps that are shown.
#[derive(Default)]
struct Trace<'e> {
    lines: Vec<String>,
    count: usize,
    seen: HashSet<(&'e str, Option<String>)>,
    /// Steps that were shown before.
    duplicates: Vec<&'e TraceLine>,
}

impl<'e> Trace<'e> {
    fn add(&mut self, step: &'e TraceLine) {
        let place = step.place.as_ref().map(ToString::to_string);
        if !self.seen.insert((&step.text, place)) {
            self.duplicates.push(step);
            return;
        }
        self.end_of_duplicates();
        self.count += 1;
        self.show(step);
    }

    /// Shows the steps that were shown before, or says how many they are.
    fn end_of_duplicates(&mut self) {
        let duplicates = std::mem::take(&mut self.duplicates);
        if duplicates.len() < MANY_DUPLICATES {
            duplicates.into_iter().for_each(|step| self.show(step));
            return;
        }
        let text = format!("{INDENT}({} duplicate frames omitted)", duplicates.len());
        self.lines.extend([text, String::new()]);
        self.seen.clear();
    }

    fn show(&mut self, step: &TraceLine) {
        let mut texts = step.text.lines();
        let first = texts.next().unwrap_or_default();
        self.lines.push(format!("{INDENT}… {first}"));
        self.lines.extend(texts.map(|line| format!("{INDENT}{line}")));
        if let Some(place) = &step.place {
            self.lines.push(format!("{INDENT}  at {place}:"));
            self.lines.extend(excerpt(place));
        }
        self.lines.push(String::new());
    }
}

/// The line of source with a mark below, and the lines around it.
fn excerpt(place: &Place) -> Vec<String> {
    let numbered = |number: u32, text: &str| {
        let space = if text.is_empty() { "" } else { " " };
        format!("{INDENT} {number:5}|{space}{text}")
    };
    let mark = " ".repeat(place.mark);
    let before = place.text_before.as_deref();
    let after = place.text_after.as_deref();
    let mut lines: Vec<String> = before
        .map(|text| numbered(place.line - 1, text))
        .into_iter()
        .collect();
    lines.push(numbered(place.line, &place.text));
    lines.push(format!("{INDENT}      | {mark}^"));
    lines.extend(after.map(|text| numbered(place.line + 1, text)));
    lines
}
