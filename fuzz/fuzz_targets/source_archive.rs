//! Any bytes are the archive of a source tree or an error; nothing is written beside the tree.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let (file, tree) = (folder.path().join("archive"), folder.path().join("tree"));
    fs::write(&file, bytes).expect("there is room for the archive");
    let _ = flake::sources::unpack_archive(&file, &tree);
    let beside = fs::read_dir(folder.path()).expect("the folder is there").count();
    assert!(beside <= 2, "something was written beside the tree");
});
