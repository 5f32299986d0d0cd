//! A program that runs in a sandbox: what it writes, how it ends, how it is ended.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::Duration;

use crate::error::SandboxError;

/// A program in a sandbox. Dropped before its end, it is killed with all that it started.
#[derive(Debug)]
pub struct Running {
    process: Process,
    /// Nothing once the program has closed the other end.
    terminal: Option<File>,
}

/// What `Running::next` has to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    /// The program wrote so many bytes into the buffer.
    Output(usize),
    /// Nothing happened in the time given.
    Quiet,
    /// The program has ended, and so has everything that it started.
    Ended(ExitStatus),
}

impl Running {
    pub(crate) fn new(process: Process, terminal: File) -> Self {
        Self {
            process,
            terminal: Some(terminal),
        }
    }

    /// Waits for the next thing to happen, at most for `patience`. What the program wrote before its end comes first.
    pub fn next(&mut self, buffer: &mut [u8], patience: Duration) -> Result<Activity, SandboxError> {
        if let Some(terminal) = &mut self.terminal {
            if !is_readable(terminal.as_raw_fd(), patience)
                .map_err(SandboxError::host("wait for the program"))?
            {
                return Ok(Activity::Quiet);
            }
            match terminal.read(buffer) {
                Ok(count) if count > 0 => return Ok(Activity::Output(count)),
                // This is how a terminal says that nobody has the other end any more.
                Err(error) if error.raw_os_error() != Some(libc::EIO) => {
                    return Err(SandboxError::host("read what the program writes")(error));
                }
                _ => self.terminal = None,
            }
        }
        let waiting = "wait for the program's end";
        if !is_readable(self.process.handle.as_raw_fd(), patience).map_err(SandboxError::host(waiting))? {
            return Ok(Activity::Quiet);
        }
        self.process
            .wait()
            .map(Activity::Ended)
            .map_err(SandboxError::host(waiting))
    }

    /// Kills the program and everything that it started. Its end is still to be waited for.
    pub fn kill(&self) {
        self.process.kill();
    }
}

/// A child process, killed and waited for when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    id: libc::pid_t,
    handle: OwnedFd,
    ended: Option<ExitStatus>,
}

impl Process {
    pub(crate) fn new(id: libc::pid_t, handle: OwnedFd) -> Self {
        Self {
            id,
            handle,
            ended: None,
        }
    }

    fn kill(&self) {
        if self.ended.is_none() {
            // SAFETY: takes no pointer. The child has not been waited for, so the number is still its own; it is
            // the first process of its namespace, so all others there die with it.
            unsafe { libc::kill(self.id, libc::SIGKILL) };
        }
    }

    pub(crate) fn wait(&mut self) -> io::Result<ExitStatus> {
        if let Some(status) = self.ended {
            return Ok(status);
        }
        let mut status = 0;
        // SAFETY: the pointer is that of a live integer.
        while unsafe { libc::waitpid(self.id, &raw mut status, 0) } < 0 {
            let error = io::Error::last_os_error();
            if error.kind() != io::ErrorKind::Interrupted {
                return Err(error);
            }
        }
        let status = ExitStatus::from_raw(status);
        self.ended = Some(status);
        Ok(status)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        let _ = self.wait();
    }
}

fn is_readable(descriptor: RawFd, patience: Duration) -> io::Result<bool> {
    let mut wish = libc::pollfd {
        fd: descriptor,
        events: libc::POLLIN,
        revents: 0,
    };
    let milliseconds = i32::try_from(patience.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the pointer is that of one live structure.
    match unsafe { libc::poll(&raw mut wish, 1, milliseconds) } {
        count if count >= 0 => Ok(count > 0),
        _ => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::Interrupted => Ok(false),
            error => Err(error),
        },
    }
}
