//! Writes a whole disk image: kernel image, EFI system partition, root and hash tree under one partition table.

use super::error::DiskError;
use super::gpt::{self, Partition};
use super::guid::Guid;
use super::layout::{DiskMap, Piece};
use super::output::Output;
use super::spec::{DISK_SPEC_VERSION, DiskSpec, Format};
use super::{esp, gce};
use crate::boot::{UkiParts, build_uki};
use crate::link::{Layout, StoreView, VERITY_FILE, extents};
use crate::object::{Kind, Object};
use nix_formats::Hash;
use sandbox::folder::{Kind as FileKind, open_file};
use sandbox::inputs::Place;
use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The last word of the kernel command line; our init boots nothing that comes with more.
const COMMAND_LINE_END: &str = "hardpan.end";

const MIB: u64 = 1 << 20;
/// No cloud has larger disks, and a VHD cannot say more.
const MAXIMUM_DISK: u64 = 2040 << 30;

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenImage {
    /// The image file.
    pub file: PathBuf,
    /// Root hash, hexadecimal.
    pub root_hash: String,
    /// Size of the disk that the image holds, in bytes.
    pub disk_bytes: u64,
    /// Size of the kernel image in bytes.
    pub uki_bytes: u64,
    /// Size of the EFI system partition in bytes.
    pub esp_bytes: u64,
    /// Digest and size of the directory's archive, where they were found on the way.
    pub nar: Option<(Hash, u64)>,
}

/// Writes the image that `spec` describes into `directory`, which becomes the store path `output_path`.
pub fn write_image(
    spec: &DiskSpec,
    store: &StoreView,
    directory: &Path,
    output_path: &str,
) -> Result<WrittenImage, DiskError> {
    check(spec)?;
    let root = LinkedRoot::open(spec, store)?;
    let kernel = Kernel::open(spec, store)?;
    let uki = kernel.unified_image(spec, store, &root.layout.root_hash)?;
    let uki_bytes = uki.len() as u64;
    let loader = boot_file(spec, store, "systemd-boot")?;
    let (esp_bytes, esp) = esp::build(spec, &root.layout.root_hash, loader, uki)?;
    let disk = arrange(spec, root.parts(esp_bytes, esp)?, &root.layout.root_hash)?;
    let output = Output::new(spec, &disk, &root.layout.root_hash, output_path)?;
    let nar = output.write(directory)?;
    Ok(WrittenImage {
        file: directory.join(&spec.file_name),
        root_hash: root.layout.root_hash,
        disk_bytes: disk.size,
        uki_bytes,
        esp_bytes,
        nar,
    })
}

fn check(spec: &DiskSpec) -> Result<(), DiskError> {
    if spec.version != DISK_SPEC_VERSION {
        return Err(DiskError::Version {
            found: spec.version,
            known: DISK_SPEC_VERSION,
        });
    }
    if spec.file_name.is_empty() || spec.file_name.contains('/') || spec.file_name.starts_with('.') {
        return Err(DiskError::Spec(format!("{:?} is no file name", spec.file_name)));
    }
    let broken = spec.command_line.iter().find(|word| word.contains(['\n', '\0']));
    if let Some(word) = broken {
        return Err(DiskError::Spec(format!(
            "kernel parameter {word:?} has a line break"
        )));
    }
    Ok(())
}

struct LinkedRoot {
    layout: Layout,
    pieces: Vec<Piece>,
    tree: Piece,
    hash: [u8; 32],
    is_arm: bool,
}

impl LinkedRoot {
    fn open(spec: &DiskSpec, store: &StoreView) -> Result<Self, DiskError> {
        let directory = place(store, &spec.root)?.physical();
        let layout = Layout::open(&directory)?;
        let hash = parse_hash(&layout.root_hash)
            .ok_or_else(|| DiskError::Spec(format!("{}: its root hash is no SHA-256", spec.root)))?;
        let mut files: BTreeMap<PathBuf, Arc<File>> = BTreeMap::new();
        let mut pieces = Vec::new();
        for extent in extents(&directory, &layout, store)? {
            let file = match files.get(&extent.path) {
                Some(file) => Arc::clone(file),
                None => open(&extent.path)?,
            };
            files.insert(extent.path, Arc::clone(&file));
            let piece = Piece::file(extent.target_offset, extent.length, file, extent.source_offset);
            pieces.push(piece.checked(extent.checksums));
        }
        let tree = open(&directory.join(VERITY_FILE))?;
        let tree = Piece::file(0, layout.verity_bytes(), tree, 0);
        let is_arm = spec.system == "aarch64-linux";
        Ok(Self {
            layout,
            pieces,
            tree,
            hash,
            is_arm,
        })
    }

