//! Measures a whole build in a store: packages from a folder, objects, faces, root and image, cold and changed.
//!
//!     HARDPAN_BENCH_DEBS=<folder of .debs> cargo bench -p builder --bench image
//!
//! The folder holds the closure of one image, with Debian's kernel and `systemd-boot-efi`. The store lies in the
//! folder for temporary files.

use builder::{Builder, Cancellation, DerivedPath, Environment, Registry, Settings, registry};
use fetch::{Fetcher, NpmConfiguration};
use image::object::Object;
use nix_formats::{Derivation, Hash, Method, Output, StorePath};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use store::Store;

const EPOCH: u64 = 1_757_664_000;
const EXCLUDE: &str =
    r#"["/usr/share/doc/**","/usr/share/man/**","/usr/share/info/**","/usr/share/locale/**"]"#;

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let Some(debs) = std::env::var_os("HARDPAN_BENCH_DEBS") else {
        eprintln!("set HARDPAN_BENCH_DEBS to a folder with the .debs of an image; see the top of this file");
        return Ok(());
    };
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("root"))?;
    let debs = PathBuf::from(debs);
    let environment = Environment {
        fetcher: Arc::new(Fetcher::new(fetch::Settings::default())),
        mirrors: [("debian".to_owned(), vec![format!("file://{}", debs.display())])].into(),
        npm: NpmConfiguration::default(),
        cache: folder.path().join("cache"),
    };
    let registry = registry(&environment);
    let mut bench = Bench {
        store,
        registry,
        hashes: BTreeMap::new(),
    };
    bench.run(&debs)
}

struct Bench {
    store: Store,
    registry: Registry,
    hashes: BTreeMap<StorePath, Hash>,
}

/// A derivation in the store and where its output goes.
#[derive(Clone)]
struct Made {
    derivation: StorePath,
    output: StorePath,
}

struct Package {
    name: String,
    deb: Made,
    object: Made,
    face: Made,
}

impl Bench {
    fn run(&mut self, folder: &Path) -> Result<(), Failure> {
        let packages = self.timed("write derivations", |bench| bench.packages(folder))?;
        let of = |part: fn(&Package) -> &Made| packages.iter().map(part).cloned().collect::<Vec<_>>();
        self.timed("fetch packages", |bench| {
            bench.realise(&of(|package| &package.deb))
        })?;
        let mut objects = of(|package| &package.object);
        objects.extend(of(|package| &package.face));
        self.timed("objects and faces, cold", |bench| bench.realise(&objects))?;
        for (number, what) in ["root and image, cold", "one option changed", "another", "another"]
            .iter()
            .enumerate()
        {
            let image = self.image(&packages, number)?;
            self.timed(what, |bench| bench.realise(std::slice::from_ref(&image)))?;
            self.timed("nothing changed", |bench| {
                bench.realise(std::slice::from_ref(&image))
            })?;
        }
        println!("most memory: {} MB", most_memory()? >> 20);
        Ok(())
    }

    fn timed<T>(
        &mut self,
        what: &str,
        work: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let began = Instant::now();
        let result = work(self)?;
        println!("{what:<26} {:>7.3} s", began.elapsed().as_secs_f64());
        Ok(result)
    }

    fn realise(&self, wanted: &[Made]) -> Result<(), Failure> {
        let cores = std::thread::available_parallelism()?.get();
        let cancellation = Cancellation::default();
        let sink = |_| {};
        let builder = Builder::new(
            &self.store,
            &self.registry,
            Settings::new(cores, "x86_64-linux"),
            &sink,
            cancellation,
        );
        let path = |made: &Made| DerivedPath::Built {
            derivation: made.derivation.clone(),
            outputs: ["out".to_owned()].into(),
        };
        builder.realise(&wanted.iter().map(path).collect::<Vec<_>>())?;
        Ok(())
    }

