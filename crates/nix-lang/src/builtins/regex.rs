//! Builtins on regular expressions.

use std::ops::Range;
use std::rc::Rc;

use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::pure::regex::Regex;
use crate::sources::Pos;
use crate::value::{Thunk, Value};

impl<'a> Evaluator<'a> {
    fn regex(&self, thunk: &'a Thunk<'a>, pos: Pos) -> Result<Rc<Regex>, Error> {
        let pattern = self.force_plain(thunk, pos)?;
        if let Some(regex) = self.regexes.borrow().get(pattern.as_bytes()) {
            return Ok(Rc::clone(regex));
        }
        let regex = Regex::new(pattern)
            .map_err(|error| ErrorData::new(ErrorKind::Other, format!("{error} '{pattern}'")).at(pos))?;
        let regex = Rc::new(regex);
        self.regexes
            .borrow_mut()
            .insert(pattern.as_bytes().to_vec(), Rc::clone(&regex));
        Ok(regex)
    }

    /// The groups of a match, those that took no part as null.
    fn groups(&self, subject: &[u8], groups: &[Option<Range<usize>>]) -> Value<'a> {
        let group = |range: &Option<Range<usize>>| match range {
            Some(range) => self.done(self.bytes(subject.get(range.clone()).unwrap_or_default())),
            None => self.null,
        };
        let items: Vec<_> = groups.iter().skip(1).map(group).collect();
        self.list(&items)
    }
}

pub(super) fn match_whole<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let regex = evaluator.regex(arguments[0], pos)?;
    let subject = evaluator.force_text(arguments[1], pos)?.bytes;
    Ok(match regex.match_whole(subject) {
        Some(groups) => evaluator.groups(subject, &groups),
        None => Value::Null,
    })
}

pub(super) fn split<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let regex = evaluator.regex(arguments[0], pos)?;
    let subject = evaluator.force_text(arguments[1], pos)?.bytes;
    let mut items = Vec::new();
    let (mut text_start, mut search_start) = (0, 0);
    while search_start <= subject.len() {
        let Some(groups) = regex.find_at(subject, search_start) else {
            break;
        };
        let Some(whole) = groups.first().cloned().flatten() else {
            break;
        };
        items.push(evaluator.done(evaluator.bytes(subject.get(text_start..whole.start).unwrap_or_default())));
        items.push(evaluator.done(evaluator.groups(subject, &groups)));
        text_start = whole.end;
        search_start = if whole.is_empty() {
            whole.end + 1
        } else {
            whole.end
        };
    }
    items.push(evaluator.done(evaluator.bytes(subject.get(text_start..).unwrap_or_default())));
    Ok(evaluator.list(&items))
}