    /// The partitions in the disk's order, without places.
    fn parts(&self, esp_bytes: u64, esp: Vec<Piece>) -> Result<Vec<Part>, DiskError> {
        let half = |from: usize| Guid(std::array::from_fn(|index| self.hash[from + index]));
        let (root, verity) = match self.is_arm {
            true => (gpt::TYPE_ROOT_ARM64, gpt::TYPE_ROOT_VERITY_ARM64),
            false => (gpt::TYPE_ROOT_X86_64, gpt::TYPE_ROOT_VERITY_X86_64),
        };
        let part = |kind, unique, name, attributes, size: u64, pieces| Part {
            kind,
            unique,
            name,
            attributes,
            size: size.next_multiple_of(gpt::ALIGNMENT),
            pieces,
        };
        let esp_id = Guid::derived("hardpan ESP partition", self.layout.root_hash.as_bytes());
        let (root_bytes, verity_bytes) = (self.layout.root_bytes(), self.layout.verity_bytes());
        let tree = vec![self.tree.clone()];
        Ok(vec![
            part(gpt::TYPE_ESP, esp_id, "esp", 0, esp_bytes, esp),
            part(
                root,
                half(0),
                "root",
                gpt::READ_ONLY,
                root_bytes,
                self.pieces.clone(),
            ),
            part(
                verity,
                half(16),
                "root-verity",
                gpt::READ_ONLY,
                verity_bytes,
                tree,
            ),
        ])
    }
}

struct Part {
    kind: Guid,
    unique: Guid,
    name: &'static str,
    attributes: u64,
    size: u64,
    pieces: Vec<Piece>,
}

fn arrange(spec: &DiskSpec, parts: Vec<Part>, root_hash: &str) -> Result<DiskMap, DiskError> {
    let (offsets, disk_size) = offsets_and_size(spec, &parts)?;
    let partition = |(part, offset): (&Part, &u64)| Partition {
        kind: part.kind,
        unique: part.unique,
        name: part.name.into(),
        attributes: part.attributes,
        offset: *offset,
        length: part.size,
    };
    let partitions: Vec<Partition> = parts.iter().zip(&offsets).map(partition).collect();
    let disk = Guid::derived("hardpan disk", root_hash.as_bytes());
    let mut pieces = gpt::build(disk, disk_size, &partitions)?.to_vec();
    for (part, offset) in parts.into_iter().zip(offsets) {
        pieces.extend(part.pieces.into_iter().map(|piece| piece.moved(offset)));
    }
    Ok(DiskMap::new(disk_size, pieces)?)
}

/// Offsets of the partitions, and the size of a disk on which the state partition has room behind them.
fn offsets_and_size(spec: &DiskSpec, parts: &[Part]) -> Result<(Vec<u64>, u64), DiskError> {
    let mut sizes: Vec<u64> = parts.iter().map(|part| part.size).collect();
    sizes.push(spec.state_minimum_bytes);
    let (mut offsets, least) = gpt::arrange(&sizes);
    offsets.truncate(parts.len());
    let unit = match spec.format {
        Format::Gce => gce::DISK_UNIT,
        Format::Raw | Format::Qcow2 | Format::Vpc => gpt::ALIGNMENT,
    };
    let wanted = match spec.disk_size_mib {
        None => least,
        Some(mib) => mib
            .checked_mul(MIB)
            .filter(|bytes| *bytes <= MAXIMUM_DISK)
            .ok_or(DiskError::TooLarge { mib })?,
    };
    if wanted < least {
        return Err(DiskError::TooSmall {
            wanted_mib: wanted / MIB,
            least_mib: least.div_ceil(MIB),
            parts: parts
                .iter()
                .map(|part| (part.name, part.size.div_ceil(MIB)))
                .chain([("state", spec.state_minimum_bytes.div_ceil(MIB))])
                .collect(),
        });
    }
    Ok((offsets, wanted.next_multiple_of(unit)))
}

struct Kernel {
    release: String,
    image: Vec<u8>,
}

