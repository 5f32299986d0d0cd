//! A power cut at any moment leaves a store that opens, in which everything valid is whole and everything that was
//! promised is there.
//!
//! The store lies on an ext4 in a file. The kernel's shutdown of a file system (without flushing its journal) is the
//! cut: what was not on the disk is gone. That needs root, loop devices and Perl, which each Debian has; without them
//! the test says that it was skipped. `HARDPAN_POWER_CUTS` is the number of cuts, for longer runs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix_formats::StorePath;
use store::{CollectOptions, Durability, Options, Store, StoreError, keep_all};

const USUAL_CUTS: usize = 24;
const DISK_BYTES: u64 = 96 * 1024 * 1024;
/// FS_IOC_SHUTDOWN with FSOP_GOING_FLAGS_NOLOGFLUSH, as soon as a line comes.
const CUT: &str = "open(F, '<', $ARGV[0]) or die; print \"ready\\n\"; $| = 1; <STDIN>; my $how = pack('L', 2); \
                   ioctl(F, 0x8004587d, $how) or die $!;";

/// An ext4 in a file, mounted.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    fn make() -> Result<Self, String> {
        let disk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        fs::create_dir(disk.top()).unwrap();
        let file = fs::File::create(disk.image()).unwrap();
        file.set_len(DISK_BYTES).unwrap();
        run(Command::new("mkfs.ext4").arg("-q").arg(disk.image()))?;
        disk.mount()?;
        Ok(disk)
    }

    fn image(&self) -> PathBuf {
        self.folder.path().join("image")
    }

    fn top(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }

    fn mount(&self) -> Result<(), String> {
        run(Command::new("mount")
            .args(["-o", "loop"])
            .arg(self.image())
            .arg(self.top()))
    }

    fn unmount(&self) -> Result<(), String> {
        run(Command::new("umount").arg(self.top()))
    }

    /// Who cuts the power when told to.
    fn cutter(&self) -> Cutter {
        let mut command = Command::new("perl");
        command.args(["-e", CUT]).arg(self.top());
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        Cutter(command.spawn().unwrap())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.top()).output();
    }
}

struct Cutter(Child);

impl Cutter {
    fn cut(mut self) {
        self.0.stdin.take().unwrap().write_all(b"\n").unwrap();
        assert!(self.0.wait().unwrap().success(), "the power is cut");
    }
}

fn run(command: &mut Command) -> Result<(), String> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        )),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}

/// Numbers that are the same in each run.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

/// What a store has promised, as its user tells it.
#[derive(Default)]
struct Promises {
    valid: BTreeSet<StorePath>,
    roots: BTreeMap<String, StorePath>,
}

impl Promises {
    /// Takes one line of what the worker says; gives whether an operation has ended.
    fn take(&mut self, line: &str) -> bool {
        let path = |text: &str| StorePath::parse_absolute(text).unwrap();
        match line.split_whitespace().collect::<Vec<_>>()[..] {
            [">", "valid", text] => drop(self.valid.insert(path(text))),
            [">", "nothing"] => self.valid.clear(),
            [">", "root", name, text] => drop(self.roots.insert(name.to_owned(), path(text))),
            [">", "no-root", name] => drop(self.roots.remove(name)),
            [">", "done"] => return true,
            _ => {}
        }
        false
    }
}

/// Somebody who uses the store in `root` until the disk fails, in a process of its own: what maps a file of a disk that
/// is gone dies.
struct Worker {
    root: PathBuf,
    numbers: Numbers,
    made: u64,
    valid: BTreeSet<StorePath>,
    durability: Durability,
}

impl Worker {
    fn session(&mut self) -> Result<(), StoreError> {
        let store = Store::open_with(
            &self.root,
            Options {
                durability: self.durability,
                optimise: true,
            },
        )?;
        for _ in 0..4 {
            match self.numbers.next(6) {
                0 | 1 => self.add_tree(&store)?,
                2 => self.add_group(&store)?,
                3 => self.add_root(&store)?,
                4 => self.collect(&store)?,
                _ => self.add_text(&store)?,
            }
            println!("> done");
            std::io::stdin().read_line(&mut String::new()).unwrap();
        }
        Ok(())
    }

    fn promise(&mut self, path: StorePath) {
        println!("> valid {path}");
        self.valid.insert(path);
    }

    fn content(&mut self) -> String {
        self.made += 1;
        let length = usize::try_from(self.numbers.next(20_000)).unwrap();
        format!("{}-{}", self.root.display(), self.made).repeat(length / 16 + 1)
    }

