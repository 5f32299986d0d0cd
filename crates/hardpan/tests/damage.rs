//! A machine does not come up on an image that was changed, or with words that the hypervisor adds to the kernel's
//! command line: the damage is done to a copy, which QEMU boots.

mod support;

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::guest::{self, Guest};
use support::{built_path, hardpan, only_file, shared_data_folder, succeed};

/// How long a busy machine may take to refuse; an undamaged one is up long before.
const LIMIT: Duration = Duration::from_secs(240);

/// First bytes of an EROFS superblock.
const EROFS_MAGIC: [u8; 4] = [0xe2, 0xe1, 0xf5, 0xe0];

/// What is changed, and what the console says to it.
struct Damage {
    name: &'static str,
    change: fn(&mut [u8]),
    refusal: &'static str,
}

const DAMAGES: [Damage; 2] = [
    Damage {
        name: "one bit of the root partition",
        change: flip_in_root,
        refusal: "is corrupted",
    },
    Damage {
        name: "one digit of the root hash on the command line",
        change: change_root_hash,
        refusal: "no disk has the partitions",
    },
];

fn flip_in_root(disk: &mut [u8]) {
    let superblock = memchr::memmem::find(disk, &EROFS_MAGIC).expect("the disk holds a root");
    disk[superblock + 100] ^= 1;
}

fn change_root_hash(disk: &mut [u8]) {
    let parameter = b"hardpan.roothash=";
    let places: Vec<usize> = memchr::memmem::find_iter(disk, parameter).collect();
    let digit = |place: &usize| disk[place + parameter.len() + 20].is_ascii_hexdigit();
    let places: Vec<usize> = places.into_iter().filter(digit).collect();
    assert!(!places.is_empty(), "the disk holds a kernel command line");
    for place in places {
        let digit = &mut disk[place + parameter.len() + 20];
        *digit = if *digit == b'0' { b'1' } else { b'0' };
    }
}

#[test]
fn words_that_the_hypervisor_adds_to_the_command_line_stop_the_boot() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let guest = guest::example(folder.path());
    let module = guest.project.join("second.nix");
    let text = fs::read_to_string(&module).expect("it was written");
    let text = text.replacen(
        '{',
        "{ virtualisation.qemu.options = [ \"-smbios\" \
         \"type=11,value=io.systemd.stub.kernel-cmdline-extra=systemd.debug_shell=1\" ];",
        1,
    );
    fs::write(&module, text).expect("it can be written");
    let console = folder.path().join("console.log");
    let mut machine = boot(&guest, &folder.path().join("disk.qcow2"), &console, &[]);
    let damage = Damage {
        name: "a debug shell, by SMBIOS",
        change: |_| {},
        refusal: "added to the kernel command line",
    };
    wait_for_refusal(&mut machine, &console, &damage);
}

/// Ends the machine when the test does, however it does.
struct Machine(Child);

impl Drop for Machine {
    fn drop(&mut self) {
        // An interrupt lets hardpan end QEMU too.
        let _ = Command::new("kill")
            .args(["-INT", &self.0.id().to_string()])
            .status();
        let _ = self.0.wait();
    }
}

fn boot(guest: &Guest, disk: &Path, console: &Path, further: &[&str]) -> Machine {
    let mut command = hardpan(&shared_data_folder());
    command
        .current_dir(&guest.project)
        .args(["vm", "--ssh", "--user", guest.user, "-i"])
        .arg(&guest.key)
        .args(further)
        .arg("--disk")
        .arg(disk)
        .arg("--serial-log")
        .arg(console)
        .args(["--", "true"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    Machine(command.spawn().expect("hardpan starts"))
}

/// Waits until the console says `refusal`; fails if the machine comes up or time runs out.
fn wait_for_refusal(machine: &mut Machine, console: &Path, damage: &Damage) {
    let began = Instant::now();
    loop {
        let said = fs::read(console).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        assert!(
            !said.contains("login:"),
            "{}: the machine came up\n{said}",
            damage.name
        );
        if said.contains(damage.refusal) {
            return;
        }
        let ended = machine.0.try_wait().expect("the state of the process is known");
        assert!(
            ended.is_none() && began.elapsed() < LIMIT,
            "{}: no refusal\n{said}",
            damage.name
        );
        std::thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn a_changed_image_does_not_come_up() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let guest = guest::example(folder.path());
    let mut command = hardpan(&shared_data_folder());
    command
        .current_dir(&guest.project)
        .args(["build", ".#qcow2Image", "--no-link", "--print-out-paths"]);
    let image = fs::read(only_file(&built_path(&succeed(&mut command)))).expect("the image can be read");
    for (number, damage) in DAMAGES.iter().enumerate() {
        let mut changed = image.clone();
        (damage.change)(&mut changed);
        let disk = folder.path().join(format!("disk-{number}.qcow2"));
        fs::write(&disk, &changed).expect("the copy can be written");
        let console = folder.path().join(format!("console-{number}.log"));
        let mut machine = boot(&guest, &disk, &console, &["--old-image"]);
        wait_for_refusal(&mut machine, &console, damage);
    }
}
