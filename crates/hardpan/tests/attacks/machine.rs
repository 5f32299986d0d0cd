//! Somebody attaches disks to the machine, and the hypervisor hands it credentials: none of it reaches the machine.
//!
//! One machine of Debian's full kernel boots three times on a disk that is exactly its image; at the first two boots
//! everything that is attempted is there.

use std::os::unix::fs::FileExt as _;
use std::path::Path;

use crate::support::guest::{self, Answer::Contains, Answer::Is, Question};
use crate::support::{program, succeed, sysroot};

/// Where the file system lies on the foreign disk.
const FOREIGN_OFFSET: u64 = 1 << 20;
const FOREIGN_ID: &str = "0123456789abcdef0123456789abcdef";

/// Credentials of systemd that the hypervisor hands over: by SMBIOS the one half, by QEMU's own way the other.
const BY_SMBIOS: &[(&str, &str)] = &[
    (
        "systemd.extra-unit.evil.service",
        "[Service]\nType=oneshot\nExecStart=/usr/bin/touch /run/evil-unit\n",
    ),
    (
        "systemd.unit-dropin.multi-user.target",
        "[Unit]\nWants=evil.service\n",
    ),
    ("fstab.extra", "tmpfs /run/evil-mount tmpfs size=1M 0 0\n"),
    ("passwd.hashed-password.root", "$y$j9T$evil"),
    ("passwd.plaintext-password.root", "evil"),
    ("system.machine_id", "ffffffffffffffffffffffffffffffff"),
    (
        "network.network.10-evil",
        "[Match]\nName=lo\n[Network]\nAddress=10.66.66.66/32\n",
    ),
    ("vmm.notify_socket", "vsock-stream:2:1234"),
];
const BY_FIRMWARE_TABLE: &[(&str, &str)] = &[
    ("tmpfiles.extra", "f /run/evil-tmpfiles 0644 root root - x"),
    ("sysctl.extra", "kernel.sysrq=511"),
    ("ssh.authorized_keys.root", "ssh-ed25519 AAAA evil"),
    ("agetty.autologin", "root"),
    ("login.noauth", "yes"),
    ("firstboot.hostname", "evil"),
    ("journal.storage", "none"),
];

/// What is asked at both boots, each question named after the promise.
const ATTEMPTS: &[Question] = &[
    (
        "a disk that is attached is not the state partition, whatever its partition is called",
        "test $(readlink /run/hardpan/disk) = /dev/vda && findmnt -no SOURCE /var",
        Is("/dev/vda4"),
    ),
    (
        "the foreign disk was there to be taken",
        "sudo -n blkid -o value -s PARTLABEL /dev/vdb1",
        Is("state"),
    ),
    (
        "a foreign disk does not bring files",
        "sudo -n ls /var/lib/evil",
        Contains("No such file"),
    ),
    (
        "a foreign disk does not bring the machine's id",
        "grep -c -e 0123456789abcdef -e ffffffffffffffff /etc/machine-id",
        Is("0"),
    ),
    (
        "a foreign disk does not bring host keys",
        "sudo -n grep -c foreign /var/lib/ssh/ssh_host_ed25519_key.pub",
        Is("0"),
    ),
    (
        "the hypervisor's credentials are not imported",
        "sudo -n ls /run/credentials/@system",
        Contains("No such file"),
    ),
    (
        "the hypervisor does not add units",
        "ls /run/evil-unit",
        Contains("No such file"),
    ),
    (
        "the hypervisor does not add to units",
        "systemctl show -p Wants multi-user.target | grep -c evil",
        Is("0"),
    ),
    (
        "the hypervisor does not write files",
        "ls /run/evil-tmpfiles",
        Contains("No such file"),
    ),
    (
        "the hypervisor does not mount file systems",
        "findmnt /run/evil-mount || echo none",
        Is("none"),
    ),
    (
        "the hypervisor does not set kernel settings",
        "cat /proc/sys/kernel/sysrq",
        Is("0"),
    ),
    (
        "the hypervisor does not set root's password",
        "sudo -n grep '^root:' /etc/shadow | cut -d: -f2 | tr -d '!*'",
        Is(""),
    ),
    (
        "the hypervisor does not let itself in by ssh",
        "sudo -n grep -rc evil /root/.ssh",
        Contains("No such file"),
    ),
    (
        "the hypervisor does not log itself in on the console",
        "loginctl list-sessions --no-legend | grep -c root",
        Is("0"),
    ),
    (
        "the hypervisor does not name the machine",
        "hostname",
        Is("my-base"),
    ),
    (
        "the hypervisor does not configure the network",
        "ip -brief address | grep -c 10.66.66.66",
        Is("0"),
    ),
    (
        "the hypervisor does not switch off the journal",
        "ls /var/log/journal/$(cat /etc/machine-id)",
        Contains("system.journal"),
    ),
    (
        "the boot partition does not hand over credentials",
        "sudo -n sh -c 'mount /dev/vda1 /srv 2>&1 && mkdir -p /srv/loader/credentials && \
         echo x > /srv/loader/credentials/evil.cred && umount /srv'; find / -xdev -name 'evil.cred' 2> /dev/null",
        Is(""),
    ),
    (
        "a variable of the firmware does not switch on a shell without password",
        "{ printf '\\7\\0\\0\\0'; printf systemd.debug_shell=1 | sed 's/./&\\x00/g'; printf '\\0\\0'; } > /tmp/options; \
         sudo -n sh -c 'cat /tmp/options > /sys/firmware/efi/efivars/SystemdOptions-8cf2644b-4b0b-428f-9387-6d876050dc67' 2> /dev/null; \
         systemctl is-active debug-shell",
        Is("inactive"),
    ),
    ("no unit failed", "systemctl --failed --no-legend --plain", Is("")),
];

