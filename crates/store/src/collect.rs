//! Removes what nothing keeps alive.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use nix_formats::StorePath;
use rustix::fs::{FlockOperation, flock};

use crate::Store;
use crate::closure::reach;
use crate::error::{FileContext as _, StoreError};
use crate::removal::remove_tree;
use crate::tree::sorted_names;
use crate::{lock, running, temporary_roots};

/// Where Nix keeps one name of each file that it linked, in the store directory.
const LINKS: &str = ".links";

/// Where running processes can be seen.
const PROCESSES: &str = "/proc";

/// How to collect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CollectOptions {
    /// Say what would be removed and remove nothing.
    pub dry_run: bool,
    /// Keep the outputs of living derivations as well: `keep-outputs` of Nix.
    pub keep_outputs: bool,
    /// Keep the derivations of living outputs as well: `keep-derivations` of Nix.
    pub keep_derivations: bool,
}

impl Default for CollectOptions {
    fn default() -> Self {
        Self {
            dry_run: false,
            keep_outputs: false,
            keep_derivations: true,
        }
    }
}

/// What running processes have in hand, valid or not.
struct InUse {
    paths: BTreeSet<StorePath>,
    /// Their hash parts: what somebody is making lies beside its place, in `.lock` and `.chroot` of the same hash part.
    hash_parts: BTreeSet<String>,
}

/// What a collection removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Collected {
    /// The paths, in an order in which each comes before what it refers to.
    pub paths: Vec<StorePath>,
    /// How much room they took, in bytes.
    pub freed_bytes: u64,
}

impl Store {
    /// Removes every path that no root and no running process reaches.
    pub fn collect_garbage(&self, options: CollectOptions) -> Result<Collected, StoreError> {
        let _collector = self.begin_collecting()?;
        if !options.dry_run {
            self.remove_stale_inputs()?;
        }
        // Builds go on meanwhile: what becomes valid after this is none of this collection's business.
        let valid = self.all_paths()?;
        let in_use = self.in_use()?;
        let living = self.living(&in_use, options)?;
        let dead: BTreeSet<StorePath> = valid.difference(&living).cloned().collect();
        let paths = self.referrers_first(&dead)?;
        if options.dry_run {
            let used: Result<Vec<u64>, _> = paths
                .iter()
                .map(|path| disk_usage(&self.physical(path)))
                .collect();
            let freed_bytes = used?.into_iter().sum();
            return Ok(Collected { paths, freed_bytes });
        }
        self.remove_stale_mirrors()?;
        let mut collected = self.remove(paths)?;
        collected.freed_bytes += self.remove_strays(&in_use)?;
        collected.freed_bytes += self.remove_unused_links()?;
        Ok(collected)
    }

    /// Removes `paths`, which nothing outside of them may need; fails without removing any if something does.
    pub fn delete(&self, paths: &BTreeSet<StorePath>) -> Result<Collected, StoreError> {
        let _collector = self.begin_collecting()?;
        let living = self.living(&self.in_use()?, CollectOptions::default())?;
        for path in paths {
            self.require_info(path)?;
            let needed_by: BTreeSet<StorePath> = self.referrers(path)?.difference(paths).cloned().collect();
            if living.contains(path) || !needed_by.is_empty() {
                return Err(StoreError::Alive {
                    path: path.clone(),
                    needed_by,
                });
            }
        }
        let ordered = self.referrers_first(paths)?;
        self.remove(ordered)
    }

    fn remove(&self, paths: Vec<StorePath>) -> Result<Collected, StoreError> {
        let mut freed_bytes = 0;
        for path in &paths {
            freed_bytes += disk_usage(&self.physical(path))?;
        }
        // All become invalid before any file goes, so that no valid path is ever incomplete.
        self.inner.database.unregister(&paths)?;
        for path in &paths {
            remove_tree(&self.physical(path))?;
        }
        Ok(Collected { paths, freed_bytes })
    }

    /// While the result is open no other collection runs, and nobody gets new temporary roots.
    fn begin_collecting(&self) -> Result<fs::File, StoreError> {
        self.flush()?;
        let lock_path = self.inner.layout.collector_lock();
        let collector = lock::open(&lock_path).file("open the lock", &lock_path)?;
        flock(&collector, FlockOperation::LockExclusive).file("lock", &lock_path)?;
        Ok(collector)
    }

    fn in_use(&self) -> Result<InUse, StoreError> {
        let mut paths = temporary_roots::of_all_processes(&self.inner.layout)?;
        paths.extend(running::used_paths(Path::new(PROCESSES)));
        let hash_parts = paths.iter().map(|path| path.hash_part().to_owned()).collect();
        Ok(InUse { paths, hash_parts })
    }

