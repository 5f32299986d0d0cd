//! Keeps compiled indexes in a folder, and no more of them than are of use.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How the names of compiled indexes end.
const ENDING: &str = "debian-index";
/// Most bytes of all compiled indexes together; one of a release of Debian has about 60 MB.
const MOST_BYTES: u64 = 1 << 30;
/// For how long an index that nobody opens is kept.
const MOST_AGE: Duration = Duration::from_secs(30 * 86_400);
/// How often the use of an index is noted.
const NOTE_AFTER: Duration = Duration::from_secs(86_400);

/// Where the index with this key lies.
pub(super) fn place(folder: &Path, key: &str) -> PathBuf {
    folder.join(format!("{key}.{ENDING}"))
}

/// Notes that an index is of use. Where that cannot be noted, it is made again some day.
pub(super) fn touch(file: &fs::File, now: SystemTime) {
    let is_old = file
        .metadata()
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|modified| now.duration_since(modified).is_ok_and(|age| age > NOTE_AFTER));
    if is_old {
        let _ = file.set_modified(now);
    }
}

/// Writes the file beside its place first, so that nobody sees half of it, and makes room.
pub(super) fn keep(path: &Path, bytes: &[u8], now: SystemTime) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.persist(path)?;
    prune(folder, path, MOST_BYTES, now)
}

/// Removes the indexes that were not used for long, then those used least lately, until the others have no more than
/// `most_bytes` together. `newest` stays.
fn prune(folder: &Path, newest: &Path, most_bytes: u64, now: SystemTime) -> io::Result<()> {
    let mut kept = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path == newest || path.extension().is_none_or(|extension| extension != ENDING) {
            continue;
        }
        let metadata = fs::symlink_metadata(&path)?;
        kept.push((metadata.modified()?, metadata.len(), path));
    }
    kept.sort();
    kept.reverse();
    let mut room = most_bytes.saturating_sub(fs::symlink_metadata(newest)?.len());
    for (modified, bytes, path) in kept {
        let is_old = now.duration_since(modified).is_ok_and(|age| age > MOST_AGE);
        if is_old || bytes > room {
            // Another process may have been quicker.
            let _ = fs::remove_file(path);
            room = if is_old { room } else { 0 };
        } else {
            room -= bytes;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_uses_is_removed_and_the_rest_has_a_bound() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let now = SystemTime::now();
        let write = |name: &str, bytes: usize, days: u64| {
            let path = folder.path().join(name);
            fs::write(&path, vec![0; bytes]).expect("it can be written");
            let file = fs::File::options().append(true).open(&path).expect("it is there");
            file.set_modified(now - Duration::from_secs(days * 86_400))
                .expect("it is ours");
        };
        for (name, bytes, days) in [
            ("new.debian-index", 40, 0),
            ("used.debian-index", 30, 2),
            ("older.debian-index", 40, 3),
            ("small.debian-index", 1, 4),
            ("old.debian-index", 1, 40),
            ("other", 1000, 400),
        ] {
            write(name, bytes, days);
        }
        prune(folder.path(), &folder.path().join("new.debian-index"), 100, now).expect("the folder is there");
        let names = fs::read_dir(folder.path())
            .expect("the folder is there")
            .flatten();
        let mut names: Vec<String> = names
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names, ["new.debian-index", "other", "used.debian-index"]);
    }

    #[test]
    fn use_is_noted_once_a_day() {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let path = folder.path().join("x");
        fs::write(&path, "x").expect("it can be written");
        let file = fs::File::options()
            .read(true)
            .write(true)
            .open(&path)
            .expect("it is there");
        let now = SystemTime::now();
        let modified = || {
            file.metadata()
                .and_then(|metadata| metadata.modified())
                .expect("it has a time")
        };
        for (hours, noted) in [(1, false), (25, true)] {
            let before = now - Duration::from_secs(hours * 3600);
            file.set_modified(before).expect("it is ours");
            touch(&file, now);
            assert_eq!(modified() > before, noted, "{hours}");
        }
    }
}
