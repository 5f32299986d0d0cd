//! The data that a configuration has for running it in a virtual machine: `system.build.vm`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use builder::DerivedPath;
use nix_formats::StorePath;
use nix_lang::{Thunk, Value};
use sandbox::folder::Folder;
use sandbox::inputs::Inputs;
use serde::Deserialize;

use super::forward::Forward;
use super::login::Logins;
use super::{Run, VmError};
use crate::build::Targets;
use crate::eval::{Verb, candidates, first_of};
use crate::evaluate::{Derivations, Failure, Found, Stage, evaluate};
use crate::{Error, Phase, Session};

/// The plain part of `system.build.vm`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct Definition {
    /// In MiB.
    pub(super) memory_size: u32,
    pub(super) cores: u32,
    /// In MiB; nothing for that of the image.
    disk_size: Option<u64>,
    #[serde(default)]
    pub(super) forward_ports: Vec<Forward>,
    /// Further disks.
    #[serde(default)]
    pub(super) empty_disk_images: Vec<EmptyDisk>,
    /// Further arguments of QEMU.
    #[serde(default)]
    pub(super) options: Vec<String>,
    /// Who can log in.
    #[serde(default)]
    pub(super) logins: Logins,
}

/// A disk that is empty at first.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub(super) struct EmptyDisk {
    /// In MiB.
    size: u64,
    #[serde(default)]
    drive_config: DriveConfig,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
struct DriveConfig {
    name: Option<String>,
}

impl EmptyDisk {
    pub(super) const fn bytes(&self) -> u64 {
        self.size.saturating_mul(1 << 20)
    }

    /// By which name the machine finds it.
    pub(super) fn serial(&self) -> Option<String> {
        self.drive_config.name.clone()
    }
}

impl Definition {
    /// The size that the disk is to have at least.
    pub(super) fn disk_bytes(&self) -> u64 {
        self.disk_size.unwrap_or(0) << 20
    }
}

/// A definition whose image and programs are built.
pub(super) struct Realised {
    pub(super) definition: Definition,
    /// The image.
    image: StorePath,
    /// QEMU and firmware.
    pub(super) qemu: PathBuf,
    /// The ssh client.
    pub(super) ssh: PathBuf,
}

/// What stands beside an image.
#[derive(Deserialize)]
struct ImageInfo {
    file: String,
    format: String,
}

/// Evaluates and builds what a machine is made of. What cannot be run is refused before it is built.
pub(super) fn realise(session: &Session, request: &Run) -> Result<Realised, Error> {
    let targets = Targets {
        lock: request.lock.clone(),
        ..Targets::default()
    };
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    let (evaluation, attribute, _) = targets.locate(session, &request.installable)?;
    let tried = candidates(session, &evaluation.root, &attribute, Verb::Machine)?;
    let (definition, paths) = evaluate(session, store, &derivations, &evaluation, |stage| {
        let only = match attribute.is_empty() {
            true => only_machine(stage)?,
            false => None,
        };
        let tried = only.map_or(tried, |only| vec![only]);
        let (thunk, name) = first_of(stage, &tried)?;
        read(stage, thunk, &name)
    })?;
    if request.ssh {
        definition.logins.check(session, request)?;
    }
    derivations.write(paths.iter().cloned())?;
    let outputs = BTreeSet::from(["out".to_owned()]);
    let wanted: Vec<DerivedPath> = paths
        .into_iter()
        .map(|derivation| DerivedPath::Built {
            derivation,
            outputs: outputs.clone(),
        })
        .collect();
    let built = session.phase(Phase::Realise, || session.realise(&wanted))?;
    let [image, qemu, ssh] = <[StorePath; 3]>::try_from(built)
        .map_err(|_| Error::Usage("a machine has an image, QEMU and ssh".to_owned()))?;
    Ok(Realised {
        definition,
        image,
        qemu: store.physical(&qemu),
        ssh: store.physical(&ssh),
    })
}

