//! Boots the example in QEMU and looks at it over ssh, before and after a reboot and with a broken state partition.

mod support;

use std::path::Path;

use support::guest::Answer::{Contains, Is};
use support::guest::{self, Question};
use support::{built_path, hardpan, shared_data_folder, succeed, text};

/// What is asked of the running machine: a name, a command, and what its output must be.
const QUESTIONS: &[Question] = &[
    ("its name", "hostname", Is("sre-prod-base")),
    ("sudo without password", "sudo -n id -u", Is("0")),
    ("containerd", "containerd --version", Contains("containerd")),
    ("helm", "helm version --short", Contains("v4.1.4")),
    ("aws", "aws --version", Contains("aws-cli/2")),
    ("no failed unit", "systemctl --failed --no-legend --plain", Is("")),
    (
        "the root is verity",
        "sudo -n cat /sys/block/dm-0/dm/uuid",
        Contains("VERITY"),
    ),
    ("the root is that device", "findmnt -no SOURCE /", Is("/dev/dm-0")),
    (
        "/usr is read-only",
        "sudo -n touch /usr/x 2>&1",
        Contains("Read-only file system"),
    ),
    (
        "/etc is read-only",
        "sudo -n touch /etc/x 2>&1",
        Contains("Read-only file system"),
    ),
    (
        "kexec is off",
        "cat /proc/sys/kernel/kexec_load_disabled",
        Is("1"),
    ),
    (
        "lockdown is on",
        "cat /sys/kernel/security/lockdown",
        Contains("[integrity]"),
    ),
    (
        "anybody may ping",
        "cat /proc/sys/net/ipv4/ping_group_range | xargs",
        Is("0 2147483647"),
    ),
    (
        "nothing but ssh listens to others",
        "sudo -n ss -Htuln | awk '{ print $5 }' | grep -Ev '^(127[.]|10[.].*:68$)' | sort -u | xargs",
        Is("0.0.0.0:22 [::]:22"),
    ),
    (
        "Python has its byte code",
        "ls /usr/lib/python3/dist-packages/awscli/__pycache__/",
        Contains("__init__.cpython-313.pyc"),
    ),
    (
        "it says which image it is",
        ". /etc/os-release; echo $IMAGE_ID; test -n \"$IMAGE_VERSION\"",
        Is("sre-prod-base"),
    ),
    (
        "the state partition has the rest of the disk",
        "test $(df --output=size /var | tail -1) -gt 1000000 && echo grown",
        Is("grown"),
    ),
    (
        "it has the disks that only its virtual machine has",
        "lsblk -bdno SIZE /dev/vdb /dev/disk/by-id/virtio-data | xargs",
        Is("67108864 33554432"),
    ),
    (
        "dpkg knows its packages",
        "dpkg -l containerd | tail -1 | cut -c1-16",
        Is("ii  containerd"),
    ),
    (
        "the journal is for members of wheel",
        "journalctl -q -b -o cat -u sshd",
        Contains("Accepted publickey for sre-deploy"),
    ),
    (
        "the programs that administrators expect",
        "for name in bzip2 cpio curl dpkg getfacl getfattr host mkpasswd nano nc patch ping setcap strace tar time which xz zstd; \
         do which $name > /dev/null || echo $name; done",
        Is(""),
    ),
    (
        "anybody pings",
        "ping -c 1 -q 127.0.0.1 | grep -c ' 0% packet loss'",
        Is("1"),
    ),
    (
        "users that are not root make no namespaces",
        "cat /proc/sys/kernel/unprivileged_userns_clone; unshare --user true || echo refused",
        Contains("0\nunshare: unshare failed: Operation not permitted\nrefused"),
    ),
    (
        "strange packets are logged, and nobody changes routes",
        "cd /proc/sys/net/ipv4/conf; for device in all default en*; do echo $device $(cat $device/{log_martians,rp_filter,\
         accept_redirects,secure_redirects,send_redirects,accept_source_route}); done | cut -d' ' -f2- | sort -u",
        Is("1 2 0 0 0 0"),
    ),
    (
        "it forwards nothing, as NixOS",
        "cat /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv6/conf/all/forwarding | xargs",
        Is("0 0"),
    ),
    (
        "ssh offers what is sound",
        "sudo -n sshd -T | grep -E '^(ciphers|macs|kexalgorithms|debianbanner) ' | grep -E 'cbc|sha1|hmac-sha2-[0-9]*(,|$)|umac-64|nistp|banner'",
        Is("debianbanner no"),
    ),
    (
        "ssh does not say which of Debian's packages it is",
        "timeout 5 bash -c 'head -n 1 < /dev/tcp/127.0.0.1/22' | tr -d '\\r' | sed 's/_.*//'; timeout 5 bash -c 'head -n 1 < /dev/tcp/127.0.0.1/22' | grep -ci debian",
        Is("SSH-2.0-OpenSSH\n0"),
    ),
    (
        "the network comes up behind the firewall only",
        "systemctl show -p Requires -p After systemd-networkd | grep -c nftables.service",
        Is("2"),
    ),
];

