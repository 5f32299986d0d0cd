//! Runs images in virtual machines, with QEMU and firmware from Debian through the store.

mod acceleration;
mod console;
mod definition;
mod guest;
mod overlay;
pub mod qemu;
mod sysroot;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::build::Targets;
use crate::{Error, Session};

use definition::Realised;
use guest::{Guest, Login};
use qemu::{Console, Machine};
use sysroot::Sysroot;

/// How often it is looked whether the machine still runs.
const PAUSE: Duration = Duration::from_millis(100);

/// How to run a machine.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// The installable.
    pub installable: String,
    /// What may be done to the lock file.
    pub lock: crate::LockOptions,
    /// Log in over ssh instead of showing the console.
    pub ssh: bool,
    /// As whom to log in; the configuration's first ordinary user if nobody is named.
    pub user: Option<String>,
    /// The private key to log in with.
    pub key: Option<PathBuf>,
    /// The port of this machine that leads to ssh; a free one if none is given.
    pub ssh_port: Option<u16>,
    /// A disk that is kept; made if it is not there.
    pub disk: Option<PathBuf>,
    /// Memory in MiB instead of what the machine asks for.
    pub memory_mib: Option<u32>,
    /// How long it may take until ssh is there.
    pub boot_timeout: Duration,
    /// Where the console is written with `ssh`.
    pub serial_log: Option<PathBuf>,
    /// What to run in the machine instead of a shell.
    pub command: Vec<String>,
}

/// Builds and runs a machine until it is off. With `ssh` and a command the machine is switched off after it.
pub fn run(session: &Session, request: &Run) -> Result<(), Error> {
    let targets = Targets {
        lock: request.lock.clone(),
        ..Targets::default()
    };
    let realised = definition::realise(session, &targets, &request.installable)?;
    let folder = tempfile::Builder::new().prefix("hardpan-vm-").tempdir();
    let folder = folder.map_err(Error::files("make a directory in", std::env::temp_dir()))?;
    let qemu = Sysroot::new(&realised.qemu)?;
    let machine = machine(session, request, &realised, &qemu, folder.path())?;
    let process = Process {
        child: start(&qemu, &machine)?,
    };
    match request.ssh {
        true => run_command(session, request, &realised, &machine, process),
        false => show_console(session, process),
    }
}

/// Leaves the terminal to the machine, whose keys are all its own: an interrupt comes from elsewhere.
fn show_console(session: &Session, mut process: Process) -> Result<(), Error> {
    let status = loop {
        session.check_cancelled()?;
        let ended = process.child.try_wait();
        if let Some(status) = ended.map_err(Error::files("wait for", "qemu-system-x86_64"))? {
            break status;
        }
        thread::sleep(PAUSE);
    };
    match status.success() {
        true => Ok(()),
        false => Err(Error::Program {
            what: "QEMU".to_owned(),
            reason: status.to_string(),
        }),
    }
}

/// Logs in, runs the command or a shell, and switches the machine off.
fn run_command(
    session: &Session,
    request: &Run,
    realised: &Realised,
    machine: &Machine,
    mut process: Process,
) -> Result<(), Error> {
    let user = request.user.as_ref().or(realised.definition.user.as_ref());
    let login = Login {
        user: user.map_or("root", String::as_str).to_owned(),
        key: request
            .key
            .as_ref()
            .map(|key| session.settings().current_folder.join(key)),
        port: machine.ssh_port,
    };
    let ssh = Sysroot::new(&realised.ssh)?;
    let mut guest = Guest {
        session,
        process: &mut process.child,
        machine,
        boot_timeout: request.boot_timeout,
    };
    guest.wait_for_ssh()?;
    let code = guest.log_in(&ssh, &login, &request.command)?;
    guest.switch_off()?;
    match code {
        0 => Ok(()),
        code => Err(Error::GuestCommand(code)),
    }
}

/// A running QEMU, ended when dropped.
struct Process {
    child: Child,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to end.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn machine(
    session: &Session,
    request: &Run,
    realised: &Realised,
    qemu: &Sysroot,
    folder: &Path,
) -> Result<Machine, Error> {
    let current = &session.settings().current_folder;
    let disk = request
        .disk
        .as_ref()
        .map_or_else(|| folder.join("disk.qcow2"), |disk| current.join(disk));
    if !disk.exists() {
        let (image, format) = realised.image_file(session)?;
        overlay::create(&disk, &image, &format, realised.definition.disk_bytes())?;
    }
    let firmware = qemu.folder().join("usr/share/OVMF");
    let variables = match &request.disk {
        Some(_) => disk.with_extension("vars"),
        None => folder.join("variables.fd"),
    };
    if !variables.exists() {
        let original = firmware.join("OVMF_VARS_4M.fd");
        let content = fs::read(&original).map_err(Error::files("read", &original))?;
        fs::write(&variables, content).map_err(Error::files("write", &variables))?;
    }
    let log = request
        .serial_log
        .as_ref()
        .map_or_else(|| folder.join("console"), |log| current.join(log));
    Ok(Machine {
        disk,
        disk_format: "qcow2",
        firmware_code: firmware.join("OVMF_CODE_4M.fd"),
        firmware_variables: variables,
        data_folders: qemu.existing(&["usr/share/qemu", "usr/share/seabios"]),
        memory_mib: request.memory_mib.unwrap_or(realised.definition.memory_size),
        cores: realised.definition.cores,
        ssh_port: request.ssh_port.map_or_else(guest::free_port, Ok)?,
        forwarded_ports: realised.definition.ports(),
        console: if request.ssh {
            Console::File(log)
        } else {
            Console::Terminal
        },
        control_socket: request.ssh.then(|| folder.join("control")),
        acceleration: acceleration::choose(session, qemu, &firmware),
        further: realised.definition.options.clone(),
    })
}

fn start(qemu: &Sysroot, machine: &Machine) -> Result<Child, Error> {
    let mut command: Command = qemu.command("usr/bin/qemu-system-x86_64");
    command.args(machine.arguments());
    if machine.console != Console::Terminal {
        command.stdin(Stdio::null()).stdout(Stdio::null());
    }
    command
        .spawn()
        .map_err(Error::files("start", "qemu-system-x86_64"))
}
