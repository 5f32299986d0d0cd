//! Talks to a running machine: waits for ssh, logs in, switches it off.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::{Duration, Instant};

use super::console;
use super::qemu::{Console, Machine};
use super::sysroot::Sysroot;
use crate::{Error, Event, Session};

const OFF_PATIENCE: Duration = Duration::from_secs(120);
const BANNER_PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(200);
/// What a client says when it could not connect or log in.
const SSH_FAILED: u8 = 255;

/// How much of the console is shown when a machine does not come up.
const CONSOLE_LINES: usize = 12;

/// How to log in.
pub(super) struct Login {
    pub(super) user: String,
    pub(super) key: Option<PathBuf>,
    pub(super) port: u16,
}

/// A running machine.
pub(super) struct Guest<'a> {
    pub(super) session: &'a Session,
    pub(super) process: &'a mut Child,
    pub(super) machine: &'a Machine,
    /// How long it may take until ssh is there.
    pub(super) boot_timeout: Duration,
}

/// A port of this machine that nobody listens on.
pub(super) fn free_port() -> Result<u16, Error> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    Ok(address
        .map_err(Error::files("find a free port on", "127.0.0.1"))?
        .port())
}

impl Guest<'_> {
    /// Waits until the machine's ssh server greets.
    pub(super) fn wait_for_ssh(&mut self) -> Result<(), Error> {
        let port = self.machine.ssh_port;
        self.session.tell(Event::Note(format!(
            "booting; ssh will be at 127.0.0.1 port {port}"
        )));
        let began = Instant::now();
        while began.elapsed() < self.boot_timeout {
            self.session.check_cancelled()?;
            self.check_running("it ended before ssh was there")?;
            if greets(port) {
                let seconds = began.elapsed().as_secs_f64();
                self.session
                    .tell(Event::Note(format!("ssh is there after {seconds:.1} s")));
                return Ok(());
            }
            thread::sleep(PAUSE);
        }
        let reason = format!("ssh was not there after {} s", self.boot_timeout.as_secs());
        Err(self.not_up(&reason))
    }

    /// The machine did not come up; what its console said last tells why.
    fn not_up(&self, reason: &str) -> Error {
        let Console::File(path) = &self.machine.console else {
            let reason = reason.to_owned();
            return Error::MachineNotUp { reason };
        };
        let said = console::last_lines(&fs::read(path).unwrap_or_default(), CONSOLE_LINES);
        let reason = match said.is_empty() {
            true => format!("{reason}; its console said nothing"),
            false => format!("{reason}; its console said last:{said}"),
        };
        Error::MachineNotUp { reason }
    }

    fn check_running(&mut self, reason: &str) -> Result<(), Error> {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            Ok(Some(status)) => Err(self.not_up(&format!("{reason} ({status})"))),
            Err(error) => Err(Error::files("wait for", "qemu-system-x86_64")(error)),
        }
    }

    /// Runs `command`, or a shell, in the machine; gives its exit code.
    pub(super) fn log_in(&mut self, ssh: &Sysroot, login: &Login, command: &[String]) -> Result<u8, Error> {
        let mut client = ssh.command("usr/bin/ssh");
        client.args([
            "-F",
            "none",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
        ]);
        client.args([
            "-o",
            "LogLevel=ERROR",
            "-o",
            "ConnectTimeout=120",
            "-o",
            "ServerAliveInterval=60",
        ]);
        if let Some(key) = &login.key {
            client
                .args(["-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-i"])
                .arg(key);
        }
        client.args([
            "-p",
            &login.port.to_string(),
            &format!("{}@127.0.0.1", login.user),
        ]);
        if !command.is_empty() {
            client.arg("--").args(command);
        }
        let status = client.status().map_err(Error::files("start", "ssh"))?;
        Ok(status
            .code()
            .and_then(|code| u8::try_from(code).ok())
            .unwrap_or(SSH_FAILED))
    }

    /// Presses the power button and waits; ends the machine if it does not go off.
    pub(super) fn switch_off(&mut self) -> Result<(), Error> {
        if let Some(socket) = &self.machine.control_socket
            && press_power_button(socket).is_ok()
        {
            let began = Instant::now();
            while began.elapsed() < OFF_PATIENCE {
                self.session.check_cancelled()?;
                if !matches!(self.process.try_wait(), Ok(None)) {
                    return Ok(());
                }
                thread::sleep(PAUSE);
            }
            self.session.warn("the machine did not go off by itself");
        }
        // Ended by the caller, who owns the process.
        Ok(())
    }
}

/// Whether an ssh server is behind a port: QEMU accepts connections before the guest does.
fn greets(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let Ok(mut stream) = TcpStream::connect_timeout(&address, BANNER_PATIENCE) else {
        return false;
    };
    let mut greeting = [0; 4];
    stream.set_read_timeout(Some(BANNER_PATIENCE)).is_ok()
        && stream.read_exact(&mut greeting).is_ok()
        && &greeting == b"SSH-"
}

fn press_power_button(socket: &Path) -> std::io::Result<()> {
    let stream = UnixStream::connect(socket)?;
    let mut answers = BufReader::new(stream.try_clone()?);
    let mut stream = stream;
    let mut line = String::new();
    answers.read_line(&mut line)?;
    for command in ["qmp_capabilities", "system_powerdown"] {
        writeln!(stream, "{{\"execute\":\"{command}\"}}")?;
        line.clear();
        answers.read_line(&mut line)?;
    }
    Ok(())
}
