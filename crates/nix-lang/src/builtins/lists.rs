//! Builtins on lists.

use std::cmp::Ordering;

use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::spare::Argument;
use crate::symbols::Symbol;
use crate::value::{List, Thunk, Value};

pub(super) fn length<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    Ok(Value::Int(evaluator.force_list(arguments[0], pos)?.len() as i64))
}

pub(super) fn head<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    match evaluator.force_list(arguments[0], pos)?.first() {
        Some(first) => evaluator.force(first),
        None => Err(ErrorData::new(ErrorKind::Other, "'builtins.head' called on an empty list").at(pos)),
    }
}

pub(super) fn tail<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    match evaluator.force_list(arguments[0], pos)? {
        [_, rest @ ..] => Ok(Value::List(evaluator.arena.alloc(List { items: rest }))),
        [] => Err(ErrorData::new(ErrorKind::Other, "'builtins.tail' called on an empty list").at(pos)),
    }
}

pub(super) fn elem_at<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let index = evaluator.force_int(arguments[1], pos)?;
    let items = evaluator.force_list(arguments[0], pos)?;
    match usize::try_from(index).ok().and_then(|index| items.get(index)) {
        Some(item) => evaluator.force(item),
        None => {
            let message = format!(
                "'builtins.elemAt' called with index {index} on a list of size {}",
                items.len()
            );
            Err(ErrorData::new(ErrorKind::Other, message).at(pos))
        }
    }
}

pub(super) fn map<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let items = evaluator.force_list(arguments[1], pos)?;
    if items.is_empty() {
        return evaluator.force(arguments[1]);
    }
    let function = evaluator.force_function(arguments[0], pos)?;
    let function = evaluator.numbered(function);
    let mapped = items.iter().map(|item| evaluator.lazy_call(function, item));
    let items = evaluator.arena.alloc_slice_fill_iter(mapped);
    Ok(Value::List(evaluator.arena.alloc(List { items })))
}

pub(super) fn gen_list<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let length = evaluator.force_int(arguments[1], pos)?;
    let Ok(length) = u32::try_from(length) else {
        let message = format!("cannot create list of size {length}");
        return Err(ErrorData::new(ErrorKind::Other, message).at(pos));
    };
    let function = evaluator.force_function(arguments[0], pos)?;
    let function = evaluator.numbered(function);
    let items = (0..length).map(|index| evaluator.lazy_call_with_index(function, index));
    let items = evaluator.arena.alloc_slice_fill_iter(items);
    Ok(Value::List(evaluator.arena.alloc(List { items })))
}

fn call_bool<'a>(
    evaluator: &Evaluator<'a>,
    function: Value<'a>,
    item: &'a Thunk<'a>,
    pos: Pos,
) -> Result<bool, Error> {
    match evaluator.call_with([Argument::there(item)], function, pos)? {
        Value::Bool(value) => Ok(value),
        other => Err(evaluator.unexpected(crate::value::Type::Bool, &other).at(pos)),
    }
}

pub(super) fn filter<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let items = evaluator.force_list(arguments[1], pos)?;
    if items.is_empty() {
        return evaluator.force(arguments[1]);
    }
    let function = evaluator.force_function(arguments[0], pos)?;
    let mut kept = Vec::with_capacity(items.len());
    for item in items {
        if call_bool(evaluator, function, item, pos)? {
            kept.push(*item);
        }
    }
    match kept.len() == items.len() {
        true => evaluator.force(arguments[1]),
        false => Ok(evaluator.list(&kept)),
    }
}

pub(super) fn partition<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let function = evaluator.force_function(arguments[0], pos)?;
    let items = evaluator.force_list(arguments[1], pos)?;
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for item in items {
        evaluator.force(item)?;
        match call_bool(evaluator, function, item, pos)? {
            true => right.push(*item),
            false => wrong.push(*item),
        }
    }
    Ok(evaluator.attrs(vec![
        evaluator.attr("right", evaluator.list(&right)),
        evaluator.attr("wrong", evaluator.list(&wrong)),
    ]))
}

