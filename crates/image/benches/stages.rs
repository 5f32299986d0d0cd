//! Measures the way from `.deb` files to images: medians of several runs, and the most memory that was used.
//!
//!     HARDPAN_BENCH_DEBS=<folder of .debs> cargo bench -p image [-- <runs>]
//!
//! The folder holds the closure of one image, with Debian's kernel and `systemd-boot-efi`. What is made stays in the
//! folder that `HARDPAN_BENCH_OUT` names, if it is set.

use debian::deb::{Deb, DebError, Entry};
use image::boot::{DEFAULT_MODULES, InitrdOptions, build_initrd_from_object};
use image::disk::{DiskSpec, write_image};
use image::link::spec::{DeriveSpec, FileSpec, PackageSpec, PermissionSpec, RootSpec, ScriptSpec};
use image::link::{LinkedRoot, StoreView, link_root};
use image::object::{CompileOptions, Compiler, Control, EntryKind, Object, ObjectError, PackageEntry, Xattr};
use image::tree::PathSet;
use rayon::prelude::*;
use serde_json::json;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const EPOCH: u64 = 1_757_664_000;
const EXCLUDE: [&str; 6] = [
    "/usr/share/doc/**",
    "/usr/share/man/**",
    "/usr/share/info/**",
    "/usr/share/locale/**",
    "/usr/share/lintian/**",
    "/usr/share/bash-completion/**",
];

/// Error with all its causes.
type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let Some(debs) = std::env::var_os("HARDPAN_BENCH_DEBS") else {
        eprintln!("set HARDPAN_BENCH_DEBS to a folder with the .debs of an image; see the top of this file");
        return Ok(());
    };
    let runs = std::env::args()
        .filter_map(|word| word.parse().ok())
        .next()
        .unwrap_or(5);
    let temporary = tempfile::tempdir()?;
    let root =
        std::env::var_os("HARDPAN_BENCH_OUT").map_or_else(|| temporary.path().to_owned(), PathBuf::from);
    let debs = PathBuf::from(debs);
    let bench = Bench { debs, root, runs };
    bench.run()
}

struct Bench {
    debs: PathBuf,
    root: PathBuf,
    runs: usize,
}

impl Bench {
    fn run(&self) -> Result<(), Failure> {
        let debs = largest_first(&self.debs)?;
        let bytes: u64 = debs.iter().map(|(size, _)| size).sum();
        println!(
            "{} packages, {} MB; {} threads",
            debs.len(),
            bytes >> 20,
            rayon::current_num_threads()
        );
        self.stage("compile objects", &mut || self.compile_all(&debs))?;
        let spec = self.root_spec()?;
        let linked = self.stage("link root", &mut || self.link(&spec, "root"))?;
        println!(
            "  {} paths, {} MB, root hash {}",
            linked.paths,
            linked.root_bytes >> 20,
            linked.root_hash
        );
        linked.missing.iter().for_each(|missing| println!("  {missing}"));
        self.stage("initrd", &mut || self.initrd())?;
        for format in ["raw", "qcow2", "vpc", "gce"] {
            self.stage(&format!("write {format}"), &mut || self.write(format))?;
        }
        let mut number = 0;
        self.stage("one option changed, to raw image", &mut || {
            number += 1;
            let mut changed = spec.clone();
            changed
                .files
                .push(text("/etc/motd", &format!("change {number}\n")));
            self.link(&changed, "root")?;
            self.write("raw")
        })?;
        println!("most memory: {} MB", most_memory()? >> 20);
        Ok(())
    }

    /// Runs one stage several times and prints the median.
    fn stage<T>(&self, name: &str, work: &mut dyn FnMut() -> Result<T, Failure>) -> Result<T, Failure> {
        let mut times: Vec<Duration> = Vec::new();
        let mut result = Err("no runs".into());
        for _ in 0..self.runs.max(1) {
            let began = Instant::now();
            result = Ok(work()?);
            times.push(began.elapsed());
        }
        times.sort();
        let (median, least) = (times[times.len() / 2], times[0]);
        println!(
            "{name:<34} {:>7.3} s   (least {:.3} s)",
            median.as_secs_f64(),
            least.as_secs_f64()
        );
        result
    }

