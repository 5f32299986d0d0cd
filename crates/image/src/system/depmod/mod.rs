//! Indexes of kernel modules: `modules.dep` and the files beside it, as depmod makes them.
//!
//! They follow from a kernel package alone, so they are computed when it is compiled and are part of its object.

mod elf;
mod outputs;
mod trie;

use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{self, Read};

const ROOT: &str = "/usr/lib/modules/";
/// More than any kernel module unpacks to.
const LARGEST_MODULE: u64 = 256 << 20;

/// Kernel modules of one package, collected while it is compiled.
#[derive(Debug, Default)]
pub struct Collector {
    files: BTreeMap<String, Vec<u8>>,
}

/// A kernel module cannot be indexed.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct DepmodError {
    /// Path of the module.
    pub path: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Collector {
    /// Whether the indexes depend on this file.
    pub fn wants(&self, path: &str) -> bool {
        let Some((_, file)) = path.strip_prefix(ROOT).and_then(|below| below.split_once('/')) else {
            return false;
        };
        matches!(
            file,
            "modules.order" | "modules.builtin" | "modules.builtin.modinfo"
        ) || is_module(file)
    }

    /// Adds a file's content.
    pub fn add(&mut self, path: &str, content: Vec<u8>) {
        self.files.insert(path.into(), content);
    }

    /// The index files by path, for each kernel whose `modules.order` the package brings.
    pub fn derive(self) -> Result<Vec<(String, Vec<u8>)>, DepmodError> {
        let mut kernels: BTreeMap<&str, Vec<(&str, &[u8])>> = BTreeMap::new();
        for (path, content) in &self.files {
            let below = path.strip_prefix(ROOT).and_then(|below| below.split_once('/'));
            if let Some((kernel, file)) = below {
                kernels.entry(kernel).or_default().push((file, content));
            }
        }
        let mut indexes = Vec::new();
        for (kernel, files) in kernels {
            let text = |name: &str| {
                let found = files.iter().find(|(file, _)| *file == name);
                found.map(|(_, content)| String::from_utf8_lossy(content).into_owned())
            };
            let Some(order) = text("modules.order") else {
                continue;
            };
            let builtin = Builtin {
                list: text("modules.builtin").unwrap_or_default(),
                information: text("modules.builtin.modinfo").unwrap_or_default(),
            };
            let modules = read_modules(kernel, &files, &order)?;
            let written = outputs::write(&modules, &builtin).into_iter();
            indexes.extend(written.map(|(name, content)| (format!("{ROOT}{kernel}/{name}"), content)));
        }
        Ok(indexes)
    }
}

/// What the kernel holds without loading a module.
struct Builtin {
    list: String,
    information: String,
}

/// One module, in the order in which the kernel's build lists them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Module {
    /// Path below the kernel's directory.
    path: String,
    name: String,
    /// `key=value` pairs of the module's information.
    information: Vec<(String, String)>,
    exports: Vec<String>,
    needs: Vec<String>,
    /// All modules it needs, directly or not, by position; users before what they use.
    dependencies: Vec<usize>,
}

fn is_module(file: &str) -> bool {
    [".ko", ".ko.xz", ".ko.gz", ".ko.zst"]
        .iter()
        .any(|suffix| file.ends_with(suffix))
}

/// The name of a module by its path: without directory and suffix, dashes as underscores.
fn module_name(path: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    file.split('.').next().unwrap_or(file).replace('-', "_")
}

fn read_modules(kernel: &str, files: &[(&str, &[u8])], order: &str) -> Result<Vec<Module>, DepmodError> {
    let places: HashMap<&str, usize> = order
        .lines()
        .enumerate()
        .map(|(place, line)| (line, place))
        .collect();
    let mut listed: Vec<(usize, &str, &[u8])> = Vec::new();
    for (file, content) in files.iter().filter(|(file, _)| is_module(file)) {
        let plain = file.rfind(".ko").map_or(*file, |end| &file[..end + 3]);
        listed.push((places.get(plain).copied().unwrap_or(usize::MAX), file, content));
    }
    listed.sort();
    let read = |(_, file, content): &(usize, &str, &[u8])| {
        let fail = |reason: String| DepmodError {
            path: format!("{ROOT}{kernel}/{file}"),
            reason,
        };
        let image = unpack(file, content).map_err(|error| fail(error.to_string()))?;
        let parsed = elf::parse(&image).map_err(|reason| fail(reason.into()))?;
        Ok(Module {
            path: (*file).into(),
            name: module_name(file),
            information: parsed.information,
            exports: parsed.exports,
            needs: parsed.needs,
            dependencies: Vec::new(),
        })
    };
    let mut modules: Vec<Module> = listed.par_iter().map(read).collect::<Result<_, _>>()?;
    connect(&mut modules);
    Ok(modules)
}

