//! Chooses kernel modules with what they depend on, in the order in which they can be loaded.

use std::collections::{BTreeMap, BTreeSet};

/// One module, ready to load.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KernelModule {
    /// Name with underscores.
    pub name: String,
    /// The ELF object, not compressed, with its signature.
    pub content: Vec<u8>,
}

/// Why modules cannot be chosen.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// Neither a file nor built in.
    #[error("the kernel has no module {name}{}", .needed_by.as_ref().map(|by| format!(", which {by} depends on")).unwrap_or_default())]
    Missing {
        /// Name of the module.
        name: String,
        /// The module that depends on it.
        needed_by: Option<String>,
    },
    /// The file cannot be read.
    #[error("cannot read kernel module {path}: {reason}")]
    Read {
        /// Its path in the kernel's package.
        path: String,
        /// Why.
        reason: String,
    },
    /// It is not what a module is.
    #[error("kernel module {path} is damaged: {reason}")]
    Malformed {
        /// Its path in the kernel's package.
        path: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// Modules that need one another.
    #[error("kernel module {name} depends on itself")]
    Circle {
        /// One of them.
        name: String,
    },
}

/// No module is larger; protects against a bomb.
const MAXIMUM_MODULE: u64 = 64 << 20;

/// Chooses `wanted` and all they depend on; a name with `?` behind it is passed over where the kernel does not have
/// it. `paths` are the kernel package's files, `builtin` the text of its
/// `modules.builtin`; `read` gives a file's content.
pub fn select_modules<'a>(
    paths: impl Iterator<Item = &'a str>,
    builtin: &str,
    wanted: &[String],
    read: &mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
) -> Result<Vec<KernelModule>, ModuleError> {
    let available = paths
        .filter_map(|path| Some((module_name(path)?, path)))
        .collect();
    let builtin = builtin.lines().filter_map(module_name).collect();
    let mut selection = Selection {
        available,
        builtin,
        read,
        open: BTreeSet::new(),
        chosen: Vec::new(),
    };
    for name in wanted {
        let name = name.replace('-', "_");
        match name.strip_suffix('?') {
            None => selection.add(&name, None)?,
            Some(name) if selection.available.contains_key(name) => selection.add(name, None)?,
            Some(_) => {}
        }
    }
    Ok(selection.chosen)
}

/// `kernel/drivers/md/dm-mod.ko.xz` is the module `dm_mod`.
fn module_name(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let stem = [".ko", ".ko.xz", ".ko.zst", ".ko.gz"]
        .iter()
        .find_map(|suffix| file.strip_suffix(suffix))?;
    Some(stem.replace('-', "_"))
}

struct Selection<'a> {
    available: BTreeMap<String, &'a str>,
    builtin: BTreeSet<String>,
    read: &'a mut dyn FnMut(&str) -> Result<Vec<u8>, String>,
    open: BTreeSet<String>,
    chosen: Vec<KernelModule>,
}

impl Selection<'_> {
    fn add(&mut self, name: &str, needed_by: Option<&str>) -> Result<(), ModuleError> {
        if self.builtin.contains(name) || self.chosen.iter().any(|module| module.name == name) {
            return Ok(());
        }
        let Some(path) = self.available.get(name).copied() else {
            return Err(ModuleError::Missing {
                name: name.into(),
                needed_by: needed_by.map(Into::into),
            });
        };
        if !self.open.insert(name.into()) {
            return Err(ModuleError::Circle { name: name.into() });
        }
        let content = self.load(path)?;
        for dependency in dependencies(&content).map_err(|reason| malformed(path, reason))? {
            self.add(&dependency, Some(name))?;
        }
        self.open.remove(name);
        self.chosen.push(KernelModule {
            name: name.into(),
            content,
        });
        Ok(())
    }

    fn load(&mut self, path: &str) -> Result<Vec<u8>, ModuleError> {
        let bytes = (self.read)(path).map_err(|reason| ModuleError::Read {
            path: path.into(),
            reason,
        })?;
        let content = decompress(path, &bytes).map_err(|error| ModuleError::Read {
            path: path.into(),
            reason: error.to_string(),
        })?;
        if content.len() as u64 > MAXIMUM_MODULE {
            return Err(malformed(path, "it is larger than any module"));
        }
        Ok(content)
    }
}

fn malformed(path: &str, reason: &'static str) -> ModuleError {
    ModuleError::Malformed {
        path: path.into(),
        reason,
    }
}

fn decompress(path: &str, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    use std::io::Read;
    let mut content = Vec::new();
    let limit = MAXIMUM_MODULE + 1;
    if path.ends_with(".xz") {
        liblzma::read::XzDecoder::new(bytes)
            .take(limit)
            .read_to_end(&mut content)?;
    } else if path.ends_with(".zst") {
        zstd::stream::read::Decoder::new(bytes)?
            .take(limit)
            .read_to_end(&mut content)?;
    } else if path.ends_with(".gz") {
        flate2::read::GzDecoder::new(bytes)
            .take(limit)
            .read_to_end(&mut content)?;
    } else {
        content.extend_from_slice(bytes);
    }
    Ok(content)
}

/// The names in `depends=` of the section `.modinfo` (ELF, 64 bit, little-endian).
fn dependencies(module: &[u8]) -> Result<Vec<String>, &'static str> {
    if !module.starts_with(b"\x7fELF\x02\x01") {
        return Err("it is not a 64-bit little-endian ELF file");
    }
    let information = section(module, b".modinfo").ok_or("it has no .modinfo section")?;
    let depends = information
        .split(|byte| *byte == 0)
        .find_map(|field| field.strip_prefix(b"depends="));
    let depends = std::str::from_utf8(depends.unwrap_or_default()).map_err(|_| "depends= is not text")?;
    Ok(depends
        .split(',')
        .filter(|name| !name.is_empty())
        .map(|name| name.replace('-', "_"))
        .collect())
}

fn section<'a>(elf: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    const HEADER: usize = 64;
    let table = usize::try_from(u64_at(elf, 40)?).ok()?;
    let (count, names) = (usize::from(u16_at(elf, 60)?), usize::from(u16_at(elf, 62)?));
    if usize::from(u16_at(elf, 58)?) != HEADER || names >= count {
        return None;
    }
    let header = |index: usize| elf.get(table.checked_add(index * HEADER)?..)?.get(..HEADER);
    let content = |header: &[u8]| {
        let start = usize::try_from(u64_at(header, 24)?).ok()?;
        elf.get(start..start.checked_add(usize::try_from(u64_at(header, 32)?).ok()?)?)
    };
    let names = content(header(names)?)?;
    (0..count).find_map(|index| {
        let header = header(index)?;
        let name = names
            .get(u32_at(header, 0)? as usize..)?
            .split(|byte| *byte == 0)
            .next()?;
        (name == wanted).then(|| content(header))?
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}