    fn store(&self, name: &str) -> PathBuf {
        self.root.join("nix/store").join(name)
    }

    fn view(&self) -> StoreView {
        StoreView::new(&self.root, self.root.join("cache"))
    }

    fn compile_all(&self, debs: &[(u64, PathBuf)]) -> Result<(), Failure> {
        // One queue, so that the largest begin first whatever the number of threads.
        let queue = std::sync::Mutex::new(debs.iter());
        let next = || queue.lock().ok().and_then(|mut queue| queue.next());
        (0..rayon::current_num_threads())
            .into_par_iter()
            .try_for_each(|_| {
                while let Some((_, path)) = next() {
                    let name = path
                        .file_stem()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned();
                    let directory = self.store(&name);
                    if directory.exists() {
                        fs::remove_dir_all(&directory)?;
                    }
                    compile(path, &directory)?;
                }
                Ok(())
            })
    }

    fn objects(&self) -> Result<Vec<(String, Object)>, Failure> {
        let mut objects = Vec::new();
        for (_, path) in largest_first(&self.debs)? {
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            objects.push((format!("/nix/store/{name}"), Object::open(&self.store(&name))?));
        }
        Ok(objects)
    }

    fn root_spec(&self) -> Result<RootSpec, Failure> {
        let objects = self.objects()?;
        let package = |(object, opened): &(String, Object)| PackageSpec {
            name: opened.name().into(),
            version: opened.control().field("Version").unwrap_or_default().into(),
            object: object.clone(),
            ..PackageSpec::default()
        };
        Ok(RootSpec {
            version: 1,
            name: "bench".into(),
            epoch: EPOCH,
            packages: objects.iter().map(package).collect(),
            scripts: objects
                .iter()
                .flat_map(|(_, object)| acknowledged(object))
                .collect(),
            keep_etc: vec!["ssl/**".into(), "ca-certificates.conf".into()],
            files: (0..200)
                .map(|number| text(&format!("/etc/bench/{number}"), "x = 1\n"))
                .collect(),
            derive: DeriveSpec {
                kernel_modules: true,
                ca_bundle: true,
                dpkg_status: true,
                ld_so_cache: false,
            },
            permissions: objects
                .iter()
                .flat_map(|(_, object)| without_privileges(object))
                .collect(),
            ..RootSpec::default()
        })
    }

    fn link(&self, spec: &RootSpec, name: &str) -> Result<LinkedRoot, Failure> {
        Ok(link_root(spec, &[], &self.view(), &self.store(name))?)
    }

    fn with_prefix(&self, prefix: &str) -> Result<(String, Object), Failure> {
        let found = self
            .objects()?
            .into_iter()
            .find(|(path, _)| path.starts_with(&format!("/nix/store/{prefix}")));
        found.ok_or_else(|| format!("no package {prefix} among the .debs").into())
    }

    fn initrd(&self) -> Result<(), Failure> {
        let (_, kernel) = self.with_prefix("linux-image-6")?;
        let options = InitrdOptions {
            program: b"the program",
            epoch: EPOCH as u32,
        };
        let initrd = build_initrd_from_object(options, &kernel, &DEFAULT_MODULES.map(str::to_owned))?;
        Ok(fs::write(self.store("initrd"), initrd)?)
    }

    fn write(&self, format: &str) -> Result<(), Failure> {
        let spec: DiskSpec = serde_json::from_value(json!({
            "version": 1, "fileName": "disk.img", "format": format, "label": "bench", "epoch": EPOCH,
            "root": "/nix/store/root", "initrd": "/nix/store/initrd",
            "kernel": self.with_prefix("linux-image-6")?.0, "bootFiles": self.with_prefix("systemd-boot-efi")?.0,
            "commandLine": ["ro", "console=ttyS0"], "osRelease": {"ID": "hardpan", "IMAGE_ID": "bench"},
        }))?;
        write_image(
            &spec,
            &self.view(),
            &self.store(&format!("image-{format}")),
            "/nix/store/image",
        )?;
        Ok(())
    }
}

