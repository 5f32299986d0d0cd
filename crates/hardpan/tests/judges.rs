//! The images before judges that are not ours: Debian's own tools for each format, run from hardpan's store.

#[path = "support/judges.rs"]
mod judges;
#[path = "support/odd_tree.rs"]
mod odd_tree;
mod support;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Output;

use judges::{Partitions, built, says};
use support::{succeed, text};

/// Packages of the image, each with a file that must be found the same.
const PACKAGES: &[(&str, &str)] = &[
    ("awscli", "/usr/bin/aws"),
    ("containerd", "/usr/bin/containerd"),
    ("coreutils", "/usr/bin/ls"),
    ("libc6", "/usr/lib/x86_64-linux-gnu/libc.so.6"),
    ("libpam-modules-bin", "/usr/sbin/unix_chkpwd"),
    ("openssh-server", "/usr/sbin/sshd"),
    ("sudo", "/usr/bin/sudo"),
    ("systemd", "/usr/lib/systemd/systemd"),
];

/// All programs of the image that run as somebody else.
const SET_ID: &[(&str, u32)] = &[("/usr/bin/sudo", 0o4755), ("/usr/sbin/unix_chkpwd", 0o2755)];

/// Owners and groups, which an extraction without root's rights does not show.
const OWNERS: &[(&str, u32, u32)] = &[
    ("/usr/bin/sudo", 0, 0),
    ("/usr/sbin/unix_chkpwd", 0, 42),
    ("/usr/bin/containerd", 0, 0),
    ("/etc/shadow", 0, 42),
    ("/etc/gshadow", 0, 42),
    // Its keys are systemd-network's to read.
    ("/etc/systemd/network/80-dhcp.network", 0, 998),
    ("/usr/bin/chage", 0, 42),
    ("/usr/bin/expiry", 0, 42),
];

/// A judge of a partition or of the whole disk: its program, its arguments, and what it must say.
const JUDGES: &[(&str, &[&str], &str)] = &[
    ("usr/sbin/sgdisk", &["-v", "@disk@"], "No problems found"),
    ("usr/sbin/fsck.vfat", &["-n", "-v", "esp"], "clusters"),
    (
        "usr/bin/fsck.erofs",
        &["-d3", "--extract", "root"],
        "No errors found",
    ),
    (
        "usr/sbin/veritysetup",
        &["-v", "verify", "root", "verity", "@hash@"],
        "Command successful",
    ),
];

/// Where a byte is changed: the partition, and how far into it in thousandths (the superblock is not hashed).
const DAMAGE: &[(&str, u64)] = &[("root", 0), ("root", 500), ("verity", 2), ("verity", 500)];

#[test]
fn the_disk_and_each_partition_pass() {
    let (built, disk) = (built(), built().image("rawImage"));
    let partitions = Partitions::of(&disk, &["esp", "root", "verity"]);
    let hash = built.root_hash("rawImage");
    for (program, arguments, expected) in JUDGES {
        let mut command = built.judge(program);
        command.current_dir(partitions.folder());
        for argument in *arguments {
            match *argument {
                "@disk@" => command.arg(&disk),
                "@hash@" => command.arg(&hash),
                other => command.arg(other),
            };
        }
        says(&mut command, expected);
    }
}

fn verify(partitions: &Partitions, hash: &str) -> Output {
    let mut command = built().judge("usr/sbin/veritysetup");
    command
        .current_dir(partitions.folder())
        .args(["verify", "root", "verity", hash]);
    command.output().expect("the judge starts")
}

/// Fails unless verity said no, and for the right reason.
fn refused(output: &Output, what: &str) {
    let said = text(output);
    assert!(
        !output.status.success() && said.contains("Verification"),
        "{what} went unnoticed\n{said}"
    );
}

#[test]
fn a_changed_byte_or_hash_is_noticed() {
    let partitions = Partitions::of(&built().image("rawImage"), &["root", "verity"]);
    let hash = built().root_hash("rawImage");
    let fine = |what: &str| {
        let output = verify(&partitions, &hash);
        assert!(output.status.success(), "{what}\n{}", text(&output));
    };
    fine("nothing was changed");
    for (name, thousandths) in DAMAGE {
        let size = std::fs::metadata(partitions.folder().join(name))
            .expect("the partition is there")
            .len();
        let offset = size / 1000 * thousandths + 100;
        partitions.flip(name, offset);
        refused(&verify(&partitions, &hash), &format!("byte {offset} of {name}"));
        partitions.flip(name, offset);
        fine("the byte was changed back");
    }
    let other = if hash.starts_with('0') { "1" } else { "0" };
    refused(
        &verify(&partitions, &format!("{other}{}", &hash[1..])),
        "another root hash",
    );
}

