//! The QEMU command line for one virtual machine.

use std::path::PathBuf;

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

/// One virtual machine. Paths are as QEMU sees them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Machine {
    /// Disk image of the machine; written to.
    pub disk: PathBuf,
    /// Format of the disk: `raw` or `qcow2`.
    pub disk_format: &'static str,
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
    /// Further forwarded TCP ports: (host loopback, guest).
    pub forwarded_ports: Vec<(u16, u16)>,
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
        let (disk, format) = (escape(&self.disk), self.disk_format);
        add(&[
            "-drive",
            &format!("if=none,id=disk,file={disk},format={format},cache=unsafe,discard=unmap"),
        ]);
        add(&["-device", "virtio-blk-pci,drive=disk,bootindex=1"]);
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
        let ssh = (self.ssh_port, 22);
        let forwards = std::iter::once(&ssh).chain(&self.forwarded_ports);
        let rules: String = forwards
            .map(|(host, guest)| format!(",hostfwd=tcp:127.0.0.1:{host}-:{guest}"))
            .collect();
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
            disk: "/run/vm/a,b.raw".into(),
            disk_format: "raw",
            firmware_code: "/usr/share/OVMF/OVMF_CODE_4M.fd".into(),
            firmware_variables: "/run/vm/variables.fd".into(),
            data_folders: vec!["/usr/share/qemu".into()],
            memory_mib: 1024,
            cores: 2,
            ssh_port: 2222,
            forwarded_ports: vec![(8080, 80)],
            console: Console::Terminal,
            control_socket: None,
            acceleration: Acceleration::Tcg,
            further: Vec::new(),
        }
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
