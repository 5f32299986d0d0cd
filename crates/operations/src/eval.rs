//! Evaluates something and prints its value.

use nix_lang::{Origin, Pos, Thunk, Value, XmlOptions};

use crate::evaluate::{
    Derivations, Evaluation, Failure, Found, Root, Stage, evaluate, parse_attribute_path,
    print_attribute_path,
};
use crate::{Error, Session};
use std::sync::Arc;

/// How a value is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// As Nix code.
    #[default]
    Nix,
    /// As JSON.
    Json,
    /// A string as it is.
    Raw,
    /// As `builtins.toXML` has it.
    Xml,
}

/// What to evaluate and how to print it.
#[derive(Clone, Debug)]
pub struct Evaluate {
    /// Where to begin.
    pub evaluation: Evaluation,
    /// The attribute paths as written.
    pub attributes: Vec<String>,
    /// A function that is applied to the value.
    pub apply: Option<String>,
    /// Whether everything in the value is evaluated before it is printed as Nix code.
    pub strict: bool,
    /// How it is printed.
    pub form: Form,
    /// Whether values are printed as `nix-instantiate --eval` does, not as `nix eval` does.
    pub plain: bool,
    /// Whether XML says where things are defined.
    pub locations: bool,
}

/// Hands each printed value to `print`, without a line end of its own.
pub fn eval(
    session: &Session,
    request: &Evaluate,
    show: &mut (dyn FnMut(String) -> Result<(), Error> + Send),
) -> Result<(), Error> {
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    let root = &request.evaluation.root;
    let paths = request.attributes.iter();
    let tried = paths.map(|attribute| candidates(session, root, attribute, Verb::Evaluate));
    let tried = tried.collect::<Result<Vec<_>, _>>()?;
    evaluate(session, store, &derivations, &request.evaluation, |stage| {
        for tried in &tried {
            let (thunk, name) = first_of(stage, tried)?;
            let thunk = stage.call_with_arguments(thunk)?;
            let thunk = match &request.apply {
                Some(code) => apply(session, stage, code, thunk)?,
                None => thunk,
            };
            show(print(stage, request, thunk, &name)?)?;
        }
        Ok(())
    })?;
    if session.settings().read_write {
        derivations.write_all()?;
    }
    Ok(())
}

/// The syntax tree of a file or expression as text.
pub fn parse(session: &Session, root: &Root) -> Result<String, Error> {
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    let current = session.settings().current_folder.to_string_lossy().into_owned();
    evaluate(session, store, &derivations, &Evaluation::of_nothing(), |stage| {
        let evaluator = stage.evaluator;
        let text =
            |code: &str, name: &str| evaluator.parsed_text(code, Origin::Text(name.to_owned()), &current);
        let parsed = match root {
            Root::Expression(code) => text(code, "string")?,
            Root::Input(code) => text(code, "stdin")?,
            Root::File(path) => {
                let path = crate::evaluate::expression_file(session, evaluator, path)?;
                evaluator.parsed_file(&path)?
            }
            Root::Flake(reference) => {
                let message = format!("'{reference}' is a flake; 'parse' takes a file");
                return Err(Error::Usage(message).into());
            }
        };
        Ok(parsed)
    })
}

/// What `<name>` stands for.
pub fn find_file(session: &Session, name: &str) -> Result<String, Error> {
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    evaluate(session, store, &derivations, &Evaluation::of_nothing(), |stage| {
        let found = stage.evaluator.find_on_search_path(name)?;
        Ok(stage.evaluator.shown(&found))
    })
}

fn apply<'a>(
    session: &Session,
    stage: &Stage<'_, 'a>,
    code: &str,
    thunk: &'a Thunk<'a>,
) -> Result<&'a Thunk<'a>, Failure> {
    let current = session.settings().current_folder.to_string_lossy();
    let function = stage
        .evaluator
        .evaluate_text(code, Origin::Text("apply".to_owned()), &current)?;
    Ok(stage
        .evaluator
        .thunk(stage.evaluator.call(function, &[thunk], Pos::NONE)?))
}