#[test]
fn every_format_holds_the_same_disk() {
    let (built, raw) = (built(), built().image("rawImage"));
    let hash = built.root_hash("rawImage");
    let qcow2 = built.image("qcow2Image");
    says(
        built
            .judge("usr/bin/qemu-img")
            .args(["check", "-f", "qcow2"])
            .arg(&qcow2),
        "No errors were found",
    );
    for (attribute, format) in [("qcow2Image", "qcow2"), ("amazonImage", "vpc")] {
        let mut command = built.judge("usr/bin/qemu-img");
        command
            .args(["compare", "-f", "raw", "-F", format])
            .arg(&raw)
            .arg(built.image(attribute));
        says(&mut command, "Images are identical");
        assert_eq!(built.root_hash(attribute), hash, "{attribute}");
    }
    assert_eq!(built.root_hash("googleComputeImage"), hash);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let disk = folder.path().join("disk.raw");
    unpack_google_disk(&built.image("googleComputeImage"), &disk);
    says(
        built.judge("usr/sbin/sgdisk").arg("-v").arg(&disk),
        "No problems found",
    );
    let (theirs, ours) = (
        Partitions::of(&disk, &["esp", "root", "verity"]),
        Partitions::of(&raw, &["esp", "root", "verity"]),
    );
    for name in ["esp", "root", "verity"] {
        let read =
            |from: &Partitions| std::fs::read(from.folder().join(name)).expect("the partition is there");
        assert!(
            read(&theirs) == read(&ours),
            "{name} of the disk for Google is another"
        );
    }
}

/// Unpacks the only member of an archive for Google's import, leaving holes for zeros.
fn unpack_google_disk(archive: &Path, to: &Path) {
    let archive = File::open(archive).expect("the archive can be opened");
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
    let mut members = archive.entries().expect("the archive can be read");
    let mut member = members.next().expect("it holds a member").expect("a whole one");
    assert_eq!(member.path_bytes().as_ref(), b"disk.raw");
    assert_eq!(member.size() % (1 << 30), 0, "the disk has whole gibibytes");
    let mut file = File::create_new(to).expect("the disk can be made");
    let mut chunk = vec![0; 1 << 20];
    for _ in 0..member.size() >> 20 {
        member.read_exact(&mut chunk).expect("the member can be read");
        if chunk.iter().all(|byte| *byte == 0) {
            file.seek(SeekFrom::Current(1 << 20))
                .expect("the disk can have holes");
        } else {
            file.write_all(&chunk).expect("the disk can be written");
        }
    }
    file.set_len(member.size()).expect("the disk can end in a hole");
    drop(member);
    assert!(members.next().is_none(), "the archive holds nothing else");
}

#[test]
fn the_boot_partition_holds_a_kernel_image_for_this_root() {
    let partitions = Partitions::of(&built().image("rawImage"), &["esp"]);
    let mtools = |program: &str, arguments: &[&str]| {
        let mut command = built().judge("usr/bin/mtools");
        command
            .current_dir(partitions.folder())
            .args(["-c", program, "-i", "esp"])
            .args(arguments);
        String::from_utf8_lossy(&succeed(&mut command).stdout).into_owned()
    };
    let listing = mtools("mdir", &["-b", "::/EFI/Linux"]);
    let kernels: Vec<&str> = listing
        .lines()
        .map(str::trim)
        .filter(|line| line.ends_with(".efi"))
        .collect();
    assert_eq!(kernels.len(), 1, "{listing}");
    mtools("mcopy", &["-n", kernels[0], "uki.efi"]);
    mtools("mcopy", &["-n", "::/EFI/BOOT/BOOTX64.EFI", "loader.efi"]);

    let tree = built().place("judges");
    let mut command = built().judge("usr/bin/python3.13");
    command
        .current_dir(partitions.folder())
        .arg(tree.join("usr/bin/ukify"))
        .args(["inspect", "uki.efi"]);
    let hash = format!("hardpan.roothash={}", built().root_hash("rawImage"));
    let said = text(&says(&mut command, &hash));
    for section in [".sbat:", ".osrel:", ".cmdline:", ".uname:", ".linux:", ".initrd:"] {
        assert!(
            said.lines().any(|line| line == section),
            "the kernel image has no {section}\n{said}"
        );
    }
}

