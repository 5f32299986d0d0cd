//! The functions of `builtins.hardpan`: locked inputs, and questions to Debian's index.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use debian::index::{Index, Selection, nearest};
use debian::resolve::{Request, resolve};
use flake::Sources;
use nix_formats::{Hash, StorePath};
use nix_lang::WorldError;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use store::Store;

use super::derivations::Derivations;
use super::paths::Paths;
use crate::Session;
use crate::suites::{Tree, open_index};

/// The builder of derivations that stand for a Debian package.
const FACE_BUILDER: &str = "builtin:hardpan-face-v1";

/// The builder of files whose text is in their derivation.
const TEXT_BUILDER: &str = "builtin:hardpan-write-v1";

/// What Nix code can ask the program.
pub(crate) struct HostFunctions<'s> {
    pub(super) session: &'s Session,
    pub(super) store: &'s Store,
    pub(super) sources: &'s (dyn Sources + Sync),
    pub(super) derivations: Arc<Derivations<'s>>,
    pub(super) pure: bool,
    /// Compiled package indexes by the text that names their trees.
    indexes: Mutex<BTreeMap<String, Arc<Index>>>,
}

/// A tree as Nix code names it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NamedTree {
    tree: String,
    #[serde(default)]
    packages: Option<Vec<String>>,
    #[serde(default)]
    replace: Vec<String>,
}

#[derive(Deserialize)]
struct InIndex {
    index: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    names: Vec<String>,
}

#[derive(Deserialize)]
struct Resolve {
    index: String,
    #[serde(flatten)]
    request: Request,
}

#[derive(Deserialize)]
struct Mentioned {
    derivations: Vec<String>,
}

#[derive(Deserialize)]
struct TextsWith {
    texts: BTreeMap<String, String>,
    words: Vec<String>,
}

#[derive(Deserialize)]
struct Nearest {
    name: String,
    candidates: Vec<String>,
}