pub(super) fn all<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let function = evaluator.force_function(arguments[0], pos)?;
    for item in evaluator.force_list(arguments[1], pos)? {
        if !call_bool(evaluator, function, item, pos)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

pub(super) fn any<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let function = evaluator.force_function(arguments[0], pos)?;
    for item in evaluator.force_list(arguments[1], pos)? {
        if call_bool(evaluator, function, item, pos)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn elem<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    for item in evaluator.force_list(arguments[1], pos)? {
        if evaluator.equal_thunks(arguments[0], item, pos)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

pub(super) fn concat_lists<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let mut items = Vec::new();
    for list in evaluator.force_list(arguments[0], pos)? {
        items.extend_from_slice(evaluator.force_list(list, pos)?);
    }
    Ok(evaluator.list(&items))
}

pub(super) fn concat_map<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let function = evaluator.force_function(arguments[0], pos)?;
    let mut items = Vec::new();
    for item in evaluator.force_list(arguments[1], pos)? {
        match evaluator.call_with([Argument::there(item)], function, pos)? {
            Value::List(list) => items.extend_from_slice(list.items),
            other => return Err(evaluator.unexpected(crate::value::Type::List, &other).at(pos)),
        }
    }
    Ok(evaluator.list(&items))
}

pub(super) fn foldl_strict<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let function = evaluator.force_function(arguments[0], pos)?;
    let items = evaluator.force_list(arguments[2], pos)?;
    let Some((first, rest)) = items.split_first() else {
        return evaluator.force(arguments[1]);
    };
    let mut value = evaluator.call(function, &[arguments[1], first], pos)?;
    for item in rest {
        let so_far = Argument::new(evaluator.done(value));
        value = evaluator.call_with([so_far, Argument::there(item)], function, pos)?;
    }
    Ok(value)
}

pub(super) fn sort<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let items = evaluator.force_list(arguments[1], pos)?;
    if items.is_empty() {
        return evaluator.force(arguments[1]);
    }
    let function = evaluator.force_function(arguments[0], pos)?;
    for item in items {
        evaluator.force(item)?;
    }
    let is_less_than = matches!(function, Value::Builtin(builtin) if builtin.name == "lessThan");
    if is_less_than && let Some(sorted) = sorted_by_key(items) {
        return Ok(evaluator.list(&sorted));
    }
    let less = |first: &'a Thunk<'a>, second: &'a Thunk<'a>| -> Result<bool, Error> {
        if is_less_than {
            return evaluator.less(evaluator.force(first)?, evaluator.force(second)?, pos);
        }
        match evaluator.call_with([first, second].map(Argument::there), function, pos)? {
            Value::Bool(value) => Ok(value),
            other => Err(evaluator.unexpected(crate::value::Type::Bool, &other).at(pos)),
        }
    };
    let mut sorted = items.to_vec();
    merge_sort(&mut sorted, &less)?;
    Ok(evaluator.list(&sorted))
}

/// The order that `lessThan` makes of items that all are strings or all are integers, found without calling it.
fn sorted_by_key<'a>(items: &[&'a Thunk<'a>]) -> Option<Vec<&'a Thunk<'a>>> {
    let bytes = |item: &&'a Thunk<'a>| match item.value() {
        Some(Value::String(text)) => Some((text.bytes, *item)),
        _ => None,
    };
    let numbers = |item: &&'a Thunk<'a>| match item.value() {
        Some(Value::Int(number)) => Some((number, *item)),
        _ => None,
    };
    if let Some(mut keyed) = items.iter().map(bytes).collect::<Option<Vec<_>>>() {
        keyed.sort_by_key(|(bytes, _)| *bytes);
        return Some(keyed.into_iter().map(|(_, item)| item).collect());
    }
    let mut keyed = items.iter().map(numbers).collect::<Option<Vec<_>>>()?;
    keyed.sort_by_key(|(number, _)| *number);
    Some(keyed.into_iter().map(|(_, item)| item).collect())
}

