//! `<name>` and `builtins.findFile`.

use crate::error::{ErrorData, ErrorKind};
use crate::eval::{Evaluated, Evaluator};
use crate::paths;
use crate::sources::Pos;
use crate::value::{Attr, Thunk};

pub(super) fn find_file<'a>(
    evaluator: &Evaluator<'a>,
    arguments: &[&'a Thunk<'a>],
    pos: Pos,
) -> Evaluated<'a> {
    let mut entries = Vec::new();
    for item in evaluator.force_list(arguments[0], pos)? {
        let attrs = evaluator.force_attrs(item, pos)?;
        let find = |name: &str| -> Option<&'a Attr<'a>> { attrs.get(evaluator.symbol(name)) };
        let prefix = match find("prefix") {
            Some(attr) => evaluator.force_plain(attr.value, pos)?.to_owned(),
            None => String::new(),
        };
        let Some(path) = find("path") else {
            return Err(evaluator
                .missing_attribute(crate::symbols::Symbol::PATH, attrs)
                .at(pos));
        };
        entries.push((prefix, evaluator.path_argument(path.value, pos)?));
    }
    let name = evaluator.force_plain(arguments[1], pos)?;
    evaluator.find_file(&entries, name, pos)
}

impl<'a> Evaluator<'a> {
    /// `<name>`
    pub(crate) fn search_path(&self, name: &str, pos: Pos) -> Evaluated<'a> {
        self.find_file(&self.settings.search_path, name, pos)
    }

    fn find_file(&self, entries: &[(String, String)], name: &str, pos: Pos) -> Evaluated<'a> {
        for (prefix, path) in entries {
            let rest = match prefix.as_str() {
                "" => Some(name),
                _ if name == prefix => Some(""),
                _ => name
                    .strip_prefix(prefix.as_str())
                    .and_then(|rest| rest.strip_prefix('/')),
            };
            let Some(rest) = rest else { continue };
            let candidate = paths::absolute(rest, path);
            if self
                .world
                .path_kind(&candidate)
                .map_err(|source| self.outside(source).at(pos))?
                .is_some()
            {
                return Ok(self.path(&candidate));
            }
        }
        if name.starts_with("nix/") {
            return Ok(self.path(&format!("<{name}>")));
        }
        let message = match self.settings.pure {
            true => format!("cannot look up '<{name}>' in pure evaluation mode (use '--impure' to override)"),
            false => {
                format!("file '{name}' was not found in the Nix search path (add it using $NIX_PATH or -I)")
            }
        };
        // As in Nix, `tryEval` catches this one.
        Err(ErrorData::new(ErrorKind::Throw, message).at(pos))
    }
}
