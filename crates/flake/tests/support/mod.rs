//! A project in a temporary folder whose `flake.nix` files hold JSON, so that no evaluator is needed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use fetch::Fetcher;
use flake::{
    Attributes, Base, BaseFile, BoxError, DebianLock, DebianLocked, Error, FlakeReference, LockFlags, Locked,
    Manifest, ManifestReader, StandardSources, lock_flake,
};
use store::Store;

/// Reads `flake.nix` as the JSON that the evaluator would give.
pub struct JsonManifests;

impl ManifestReader for JsonManifests {
    fn manifest(&self, flake_nix: &Path) -> Result<Manifest, BoxError> {
        let value = serde_json::from_slice(&std::fs::read(flake_nix)?)?;
        Ok(Manifest::from_json(&value)?)
    }
}

/// Debian suites that are a second newer each time they are locked.
#[derive(Default)]
pub struct CountedSuites(AtomicU64);

impl DebianLock for CountedSuites {
    fn lock(&self, input: &Attributes, _: Option<&Attributes>, out: &Path) -> Result<DebianLocked, BoxError> {
        let locked = self.restore(input, out)?;
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        Ok(DebianLocked {
            last_modified: locked.last_modified + count,
            ..locked
        })
    }

    fn restore(&self, _: &Attributes, out: &Path) -> Result<DebianLocked, BoxError> {
        std::fs::write(out.join("manifest.json"), "{}")?;
        Ok(DebianLocked {
            last_modified: 1_700_000_000,
            attributes: Attributes::default(),
        })
    }
}

pub struct Project {
    folder: tempfile::TempDir,
    store: Store,
    fetcher: Fetcher,
    debian: CountedSuites,
}

impl Project {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a project");
        let store = Store::open(&folder.path().join("store")).expect("a new store opens");
        Self {
            folder,
            store,
            fetcher: Fetcher::new(fetch::Settings::default()),
            debian: CountedSuites::default(),
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file with a fixed modification time, so that dates in locks are known.
    pub fn write(&self, name: &str, contents: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("it has a parent")).expect("folders can be made");
        std::fs::write(
            &path,
            contents.replace("TOP", &self.folder.path().to_string_lossy()),
        )
        .expect("files can be written");
        let then = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_500_000_000);
        for path in path.ancestors().take_while(|path| *path != self.folder.path()) {
            let file = std::fs::File::open(path).expect("it was made");
            file.set_modified(then).expect("times can be set");
        }
    }

    pub fn sources(&self) -> StandardSources<'_> {
        StandardSources {
            store: &self.store,
            fetcher: &self.fetcher,
            base: Base {
                version: "1.2.3",
                files: &[BaseFile {
                    path: "flake.nix",
                    contents: br#"{"inputs":{"debian":{"url":"debian:trixie"}}}"#,
                }],
            },
            debian: &self.debian,
            registry: Default::default(),
            cache_folder: self.path("cache"),
            notify: &|_| (),
            known: Default::default(),
        }
    }

    pub fn reference(&self, text: &str) -> FlakeReference {
        let text = text.replace("TOP", &self.folder.path().to_string_lossy());
        FlakeReference::parse(&text).expect("tests name flakes well")
    }

    pub fn try_lock(&self, text: &str, flags: &LockFlags) -> Result<Locked, Error> {
        lock_flake(&self.sources(), &JsonManifests, &self.reference(text), flags)
    }

    #[track_caller]
    pub fn lock(&self, text: &str, flags: &LockFlags) -> Locked {
        self.try_lock(text, flags).expect("the flake can be locked")
    }

    /// Text with what differs from run to run replaced.
    pub fn plain(&self, text: &str) -> String {
        text.replace(&*self.folder.path().to_string_lossy(), "TOP")
    }
}

/// Runs git, with nothing of the user's settings.
pub fn git(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(folder)
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(arguments);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    let date = "2024-02-29T23:59:59Z";
    command
        .env("GIT_AUTHOR_DATE", date)
        .env("GIT_COMMITTER_DATE", date);
    let output = command.output().expect("git is installed");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
