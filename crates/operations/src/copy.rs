//! Copies store paths between stores and binary caches, and signs them.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use nix_formats::narinfo::{NarInfo, fingerprint};
use nix_formats::{PublicKey, SecretKey, StorePath};
use store::cache::{BinaryCache, CacheError, Caches, Notice, Trust, Upload, upload_closure};
use store::{Store, StoreError};

use crate::{Error, Event, Session};

/// The key of the cache that Nix's own users trust.
const USUAL_KEY: &str = "cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=";

/// How long it is remembered that a cache does not have something, unless a setting says otherwise.
const MISS_SECONDS: u64 = 3600;

/// The other side of a copy.
#[derive(Debug)]
enum Place {
    Cache(Box<BinaryCache>),
    Store(Store),
}

/// Copies `paths` with all that they refer to into the store or cache at `place`; gives back those that were not there.
pub fn copy_to(
    session: &Session,
    paths: &[StorePath],
    place: &str,
    checks_signatures: bool,
) -> Result<Vec<StorePath>, Error> {
    match open(session, place)? {
        Place::Cache(cache) => {
            let upload = Upload {
                keys: secret_keys(session)?,
                workers: session.settings().jobs,
            };
            let listener = |path: &StorePath| session.tell(Event::Note(format!("copying {path}")));
            Ok(upload_closure(
                session.store()?,
                &cache,
                paths,
                &upload,
                &listener,
            )?)
        }
        Place::Store(other) => between(session, session.store()?, &other, paths, checks_signatures),
    }
}

/// Copies `paths` with all that they refer to from the store or cache at `place`.
pub fn copy_from(
    session: &Session,
    paths: &[StorePath],
    place: &str,
    checks_signatures: bool,
) -> Result<Vec<StorePath>, Error> {
    let store = session.store()?;
    let cache = match open(session, place)? {
        Place::Store(other) => return between(session, &other, store, paths, checks_signatures),
        Place::Cache(cache) => *cache,
    };
    // Unlike a build this asks for something that must be there.
    cache.priority()?;
    let trust = trust(session, checks_signatures)?;
    let problem = std::sync::Mutex::new(None);
    let listener = |notice: Notice<'_>| match notice {
        Notice::Broken(error) | Notice::Untrusted(error) | Notice::Gone(error) => {
            let mut problem = problem.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            problem.get_or_insert_with(|| chain(error));
        }
        Notice::Fetching { path, .. } => session.tell(Event::Note(format!("copying {path}"))),
        Notice::Progress { .. } | Notice::Fetched { .. } => {}
    };
    let caches = Caches::new(vec![cache], trust, &listener);
    let found = caches.closure(store, paths, &listener)?;
    for path in paths {
        if !found.contains_key(path) && !store.is_valid(path)? {
            let mut problem = problem.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            let missing = || format!("'{path}' is not in '{place}' with all that it refers to");
            return Err(Error::Copy(problem.take().unwrap_or_else(missing)));
        }
    }
    let batch = store.batch();
    let brought = caches.fetch_all(store, &found, session.settings().jobs.max(8), &listener);
    batch.finish()?;
    let failures = brought?;
    match failures.into_values().next() {
        Some(error) => Err(error.into()),
        None => Ok(found.into_keys().collect()),
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

fn open(session: &Session, place: &str) -> Result<Place, Error> {
    let local = match place.split_once("?root=") {
        Some(("local", root)) => Some(root),
        _ if place.contains("://") => None,
        _ => Some(place),
    };
    match local {
        Some(root) => Ok(Place::Store(Store::open(
            &session.settings().current_folder.join(root),
        )?)),
        None => Ok(Place::Cache(Box::new(cache(session, place)?))),
    }
}

fn cache(session: &Session, url: &str) -> Result<BinaryCache, Error> {
    let cache = BinaryCache::new(Arc::clone(session.fetcher()), url)?;
    let settings = session.settings();
    let seconds = session
        .configuration()
        .number("narinfo-cache-negative-ttl")
        .unwrap_or(MISS_SECONDS);
    Ok(cache.remembering(
        &settings.cache_folder.join("binary-caches"),
        settings.now,
        seconds,
    ))
}

/// The caches that the user's settings name, with whom to believe; a cache that cannot be used is told of.
pub(crate) fn configured(session: &Session) -> Result<Caches, Error> {
    let mut caches = Vec::new();
    let mut seen = BTreeSet::new();
    for url in session.configuration().words("substituters") {
        if !seen.insert(url.clone()) {
            continue;
        }
        match cache(session, &url) {
            Ok(cache) => caches.push(cache),
            Err(error) => session.warn(&error.to_string()),
        }
    }
    let listener = |notice: Notice<'_>| {
        if let Notice::Broken(error) = notice {
            session.warn(&chain(error));
        }
    };
    Ok(Caches::new(caches, trust(session, true)?, &listener))
}

