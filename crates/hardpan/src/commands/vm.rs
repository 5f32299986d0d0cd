//! `hardpan vm`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use operations::vm;

use super::{Context, Outcome};
use crate::arguments::LockArguments;

/// Run a machine in QEMU; QEMU_OPTS and QEMU_NET_OPTS in the environment add arguments
#[derive(Debug, Args)]
pub struct Vm {
    /// What to run: FLAKE#NAME of a NixOS configuration, or a flake with only one
    #[arg(default_value = ".", value_name = "INSTALLABLE")]
    installable: String,
    /// Log in over ssh; the console goes to a file
    #[arg(long)]
    ssh: bool,
    /// As whom to log in [default: the configuration's first ordinary user, else root]
    #[arg(long, value_name = "USER", requires = "ssh")]
    user: Option<String>,
    /// The private key to log in with
    #[arg(long, short = 'i', value_name = "FILE", requires = "ssh")]
    identity: Option<PathBuf>,
    /// The port of this machine that leads to ssh
    #[arg(long, value_name = "PORT")]
    ssh_port: Option<u16>,
    /// Keep the disk in this file, made if it is not there
    #[arg(long, value_name = "FILE")]
    disk: Option<PathBuf>,
    /// Boot that disk also where the image of another configuration is on it
    #[arg(long, requires = "disk")]
    old_image: bool,
    /// Show the machine this disk too, in raw or qcow2 form
    #[arg(long, value_name = "FILE")]
    drive: Vec<PathBuf>,
    /// Have a port of this machine lead into the other one: 8080:80, udp:5353:53, 0.0.0.0:8080:80
    #[arg(long, value_name = "PORT:PORT")]
    forward: Vec<String>,
    /// Memory in MiB [default: virtualisation.memorySize]
    #[arg(long, value_name = "MIB")]
    memory: Option<u32>,
    /// Processors [default: virtualisation.cores]
    #[arg(long, value_name = "N")]
    processors: Option<u32>,
    /// How long to wait for ssh; the machine is ended then
    #[arg(long, value_name = "SECONDS", requires = "ssh", default_value_t = 600)]
    boot_timeout: u64,
    /// Write the console to this file
    #[arg(long, value_name = "FILE", requires = "ssh")]
    serial_log: Option<PathBuf>,
    /// What to run in the machine, which is switched off afterwards
    #[arg(last = true, value_name = "COMMAND", requires = "ssh")]
    command: Vec<String>,
    #[command(flatten)]
    lock: LockArguments,
}

impl Vm {
    pub fn run(self, context: &Context) -> Outcome {
        let request = vm::Run {
            installable: self.installable,
            lock: self.lock.options(context.settings())?,
            ssh: self.ssh,
            user: self.user,
            key: self.identity,
            ssh_port: self.ssh_port,
            disk: self.disk,
            old_image: self.old_image,
            drives: self.drive,
            forwards: self.forward,
            memory_mib: self.memory,
            processors: self.processors,
            boot_timeout: Duration::from_secs(self.boot_timeout),
            serial_log: self.serial_log,
            command: self.command,
        };
        vm::run(&context.session, &request)?;
        Ok(ExitCode::SUCCESS)
    }
}
