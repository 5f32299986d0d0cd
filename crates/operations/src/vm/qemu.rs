//! The QEMU command line for one virtual machine.

use std::path::PathBuf;

use super::forward::Forward;

/// How the guest's instructions are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceleration {
    /// The host's hypervisor.
    Kvm,
    /// Emulation; works everywhere.
    Tcg,
}

/// Where the guest's serial console goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Console {
    /// The terminal hardpan runs in; `Ctrl-A X` ends the machine.
    Terminal,
    /// A file.
    File(PathBuf),
}

/// A disk, which is written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drive {
    /// Its file.
    pub file: PathBuf,
    /// Its format: `raw` or `qcow2`.
    pub format: &'static str,
    /// By which name the machine finds it below `/dev/disk/by-id`.
    pub serial: Option<String>,
}

impl Drive {
    /// A disk without a name.
    pub const fn new(file: PathBuf, format: &'static str) -> Self {
        Self {
            file,
            format,
            serial: None,
        }
    }
}

/// One virtual machine. Paths are as QEMU sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// The disks; the first one is booted from.
    pub drives: Vec<Drive>,
    /// Firmware code (read only).
    pub firmware_code: PathBuf,
    /// Firmware variables; written to.
    pub firmware_variables: PathBuf,
    /// Where QEMU finds its own files.
    pub data_folders: Vec<PathBuf>,
    /// Memory in MiB.
    pub memory_mib: u32,
    /// Virtual processors.
    pub cores: u32,
    /// Loopback port that leads to the guest's port 22.
    pub ssh_port: u16,
    /// What leads in and out: parts of the user network's description.
    pub network_rules: Vec<String>,
    /// Where the console goes.
    pub console: Console,
    /// Where QEMU can be talked to, in its machine protocol.
    pub control_socket: Option<PathBuf>,
    /// How instructions are run.
    pub acceleration: Acceleration,
    /// Further arguments.
    pub further: Vec<String>,
}

impl Machine {
    /// The arguments after the program's name.
    pub fn arguments(&self) -> Vec<String> {
        let mut arguments: Vec<String> = Vec::new();
        let mut add = |words: &[&str]| arguments.extend(words.iter().map(|word| (*word).to_owned()));
        add(&[
            "-machine",
            "q35",
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
        ]);
        for folder in &self.data_folders {
            add(&["-L", &folder.display().to_string()]);
        }
        match self.acceleration {
            Acceleration::Kvm => add(&["-accel", "kvm", "-cpu", "host"]),
            Acceleration::Tcg => add(&["-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max"]),
        }
        add(&[
            "-smp",
            &self.cores.to_string(),
            "-m",
            &self.memory_mib.to_string(),
        ]);
        let code = escape(&self.firmware_code);
        add(&["-drive", &format!("if=pflash,format=raw,readonly=on,file={code}")]);
        let variables = escape(&self.firmware_variables);
        add(&["-drive", &format!("if=pflash,format=raw,file={variables}")]);
        for (number, drive) in self.drives.iter().enumerate() {
            let (file, format) = (escape(&drive.file), drive.format);
            add(&[
                "-drive",
                &format!("if=none,id=disk{number},file={file},format={format},cache=unsafe,discard=unmap"),
            ]);
            let boot = if number == 0 { ",bootindex=1" } else { "" };
            let serial = drive
                .serial
                .as_ref()
                .map(|serial| format!(",serial={}", serial.replace(',', ",,")));
            let serial = serial.unwrap_or_default();
            add(&[
                "-device",
                &format!("virtio-blk-pci,drive=disk{number}{boot}{serial}"),
            ]);
        }
        add(&[
            "-netdev",
            &self.network(),
            "-device",
            "virtio-net-pci,netdev=net,romfile=",
        ]);
        add(&["-device", "virtio-rng-pci"]);
        match &self.console {
            Console::Terminal => add(&["-serial", "mon:stdio"]),
            Console::File(path) => add(&["-serial", &format!("file:{}", path.display())]),
        }
        if let Some(socket) = &self.control_socket {
            add(&["-qmp", &format!("unix:{},server=on,wait=off", escape(socket))]);
        }
        arguments.extend(self.further.iter().cloned());
        arguments
    }

    fn network(&self) -> String {
        let ssh = Forward::ssh(self.ssh_port).rule();
        let rules = std::iter::once(&ssh).chain(&self.network_rules);
        let rules: String = rules.map(|rule| format!(",{rule}")).collect();
        format!("user,id=net{rules}")
    }
}

/// A path inside a QEMU option list, where a comma is written twice.
fn escape(path: &std::path::Path) -> String {
    path.display().to_string().replace(',', ",,")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> Machine {
        Machine {
            drives: vec![
                Drive::new("/run/vm/a,b.raw".into(), "raw"),
                Drive {
                    serial: Some("more".to_owned()),
                    ..Drive::new("/run/vm/c".into(), "qcow2")
                },
            ],
            firmware_code: "/usr/share/OVMF/OVMF_CODE_4M.fd".into(),
            firmware_variables: "/run/vm/variables.fd".into(),
            data_folders: vec!["/usr/share/qemu".into()],
            memory_mib: 1024,
            cores: 2,
            ssh_port: 2222,
            network_rules: vec!["hostfwd=tcp:127.0.0.1:8080-:80".to_owned()],
            console: Console::Terminal,
            control_socket: None,
            acceleration: Acceleration::Tcg,
            further: Vec::new(),
        }
    }

    #[test]
    fn the_first_disk_is_booted_and_others_have_names() {
        let arguments = machine().arguments().join(" ");
        assert!(
            arguments.contains("-device virtio-blk-pci,drive=disk0,bootindex=1 "),
            "{arguments}"
        );
        assert!(
            arguments.contains("-device virtio-blk-pci,drive=disk1,serial=more "),
            "{arguments}"
        );
    }

    #[test]
    fn ports_are_forwarded_from_loopback_only() {
        let arguments = machine().arguments().join(" ");
        assert!(
            arguments.contains("user,id=net,hostfwd=tcp:127.0.0.1:2222-:22,hostfwd=tcp:127.0.0.1:8080-:80")
        );
    }

    #[test]
    fn a_comma_in_a_path_does_not_end_the_option() {
        assert!(
            machine()
                .arguments()
                .join(" ")
                .contains("file=/run/vm/a,,b.raw,format=raw")
        );
    }
}
