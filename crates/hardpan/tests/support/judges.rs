//! What the judges look at: the example's images built once, a disk cut into its partitions, and what a judge took
//! out of a root beside the .debs it was made of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, Metadata};
use std::io::Read;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use debian::deb::{Deb, DebError, Entry, Kind};

use crate::support::{example, hardpan, only_file, program, shared_data_folder, succeed, text};

const SECTOR: u64 = 512;
/// Types of partitions as their bytes lie on disk; the two of the root are those of x86-64.
const PARTITIONS: [(&str, [u8; 16]); 3] = [
    (
        "esp",
        *b"\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b",
    ),
    (
        "root",
        *b"\xe3\xbc\x68\x4f\xcd\xe8\xb1\x4d\x96\xe7\xfb\xca\xf9\x84\xb7\x09",
    ),
    (
        "verity",
        *b"\xed\x57\x73\x2c\xd2\xeb\xd9\x46\xae\xc1\x23\xd4\x37\xec\x2b\xf5",
    ),
];

/// What images leave out of packages, or write themselves. The last ones need packages that the image lacks.
const NOT_KEPT: &[&str] = &[
    "/boot",
    "/etc",
    "/home",
    "/proc",
    "/root",
    "/sys",
    "/var",
    "/usr/games",
    "/usr/include",
    "/usr/lib/os-release",
    "/usr/lib/python3/dist-packages/awscli/examples",
    "/usr/lib/systemd/system-preset",
    "/usr/share/applications",
    "/usr/share/apport",
    "/usr/share/base-files",
    "/usr/share/bash-completion",
    "/usr/share/bug",
    "/usr/share/debianutils",
    "/usr/share/doc-base",
    "/usr/share/dpkg",
    "/usr/share/fish",
    "/usr/share/gdb",
    "/usr/share/info",
    "/usr/share/initramfs-tools",
    "/usr/share/lintian",
    "/usr/share/locale",
    "/usr/share/man",
    "/usr/share/menu",
    "/usr/share/pam-configs",
    "/usr/share/pixmaps",
    "/usr/share/runit",
    "/usr/share/zsh",
    "/usr/bin/c_rehash",
    "/usr/lib/ssl/misc/CA.pl",
    "/usr/lib/ssl/misc/tsget.pl",
    "/usr/sbin/debugfs",
];

/// The example's own modules, with the judges and the image's packages beside its images.
const FLAKE: &str = r#"{
  inputs.hardpan.url = "hardpan";
  outputs =
    { self, hardpan }:
    let
      pkgs = hardpan.legacyPackages.x86_64-linux;
      debs = map (name: { name = "deb-${name}"; value = pkgs.hardpan.deb name; }) packages;
      packages = self.nixosConfigurations.sre-prod-base.config.image.closure.names;
      judges = [ "erofs-utils" "cryptsetup-bin" "gdisk" "dosfstools" "qemu-utils" "systemd-ukify" "mtools" ];
    in
    {
      nixosConfigurations.sre-prod-base = hardpan.lib.nixosSystem {
        system = "x86_64-linux";
        modules = [ ./configuration.nix ];
      };
      packages.x86_64-linux =
        hardpan.lib.imagesOf self.nixosConfigurations.sre-prod-base
        // builtins.listToAttrs debs
        // { judges = pkgs.hardpan.sysroot judges; };
      names = packages;
    };
}
"#;

/// Where each thing that was built lies, by its attribute.
pub struct Built {
    /// The packages of the image.
    pub packages: Vec<String>,
    places: BTreeMap<String, PathBuf>,
}

impl Built {
    /// The folder or file of an attribute.
    pub fn place(&self, attribute: &str) -> &Path {
        let place = self.places.get(attribute);
        place.unwrap_or_else(|| panic!("{attribute} was built"))
    }

    /// The image of an attribute.
    pub fn image(&self, attribute: &str) -> PathBuf {
        only_file(self.place(attribute))
    }

    /// The hash that an image says its root has.
    pub fn root_hash(&self, attribute: &str) -> String {
        let file = self.place(attribute).join("nix-support/image-info.json");
        let bytes = std::fs::read(file).expect("the image has its information");
        let information: serde_json::Value = serde_json::from_slice(&bytes).expect("that is JSON");
        let hash = information["root_hash"].as_str().expect("it has a root hash");
        assert_eq!(hash.len(), 64, "{hash}");
        hash.to_owned()
    }

    /// A judge, run from its own tree: nothing is installed. Nothing is written to that tree either.
    pub fn judge(&self, path: &str) -> Command {
        let tree = self.place("judges");
        assert!(tree.join(path).is_file(), "the judge {path} is there");
        let mut command = program(tree, path);
        command.env("LC_ALL", "C.UTF-8");
        command
            .env("PYTHONHOME", tree.join("usr"))
            .env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PYTHONPATH", tree.join("usr/lib/python3/dist-packages"));
        command
    }
}

