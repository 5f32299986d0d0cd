//! Makes the child process and hears from it whether the program was started.

use std::ffi::c_int;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::path::PathBuf;
use std::ptr;

use crate::availability::{self, HostFacts};
use crate::child::{self, REPORT_BYTES, parse_report};
use crate::error::SandboxError;
use crate::operation::{Descriptors, Operation};
use crate::plan::{self, Identity};
use crate::running::{Process, Running};
use crate::spec::{Network, Spec};

/// Starts the program of `spec`. It is killed with all that it started when the thread that called this ends, or when
/// `Running` is dropped.
pub fn spawn(spec: &Spec) -> Result<Running, SandboxError> {
    let operations = plan::plan(spec, identity())?;
    let (terminal, output) = open_terminal().map_err(SandboxError::host("make a terminal for the output"))?;
    let process = start(&operations, spec.network, output.as_raw_fd())?;
    drop(output);
    Ok(Running::new(process, terminal))
}

/// Makes a process that performs `operations`, and waits until it has become its program or ended.
pub(crate) fn start(
    operations: &[Operation],
    network: Network,
    output: RawFd,
) -> Result<Process, SandboxError> {
    let pipe = || io::pipe().map_err(SandboxError::host("make a pipe"));
    let ((start, mut started), (mut report, reported)) = (pipe()?, pipe()?);
    let descriptors = Descriptors {
        output,
        start: start.as_raw_fd(),
        report: reported.as_raw_fd(),
    };
    let process = match clone_into(operations, namespaces(network), descriptors) {
        Ok(process) => process,
        Err(source) => return Err(refused("make namespaces".to_owned(), source)),
    };
    drop((start, reported));
    // A child that has died already says why by its report.
    let _ = started.write_all(b"s");
    let mut message = [0; REPORT_BYTES];
    match report.read_exact(&mut message) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(process),
        Err(source) => Err(SandboxError::host("hear from the sandbox")(source)),
        Ok(()) => Err(failure(operations, message)),
    }
}

fn namespaces(network: Network) -> c_int {
    let always = libc::CLONE_NEWUSER
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWPID
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP;
    match network {
        Network::None => always | libc::CLONE_NEWNET,
        Network::Host => always,
    }
}

fn failure(operations: &[Operation], message: [u8; REPORT_BYTES]) -> SandboxError {
    let (position, error) = parse_report(message);
    let source = io::Error::from_raw_os_error(error);
    match operations.get(position) {
        Some(Operation::Execute { program, .. }) => SandboxError::Execute {
            program: PathBuf::from(program.to_string_lossy().into_owned()),
            source,
        },
        Some(operation) if error != libc::ENOENT && operation.every_sandbox_needs() => {
            refused(operation.to_string(), source)
        }
        Some(operation) => SandboxError::SetUp {
            doing: operation.to_string(),
            source,
        },
        None => SandboxError::host("understand the sandbox's report")(source),
    }
}

fn refused(doing: String, source: io::Error) -> SandboxError {
    let hint = availability::hint(&HostFacts::read(), source.raw_os_error().unwrap_or(0));
    SandboxError::Unavailable { doing, hint, source }
}

pub(crate) fn identity() -> Identity {
    // SAFETY: these take nothing and cannot fail.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    Identity { user, group }
}

/// Copies this process into new namespaces; the copy performs `operations`. Signals are held back until the copy has
/// reset them, so that no handler of ours runs there.
fn clone_into(operations: &[Operation], namespaces: c_int, descriptors: Descriptors) -> io::Result<Process> {
    let mut handle: c_int = -1;
    // SAFETY: all zeros are a valid value of this structure of integers.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    arguments.flags = u64::from((namespaces | libc::CLONE_PIDFD) as u32);
    arguments.pidfd = (&raw mut handle) as u64;
    arguments.exit_signal = libc::SIGCHLD as u64;
    let before = hold_signals();
    // SAFETY: the arguments are live and their size is told. Without `CLONE_VM` the child has a copy of all memory,
    // so this is like `fork`: it returns twice, and the copy does only what is sound there (see `system`).
    let process = unsafe {
        libc::syscall(
            libc::SYS_clone3,
            &raw mut arguments,
            size_of::<libc::clone_args>(),
        )
    };
    if process == 0 {
        child::run(operations, descriptors);
    }
    let result = if process < 0 {
        Err(io::Error::last_os_error())
    } else {
        // SAFETY: the kernel has just made this descriptor for us, close-on-exec.
        let handle = unsafe { OwnedFd::from_raw_fd(handle) };
        Ok(Process::new(process as libc::pid_t, handle))
    };
    release_signals(&before);
    result
}

fn hold_signals() -> libc::sigset_t {
    // SAFETY: all zeros are the empty set; `sigfillset` fills the live set.
    let (mut all, mut before): (libc::sigset_t, libc::sigset_t) = unsafe { std::mem::zeroed() };
    // SAFETY: both sets are live.
    unsafe {
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_SETMASK, &raw const all, &raw mut before);
    }
    before
}

fn release_signals(before: &libc::sigset_t) {
    // SAFETY: the set is live.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before, ptr::null_mut()) };
}

/// Both ends of a pseudo terminal that passes bytes on as they are. Programs write line by line to one.
fn open_terminal() -> io::Result<(File, OwnedFd)> {
    // SAFETY: takes no pointer.
    let ours = owned(unsafe { libc::posix_openpt(libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC) })?;
    let mut locked: c_int = 0;
    // SAFETY: the request reads the live integer.
    succeeded(unsafe { libc::ioctl(ours.as_raw_fd(), libc::TIOCSPTLCK, &raw mut locked) })?;
    let flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
    // SAFETY: this request takes flags, no pointer.
    let theirs = owned(unsafe { libc::ioctl(ours.as_raw_fd(), libc::TIOCGPTPEER, flags) })?;
    // SAFETY: all zeros are a valid value of this structure of integers.
    let mut settings: libc::termios = unsafe { std::mem::zeroed() };
    // SAFETY: the structure is live.
    succeeded(unsafe { libc::tcgetattr(theirs.as_raw_fd(), &raw mut settings) })?;
    // SAFETY: the structure is live.
    unsafe { libc::cfmakeraw(&raw mut settings) };
    // SAFETY: the structure is live.
    succeeded(unsafe { libc::tcsetattr(theirs.as_raw_fd(), libc::TCSANOW, &raw const settings) })?;
    Ok((File::from(ours), theirs))
}

fn succeeded(result: c_int) -> io::Result<()> {
    if result < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

fn owned(descriptor: c_int) -> io::Result<OwnedFd> {
    succeeded(descriptor)?;
    // SAFETY: the kernel has just made this descriptor for us.
    Ok(unsafe { OwnedFd::from_raw_fd(descriptor) })
}