/// A stable merge sort that asks only whether one item is less than another, and stops at the first error. The
/// standard library's sort may panic when the order is not total, which users' functions need not be.
fn merge_sort<T: Copy>(items: &mut [T], less: &dyn Fn(T, T) -> Result<bool, Error>) -> Result<(), Error> {
    let mut source = items.to_vec();
    let mut width = 1;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for pair in source.chunks(width * 2) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            merge(left, right, &mut merged, less)?;
        }
        source = merged;
        width *= 2;
    }
    items.copy_from_slice(&source);
    Ok(())
}

fn merge<T: Copy>(
    mut left: &[T],
    mut right: &[T],
    merged: &mut Vec<T>,
    less: &dyn Fn(T, T) -> Result<bool, Error>,
) -> Result<(), Error> {
    while let ([first, left_rest @ ..], [second, right_rest @ ..]) = (left, right) {
        if less(*second, *first)? {
            merged.push(*second);
            right = right_rest;
        } else {
            merged.push(*first);
            left = left_rest;
        }
    }
    merged.extend_from_slice(left);
    merged.extend_from_slice(right);
    Ok(())
}

/// All items reachable by an operator, each key once, in the order in which they are found.
pub(super) fn generic_closure<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let attrs = evaluator.force_attrs(arguments[0], pos)?;
    let required = |name: Symbol| {
        let attr = attrs
            .get(name)
            .ok_or_else(|| evaluator.missing_attribute(name, attrs).at(pos))?;
        Ok::<_, Error>(attr.value)
    };
    let start = evaluator.force_list(required(Symbol::START_SET)?, pos)?;
    if start.is_empty() {
        return Ok(evaluator.list(&[]));
    }
    let operator = evaluator.force_function(required(Symbol::OPERATOR)?, pos)?;
    let mut queue: std::collections::VecDeque<&'a Thunk<'a>> = start.iter().copied().collect();
    let mut seen = Keys::default();
    let mut found = Vec::new();
    while let Some(item) = queue.pop_front() {
        let item_attrs = evaluator.force_attrs(item, pos)?;
        let key = item_attrs
            .get(Symbol::KEY)
            .ok_or_else(|| evaluator.missing_attribute(Symbol::KEY, item_attrs).at(pos))?;
        let key = evaluator.force(key.value)?;
        if !seen.insert(evaluator, key, pos)? {
            continue;
        }
        found.push(item);
        match evaluator.call(operator, &[item], pos)? {
            Value::List(list) => queue.extend(list.items),
            other => return Err(evaluator.unexpected(crate::value::Type::List, &other).at(pos)),
        }
    }
    Ok(evaluator.list(&found))
}

/// A sorted set of values that can be compared; strings, the usual keys, are found by hash.
#[derive(Default)]
struct Keys<'a> {
    strings: hashbrown::HashSet<&'a [u8]>,
    others: Vec<Value<'a>>,
}

impl<'a> Keys<'a> {
    fn insert(&mut self, evaluator: &Evaluator<'a>, key: Value<'a>, pos: Pos) -> Result<bool, Error> {
        if let (Value::String(text), true) = (key, self.others.is_empty()) {
            return Ok(self.strings.insert(text.bytes));
        }
        if let Some(string) = self.strings.iter().next() {
            // Keys of two kinds cannot be compared: let the comparison say so.
            evaluator.compare(key, evaluator.bytes(string), pos)?;
        }
        let (mut low, mut high) = (0, self.others.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match evaluator.compare(key, self.others[middle], pos)? {
                Some(Ordering::Equal) => return Ok(false),
                Some(Ordering::Greater) => low = middle + 1,
                _ => high = middle,
            }
        }
        self.others.insert(low, key);
        Ok(true)
    }
}