impl<'s> HostFunctions<'s> {
    /// The members of `builtins.hardpan`.
    pub(crate) const NAMES: &'static [&'static str] = &[
        "debianMentioned",
        "debianNames",
        "debianNearest",
        "debianPackage",
        "debianPackages",
        "debianResolve",
        "explain",
        "fetchLocked",
        "initDigest",
        "nearest",
        "shellScripts",
        "textsWith",
    ];

    pub(crate) fn new(
        session: &'s Session,
        store: &'s Store,
        sources: &'s (dyn Sources + Sync),
        derivations: Arc<Derivations<'s>>,
        pure: bool,
    ) -> Self {
        Self {
            session,
            store,
            sources,
            derivations,
            pure,
            indexes: Mutex::default(),
        }
    }

    /// Calls the function `name`.
    pub(crate) fn call(&self, name: &str, argument: &Value, paths: &Paths<'_>) -> Result<Value, WorldError> {
        match name {
            "fetchLocked" => self.fetch_locked(argument, paths),
            "parseFlakeRef" => super::references::parse(argument),
            "flakeRefToString" => super::references::print(argument),
            "initDigest" => Ok(json!(Hash::sha256(builder::INIT_PROGRAM).to_base16())),
            "explain" => {
                self.session.explanations.add(read(name, argument)?);
                Ok(Value::Null)
            }
            "debianMentioned" => self.mentioned(&read(name, argument)?),
            "textsWith" => Ok(read::<TextsWith>(name, argument)?.names().into()),
            "shellScripts" => self.shell_scripts(&read(name, argument)?),
            "nearest" => {
                let Nearest { name, candidates } = read(name, argument)?;
                Ok(json!(nearest(&name, candidates.iter().map(String::as_str))))
            }
            "debianResolve" => {
                let Resolve { index, request } = read(name, argument)?;
                Ok(serde_json::to_value(resolve(&*self.index(&index)?, &request)?)?)
            }
            _ => self.call_on_index(name, &read(name, argument)?),
        }
    }

    fn call_on_index(&self, function: &str, argument: &InIndex) -> Result<Value, WorldError> {
        let index = self.index(&argument.index)?;
        match function {
            "debianPackage" => Ok(serde_json::to_value(index.package(&argument.name)?)?),
            "debianPackages" => {
                let mut records = Map::new();
                for name in &argument.names {
                    records.insert(name.clone(), serde_json::to_value(index.package(name)?)?);
                }
                Ok(Value::Object(records))
            }
            "debianNames" => Ok(index.names().map(Value::from).collect()),
            "debianNearest" => Ok(json!(index.nearest(&argument.name))),
            _ => Err(format!("there is no function 'builtins.hardpan.{function}'").into()),
        }
    }

    /// The source information of a locked input.
    fn fetch_locked(&self, argument: &Value, paths: &Paths<'_>) -> Result<Value, WorldError> {
        let object = argument.as_object().ok_or("a locked input is a set")?;
        let input = flake::Input::from_json(object)?;
        // Any code can call this, so that what is not locked would be read from wherever the code says.
        if !input.is_locked() {
            let text = input.to_text();
            return Err(format!("input '{text}' is not locked: it has neither 'narHash' nor 'rev'").into());
        }
        let fetched = self.sources.fetch(&input)?;
        paths.allow(&fetched.tree.store_path);
        Ok(flake::call::source_info(
            &fetched.tree.store_path.to_string(),
            &fetched.locked,
        ))
    }

    /// The compiled index of Debian inputs: `trees` is a list of them in JSON, the distribution first.
    fn index(&self, trees: &str) -> Result<Arc<Index>, WorldError> {
        let mut indexes = self.indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = indexes.get(trees) {
            return Ok(Arc::clone(index));
        }
        let named: Vec<NamedTree> = serde_json::from_str(trees)?;
        let mut parsed = Vec::new();
        for named in named {
            parsed.push(Tree {
                path: StorePath::parse_absolute(&named.tree)?,
                selection: Selection {
                    packages: named.packages,
                    replace: named.replace,
                },
            });
        }
        let index = Arc::new(open_index(self.session, self.store, &parsed)?);
        indexes.insert(trees.to_owned(), Arc::clone(&index));
        Ok(index)
    }

    /// The texts of shell scripts that the outputs of derivations may refer to, by their paths.
    fn shell_scripts(&self, argument: &Mentioned) -> Result<Value, WorldError> {
        let mut scripts = Map::new();
        for path in &self.mentioned_closure(argument)? {
            let derivation = self.derivations.read(path)?;
            let text = derivation.env_str("text").unwrap_or_default();
            if derivation.builder == TEXT_BUILDER
                && is_shell_script(text)
                && let Some(output) = derivation.output_path("out")
            {
                let destination = derivation.env_str("destination").unwrap_or_default();
                scripts.insert(format!("{output}{destination}"), text.into());
            }
        }
        Ok(Value::Object(scripts))
    }

    /// The Debian packages whose faces the outputs of derivations may refer to.
    fn mentioned(&self, argument: &Mentioned) -> Result<Value, WorldError> {
        let mut names = BTreeSet::new();
        for path in &self.mentioned_closure(argument)? {
            let derivation = self.derivations.read(path)?;
            if derivation.builder == FACE_BUILDER {
                names.extend(derivation.env_str("debianName").map(str::to_owned));
            }
        }
        Ok(json!(names))
    }

    /// Derivations whose outputs may be in the closures of what these make.
    fn mentioned_closure(&self, argument: &Mentioned) -> Result<BTreeSet<StorePath>, WorldError> {
        let paths = argument
            .derivations
            .iter()
            .map(|path| StorePath::parse_absolute(path));
        Ok(self
            .derivations
            .runtime_closure(paths.collect::<Result<_, _>>()?)?)
    }
}

impl TextsWith {
    /// Names of the texts that hold at least one of the words.
    fn names(self) -> Vec<Value> {
        let holds = |text: &str| self.words.iter().any(|word| text.contains(word.as_str()));
        let found = self.texts.iter().filter(|(_, text)| holds(text));
        found.map(|(name, _)| Value::from(name.as_str())).collect()
    }
}

/// Whether the first line names bash or sh as what runs the text.
fn is_shell_script(text: &str) -> bool {
    let first = text.lines().next().unwrap_or_default();
    let program = first
        .strip_prefix("#!")
        .and_then(|line| line.split_whitespace().next());
    program.is_some_and(|program| program.ends_with("/bash") || program.ends_with("/sh"))
}

fn read<T: DeserializeOwned>(function: &str, argument: &Value) -> Result<T, WorldError> {
    T::deserialize(argument).map_err(|error| format!("in the argument of '{function}': {error}").into())
}
