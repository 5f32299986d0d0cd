//! Builtins that ask what a value is.

use crate::error::{ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::value::{Attr, Thunk, Type, Value};

fn is<'a>(evaluator: &Evaluator<'a>, thunk: &'a Thunk<'a>, kind: Type) -> Evaluated<'a> {
    Ok(Value::Bool(evaluator.force(thunk)?.kind() == kind))
}

macro_rules! questions {
    ($($name:ident = $kind:ident),+) => {
        $(pub(super) fn $name<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], _: Pos) -> Evaluated<'a> {
            is(evaluator, arguments[0], Type::$kind)
        })+
    };
}

questions!(
    is_attrs = Attrs,
    is_bool = Bool,
    is_float = Float,
    is_function = Function,
    is_int = Int,
    is_list = List,
    is_null = Null,
    is_path = Path,
    is_string = String
);

pub(super) fn type_of<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], _: Pos) -> Evaluated<'a> {
    Ok(evaluator.string(evaluator.force(arguments[0])?.kind().name()))
}

/// The formal arguments of a function, and whether each has a default.
pub(super) fn function_args<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    match evaluator.force(arguments[0])? {
        Value::Closure(closure) => {
            let formals = closure
                .lambda
                .pattern
                .as_ref()
                .map(|pattern| pattern.formals)
                .unwrap_or_default();
            let attr = |formal: &crate::code::FormalCode<'a>| Attr {
                name: formal.name,
                pos: formal.pos,
                value: evaluator.done(Value::Bool(formal.default.is_some())),
            };
            Ok(evaluator.attrs(formals.iter().map(attr).collect()))
        }
        Value::Builtin(_) | Value::Partial(_) => Ok(evaluator.attrs(Vec::new())),
        _ => Err(ErrorData::new(ErrorKind::Type, "'functionArgs' requires a function").at(pos)),
    }
}