    fn add_text(&mut self, store: &Store) -> Result<(), StoreError> {
        let content = self.content();
        let mut references = BTreeSet::new();
        if let Some(path) = self.valid.last() {
            store.add_temporary_root(path)?;
            references.extend(store.is_valid(path)?.then(|| path.clone()));
        }
        let path = store.add_text("text", content.as_bytes(), &references)?;
        self.promise(path);
        Ok(())
    }

    fn add_tree(&mut self, store: &Store) -> Result<(), StoreError> {
        let source = tempfile::tempdir().unwrap();
        for number in 0..=self.numbers.next(12) {
            let folder = source.path().join(format!("folder-{number}/deeper"));
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("file"), self.content()).unwrap();
        }
        let path = store.add_source(source.path(), "tree", &mut keep_all)?;
        self.promise(path);
        Ok(())
    }

    /// Several at once, promised at the end.
    fn add_group(&mut self, store: &Store) -> Result<(), StoreError> {
        let batch = store.batch();
        let mut added = Vec::new();
        for number in 0..10 {
            let content = self.content();
            let name = format!("group-{number}");
            added.push(store.add_text(&name, content.as_bytes(), &BTreeSet::new())?);
        }
        batch.finish()?;
        added.into_iter().for_each(|path| self.promise(path));
        Ok(())
    }

    fn add_root(&mut self, store: &Store) -> Result<(), StoreError> {
        let Some(path) = self.valid.first().cloned() else {
            return Ok(());
        };
        store.add_temporary_root(&path)?;
        if store.is_valid(&path)? {
            let name = format!("root-{}", self.numbers.next(3));
            // While it is being replaced it may be either.
            println!("> no-root {name}");
            store.add_permanent_root(&name, &path)?;
            println!("> root {name} {path}");
        }
        Ok(())
    }

    /// Nothing but roots is promised until it ends.
    fn collect(&mut self, store: &Store) -> Result<(), StoreError> {
        println!("> nothing");
        let known = std::mem::take(&mut self.valid);
        store.collect_garbage(CollectOptions::default())?;
        let kept = store.all_paths()?;
        known
            .intersection(&kept)
            .cloned()
            .for_each(|path| self.promise(path));
        Ok(())
    }
}

const WORKER: &str = "HARDPAN_POWER_CUT_WORKER";
const CARELESS: &str = "HARDPAN_POWER_CUT_CARELESS";
const NONE: Durability = Durability {
    paths: false,
    metadata: false,
};

/// The worker's process, which [`a_power_cut_damages_no_valid_path_and_no_store`] starts; does nothing else.
#[test]
fn the_worker_of_the_power_cuts_works() {
    let Ok(orders) = std::env::var(WORKER) else { return };
    let (number, root) = orders.split_once(' ').unwrap();
    let mut worker = Worker {
        root: root.into(),
        numbers: Numbers(number.parse().unwrap()),
        made: number.parse().unwrap(),
        valid: BTreeSet::new(),
        durability: match std::env::var_os(CARELESS) {
            Some(_) => NONE,
            None => Durability::default(),
        },
    };
    while worker.session().is_ok() {}
}

struct Work {
    process: Child,
    says: BufReader<ChildStdout>,
    promises: Promises,
}

impl Work {
    fn begin(root: &Path, numbers: &mut Numbers, durability: Durability) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "the_worker_of_the_power_cuts_works", "--nocapture"]);
        command.env(
            WORKER,
            format!("{} {}", numbers.next(u64::MAX / 2) | 1, root.display()),
        );
        if durability == NONE {
            command.env(CARELESS, "1");
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        Self {
            says: BufReader::new(process.stdout.take().unwrap()),
            process,
            promises: Promises::default(),
        }
    }

    /// Reads until an operation has ended; false if there is nobody any more.
    fn next(&mut self) -> bool {
        let mut line = String::new();
        while self.says.read_line(&mut line).unwrap() > 0 {
            if self.promises.take(&line) {
                return true;
            }
            line.clear();
        }
        false
    }

    fn go_on(&mut self) {
        self.process.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    }

    /// What is said after the cut takes promises back and makes none: a program that still runs then may be told that
    /// something is on the disk, which nobody is told whose power is gone.
    fn end(mut self) -> Promises {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let made = |line: &str| line.starts_with("> valid") || line.starts_with("> root");
        let mut line = String::new();
        while self.says.read_line(&mut line).unwrap() > 0 {
            if !made(&line) {
                self.promises.take(&line);
            }
            line.clear();
        }
        self.promises
    }
}