fn print<'a>(
    stage: &Stage<'_, 'a>,
    request: &Evaluate,
    thunk: &'a Thunk<'a>,
    name: &str,
) -> Result<String, Failure> {
    let evaluator = stage.evaluator;
    match request.form {
        Form::Nix => {
            let value = match request.strict {
                true => evaluator.force_deep(thunk)?,
                false => evaluator.force(thunk)?,
            };
            Ok(match request.plain {
                true => evaluator.shown_plainly(&value),
                false => evaluator.shown(&value),
            })
        }
        Form::Json => Ok(evaluator.json_text_of(thunk)?),
        Form::Xml => {
            let options = XmlOptions {
                strict: request.strict,
                locations: request.locations,
            };
            Ok(evaluator.xml_of(thunk, options)?)
        }
        Form::Raw => match evaluator.force(thunk)? {
            Value::String(_) | Value::Path(_) | Value::Attrs(_) => Ok(evaluator.coerced_text(thunk)?.0),
            other => {
                let kind = other.kind().described().to_owned();
                Err(Error::CannotPrint {
                    what: name.to_owned(),
                    how: "raw",
                    kind,
                }
                .into())
            }
        },
    }
}

/// What an attribute is looked up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Build,
    Evaluate,
    Machine,
    Run,
}

/// The attribute paths that `attribute` may mean, in the order in which they are tried.
pub(crate) fn candidates(
    session: &Session,
    root: &Root,
    attribute: &str,
    verb: Verb,
) -> Result<Vec<Vec<String>>, Error> {
    let names = |text: &str| parse_attribute_path(text).map_err(Error::Usage);
    if !matches!(root, Root::Flake(_)) {
        return Ok(vec![names(attribute)?]);
    }
    if let Some(exact) = attribute.strip_prefix('.') {
        return Ok(vec![names(exact)?]);
    }
    let written = names(attribute)?;
    let system = &session.settings().system;
    let below = |prefix: &[&str], rest: &[String]| {
        prefix
            .iter()
            .map(|name| (*name).to_owned())
            .chain(rest.iter().cloned())
            .collect::<Vec<_>>()
    };
    let default = ["default".to_owned()];
    let packaged = if written.is_empty() {
        &default[..]
    } else {
        &written[..]
    };
    let mut tried = Vec::new();
    if verb == Verb::Machine && written.len() == 1 {
        let system = ["config", "system", "build", "vm"].map(str::to_owned);
        tried.push([below(&["nixosConfigurations"], &written), system.to_vec()].concat());
    }
    if verb == Verb::Run {
        tried.push(below(&["apps", system], packaged));
        if written.is_empty() {
            tried.push(below(&["defaultApp", system], &[]));
        }
    }
    tried.push(below(&["packages", system], packaged));
    if written.is_empty() {
        tried.push(below(&["defaultPackage", system], &[]));
    } else {
        tried.push(below(&["legacyPackages", system], packaged));
    }
    if !written.is_empty() || verb == Verb::Evaluate {
        tried.push(written);
    }
    Ok(tried)
}

/// The value at the first of `tried` that is there, and that path.
pub(crate) fn first_of<'a>(
    stage: &Stage<'_, 'a>,
    tried: &[Vec<String>],
) -> Result<(&'a Thunk<'a>, String), Failure> {
    let mut nearest = Vec::new();
    for names in tried {
        match stage.find(names)? {
            Found::Value(thunk) => return Ok((thunk, print_attribute_path(names))),
            Found::Missing { name, inside } => {
                let known = stage.evaluator.attributes(&inside);
                let alike = debian::index::nearest(&name, known.iter().map(|(name, _)| *name));
                if nearest.is_empty() {
                    nearest = alike;
                }
            }
        }
    }
    let tried = tried.iter().map(|names| print_attribute_path(names)).collect();
    let flake = stage.locked.map(|locked| locked.flake.original.to_string());
    Err(Error::NoAttribute {
        flake: flake.unwrap_or_default(),
        tried,
        nearest,
    }
    .into())
}
