//! Attribute paths: reading them, and following them into values.

use nix_lang::{Error, Evaluator, Thunk, Type, Value};

/// Reads `a."b.c".d`.
pub(crate) fn parse_attribute_path(text: &str) -> Result<Vec<String>, String> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '.' => names.push(std::mem::take(&mut name)),
            '"' => loop {
                match characters.next() {
                    Some('"') => break,
                    Some(quoted) => name.push(quoted),
                    None => return Err(format!("missing closing quote in attribute path '{text}'")),
                }
            },
            other => name.push(other),
        }
    }
    if !text.is_empty() {
        names.push(name);
    }
    match names.iter().any(String::is_empty) {
        true => Err(format!("empty attribute name in attribute path '{text}'")),
        false => Ok(names),
    }
}

/// Writes names as an attribute path.
pub(crate) fn print_attribute_path(names: &[String]) -> String {
    let plain = |name: &String| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-'".contains(&byte))
    };
    let names = names.iter().map(|name| {
        if plain(name) {
            name.clone()
        } else {
            format!("\"{name}\"")
        }
    });
    names.collect::<Vec<_>>().join(".")
}

/// Where following a path ended.
pub(crate) enum Found<'a> {
    /// The value.
    Value(&'a Thunk<'a>),
    /// The first name that is not there, and what is instead.
    Missing { name: String, inside: Value<'a> },
}

/// Follows `names` from `start`. A number leads into a list; `call` makes a value of a function on the way that may be
/// called without further arguments.
pub(crate) fn follow<'a>(
    evaluator: &Evaluator<'a>,
    start: &'a Thunk<'a>,
    names: &[String],
    call: &dyn Fn(&'a Thunk<'a>) -> Result<&'a Thunk<'a>, Error>,
) -> Result<Found<'a>, Error> {
    let mut thunk = start;
    for name in names {
        thunk = call(thunk)?;
        let value = evaluator.force(thunk)?;
        let next = match (&value, name.parse::<usize>()) {
            (Value::List(list), Ok(index)) => list.items.get(index).copied(),
            _ if value.kind() == Type::Attrs => evaluator.attribute(&value, name),
            _ => None,
        };
        thunk = match next {
            Some(next) => next,
            None => {
                return Ok(Found::Missing {
                    name: name.clone(),
                    inside: value,
                });
            }
        };
    }
    Ok(Found::Value(thunk))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attribute_paths_are_split_at_dots_outside_of_quotes() {
        let table: &[(&str, Option<&[&str]>)] = &[
            ("", Some(&[])),
            ("a", Some(&["a"])),
            ("a.b-c.0", Some(&["a", "b-c", "0"])),
            ("a.\"b.c\".d", Some(&["a", "b.c", "d"])),
            ("a.", None),
            (".a", None),
            ("a.\"b", None),
        ];
        for (text, expected) in table {
            let parsed = parse_attribute_path(text).ok();
            let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            assert_eq!(parsed, expected, "{text}");
        }
    }

    #[test]
    fn printed_paths_are_quoted_where_needed() {
        let names = [
            "a".to_owned(),
            "b.c".to_owned(),
            "d-e'".to_owned(),
            "1".to_owned(),
        ];
        assert_eq!(print_attribute_path(&names), "a.\"b.c\".d-e'.\"1\"");
    }
}