/// A machine of Debian's full kernel whose name comes from DHCP, with settings of modules that are loaded late.
const MODULE: &str = r#"
{ lib, ... }:
{
  networking.hostName = lib.mkForce "";
  boot.kernel.sysctl."net.netfilter.nf_conntrack_max" = 200000;
  security.audit = {
    enable = true;
    rules = [ "-w /etc/shadow -p r -k shadow" ];
  };
  security.protectKernelImage = true;
  virtualisation.qemu.options = [
    "-netdev" "user,id=other,net=10.7.0.0/24,hostname=my-name"
    "-device" "virtio-net-pci,netdev=other,romfile="
  ];
}
"#;

/// What is asked of that machine.
const SETTINGS: &[Question] = &[
    ("its name is what DHCP says", "hostname", Is("my-name")),
    ("sudo without password", "sudo -n id -u", Is("0")),
    ("no failed unit", "systemctl --failed --no-legend --plain", Is("")),
    (
        "a module that is loaded late has its settings",
        "cat /proc/sys/net/netfilter/nf_conntrack_max",
        Is("200000"),
    ),
    (
        "the journal has what the kernel audits",
        "sudo -n cat /etc/shadow > /dev/null; sudo -n journalctl --sync; journalctl -q -o cat _TRANSPORT=audit | grep -q 'key=\"shadow\"' && echo kept",
        Is("kept"),
    ),
    (
        "and the console nothing of it",
        "sudo -n dmesg --level emerg,alert,crit,err | grep -c audit",
        Is("0"),
    ),
    (
        "kexec is off",
        "cat /proc/sys/kernel/kexec_load_disabled",
        Is("1"),
    ),
    (
        "a firewall that does not load keeps the network down",
        FAIL_CLOSED,
        Is("inactive\nactive"),
    ),
];

/// Breaks the firewall's file and starts the network anew; then as it was.
const FAIL_CLOSED: &str = "echo 'table inet x { chain y { tcp dprt 80 accept; } }' > /tmp/broken; \
     sudo -n mount --bind /tmp/broken /etc/nftables.conf; \
     sudo -n systemctl stop systemd-networkd.socket systemd-networkd nftables; \
     sudo -n systemctl start systemd-networkd > /dev/null 2>&1; systemctl is-active systemd-networkd; \
     sudo -n umount /etc/nftables.conf; sudo -n systemctl reset-failed; \
     sudo -n systemctl start nftables systemd-networkd.socket systemd-networkd; systemctl is-active systemd-networkd";

/// What stays the same over a reboot, and is not in the image.
const IDENTITY: &str =
    "cat /etc/machine-id; sudo -n cat /var/lib/ssh/ssh_host_ed25519_key.pub; ls /var/log/journal | xargs";

/// Overwrites the superblock of the state partition.
const BREAK_STATE: &str = "sudo -n dd if=/dev/zero of=$(findmnt -no SOURCE /var) bs=1024 seek=1 count=1 \
                           conv=notrunc,fsync status=none";

/// What the check of the state partition said.
const REPAIR: &str = "sudo -n journalctl -b -u hardpan-check-state -o cat --no-pager";