/// The path to the only machine that a flake has, if it has any.
fn only_machine(stage: &Stage<'_, '_>) -> Result<Option<Vec<String>>, Failure> {
    let configurations = "nixosConfigurations".to_owned();
    let Found::Value(set) = stage.find(std::slice::from_ref(&configurations))? else {
        return Ok(None);
    };
    let machines = stage.evaluator.attributes(&stage.evaluator.force(set)?);
    match machines[..] {
        [] => Ok(None),
        [(name, _)] => {
            let below = [name, "config", "system", "build", "vm"].map(str::to_owned);
            Ok(Some([vec![configurations], below.to_vec()].concat()))
        }
        _ => {
            let known = machines.iter().map(|(name, _)| (*name).to_owned()).collect();
            Err(Error::from(VmError::WhichMachine { known }).into())
        }
    }
}

/// Reads `system.build.vm`, which a package may have as its attribute `vm`; and the derivations of its image and
/// programs.
fn read<'a>(
    stage: &Stage<'_, 'a>,
    thunk: &'a Thunk<'a>,
    name: &str,
) -> Result<(Definition, [StorePath; 3]), Failure> {
    let evaluator = stage.evaluator;
    let mut value = evaluator.force(thunk)?;
    if evaluator.is_derivation_value(&value)?
        && let Some(inner) = evaluator.attribute(&value, "vm")
    {
        value = evaluator.force(inner)?;
    }
    if evaluator.attribute(&value, "qemu").is_none() {
        let kind = value.kind().described().to_owned();
        return Err(Error::NotAMachine {
            what: name.to_owned(),
            kind,
        }
        .into());
    }
    let derivation = |name: &str| derivation_in(stage, &value, name);
    let paths = [derivation("image")?, derivation("qemu")?, derivation("ssh")?];
    let plain = [
        "memorySize",
        "cores",
        "diskSize",
        "forwardPorts",
        "emptyDiskImages",
        "options",
        "logins",
    ];
    let mut json = serde_json::Map::new();
    for name in plain {
        if let Some(member) = evaluator.attribute(&value, name) {
            json.insert(name.to_owned(), evaluator.json_of(member)?.0);
        }
    }
    let definition = serde_json::from_value::<Definition>(json.into());
    let bad = |error: serde_json::Error| Error::Usage(format!("'{name}' describes no machine: {error}"));
    Ok((definition.map_err(bad)?, paths))
}

fn derivation_in<'a>(stage: &Stage<'_, 'a>, value: &Value<'a>, name: &str) -> Result<StorePath, Failure> {
    let evaluator = stage.evaluator;
    let member = evaluator
        .attribute(value, name)
        .ok_or_else(|| evaluator.missing(value, name))?;
    let member = evaluator.force(member)?;
    let path = evaluator
        .attribute(&member, "drvPath")
        .ok_or_else(|| evaluator.missing(&member, "drvPath"))?;
    let (text, _) = evaluator.text_of(path)?;
    StorePath::parse_absolute(&text).map_err(|error| Error::Usage(error.to_string()).into())
}

/// Where an image says what it is.
const IMAGE_INFO: &str = "nix-support/image-info.json";

impl Realised {
    /// The image's path in the store, its file, and the file's format.
    pub(super) fn image(&self, session: &Session) -> Result<(StorePath, PathBuf, String), Error> {
        let store = session.store()?;
        let image = store.physical(&self.image);
        let info_file = image.join(IMAGE_INFO);
        let text = Folder::open(&image).and_then(|image| image.read(Path::new(IMAGE_INFO)));
        let text = text.map_err(Error::files("read", &info_file))?;
        let bad = |reason: String| Error::Program {
            what: format!("reading {}", info_file.display()),
            reason,
        };
        let info: ImageInfo = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        // A link out of the store would give the machine a file of this one as its disk.
        let inputs = Inputs::all(store.physical_store_directory());
        let file = inputs.place(&info.file).map_err(|error| bad(error.to_string()))?;
        let path = StorePath::parse_inside(&file.logical())
            .map_err(|error| bad(error.to_string()))?
            .0;
        Ok((path, file.physical(), info.format))
    }
}
