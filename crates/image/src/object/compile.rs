//! Writes an object from the entries of a package, in one pass over its content.

use super::blocks::{BlockWriter, Compression, append};
use super::contents::Contents;
use super::meta::{ControlInfo, Entry, Kind, Member, Script, Table, Xattr, encode};
use super::path::{merge_usr, moved_target, normalize};
use super::requirements;
use super::scripts::{MAINTAINER_SCRIPTS, verdict};
use super::{CHECKSUMS_FILE, DATA_FILE, LEAVES_FILE, META_FILE, ObjectError, checksums};
use crate::system::depmod;
use crate::tree::PathSet;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Read};
use std::path::{Path, PathBuf};

/// More entries than any package has.
const HEAD_BYTES: usize = 6;
const MOST_ENTRIES: usize = 1 << 20;
/// Kernel modules are indexed in memory.
const MOST_MODULE_BYTES: u64 = 256 << 20;

/// How a package is compiled.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    /// How its data is compressed.
    pub compression: Compression,
    /// Globs of absolute paths that are left out.
    pub exclude: PathSet,
}

/// One entry as the package has it.
#[derive(Debug, Clone)]
pub struct PackageEntry {
    /// Path as in the archive, such as `./bin/ls`.
    pub path: String,
    /// Permission bits with setuid, setgid and sticky.
    pub mode: u32,
    /// Numeric owner.
    pub uid: u32,
    /// Numeric group.
    pub gid: u32,
    /// Size of a regular file.
    pub size: u64,
    /// Extended attributes.
    pub xattrs: Vec<Xattr>,
    /// What it is.
    pub kind: EntryKind,
}

/// What an entry of a package is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A directory.
    Directory,
    /// A regular file.
    File,
    /// A symbolic link with its target.
    Symlink(String),
    /// Another name of the entry with this path.
    HardLink(String),
    /// A character or block device.
    Device,
    /// A named pipe.
    Fifo,
}

/// Control information as the package has it.
#[derive(Debug, Clone, Default)]
pub struct Control {
    /// Fields of the control file in their order.
    pub fields: Vec<(String, String)>,
    /// The other members of the control archive by name.
    pub members: Vec<(String, Vec<u8>)>,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompileSummary {
    /// Number of entries.
    pub entries: usize,
    /// Sum of the sizes of files.
    pub content_bytes: u64,
    /// Data blocks.
    pub blocks: u32,
}

/// An object being written.
#[derive(Debug)]
pub struct Compiler {
    directory: PathBuf,
    options: CompileOptions,
    blocks: BlockWriter<BufWriter<File>>,
    blob: Vec<u8>,
    entries: BTreeMap<String, Entry>,
    modules: depmod::Collector,
    /// Files that may be programs, libraries or scripts.
    candidates: Vec<String>,
}

impl Compiler {
    /// Begins an object in `directory`, which is made if it does not exist.
    pub fn create(directory: &Path, options: CompileOptions) -> Result<Self, ObjectError> {
        let data = directory.join(DATA_FILE);
        let output = fs::create_dir_all(directory).and_then(|()| File::create(&data));
        let output = output.map_err(|source| ObjectError::Write { path: data, source })?;
        Ok(Self {
            directory: directory.into(),
            blocks: BlockWriter::new(BufWriter::with_capacity(1 << 18, output), options.compression),
            options,
            blob: Vec::new(),
            entries: BTreeMap::new(),
            modules: depmod::Collector::default(),
            candidates: Vec::new(),
        })
    }

