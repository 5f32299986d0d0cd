//! Runs the evaluator on flakes, files and expressions.

mod derivations;
mod fetching;
mod host;
mod manifest;
mod paths;
mod references;
mod select;
mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use flake::{FlakeReference, Locked, Notice};
use nix_lang::{ErrorData, ErrorKind, Evaluator, Origin, Pos, Settings, Thunk, Value};
use store::Store;

use crate::suites::Suites;
use crate::{Error, LockOptions, Phase, Session, project};

pub(crate) use derivations::Derivations;
pub(crate) use select::{Found, follow, parse_attribute_path, print_attribute_path};

pub(crate) use manifest::Manifests;

use host::HostFunctions;
use paths::Access;
use world::StoreWorld;

/// What is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// The outputs of a flake; pure.
    Flake(FlakeReference),
    /// A file, or a folder with `default.nix`, or what `<name>` or the address of an archive stands for; impure.
    File(PathBuf),
    /// Nix code; impure.
    Expression(String),
    /// Nix code from standard input; impure.
    Input(String),
}

/// The value of an argument for functions that are called on the way (`--arg`, `--argstr`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Argument {
    /// Nix code.
    Expression(String),
    /// A string.
    Text(String),
}

/// What to evaluate, and how.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// What is evaluated.
    pub root: Root,
    /// What may be done to the lock file.
    pub lock: LockOptions,
    /// Arguments by name.
    pub arguments: BTreeMap<String, Argument>,
}

impl Evaluation {
    /// Of `null`: only the evaluator itself is wanted.
    pub fn of_nothing() -> Self {
        Self {
            root: Root::Expression("null".to_owned()),
            lock: LockOptions::default(),
            arguments: BTreeMap::new(),
        }
    }

    /// The outputs of a flake.
    pub fn of_flake(reference: FlakeReference, lock: LockOptions) -> Self {
        Self {
            root: Root::Flake(reference),
            lock,
            arguments: BTreeMap::new(),
        }
    }
}

/// Why work on values failed.
pub(crate) enum Failure {
    /// Evaluation failed.
    Language(nix_lang::Error),
    /// Something else failed.
    Other(Error),
}

impl From<nix_lang::Error> for Failure {
    fn from(error: nix_lang::Error) -> Self {
        Self::Language(error)
    }
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

/// An evaluation that has begun.
pub(crate) struct Stage<'e, 'a> {
    pub(crate) evaluator: &'e Evaluator<'a>,
    /// The outputs of the flake, or the value of the file or expression.
    pub(crate) root: &'a Thunk<'a>,
    /// The flake, if it is one.
    pub(crate) locked: Option<&'e Locked>,
    /// `--arg` and `--argstr`.
    arguments: BTreeMap<&'e str, &'a Thunk<'a>>,
}

/// Evaluates `evaluation` and hands what came out to `work`. Derivations are noted in `derivations` and not written.
pub(crate) fn evaluate<'s, R: Send>(
    session: &'s Session,
    store: &'s Store,
    derivations: &Arc<Derivations<'s>>,
    evaluation: &Evaluation,
    work: impl FnOnce(&Stage<'_, '_>) -> Result<R, Failure> + Send,
) -> Result<R, Error> {
    let suites = Suites { session };
    let notify = |notice: Notice| session.notice(notice);
    let sources = session.sources(&suites, &notify)?;
    let asked_pure = session.settings().pure || matches!(evaluation.root, Root::Flake(_));
    let pure = asked_pure && !session.settings().impure;
    session.set_pure(pure);
    let manifests = Manifests {
        session,
        store,
        sources: &sources,
    };
    let locked = match &evaluation.root {
        Root::Flake(reference) => Some(project::lock(
            session,
            &sources,
            &manifests,
            reference,
            &evaluation.lock,
        )?),
        _ => None,
    };
    let host = HostFunctions::new(session, store, &sources, Arc::clone(derivations), pure);
    let access = match (pure, session.settings().configuration.flag("restrict-eval")) {
        (true, _) => Access::Pure,
        (false, Some(true)) => Access::to_search_path(&session.settings().search_path()),
        _ => Access::All,
    };
    let world = StoreWorld::new(session, store, access, Arc::clone(derivations), host);
    let call = locked.as_ref().map(flake::call::call);
    if let Some(locked) = &locked {
        let trees = locked.trees.values().chain([&locked.flake.tree]);
        trees.for_each(|tree| world.paths.allow(&tree.store_path));
    }
    let settings = language_settings(session, pure);
    session.phase(Phase::Evaluate, || {
        let result = nix_lang::with_evaluator(&settings, &world, |evaluator| {
            let stage = begin(session, evaluator, evaluation, locked.as_ref(), call.as_ref());
            stage
                .map_err(Failure::Language)
                .and_then(|stage| work(&stage))
                .map_err(|failure| match failure {
                    Failure::Language(error) => Error::from(Box::new(evaluator.describe(error))),
                    Failure::Other(error) => error,
                })
        });
        let thread = |source| Error::Program {
            what: "starting the evaluator".to_owned(),
            reason: source,
        };
        result.map_err(|error| thread(error.to_string()))?
    })
}

