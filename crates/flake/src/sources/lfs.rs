//! Knows files of Git LFS: the repository holds a pointer, the work tree the content.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use nix_formats::HashAlgorithm;
use nix_formats::hash::Hasher;

use super::git_tree::Objects;
use super::repository::Repository;

const VERSION: &str = "version https://git-lfs.github.com/spec/v1\n";
const MAXIMUM_POINTER_BYTES: u64 = 1024;
const BUFFER_BYTES: usize = 64 * 1024;

/// Whether the index has a pointer at `path` and the work tree what it points to.
pub(super) fn is_content_of_pointer(repository: &Repository, path: &Path) -> bool {
    let file = repository.folder.join(path);
    let is_file = file.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
    let pointer = path.to_str().filter(|path| is_file && !path.contains('\n'));
    let pointer = pointer.and_then(|path| read_indexed(repository, path));
    pointer
        .as_deref()
        .and_then(digest_in)
        .is_some_and(|digest| digest_of(&file).is_some_and(|actual| actual == digest))
}

fn read_indexed(repository: &Repository, path: &str) -> Option<String> {
    let mut objects = Objects::start(repository).ok()?;
    let mut pointer = Vec::new();
    let name = format!(":{path}");
    objects
        .copy(&name, MAXIMUM_POINTER_BYTES, &mut pointer, Path::new(path))
        .ok()?;
    objects.finish().ok()?;
    String::from_utf8(pointer).ok()
}

fn digest_in(pointer: &str) -> Option<&str> {
    let rest = pointer.strip_prefix(VERSION)?;
    rest.lines().find_map(|line| line.strip_prefix("oid sha256:"))
}

fn digest_of(path: &Path) -> Option<String> {
    let mut file = File::open(path).ok()?;
    let mut hasher = Hasher::new(HashAlgorithm::Sha256);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        match file.read(&mut buffer).ok()? {
            0 => return Some(hasher.finish().to_base16()),
            count => hasher.update(&buffer[..count]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::digest_in;

    #[test]
    fn only_pointers_of_the_first_version_are_known() {
        let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 3\n";
        assert_eq!(digest_in(pointer), Some("abc"));
        assert_eq!(digest_in("oid sha256:abc\n"), None);
        assert_eq!(
            digest_in("version https://git-lfs.github.com/spec/v1\noid md5:abc\n"),
            None
        );
    }
}
