//! The initrd program has the same bytes wherever hardpan was compiled.

#[path = "../compile.rs"]
mod compile;

use std::fs;
use std::path::Path;

const SOURCES: &str = env!("CARGO_MANIFEST_DIR");

/// Copies a folder of sources with all that is in it.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("the temporary folder takes a copy");
    for entry in fs::read_dir(from).expect("the sources can be read") {
        let entry = entry.expect("the sources can be read");
        let (path, copied) = (entry.path(), to.join(entry.file_name()));
        match path.is_dir() {
            true => copy(&path, &copied),
            false => drop(fs::copy(path, copied).expect("the temporary folder takes a copy")),
        }
    }
}

/// The program as the build script makes it when the repository lies at `folder`.
fn compiled_in(folder: &Path) -> Vec<u8> {
    for name in ["program", "src"] {
        copy(&Path::new(SOURCES).join(name), &folder.join(name));
    }
    let toolchain = compile::Toolchain {
        compiler: env!("HARDPAN_INIT_COMPILER").into(),
        host: env!("HARDPAN_INIT_HOST").into(),
        target: env!("HARDPAN_INIT_TARGET").into(),
    };
    let output = folder.join("init");
    toolchain
        .compile(folder, &output)
        .expect("the program compiles here too");
    fs::read(output).expect("the compiler wrote the program")
}

#[test]
fn the_program_does_not_depend_on_the_folder_it_was_compiled_in() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for place in ["a", "another place/with a longer name"] {
        let program = compiled_in(&folder.path().join(place));
        assert!(program == init::INIT_PROGRAM, "compiled in '{place}' it differs");
    }
}

#[test]
fn the_program_names_no_folder_of_the_machine_that_compiled_it() {
    for folder in [SOURCES, env!("HARDPAN_INIT_PROGRAM")] {
        let found = init::INIT_PROGRAM
            .windows(folder.len())
            .any(|bytes| bytes == folder.as_bytes());
        assert!(!found, "{folder} is in the program");
    }
}