fn unpack(file: &str, content: &[u8]) -> io::Result<Vec<u8>> {
    let mut reader: Box<dyn Read + '_> = if file.ends_with(".xz") {
        Box::new(liblzma::read::XzDecoder::new(content))
    } else if file.ends_with(".gz") {
        Box::new(flate2::read::GzDecoder::new(content))
    } else if file.ends_with(".zst") {
        Box::new(zstd::stream::read::Decoder::new(content)?)
    } else {
        Box::new(content)
    };
    let mut image = Vec::new();
    (&mut reader).take(LARGEST_MODULE).read_to_end(&mut image)?;
    Ok(image)
}

/// Finds out which modules need which.
fn connect(modules: &mut [Module]) {
    let mut owners: HashMap<&str, usize> = HashMap::new();
    for (number, module) in modules.iter().enumerate() {
        owners.extend(module.exports.iter().map(|symbol| (symbol.as_str(), number)));
    }
    let direct: Vec<BTreeSet<usize>> = modules
        .iter()
        .enumerate()
        .map(|(number, module)| {
            let owners = module
                .needs
                .iter()
                .filter_map(|symbol| owners.get(symbol.as_str()).copied());
            owners.filter(|owner| *owner != number).collect()
        })
        .collect();
    let ranks = users_first(&direct);
    let all = (0..modules.len()).map(|number| reachable(&direct, number));
    let all: Vec<BTreeSet<usize>> = all.collect();
    for (module, reached) in modules.iter_mut().zip(all) {
        module.dependencies = reached.into_iter().collect();
        module.dependencies.sort_by_key(|number| ranks[*number]);
    }
}

/// A rank for each module such that users rank before what they use.
fn users_first(direct: &[BTreeSet<usize>]) -> Vec<usize> {
    let mut users = vec![0usize; direct.len()];
    direct.iter().flatten().for_each(|used| users[*used] += 1);
    let mut ready: Vec<usize> = (0..direct.len()).filter(|number| users[*number] == 0).collect();
    // Modules in a circle keep the last rank; they could not be loaded anyway.
    let mut ranks = vec![usize::MAX; direct.len()];
    let mut next = 0;
    while let Some(number) = ready.pop() {
        ranks[number] = next;
        next += 1;
        for used in &direct[number] {
            users[*used] -= 1;
            if users[*used] == 0 {
                ready.push(*used);
            }
        }
    }
    ranks
}

fn reachable(direct: &[BTreeSet<usize>], start: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut open = vec![start];
    while let Some(number) = open.pop() {
        open.extend(direct[number].iter().filter(|used| reached.insert(**used)));
    }
    reached.remove(&start);
    reached
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(name: &str, exports: &[&str], needs: &[&str]) -> Module {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Module {
            path: format!("kernel/{name}.ko"),
            name: name.into(),
            exports: own(exports),
            needs: own(needs),
            ..Module::default()
        }
    }

    #[test]
    fn what_is_needed_last_is_loaded_first() {
        let mut modules = vec![
            module("base", &["b"], &["kernel_symbol"]),
            module("middle", &["m"], &["b"]),
            module("top", &[], &["m", "b"]),
            module("alone", &[], &[]),
        ];
        connect(&mut modules);
        let dependencies: Vec<&[usize]> = modules
            .iter()
            .map(|module| module.dependencies.as_slice())
            .collect();
        assert_eq!(dependencies, [&[][..], &[0], &[1, 0], &[]]);
    }

    #[test]
    fn circles_end() {
        let mut modules = vec![module("a", &["a"], &["b"]), module("b", &["b"], &["a"])];
        connect(&mut modules);
        assert_eq!(modules[0].dependencies, [1]);
    }

    #[test]
    fn only_a_kernels_own_files_are_wanted() {
        let collector = Collector::default();
        for path in [
            "/usr/lib/modules/6.1/kernel/x.ko.xz",
            "/usr/lib/modules/6.1/modules.order",
        ] {
            assert!(collector.wants(path), "{path}");
        }
        for path in [
            "/usr/lib/modules/6.1/kernel",
            "/usr/lib/x.ko",
            "/usr/lib/modules/6.1/modules.dep",
        ] {
            assert!(!collector.wants(path), "{path}");
        }
    }
}
