//! What `nix-store --query` answers.

use nix_formats::StorePath;
use operations::build::{self, Resolved};
use operations::stored::{self, Query};
use operations::{Error, Session};

use super::{Ask, Store};
use crate::output;

impl Store {
    /// The paths that are asked about.
    fn subjects(&self, session: &Session) -> Result<Vec<StorePath>, Error> {
        let paths = self.paths(session)?;
        if self.force_realise {
            let targets = self.words.iter().map(|word| stored::derived_path(session, word));
            let targets = targets.collect::<Result<_, _>>()?;
            build::realise(session, Resolved { targets })?;
        }
        if !self.use_output && !self.force_realise {
            return Ok(paths);
        }
        let outputs = paths.iter().map(|path| stored::outputs(session, path));
        Ok(outputs.collect::<Result<Vec<_>, _>>()?.concat())
    }

    pub(super) fn query(&self, session: &Session) -> Result<(), Error> {
        let subjects = self.subjects(session)?;
        let lines = match &self.ask {
            None => all_lines(session, &subjects, &Query::Outputs)?,
            Some(Ask::Lines(query)) => all_lines(session, &subjects, query)?,
            Some(Ask::Requisites) => {
                let paths = match self.include_outputs {
                    true => stored::closure_with_outputs(session, &subjects)?,
                    false => stored::closure(session, &subjects)?,
                };
                paths.iter().map(ToString::to_string).collect()
            }
            Some(Ask::Graph) => graph(session, subjects)?,
        };
        lines.iter().try_for_each(|line| output::line(line))
    }
}

fn all_lines(session: &Session, paths: &[StorePath], query: &Query) -> Result<Vec<String>, Error> {
    let lines = paths.iter().map(|path| stored::query(session, path, query));
    let lines = lines.collect::<Result<Vec<_>, _>>()?.concat();
    // Answers that are sets are told as one set.
    match query {
        Query::References | Query::Referrers | Query::Roots => {
            let set: std::collections::BTreeSet<String> = lines.into_iter().collect();
            Ok(set.into_iter().collect())
        }
        _ => Ok(lines),
    }
}

/// The references below `paths` for Graphviz.
fn graph(session: &Session, paths: Vec<StorePath>) -> Result<Vec<String>, Error> {
    const COLOURS: [&str; 4] = ["black", "red", "green", "blue"];
    let mut lines = vec!["digraph G {".to_owned()];
    let mut pending: std::collections::BTreeSet<StorePath> = paths.into_iter().collect();
    let mut done = std::collections::BTreeSet::new();
    let mut edges = 0;
    while let Some(path) = pending.pop_first() {
        if !done.insert(path.clone()) {
            continue;
        }
        lines.push(format!(
            "\"{}\" [label = \"{}\", shape = box, style = filled, fillcolor = \"#ff0000\"];",
            path.base_name(),
            path.name()
        ));
        for reference in session.store()?.references(&path)? {
            if reference == path {
                continue;
            }
            lines.push(format!(
                "\"{}\" -> \"{}\" [color = \"{}\"];",
                reference.base_name(),
                path.base_name(),
                COLOURS[edges % COLOURS.len()]
            ));
            edges += 1;
            pending.insert(reference);
        }
    }
    lines.push("}".to_owned());
    Ok(lines)
}
