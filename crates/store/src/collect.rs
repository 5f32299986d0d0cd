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
use crate::{lock, temporary_roots};

/// Where Nix keeps one name of each file that it linked, in the store directory.
const LINKS: &str = ".links";

/// How to collect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CollectOptions {
    /// Say what would be removed and remove nothing.
    pub dry_run: bool,
    /// Keep the outputs of living derivations as well.
    pub keep_outputs: bool,
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
    /// Removes every path that no root and no running process reaches. The derivations of living outputs live.
    pub fn collect_garbage(&self, options: CollectOptions) -> Result<Collected, StoreError> {
        let lock_path = self.inner.layout.collector_lock();
        let collector = lock::open(&lock_path).file("open the lock", &lock_path)?;
        flock(&collector, FlockOperation::LockExclusive).file("lock", &lock_path)?;
        let living = self.living(options)?;
        let dead: BTreeSet<StorePath> = self.all_paths()?.difference(&living).cloned().collect();
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
        collected.freed_bytes += self.remove_strays(&living)?;
        collected.freed_bytes += self.remove_unused_links()?;
        Ok(collected)
    }

    /// Removes `paths`, which nothing outside of them may need; fails without removing any if something does.
    pub fn delete(&self, paths: &BTreeSet<StorePath>) -> Result<Collected, StoreError> {
        let lock_path = self.inner.layout.collector_lock();
        let collector = lock::open(&lock_path).file("open the lock", &lock_path)?;
        flock(&collector, FlockOperation::LockExclusive).file("lock", &lock_path)?;
        let living = self.living(CollectOptions::default())?;
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

    fn living(&self, options: CollectOptions) -> Result<BTreeSet<StorePath>, StoreError> {
        let mut starts: BTreeSet<StorePath> = self.roots()?.into_iter().map(|root| root.path).collect();
        starts.extend(temporary_roots::of_all_processes(&self.inner.layout)?);
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
        } else if let Some(deriver) = self.path_info(path)?.and_then(|info| info.deriver)
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
    fn remove_strays(&self, living: &BTreeSet<StorePath>) -> Result<u64, StoreError> {
        let in_use = temporary_roots::of_all_processes(&self.inner.layout)?;
        let mut freed_bytes = 0;
        for name in sorted_names(self.physical_store_directory())? {
            let Some(path) = name
                .to_str()
                .and_then(|name| StorePath::from_base_name(name).ok())
            else {
                continue;
            };
            let place = self.physical(&path);
            if living.contains(&path) || in_use.contains(&path) || path.name().ends_with(".lock") {
                continue;
            }
            if !self.is_valid(&path)? {
                freed_bytes += disk_usage(&place)?;
                remove_tree(&place)?;
            }
        }
        Ok(freed_bytes)
    }
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
