//! Runs images in virtual machines, with QEMU and firmware from Debian through the store.

mod acceleration;
mod console;
mod definition;
mod disk;
mod error;
mod forward;
mod guest;
mod login;
mod overlay;
pub mod qemu;
mod sysroot;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::{Error, Event, Session};

use definition::Realised;
use disk::Image;
pub use error::VmError;
use forward::Forward;
use guest::{Guest, Login};
use qemu::{Acceleration, Console, Drive, Machine};
use sysroot::Sysroot;

/// How often it is looked whether the machine still runs.
const PAUSE: Duration = Duration::from_millis(100);

/// What a person should know where there is no hypervisor.
const EMULATED: &str = "no usable /dev/kvm: the machine's processor is emulated, which takes half a minute to boot and \
                        longer where this machine is busy";

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
    /// Boot that disk also where another image is on it.
    pub old_image: bool,
    /// Further disks, which are there.
    pub drives: Vec<PathBuf>,
    /// Further ports that lead in: `8080:80`.
    pub forwards: Vec<String>,
    /// Memory in MiB instead of what the machine asks for.
    pub memory_mib: Option<u32>,
    /// Processors instead of what the machine asks for.
    pub processors: Option<u32>,
    /// How long it may take until ssh is there.
    pub boot_timeout: Duration,
    /// Where the console is written with `ssh`.
    pub serial_log: Option<PathBuf>,
    /// What to run in the machine instead of a shell.
    pub command: Vec<String>,
}

/// Builds and runs a machine until it is off. With `ssh` and a command the machine is switched off after it.
pub fn run(session: &Session, request: &Run) -> Result<(), Error> {
    let asked = Asked::read(session, request)?;
    let realised = definition::realise(session, request)?;
    let folder = tempfile::Builder::new().prefix("hardpan-vm-").tempdir();
    let folder = folder.map_err(Error::files("make a directory in", std::env::temp_dir()))?;
    let qemu = Sysroot::new(&realised.qemu)?;
    let machine = machine(session, request, asked, &realised, &qemu, folder.path())?;
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
    let user = request
        .user
        .as_deref()
        .or(realised.definition.logins.ordinary_user());
    let login = Login {
        user: user.unwrap_or("root").to_owned(),
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

/// What the command line adds to the configuration, read before anything is built.
struct Asked {
    forwards: Vec<Forward>,
    drives: Vec<Drive>,
}

impl Asked {
    fn read(session: &Session, request: &Run) -> Result<Self, Error> {
        let forwards = request.forwards.iter().map(|text| Forward::parse(text));
        let current = &session.settings().current_folder;
        let drives = request
            .drives
            .iter()
            .map(|drive| disk::existing(&current.join(drive)));
        Ok(Self {
            forwards: forwards.collect::<Result<_, _>>()?,
            drives: drives.collect::<Result<_, _>>()?,
        })
    }
}

fn machine(
    session: &Session,
    request: &Run,
    asked: Asked,
    realised: &Realised,
    qemu: &Sysroot,
    folder: &Path,
) -> Result<Machine, Error> {
    let current = &session.settings().current_folder;
    let definition = &realised.definition;
    let network_rules = network_rules(session, &asked, realised);
    let drives = drives(session, request, asked, realised, folder)?;
    let firmware = qemu.folder().join("usr/share/OVMF");
    let variables = match &request.disk {
        Some(disk) => current.join(disk).with_extension("vars"),
        None => folder.join("variables.fd"),
    };
    disk::variables(&variables, &firmware.join("OVMF_VARS_4M.fd"))?;
    let log = request
        .serial_log
        .as_ref()
        .map_or_else(|| folder.join("console"), |log| current.join(log));
    let acceleration = acceleration::choose(session, qemu, &firmware);
    if acceleration == Acceleration::Tcg {
        session.tell(Event::Note(EMULATED.to_owned()));
    }
    Ok(Machine {
        drives,
        firmware_code: firmware.join("OVMF_CODE_4M.fd"),
        firmware_variables: variables,
        data_folders: qemu.existing(&["usr/share/qemu", "usr/share/seabios"]),
        memory_mib: request.memory_mib.unwrap_or(definition.memory_size),
        cores: request.processors.unwrap_or(definition.cores),
        ssh_port: request.ssh_port.map_or_else(guest::free_port, Ok)?,
        network_rules,
        console: if request.ssh {
            Console::File(log)
        } else {
            Console::Terminal
        },
        control_socket: request.ssh.then(|| folder.join("control")),
        acceleration,
        further: definition
            .options
            .iter()
            .cloned()
            .chain(words(session, "QEMU_OPTS"))
            .collect(),
    })
}

/// The disk with the image, then what the configuration and the command line add.
fn drives(
    session: &Session,
    request: &Run,
    asked: Asked,
    realised: &Realised,
    folder: &Path,
) -> Result<Vec<Drive>, Error> {
    let current = &session.settings().current_folder;
    let (path, file, format) = realised.image(session)?;
    let image = Image {
        path: &path,
        file: &file,
        format: &format,
        minimum_bytes: realised.definition.disk_bytes(),
    };
    let kept = request.disk.as_ref().map(|disk| current.join(disk));
    let first = match &kept {
        Some(disk) => disk::kept(session, disk, &image, request.old_image)?,
        None => disk::throw_away(folder, &image)?,
    };
    let mut drives = vec![first];
    for (number, empty) in realised.definition.empty_disk_images.iter().enumerate() {
        let file = match &kept {
            Some(disk) => disk.with_extension(format!("empty{number}.raw")),
            None => folder.join(format!("empty{number}.raw")),
        };
        drives.push(disk::empty(file, empty.bytes(), empty.serial())?);
    }
    drives.extend(asked.drives);
    Ok(drives)
}

/// What leads in and out: of the configuration, the command line and `QEMU_NET_OPTS`.
fn network_rules(session: &Session, asked: &Asked, realised: &Realised) -> Vec<String> {
    let forwards = realised.definition.forward_ports.iter().chain(&asked.forwards);
    let rules = forwards.map(Forward::rule);
    rules.chain(words(session, "QEMU_NET_OPTS")).collect()
}

/// The words of a variable of the environment.
fn words(session: &Session, variable: &str) -> Vec<String> {
    let text = session.settings().variable(variable).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
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
