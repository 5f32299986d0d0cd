//! What the sandbox of one build shows: its inputs, its build directory, and the system that it runs in.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix_formats::{Derivation, StorePath};
use sandbox::{Access, Entry, Network, Spec};
use store::Store;

use crate::attributes::Attributes;
use crate::environment::BUILD_DIRECTORY;
use crate::error::BuildFailure;
use crate::settings::{Isolation, Settings};

/// The attribute that names the tree shown as the root: a store path with merged `/usr`.
const SYSROOT: &str = "__hardpanSysroot";

/// The attribute that asks for a build outside of the sandbox.
const OUTSIDE: &str = "__noChroot";
/// What a build has of its own wherever it runs.
const OWN_FOLDERS: [&str; 5] = ["/build", "/dev", "/nix", "/proc", "/tmp"];

const ACCOUNTS: [(&str, &str); 2] = [
    (
        "/etc/passwd",
        "root:x:0:0:Nix build user:/build:/noshell\n\
         nixbld:x:1000:100:Nix build user:/build:/noshell\n\
         nobody:x:65534:65534:Nobody:/:/noshell\n",
    ),
    ("/etc/group", "root:x:0:\nnixbld:!:100:\nnogroup:x:65534:\n"),
];
const OWN_NAME: &str = "localhost\n";
const OWN_HOSTS: &str = "127.0.0.1 localhost\n::1 localhost\n";
const NAME_SERVICES: &str = "hosts: files dns\nservices: files\n";
/// What of this machine names need to be found on the network.
const NETWORK_FILES: [&str; 3] = ["/etc/resolv.conf", "/etc/services", "/etc/hosts"];

/// The directories of one build on this machine.
pub(crate) struct Place<'a> {
    directory: &'a Path,
}

impl<'a> Place<'a> {
    /// Makes them in `directory`, which is empty.
    pub(crate) fn prepare(directory: &'a Path) -> Result<Self, BuildFailure> {
        let place = Self { directory };
        for directory in [place.build(), place.store(), place.scratch()] {
            fs::create_dir(&directory).map_err(crate::log::at("make the directory", &directory))?;
        }
        for (directory, mode) in [(place.build(), 0o700), (place.store(), 0o1775)] {
            let permissions = fs::Permissions::from_mode(mode);
            fs::set_permissions(&directory, permissions)
                .map_err(crate::log::at("change the mode of", &directory))?;
        }
        Ok(place)
    }

    /// Where the builder works.
    pub(crate) fn build(&self) -> PathBuf {
        self.directory.join("build")
    }

    /// What the builder sees as `/nix/store`, where it makes its outputs.
    pub(crate) fn store(&self) -> PathBuf {
        self.directory.join("store")
    }

    fn scratch(&self) -> PathBuf {
        self.directory.join("root")
    }
}

/// The sandbox for `derivation`, whose inputs with all that they need are `inputs`.
pub(crate) fn sandbox(
    derivation: &Derivation,
    inputs: &BTreeSet<StorePath>,
    environment: BTreeMap<OsString, OsString>,
    place: &Place<'_>,
    store: &Store,
    settings: &Settings,
) -> Result<Spec, BuildFailure> {
    let program = PathBuf::from(std::ffi::OsStr::from_bytes(&derivation.builder));
    let name = program.file_name().unwrap_or_default().to_owned();
    let further = derivation
        .arguments
        .iter()
        .map(|argument| std::ffi::OsStr::from_bytes(argument).to_owned());
    let sees_machine = sees_machine(derivation, settings)?;
    let has_network = sees_machine || derivation.fixed_output().is_some();
    let mut spec = Spec {
        program,
        arguments: std::iter::once(name).chain(further).collect(),
        environment,
        directory: BUILD_DIRECTORY.into(),
        scratch: place.scratch(),
        entries: vec![bind(&place.build(), BUILD_DIRECTORY, Access::Write)],
        network: if has_network { Network::Host } else { Network::None },
        devices: devices(settings),
    };
    spec.entries
        .push(bind(&place.store(), "/nix/store", Access::Write));
    for input in inputs {
        spec.entries
            .push(bind(&store.physical(input), input.to_string(), Access::Read));
    }
    let sysroot = derivation.env_str(SYSROOT).filter(|path| !path.is_empty());
    match sysroot {
        Some(sysroot) => show_sysroot(&mut spec, sysroot, inputs, store)?,
        None => {
            if sees_machine {
                show_machine(&mut spec)?;
            }
            let shown: BTreeSet<PathBuf> = spec.entries.iter().filter_map(bound_at).collect();
            let is_free = |path: &Path| !path.ancestors().any(|place| shown.contains(place));
            let further = settings
                .sandbox_paths
                .iter()
                .filter(|(path, _)| !sees_machine || is_free(path));
            spec.entries
                .extend(further.map(|(path, source)| bind(source, path, Access::Read)));
        }
    }
    add_system(&mut spec, sysroot.is_some());
    Ok(spec)
}

