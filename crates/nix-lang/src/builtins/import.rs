//! `import` and `scopedImport`.

use std::cell::Cell;

use crate::error::Error;
use crate::eval::{Evaluated, Evaluator};
use crate::paths;
use crate::sources::{Origin, Pos};
use crate::value::{Env, Slots, Thunk};
use crate::world::PathKind;

pub(super) fn import<'a>(evaluator: &Evaluator<'a>, arguments: &[&'a Thunk<'a>], pos: Pos) -> Evaluated<'a> {
    let path = evaluator.path_argument(arguments[0], pos)?;
    evaluator.import_file(&path, pos)
}

pub(super) fn scoped_import<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let path = evaluator.path_argument(arguments[1], pos)?;
    let scope = evaluator.force_attrs(arguments[0], pos)?;
    let path = evaluator.expression_file(&path, pos)?;
    let content = evaluator.read_file(&path, pos)?;
    let names = (0..)
        .zip(scope.entries())
        .map(|(slot, attr)| (attr.name, slot))
        .collect();
    let code = evaluator.compile_text(
        content,
        Origin::File(path.clone()),
        paths::parent(&path),
        Some(names),
    )?;
    let slots = scope
        .entries()
        .iter()
        .map(|attr| std::cell::Cell::new(attr.value));
    let env = evaluator.arena.alloc(Env {
        up: Cell::new(Some(evaluator.empty_env)),
        slots: Slots::Many(evaluator.arena.alloc_slice_fill_iter(slots)),
    });
    evaluator.eval(code, env)
}

/// What `<nix/NAME>` is where no entry of the search path has it: files of the program itself.
const OWN_FILES: &[(&str, &str)] = &[("<nix/fetchurl.nix>", include_str!("fetchurl.nix"))];

fn own_file(path: &str) -> Option<&'static str> {
    let own = OWN_FILES.iter().find(|(name, _)| *name == path);
    own.map(|(_, content)| *content)
}

impl<'a> Evaluator<'a> {
    /// The value of the expression in a file, or in a directory's `default.nix`.
    pub(crate) fn import_file(&self, path: &str, pos: Pos) -> Evaluated<'a> {
        let known = self.imports.borrow().get(path).copied();
        if let Some(thunk) = known {
            return self.force(thunk);
        }
        let file = self.expression_file(path, pos)?;
        let known = self.imports.borrow().get(&file).copied();
        let thunk = match known {
            Some(thunk) => thunk,
            None => self.load_file(&file, pos)?,
        };
        self.imports.borrow_mut().insert(path.to_owned(), thunk);
        self.imports.borrow_mut().insert(file.clone(), thunk);
        self.force(thunk)
            .map_err(|error| error.during(pos, || format!("while evaluating the file '{file}'")))
    }

    fn load_file(&self, file: &str, pos: Pos) -> Result<&'a Thunk<'a>, Error> {
        let content = match own_file(file) {
            Some(content) => content.as_bytes().to_vec(),
            None => self.read_file(file, pos)?,
        };
        let code = self.compile_text(content, Origin::File(file.to_owned()), paths::parent(file), None)?;
        Ok(self.thunk_for(code, self.empty_env))
    }

    /// The file that is meant by a path: itself, or `default.nix` in it; links are followed.
    pub(crate) fn expression_file(&self, path: &str, pos: Pos) -> Result<String, Error> {
        let outside = |source| self.outside(source).at(pos);
        if own_file(path).is_some() {
            return Ok(path.to_owned());
        }
        let mut path = path.to_owned();
        if self.world.path_kind(&path).map_err(outside)? == Some(PathKind::Symlink) {
            path = self.world.resolve_links(&path).map_err(outside)?;
        }
        match self.world.path_kind(&path).map_err(outside)? {
            Some(PathKind::Directory) => Ok(format!("{path}/default.nix")),
            Some(_) => Ok(path),
            None => Err(self.missing_path(&path).at(pos)),
        }
    }
}