pub(crate) fn trust(session: &Session, checks_signatures: bool) -> Result<Trust, Error> {
    let configuration = session.configuration();
    let mut words = configuration.words("trusted-public-keys");
    if words.is_empty() {
        words.push(USUAL_KEY.to_owned());
    }
    let parse = |word: &String| {
        word.parse::<PublicKey>()
            .map_err(|error| Error::Usage(format!("the setting 'trusted-public-keys': {error}")))
    };
    Ok(Trust {
        keys: words.iter().map(parse).collect::<Result<_, _>>()?,
        takes_unsigned: !checks_signatures || configuration.flag("require-sigs") == Some(false),
    })
}

/// The keys that sign what is built and copied.
pub(crate) fn secret_keys(session: &Session) -> Result<Vec<SecretKey>, Error> {
    let files = session.configuration().words("secret-key-files");
    files.iter().map(|file| secret_key(Path::new(file))).collect()
}

fn secret_key(file: &Path) -> Result<SecretKey, Error> {
    let text = std::fs::read_to_string(file).map_err(Error::files("read the key", file))?;
    text.parse()
        .map_err(|error| Error::Usage(format!("'{}': {error}", file.display())))
}

/// Signs `paths`; gives back how many there were.
pub fn sign(
    session: &Session,
    paths: &[StorePath],
    recursive: bool,
    key_file: &PathBuf,
) -> Result<usize, Error> {
    let store = session.store()?;
    let key = secret_key(&session.settings().current_folder.join(key_file))?;
    let paths: BTreeSet<StorePath> = match recursive {
        true => store.closure(paths)?,
        false => paths.iter().cloned().collect(),
    };
    for path in &paths {
        let info = store.require_info(path)?;
        let text = fingerprint(path, &info.nar_hash, info.nar_size, &info.references);
        store.add_signatures(path, &[key.sign(text.as_bytes())])?;
    }
    Ok(paths.len())
}

fn between(
    session: &Session,
    from: &Store,
    to: &Store,
    paths: &[StorePath],
    checks_signatures: bool,
) -> Result<Vec<StorePath>, Error> {
    let trust = trust(session, checks_signatures)?;
    let batch = to.batch();
    let mut copied = Vec::new();
    for path in in_order(from, paths)? {
        session.check_cancelled()?;
        to.add_temporary_root(&path)?;
        if to.is_valid(&path)? {
            continue;
        }
        let info = from.require_info(&path)?.description();
        if !trust.accepts(&info) {
            return Err(CacheError::Untrusted {
                path,
                cache: from.root().display().to_string(),
            }
            .into());
        }
        session.tell(Event::Note(format!("copying {path}")));
        pass_on(from, to, &info)?;
        copied.push(path);
    }
    batch.finish()?;
    Ok(copied)
}

/// Writes the archive in one thread and reads it in another.
fn pass_on(from: &Store, to: &Store, info: &NarInfo) -> Result<(), Error> {
    let (mut reader, writer) = std::io::pipe().map_err(Error::files("make", "a pipe"))?;
    let (written, read) = std::thread::scope(|scope| {
        let write = scope.spawn(move || {
            let mut sink = from.dump(&info.store_path, std::io::BufWriter::new(writer))?;
            // Who does not read on has an error of its own.
            let _ = sink.flush();
            Ok::<(), StoreError>(())
        });
        let read = to.add_archive(info, &mut reader);
        drop(reader);
        (write.join(), read)
    });
    match (read, written) {
        (Ok(_), _) => Ok(()),
        (Err(StoreError::Archive { .. }), Ok(Err(error))) => Err(error.into()),
        (Err(error), _) => Err(error.into()),
    }
}

/// `paths` with all that they refer to, each after what it refers to.
fn in_order(store: &Store, paths: &[StorePath]) -> Result<Vec<StorePath>, Error> {
    let closure = store.closure(paths)?;
    let mut ordered = Vec::with_capacity(closure.len());
    let mut done = BTreeSet::new();
    for start in &closure {
        let mut pending = vec![(start.clone(), false)];
        while let Some((path, expanded)) = pending.pop() {
            if expanded {
                ordered.push(path);
            } else if done.insert(path.clone()) {
                let references = store.references(&path)?;
                pending.push((path, true));
                pending.extend(references.into_iter().map(|path| (path, false)));
            }
        }
    }
    Ok(ordered)
}
