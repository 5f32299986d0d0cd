//! Boots the example in QEMU and looks at it over ssh, before and after a reboot and with a broken state partition.

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::{built_path, hardpan, project, shared_data_folder, succeed, text};

/// What is asked of the running machine: a name, a command, and what its output must be.
const QUESTIONS: &[(&str, &str, Answer)] = &[
    ("its name", "hostname", Answer::Is("sre-prod-base")),
    ("sudo without password", "sudo -n id -u", Answer::Is("0")),
    (
        "containerd",
        "containerd --version",
        Answer::Contains("containerd"),
    ),
    ("helm", "helm version --short", Answer::Contains("v4.1.4")),
    ("aws", "aws --version", Answer::Contains("aws-cli/2")),
    (
        "no failed unit",
        "systemctl --failed --no-legend --plain",
        Answer::Is(""),
    ),
    (
        "the root is verity",
        "sudo -n cat /sys/block/dm-0/dm/uuid",
        Answer::Contains("VERITY"),
    ),
    (
        "the root is that device",
        "findmnt -no SOURCE /",
        Answer::Is("/dev/dm-0"),
    ),
    (
        "/usr is read-only",
        "sudo -n touch /usr/x 2>&1",
        Answer::Contains("Read-only file system"),
    ),
    (
        "/etc is read-only",
        "sudo -n touch /etc/x 2>&1",
        Answer::Contains("Read-only file system"),
    ),
    (
        "kexec is off",
        "cat /proc/sys/kernel/kexec_load_disabled",
        Answer::Is("1"),
    ),
    (
        "lockdown is on",
        "cat /sys/kernel/security/lockdown",
        Answer::Contains("[integrity]"),
    ),
    (
        "anybody may ping",
        "cat /proc/sys/net/ipv4/ping_group_range | xargs",
        Answer::Is("0 2147483647"),
    ),
    (
        "nothing but ssh listens to others",
        "sudo -n ss -Htuln | awk '{ print $5 }' | grep -Ev '^(127[.]|10[.].*:68$)' | sort -u | xargs",
        Answer::Is("0.0.0.0:22 [::]:22"),
    ),
    (
        "Python has its byte code",
        "ls /usr/lib/python3/dist-packages/awscli/__pycache__/",
        Answer::Contains("__init__.cpython-313.pyc"),
    ),
    (
        "it says which image it is",
        ". /etc/os-release; echo $IMAGE_ID; test -n \"$IMAGE_VERSION\"",
        Answer::Is("sre-prod-base"),
    ),
    (
        "the state partition has the rest of the disk",
        "test $(df --output=size /var | tail -1) -gt 1000000 && echo grown",
        Answer::Is("grown"),
    ),
    (
        "it has the disks that only its virtual machine has",
        "lsblk -bdno SIZE /dev/vdb /dev/disk/by-id/virtio-data | xargs",
        Answer::Is("67108864 33554432"),
    ),
    (
        "dpkg knows its packages",
        "grep -c '^Package: containerd$' /var/lib/dpkg/status",
        Answer::Is("1"),
    ),
];

/// What stays the same over a reboot, and is not in the image.
const IDENTITY: &str = "cat /etc/machine-id; sudo -n cat /var/lib/ssh/ssh_host_ed25519_key.pub";

/// Overwrites the superblock of the state partition.
const BREAK_STATE: &str = "sudo -n dd if=/dev/zero of=$(findmnt -no SOURCE /var) bs=1024 seek=1 count=1 \
                           conv=notrunc,fsync status=none";

/// What the check of the state partition said.
const REPAIR: &str = "sudo -n journalctl -b -u hardpan-check-state -o cat --no-pager";

