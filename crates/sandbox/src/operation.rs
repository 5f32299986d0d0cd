//! One step of the child process on its way into the sandbox, with all that it needs in memory.

use std::ffi::{CStr, CString, c_char, c_ulong};
use std::fmt;
use std::os::fd::RawFd;
use std::ptr;

use libc::sock_filter;

use crate::system::{self, Errno, Outcome};

/// The attributes of everything that comes from this machine.
const FOREIGN: u64 = libc::MOUNT_ATTR_NOSUID;

/// One step. Paths of things in the sandbox are relative to its root, which is the working directory then.
#[derive(Debug)]
pub(crate) enum Operation {
    /// Dies with the thread that made the process.
    DieWithParent,
    /// Becomes an ordinary user of its own user namespace.
    Identity {
        users: CString,
        groups: CString,
    },
    HostName,
    Loopback,
    /// Keeps what is mounted from now on to itself.
    PrivateMounts,
    /// Mounts the new root on a directory of this machine and goes there.
    Root {
        scratch: CString,
    },
    Directory {
        path: CString,
        mode: u32,
    },
    File {
        path: CString,
        contents: Vec<u8>,
    },
    Link {
        path: CString,
        target: CString,
    },
    Bind {
        source: CString,
        path: CString,
        attributes: u64,
    },
    Mount {
        kind: &'static CStr,
        path: CString,
        flags: c_ulong,
        options: &'static CStr,
    },
    /// Leaves this machine's root.
    Enter,
    /// Makes the root itself read-only.
    SealRoot,
    WorkingDirectory {
        path: CString,
    },
    Streams,
    Signals,
    Limits,
    Capabilities,
    Filter {
        program: Vec<sock_filter>,
    },
    Execute {
        program: CString,
        arguments: StringList,
        environment: StringList,
    },
}

/// What the child has of its parent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Descriptors {
    /// Where the program writes.
    pub(crate) output: RawFd,
    /// One byte comes when the parent is ready.
    pub(crate) start: RawFd,
    /// Where a failure is reported.
    pub(crate) report: RawFd,
}

/// Strings as `execve` wants them.
#[derive(Debug)]
pub(crate) struct StringList {
    _strings: Vec<CString>,
    pointers: Vec<*const c_char>,
}

impl StringList {
    pub(crate) fn new(strings: Vec<CString>) -> Self {
        let mut pointers: Vec<*const c_char> = strings.iter().map(|string| string.as_ptr()).collect();
        pointers.push(ptr::null());
        Self {
            _strings: strings,
            pointers,
        }
    }
}

impl Operation {
    /// A bind mount that the sandbox can only read.
    pub(crate) fn bind_read_only(source: CString, path: CString) -> Self {
        let attributes = FOREIGN | libc::MOUNT_ATTR_NODEV | libc::MOUNT_ATTR_RDONLY;
        Self::Bind {
            source,
            path,
            attributes,
        }
    }

    /// A bind mount that the sandbox can write.
    pub(crate) fn bind_writable(source: CString, path: CString) -> Self {
        let attributes = FOREIGN | libc::MOUNT_ATTR_NODEV;
        Self::Bind {
            source,
            path,
            attributes,
        }
    }

    /// A bind mount of a device.
    pub(crate) fn bind_device(source: CString, path: CString) -> Self {
        Self::Bind {
            source,
            path,
            attributes: FOREIGN,
        }
    }

    /// Does it. Allocates nothing, as the rules for a copied process want it.
    pub(crate) fn perform(&self, descriptors: Descriptors) -> Outcome {
        match self {
            Self::DieWithParent => {
                system::die_with_parent()?;
                system::wait_for_byte(descriptors.start)
            }
            Self::Identity { users, groups } => take_identity(users, groups),
            Self::HostName => system::set_host_name(c"localhost", c"(none)"),
            Self::Loopback => system::start_loopback(),
            Self::PrivateMounts => system::mount(c"", c"/", c"", libc::MS_PRIVATE | libc::MS_REC, c""),
            Self::Root { scratch } => make_root(scratch),
            Self::Directory { path, mode } => system::make_directory(path, *mode),
            Self::File { path, contents } => system::write_file(path, libc::O_CREAT | libc::O_EXCL, contents),
            Self::Link { path, target } => system::make_link(target, path),
            Self::Bind {
                source,
                path,
                attributes,
            } => bind(source, path, *attributes),
            Self::Mount {
                kind,
                path,
                flags,
                options,
            } => system::mount(kind, path, kind, *flags, options),
            Self::Enter => system::make_working_directory_root(),
            Self::SealRoot => system::set_mount_attributes(libc::AT_FDCWD, c"/", 0, libc::MOUNT_ATTR_RDONLY),
            Self::WorkingDirectory { path } => system::change_directory(path),
            Self::Streams => connect_streams(descriptors.output),
            Self::Signals => system::reset_signals(),
            Self::Limits => system::set_limits(),
            Self::Capabilities => {
                system::drop_capabilities()?;
                // What has given up capabilities in a user namespace may have lost this.
                system::die_with_parent()
            }
            Self::Filter { program } => {
                system::forbid_new_privileges()?;
                system::leave_others_alone()?;
                system::install_filter(program)
            }
            Self::Execute {
                program,
                arguments,
                environment,
            } => system::execute(program, &arguments.pointers, &environment.pointers),
        }
    }