/// Modes without the bits that nobody has declared.
fn without_privileges(object: &Object) -> impl Iterator<Item = PermissionSpec> + use<'_> {
    let raised = object.entries().iter().filter(|entry| entry.mode & 0o6000 != 0);
    raised.map(|entry| PermissionSpec {
        path: entry.path.clone(),
        mode: Some("0755".into()),
        ..PermissionSpec::default()
    })
}

/// The package's maintainer scripts, as if somebody had read them.
fn acknowledged(object: &Object) -> impl Iterator<Item = ScriptSpec> + '_ {
    object.control().scripts.iter().map(|script| ScriptSpec {
        package: object.name().into(),
        script: script.name.clone(),
        sha256: script.sha256.clone(),
        by: "bench".into(),
        ..ScriptSpec::default()
    })
}

fn text(path: &str, text: &str) -> FileSpec {
    FileSpec {
        path: path.into(),
        text: Some(text.into()),
        ..FileSpec::default()
    }
}

fn largest_first(folder: &Path) -> Result<Vec<(u64, PathBuf)>, Failure> {
    let mut debs = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "deb") {
            debs.push((fs::metadata(&path)?.len(), path));
        }
    }
    debs.sort_by(|a, b| b.cmp(a));
    Ok(debs)
}

enum Stop {
    Deb(Box<DebError>),
    Object(Box<ObjectError>),
}

impl From<DebError> for Stop {
    fn from(error: DebError) -> Self {
        Self::Deb(Box::new(error))
    }
}

fn compile(path: &Path, directory: &Path) -> Result<(), Failure> {
    let bytes = fs::read(path)?;
    let deb = Deb::open(&bytes)?;
    let options = CompileOptions {
        exclude: PathSet::new(&EXCLUDE)?,
        ..CompileOptions::default()
    };
    let mut compiler = Compiler::create(directory, options)?;
    let read = deb.data_entries(|entry, content| {
        compiler
            .add(&adapt(entry), content)
            .map(drop)
            .map_err(|error| Stop::Object(Box::new(error)))
    });
    read.map_err(|stop| match stop {
        Stop::Deb(error) => error as Failure,
        Stop::Object(error) => error as Failure,
    })?;
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let control = Control {
        fields: deb.control().iter().map(owned).collect(),
        members: deb
            .members()
            .map(|(name, content)| (name.to_owned(), content.to_vec()))
            .collect(),
    };
    compiler.finish(&control)?;
    Ok(())
}

fn adapt(entry: &Entry) -> PackageEntry {
    let (kind, size) = match &entry.kind {
        debian::deb::Kind::Regular { size } => (EntryKind::File, *size),
        debian::deb::Kind::Directory => (EntryKind::Directory, 0),
        debian::deb::Kind::Symlink(target) => (EntryKind::Symlink(target.clone()), 0),
        debian::deb::Kind::Hardlink(target) => (EntryKind::HardLink(target.clone()), 0),
    };
    let xattr = |(name, value): &(String, Vec<u8>)| Xattr {
        name: name.clone(),
        value: value.clone(),
    };
    PackageEntry {
        path: entry.path.clone(),
        mode: entry.mode,
        uid: entry.uid,
        gid: entry.gid,
        size,
        xattrs: entry.xattrs.iter().map(xattr).collect(),
        kind,
    }
}

/// The most memory that this process has had resident, in bytes.
fn most_memory() -> Result<u64, Failure> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line
        .and_then(|line| line.trim().strip_suffix(" kB"))
        .ok_or("the kernel does not say")?;
    Ok(kib.trim().parse::<u64>()? << 10)
}
