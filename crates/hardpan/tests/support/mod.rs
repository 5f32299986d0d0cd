//! What the end-to-end tests share: a project in a temporary folder, the command and the judges.
#![allow(dead_code, reason = "each test program uses its own part")]

pub mod guest;
pub mod terminal;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The store that all end-to-end tests share: it is addressed by content, so sharing it only saves downloads.
pub fn shared_data_folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("data")
}

/// The example as the repository has it.
pub fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/sre-prod-base")
}

/// The command under test with its data in `data`.
pub fn hardpan(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hardpan"));
    with_data(&mut command, data);
    command
}

/// Says where data lies, whatever the surroundings of the test say.
pub fn with_data(command: &mut Command, data: &Path) {
    command
        .env_remove("HARDPAN_STORE")
        .env("XDG_DATA_HOME", data)
        .env("XDG_CACHE_HOME", data.join("cache"));
    command.env("NO_COLOR", "1");
}

/// Runs `command` and returns what came out, or fails the test with it.
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the command starts");
    assert!(output.status.success(), "{command:?} failed\n{}", text(&output));
    output
}

/// Both streams, for messages.
pub fn text(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The path a build printed on standard output.
pub fn built_path(output: &Output) -> PathBuf {
    let text = String::from_utf8_lossy(&output.stdout);
    PathBuf::from(text.lines().last().expect("a build prints its result").trim())
}

/// A project with the example's configuration, unchanged, and one more module.
pub fn project(folder: &Path, second_module: &str) {
    std::fs::create_dir_all(folder).expect("the temporary folder takes a project");
    for name in ["configuration.nix", "flake.nix"] {
        std::fs::copy(example().join(name), folder.join(name)).expect("the example can be copied");
    }
    let flake = std::fs::read_to_string(folder.join("flake.nix")).expect("the flake can be read");
    let both = flake.replace("./configuration.nix", "./configuration.nix ./second.nix");
    assert_ne!(flake, both, "the example's flake names its module");
    std::fs::write(folder.join("flake.nix"), both).expect("the flake can be written");
    std::fs::write(folder.join("second.nix"), second_module).expect("the module can be written");
}

/// The only file of a folder beside `nix-support`.
pub fn only_file(folder: &Path) -> PathBuf {
    let entries = std::fs::read_dir(folder).expect("the output is a folder");
    let mut files = entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path| path.is_file());
    let file = files.next().expect("the output holds a file");
    assert_eq!(files.next(), None, "the output holds one file");
    file
}

/// A tree with Debian packages and what they need, unpacked by hardpan itself: nothing is installed for a test.
pub fn sysroot(packages: &str) -> PathBuf {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let flake = format!(
        "{{ inputs.hardpan.url = \"hardpan\"; outputs = {{ self, hardpan }}: {{ tools = \
         hardpan.legacyPackages.x86_64-linux.hardpan.sysroot (builtins.filter builtins.isString \
         (builtins.split \" \" \"{packages}\")); }}; }}"
    );
    std::fs::write(folder.path().join("flake.nix"), flake).expect("the flake can be written");
    let mut command = hardpan(&shared_data_folder());
    command
        .current_dir(folder.path())
        .args(["build", ".#tools", "--no-link", "--print-out-paths"]);
    built_path(&succeed(&mut command))
}

/// A program of such a tree, run by the tree's own loader with its own libraries.
pub fn program(tree: &Path, path: &str) -> Command {
    let libraries = tree.join("usr/lib/x86_64-linux-gnu");
    let mut command = Command::new(tree.join("usr/lib64/ld-linux-x86-64.so.2"));
    command.arg("--library-path").arg(libraries).arg(tree.join(path));
    command
}
