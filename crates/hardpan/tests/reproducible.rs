//! The same inputs give the same bytes, whoever builds them, where, when and on how many cores.

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use sha2::{Digest, Sha256};
use support::{built_path, only_file, shared_data_folder, succeed};

const FORMATS: &[&str] = &["amazonImage", "googleComputeImage", "rawImage", "qcow2Image"];

/// SHA-256 of each format's file.
type Digests = BTreeMap<&'static str, String>;

/// Builds the project in `folder` with its data in `data`, in the given surroundings.
fn build(folder: &Path, data: &Path, surroundings: &Surroundings) -> Digests {
    let digest = |format: &&'static str| {
        let mut command = surroundings.hardpan(data);
        command
            .current_dir(folder)
            .args(["build", "--no-link", "--print-out-paths"]);
        command.args(surroundings.arguments).arg(format!(".#{format}"));
        let file = only_file(&built_path(&succeed(&mut command)));
        let bytes = std::fs::read(file).expect("the image can be read");
        (*format, hex(&Sha256::digest(&bytes)))
    };
    FORMATS.iter().map(digest).collect()
}

/// What a build might wrongly depend on.
struct Surroundings {
    /// A command that starts another one, and its arguments.
    started_by: Vec<String>,
    umask: &'static str,
    environment: &'static [(&'static str, &'static str)],
    arguments: &'static [&'static str],
}

impl Surroundings {
    /// The command, started by a shell that sets the umask.
    fn hardpan(&self, data: &Path) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "umask \"$0\" && exec \"$@\"", self.umask]);
        command.args(&self.started_by).arg(env!("CARGO_BIN_EXE_hardpan"));
        support::with_data(&mut command, data);
        command.envs(self.environment.iter().copied());
        command
    }
}

fn plain() -> Surroundings {
    Surroundings {
        started_by: Vec::new(),
        umask: "022",
        environment: &[],
        arguments: &[],
    }
}

/// Seen from inside its namespace, the process is another user's: the machine can make one, as Python's byte code needs
/// it anyway. And its clock is three days and some hours behind: the programs that it starts are not told so, as what
/// they say of the time reaches no image anyway or is a fault.
fn other() -> Surroundings {
    let unshare = ["unshare", "--user", "--map-user=1234", "--map-group=1234"];
    Surroundings {
        started_by: unshare
            .map(str::to_owned)
            .into_iter()
            .chain(with_other_clock())
            .collect(),
        umask: "077",
        environment: &[
            ("FAKETIME", "-279000"),
            ("TZ", "Pacific/Auckland"),
            ("LC_ALL", "tr_TR.UTF-8"),
            ("HOME", "/nonexistent"),
            ("USER", "somebody"),
            ("SOURCE_DATE_EPOCH", "7"),
        ],
        arguments: &["--cores", "1", "--max-jobs", "1"],
    }
}

/// What starts a program with the clock that `FAKETIME` says: Debian's libfaketime, by the loader of its own tree.
fn with_other_clock() -> Vec<String> {
    let tree = support::sysroot("libfaketime libgcc-s1");
    let libraries = tree.join("usr/lib/x86_64-linux-gnu");
    [
        tree.join("usr/lib64/ld-linux-x86-64.so.2"),
        "--preload".into(),
        libraries.join("faketime/libfaketimeMT.so.1"),
        "--library-path".into(),
        libraries,
    ]
    .map(|path| path.display().to_string())
    .into()
}

#[test]
fn the_other_clock_is_another_one() {
    let now = |surroundings: Surroundings| {
        let mut command = surroundings.hardpan(&shared_data_folder());
        command.args(["eval", "--impure", "--expr", "builtins.currentTime"]);
        let text = String::from_utf8_lossy(&succeed(&mut command).stdout).into_owned();
        text.trim().parse::<u64>().expect("it is a number of seconds")
    };
    let behind = now(plain()) - now(other());
    assert!((270_000..290_000).contains(&behind), "{behind} s behind");
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn two_builds_in_different_surroundings_give_the_same_images() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (first, second) = (folder.path().join("one"), folder.path().join("second/place"));
    support::project(&first, "{ }\n");
    let plain = build(&first, &shared_data_folder(), &plain());

    support::project(&second, "{ }\n");
    std::fs::copy(first.join("flake.lock"), second.join("flake.lock")).expect("the lock can be copied");
    let other = build(&second, &folder.path().join("other data"), &other());
    assert_eq!(plain, other);
}

/// The text that `expression` evaluates to, where it may look at the machine.
fn evaluate(expression: &str) -> String {
    let mut command = support::hardpan(&shared_data_folder());
    command.args(["eval", "--impure", "--raw", "--expr", expression]);
    String::from_utf8_lossy(&succeed(&mut command).stdout)
        .trim()
        .to_owned()
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("the temporary folder takes a copy");
    let mut entries: Vec<_> = std::fs::read_dir(from)
        .expect("base/ can be read")
        .filter_map(Result::ok)
        .collect();
    entries.reverse();
    for entry in entries {
        let copied = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &copied),
            false => drop(std::fs::copy(entry.path(), copied).expect("the temporary folder takes a copy")),
        }
    }
}

/// With the initrd program, whose own test is in the crate `init`, all of hardpan that reaches an image.
#[test]
fn the_base_in_the_program_is_that_of_the_repository_wherever_it_lies() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let elsewhere = folder.path().join("else where");
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../base"),
        &elsewhere,
    );
    let path = format!(
        "(builtins.fetchTree {{ type = \"path\"; path = \"{}\"; }}).narHash",
        elsewhere.display()
    );
    let embedded = evaluate("(builtins.fetchTree { type = \"hardpan\"; }).narHash");
    assert!(embedded.starts_with("sha256-"), "{embedded}");
    assert_eq!(embedded, evaluate(&path));
}