    fn packages(&mut self, folder: &Path) -> Result<Vec<Package>, Failure> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            files.extend(
                entry?
                    .file_name()
                    .into_string()
                    .ok()
                    .filter(|name| name.ends_with(".deb")),
            );
        }
        files.sort();
        files.iter().map(|file| self.package(folder, file)).collect()
    }

    fn package(&mut self, folder: &Path, file: &str) -> Result<Package, Failure> {
        let hash = Hash::sha256(&fs::read(folder.join(file))?);
        let name = file.split('_').next().unwrap_or(file).to_owned();
        let fixed = Output::fixed(Method::Flat, hash);
        let stem = file.replace(['%', '~'], "_");
        let environment = [
            ("archive", "debian"),
            ("filename", file),
            ("outputHash", &hash.to_base16()),
        ];
        let deb = self.add(&stem, "deb-v1", fixed, &environment, &[])?;
        let environment = [("deb", deb.output.to_string()), ("exclude", EXCLUDE.to_owned())];
        let environment = environment
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let object = self.add(&name, "object-v2", Output::default(), &environment, &[&deb])?;
        let environment = [("object", object.output.to_string())];
        let environment = environment
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let face = self.add(&name, "face-v1", Output::default(), &environment, &[&object])?;
        Ok(Package {
            name,
            deb,
            object,
            face,
        })
    }

    fn image(&mut self, packages: &[Package], number: usize) -> Result<Made, Failure> {
        let inputs: Vec<&Made> = packages.iter().map(|package| &package.object).collect();
        let spec = self.root_spec(packages, number)?.to_string();
        let root = self.add("root", "root-v1", Output::default(), &[("spec", &spec)], &inputs)?;
        let object = |prefix: &str| {
            let found = packages.iter().find(|package| package.name.starts_with(prefix));
            found
                .map(|package| &package.object)
                .ok_or(format!("no package {prefix} among the .debs"))
        };
        let (kernel, loader) = (object("linux-image-6")?, object("systemd-boot-efi")?);
        let environment = [
            ("kernel", kernel.output.to_string()),
            ("epoch", EPOCH.to_string()),
        ];
        let environment = environment
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let initrd = self.add("initrd", "initrd-v3", Output::default(), &environment, &[kernel])?;
        let spec = json!({
            "version": 1, "fileName": "disk.img", "format": "raw", "label": "bench", "epoch": EPOCH,
            "root": root.output.to_string(), "initrd": initrd.output.to_string(),
            "kernel": kernel.output.to_string(), "bootFiles": loader.output.to_string(),
            "commandLine": ["ro", "console=ttyS0"], "osRelease": {"ID": "hardpan", "IMAGE_ID": "bench"},
        });
        let mut inputs = inputs;
        inputs.extend([&root, &initrd]);
        self.add(
            "image",
            "image-v1",
            Output::default(),
            &[("spec", &spec.to_string())],
            &inputs,
        )
    }

    fn root_spec(&self, packages: &[Package], number: usize) -> Result<Value, Failure> {
        let (mut linked, mut scripts, mut permissions) = (Vec::new(), Vec::new(), Vec::new());
        for package in packages {
            linked.push(json!({"name": package.name, "object": package.object.output.to_string()}));
            let object = Object::open(&self.store.physical(&package.object.output))?;
            let raised = object.entries().iter().filter(|entry| entry.mode & 0o6000 != 0);
            permissions.extend(raised.map(|entry| json!({"path": entry.path, "mode": "0755"})));
            for script in &object.control().scripts {
                scripts
                    .push(json!({"package": package.name, "script": script.name, "sha256": script.sha256}));
            }
        }
        let files: Vec<Value> = (0..200)
            .map(|file| json!({"path": format!("/etc/bench/{file}"), "text": format!("{number}\n")}))
            .collect();
        Ok(json!({
            "version": 1, "name": "bench", "epoch": EPOCH, "packages": linked, "scripts": scripts, "files": files,
            "permissions": permissions,
            "derive": {"kernelModules": true, "caBundle": true, "dpkgStatus": true},
        }))
    }

    /// Adds a derivation of one of our builders.
    fn add(
        &mut self,
        name: &str,
        builder: &str,
        output: Output,
        environment: &[(&str, &str)],
        inputs: &[&Made],
    ) -> Result<Made, Failure> {
        let inputs = inputs
            .iter()
            .map(|input| (input.derivation.clone(), ["out".to_owned()].into()));
        let mut derivation = Derivation {
            name: name.into(),
            outputs: [("out".to_owned(), output)].into(),
            input_derivations: inputs.collect(),
            system: "builtin".into(),
            builder: format!("builtin:hardpan-{builder}").into(),
            environment: environment
                .iter()
                .map(|(name, value)| ((*name).into(), (*value).into()))
                .collect(),
            ..Derivation::default()
        };
        let hash = derivation.fill_output_paths(&mut |input| self.hashes.get(input).copied())?;
        let path = self.store.add_derivation(&derivation)?;
        self.hashes.insert(path.clone(), hash);
        let output = derivation
            .output_path("out")
            .cloned()
            .ok_or("its output has no path")?;
        Ok(Made {
            derivation: path,
            output,
        })
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