/// Has somebody work in `root`, cuts the power after some operations, in the middle of one in each second round, and
/// gives what had been promised.
fn work_until_the_cut(
    disk: &Disk,
    root: &Path,
    round: usize,
    numbers: &mut Numbers,
    durability: Durability,
) -> Promises {
    let cutter = disk.cutter();
    let mut work = Work::begin(root, numbers, durability);
    let operations = numbers.next(7);
    let inside = Duration::from_micros(numbers.next(30_000));
    for _ in 0..operations {
        assert!(work.next(), "no operation fails before the cut");
        work.go_on();
    }
    if round.is_multiple_of(2) {
        assert!(work.next(), "no operation fails before the cut");
    } else {
        let begin = Instant::now();
        while begin.elapsed() < inside {
            std::hint::spin_loop();
        }
    }
    cutter.cut();
    work.end()
}

/// What is wrong with the store after a cut.
fn wrong(root: &Path, promises: &Promises) -> Result<(), String> {
    let store = Store::open(root).map_err(|error| format!("the store does not open: {error:?}"))?;
    let damage = store.verify(&mut |_, _, _| {});
    let damage = damage.map_err(|error| format!("the store cannot be read: {error}"))?;
    if !damage.is_empty() {
        return Err(format!("valid paths are damaged: {damage:?}"));
    }
    let valid = store.all_paths().unwrap();
    let lost: Vec<_> = promises.valid.difference(&valid).collect();
    if !lost.is_empty() {
        return Err(format!("what was promised is lost: {lost:?}"));
    }
    let roots = store.roots().unwrap();
    for (name, path) in &promises.roots {
        let stands = roots
            .iter()
            .any(|root| root.link.ends_with(name) && root.path == *path);
        if !stands || !valid.contains(path) {
            return Err(format!("{name} does not lead to {path}, which is promised"));
        }
    }
    Ok(())
}

/// Cuts the power again and again; the first time that something is wrong afterwards, and what.
fn cut(disk: &Disk, cuts: usize, durability: Durability) -> Option<(usize, String)> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for round in 0..cuts {
        // A store lives for some rounds, and each first cut is in its first run.
        let root = disk.top().join(format!("store-{}", round / 3));
        let promises = work_until_the_cut(disk, &root, round, &mut numbers, durability);
        disk.unmount().unwrap();
        disk.mount().unwrap();
        if let Err(what) = wrong(&root, &promises) {
            return Some((round, what));
        }
        if round % 3 == 2 {
            run(Command::new("rm").arg("-rf").arg(&root)).unwrap();
        }
    }
    None
}

const ALONE: &str = "HARDPAN_POWER_CUT_ALONE";

/// A disk that no other process sees: a sandbox that somebody else makes meanwhile would keep it mounted. `test` is
/// run once more for that, with a mount namespace of its own; this process has no disk then.
fn disk(test: &str) -> Option<Disk> {
    if std::env::var_os(ALONE).is_none() {
        if let Err(reason) = run(Command::new("unshare").args(["--mount", "true"])) {
            eprintln!("skipped: no power to cut here: {reason}");
            return None;
        }
        let mut alone = Command::new("unshare");
        alone.arg("--mount").arg(std::env::current_exe().unwrap());
        alone.args(["--exact", test, "--nocapture"]).env(ALONE, "1");
        assert!(alone.status().unwrap().success(), "{test} failed, see above");
        return None;
    }
    let made = Disk::make();
    if let Err(reason) = &made {
        eprintln!("skipped: no power to cut here: {reason}");
    }
    made.ok()
}

#[test]
fn a_power_cut_damages_no_valid_path_and_no_store() {
    let test = "a_power_cut_damages_no_valid_path_and_no_store";
    let Some(disk) = disk(test) else { return };
    let cuts = std::env::var("HARDPAN_POWER_CUTS")
        .ok()
        .and_then(|text| text.parse().ok());
    assert_eq!(
        cut(&disk, cuts.unwrap_or(USUAL_CUTS), Durability::default()),
        None
    );
}

#[test]
fn without_care_a_power_cut_does_damage() {
    let Some(disk) = disk("without_care_a_power_cut_does_damage") else {
        return;
    };
    assert!(cut(&disk, USUAL_CUTS, NONE).is_some(), "the cuts are none");
}
