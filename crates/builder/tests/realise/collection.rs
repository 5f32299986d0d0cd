//! Garbage is collected while others build, and nobody misses anything. `HARDPAN_COLLECTION_ROUNDS` is the number of
//! builds, for longer runs.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::{fs, thread};

use nix_formats::StorePath;
use store::{CollectOptions, Store};

use crate::programs::{SHELL, workshop};
use crate::stock_nix::Nix;
use crate::workshop::{Recipe, Workshop, chain};

const USUAL_ROUNDS: usize = 20;
/// How often garbage is collected in one round: without an end nobody else would get the collectors' lock.
const MOST_COLLECTIONS: usize = 6;

fn rounds() -> usize {
    let text = std::env::var("HARDPAN_COLLECTION_ROUNDS").ok();
    text.and_then(|text| text.parse().ok()).unwrap_or(USUAL_ROUNDS)
}

/// Three derivations, each of which needs the one before, that nobody has built.
fn new_graph(workshop: &Workshop, round: usize) -> StorePath {
    let text = |name: &str| format!("{name} {round}");
    let bottom = workshop.test(&format!("bottom-{round}"), &[("text", &text("bottom"))], &[]);
    let below = workshop.output(&bottom).to_string();
    let middle = workshop.test(&format!("middle-{round}"), &[("text", &below)], &[&bottom]);
    let below = workshop.output(&middle).to_string();
    workshop.test(&format!("top-{round}"), &[("text", &below)], &[&middle])
}

/// Builds in `rounds` rounds, each as a new process would, while `collect` runs again and again.
fn build_beside(rounds: usize, collect: impl Fn(&Store) + Sync) {
    let shared = Workshop::new();
    let (is_over, collections) = (AtomicBool::new(false), AtomicUsize::new(0));
    let allowed = AtomicUsize::new(MOST_COLLECTIONS);
    let together = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| {
            let store = Store::open(shared.store.root()).unwrap();
            together.wait();
            while !is_over.load(Ordering::Relaxed) {
                if collections.load(Ordering::Relaxed) < allowed.load(Ordering::Relaxed) {
                    collect(&store);
                    collections.fetch_add(1, Ordering::Relaxed);
                }
                thread::yield_now();
            }
        });
        let builds = scope.spawn(|| {
            together.wait();
            for round in 0..rounds {
                allowed.store(
                    collections.load(Ordering::Relaxed) + MOST_COLLECTIONS,
                    Ordering::Relaxed,
                );
                let mine = Workshop::beside(Arc::clone(&shared.directory));
                let top = new_graph(&mine, round);
                let made = mine.realise(&[&top]);
                let made = made.unwrap_or_else(|error| panic!("round {round}: {}", chain(&error)));
                for path in mine.store.closure(&made).unwrap() {
                    assert_eq!(
                        mine.store.verify_path(&path).unwrap(),
                        None,
                        "round {round}: {path}"
                    );
                }
            }
        });
        let built = builds.join();
        is_over.store(true, Ordering::Relaxed);
        built.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
    });
    assert!(collections.into_inner() > 0, "garbage was collected meanwhile");
    assert_eq!(shared.store.verify(&mut |_, _, _| {}).unwrap(), []);
}

#[test]
fn garbage_is_collected_beside_builds_and_nothing_is_lost() {
    build_beside(rounds(), |store| {
        store.collect_garbage(CollectOptions::default()).unwrap();
    });
}

#[test]
fn stock_nix_collects_garbage_beside_our_builds_and_nothing_is_lost() {
    let workshop = Workshop::new();
    let Some(nix) = Nix::find(&workshop) else { return };
    build_beside(rounds(), |store| {
        nix.run("nix-store", store.root(), &["--gc"]);
    });
}

#[test]
fn garbage_is_collected_beside_builds_of_stock_nix_and_nothing_is_lost() {
    let workshop = workshop();
    let Some(nix) = Nix::find(&workshop) else { return };
    let root = workshop.store.root();
    for round in 0..rounds().div_ceil(4) {
        let name = format!("by-nix-{round}");
        let shell = "echo begin; for i in 1 2 3 4 5 6 7 8 9; do echo $i > $out; done";
        let derivation = workshop.derive(&Recipe {
            name: &name,
            arguments: &["-c", shell],
            ..SHELL
        });
        let output = workshop.output(&derivation);
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let collector = scope.spawn(|| {
                let store = Store::open(root).unwrap();
                let lock = store
                    .physical_store_directory()
                    .join(format!("{}.lock", output.base_name()));
                let mut collections = 0;
                while !is_over.load(Ordering::Relaxed) {
                    if lock.exists() && collections < MOST_COLLECTIONS {
                        store.collect_garbage(CollectOptions::default()).unwrap();
                        collections += 1;
                    }
                    thread::yield_now();
                }
            });
            let link = workshop.directory.path().join(&name).display().to_string();
            nix.run(
                "nix-store",
                root,
                &["--realise", &derivation.to_string(), "--add-root", &link],
            );
            is_over.store(true, Ordering::Relaxed);
            collector.join().unwrap();
        });
        assert_eq!(
            workshop.store.verify_path(&output).unwrap(),
            None,
            "round {round}"
        );
    }
}

#[test]
fn what_somebody_makes_beside_its_place_is_no_garbage() {
    let workshop = Workshop::new();
    let derivation = workshop.test("x", &[("text", "x")], &[]);
    let output = workshop.output(&derivation);
    let store = workshop.store.physical_store_directory();
    // As stock Nix has it while it builds: the root of the sandbox, and the path that is not valid yet.
    let names = [
        format!("{}.chroot", derivation.base_name()),
        output.base_name().to_owned(),
    ];
    for name in &names {
        fs::create_dir(store.join(name)).unwrap();
    }
    workshop
        .store
        .add_temporary_roots([&derivation, &output])
        .unwrap();
    let other = Store::open(workshop.store.root()).unwrap();
    other.collect_garbage(CollectOptions::default()).unwrap();
    assert!(names.iter().all(|name| store.join(name).is_dir()));
    drop(workshop.store);
    other.collect_garbage(CollectOptions::default()).unwrap();
    assert!(
        names
            .iter()
            .all(|name| !other.physical_store_directory().join(name).exists())
    );
}