impl Kernel {
    fn open(spec: &DiskSpec, store: &StoreView) -> Result<Self, DiskError> {
        let object = object(store, &spec.kernel)?;
        let files = object
            .entries()
            .iter()
            .filter(|entry| matches!(entry.kind, Kind::File(_)));
        let found = files.filter_map(|entry| Some((release_of(&entry.path)?, entry.path.clone())));
        let (release, path) = found.max().ok_or_else(|| DiskError::Absent {
            package: spec.kernel.clone(),
            wanted: "kernel (/boot/vmlinuz-…)".into(),
        })?;
        let image = read(&object, &spec.kernel, &path)?;
        Ok(Self { release, image })
    }

    fn unified_image(
        &self,
        spec: &DiskSpec,
        store: &StoreView,
        root_hash: &str,
    ) -> Result<Vec<u8>, DiskError> {
        let stub = boot_file(spec, store, "linux")?;
        let place = place(store, &spec.initrd)?;
        let initrd = match place.facts().kind {
            FileKind::Folder => place.folder().and_then(|folder| folder.read(Path::new("initrd"))),
            _ => place.read(),
        };
        let initrd = initrd.map_err(|source| DiskError::Read {
            path: place.physical(),
            source,
        })?;
        let hash = format!("hardpan.roothash={root_hash}");
        let words: Vec<&str> = std::iter::once(hash.as_str())
            .chain(spec.command_line.iter().map(String::as_str))
            .chain([COMMAND_LINE_END])
            .collect();
        Ok(build_uki(&UkiParts {
            stub: &stub,
            os_release: &os_release(&spec.os_release),
            command_line: &words.join(" "),
            kernel_release: &self.release,
            kernel: &self.image,
            initrd: &initrd,
        })?)
    }
}

fn release_of(path: &str) -> Option<String> {
    let in_modules = |path: &str| {
        Some(
            path.strip_prefix("/usr/lib/modules/")?
                .strip_suffix("/vmlinuz")?
                .to_owned(),
        )
    };
    path.strip_prefix("/boot/vmlinuz-")
        .map(str::to_owned)
        .or_else(|| in_modules(path))
}

/// os-release(5): values quoted as a shell reads them.
fn os_release(fields: &BTreeMap<String, String>) -> String {
    let quoted = |value: &str| {
        let plain = |character: char| character.is_ascii_alphanumeric() || "._-:/~".contains(character);
        match value.chars().all(plain) {
            true => value.to_owned(),
            false => {
                let escaped = value.chars().flat_map(|character| {
                    let escape = "\"\\$`".contains(character).then_some('\\');
                    escape.into_iter().chain([character])
                });
                format!("\"{}\"", escaped.collect::<String>())
            }
        }
    };
    fields
        .iter()
        .map(|(name, value)| format!("{name}={}\n", quoted(value)))
        .collect()
}

/// A file of systemd-boot for the image's architecture.
fn boot_file(spec: &DiskSpec, store: &StoreView, program: &str) -> Result<Vec<u8>, DiskError> {
    let architecture = if spec.system == "aarch64-linux" {
        "aa64"
    } else {
        "x64"
    };
    let name = match program {
        "linux" => format!("linux{architecture}.efi.stub"),
        _ => format!("{program}{architecture}.efi"),
    };
    let object = object(store, &spec.boot_files)?;
    read(
        &object,
        &spec.boot_files,
        &format!("/usr/lib/systemd/boot/efi/{name}"),
    )
}

fn object(store: &StoreView, logical: &str) -> Result<Object, DiskError> {
    let directory = store.object(logical)?;
    Object::open(&directory).map_err(|source| DiskError::Object {
        what: logical.into(),
        source,
    })
}

fn read(object: &Object, package: &str, path: &str) -> Result<Vec<u8>, DiskError> {
    if object.entry(path).is_none() {
        return Err(DiskError::Absent {
            package: package.into(),
            wanted: path.into(),
        });
    }
    object.read_file(path).map_err(|source| DiskError::Object {
        what: format!("{path} of {package}"),
        source,
    })
}

fn place(store: &StoreView, logical: &str) -> Result<Place, DiskError> {
    store.place(logical).map_err(|source| DiskError::Read {
        path: logical.into(),
        source,
    })
}

fn open(path: &Path) -> Result<Arc<File>, DiskError> {
    open_file(path).map(Arc::new).map_err(|source| DiskError::Read {
        path: path.into(),
        source,
    })
}

fn parse_hash(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(hash)
}