#[test]
fn files_in_the_image_are_those_of_the_packages() {
    let partitions = Partitions::of(&built().image("rawImage"), &["root"]);
    let tree = partitions.folder().join("tree");
    let mut command = built().judge("usr/bin/fsck.erofs");
    // Only root can give files to others.
    let is_root = std::fs::metadata("/proc/self")
        .expect("there are processes")
        .uid()
        == 0;
    let owners = if is_root {
        "--preserve-owner"
    } else {
        "--no-preserve-owner"
    };
    command
        .current_dir(partitions.folder())
        .args(["--extract=tree", owners]);
    succeed(command.args(["--preserve-perms", "root"]));

    owners_are_right(&partitions);
    match is_root {
        true => nothing_else_has_an_owner(&tree),
        false => println!(
            "skipped: only root can extract owners; the owners of {} files were asked for",
            OWNERS.len()
        ),
    }
    let mut differences = judges::set_id_differences(&tree, SET_ID);
    let mut same = BTreeMap::new();
    for name in &built().packages {
        let compared = judges::compare(built().place(&format!("deb-{name}")), &tree, SET_ID);
        differences.extend(compared.differences);
        same.insert(name.as_str(), compared.same);
    }
    for (name, landmark) in PACKAGES {
        let files = same.get(name);
        assert!(
            files.is_some_and(|files| files.contains(*landmark)),
            "{landmark} of {name} is the package's: {files:?}"
        );
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn owners_are_right(partitions: &Partitions) {
    for (path, owner, group) in OWNERS {
        let mut command = built().judge("usr/bin/dump.erofs");
        command
            .current_dir(partitions.folder())
            .arg(format!("--path={path}"))
            .arg("root");
        says(&mut command, &format!("Uid: {owner}   Gid: {group}  "));
    }
}

/// Whatever is not root's is in [`OWNERS`].
fn nothing_else_has_an_owner(tree: &Path) {
    let mut found = Vec::new();
    let mut folders = vec![tree.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the tree can be read") {
            let path = entry.expect("the folder can be read").path();
            let metadata = path.symlink_metadata().expect("it is there");
            if metadata.is_dir() {
                folders.push(path.clone());
            }
            let place = path.strip_prefix(tree).expect("it is in the tree").display();
            found.push((format!("/{place}"), metadata.uid(), metadata.gid()));
        }
    }
    found.retain(|(_, owner, group)| (*owner, *group) != (0, 0));
    found.sort();
    let mut expected: Vec<_> = OWNERS
        .iter()
        .map(|(path, owner, group)| (path.to_string(), *owner, *group))
        .collect();
    expected.retain(|(_, owner, group)| (*owner, *group) != (0, 0));
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn odd_files_come_back() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let odd = odd_tree::OddTree::new();
    let image = odd.linked(folder.path());
    let tree = folder.path().join("tree");
    let mut command = built().judge("usr/bin/fsck.erofs");
    command.arg(format!("--extract={}", tree.display()));
    succeed(
        command
            .args(["--no-preserve-owner", "--preserve-perms"])
            .arg(&image),
    );

    let place = |path: &str| tree.join(path.trim_start_matches('/'));
    for (path, content) in &odd.files {
        let found = std::fs::read(place(path)).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        assert!(found == *content, "{path:?} has another content");
    }
    for (path, target) in &odd.links {
        assert_eq!(std::fs::read_link(place(path)).expect(path), Path::new(target));
    }
    let inode = |path: &str| std::fs::metadata(place(path)).expect(path).ino();
    let first = inode("/usr/share/same/0000");
    assert!(
        odd.same.iter().all(|path| inode(path) == first),
        "hard links are one file"
    );
    let of = |path: &str, expected: &str| {
        let mut command = built().judge("usr/bin/dump.erofs");
        says(command.arg(format!("--path={path}")).arg(&image), expected);
    };
    of(odd.owned.0, &format!("Uid: {}", odd.owned.1));
    of(odd.attributed, "Xattr size: 2332");
    of("/usr/share/same/0000", "Links: 400");
}

/// The comparison itself is no use unless it notices things.
#[test]
fn a_tree_with_other_files_is_noticed() {
    let tree = tempfile::tempdir().expect("a temporary folder");
    let folder = tree.path().join("usr/bin");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    std::fs::write(folder.join("containerd"), "another").expect("a file can be written");
    let compared = judges::compare(built().place("deb-containerd"), tree.path(), SET_ID);
    let has = |line: &str| compared.differences.iter().any(|difference| difference == line);
    assert!(has("/usr/bin/containerd: has another content"), "{compared:?}");
    assert!(has("/usr/bin/ctr: is absent"), "{compared:?}");
    let missing = judges::set_id_differences(tree.path(), SET_ID);
    assert_eq!(missing.len(), SET_ID.len(), "{missing:?}");
}
