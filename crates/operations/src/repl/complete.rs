//! What may stand for a word that was begun: commands, variables, attributes, paths.

use std::collections::{BTreeMap, BTreeSet};

use nix_lang::{Evaluator, Origin, Thunk, Value};

use super::{COMMANDS, Completion};
use crate::Session;

/// The keywords and names that are there without any file.
const GLOBAL: [&str; 34] = [
    "abort",
    "assert",
    "baseNameOf",
    "break",
    "builtins",
    "derivation",
    "derivationStrict",
    "dirOf",
    "else",
    "false",
    "fetchGit",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "if",
    "import",
    "in",
    "inherit",
    "isNull",
    "let",
    "map",
    "null",
    "placeholder",
    "rec",
    "removeAttrs",
    "scopedImport",
    "then",
    "throw",
    "toString",
    "true",
    "with",
    "fetchMercurial",
    "or",
    "__curPos",
];

/// What may stand for the last word of `text`.
pub fn complete<'a>(
    session: &Session,
    evaluator: &Evaluator<'a>,
    variables: &BTreeMap<String, &'a Thunk<'a>>,
    text: &str,
) -> Completion {
    if text.starts_with(':') && !text.contains(char::is_whitespace) {
        let words = COMMANDS.iter().filter(|command| command.starts_with(text));
        return Completion {
            start: 0,
            words: words.map(|word| (*word).to_owned()).collect(),
        };
    }
    let is_inside = |char: char| char.is_alphanumeric() || "_'-./~".contains(char);
    let start = text
        .char_indices()
        .rev()
        .take_while(|(_, char)| is_inside(*char))
        .last()
        .map_or(text.len(), |(index, _)| index);
    let word = &text[start..];
    let words = match word.rsplit_once('.') {
        _ if word.contains('/') => paths(session, word),
        Some((prefix, begun)) => attributes(session, evaluator, variables, prefix, begun),
        None => {
            let names = variables.keys().map(String::as_str).chain(GLOBAL);
            let names: BTreeSet<&str> = names.filter(|name| name.starts_with(word)).collect();
            names.into_iter().map(str::to_owned).collect()
        }
    };
    Completion { start, words }
}

fn attributes<'a>(
    session: &Session,
    evaluator: &Evaluator<'a>,
    variables: &BTreeMap<String, &'a Thunk<'a>>,
    prefix: &str,
    begun: &str,
) -> Vec<String> {
    let current = session.settings().current_folder.to_string_lossy();
    let mut names = prefix.split('.');
    let Some(first) = names.next() else {
        return Vec::new();
    };
    let start = match variables.get(first) {
        Some(thunk) => evaluator.force(thunk),
        None => evaluator.evaluate_text(first, Origin::Text("string".to_owned()), &current),
    };
    // What fails to evaluate has nothing to offer.
    let Ok(mut value) = start else { return Vec::new() };
    for name in names {
        let next = evaluator
            .attribute(&value, name)
            .map(|thunk| evaluator.force(thunk));
        let Some(Ok(next)) = next else {
            return Vec::new();
        };
        value = next;
    }
    let Value::Attrs(_) = value else { return Vec::new() };
    let attributes = evaluator.attributes(&value).into_iter();
    attributes
        .filter(|(name, _)| name.starts_with(begun))
        .map(|(name, _)| format!("{prefix}.{}", nix_lang::syntax::print::attr_name(name)))
        .collect()
}

fn paths(session: &Session, word: &str) -> Vec<String> {
    let (folder, begun) = word.rsplit_once('/').unwrap_or(("", word));
    let place = match (folder.strip_prefix('~'), session.settings().home()) {
        (Some(rest), Some(home)) => format!("{home}{rest}/").into(),
        _ => session.settings().current_folder.join(format!("{folder}/")),
    };
    let Ok(entries) = std::fs::read_dir(place) else {
        return Vec::new();
    };
    let entries = entries.filter_map(Result::ok);
    let mut words: Vec<String> = entries
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let slash = if entry.path().is_dir() { "/" } else { "" };
            name.starts_with(begun).then(|| format!("{folder}/{name}{slash}"))
        })
        .collect();
    words.sort();
    words
}
