//! Compiles variables, and the scopes of `with`.

use super::scopes::Meaning;
use super::{Compiled, Compiler, Constant};
use crate::code::CodeKind;
use crate::error::{Error, ErrorData, ErrorKind};
use crate::sources::Pos;
use crate::syntax::ast::{Expr, Name};

impl<'c, 'a> Compiler<'c, 'a> {
    pub(super) fn variable(&mut self, name: Name, pos: Pos) -> Compiled<'a> {
        let meaning = self.meaning(name);
        self.variable_at(name, meaning, self.scopes.depth(), pos)
    }

    /// The variable of that name outside of the innermost scope, where it is the name of `slot`.
    pub(super) fn variable_outside(&mut self, name: Name, slot: u32, pos: Pos) -> Compiled<'a> {
        let meaning = self.scopes.meaning_outside(slot);
        let meaning = meaning.or_else(|| self.meaning_around(name));
        self.variable_at(name, meaning, self.scopes.depth() - 1, pos)
    }

    /// Where the name is bound, if not by a `with`.
    pub(super) fn meaning(&self, name: Name) -> Option<Meaning> {
        let meaning = self.scopes.meaning(name);
        meaning.or_else(|| self.meaning_around(name))
    }

    /// Where the environment around the text binds the name.
    fn meaning_around(&self, name: Name) -> Option<Meaning> {
        let slot = self.around.as_ref()?.get(&self.symbol(name))?;
        Some(Meaning {
            scope: 0,
            slot: *slot,
        })
    }

    /// A variable at a place inside of `depth` scopes.
    fn variable_at(&mut self, name: Name, meaning: Option<Meaning>, depth: u32, pos: Pos) -> Compiled<'a> {
        if let Some(Meaning { scope, slot }) = meaning {
            let level = depth - 1 - scope;
            return Ok(self.alloc(CodeKind::Variable { level, slot, pos }));
        }
        let global = Constant::Global(name);
        if let Some(code) = self.constants.get(&global) {
            return Ok(code);
        }
        let symbol = self.symbol(name);
        if let Some(thunk) = self.evaluator.global(symbol) {
            let code = self.alloc(CodeKind::Constant(thunk));
            self.share(global, code);
            return Ok(code);
        }
        if !self.scopes.has_withs() {
            return Err(self.undefined(name, pos));
        }
        let levels: Vec<u32> = self.scopes.withs().map(|scope| depth - 1 - scope).collect();
        Ok(self.alloc(CodeKind::WithVariable {
            name: symbol,
            levels: self.evaluator.arena.alloc_slice_copy(&levels),
            pos,
        }))
    }

    #[cold]
    fn undefined(&self, name: Name, pos: Pos) -> Error {
        let name = self.tree.names.text(name);
        let mut known = self.evaluator.global_names();
        known.extend(self.scopes.names().map(|name| self.tree.names.text(name)));
        let around = self.around.iter().flat_map(|slots| slots.keys());
        known.extend(around.map(|symbol| self.evaluator.name(*symbol)));
        let hint = crate::suggest::did_you_mean(name, known.into_iter());
        let message = format!("undefined variable '{name}'{hint}");
        ErrorData::new(ErrorKind::UndefinedVariable, message).at(pos)
    }

    pub(super) fn with(&mut self, scope: &Expr<'c>, body: &Expr<'c>) -> Compiled<'a> {
        let scope = self.expr(scope)?;
        self.scopes.enter_with();
        let body = self.expr(body);
        self.scopes.leave();
        let body = body?;
        Ok(self.alloc(CodeKind::With { scope, body }))
    }
}
