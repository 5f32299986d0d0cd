//! The description of a disk image, as modules write it.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The only version of [`DiskSpec`] that is understood.
pub const DISK_SPEC_VERSION: u32 = 1;

/// Everything that decides the bytes of a disk image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskSpec {
    /// Version of this format, [`DISK_SPEC_VERSION`].
    pub version: u32,
    /// Name of the image file.
    pub file_name: String,
    /// Format of the image file.
    pub format: Format,
    /// Label of the image, for people and clouds.
    #[serde(default)]
    pub label: String,
    /// Architecture in Nix's words.
    #[serde(default = "default_system")]
    pub system: String,
    /// Store path of the linked root.
    pub root: String,
    /// Store path of the object of Debian's kernel package.
    pub kernel: String,
    /// Store path of the initrd: a directory with the file `initrd`, or the file itself.
    pub initrd: String,
    /// Store path of the object of Debian's `systemd-boot-efi`.
    pub boot_files: String,
    /// Kernel parameters; the root hash is added in front.
    #[serde(default)]
    pub command_line: Vec<String>,
    /// os-release fields of the kernel image.
    #[serde(default)]
    pub os_release: BTreeMap<String, String>,
    /// How often a new generation is tried before the loader falls back; without it nothing is counted.
    #[serde(default)]
    pub boot_counting: Option<u32>,
    /// Seconds that the loader shows its menu.
    #[serde(default)]
    pub loader_timeout: u32,
    /// Kernel images that the EFI system partition has room for beside the one being written.
    #[serde(default = "default_uki_slots")]
    pub uki_slots: u32,
    /// Least size of the EFI system partition.
    #[serde(default, rename = "espMinimumMiB")]
    pub esp_minimum_mib: u64,
    /// Size of the disk; without it the disk is as small as what it holds and the least state partition.
    #[serde(default, rename = "diskSizeMiB")]
    pub disk_size_mib: Option<u64>,
    /// Room behind the partitions, in which the state partition is made when the machine first boots.
    #[serde(default)]
    pub state_minimum_bytes: u64,
    /// Time of all files, in seconds since 1970.
    #[serde(default)]
    pub epoch: u64,
    /// Copied to `nix-support/image-info.json`.
    #[serde(default)]
    pub image_info: serde_json::Map<String, serde_json::Value>,
}

fn default_system() -> String {
    "x86_64-linux".into()
}

const fn default_uki_slots() -> u32 {
    6
}

/// Formats of image files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The bytes of the disk.
    Raw,
    /// QEMU's format, version 3.
    Qcow2,
    /// A dynamic VHD, which holds no zeros.
    Vpc,
    /// `disk.raw` in a gzipped tar, as Google Compute Engine imports it.
    Gce,
}

impl Format {
    /// The word for it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Raw => "raw",
            Self::Qcow2 => "qcow2",
            Self::Vpc => "vpc",
            Self::Gce => "gce",
        }
    }
}