/// Builds the images, the judges and the .debs of the image's packages, once for all tests of this program.
pub fn built() -> &'static Built {
    static BUILT: OnceLock<Built> = OnceLock::new();
    BUILT.get_or_init(build)
}

fn build() -> Built {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("flake.nix"), FLAKE).expect("the flake can be written");
    let configuration = "configuration.nix";
    std::fs::copy(example().join(configuration), folder.path().join(configuration))
        .expect("the example can be copied");

    let images = [
        "rawImage",
        "qcow2Image",
        "amazonImage",
        "googleComputeImage",
        "judges",
    ];
    let mut names = hardpan(&shared_data_folder());
    names
        .current_dir(folder.path())
        .args(["eval", "--json", ".#names"]);
    let packages: Vec<String> = serde_json::from_slice(&succeed(&mut names).stdout).expect("a list of names");
    let mut attributes: Vec<String> = images.map(str::to_owned).into();
    attributes.extend(packages.iter().map(|name| format!("deb-{name}")));
    let mut command = hardpan(&shared_data_folder());
    command
        .current_dir(folder.path())
        .args(["build", "--no-link", "--json"]);
    command.args(attributes.iter().map(|name| format!(".#\"{name}\"")));
    let output = succeed(&mut command);
    let results: Vec<serde_json::Value> =
        serde_json::from_slice(&output.stdout).expect("a build prints JSON");
    assert_eq!(results.len(), attributes.len(), "{}", text(&output));
    let places = results
        .iter()
        .map(|result| result["places"]["out"].as_str().expect("a place").into());
    Built {
        packages,
        places: attributes.into_iter().zip(places).collect(),
    }
}

/// The partitions of a disk, each in a file of its own.
pub struct Partitions {
    folder: tempfile::TempDir,
}

impl Partitions {
    /// Cuts the named ones out of `disk` by its partition table.
    pub fn of(disk: &Path, names: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let disk = File::open(disk).expect("the disk can be opened");
        for (name, kind) in PARTITIONS.iter().filter(|(name, _)| names.contains(name)) {
            let (start, length) = extent(&disk, *kind, name);
            let mut bytes = vec![0; usize::try_from(length).expect("a partition fits into memory")];
            disk.read_exact_at(&mut bytes, start)
                .expect("the partition lies on the disk");
            std::fs::write(folder.path().join(name), bytes).expect("the partition can be written");
        }
        Self { folder }
    }

    /// The folder they lie in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Changes one byte of one of them, or changes it back.
    pub fn flip(&self, name: &str, offset: u64) {
        let mut options = File::options();
        let file = options
            .read(true)
            .write(true)
            .open(self.folder().join(name))
            .expect("the partition opens");
        let mut byte = [0];
        file.read_exact_at(&mut byte, offset)
            .expect("the offset lies in the partition");
        file.write_all_at(&[byte[0] ^ 1], offset)
            .expect("the partition can be written");
    }
}

/// Start and length in bytes of the only partition of that type.
fn extent(disk: &File, kind: [u8; 16], name: &str) -> (u64, u64) {
    let mut header = [0; 92];
    disk.read_exact_at(&mut header, SECTOR)
        .expect("the disk has a second sector");
    assert_eq!(&header[..8], b"EFI PART", "the disk has a partition table");
    let table = number(&header[72..80]) * SECTOR;
    let (count, size) = (number(&header[80..84]), number(&header[84..88]));
    let mut found = Vec::new();
    for index in 0..count {
        let mut entry = [0; 48];
        disk.read_exact_at(&mut entry, table + index * size)
            .expect("the table lies on the disk");
        if entry[..16] == kind {
            let (first, last) = (number(&entry[32..40]), number(&entry[40..48]));
            found.push((first * SECTOR, (last + 1 - first) * SECTOR));
        }
    }
    assert_eq!(found.len(), 1, "the disk has one {name} partition");
    found[0]
}

/// A number as it lies on disk, smallest byte first.
fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Fails unless the judge was content and said so.
pub fn says(command: &mut Command, expected: &str) -> Output {
    let output = succeed(command);
    assert!(
        text(&output).contains(expected),
        "{command:?} did not say '{expected}'\n{}",
        text(&output)
    );
    output
}

/// The answer for one package.
#[derive(Debug, Default)]
pub struct Compared {
    /// Paths that are in the tree as the package has them.
    pub same: BTreeSet<String>,
    /// What is otherwise.
    pub differences: Vec<String>,
}