fn language_settings(session: &Session, pure: bool) -> Settings {
    let given = session.settings();
    let configuration = &given.configuration;
    let mut settings = match pure {
        true => Settings::pure(),
        false => Settings::impure(configuration.get("eval-system").unwrap_or(&given.system)),
    };
    if !pure {
        settings.home = given.home().map(str::to_owned);
        settings.search_path = given.search_path();
    }
    settings.pipe_operators = configuration.has_feature("pipe-operators");
    settings.toml_timestamps = configuration.has_feature("parse-toml-timestamps");
    settings.trace_verbose = configuration.flag("trace-verbose").unwrap_or(false);
    let asked = given
        .variable("NIX_ABORT_ON_WARN")
        .is_some_and(|value| ["1", "yes", "true"].contains(&&*value));
    settings.abort_on_warn = configuration.flag("abort-on-warn").unwrap_or(asked);
    if let Some(allowed) = configuration.flag("allow-import-from-derivation") {
        settings.import_from_derivation = allowed;
    }
    if let Some(depth) = configuration.number("max-call-depth") {
        settings.max_call_depth = usize::try_from(depth).unwrap_or(usize::MAX);
    }
    settings
}

fn begin<'e, 'a>(
    session: &Session,
    evaluator: &'e Evaluator<'a>,
    evaluation: &'e Evaluation,
    locked: Option<&'e Locked>,
    call: Option<&flake::call::Call>,
) -> Result<Stage<'e, 'a>, nix_lang::Error> {
    let current = session.settings().current_folder.to_string_lossy();
    let text =
        |text: &str, name: &str| evaluator.evaluate_text(text, Origin::Text(name.to_owned()), &current);
    let root = match (&evaluation.root, call) {
        (Root::File(path), _) => evaluator.evaluate_file(&expression_file(session, evaluator, path)?)?,
        (Root::Expression(code), _) => text(code, "string")?,
        (Root::Input(code), _) => text(code, "stdin")?,
        (Root::Flake(_), Some(call)) => {
            let function =
                evaluator.evaluate_text(call.expression, Origin::Text("call-flake".to_owned()), "/")?;
            let argument = evaluator.thunk(evaluator.value_of_json(&call.argument));
            evaluator.call(function, &[argument], Pos::NONE)?
        }
        (Root::Flake(_), None) => Value::Null,
    };
    let mut arguments = BTreeMap::new();
    for (name, argument) in &evaluation.arguments {
        let value = match argument {
            Argument::Text(text) => evaluator.thunk(evaluator.string(text)),
            Argument::Expression(code) => {
                evaluator.delayed_text(code, Origin::Text("string".to_owned()), &current)?
            }
        };
        arguments.insert(name.as_str(), value);
    }
    Ok(Stage {
        evaluator,
        root: evaluator.thunk(root),
        locked,
        arguments,
    })
}