enum Answer {
    Is(&'static str),
    Contains(&'static str),
}

impl Answer {
    fn fits(&self, output: &str) -> bool {
        match self {
            Self::Is(expected) => output.trim() == *expected,
            Self::Contains(expected) => output.contains(expected),
        }
    }
}

/// A project whose machine lets the key of `folder/key` in.
fn machine(folder: &Path) -> PathBuf {
    let key = folder.join("key");
    let public = ssh_key(&key);
    let module = format!(
        "{{ users.users.sre-deploy.openssh.authorizedKeys.keys = [ \"{public}\" ];
           virtualisation.vmVariant.virtualisation.emptyDiskImages = [ 64 {{ size = 32; driveConfig.name = \"data\"; }} ]; }}\n"
    );
    let project_folder = folder.join("project");
    project(&project_folder, &module);
    project_folder
}

/// Makes a key pair; the public half. `ssh-keygen` comes from Debian through hardpan's own store.
fn ssh_key(path: &Path) -> String {
    let tools = support::sysroot("openssh-client");
    let mut command = support::program(&tools, "usr/bin/ssh-keygen");
    succeed(
        command
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "test", "-f"])
            .arg(path),
    );
    let public = std::fs::read_to_string(path.with_extension("pub")).expect("the public key is there");
    public.trim().to_owned()
}

/// Boots the machine on `disk`, runs `script` in it and switches it off; what the script printed.
fn run(folder: &Path, disk: &Path, script: &str) -> String {
    let mut command: Command = hardpan(&shared_data_folder());
    command.current_dir(folder.join("project")).args([
        "vm",
        ".#sre-prod-base",
        "--ssh",
        "--user",
        "sre-deploy",
    ]);
    command.arg("-i").arg(folder.join("key")).arg("--disk").arg(disk);
    command.arg("--serial-log").arg(folder.join("serial.log"));
    command.args(["--", script]);
    let output = command.output().expect("hardpan starts");
    let console = std::fs::read_to_string(folder.join("serial.log")).unwrap_or_default();
    assert!(output.status.success(), "{}\n{console}", text(&output));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_example_boots_and_is_what_it_promises_to_be() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    machine(folder.path());
    let disk = folder.path().join("disk.img");
    let questions: Vec<String> = QUESTIONS
        .iter()
        .map(|(_, command, _)| format!("{command}; echo; echo @@@@"))
        .collect();
    let script = format!("{}; {IDENTITY}", questions.join("; "));
    let output = run(folder.path(), &disk, &script);
    let answers: Vec<&str> = output.split("@@@@").collect();
    assert_eq!(answers.len(), QUESTIONS.len() + 1, "{output}");
    for ((name, command, expected), answer) in QUESTIONS.iter().zip(&answers) {
        assert!(expected.fits(answer), "{name}: '{command}' said {answer:?}");
    }
    let identity = answers.last().copied().unwrap_or_default().trim();
    assert!(
        identity.lines().count() == 2 && identity.contains("ssh-ed25519"),
        "{identity}"
    );

    let again = run(folder.path(), &disk, &format!("{IDENTITY}; {BREAK_STATE}"));
    assert_eq!(again.trim(), identity, "a reboot keeps machine id and host key");
    let output = run(folder.path(), &disk, &format!("{IDENTITY}; echo @@@@; {REPAIR}"));
    let (after, repair) = output.split_once("@@@@").expect("the script printed it");
    assert_eq!(after.trim(), identity, "a broken state partition keeps them too");
    assert!(
        repair.to_lowercase().contains("super"),
        "it was not broken: {repair}"
    );
    the_image_has_no_identity(folder.path(), identity);
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
    let key = ssh_key(&folder.path().join("key"));
    succeed(
        hardpan(&shared_data_folder())
            .current_dir(folder.path())
            .args(["init", "my-base"]),
    );
    let project = folder.path().join("my-base");
    let configuration = project.join("configuration.nix");
    let text = std::fs::read_to_string(&configuration).expect("the template has it");
    let with_key = text.replace(
        "authorizedKeys.keys = [ ]",
        &format!("authorizedKeys.keys = [ \"{key}\" ]"),
    );
    assert_ne!(text, with_key, "the template has a place for a key");
    std::fs::write(&configuration, with_key).expect("it can be written");
    let log = folder.path().join("serial.log");
    let mut command = hardpan(&shared_data_folder());
    command
        .current_dir(&project)
        .args(["vm", ".#my-base", "--ssh", "-i"]);
    command
        .arg(folder.path().join("key"))
        .arg("--serial-log")
        .arg(&log);
    command.args([
        "--",
        "hostname; sudo -n id -u; systemctl --failed --no-legend --plain",
    ]);
    let output = succeed(&mut command);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "my-base\n0\n");
    let console = std::fs::read_to_string(&log).expect("the console is kept");
    assert!(
        console.contains("my-base login:"),
        "the serial port has the console: {console}"
    );
}

#[test]
fn a_machine_that_is_not_up_in_time_is_ended() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    machine(folder.path());
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