    /// Adds one entry; `content` is read to its end for a regular file.
    pub fn add(&mut self, entry: &PackageEntry, content: &mut dyn Read) -> Result<(), ObjectError> {
        let original = normalize(&entry.path)?;
        let is_directory = entry.kind == EntryKind::Directory;
        let path = merge_usr(&original, is_directory);
        if path == "/" || self.options.exclude.contains(&path) {
            return Ok(());
        }
        if self.entries.len() >= MOST_ENTRIES {
            return Err(ObjectError::TooLarge {
                what: "more than a million entries",
            });
        }
        if let Some(earlier) = self.entries.get(&path) {
            let both = is_directory && earlier.kind == Kind::Directory;
            return if both {
                Ok(())
            } else {
                Err(ObjectError::Duplicate { path })
            };
        }
        let kind = match &entry.kind {
            EntryKind::Directory => Kind::Directory,
            EntryKind::Symlink(target) => Kind::Symlink(moved_target(&original, &path, target)),
            EntryKind::HardLink(target) => Kind::HardLink(merge_usr(&normalize(target)?, false)),
            EntryKind::File => self.store(&path, entry, content)?,
            EntryKind::Device => return Err(ObjectError::UnsupportedKind { path, kind: "device" }),
            EntryKind::Fifo => {
                return Err(ObjectError::UnsupportedKind {
                    path,
                    kind: "named pipe",
                });
            }
        };
        let mut xattrs = entry.xattrs.clone();
        xattrs.sort_by(|a, b| a.name.cmp(&b.name));
        let mode = u16::try_from(entry.mode & 0o7777).unwrap_or(0);
        let (uid, gid) = (entry.uid, entry.gid);
        self.entries.insert(
            path.clone(),
            Entry {
                path,
                mode,
                uid,
                gid,
                xattrs,
                kind,
                requirements: None,
                derived: false,
            },
        );
        Ok(())
    }

    fn store(
        &mut self,
        path: &str,
        entry: &PackageEntry,
        content: &mut dyn Read,
    ) -> Result<Kind, ObjectError> {
        let size = entry.size;
        let failed = |source| ObjectError::Content {
            path: path.into(),
            source,
        };
        let mut head = Vec::with_capacity(HEAD_BYTES);
        (&mut *content)
            .take(HEAD_BYTES as u64)
            .read_to_end(&mut head)
            .map_err(failed)?;
        let mut content = head.as_slice().chain(content);
        let stored = if self.modules.wants(path) {
            if size > MOST_MODULE_BYTES {
                return Err(ObjectError::TooLarge {
                    what: "a kernel module of more than 256 MiB",
                });
            }
            let mut bytes = Vec::new();
            content.take(size + 1).read_to_end(&mut bytes).map_err(failed)?;
            let stored = self.blocks.store(&mut bytes.as_slice(), &mut self.blob);
            self.modules.add(path, bytes);
            stored
        } else {
            if requirements::is_candidate(&head) {
                self.candidates.push(path.into());
            }
            self.blocks.store(&mut content, &mut self.blob)
        };
        let stored = stored.map_err(failed)?;
        if stored.size != size {
            return Err(ObjectError::WrongSize {
                path: path.into(),
                expected: size,
                actual: stored.size,
            });
        }
        Ok(Kind::File(stored))
    }

    /// Adds what follows from the package alone and writes the tables.
    pub fn finish(mut self, control: &Control) -> Result<CompileSummary, ObjectError> {
        self.derive_kernel_modules()?;
        self.check_hard_links()?;
        let control = self.control_info(control);
        let Self {
            directory,
            blocks,
            blob,
            mut entries,
            candidates,
            ..
        } = self;
        let data = directory.join(DATA_FILE);
        let finished = blocks.finish();
        let (_, sums) = finished.map_err(|source| ObjectError::Write {
            path: data.clone(),
            source,
        })?;
        add_requirements(&mut entries, &candidates, &data, &blob)
            .map_err(|source| ObjectError::Read { path: data, source })?;
        let table = Table {
            control,
            entries: entries.into_values().collect(),
            blocks: u32::try_from(sums.leaves.len()).unwrap_or(u32::MAX),
            leaves_checksum: crc32c::crc32c(sums.leaves.as_flattened()),
        };
        let meta = encode(&table, &blob).map_err(|error| ObjectError::Malformed {
            path: directory.join(META_FILE),
            reason: error.to_string(),
        })?;
        write(&directory.join(META_FILE), &meta)?;
        write(&directory.join(LEAVES_FILE), sums.leaves.as_flattened())?;
        write(
            &directory.join(CHECKSUMS_FILE),
            &checksums::encode(&sums.checksums),
        )?;
        Ok(summary_of(&table))
    }

