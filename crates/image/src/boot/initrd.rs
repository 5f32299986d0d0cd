//! Builds the initrd: one static program and the kernel modules that the root needs.

use super::cpio::{CpioError, CpioWriter};
use super::modules::{KernelModule, ModuleError, select_modules};
use crate::object::{Kind, Object, ObjectError};

/// What finding and mounting root and state takes on the clouds and in QEMU, where it is not built into the kernel:
/// its own `modules.builtin` says what is. What has no question mark must be either, or the initrd is not built.
///
/// The hash of dm-verity comes first in the variant that uses the processor's own instructions: the device takes
/// the best one that is there when it is made. A checksum that EROFS and ext4 ask for by its name alone, not as a
/// module they depend on, is built into Debian's kernel for clouds only.
pub const DEFAULT_MODULES: [&str; 14] = [
    "sha256_ssse3?",
    "sha2_ce?",
    "virtio_pci?",
    "virtio_blk?",
    "virtio_scsi?",
    "sd_mod?",
    "nvme?",
    "xen_blkfront?",
    "crc32c_intel?",
    "crc32c_generic?",
    "dm_mod",
    "dm_verity",
    "erofs",
    "ext4",
];

/// Higher levels take fifteen times as long for a tenth of an initrd that is a twentieth of the kernel image.
const COMPRESSION_LEVEL: i32 = 9;

/// Why an initrd cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum InitrdError {
    /// Choosing modules failed.
    #[error(transparent)]
    Modules(#[from] ModuleError),
    /// The kernel's object cannot be read.
    #[error("cannot read the kernel's package")]
    Kernel(#[from] ObjectError),
    /// The archive cannot hold an entry.
    #[error(transparent)]
    Archive(#[from] CpioError),
    /// Compression failed.
    #[error("cannot compress the initrd")]
    Compress(#[source] std::io::Error),
}

/// What goes into an initrd.
#[derive(Debug, Clone, Copy)]
pub struct InitrdOptions<'a> {
    /// The static program that becomes `/init`.
    pub program: &'a [u8],
    /// Time of every entry, seconds since 1970.
    pub epoch: u32,
}

/// Builds the compressed archive with `modules`, which are loaded in their order.
pub fn build_initrd(options: InitrdOptions<'_>, modules: &[KernelModule]) -> Result<Vec<u8>, InitrdError> {
    let mut archive = CpioWriter::new(options.epoch);
    archive.directory("dev", 0o755)?;
    archive.character_device("dev/console", 0o600, (5, 1))?;
    archive.character_device("dev/null", 0o666, (1, 3))?;
    archive.file("init", 0o755, options.program)?;
    archive.directory("modules", 0o755)?;
    let mut list = String::new();
    for (index, module) in modules.iter().enumerate() {
        let name = format!("{index:03}-{}.ko", module.name);
        archive.file(&format!("modules/{name}"), 0o644, &module.content)?;
        list.push_str(&name);
        list.push('\n');
    }
    archive.file("modules/list", 0o644, list.as_bytes())?;
    for name in ["proc", "run", "sys", "sysroot"] {
        archive.directory(name, 0o755)?;
    }
    zstd::bulk::compress(&archive.finish(), COMPRESSION_LEVEL).map_err(InitrdError::Compress)
}

/// Builds an initrd with the modules `wanted` of a kernel package.
pub fn build_initrd_from_object(
    options: InitrdOptions<'_>,
    kernel: &Object,
    wanted: &[String],
) -> Result<Vec<u8>, InitrdError> {
    let files = || {
        kernel
            .entries()
            .iter()
            .filter(|entry| matches!(entry.kind, Kind::File(_)))
    };
    let builtin = files().find(|entry| entry.path.ends_with("/modules.builtin"));
    let builtin = builtin
        .map(|entry| kernel.read_file(&entry.path))
        .transpose()?
        .unwrap_or_default();
    let builtin = String::from_utf8_lossy(&builtin);
    let mut read = |path: &str| kernel.read_file(path).map_err(|error| error.to_string());
    let modules = select_modules(
        files().map(|entry| entry.path.as_str()),
        &builtin,
        wanted,
        &mut read,
    )?;
    build_initrd(options, &modules)
}
