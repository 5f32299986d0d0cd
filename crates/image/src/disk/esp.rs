//! What lies on the EFI system partition, and how large it is.

use super::error::DiskError;
use super::fat::{self, FatFiles, FatOptions};
use super::guid::Guid;
use super::layout::Piece;
use super::spec::DiskSpec;
use std::sync::Arc;

const MIB: u64 = 1 << 20;
/// Kernel images grow from release to release: each slot is a multiple of this.
const SLOT_UNIT: u64 = 4 * MIB;
/// Tables, directories, loader settings, random seed.
const OVERHEAD: u64 = 4 * MIB;

/// Size in bytes of a partition with room for `slots` kernel images beside the one being written.
pub fn size(uki_bytes: u64, loader_bytes: u64, slots: u32, minimum_mib: u64) -> u64 {
    let images = (u64::from(slots) + 1) * uki_bytes.next_multiple_of(SLOT_UNIT);
    let wanted = images + fat::room_for([loader_bytes; 2]) + OVERHEAD;
    wanted
        .next_multiple_of(MIB)
        .max(minimum_mib * MIB)
        .max(fat::MINIMUM_SIZE)
}

/// The partition's content: systemd-boot, its settings, the kernel image.
pub fn build(
    spec: &DiskSpec,
    root_hash: &str,
    loader: Vec<u8>,
    uki: Vec<u8>,
) -> Result<(u64, Vec<Piece>), DiskError> {
    let size = size(
        uki.len() as u64,
        loader.len() as u64,
        spec.uki_slots,
        spec.esp_minimum_mib,
    );
    let loader = Arc::new(loader);
    let (default_name, name) = loader_names(&spec.system)?;
    let files: FatFiles = [
        (format!("EFI/BOOT/{default_name}"), Arc::clone(&loader)),
        (format!("EFI/systemd/{name}"), loader),
        (format!("EFI/Linux/{}", uki_name(spec, root_hash)), Arc::new(uki)),
        (
            "loader/loader.conf".into(),
            Arc::new(loader_settings(spec).into_bytes()),
        ),
        ("loader/entries.srel".into(), Arc::new(b"type1\n".to_vec())),
    ]
    .into();
    let id = Guid::derived("hardpan ESP volume", root_hash.as_bytes()).0;
    let options = FatOptions {
        size,
        label: "ESP",
        volume_id: u32::from_be_bytes([id[0], id[1], id[2], id[3]]),
        epoch: spec.epoch,
    };
    Ok((size, fat::build(&options, &files)?))
}

/// Where firmware looks, and the loader's own name.
fn loader_names(system: &str) -> Result<(&'static str, &'static str), DiskError> {
    match system {
        "x86_64-linux" => Ok(("BOOTX64.EFI", "systemd-bootx64.efi")),
        "aarch64-linux" => Ok(("BOOTAA64.EFI", "systemd-bootaa64.efi")),
        other => Err(DiskError::Spec(format!(
            "no boot loader is known for system {other:?}"
        ))),
    }
}

/// Name of the kernel image, with the counter that systemd-boot counts down.
fn uki_name(spec: &DiskSpec, root_hash: &str) -> String {
    let field = |names: [&str; 2]| {
        names
            .iter()
            .find_map(|name| spec.os_release.get(*name))
            .map(String::as_str)
    };
    let id = field(["IMAGE_ID", "ID"]).unwrap_or("linux");
    let version = spec.os_release.get("IMAGE_VERSION").map(String::as_str);
    let version = version
        .filter(|version| !version.is_empty())
        .unwrap_or(&root_hash[..root_hash.len().min(12)]);
    let clean = |text: &str| -> String {
        text.chars()
            .map(|character| {
                if character.is_ascii_alphanumeric() || "._-".contains(character) {
                    character
                } else {
                    '-'
                }
            })
            .collect()
    };
    let counter = spec
        .boot_counting
        .map(|tries| format!("+{tries}"))
        .unwrap_or_default();
    format!("{}_{}{counter}.efi", clean(id), clean(version))
}

fn loader_settings(spec: &DiskSpec) -> String {
    format!("timeout {}\neditor no\nauto-firmware no\n", spec.loader_timeout)
}
