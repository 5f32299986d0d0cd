//! Finds and builds the program that `hardpan run` starts.

use std::path::PathBuf;
use std::sync::Arc;

use nix_formats::StorePath;
use nix_lang::{Thunk, Value};

use crate::build::{self, Resolved, Target, Targets};
use crate::eval::{Verb, candidates, first_of};
use crate::evaluate::{Derivations, Failure, Stage, evaluate};
use crate::{Error, Session, stored};

/// What was found: a path in the store and what must be built for it to be there.
struct Program {
    path: String,
    needed: Vec<Target>,
}

/// Builds what `targets` names and gives the place of its program on disk.
pub fn program(session: &Session, targets: &Targets) -> Result<PathBuf, Error> {
    let text = targets.installables.first().cloned().unwrap_or_default();
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    let (evaluation, attribute, _) = targets.locate(session, &text)?;
    let tried = candidates(session, &evaluation.root, &attribute, Verb::Run)?;
    let found = evaluate(session, store, &derivations, &evaluation, |stage| {
        let (thunk, name) = first_of(stage, &tried)?;
        found_in(stage, stage.auto_call(thunk)?, &name)
    })?;
    derivations.write(found.needed.iter().filter_map(Target::derivation).cloned())?;
    let resolved = Resolved {
        targets: found.needed,
    };
    build::realise(session, resolved)?;
    stored::physical(session, &found.path)
}

fn found_in<'a>(stage: &Stage<'_, 'a>, thunk: &'a Thunk<'a>, name: &str) -> Result<Program, Failure> {
    let evaluator = stage.evaluator;
    let value = evaluator.force(thunk)?;
    let text = |value: &Value<'a>, name: &str| match evaluator.attribute(value, name) {
        Some(thunk) => evaluator.text_of(thunk).map(|(text, _)| Some(text)),
        None => Ok(None),
    };
    if text(&value, "type")?.as_deref() == Some("app") {
        let program = evaluator
            .attribute(&value, "program")
            .ok_or_else(|| evaluator.missing(&value, "program"))?;
        let (path, context) = evaluator.coerced_text(program)?;
        evaluator.realise(context)?;
        return Ok(Program {
            path,
            needed: Vec::new(),
        });
    }
    if !evaluator.is_derivation_value(&value)? {
        return Err(Error::NotADerivation {
            what: name.to_owned(),
            kind: value.kind().described().to_owned(),
        }
        .into());
    }
    let drv_path = text(&value, "drvPath")?.unwrap_or_default();
    let derivation = StorePath::parse_absolute(&drv_path).map_err(|error| Error::Usage(error.to_string()))?;
    let main = match evaluator.attribute(&value, "meta") {
        Some(meta) => text(&evaluator.force(meta)?, "mainProgram")?,
        None => None,
    };
    let main = match (main, text(&value, "pname")?) {
        (Some(main), _) => main,
        (None, Some(name)) => name,
        (None, None) => {
            let name = text(&value, "name")?.unwrap_or_default();
            let version = name.char_indices().find(|(index, char)| {
                *char == '-' && name[index + 1..].starts_with(|next: char| !next.is_ascii_alphabetic())
            });
            version.map_or(name.clone(), |(index, _)| name[..index].to_owned())
        }
    };
    let output = text(&value, "outPath")?.unwrap_or_default();
    let target = Target {
        installable: name.to_owned(),
        attribute: name.to_owned(),
        wanted: builder::DerivedPath::Built {
            derivation,
            outputs: [text(&value, "outputName")?.unwrap_or_else(|| "out".to_owned())].into(),
        },
    };
    Ok(Program {
        path: format!("{output}/bin/{main}"),
        needed: vec![target],
    })
}
