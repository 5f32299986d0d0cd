//! Several caches, asked in order, and what they can bring.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix_formats::StorePath;
use nix_formats::narinfo::NarInfo;

use super::{BinaryCache, CacheError, Trust, parallel};
use crate::Store;

/// How many descriptions are asked for at the same time.
const QUESTIONS: usize = 16;

/// Caches in the order in which they are asked.
#[derive(Debug)]
pub struct Caches {
    caches: Vec<Member>,
    trust: Trust,
}

#[derive(Debug)]
struct Member {
    cache: BinaryCache,
    /// It failed, so nothing more is asked of it.
    is_broken: AtomicBool,
}

/// A path that can be brought.
#[derive(Clone, Debug)]
pub struct Found {
    /// What the cache says about it, which is trusted.
    pub info: Arc<NarInfo>,
    cache: usize,
}

/// What happens on the way.
#[derive(Debug)]
pub enum Notice<'a> {
    /// A cache is asked no more, because of this.
    Broken(&'a CacheError),
    /// A path of a cache is not taken.
    Untrusted(&'a CacheError),
    /// A path is not there though a cache says that it has it.
    Gone(&'a CacheError),
    /// A path begins to come.
    Fetching {
        /// The path.
        path: &'a StorePath,
        /// The cache's address.
        cache: &'a str,
    },
    /// More of a path is there.
    Progress {
        /// The path.
        path: &'a StorePath,
        /// How many bytes.
        done: u64,
        /// Of how many; zero if nobody knows.
        total: u64,
    },
    /// A path became valid.
    Fetched {
        /// The path.
        path: &'a StorePath,
        /// How long it took.
        duration: Duration,
    },
}

/// Hears what happens.
pub type Listener<'a> = dyn Fn(Notice<'_>) + Sync + 'a;

impl Caches {
    /// Caches that are asked by priority, those of the same one as they stand here. What cannot be reached is left out.
    pub fn new(caches: Vec<BinaryCache>, trust: Trust, listener: &Listener<'_>) -> Self {
        let priorities = parallel::map(&caches, QUESTIONS, BinaryCache::priority);
        let mut members: Vec<(u32, BinaryCache)> = Vec::new();
        for (cache, priority) in caches.into_iter().zip(priorities) {
            match priority {
                Ok(priority) => members.push((priority, cache)),
                Err(error) => listener(Notice::Broken(&error)),
            }
        }
        members.sort_by_key(|(priority, _)| *priority);
        let member = |(_, cache)| Member {
            cache,
            is_broken: AtomicBool::new(false),
        };
        Self {
            caches: members.into_iter().map(member).collect(),
            trust,
        }
    }

    /// Whether there is nobody to ask.
    pub fn is_empty(&self) -> bool {
        self.caches.is_empty()
    }

    /// Which of `paths` some cache has and may be believed about, in the same order.
    pub fn find_all(
        &self,
        paths: &[StorePath],
        listener: &Listener<'_>,
    ) -> Result<Vec<Option<Found>>, CacheError> {
        parallel::map(paths, QUESTIONS, |path| self.find(path, 0, listener))
            .into_iter()
            .collect()
    }

    /// The first cache from `start` on that has `path`.
    fn find(
        &self,
        path: &StorePath,
        start: usize,
        listener: &Listener<'_>,
    ) -> Result<Option<Found>, CacheError> {
        for (number, member) in self.caches.iter().enumerate().skip(start) {
            if member.is_broken.load(Ordering::Relaxed) {
                continue;
            }
            match member.cache.find(path) {
                Ok(None) => {}
                Ok(Some(info)) if member.cache.is_trusted() || self.trust.accepts(&info) => {
                    return Ok(Some(Found { info, cache: number }));
                }
                Ok(Some(_)) => listener(Notice::Untrusted(&CacheError::Untrusted {
                    path: path.clone(),
                    cache: member.cache.url().to_owned(),
                })),
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => {
                    if !member.is_broken.swap(true, Ordering::Relaxed) {
                        listener(Notice::Broken(&error));
                    }
                }
            }
        }
        Ok(None)
    }

    /// `starts` with all that they refer to, as far as it is not in `store`; those that no cache has are left out, and
    /// with them what refers to them.
    pub fn closure(
        &self,
        store: &Store,
        starts: &[StorePath],
        listener: &Listener<'_>,
    ) -> Result<BTreeMap<StorePath, Found>, CacheError> {
        let mut found: BTreeMap<StorePath, Found> = BTreeMap::new();
        let mut seen: BTreeSet<StorePath> = starts.iter().cloned().collect();
        let mut frontier: Vec<StorePath> = starts.to_vec();
        let mut missing = BTreeSet::new();
        while !frontier.is_empty() {
            store.add_temporary_roots(&frontier)?;
            let mut unknown = Vec::new();
            for path in frontier {
                if !store.is_valid(&path)? {
                    unknown.push(path);
                }
            }
            let answers = self.find_all(&unknown, listener)?;
            let mut next = Vec::new();
            for (path, answer) in unknown.into_iter().zip(answers) {
                let Some(answer) = answer else {
                    missing.insert(path);
                    continue;
                };
                next.extend(
                    answer
                        .info
                        .references
                        .iter()
                        .filter(|path| seen.insert((*path).clone()))
                        .cloned(),
                );
                found.insert(path, answer);
            }
            frontier = next;
        }
        without(&mut found, missing);
        Ok(found)
    }

    /// Brings all of `found` into `store`, each after what it refers to, `workers` at a time. A cache that fails is
    /// replaced by the next one that has the path. What could not be had is given back with the reason.
    pub fn fetch_all(
        &self,
        store: &Store,
        found: &BTreeMap<StorePath, Found>,
        workers: usize,
        listener: &Listener<'_>,
    ) -> Result<BTreeMap<StorePath, CacheError>, CacheError> {
        let references = |path: &StorePath| found.get(path).map(|found| found.info.references.clone());
        let mut failures = BTreeMap::new();
        for rank in ranks(found.keys().cloned().collect(), references) {
            let rank: Vec<StorePath> = rank
                .into_iter()
                .filter(|path| {
                    let needed = &found[path].info.references;
                    needed.iter().all(|needed| !failures.contains_key(needed))
                })
                .collect();
            let results = parallel::map(&rank, workers, |path| self.fetch(store, &found[path], listener));
            for (path, result) in rank.into_iter().zip(results) {
                match result {
                    Ok(()) => {}
                    Err(error) if error.is_cancelled() => return Err(error),
                    Err(error) => drop(failures.insert(path, error)),
                }
            }
        }
        Ok(failures)
    }

    fn fetch(&self, store: &Store, found: &Found, listener: &Listener<'_>) -> Result<(), CacheError> {
        let began = Instant::now();
        let mut found = found.clone();
        loop {
            let cache = &self.caches[found.cache].cache;
            let path = &found.info.store_path;
            listener(Notice::Fetching {
                path,
                cache: cache.url(),
            });
            let total = found.info.file_size.unwrap_or(0);
            let progress = |done| listener(Notice::Progress { path, done, total });
            match cache.fetch(store, &found.info, &progress) {
                Ok(_) => {
                    let duration = began.elapsed();
                    listener(Notice::Fetched { path, duration });
                    return Ok(());
                }
                Err(error) if error.is_cancelled() => return Err(error),
                Err(error) => {
                    if error.is_gone() {
                        listener(Notice::Gone(&error));
                        cache.forget(path);
                    }
                    match self.find(path, found.cache + 1, listener)? {
                        // Another cache must mean the same, or what it refers to may not be there.
                        Some(other) if other.info.references == found.info.references => found = other,
                        _ => return Err(error),
                    }
                }
            }
        }
    }
}

/// Takes out of `found` what leads to something in `missing`.
fn without(found: &mut BTreeMap<StorePath, Found>, mut missing: BTreeSet<StorePath>) {
    while !missing.is_empty() {
        let leads_there = |found: &Found| found.info.references.iter().any(|path| missing.contains(path));
        let gone: BTreeSet<StorePath> = found
            .iter()
            .filter(|(_, found)| leads_there(found))
            .map(|(path, _)| path.clone())
            .collect();
        found.retain(|path, _| !gone.contains(path));
        missing = gone;
    }
}

/// `paths` in groups, each after all groups that it refers to.
pub(super) fn ranks(
    paths: BTreeSet<StorePath>,
    references: impl Fn(&StorePath) -> Option<BTreeSet<StorePath>>,
) -> Vec<Vec<StorePath>> {
    let mut waiting: BTreeMap<StorePath, BTreeSet<StorePath>> = BTreeMap::new();
    for path in &paths {
        let needs = references(path).unwrap_or_default();
        let needs = needs
            .into_iter()
            .filter(|needed| needed != path && paths.contains(needed));
        waiting.insert(path.clone(), needs.collect());
    }
    let mut ranks = Vec::new();
    while !waiting.is_empty() {
        let free: BTreeSet<StorePath> = waiting
            .iter()
            .filter(|(_, needs)| needs.is_empty())
            .map(|(path, _)| path.clone())
            .collect();
        if free.is_empty() {
            // A circle, which no honest cache has: its members come last and fail for want of each other.
            ranks.push(waiting.into_keys().collect());
            break;
        }
        waiting.retain(|path, _| !free.contains(path));
        for needs in waiting.values_mut() {
            needs.retain(|path| !free.contains(path));
        }
        ranks.push(free.into_iter().collect());
    }
    ranks
}
