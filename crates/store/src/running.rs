//! What running processes use: the programs they run, what they have open or mapped, their folder, their environment.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use bstr::ByteSlice as _;
use nix_formats::StorePath;

/// How each path of a store begins, wherever on disk the store lies.
const STORE: &[u8] = b"/nix/store/";
/// What one file of a process may say at most; environments are far smaller.
const LARGEST_TEXT_BYTES: usize = 64 * 1024 * 1024;

/// The store paths that processes use which this user may look at, valid or not. `processes` is `/proc`.
pub(crate) fn used_paths(processes: &Path) -> BTreeSet<StorePath> {
    let mut used = BTreeSet::new();
    let is_process = |name: &[u8]| name.iter().all(u8::is_ascii_digit);
    for entry in fs::read_dir(processes).into_iter().flatten().flatten() {
        if is_process(entry.file_name().as_bytes()) {
            add_process(&entry.path(), &mut used);
        }
    }
    // The kernel starts these by itself.
    for program in ["modprobe", "fbsplash", "poweroff_cmd"] {
        add_text(&processes.join("sys/kernel").join(program), &mut used);
    }
    used
}

/// A process that ends meanwhile uses nothing.
fn add_process(process: &Path, used: &mut BTreeSet<StorePath>) {
    for link in ["exe", "cwd", "root"] {
        add_link(&process.join(link), used);
    }
    for open in fs::read_dir(process.join("fd")).into_iter().flatten().flatten() {
        add_link(&open.path(), used);
    }
    for text in ["maps", "environ"] {
        add_text(&process.join(text), used);
    }
}

fn add_link(link: &Path, used: &mut BTreeSet<StorePath>) {
    if let Ok(target) = fs::read_link(link) {
        used.extend(mentioned(target.as_os_str().as_bytes()));
    }
}

fn add_text(file: &Path, used: &mut BTreeSet<StorePath>) {
    if let Ok(text) = fs::read(file) {
        used.extend(mentioned(&text[..text.len().min(LARGEST_TEXT_BYTES)]));
    }
}

/// The store paths that `text` has in full.
fn mentioned(text: &[u8]) -> impl Iterator<Item = StorePath> {
    text.find_iter(STORE).filter_map(|start| {
        let rest = &text[start + STORE.len()..];
        let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-._?=".contains(byte);
        let length = rest.iter().take_while(|byte| is_of_name(byte)).count();
        StorePath::from_base_name(rest[..length].to_str().ok()?).ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "vxjiwkjkn7x4079qvh1jkl5pn05j2aw0-foo";

    #[test]
    fn store_paths_are_found_wherever_a_store_lies() {
        let table = [
            (format!("/nix/store/{NAME}"), 1),
            (
                format!("/home/a/.local/share/hardpan/nix/store/{NAME}/bin/foo (deleted)"),
                1,
            ),
            (
                format!("A=/nix/store/{NAME}/bin:/nix/store/{NAME}\0B=/nix/store/short"),
                2,
            ),
            (format!("/nix/store/{}", &NAME[..20]), 0),
            (format!("/nix/storage/{NAME}"), 0),
            (String::new(), 0),
        ];
        for (text, expected) in table {
            let found: Vec<_> = mentioned(text.as_bytes()).collect();
            assert_eq!(found.len(), expected, "{text}");
            assert!(found.iter().all(|path| path.base_name() == NAME), "{text}");
        }
    }
}
