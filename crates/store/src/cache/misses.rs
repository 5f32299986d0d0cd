//! Remembers for a while what a cache did not have, so that not every build asks again for hundreds of paths.

use std::collections::HashMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use nix_formats::Hash;

const LARGEST_FILE_BYTES: u64 = 16 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Misses {
    file: PathBuf,
    now: u64,
    /// When each was missed.
    known: Mutex<HashMap<String, u64>>,
}

impl Misses {
    /// What is remembered about `url` from the last `seconds`. A file that cannot be read is as good as none.
    pub(super) fn load(directory: &Path, url: &str, now: u64, seconds: u64) -> Self {
        let file = directory.join(Hash::sha256(url.as_bytes()).to_nix32());
        let small = fs::metadata(&file).is_ok_and(|metadata| metadata.len() < LARGEST_FILE_BYTES);
        let text = if small {
            fs::read_to_string(&file).unwrap_or_default()
        } else {
            String::new()
        };
        let entry = |line: &str| {
            let (key, time) = line.split_once(' ')?;
            Some((key.to_owned(), time.parse().ok()?))
        };
        let all: HashMap<String, u64> = text.lines().filter_map(entry).collect();
        let count = all.len();
        let is_fresh = |time: &u64| *time <= now && now - *time < seconds;
        let known: HashMap<String, u64> = all.into_iter().filter(|(_, time)| is_fresh(time)).collect();
        let misses = Self {
            file,
            now,
            known: Mutex::new(known),
        };
        if misses.lock().len() * 2 < count {
            misses.rewrite();
        }
        misses
    }

    pub(super) fn contain(&self, key: &str) -> bool {
        self.lock().contains_key(key)
    }

    pub(super) fn add(&self, key: &str) {
        self.lock().insert(key.to_owned(), self.now);
        if let Some(parent) = self.file.parent() {
            let _ = fs::create_dir_all(parent);
        }
        // Lines are short enough to be written in one piece, whoever else writes.
        let opened = OpenOptions::new().append(true).create(true).open(&self.file);
        let _ = opened.and_then(|mut file| file.write_all(format!("{key} {}\n", self.now).as_bytes()));
    }

    /// Forgets that something was missed.
    pub(super) fn remove(&self, key: &str) {
        if self.lock().remove(key).is_some() {
            self.rewrite();
        }
    }

    fn rewrite(&self) {
        let lines: String = self
            .lock()
            .iter()
            .map(|(key, time)| format!("{key} {time}\n"))
            .collect();
        let temporary = self.file.with_extension(format!("tmp-{}", std::process::id()));
        let written = fs::write(&temporary, lines).and_then(|()| fs::rename(&temporary, &self.file));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, u64>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_missed_is_remembered_for_an_hour() {
        let directory = tempfile::tempdir().unwrap();
        let load = |now| Misses::load(directory.path(), "https://cache", now, 3600);
        load(1000).add("a");
        load(4000).add("b");
        let later = load(4500);
        assert!(later.contain("a") && later.contain("b") && !later.contain("c"));
        later.remove("b");
        assert!(!load(4500).contain("b"));
        assert!(!load(4600).contain("a"));
        assert!(!Misses::load(directory.path(), "https://other", 4500, 3600).contain("a"));
    }
}
