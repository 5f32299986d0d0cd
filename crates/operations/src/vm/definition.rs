//! The data that a configuration has for running it in a virtual machine: `system.build.vm`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use builder::DerivedPath;
use nix_formats::StorePath;
use nix_lang::{Thunk, Value};
use serde::Deserialize;

use crate::build::Targets;
use crate::eval::{Verb, candidates, first_of};
use crate::evaluate::{Derivations, Failure, Found, Stage, evaluate, parse_attribute_path};
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
    forward_ports: Vec<Forward>,
    /// Further arguments of QEMU.
    #[serde(default)]
    pub(super) options: Vec<String>,
    /// As whom a person logs in.
    #[serde(skip)]
    pub(super) user: Option<String>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Forward {
    #[serde(default)]
    from: String,
    #[serde(default)]
    proto: String,
    host: End,
    guest: End,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct End {
    port: u16,
}

impl Definition {
    /// The size that the disk is to have at least.
    pub(super) fn disk_bytes(&self) -> u64 {
        self.disk_size.unwrap_or(0) << 20
    }

    /// TCP ports of this machine and where they lead.
    pub(super) fn ports(&self) -> Vec<(u16, u16)> {
        let leads_in = |forward: &&Forward| forward.from != "guest" && forward.proto != "udp";
        self.forward_ports
            .iter()
            .filter(leads_in)
            .map(|forward| (forward.host.port, forward.guest.port))
            .collect()
    }
}

/// A definition whose image and programs are built.
pub(super) struct Realised {
    pub(super) definition: Definition,
    /// The image's folder.
    image: PathBuf,
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

/// Evaluates and builds what a machine is made of.
pub(super) fn realise(session: &Session, targets: &Targets, text: &str) -> Result<Realised, Error> {
    let store = session.store()?;
    let derivations = Arc::new(Derivations::new(store));
    let (evaluation, attribute, _) = targets.locate(session, text)?;
    let tried = candidates(session, &evaluation.root, &attribute, Verb::Machine)?;
    let (definition, paths) = evaluate(session, store, &derivations, &evaluation, |stage| {
        let (thunk, name) = first_of(stage, &tried)?;
        read(stage, thunk, &name)
    })?;
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
    let places: Vec<PathBuf> = built.iter().map(|path| store.physical(path)).collect();
    let [image, qemu, ssh] = <[PathBuf; 3]>::try_from(places)
        .map_err(|_| Error::Usage("a machine has an image, QEMU and ssh".to_owned()))?;
    Ok(Realised {
        definition,
        image,
        qemu,
        ssh,
    })
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
    let plain = ["memorySize", "cores", "diskSize", "forwardPorts", "options"];
    let mut json = serde_json::Map::new();
    for name in plain {
        if let Some(member) = evaluator.attribute(&value, name) {
            json.insert(name.to_owned(), evaluator.json_of(member)?.0);
        }
    }
    let definition = serde_json::from_value::<Definition>(json.into());
    let bad = |error: serde_json::Error| Error::Usage(format!("'{name}' describes no machine: {error}"));
    let user = ordinary_user(stage, name)?;
    Ok((
        Definition {
            user,
            ..definition.map_err(bad)?
        },
        paths,
    ))
}

/// The first ordinary user of the configuration that `name` leads into.
fn ordinary_user(stage: &Stage<'_, '_>, name: &str) -> Result<Option<String>, Failure> {
    let path = parse_attribute_path(name).map_err(Error::Usage)?;
    let [configurations, machine, config, ..] = &path[..] else {
        return Ok(None);
    };
    let users = ["users", "users"].map(str::to_owned);
    let path = [
        vec![configurations.clone(), machine.clone(), config.clone()],
        users.to_vec(),
    ]
    .concat();
    let Found::Value(users) = stage.find(&path)? else {
        return Ok(None);
    };
    let evaluator = stage.evaluator;
    for (name, user) in evaluator.attributes(&evaluator.force(users)?) {
        let flag = evaluator.attribute(&evaluator.force(user)?, "isNormalUser");
        if let Some(flag) = flag
            && matches!(evaluator.force(flag)?, Value::Bool(true))
        {
            return Ok(Some(name.to_owned()));
        }
    }
    Ok(None)
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

impl Realised {
    /// The image file and its format.
    pub(super) fn image_file(&self, session: &Session) -> Result<(PathBuf, String), Error> {
        let info_file = self.image.join("nix-support/image-info.json");
        let text = std::fs::read(&info_file).map_err(Error::files("read", &info_file))?;
        let bad = |reason: String| Error::Program {
            what: format!("reading {}", info_file.display()),
            reason,
        };
        let info: ImageInfo = serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        let (path, inside) = StorePath::parse_inside(&info.file).map_err(|error| bad(error.to_string()))?;
        let file = session
            .store()?
            .physical(&path)
            .join(inside.trim_start_matches('/'));
        Ok((file, info.format))
    }
}