/// What stays the same, and is nobody else's.
const IDENTITY: &str =
    "cat /etc/machine-id; sudo -n cat /var/lib/ssh/ssh_host_ed25519_key.pub; ls /var/log/journal | xargs";

#[test]
fn a_machine_takes_nothing_from_foreign_disks_and_the_hypervisor() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let foreign = folder.path().join("foreign.img");
    foreign_disk(&foreign);
    let before = std::fs::read(&foreign).expect("it was made");
    let module = module(&options(&foreign));
    let machine = guest::new_project(folder.path(), &module);
    let disk = folder.path().join("disk.img");
    let identity = machine.answers(&disk, ATTEMPTS, IDENTITY);
    assert!(
        identity.lines().count() == 3 && identity.contains("ssh-ed25519"),
        "{identity}"
    );
    let again = machine.answers(&disk, ATTEMPTS, IDENTITY);
    assert_eq!(
        again, identity,
        "the second boot, the first with a state partition"
    );
    std::fs::write(machine.project.join("second.nix"), self::module("")).expect("it can be written");
    let third = machine.run(&disk, IDENTITY);
    assert_eq!(third.trim(), identity, "the third boot");
    let after = std::fs::read(&foreign).expect("it is there");
    assert!(after == before, "the foreign disk was written to");
}

fn module(options: &str) -> String {
    format!("{{ virtualisation.diskSize = null; virtualisation.qemu.options = [ {options} ]; }}\n")
}

/// QEMU's arguments as Nix strings.
fn options(foreign: &Path) -> String {
    let mut words = vec![
        "-drive".to_owned(),
        format!("if=none,id=foreign,format=raw,file={}", foreign.display()),
        "-device".to_owned(),
        "virtio-blk-pci,drive=foreign".to_owned(),
    ];
    for (name, value) in BY_SMBIOS {
        words.push("-smbios".to_owned());
        words.push(format!("type=11,value=io.systemd.credential:{name}={value}"));
    }
    for (name, value) in BY_FIRMWARE_TABLE {
        words.push("-fw_cfg".to_owned());
        words.push(format!("name=opt/io.systemd.credentials/{name},string={value}"));
    }
    words.iter().map(|word| format!("{word:?} ")).collect()
}

/// A disk whose only partition has the type and the name of a state partition, and what an attacker would put there.
fn foreign_disk(path: &Path) {
    let tools = sysroot("e2fsprogs fdisk");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, content: &str| {
        let path = folder.path().join("tree").join(name);
        std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("there is room");
        std::fs::write(path, content).expect("there is room");
    };
    write("lib/evil", "evil\n");
    write("lib/hardpan/machine-id", &format!("{FOREIGN_ID}\n"));
    write("lib/ssh/ssh_host_ed25519_key", "foreign\n");
    write("lib/ssh/ssh_host_ed25519_key.pub", "foreign\n");
    let content = folder.path().join("content");
    let mut make = program(&tools, "usr/sbin/mke2fs");
    make.args(["-q", "-t", "ext4", "-d"])
        .arg(folder.path().join("tree"))
        .arg(&content)
        .arg("62M");
    succeed(&mut make);
    let disk = std::fs::File::create_new(path).expect("the folder is empty");
    disk.set_len(64 << 20).expect("there is room");
    let table = folder.path().join("table");
    std::fs::write(
        &table,
        "label: gpt\nstart=2048, size=126976, type=4D21B016-B534-45C2-A9FB-5C16E091FD2D, name=state\n",
    )
    .expect("there is room");
    let mut partition = program(&tools, "usr/sbin/sfdisk");
    partition
        .args(["-q", "--no-reread", "--no-tell-kernel"])
        .arg(path);
    partition.stdin(std::fs::File::open(&table).expect("it was written"));
    succeed(&mut partition);
    let content = std::fs::read(content).expect("it was made");
    disk.write_all_at(&content, FOREIGN_OFFSET)
        .expect("there is room");
}