/// The absolute path of what was given as a file: a path, `<name>`, or the address of an archive, which is fetched.
pub(crate) fn expression_file(
    session: &Session,
    evaluator: &Evaluator<'_>,
    path: &std::path::Path,
) -> Result<String, nix_lang::Error> {
    let text = path.to_string_lossy();
    let searched = text.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
    if let Some(name) = searched {
        return Ok(evaluator.shown(&evaluator.find_on_search_path(name)?));
    }
    if text.starts_with("https://") || text.starts_with("http://") || text.starts_with("channel:") {
        let address = match text.strip_prefix("channel:") {
            Some(channel) => format!("https://channels.nixos.org/{channel}/nixexprs.tar.xz"),
            None => text.into_owned(),
        };
        let origin = Origin::Text("command line".to_owned());
        let function = evaluator.evaluate_text("builtins.fetchTarball", origin, "/")?;
        let address = evaluator.thunk(evaluator.string(&address));
        let fetched = evaluator.call(function, &[address], Pos::NONE)?;
        return Ok(evaluator.text_of(evaluator.thunk(fetched))?.0);
    }
    let path = session.settings().current_folder.join(path);
    Ok(paths::normal(&path.to_string_lossy()))
}

impl<'a> Stage<'_, 'a> {
    /// Whether functions on the way to an attribute are called, as for files and expressions.
    fn calls_functions(&self) -> bool {
        self.locked.is_none()
    }

    /// What a function gives that takes a set, with the arguments of the command line; other values as they are.
    pub(crate) fn auto_call(&self, thunk: &'a Thunk<'a>) -> Result<&'a Thunk<'a>, nix_lang::Error> {
        if !self.calls_functions() {
            return Ok(thunk);
        }
        let value = self.evaluator.force(thunk)?;
        if let Some(functor) = self.evaluator.attribute(&value, "__functor") {
            let functor = self.evaluator.force(functor)?;
            let bound = self.evaluator.call(functor, &[thunk], Pos::NONE)?;
            return self.auto_call(self.evaluator.thunk(bound));
        }
        let Some(formals) = self.evaluator.formals(&value) else {
            return Ok(thunk);
        };
        let mut given = BTreeMap::new();
        if self.evaluator.takes_any_attribute(&value) {
            given.extend(
                self.arguments
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), *value)),
            );
        }
        for (name, has_default) in formals {
            match self.arguments.get(name) {
                Some(value) => drop(given.insert(name.to_owned(), *value)),
                None if has_default => {}
                None => return Err(missing_argument(name)),
            }
        }
        let argument = self.evaluator.thunk(self.evaluator.set_of_thunks(given));
        Ok(self
            .evaluator
            .thunk(self.evaluator.call(value, &[argument], Pos::NONE)?))
    }

    /// Calls what was found if arguments were given, as printing a value does.
    pub(crate) fn call_with_arguments(&self, thunk: &'a Thunk<'a>) -> Result<&'a Thunk<'a>, nix_lang::Error> {
        match self.arguments.is_empty() {
            true => Ok(thunk),
            false => self.auto_call(thunk),
        }
    }

    /// Follows an attribute path from the root. Functions on the way are called, what is found is not.
    pub(crate) fn find(&self, names: &[String]) -> Result<Found<'a>, nix_lang::Error> {
        follow(self.evaluator, self.root, names, &|thunk| self.auto_call(thunk))
    }
}

fn missing_argument(name: &str) -> nix_lang::Error {
    let message = format!(
        "cannot evaluate a function that has an argument without a value ('{name}')\n\
         Nix attempted to evaluate a function as a top level expression; in\n\
         this case it must have its arguments supplied either by default\n\
         values, or passed explicitly with '--arg' or '--argstr'."
    );
    ErrorData::new(ErrorKind::Type, message)
}
