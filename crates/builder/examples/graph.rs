//! Times what a store and the builder do with a graph of derivations: `cargo run --release -p builder --example graph`.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Instant;

use builder::{
    BuildContext, BuildFailure, Builder, BuiltinBuilder, Cancellation, DerivedPath, Event, Registry, Settings,
};
use nix_formats::{Derivation, Hash, Output, StorePath};
use store::{Store, keep_all};

type Outcome<T> = Result<T, Box<dyn Error>>;
type Work<'a> = dyn Fn(&Builder<'_>) -> Outcome<usize> + 'a;

const DERIVATIONS: usize = 600;
const SMALL_FILES: usize = 10_000;

struct Writes;

impl BuiltinBuilder for Writes {
    fn build(&self, context: &BuildContext<'_>) -> Result<(), BuildFailure> {
        fs::write(context.output("out")?, context.required_env("text")?)
            .map_err(|error| BuildFailure::caused_by("cannot write the output", error))
    }
}

/// Derivations in three layers, as an image has them: packages, objects of packages, and one that needs them all.
fn instantiate(store: &Store) -> Outcome<Vec<StorePath>> {
    let mut hashes: BTreeMap<StorePath, Hash> = BTreeMap::new();
    let mut made: Vec<StorePath> = Vec::new();
    for number in 0..DERIVATIONS {
        let inputs: Vec<StorePath> = match number {
            _ if number < DERIVATIONS / 2 => Vec::new(),
            _ if number < DERIVATIONS - 1 => vec![made[number - DERIVATIONS / 2].clone()],
            _ => made.clone(),
        };
        let one = |path| (path, BTreeSet::from(["out".to_owned()]));
        let mut derivation = Derivation {
            name: format!("package-{number}"),
            outputs: BTreeMap::from([("out".to_owned(), Output::default())]),
            input_derivations: inputs.into_iter().map(one).collect(),
            system: "builtin".into(),
            builder: "builtin:test".into(),
            environment: BTreeMap::from([
                ("text".into(), format!("text {number}").into()),
                ("out".into(), "".into()),
            ]),
            ..Derivation::default()
        };
        let hash = derivation.fill_output_paths(&mut |path| hashes.get(path).copied())?;
        let path = store.add_derivation(&derivation)?;
        hashes.insert(path.clone(), hash);
        made.push(path);
    }
    Ok(made)
}

fn timed<T>(what: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    let began = Instant::now();
    let result = work()?;
    println!("{:>9.2} ms  {what}", began.elapsed().as_secs_f64() * 1e3);
    Ok(result)
}

fn small_files(at: &Path) -> Outcome<()> {
    for number in 0..SMALL_FILES {
        let directory = at.join(format!("{}", number % 100));
        if number < 100 {
            fs::create_dir_all(&directory)?;
        }
        fs::write(
            directory.join(format!("{number}")),
            format!("content of {number}\n").repeat(20),
        )?;
    }
    Ok(())
}

fn main() -> Outcome<()> {
    let directory = tempfile::tempdir_in(std::env::args().nth(1).unwrap_or_else(|| "/var/tmp".to_owned()))?;
    let root = directory.path().join("root");
    let store = timed("open a new store", || Ok(Store::open(&root)?))?;
    let derivations = timed("instantiate 600 derivations", || instantiate(&store))?;
    let top = derivations[DERIVATIONS - 1].clone();
    let wanted = [DerivedPath::Built {
        derivation: top,
        outputs: BTreeSet::new(),
    }];
    let registry = Registry::from([("builtin:test", Box::new(Writes) as Box<dyn BuiltinBuilder>)]);
    let sink = |_: Event| {};
    let make = |store: &Store, work: &Work<'_>| {
        let settings = Settings::new(2, "x86_64-linux");
        work(&Builder::new(
            store,
            &registry,
            settings,
            &sink,
            Cancellation::default(),
        ))
    };
    let plan: &Work<'_> = &|builder| Ok(builder.plan(&wanted)?.steps.len());
    let realise: &Work<'_> = &|builder| Ok(builder.realise(&wanted)?.len());
    timed("plan all of them", || make(&store, plan))?;
    timed("build all of them", || make(&store, realise))?;
    timed("realise again", || make(&store, realise))?;
    drop(store);
    let store = timed("open the store", || Ok(Store::open(&root)?))?;
    timed("instantiate again", || instantiate(&store))?;
    timed("realise again", || make(&store, realise))?;
    let each: Vec<DerivedPath> = derivations
        .iter()
        .map(|path| DerivedPath::Built {
            derivation: path.clone(),
            outputs: BTreeSet::new(),
        })
        .collect();
    timed("plan with all outputs wanted", || {
        make(&store, &|builder| Ok(builder.plan(&each)?.steps.len()))
    })?;
    timed("closure of all derivations", || {
        Ok(store.closure(&derivations)?.len())
    })?;
    let tree = directory.path().join("tree");
    small_files(&tree)?;
    timed("import 10,000 small files", || {
        Ok(store.add_source(&tree, "tree", &mut keep_all)?)
    })?;
    timed("import them again", || {
        Ok(store.add_source(&tree, "tree", &mut keep_all)?)
    })?;
    timed("verify everything", || Ok(store.verify(&mut |_, _, _| {})?.len()))?;
    timed("collect everything", || {
        let options = store::CollectOptions::default();
        let root = store.root().to_owned();
        drop(store);
        Ok(Store::open(&root)?.collect_garbage(options)?.paths.len())
    })?;
    Ok(())
}
