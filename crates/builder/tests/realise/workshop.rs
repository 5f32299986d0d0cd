//! A store, derivations made in a line, and a built-in builder that does what their attributes say.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use builder::{
    BuildContext, BuildError, BuildFailure, Builder, BuiltinBuilder, Cancellation, DerivedPath, Event,
    Registry, Settings,
};
use nix_formats::{Derivation, Hash, Method, Output, StorePath};
use store::Store;

/// The name of the built-in builder for tests.
pub const TEST_BUILDER: &str = "builtin:test";

pub struct Workshop {
    pub directory: Arc<tempfile::TempDir>,
    pub store: Store,
    pub settings: Settings,
    pub cancellation: Cancellation,
    pub registry: Registry,
    pub events: Mutex<Vec<Event>>,
    pub hashes: Mutex<BTreeMap<StorePath, Hash>>,
}

/// A derivation to be made.
#[derive(Clone, Copy)]
pub struct Recipe<'a> {
    pub name: &'a str,
    pub builder: &'a str,
    pub system: &'a str,
    pub arguments: &'a [&'a str],
    pub environment: &'a [(&'a str, &'a str)],
    pub inputs: &'a [&'a StorePath],
    pub sources: &'a [&'a StorePath],
    pub outputs: &'a [&'a str],
    pub fixed: Option<(Method, Hash)>,
}

impl Default for Recipe<'_> {
    fn default() -> Self {
        Self {
            name: "x",
            builder: TEST_BUILDER,
            system: "builtin",
            arguments: &[],
            environment: &[],
            inputs: &[],
            sources: &[],
            outputs: &["out"],
            fixed: None,
        }
    }
}

impl Workshop {
    pub fn new() -> Self {
        Self::beside(Arc::new(tempfile::tempdir().unwrap()))
    }

    /// Another process's view of the store in `directory`.
    pub fn beside(directory: Arc<tempfile::TempDir>) -> Self {
        Self::at(&directory.path().join("root"), Arc::clone(&directory))
    }

    pub fn at(root: &Path, directory: Arc<tempfile::TempDir>) -> Self {
        Self {
            store: Store::open(root).unwrap(),
            directory,
            settings: Settings {
                jobs: 2,
                ..Settings::new(2, "x86_64-linux")
            },
            cancellation: Cancellation::default(),
            registry: Registry::from([(TEST_BUILDER, Box::new(Obedient) as Box<dyn BuiltinBuilder>)]),
            events: Mutex::default(),
            hashes: Mutex::default(),
        }
    }

    pub fn derive(&self, recipe: &Recipe<'_>) -> StorePath {
        let of = |derivation: &&StorePath| self.store.read_derivation(derivation).unwrap();
        let all = |derivation: &&StorePath| {
            (
                (*derivation).clone(),
                of(derivation).outputs.into_keys().collect(),
            )
        };
        let output = |name: &&str| {
            let fixed = recipe.fixed.map(|(method, hash)| Output::fixed(method, hash));
            ((*name).to_owned(), fixed.unwrap_or_default())
        };
        let mut derivation = Derivation {
            name: recipe.name.to_owned(),
            outputs: recipe.outputs.iter().map(output).collect(),
            input_derivations: recipe.inputs.iter().map(all).collect(),
            input_sources: recipe.sources.iter().map(|path| (*path).clone()).collect(),
            system: recipe.system.into(),
            builder: recipe.builder.into(),
            arguments: recipe
                .arguments
                .iter()
                .map(|argument| (*argument).into())
                .collect(),
            environment: recipe
                .environment
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
        };
        for name in recipe.outputs {
            derivation.environment.insert((*name).into(), "".into());
        }
        let mut hashes = self.hashes.lock().unwrap();
        let hash = derivation
            .fill_output_paths(&mut |path| hashes.get(path).copied())
            .unwrap();
        let path = self.store.add_derivation(&derivation).unwrap();
        hashes.insert(path.clone(), hash);
        path
    }

    /// A derivation for the test builder.
    pub fn test(&self, name: &str, environment: &[(&str, &str)], inputs: &[&StorePath]) -> StorePath {
        self.derive(&Recipe {
            name,
            environment,
            inputs,
            ..Recipe::default()
        })
    }

    pub fn output(&self, derivation: &StorePath) -> StorePath {
        self.named_output(derivation, "out")
    }

