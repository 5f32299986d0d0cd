//! Binary caches bring what would have to be built, and what they cannot bring is built.

use std::fs;
use std::sync::Arc;

use builder::{BuildError, Builder, CacheSource, Event, SUBSTITUTE};
use fetch::{Fetcher, Settings};
use nix_formats::{SecretKey, StorePath};
use store::cache::{BinaryCache, Caches, Trust, Upload, upload_closure};

use crate::workshop::{Workshop, all_of, chain};

struct Source(Caches);

impl CacheSource for Source {
    fn caches(&self) -> Option<&Caches> {
        Some(&self.0)
    }
}

fn key() -> SecretKey {
    SecretKey::from_seed("test-1", [9; 32])
}

fn cache(of: &Workshop) -> BinaryCache {
    let fetcher = Fetcher::new(Settings {
        attempts: 1,
        ..Settings::default()
    });
    let url = format!("file://{}/cache", of.directory.path().display());
    BinaryCache::new(Arc::new(fetcher), &url).unwrap()
}

/// `top` mentions `middle`, which needs `bottom` only while it is built.
fn graph(workshop: &Workshop) -> [StorePath; 3] {
    let bottom = workshop.test("bottom", &[], &[]);
    let middle = workshop.test("middle", &[("text", "made")], &[&bottom]);
    let text = workshop.output(&middle).to_string();
    let top = workshop.test("top", &[("text", &text)], &[&middle]);
    [bottom, middle, top]
}

/// A workshop whose cache has what `pick` chooses of the graph.
fn filled(pick: impl Fn(&[StorePath; 3]) -> StorePath) -> Workshop {
    let workshop = Workshop::new();
    let wanted = pick(&graph(&workshop));
    let made = workshop.realise(&[&wanted]).unwrap();
    let upload = Upload {
        keys: vec![key()],
        workers: 1,
    };
    upload_closure(&workshop.store, &cache(&workshop), &made, &upload, &|_| ()).unwrap();
    workshop
}

/// Realises `top` in a new workshop with the cache of `of`: what was brought and what was built.
fn realise(
    of: &Workshop,
    trust: Trust,
    fallback: bool,
) -> (Result<(), BuildError>, Vec<String>, Vec<String>, Workshop) {
    let mut workshop = Workshop::new();
    workshop.settings.fallback = fallback;
    let [_, _, top] = graph(&workshop);
    let source = Source(Caches::new(vec![cache(of)], trust, &|_| ()));
    let sink = |event: Event| workshop.events.lock().unwrap().push(event);
    let (store, registry, settings) = (&workshop.store, &workshop.registry, workshop.settings.clone());
    let builder =
        Builder::new(store, registry, settings, &sink, workshop.cancellation.clone()).with_caches(&source);
    let result = builder.realise(&[all_of(&top)]).map(drop);
    let started = |brought: bool| {
        let events = workshop.events.lock().unwrap();
        let name = |event: &Event| match event {
            Event::Started { derivation, builder } if (builder == SUBSTITUTE) == brought => {
                Some(derivation.name().trim_end_matches(".drv").to_owned())
            }
            _ => None,
        };
        events.iter().filter_map(name).collect::<Vec<_>>()
    };
    let (brought, built) = (started(true), started(false));
    (result, brought, built, workshop)
}

fn trust() -> Trust {
    Trust {
        keys: vec![key().public_key()],
        takes_unsigned: false,
    }
}

const NOTHING: [&str; 0] = [];

#[test]
fn what_a_cache_has_is_not_built() {
    let (result, brought, built, workshop) = realise(&filled(|[_, _, top]| top.clone()), trust(), false);
    result.unwrap();
    assert_eq!(
        (brought, built),
        (vec!["middle".to_owned(), "top".to_owned()], vec![])
    );
    assert_eq!(workshop.store.verify(&mut |_, _, _| {}).unwrap(), []);
}

#[test]
fn what_it_has_of_the_way_is_brought_and_the_rest_built() {
    let (result, brought, built, _) = realise(&filled(|[_, middle, _]| middle.clone()), trust(), false);
    result.unwrap();
    assert_eq!(
        (brought, built),
        (vec!["middle".to_owned()], vec!["top".to_owned()])
    );
}