/// Whether a build can reach somebody outside who takes a descriptor from it: on this machine's network, or by way of
/// what is shown of this machine that is neither in the store nor a plain file.
pub(crate) fn may_meet_others(spec: &Spec, place: &Place<'_>, store: &Store) -> bool {
    let ours = [place.directory, store.physical_store_directory()];
    let is_foreign = |entry: &Entry| match entry {
        Entry::Bind { source, .. } => !ours.iter().any(|our| source.starts_with(our)) && !source.is_file(),
        _ => false,
    };
    spec.network == Network::Host || spec.entries.iter().any(is_foreign)
}

/// Whether a derivation asks to be built outside of the sandbox, and may be, or all are.
fn sees_machine(derivation: &Derivation, settings: &Settings) -> Result<bool, BuildFailure> {
    let asks = Attributes::of(derivation)?.flag(OUTSIDE, false);
    match settings.isolation {
        Isolation::Off => Ok(true),
        Isolation::Relaxed => Ok(asks),
        Isolation::On if asks => Err(format!(
            "it has '{OUTSIDE}' set, but that is not allowed when the setting 'sandbox' is 'true'"
        )
        .into()),
        Isolation::On => Ok(false),
    }
}

/// Shows the folders of this machine, to be read only. A build keeps its own place to work in and its own processes.
fn show_machine(spec: &mut Spec) -> Result<(), BuildFailure> {
    let shown: BTreeSet<PathBuf> = spec.entries.iter().filter_map(bound_at).collect();
    let root = Path::new("/");
    let entries = fs::read_dir(root).map_err(crate::log::at("list the folder", root))?;
    let mut folders: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    folders.sort();
    for folder in folders {
        let is_own = OWN_FOLDERS.iter().any(|own| folder == Path::new(own));
        if !is_own && !shown.iter().any(|shown| shown.starts_with(&folder)) {
            spec.entries.push(bind(&folder, &folder, Access::Read));
        }
    }
    Ok(())
}

/// What builds may use that need more than an ordinary machine.
fn devices(settings: &Settings) -> BTreeSet<String> {
    let has = settings.system_features.contains("kvm") && Path::new("/dev/kvm").exists();
    has.then(|| "kvm".to_owned()).into_iter().collect()
}

fn show_sysroot(
    spec: &mut Spec,
    sysroot: &str,
    inputs: &BTreeSet<StorePath>,
    store: &Store,
) -> Result<(), BuildFailure> {
    let path = StorePath::parse_absolute(sysroot)
        .map_err(|error| BuildFailure::caused_by(format!("cannot use '{sysroot}' as {SYSROOT}"), error))?;
    if !inputs.contains(&path) {
        return Err(format!("{SYSROOT} is '{path}', which is no input of the derivation").into());
    }
    spec.show_tree(&store.physical(&path))
        .map_err(|error| BuildFailure::caused_by("cannot show the system's root", error))
}

/// Adds the settings and places that programs expect; those of a whole system expect more.
fn add_system(spec: &mut Spec, is_whole: bool) {
    let mut files: BTreeMap<&str, Vec<u8>> = ACCOUNTS
        .iter()
        .map(|(path, text)| (*path, text.as_bytes().to_vec()))
        .collect();
    files.insert("/etc/hosts", OWN_HOSTS.into());
    if is_whole {
        files.insert("/etc/hostname", OWN_NAME.into());
    }
    if is_whole || spec.network == Network::Host {
        files.insert("/etc/nsswitch.conf", NAME_SERVICES.into());
    }
    if spec.network == Network::Host {
        files.extend(
            NETWORK_FILES
                .iter()
                .filter_map(|path| Some((*path, fs::read(path).ok()?))),
        );
    }
    let shown: BTreeSet<PathBuf> = spec.entries.iter().filter_map(bound_at).collect();
    for (path, contents) in files {
        if !Path::new(path).ancestors().any(|place| shown.contains(place)) {
            spec.entries.push(Entry::File {
                path: path.into(),
                contents,
            });
        }
    }
    if is_whole {
        for path in ["/run", "/var/tmp"] {
            spec.entries.push(Entry::Memory { path: path.into() });
        }
    }
}

fn bound_at(entry: &Entry) -> Option<PathBuf> {
    match entry {
        Entry::Bind { path, .. } => Some(path.clone()),
        _ => None,
    }
}

fn bind(source: &Path, path: impl Into<PathBuf>, access: Access) -> Entry {
    Entry::Bind {
        source: source.to_owned(),
        path: path.into(),
        access,
    }
}