    fn living(&self, in_use: &InUse, options: CollectOptions) -> Result<BTreeSet<StorePath>, StoreError> {
        let mut starts: BTreeSet<StorePath> = self.roots()?.into_iter().map(|root| root.path).collect();
        starts.extend(in_use.paths.iter().cloned());
        let mut valid = Vec::new();
        for start in starts {
            if self.is_valid(&start)? {
                valid.push(start);
            }
        }
        reach(valid, |path| self.keeps_alive(path, options))
    }

    fn keeps_alive(
        &self,
        path: &StorePath,
        options: CollectOptions,
    ) -> Result<BTreeSet<StorePath>, StoreError> {
        let mut kept = self.references(path)?;
        if path.is_derivation() {
            if options.keep_outputs {
                for output in self.read_derivation(path)?.outputs.into_values() {
                    if let Some(output) = output.path.filter(|path| self.is_valid(path).unwrap_or(false)) {
                        kept.insert(output);
                    }
                }
            }
        } else if options.keep_derivations
            && let Some(deriver) = self.path_info(path)?.and_then(|info| info.deriver)
            && self.is_valid(&deriver)?
        {
            kept.insert(deriver);
        }
        Ok(kept)
    }

    /// Orders dead paths so that each comes before what it refers to.
    fn referrers_first(&self, dead: &BTreeSet<StorePath>) -> Result<Vec<StorePath>, StoreError> {
        let mut ordered = Vec::with_capacity(dead.len());
        let mut done = BTreeSet::new();
        for path in dead {
            self.order_from(path, dead, &mut done, &mut ordered)?;
        }
        ordered.reverse();
        Ok(ordered)
    }

    fn order_from(
        &self,
        start: &StorePath,
        dead: &BTreeSet<StorePath>,
        done: &mut BTreeSet<StorePath>,
        ordered: &mut Vec<StorePath>,
    ) -> Result<(), StoreError> {
        let mut pending = vec![(start.clone(), false)];
        while let Some((path, expanded)) = pending.pop() {
            if expanded {
                ordered.push(path);
            } else if done.insert(path.clone()) {
                let references = self.references(&path)?;
                pending.push((path, true));
                pending.extend(
                    references
                        .into_iter()
                        .filter(|path| dead.contains(path))
                        .map(|path| (path, false)),
                );
            }
        }
        Ok(())
    }

    /// Removes what lies in the store directory without being valid, unless somebody is making it.
    fn remove_strays(&self, in_use: &InUse) -> Result<u64, StoreError> {
        let mut freed_bytes = 0;
        for name in sorted_names(self.physical_store_directory())? {
            let Some(path) = name
                .to_str()
                .and_then(|name| StorePath::from_base_name(name).ok())
            else {
                continue;
            };
            if in_use.hash_parts.contains(path.hash_part()) || self.is_valid(&path)? {
                continue;
            }
            let place = self.physical(&path);
            if path.name().ends_with(".lock") {
                remove_lock(&place)?;
            } else {
                freed_bytes += disk_usage(&place)?;
                remove_tree(&place)?;
            }
        }
        Ok(freed_bytes)
    }
}

/// Removes the file of a lock that nobody holds.
fn remove_lock(place: &Path) -> Result<(), StoreError> {
    let Ok(mut file) = fs::OpenOptions::new().read(true).write(true).open(place) else {
        return Ok(());
    };
    if lock::try_lock(&file).file("lock", place)? {
        lock::give_up(&mut file, place);
    }
    Ok(())
}

impl Store {
    /// Removes the files that `nix store optimise` keeps to find equal ones, where no store path has them any more.
    fn remove_unused_links(&self) -> Result<u64, StoreError> {
        let links = self.physical_store_directory().join(LINKS);
        if !links.is_dir() {
            return Ok(0);
        }
        let mut freed_bytes = 0;
        for name in sorted_names(&links)? {
            let link = links.join(name);
            let Ok(metadata) = fs::symlink_metadata(&link) else {
                continue;
            };
            if metadata.nlink() == 1 && !metadata.is_dir() {
                fs::remove_file(&link).file("remove the unused link", &link)?;
                freed_bytes += metadata.blocks() * 512;
            }
        }
        Ok(freed_bytes)
    }
}

/// How much room a tree takes on disk, in bytes.
fn disk_usage(path: &Path) -> Result<u64, StoreError> {
    let Ok(metadata) = fs::symlink_metadata(path) else {
        return Ok(0);
    };
    let mut bytes = if metadata.nlink() > 1 && !metadata.is_dir() {
        0
    } else {
        metadata.blocks() * 512
    };
    if metadata.is_dir() {
        for name in sorted_names(path)? {
            bytes += disk_usage(&path.join(name))?;
        }
    }
    Ok(bytes)
}