#[test]
fn what_nobody_trusted_has_signed_is_built() {
    let (result, brought, built, workshop) =
        realise(&filled(|[_, _, top]| top.clone()), Trust::default(), false);
    result.unwrap();
    assert_eq!(brought, NOTHING);
    assert_eq!(built, ["bottom", "middle", "top"]);
    let warned = |event: &Event| matches!(event, Event::Warning(text) if text.contains("has no signature"));
    assert!(workshop.events.lock().unwrap().iter().any(warned));
}

#[test]
fn a_cache_that_breaks_its_word_stops_the_build_unless_told_otherwise() {
    let damaged = || {
        let of = filled(|[_, _, top]| top.clone());
        for entry in fs::read_dir(of.directory.path().join("cache/nar")).unwrap() {
            fs::write(entry.unwrap().path(), "junk").unwrap();
        }
        of
    };
    let (result, _, built, workshop) = realise(&damaged(), trust(), false);
    let text = chain(&result.unwrap_err());
    assert!(
        text.contains("cannot bring") && text.contains("cannot be used"),
        "{text}"
    );
    assert_eq!(built, NOTHING);
    workshop.nothing_is_left();
    let (result, _, built, _) = realise(&damaged(), trust(), true);
    result.unwrap();
    assert_eq!(built, ["bottom", "middle", "top"]);
}

#[test]
fn what_a_cache_offers_and_does_not_have_counts_as_never_offered() {
    let without = |is_gone: &dyn Fn(&StorePath) -> bool| {
        let of = filled(|[_, _, top]| top.clone());
        let folder = of.directory.path().join("cache");
        for entry in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let Ok(text) = fs::read_to_string(&entry) else {
                continue;
            };
            let Ok(info) = nix_formats::narinfo::NarInfo::parse(&text) else {
                continue;
            };
            if is_gone(&info.store_path) {
                fs::remove_file(folder.join(&info.url)).unwrap();
            }
        }
        of
    };
    type IsGone<'a> = &'a dyn Fn(&StorePath) -> bool;
    let table: [(&str, IsGone<'_>, &[&str]); 3] = [
        ("all", &|_| true, &["bottom", "middle", "top"]),
        (
            "what it refers to",
            &|path| path.name() == "middle",
            &["bottom", "middle", "top"],
        ),
        ("the top", &|path| path.name() == "top", &["top"]),
    ];
    for (name, is_gone, expected) in table {
        let (result, _, built, workshop) = realise(&without(is_gone), trust(), false);
        result.unwrap_or_else(|error| panic!("{name}: {}", chain(&error)));
        assert_eq!(built, *expected, "{name}");
        let warned =
            |event: &Event| matches!(event, Event::Warning(text) if text.contains("does not exist in"));
        assert!(workshop.events.lock().unwrap().iter().any(warned), "{name}");
        assert_eq!(workshop.store.verify(&mut |_, _, _| {}).unwrap(), []);
    }
}

#[test]
fn a_derivation_can_refuse_to_be_brought() {
    let of = Workshop::new();
    let derive = |workshop: &Workshop| workshop.test("x", &[("allowSubstitutes", "")], &[]);
    let made = of.realise(&[&derive(&of)]).unwrap();
    let upload = Upload {
        keys: vec![key()],
        workers: 1,
    };
    upload_closure(&of.store, &cache(&of), &made, &upload, &|_| ()).unwrap();
    let workshop = Workshop::new();
    let source = Source(Caches::new(vec![cache(&of)], trust(), &|_| ()));
    let sink = |event: Event| workshop.events.lock().unwrap().push(event);
    let (store, registry, settings) = (&workshop.store, &workshop.registry, workshop.settings.clone());
    let builder =
        Builder::new(store, registry, settings, &sink, workshop.cancellation.clone()).with_caches(&source);
    builder.realise(&[all_of(&derive(&workshop))]).unwrap();
    let brought = |event: &Event| matches!(event, Event::Started { builder, .. } if builder == SUBSTITUTE);
    assert!(!workshop.events.lock().unwrap().iter().any(brought));
}
