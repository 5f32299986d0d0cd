//! Writes the files of an image's store path.

use super::archive::{Archive, SUPPORT};
use super::error::DiskError;
use super::guid::Guid;
use super::layout::DiskMap;
use super::spec::{DiskSpec, Format};
use super::{gce, qcow2, raw, vpc};
use crate::object::DamagedBlock;
use nix_formats::Hash;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Everything that goes into the image's directory.
pub(super) struct Output<'a> {
    spec: &'a DiskSpec,
    disk: &'a DiskMap,
    /// Where the format lays out the disk's bytes in another way, that of the image file.
    file: Option<DiskMap>,
    support: BTreeMap<&'static str, String>,
}

impl<'a> Output<'a> {
    /// The files for `disk`, which become the store path `output_path`.
    pub fn new(
        spec: &'a DiskSpec,
        disk: &'a DiskMap,
        root_hash: &str,
        output_path: &str,
    ) -> Result<Self, DiskError> {
        let unique = || Guid::derived("hardpan VHD", root_hash.as_bytes());
        let file = match spec.format {
            Format::Vpc => Some(vpc::arrange(disk, unique(), spec.epoch)?),
            _ => None,
        };
        let support = support_files(spec, disk.size, root_hash, output_path)?;
        Ok(Self {
            spec,
            disk,
            file,
            support,
        })
    }

    /// Writes the files and, where its bytes are known beforehand, finds the archive's digest and size meanwhile.
    pub fn write(&self, directory: &Path) -> Result<Option<(Hash, u64)>, DiskError> {
        let image = directory.join(&self.spec.file_name);
        let failed = |error: io::Error| match error.downcast::<DamagedBlock>() {
            Ok(damaged) => DiskError::Damaged(damaged),
            Err(source) => DiskError::Write {
                path: image.clone(),
                source,
            },
        };
        fs::create_dir_all(directory).map_err(failed)?;
        let output = File::create(&image).map_err(failed)?;
        let nar = match self.spec.format {
            Format::Raw | Format::Vpc => {
                let file = self.file.as_ref().unwrap_or(self.disk);
                let archive = Archive {
                    file_name: &self.spec.file_name,
                    disk: file,
                    support: &self.support,
                };
                let write = || raw::write(file, &output);
                let (written, nar) = rayon::join(write, || archive.hash());
                written.map_err(failed)?;
                Some(nar.map_err(failed)?)
            }
            Format::Qcow2 => qcow2::write(self.disk, &output).map(|()| None).map_err(failed)?,
            Format::Gce => gce::write(self.disk, &output, self.spec.epoch)
                .map(|()| None)
                .map_err(failed)?,
        };
        self.write_support(directory)?;
        Ok(nar)
    }

    fn write_support(&self, directory: &Path) -> Result<(), DiskError> {
        let support = directory.join(SUPPORT);
        for (name, text) in &self.support {
            let path = support.join(name);
            fs::create_dir_all(&support)
                .and_then(|()| fs::write(&path, text))
                .map_err(|source| DiskError::Write { path, source })?;
        }
        Ok(())
    }
}

/// The two files that NixOS's tools look for beside an image.
fn support_files(
    spec: &DiskSpec,
    disk_bytes: u64,
    root_hash: &str,
    output_path: &str,
) -> Result<BTreeMap<&'static str, String>, DiskError> {
    let file = format!("{output_path}/{}", spec.file_name);
    let mut info: BTreeMap<String, serde_json::Value> = spec.image_info.clone().into_iter().collect();
    let mut add = |key: &str, value: serde_json::Value| {
        info.entry(key.into()).or_insert(value);
    };
    add("label", spec.label.as_str().into());
    add("system", spec.system.as_str().into());
    add("boot_mode", "uefi".into());
    add("format", spec.format.name().into());
    add("logical_bytes", disk_bytes.to_string().into());
    add("root_hash", root_hash.into());
    info.insert("file".into(), file.as_str().into());
    let info =
        serde_json::to_string_pretty(&info).map_err(|error| DiskError::Spec(error.to_string()))? + "\n";
    let products = format!("file {} {file}\n", spec.format.name());
    Ok([("hydra-build-products", products), ("image-info.json", info)].into())
}
