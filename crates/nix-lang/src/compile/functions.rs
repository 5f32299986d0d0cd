//! Compiles functions.

use super::{Compiled, Compiler};
use crate::code::{CodeKind, FormalCode, LambdaCode, PatternCode};
use crate::error::Error;
use crate::sources::Pos;
use crate::symbols::Symbol;
use crate::syntax::ast::{Formal, Lambda, Pattern};

impl<'c, 'a> Compiler<'c, 'a> {
    pub(super) fn lambda(&mut self, lambda: &Lambda<'c>, name: Option<Symbol>, pos: Pos) -> Compiled<'a> {
        let formals = lambda.pattern.map_or(&[][..], |pattern| pattern.formals);
        let names = formals.iter().map(|formal| formal.name);
        self.scopes.enter(lambda.argument.into_iter().chain(names));
        let first = u32::from(lambda.argument.is_some());
        let pattern = lambda.pattern.map(|pattern| self.pattern(&pattern, first));
        let compiled = pattern
            .transpose()
            .and_then(|pattern| Ok((pattern, self.expr(&lambda.body)?)));
        self.scopes.leave();
        let (pattern, body) = compiled?;
        let lambda = LambdaCode {
            name,
            pos,
            argument: lambda.argument.map(|argument| self.symbol(argument)),
            pattern,
            body,
        };
        Ok(self.alloc(CodeKind::Lambda(self.evaluator.arena.alloc(lambda))))
    }

    /// The pattern of a function; the slots of its formal arguments begin with `first`.
    fn pattern(&mut self, pattern: &Pattern<'c>, first: u32) -> Result<PatternCode<'a>, Error> {
        let mut slots = first..;
        let compile = |compiler: &mut Self, formal: &Formal<'c>| {
            let default = formal.default.as_ref().map(|default| compiler.expr(default));
            Ok(FormalCode {
                name: compiler.symbol(formal.name),
                pos: compiler.pos(formal.at),
                slot: slots.next().unwrap_or_default(),
                default: default.transpose()?,
            })
        };
        let formals = self.slice(pattern.formals, compile)?;
        formals.sort_unstable_by_key(|formal| formal.name);
        Ok(PatternCode {
            formals,
            ellipsis: pattern.ellipsis,
        })
    }
}