    fn derive_kernel_modules(&mut self) -> Result<(), ObjectError> {
        for (path, content) in std::mem::take(&mut self.modules).derive()? {
            if self.options.exclude.contains(&path) || self.entries.contains_key(&path) {
                continue;
            }
            let stored = self.blocks.store(&mut content.as_slice(), &mut self.blob);
            let stored = stored.map_err(|source| ObjectError::Content {
                path: path.clone(),
                source,
            })?;
            let kind = Kind::File(stored);
            let entry = Entry {
                path: path.clone(),
                mode: 0o644,
                uid: 0,
                gid: 0,
                xattrs: Vec::new(),
                kind,
                requirements: None,
                derived: true,
            };
            self.entries.insert(path, entry);
        }
        Ok(())
    }

    /// Every hard link leads to a file, in one step.
    fn check_hard_links(&self) -> Result<(), ObjectError> {
        for entry in self.entries.values() {
            let Kind::HardLink(target) = &entry.kind else {
                continue;
            };
            if !matches!(
                self.entries.get(target),
                Some(Entry {
                    kind: Kind::File(_),
                    ..
                })
            ) {
                return Err(ObjectError::DanglingHardLink {
                    path: entry.path.clone(),
                    target: target.clone(),
                });
            }
        }
        Ok(())
    }

    fn control_info(&mut self, control: &Control) -> ControlInfo {
        let mut info = ControlInfo {
            fields: control.fields.clone(),
            ..ControlInfo::default()
        };
        let mut members: Vec<&(String, Vec<u8>)> = control.members.iter().collect();
        members.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, content) in members {
            if name == "control" {
                continue;
            }
            info.members.push(Member {
                name: name.clone(),
                content: append(&mut self.blob, content),
            });
            if MAINTAINER_SCRIPTS.contains(&name.as_str()) {
                let sha256 = hex(&Sha256::digest(content).into());
                info.scripts.push(Script {
                    name: name.clone(),
                    sha256,
                    verdict: verdict(content),
                });
            }
            if name == "conffiles" {
                info.conffiles = conffiles(content);
            }
        }
        info
    }
}

/// Reads what programs, libraries and scripts need out of what was just written.
fn add_requirements(
    entries: &mut BTreeMap<String, Entry>,
    candidates: &[String],
    data: &Path,
    blob: &[u8],
) -> io::Result<()> {
    let data = File::open(data)?;
    let contents = Contents { data: &data, blob };
    for path in candidates {
        if let Some(entry) = entries.get_mut(path)
            && let Kind::File(content) = &entry.kind
        {
            let mut read = |offset, length| contents.read(content, offset, length);
            let found = requirements::of_file(entry.mode.into(), &mut read)?;
            entry.requirements = (!found.is_empty()).then(|| Box::new(found));
        }
    }
    Ok(())
}

fn summary_of(table: &Table) -> CompileSummary {
    let content_bytes = table.entries.iter().map(|entry| match &entry.kind {
        Kind::File(file) => file.size,
        _ => 0,
    });
    CompileSummary {
        entries: table.entries.len(),
        content_bytes: content_bytes.sum(),
        blocks: table.blocks,
    }
}

/// Paths of `conffiles`; lines may begin with a flag such as `remove-on-upgrade`.
fn conffiles(content: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(content);
    let present = text.lines().filter(|line| line.starts_with('/'));
    present.map(|line| merge_usr(line.trim_end(), false)).collect()
}

fn write(path: &Path, content: &[u8]) -> Result<(), ObjectError> {
    fs::write(path, content).map_err(|source: io::Error| ObjectError::Write {
        path: path.into(),
        source,
    })
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
