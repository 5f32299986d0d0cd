//! A project and a store of its own beside a home with a secret.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::{hardpan, text};

/// What no attempt may find.
pub const SECRET: &str = "-----BEGIN SECRET KEY-----\n";

pub struct Own {
    folder: tempfile::TempDir,
}

impl Own {
    /// A project with this `flake.nix`; `TOP` stands for the folder around project, store and home.
    pub fn new(flake: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let own = Self { folder };
        own.write("home/.ssh/id", SECRET);
        own.write("project/flake.nix", &flake.replace("TOP", &own.top()));
        own
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn top(&self) -> String {
        self.folder.path().display().to_string()
    }

    pub fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("folders can be made");
        fs::write(path, content).expect("files can be written");
    }

    /// Builds an output of the flake, with this machine's programs shown to its sandboxes.
    pub fn build(&self, attribute: &str) -> Output {
        let paths = "/usr /bin /lib /lib64";
        let installable = format!("path:{}#{attribute}", self.path("project").display());
        self.hardpan(&[
            "build",
            &installable,
            "--no-link",
            "--print-out-paths",
            "--option",
            "sandbox-paths",
            paths,
        ])
    }

    pub fn hardpan(&self, arguments: &[&str]) -> Output {
        let mut command: Command = hardpan(&self.path("data"));
        command.args(arguments).current_dir(self.path("project"));
        command.env("HOME", self.path("home"));
        command.output().expect("the command starts")
    }

    /// What a run said, with the folder of the test called `TOP`.
    pub fn said(&self, output: &Output) -> String {
        text(output).replace(&self.top(), "TOP")
    }

    fn printed(&self, output: &Output) -> PathBuf {
        let printed = String::from_utf8_lossy(&output.stdout);
        PathBuf::from(printed.lines().last().unwrap_or_default())
    }

    /// The content of what was built, a file.
    pub fn content(&self, output: &Output) -> String {
        fs::read_to_string(self.printed(output)).expect("the output is a file")
    }

    /// The path of what was built in the store.
    pub fn logical(&self, output: &Output) -> String {
        let printed = self.printed(output);
        format!(
            "/nix/store/{}",
            printed.file_name().expect("a path has a name").to_string_lossy()
        )
    }

    /// Fails if the secret is in the store, or something half made is left there.
    #[track_caller]
    pub fn is_clean(&self, promise: &str) {
        let found = search(&self.path("data"), SECRET.as_bytes());
        assert_eq!(found, None, "{promise}: the secret was read");
        let again = self.hardpan(&["store", "verify"]);
        assert!(again.status.success(), "{promise}: {}", self.said(&again));
    }
}

/// A file below `folder` that holds `wanted`; links are not followed.
fn search(folder: &Path, wanted: &[u8]) -> Option<PathBuf> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(metadata) = fs::symlink_metadata(&path) else {
            continue;
        };
        let holds = |content: Vec<u8>| content.windows(wanted.len()).any(|part| part == wanted);
        let found = match metadata.is_dir() {
            true => search(&path, wanted),
            false if metadata.is_file() => fs::read(&path).is_ok_and(holds).then_some(path),
            false => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
