//! Compiles strings and paths.

use std::borrow::Cow;

use super::{Compiled, Compiler, Constant};
use crate::code::{Code, CodeKind};
use crate::error::{Error, ErrorData, ErrorKind};
use crate::paths;
use crate::sources::Pos;
use crate::syntax::ast::Part;

impl<'c, 'a> Compiler<'c, 'a> {
    pub(super) fn interpolation(&mut self, parts: &[Part<'c>], pos: Pos) -> Compiled<'a> {
        let mut codes = Vec::with_capacity(parts.len());
        self.parts(parts, &mut codes)?;
        let parts = self.evaluator.arena.alloc_slice_copy(&codes);
        Ok(self.alloc(CodeKind::Interpolation { parts, pos }))
    }

    /// Adds the code of the parts of a string; texts that follow each other are made one.
    fn parts(&mut self, parts: &[Part<'c>], codes: &mut Vec<&'a Code<'a>>) -> Result<(), Error> {
        let mut rest = parts;
        while let [first, behind @ ..] = rest {
            rest = behind;
            codes.push(match first {
                Part::Expr(expr) => self.expr(expr)?,
                Part::Text(text) => {
                    let mut whole = Cow::Borrowed(*text);
                    while let [Part::Text(more), behind @ ..] = rest {
                        whole.to_mut().extend_from_slice(more);
                        rest = behind;
                    }
                    match whole {
                        Cow::Borrowed(text) => self.string(text),
                        Cow::Owned(text) => self.constant(self.evaluator.bytes(&text)),
                    }
                }
            });
        }
        Ok(())
    }

    pub(super) fn path_literal(&mut self, path: &'c str) -> &'a Code<'a> {
        self.shared(Constant::Path(path), |compiler| {
            let absolute = paths::absolute(path, compiler.directory);
            compiler.constant(compiler.evaluator.path(&absolute))
        })
    }

    pub(super) fn home_path(&self, path: &str, pos: Pos) -> Compiled<'a> {
        let home = self.evaluator.home(pos)?;
        let absolute = paths::absolute(path.trim_start_matches("~/"), &home);
        Ok(self.constant(self.evaluator.path(&absolute)))
    }

    pub(super) fn path_interpolation(&mut self, parts: &[Part<'c>], pos: Pos) -> Compiled<'a> {
        let Some((Part::Text(first), rest)) = parts.split_first() else {
            let message = "a path cannot begin with an interpolation";
            return Err(ErrorData::new(ErrorKind::Syntax, message).at(pos));
        };
        let first = String::from_utf8_lossy(first);
        let mut absolute = match first.strip_prefix("~/") {
            Some(rest) => paths::absolute(rest, &self.evaluator.home(pos)?),
            None => paths::absolute(&first, self.directory),
        };
        if first.ends_with('/') && absolute != "/" {
            absolute.push('/');
        }
        let mut codes = vec![self.constant(self.evaluator.string(&absolute))];
        self.parts(rest, &mut codes)?;
        let parts = self.evaluator.arena.alloc_slice_copy(&codes);
        Ok(self.alloc(CodeKind::PathInterpolation { parts, pos }))
    }

    pub(super) fn search_path(&mut self, path: &'c str, pos: Pos) -> Compiled<'a> {
        if let Some(call) = self.rebound_search_path(path, pos) {
            return call;
        }
        let name = self.evaluator.arena.alloc_str(path);
        Ok(self.alloc(CodeKind::SearchPath { name, pos }))
    }
}