/// Compares all that images keep of a package: kinds, modes, contents and targets.
pub fn compare(deb: &Path, tree: &Path, set_id: &[(&str, u32)]) -> Compared {
    let bytes = std::fs::read(deb).expect("the package can be read");
    let package = Deb::open(&bytes).expect("the package is sound");
    let mut compared = Compared::default();
    let visit = |entry: &Entry, content: &mut dyn Read| -> Result<(), DebError> {
        let is_merged_link = matches!(entry.kind, Kind::Symlink(_)) && entry.path.matches('/').count() == 1;
        let path = if is_merged_link {
            entry.path.clone()
        } else {
            merged(&entry.path)
        };
        if is_kept(&path) {
            match difference(&path, entry, content, tree, set_id) {
                None => drop(compared.same.insert(path)),
                Some(what) => compared.differences.push(format!("{path}: {what}")),
            }
        }
        Ok(())
    };
    package
        .data_entries(visit)
        .expect("the package can be read to its end");
    compared
}

/// Where a path of a package lies once `/bin`, `/lib` and the like are links into `/usr`.
fn merged(path: &str) -> String {
    let top = path.split('/').nth(1).unwrap_or_default();
    let moved = matches!(top, "bin" | "sbin" | "lib" | "lib64");
    format!("{}{path}", if moved { "/usr" } else { "" })
}

fn is_kept(path: &str) -> bool {
    let mut folders = NOT_KEPT.iter().filter_map(|folder| path.strip_prefix(folder));
    let left_out = folders.any(|rest| rest.is_empty() || rest.starts_with('/'));
    let documentation = path
        .strip_prefix("/usr/share/doc/")
        .is_some_and(|rest| rest.split_once('/').is_none_or(|(_, name)| name != "copyright"));
    path != "/" && !documentation && !left_out
}

/// How the tree differs from one entry of a package.
fn difference(
    path: &str,
    entry: &Entry,
    content: &mut dyn Read,
    tree: &Path,
    set_id: &[(&str, u32)],
) -> Option<String> {
    let place = below(tree, path);
    let Ok(metadata) = place.symlink_metadata() else {
        return Some("is absent".to_owned());
    };
    match &entry.kind {
        Kind::Symlink(target) => match std::fs::read_link(&place) {
            Ok(found) if found == Path::new(target) => None,
            other => Some(format!("links to {other:?} and not to {target}")),
        },
        Kind::Directory if !metadata.is_dir() => Some("is no folder".to_owned()),
        Kind::Directory => mode_difference(path, entry, &metadata, set_id),
        Kind::Regular { .. } | Kind::Hardlink(_) if !metadata.is_file() => Some("is no file".to_owned()),
        Kind::Regular { .. } => {
            let mut expected = Vec::new();
            content
                .read_to_end(&mut expected)
                .expect("the package can be read");
            let differs = std::fs::read(&place).ok() != Some(expected);
            let otherwise = || mode_difference(path, entry, &metadata, set_id);
            differs
                .then(|| "has another content".to_owned())
                .or_else(otherwise)
        }
        Kind::Hardlink(target) => {
            let same = std::fs::read(&place).ok() == std::fs::read(below(tree, &merged(target))).ok();
            (!same).then(|| format!("has another content than {target}"))
        }
    }
}

/// Images drop the right to run as somebody else but where `set_id` keeps it.
fn mode_difference(path: &str, entry: &Entry, metadata: &Metadata, set_id: &[(&str, u32)]) -> Option<String> {
    let kept = set_id.iter().any(|(kept, _)| *kept == path);
    let expected = entry.mode & if kept { 0o7777 } else { 0o1777 };
    let mode = metadata.permissions().mode() & 0o7777;
    (mode != expected).then(|| format!("has mode {mode:o} and not {expected:o}"))
}

fn below(tree: &Path, path: &str) -> PathBuf {
    tree.join(path.trim_start_matches('/'))
}

/// What runs as somebody else in the tree and should not, or should and does not.
pub fn set_id_differences(tree: &Path, expected: &[(&str, u32)]) -> Vec<String> {
    let mut found = BTreeSet::new();
    collect_set_id(tree, tree, &mut found);
    let expected: BTreeSet<_> = expected
        .iter()
        .map(|(path, mode)| ((*path).to_owned(), *mode))
        .collect();
    let differs = found.symmetric_difference(&expected);
    differs
        .map(|(path, mode)| format!("{path}: mode {mode:o} stands on one side only"))
        .collect()
}

fn collect_set_id(tree: &Path, folder: &Path, found: &mut BTreeSet<(String, u32)>) {
    for entry in std::fs::read_dir(folder).expect("the folder can be listed") {
        let path = entry.expect("the folder can be listed").path();
        let metadata = path.symlink_metadata().expect("the file is there");
        let mode = metadata.permissions().mode() & 0o7777;
        if metadata.is_dir() {
            collect_set_id(tree, &path, found);
        } else if mode & 0o6000 != 0 {
            let inside = path.strip_prefix(tree).expect("the file lies in the tree");
            found.insert((format!("/{}", inside.display()), mode));
        }
    }
}
