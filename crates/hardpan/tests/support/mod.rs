//! What the end-to-end tests share: a project in a temporary folder, the command and the judges.
#![allow(dead_code, reason = "each test program uses its own part")]

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
    command.env("XDG_DATA_HOME", data).env("XDG_CACHE_HOME", data.join("cache")).env("NO_COLOR", "1");
    command
}

/// Runs `command` and returns what came out, or fails the test with it.
pub fn succeed(command: &mut Command) -> Output {
    let output = command.output().expect("the command starts");
    assert!(output.status.success(), "{command:?} failed\n{}", text(&output));
    output
}

/// Both streams, for messages.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
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