#[test]
fn the_example_boots_and_is_what_it_promises_to_be() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let machine = guest::example(folder.path());
    let disk = folder.path().join("disk.img");
    let identity = machine.answers(&disk, QUESTIONS, IDENTITY);
    assert!(
        identity.lines().count() == 3 && identity.contains("ssh-ed25519"),
        "{identity}"
    );

    let again = machine.run(&disk, &format!("{IDENTITY}; {BREAK_STATE}"));
    assert_eq!(
        again.trim(),
        identity,
        "a reboot keeps machine id, host key and journal"
    );
    let output = machine.run(&disk, &format!("{IDENTITY}; echo @@@@; {REPAIR}"));
    let (after, repair) = output.split_once("@@@@").expect("the script printed it");
    assert_eq!(after.trim(), identity, "a broken state partition keeps them too");
    assert!(
        repair.to_lowercase().contains("super"),
        "it was not broken: {repair}"
    );
    the_image_has_no_identity(folder.path(), &identity);
    another_image_is_not_booted_in_silence(folder.path(), &disk);
}

/// The configuration has changed since the disk was made.
fn another_image_is_not_booted_in_silence(folder: &Path, disk: &Path) {
    let module = folder.join("project/second.nix");
    let before = std::fs::read_to_string(&module).expect("it was written");
    let changed = before.replacen('{', "{ environment.etc.other.text = \"x\";", 1);
    std::fs::write(&module, changed).expect("it can be written");
    let mut command = hardpan(&shared_data_folder());
    command
        .current_dir(folder.join("project"))
        .args(["vm", "--ssh", "-i"]);
    let output = command.arg(folder.join("key")).arg("--disk").arg(disk).output();
    let output = output.expect("hardpan starts");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for expected in [
        "boots another image: its root hash is ",
        "hint: '--old-image' boots what is on it",
    ] {
        assert!(said.contains(expected), "'{expected}' is missing:\n{said}");
    }
    assert!(!said.contains("unknown"), "both root hashes are known: {said}");
}

#[test]
fn a_new_project_boots() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let machine = guest::new_project(folder.path(), MODULE);
    let disk = folder.path().join("disk.img");
    machine.answers(&disk, SETTINGS, "");
    let console = std::fs::read_to_string(machine.console()).expect("the console is kept");
    assert!(
        console.contains(" login:"),
        "the serial port has the console: {console}"
    );
}

#[test]
fn a_machine_that_is_not_up_in_time_is_ended() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    guest::example(folder.path());
    let log = folder.path().join("serial.log");
    let mut command = hardpan(&shared_data_folder());
    command
        .current_dir(folder.path().join("project"))
        .args(["vm", ".#sre-prod-base", "--ssh", "--boot-timeout", "1"])
        .arg("--serial-log")
        .arg(&log);
    let output = command.output().expect("hardpan starts");
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for expected in [
        "error: the machine did not come up: ssh was not there after 1 s; its console said",
        "hint: 'hardpan vm' without '--ssh' shows the whole console",
        "'--boot-timeout SECONDS'",
    ] {
        assert!(said.contains(expected), "'{expected}' is missing:\n{said}");
    }
    let log = log.to_string_lossy().into_owned();
    let processes = std::fs::read_dir("/proc").expect("there are processes");
    let mut lines = processes
        .filter_map(Result::ok)
        .filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
    let machine = lines.find(|line| memchr::memmem::find(line, log.as_bytes()).is_some());
    assert_eq!(machine, None, "QEMU still runs");
}

/// Looks for machine id and host key in the bytes of the image.
fn the_image_has_no_identity(folder: &Path, identity: &str) {
    let mut command = hardpan(&shared_data_folder());
    command.current_dir(folder.join("project")).args([
        "build",
        ".#rawImage",
        "--no-link",
        "--print-out-paths",
    ]);
    let image = support::only_file(&built_path(&succeed(&mut command)));
    let bytes = std::fs::read(image).expect("the image can be read");
    for secret in identity.split_whitespace().filter(|word| word.len() >= 32) {
        let found = memchr::memmem::find(&bytes, secret.as_bytes());
        assert_eq!(found, None, "{secret} is in the image");
    }
}
