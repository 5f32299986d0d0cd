//! The project that is measured, and one run of the command on it.

use std::cell::Cell;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub type Failure = Box<dyn Error>;

/// What one run took.
#[derive(Clone, Copy)]
pub struct Measured {
    pub elapsed: Duration,
    /// The most memory that the command itself has had resident, in bytes.
    pub most_memory: u64,
}

/// The example with an option that can be changed, and with its .debs as a thing to build.
pub struct Project {
    folder: PathBuf,
    changes: Cell<u32>,
}

const DEBS: &str = r#"
      packages.x86_64-linux.debs =
        let
          inherit (self.nixosConfigurations.sre-prod-base) pkgs config;
          inherit (config.image) closure;
          python = builtins.filter (name: builtins.match "python3[.][0-9]+-minimal" name != null) closure.names;
          sysroot = pkgs.hardpan.sysroot python;
          others = map pkgs.hardpan.deb (builtins.filter (name: !builtins.elem name closure.names) sysroot.sysrootPackages);
          helm = builtins.filter (package: !pkgs.hardpan.isDebian package) config.environment.systemPackages;
        in
        pkgs.hardpan.links {
          name = "debs";
          links = builtins.listToAttrs (
            pkgs.lib.imap0 (number: path: {
              name = toString number;
              value = "${path}";
            }) (map pkgs.hardpan.deb closure.packages ++ others ++ [ (pkgs.hardpan.deb "systemd-boot-efi") ] ++ helm)
          );
        };
"#;

/// The machine a hundred times under other names: the derivations of all their images.
const FLEET: &str = r#"
      fleet =
        let
          names = map (number: "host-${toString number}") (hardpan.lib.range 1 100);
          machineOf = name: hardpan.lib.nixosSystem {
            system = "x86_64-linux";
            modules = [ ./configuration.nix { networking.hostName = hardpan.lib.mkForce name; } ];
          };
        in
        hardpan.lib.genAttrs names (name: (machineOf name).config.system.build.amazonImage.drvPath);
"#;

impl Project {
    pub fn new(folder: &Path) -> Result<Self, Failure> {
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/sre-prod-base");
        fs::create_dir_all(folder)?;
        fs::copy(
            example.join("configuration.nix"),
            folder.join("configuration.nix"),
        )?;
        let flake = fs::read_to_string(example.join("flake.nix"))?
            .replace("./configuration.nix", "./configuration.nix ./changed.nix");
        let place = flake
            .find("      packages.x86_64-linux")
            .ok_or("the example's flake has other outputs")?;
        // The packages of both kinds in one set.
        let images = flake[place..].replacen(
            "packages.x86_64-linux =",
            "packages.x86_64-linux = { debs = self.debs; } //",
            1,
        );
        let debs = DEBS.replace("packages.x86_64-linux.debs", "debs");
        fs::write(
            folder.join("flake.nix"),
            format!("{}{FLEET}{debs}{images}", &flake[..place]),
        )?;
        let project = Self {
            folder: folder.to_owned(),
            changes: Cell::new(0),
        };
        project.change()?;
        Ok(project)
    }

    /// Gives one option another value.
    pub fn change(&self) -> Result<(), Failure> {
        self.changes.set(self.changes.get() + 1);
        let module = format!(
            "{{ environment.etc.changed.text = \"{}\"; }}\n",
            self.changes.get()
        );
        fs::write(self.folder.join("changed.nix"), module)?;
        Ok(())
    }

    /// Makes the folder a git repository, of which flakes see only what git knows.
    pub fn make_git(&self) -> Result<(), Failure> {
        for arguments in [&["init", "-q"][..], &["add", "."]] {
            let done = Command::new("git")
                .current_dir(&self.folder)
                .args(arguments)
                .status()?;
            if !done.success() {
                return Err("git cannot make a repository".into());
            }
        }
        Ok(())
    }

    /// The command in this project with its data in `data`.
    pub fn hardpan(&self, data: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hardpan"));
        command
            .current_dir(&self.folder)
            .args(arguments)
            .env_remove("HARDPAN_STORE")
            .env("XDG_DATA_HOME", data)
            .env("XDG_CACHE_HOME", data.join("cache"));
        command
    }

    /// Runs the command to its end.
    pub fn run(&self, data: &Path, arguments: &[&str]) -> Result<Measured, Failure> {
        let mut command = self.hardpan(data, arguments);
        let said = tempfile::NamedTempFile::new()?;
        command.stdout(Stdio::null()).stderr(said.reopen()?);
        let began = Instant::now();
        let mut child = command.spawn()?;
        let most_memory = wait(&mut child)?;
        let elapsed = began.elapsed();
        if !child.wait()?.success() {
            return Err(format!("{command:?} failed\n{}", fs::read_to_string(said.path())?).into());
        }
        Ok(Measured { elapsed, most_memory })
    }
}

/// Waits for the end of a process; the most memory it has had.
fn wait(child: &mut Child) -> Result<u64, Failure> {
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    let mut most = 0;
    while child.try_wait()?.is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        most = most.max(kib.unwrap_or(0) << 10);
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(most)
}

/// Prints medians, with the target where there is one.
pub fn report(what: &str, runs: &[Measured], target_s: Option<f64>) {
    let mut seconds: Vec<f64> = runs.iter().map(|run| run.elapsed.as_secs_f64()).collect();
    seconds.sort_by(f64::total_cmp);
    let median = seconds.get(seconds.len() / 2).copied().unwrap_or_default();
    let least = seconds.first().copied().unwrap_or_default();
    let memory = runs.iter().map(|run| run.most_memory).max().unwrap_or_default();
    let target = target_s.map_or(String::new(), |target| {
        format!(
            "  target {target} s{}",
            if median <= target { "" } else { ", MISSED" }
        )
    });
    println!(
        "{what:<28} median {median:>7.3} s  least {least:>7.3} s  memory {:>4} MB  of {}{target}",
        memory >> 20,
        runs.len()
    );
}

/// Copies a folder with all that is in it, as it is.
pub fn copy_folder(from: &Path, to: &Path) -> Result<(), Failure> {
    let done = Command::new("cp").arg("-a").arg(from).arg(to).status()?;
    done.success()
        .then_some(())
        .ok_or_else(|| "the store cannot be copied".into())
}

/// Removes a store, whose folders are read-only.
pub fn remove(folder: &Path) -> Result<(), Failure> {
    let writable = Command::new("chmod").args(["-R", "u+w"]).arg(folder).status()?;
    if writable.success() {
        fs::remove_dir_all(folder)?;
    }
    Ok(())
}
