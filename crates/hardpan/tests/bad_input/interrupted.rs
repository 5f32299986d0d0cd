//! Builds that are ended from outside.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output};
use std::time::Duration;

use crate::own::{BODY, Own, Silence, serve};
use crate::support::{succeed, text};

fn signal(child: &Child, name: &str) {
    succeed(
        Command::new("sh")
            .arg("-c")
            .arg(format!("kill -{name} {}", child.id())),
    );
}

#[test]
fn an_interrupted_download_leaves_nothing_half_done() {
    for (name, code) in [("INT", Some(130)), ("KILL", None)] {
        let own = Own::new(&serve(Silence::First));
        let child = own.start(".#fetched", |own| is_downloading(own.data.path()));
        // The first interruption asks to stop; a download that stands still only hears the second one.
        signal(&child, name);
        if code.is_some() {
            std::thread::sleep(Duration::from_millis(200));
            signal(&child, name);
        }
        let output: Output = child.wait_with_output().expect("it ends");
        assert_eq!(output.status.code(), code, "{}", text(&output));
        assert_eq!(own.stored("-fetched"), Vec::<PathBuf>::new());
        own.is_sound(".#fetched");
    }
}

/// Whether half of the body arrived somewhere below `folder`.
fn is_downloading(folder: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return false;
    };
    entries
        .filter_map(Result::ok)
        .any(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => is_downloading(&entry.path()),
            _ => entry
                .metadata()
                .is_ok_and(|file| file.len() == BODY.len() as u64 / 2),
        })
}

#[test]
fn a_build_that_is_killed_leaves_only_whole_paths() {
    let mut interrupted = 0;
    for (name, code, parts) in [
        ("KILL", None, 1),
        ("KILL", None, 40),
        ("INT", Some(130), 20),
        ("KILL", None, 80),
    ] {
        let own = Own::new("127.0.0.1:9");
        let child = own.start(".#parts", |own| own.stored("-part").len() >= parts);
        signal(&child, name);
        let output: Output = child.wait_with_output().expect("it ends");
        if output.status.success() {
            // The build was faster than the signal.
            continue;
        }
        assert_eq!(output.status.code(), code, "{}", text(&output));
        own.is_sound(".#parts");
        interrupted += 1;
    }
    assert!(interrupted > 0, "every build was faster than its signal");
}

/// What a build keeps beside store paths while it works, below a store's folder.
fn leftovers(own: &Own) -> Vec<PathBuf> {
    let store = own.data.path().join("hardpan/nix/store");
    let entries = std::fs::read_dir(store).expect("there is a store");
    let paths = entries.filter_map(Result::ok).map(|entry| entry.path());
    let is_path = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.len() > 33 && name.as_bytes()[32] == b'-' && !name.ends_with(".lock") && !name.contains(".tmp")
    };
    paths
        .filter(|path| !is_path(path) && !path.ends_with(".links"))
        .collect()
}

#[test]
fn a_store_that_was_killed_again_and_again_is_whole_and_can_be_cleaned() {
    let own = Own::new("127.0.0.1:9");
    let mut killed = 0;
    // Some moments of one build after the other, from its first steps to its last.
    for delay_ms in [3, 40, 11, 90, 170, 27, 260, 60, 130, 400] {
        let child = own.start(".#parts", |_| true);
        std::thread::sleep(Duration::from_millis(delay_ms));
        signal(&child, "KILL");
        let output = child.wait_with_output().expect("it ends");
        if output.status.success() {
            break;
        }
        assert_eq!(output.status.code(), None, "{}", text(&output));
        killed += 1;
        succeed(&mut own.hardpan(&["store", "verify"]));
    }
    assert!(killed > 0, "the build was faster than every signal");
    if !own.folder.path().join("result").exists() {
        own.is_sound(".#parts");
    }
    succeed(&mut own.hardpan(&["store", "gc"]));
    assert_eq!(leftovers(&own), Vec::<PathBuf>::new());
    succeed(&mut own.hardpan(&["store", "verify"]));
    assert!(!own.stored("-parts").is_empty(), "what `result` leads to stays");
}
