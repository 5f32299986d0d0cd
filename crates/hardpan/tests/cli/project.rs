//! A folder with projects, a store and settings of its own.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A project and everything that the command touches.
pub struct Project {
    folder: tempfile::TempDir,
}

/// What a run of the command gave.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// A derivation that needs no package: it writes `text`.
pub const WRITE: &str = r#"
  write = name: text: derivation {
    inherit name text;
    system = "builtin";
    builder = "builtin:hardpan-write-v1";
    executable = "";
    destination = "";
  };
"#;

impl Project {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a project");
        fs::create_dir(folder.path().join("project")).expect("folders can be made");
        Self { folder }
    }

    /// A project with this `flake.nix`, in which `TOP` stands for the folder around all.
    pub fn with_flake(flake: &str) -> Self {
        let project = Self::new();
        project.write("project/flake.nix", flake);
        project
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn write(&self, name: &str, contents: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("it has a parent")).expect("folders can be made");
        fs::write(path, contents.replace("TOP", &self.top())).expect("files can be written");
    }

    pub fn make_executable(&self, name: &str) {
        let permissions = fs::Permissions::from_mode(0o755);
        fs::set_permissions(self.path(name), permissions).expect("modes can be changed");
    }

    pub fn read(&self, name: &str) -> String {
        self.plain(&fs::read_to_string(self.path(name)).expect("the file is there"))
    }

    fn top(&self) -> String {
        self.folder.path().to_string_lossy().into_owned()
    }

    /// Text in which the temporary folder is called `TOP`.
    pub fn plain(&self, text: &str) -> String {
        text.replace(&self.top(), "TOP")
    }

    /// The command, in the project's folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hardpan"));
        command
            .args(arguments)
            .current_dir(self.path("project"))
            .env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1");
        command
    }

    /// The command called by the name of a program of Nix.
    pub fn named(&self, program: &str, arguments: &[&str]) -> Run {
        let mut command = self.command(arguments);
        command
            .arg0(program)
            .env("HARDPAN_STORE", self.path("home/.local/share/hardpan"));
        self.outcome(&mut command)
    }

    /// Runs the command.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.outcome(&mut self.command(arguments))
    }

    /// Runs a command of this project.
    pub fn outcome(&self, command: &mut Command) -> Run {
        let output = command.output().expect("the command starts");
        let text = |bytes: &[u8]| self.plain(&String::from_utf8_lossy(bytes));
        Run {
            code: output.status.code().expect("no signal ends it"),
            out: text(&output.stdout),
            err: text(&output.stderr),
        }
    }

    /// Runs the command, which must succeed; gives what it printed.
    #[track_caller]
    pub fn succeed(&self, arguments: &[&str]) -> String {
        let run = self.run(arguments);
        assert_eq!(run.code, 0, "{arguments:?}\n{}{}", run.out, run.err);
        run.out
    }

    /// Runs the command, which must fail with `code` and say each of `expected`.
    #[track_caller]
    pub fn fail(&self, arguments: &[&str], code: i32, expected: &[&str]) {
        let run = self.run(arguments);
        assert_eq!(run.code, code, "{arguments:?}\n{}{}", run.out, run.err);
        for text in expected {
            assert!(
                run.err.contains(text),
                "{arguments:?} does not say {text:?}:\n{}",
                run.err
            );
        }
    }

    /// Where a logical store path lies in this project's store.
    pub fn physical(&self, logical: &str) -> PathBuf {
        self.path("home/.local/share/hardpan")
            .join(logical.trim().trim_start_matches('/'))
    }

    /// Runs git in `folder` with nothing of the user's settings.
    pub fn git(&self, folder: &Path, arguments: &[&str]) {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(folder)
            .args(["-c", "user.name=a", "-c", "user.email=a@b"])
            .args(arguments);
        command
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.output().expect("git is installed");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
}