    pub fn named_output(&self, derivation: &StorePath, output: &str) -> StorePath {
        let derivation = self.store.read_derivation(derivation).unwrap();
        derivation.output_path(output).unwrap().clone()
    }

    pub fn realise(&self, derivations: &[&StorePath]) -> Result<Vec<StorePath>, BuildError> {
        let wanted: Vec<DerivedPath> = derivations.iter().copied().map(all_of).collect();
        self.with_builder(|builder| builder.realise(&wanted))
    }

    pub fn check(&self, derivation: &StorePath) -> Result<(), BuildError> {
        self.with_builder(|builder| builder.check(std::slice::from_ref(derivation)))
    }

    pub fn with_builder<T>(&self, work: impl FnOnce(&Builder<'_>) -> T) -> T {
        let sink = |event: Event| self.events.lock().unwrap().push(event);
        work(&Builder::new(
            &self.store,
            &self.registry,
            self.settings.clone(),
            &sink,
            self.cancellation.clone(),
        ))
    }

    /// Builds it and reads its only output, a file.
    pub fn read(&self, derivation: &StorePath) -> String {
        let made = self
            .realise(&[derivation])
            .unwrap_or_else(|error| panic!("{}", chain(&error)));
        fs::read_to_string(self.store.physical(&made[0])).unwrap()
    }

    /// The names of derivations in the order in which they were finished.
    pub fn finished(&self) -> Vec<String> {
        let name = |event: &Event| match event {
            Event::Finished { derivation, .. } => Some(derivation.name().trim_end_matches(".drv").to_owned()),
            _ => None,
        };
        self.events.lock().unwrap().iter().filter_map(name).collect()
    }

    /// What the builder of `derivation` said.
    pub fn log(&self, derivation: &StorePath) -> String {
        let line = |event: &Event| match event {
            Event::Log { derivation: of, line } if of == derivation => Some(format!("{line}\n")),
            _ => None,
        };
        self.events.lock().unwrap().iter().filter_map(line).collect()
    }

    /// Fails if a valid path has not the content that was registered.
    #[track_caller]
    pub fn assert_sound(&self) {
        for path in self.store.all_paths().unwrap() {
            let expected = self.store.require_info(&path).unwrap().nar_hash;
            let (got, _) = store::hashing::nar_hash(&self.store.physical(&path)).unwrap();
            assert_eq!(got, expected, "{path}");
        }
    }

    /// Fails if anything but derivations, or anything half made, is left.
    #[track_caller]
    pub fn nothing_is_left(&self) {
        for entry in fs::read_dir(self.store.physical_store_directory()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(name.ends_with(".drv"), "{name}");
        }
        let probe = self.store.staging_directory().unwrap();
        let entries = fs::read_dir(probe.path().parent().unwrap()).unwrap().count();
        assert_eq!(entries, 1, "something half made is left");
        assert!(
            self.store
                .all_paths()
                .unwrap()
                .iter()
                .all(StorePath::is_derivation)
        );
    }
}

pub fn all_of(derivation: &StorePath) -> DerivedPath {
    DerivedPath::Built {
        derivation: derivation.clone(),
        outputs: BTreeSet::new(),
    }
}

/// An error with all its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Writes `text`, with `$dev` and `$out` as paths, to each output in `write` (all of them by default), says `log`, fails with `fail`, stops everything
/// where `cancel` is set, and panics with `panic`.
struct Obedient;

impl BuiltinBuilder for Obedient {
    fn build(&self, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
        let all: Vec<&str> = context.derivation().outputs.keys().map(String::as_str).collect();
        let outputs = match context.derivation().env_str("write") {
            None => all,
            Some(some) => some.split_ascii_whitespace().collect(),
        };
        for output in outputs {
            let mut text = context.env("text").unwrap_or_default().to_owned();
            for own in ["dev", "out"] {
                text = text.replace(&format!("${own}"), context.env(own).unwrap_or_default());
            }
            fs::write(context.output(output)?, text)
                .map_err(|error| BuildFailure::caused_by("cannot write the output", error))?;
        }
        context
            .env("log")
            .unwrap_or_default()
            .lines()
            .for_each(|line| context.log(line));
        if context.env("cancel").is_some() {
            context.cancellation().cancel();
            context.check_cancelled()?;
        }
        if let Some(text) = context.env("panic") {
            panic!("{text}");
        }
        context.env("fail").map_or(Ok(()), |message| Err(message.into()))
    }
}
