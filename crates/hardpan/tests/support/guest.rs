//! Machines that tests boot: a project, a key, a boot that answers questions over ssh.

use std::path::{Path, PathBuf};

use crate::support::{self, hardpan, shared_data_folder, succeed, text};

/// Stands between the answers to questions.
const BETWEEN: &str = "@@@@";

/// What an answer must be.
#[derive(Debug)]
pub enum Answer {
    /// This, blanks around it aside.
    Is(&'static str),
    /// Somewhere this.
    Contains(&'static str),
}

/// A name, a command, and what its output must be.
pub type Question = (&'static str, &'static str, Answer);

impl Answer {
    fn fits(&self, output: &str) -> bool {
        match self {
            Self::Is(expected) => output.trim() == *expected,
            Self::Contains(expected) => output.contains(expected),
        }
    }
}

/// A machine of a project and a user who may log in.
pub struct Guest {
    /// The project's folder.
    pub project: PathBuf,
    /// The machine's name in the flake.
    pub name: &'static str,
    /// As whom to log in.
    pub user: &'static str,
    /// The private key.
    pub key: PathBuf,
}

/// Makes a key pair; the public half. `ssh-keygen` comes from Debian through hardpan's own store.
pub fn ssh_key(path: &Path) -> String {
    let tools = support::sysroot("openssh-client");
    let mut command = support::program(&tools, "usr/bin/ssh-keygen");
    succeed(
        command
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
            .arg(path),
    );
    let public = std::fs::read_to_string(path.with_extension("pub")).expect("the public key is there");
    public.trim().to_owned()
}

/// The example, with a key of its user; below `folder`.
pub fn example(folder: &Path) -> Guest {
    let key = folder.join("key");
    let public = ssh_key(&key);
    let module = format!(
        "{{ users.users.sre-deploy.openssh.authorizedKeys.keys = [ \"{public}\" ];
           virtualisation.vmVariant.virtualisation.emptyDiskImages = [ 64 {{ size = 32; driveConfig.name = \"data\"; }} ]; }}\n"
    );
    let project = folder.join("project");
    support::project(&project, &module);
    Guest {
        project,
        name: "sre-prod-base",
        user: "sre-deploy",
        key,
    }
}

/// A project as `hardpan init` makes it, with a key of its user and one more module; below `folder`.
pub fn new_project(folder: &Path, second_module: &str) -> Guest {
    let key = folder.join("key");
    let public = ssh_key(&key);
    succeed(
        hardpan(&shared_data_folder())
            .current_dir(folder)
            .args(["init", "my-base"]),
    );
    let project = folder.join("my-base");
    let configuration = project.join("configuration.nix");
    let text = std::fs::read_to_string(&configuration).expect("the template has it");
    let with_key = text.replace(
        "authorizedKeys.keys = [ ]",
        &format!("authorizedKeys.keys = [ \"{public}\" ]"),
    );
    assert_ne!(text, with_key, "the template has a place for a key");
    let with_import = with_key.replacen("\n{\n", "\n{\n  imports = [ ./second.nix ];\n", 1);
    assert_ne!(with_key, with_import, "the template is a function of a set");
    std::fs::write(&configuration, with_import).expect("it can be written");
    std::fs::write(project.join("second.nix"), second_module).expect("it can be written");
    Guest {
        project,
        name: "my-base",
        user: "admin",
        key,
    }
}

impl Guest {
    /// The file that holds what the machine last said on its console.
    pub fn console(&self) -> PathBuf {
        self.project.with_extension("console")
    }

    /// Boots the machine on `disk`, runs `script` in it and switches it off; what the script printed.
    pub fn run(&self, disk: &Path, script: &str) -> String {
        let console = self.console();
        let mut command = hardpan(&shared_data_folder());
        command.current_dir(&self.project).args([
            "vm",
            &format!(".#{}", self.name),
            "--ssh",
            "--user",
            self.user,
        ]);
        command.arg("-i").arg(&self.key).arg("--disk").arg(disk);
        command.arg("--serial-log").arg(&console).args(["--", script]);
        let output = command.output().expect("hardpan starts");
        let console = std::fs::read_to_string(console).unwrap_or_default();
        assert!(output.status.success(), "{}\n{console}", text(&output));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Boots the machine, checks its answers to `questions`, and runs `script`; what that printed.
    pub fn answers(&self, disk: &Path, questions: &[Question], script: &str) -> String {
        let commands: String = questions
            .iter()
            .map(|(_, command, _)| format!("{{ {command}; }} 2>&1; echo; echo {BETWEEN}; "))
            .collect();
        let output = self.run(disk, &format!("{commands}{script}"));
        let answers: Vec<&str> = output.split(BETWEEN).collect();
        assert_eq!(answers.len(), questions.len() + 1, "{output}");
        let wrong: Vec<String> = questions
            .iter()
            .zip(&answers)
            .filter(|((_, _, expected), answer)| !expected.fits(answer))
            .map(|((name, command, expected), answer)| {
                format!("{name}: '{command}' said {answer:?}, not {expected:?}")
            })
            .collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        answers.last().copied().unwrap_or_default().trim().to_owned()
    }
}
