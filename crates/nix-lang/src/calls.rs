//! Calls: functions of the language and of this program, patterns, and what a wrong argument is told.

use std::ops::ControlFlow;

use crate::code::{Code, CodeKind, LambdaCode, PatternCode};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::sources::Pos;
use crate::spare::Argument;
use crate::symbols::Symbol;
use crate::value::{Attrs, Closure, Env, Partial, Thunk, Type, Value};

impl<'a> Evaluator<'a> {
    #[inline(never)]
    pub(crate) fn eval_call(
        &self,
        function: &'a Code<'a>,
        arguments: &'a [&'a Code<'a>],
        pos: Pos,
        env: &'a Env<'a>,
    ) -> Evaluated<'a> {
        let function = self.eval(function, env)?;
        match arguments {
            [one] => self.call_with([self.argument(one, env)], function, pos),
            [one, two] => self.call_with([one, two].map(|code| self.argument(code, env)), function, pos),
            [one, two, three] => {
                let arguments = [one, two, three].map(|code| self.argument(code, env));
                self.call_with(arguments, function, pos)
            }
            _ => {
                let thunks: Vec<_> = arguments
                    .iter()
                    .map(|argument| self.thunk_for(argument, env))
                    .collect();
                self.call(function, &thunks, pos)
            }
        }
    }

    /// Calls `function` with arguments of which some may have been made for the call: what nobody sees after it is spare.
    #[inline]
    pub(crate) fn call_with<const N: usize>(
        &self,
        arguments: [Argument<'a>; N],
        function: Value<'a>,
        pos: Pos,
    ) -> Evaluated<'a> {
        let thunks = arguments.each_ref().map(|argument| argument.thunk);
        let (Value::Closure(closure), Some((first, rest))) = (function, thunks.split_first()) else {
            return self.call(function, &thunks, pos);
        };
        if closure.lambda.pattern.is_some() {
            return self.call(function, &thunks, pos);
        }
        let depth = self.deeper(pos)?;
        let (lambda, env, rest) = self.plain_scopes(closure, first, rest);
        let mark = self.spare.mark(self.arena);
        let result = self.eval(lambda.body, env);
        self.call_depth.set(depth);
        if rest.is_empty() && mark == self.spare.mark(self.arena) {
            self.spare.take_scopes(env, N);
            for argument in arguments.iter().filter(|argument| argument.is_new) {
                self.spare.take_thunk(argument.thunk);
            }
        }
        match (result, rest) {
            (Ok(value), []) => Ok(value),
            (Ok(function), rest) => self.call(function, rest, pos),
            (Err(error), _) => Err(self.while_calling(error, lambda, pos)),
        }
    }

    /// One call deeper; how deep it was before.
    #[inline]
    fn deeper(&self, pos: Pos) -> Result<usize, Error> {
        let depth = self.call_depth.get();
        if depth >= self.settings.max_call_depth {
            let message = "stack overflow; max-call-depth exceeded";
            return Err(ErrorData::new(ErrorKind::StackOverflow, message).at(pos));
        }
        self.check_stack()?;
        self.call_depth.set(depth + 1);
        Ok(depth)
    }

    /// The scopes for the first argument of a function without a pattern, and for those after it where the function only
    /// makes another one without; the innermost function, its scope, and what arguments are left.
    #[inline]
    fn plain_scopes<'s>(
        &self,
        closure: &'a Closure<'a>,
        first: &'a Thunk<'a>,
        mut rest: &'s [&'a Thunk<'a>],
    ) -> (&'a LambdaCode<'a>, &'a Env<'a>, &'s [&'a Thunk<'a>]) {
        let mut lambda = closure.lambda;
        let mut env = self.scope_of_one(first, closure.env);
        while let ([next, others @ ..], CodeKind::Lambda(inner)) = (rest, &lambda.body.kind)
            && inner.pattern.is_none()
        {
            env = self.scope_of_one(next, env);
            (lambda, rest) = (inner, others);
        }
        (lambda, env, rest)
    }

    /// Calls `function` with one argument after the other.
    pub fn call(&self, mut function: Value<'a>, mut arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
        while let [first, rest @ ..] = arguments {
            match function {
                Value::Closure(closure) => {
                    (function, arguments) = self.call_closure(closure, first, rest, pos)?;
                }
                Value::Builtin(builtin) => match arguments.split_at_checked(builtin.arity) {
                    Some((own, rest)) => {
                        function = self.call_builtin(builtin, own, pos)?;
                        arguments = rest;
                    }
                    None => return Ok(self.partial(builtin, &[], arguments)),
                },
                Value::Partial(partial) => match self.call_partial(partial, arguments, pos)? {
                    ControlFlow::Continue((value, rest)) => (function, arguments) = (value, rest),
                    ControlFlow::Break(value) => return Ok(value),
                },
                Value::Attrs(attrs) => {
                    // A functor may give itself again and again.
                    let function = self.functor(attrs, function, pos)?;
                    return self.nested(pos, || self.call(function, arguments, pos));
                }
                other => return Err(self.not_callable(&other).at(pos)),
            }
        }
        Ok(function)
    }

    fn call_partial<'s>(
        &self,
        partial: &'a Partial<'a>,
        arguments: &'s [&'a Thunk<'a>],
        pos: Pos,
    ) -> Result<ControlFlow<Value<'a>, (Value<'a>, &'s [&'a Thunk<'a>])>, Error> {
        let missing = partial.builtin.arity - partial.arguments.len();
        let Some((own, rest)) = arguments.split_at_checked(missing) else {
            return Ok(ControlFlow::Break(self.partial(
                partial.builtin,
                partial.arguments,
                arguments,
            )));
        };
        let value = match (partial.arguments, own) {
            ([one], [two]) => self.call_builtin(partial.builtin, &[one, two], pos)?,
            (first, second) => self.call_builtin(partial.builtin, &[first, second].concat(), pos)?,
        };
        Ok(ControlFlow::Continue((value, rest)))
    }

    fn partial(
        &self,
        builtin: &'static crate::builtins::Builtin,
        first: &[&'a Thunk<'a>],
        second: &[&'a Thunk<'a>],
    ) -> Value<'a> {
        let arguments = self
            .arena
            .alloc_slice_fill_iter(first.iter().chain(second).copied().collect::<Vec<_>>());
        Value::Partial(self.arena.alloc(Partial { builtin, arguments }))
    }

    /// A function of this program with its first arguments.
    pub(crate) fn with_arguments(
        &self,
        builtin: &'static crate::builtins::Builtin,
        arguments: &[&'a Thunk<'a>],
    ) -> Value<'a> {
        self.partial(builtin, arguments, &[])
    }

    fn call_builtin(
        &self,
        builtin: &'static crate::builtins::Builtin,
        arguments: &[&'a Thunk<'a>],
        pos: Pos,
    ) -> Evaluated<'a> {
        (builtin.run)(self, arguments, pos)
            .map_err(|error| self.while_calling_builtin(error, builtin.name, pos))
    }

    #[inline(never)]
    fn while_calling_builtin(&self, error: Error, name: &str, pos: Pos) -> Error {
        error
            .at(pos)
            .during(pos, || format!("while calling the '{name}' builtin"))
    }

    #[inline(never)]
    fn functor(&self, attrs: &'a Attrs<'a>, own: Value<'a>, pos: Pos) -> Evaluated<'a> {
        match attrs.get(Symbol::FUNCTOR) {
            Some(functor) => {
                let function = self.force(functor.value)?;
                self.call(function, &[self.done(own)], functor.pos)
            }
            None => Err(self.not_callable(&own).at(pos)),
        }
    }

    #[inline(never)]
    fn not_callable(&self, value: &Value<'a>) -> Error {
        let shown = self.shown_shortly(value);
        let message = format!(
            "attempt to call something which is not a function but {}: {shown}",
            value.described()
        );
        ErrorData::new(ErrorKind::Type, message)
    }

    /// Does something one level deeper: what nests without end is an error.
    pub(crate) fn nested<T>(&self, pos: Pos, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let depth = self.deeper(pos)?;
        let result = work();
        self.call_depth.set(depth);
        result
    }

    /// Calls a function of the language with its first argument, and maybe with some after it; the value, and what
    /// arguments are left.
    fn call_closure<'s>(
        &self,
        closure: &'a Closure<'a>,
        first: &'a Thunk<'a>,
        rest: &'s [&'a Thunk<'a>],
        pos: Pos,
    ) -> Result<(Value<'a>, &'s [&'a Thunk<'a>]), Error> {
        let depth = self.deeper(pos)?;
        let (lambda, result, rest) = match &closure.lambda.pattern {
            None => {
                let (lambda, env, rest) = self.plain_scopes(closure, first, rest);
                (lambda, self.eval(lambda.body, env), rest)
            }
            Some(pattern) => {
                let env = self.match_pattern(closure.lambda, pattern, closure.env, first, pos);
                let value = env.and_then(|env| self.eval(closure.lambda.body, env));
                (closure.lambda, value, rest)
            }
        };
        self.call_depth.set(depth);
        match result {
            Ok(value) => Ok((value, rest)),
            Err(error) => Err(self.while_calling(error, lambda, pos)),
        }
    }

    #[inline(never)]
    fn while_calling(&self, error: Error, lambda: &LambdaCode<'a>, pos: Pos) -> Error {
        let text = || format!("while calling {}", self.function_name(lambda));
        error
            .during(lambda.pos, text)
            .during(pos, || "from call site".to_owned())
    }

    fn function_name(&self, lambda: &LambdaCode<'a>) -> String {
        match lambda.name {
            Some(name) => format!("'{}'", self.name(name)),
            None => "anonymous lambda".to_owned(),
        }
    }

    fn match_pattern(
        &self,
        lambda: &'a LambdaCode<'a>,
        pattern: &'a PatternCode<'a>,
        env: &'a Env<'a>,
        argument: &'a Thunk<'a>,
        pos: Pos,
    ) -> Result<&'a Env<'a>, Error> {
        let attrs = match self.force(argument)? {
            Value::Attrs(attrs) => attrs,
            other => {
                let text = "while evaluating the value passed for the lambda argument";
                return Err(self
                    .unexpected(Type::Attrs, &other)
                    .during(pos, || text.to_owned())
                    .at(pos));
            }
        };
        let count = pattern.formals.len() + usize::from(lambda.argument.is_some());
        let inner = self.scope_of(count, argument, env);
        let mut matched = 0;
        for formal in pattern.formals {
            let thunk = match (attrs.get(formal.name), formal.default) {
                (Some(attr), _) => {
                    matched += 1;
                    attr.value
                }
                (None, Some(default)) => match &default.kind {
                    CodeKind::Constant(thunk) => thunk,
                    _ => self.later(default, inner),
                },
                (None, None) => return Err(self.missing_argument(lambda, formal.name).at(lambda.pos)),
            };
            if let Some(cell) = inner.slot(formal.slot) {
                cell.set(thunk);
            }
        }
        match !pattern.ellipsis && matched != attrs.entries().len() {
            true => Err(self.unexpected_argument(lambda, pattern, attrs).at(lambda.pos)),
            false => Ok(inner),
        }
    }

    fn called(&self, lambda: &LambdaCode<'a>) -> String {
        lambda.name.map_or_else(
            || "anonymous lambda".to_owned(),
            |name| self.name(name).to_owned(),
        )
    }

    #[inline(never)]
    fn missing_argument(&self, lambda: &LambdaCode<'a>, name: Symbol) -> Error {
        let (function, name) = (self.called(lambda), self.name(name));
        let message = format!("function '{function}' called without required argument '{name}'");
        ErrorData::new(ErrorKind::Type, message)
    }

    #[inline(never)]
    fn unexpected_argument(
        &self,
        lambda: &LambdaCode<'a>,
        pattern: &PatternCode<'a>,
        attrs: &Attrs<'a>,
    ) -> Error {
        let is_formal = |name: Symbol| pattern.formals.iter().any(|formal| formal.name == name);
        let mut surplus: Vec<&str> = attrs
            .entries()
            .iter()
            .filter(|attr| !is_formal(attr.name))
            .map(|attr| self.name(attr.name))
            .collect();
        surplus.sort_unstable();
        let name = surplus.first().copied().unwrap_or_default();
        let known = pattern.formals.iter().map(|formal| self.name(formal.name));
        let hint = crate::suggest::did_you_mean(name, known);
        let function = self.called(lambda);
        let message = format!("function '{function}' called with unexpected argument '{name}'{hint}");
        ErrorData::new(ErrorKind::Type, message)
    }
}