    /// Whether a failure means that this machine allows no sandboxes at all.
    pub(crate) fn every_sandbox_needs(&self) -> bool {
        matches!(
            self,
            Self::Identity { .. }
                | Self::HostName
                | Self::Loopback
                | Self::PrivateMounts
                | Self::Root { .. }
                | Self::Mount { .. }
                | Self::Enter
                | Self::SealRoot
                | Self::Streams
                | Self::Capabilities
                | Self::Filter { .. }
        )
    }
}

fn take_identity(users: &CStr, groups: &CStr) -> Outcome {
    // Old kernels do not have the file, and do not ask for it to be written.
    match system::write_file(c"/proc/self/setgroups", 0, b"deny") {
        Ok(()) | Err(libc::ENOENT) => {}
        Err(error) => return Err(error),
    }
    system::write_file(c"/proc/self/uid_map", 0, users.to_bytes())?;
    system::write_file(c"/proc/self/gid_map", 0, groups.to_bytes())
}

fn make_root(scratch: &CStr) -> Outcome {
    system::set_file_mode_mask(0);
    let flags = libc::MS_NOSUID | libc::MS_NODEV;
    system::mount(c"tmpfs", scratch, c"tmpfs", flags, c"mode=0750,size=64m")?;
    system::change_directory(scratch)?;
    system::set_file_mode_mask(0o022);
    Ok(())
}

fn bind(source: &CStr, path: &CStr, attributes: u64) -> Outcome {
    let tree = system::copy_mounts(source)?;
    let recursive = libc::AT_EMPTY_PATH | libc::AT_RECURSIVE;
    let placed: Result<(), Errno> = system::set_mount_attributes(tree, c"", recursive, attributes)
        .and_then(|()| system::place_mounts(tree, path));
    system::close(tree);
    placed
}

/// Input from nowhere, output to the parent, and a session without a terminal to control it.
fn connect_streams(output: RawFd) -> Outcome {
    system::start_session()?;
    let nothing = system::open(c"/dev/null", libc::O_RDONLY, 0)?;
    system::duplicate(nothing, 0)?;
    system::duplicate(output, 1)?;
    system::duplicate(output, 2)?;
    system::close_files_on_start()
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |string: &CStr| string.to_string_lossy().into_owned();
        match self {
            Self::DieWithParent => write!(formatter, "follow its parent"),
            Self::Identity { .. } => write!(formatter, "map users in a user namespace"),
            Self::HostName => write!(formatter, "set the host name"),
            Self::Loopback => write!(formatter, "switch the loopback device on"),
            Self::PrivateMounts => write!(formatter, "make mounts private"),
            Self::Root { scratch } => write!(formatter, "mount the root on '{}'", text(scratch)),
            Self::Directory { path, .. } => write!(formatter, "make the directory '/{}'", text(path)),
            Self::File { path, .. } => write!(formatter, "write '/{}'", text(path)),
            Self::Link { path, .. } => write!(formatter, "make the link '/{}'", text(path)),
            Self::Bind { source, path, .. } => {
                write!(formatter, "show '{}' as '/{}'", text(source), text(path))
            }
            Self::Mount { kind, path, .. } => {
                write!(formatter, "mount a {} on '/{}'", text(kind), text(path))
            }
            Self::Enter => write!(formatter, "change the root"),
            Self::SealRoot => write!(formatter, "make the root read-only"),
            Self::WorkingDirectory { path } => write!(formatter, "go to '{}'", text(path)),
            Self::Streams => write!(formatter, "connect the standard streams"),
            Self::Signals => write!(formatter, "reset signals"),
            Self::Limits => write!(formatter, "set limits"),
            Self::Capabilities => write!(formatter, "drop capabilities"),
            Self::Filter { .. } => write!(formatter, "filter system calls"),
            Self::Execute { program, .. } => write!(formatter, "run '{}'", text(program)),
        }
    }
}
