//! The system calls of the child process, as functions that allocate nothing and touch no state of the C library.
//!
//! Between the copying of a process that may have threads and the start of another program, only such calls are
//! sound: a lock that another thread held at that moment is never given back in the copy. Nothing safer exists: the
//! standard library's `pre_exec` is unsafe for the same reason and cannot make namespaces.

use std::ffi::{CStr, c_char, c_int, c_long, c_uint, c_ulong, c_void};
use std::os::fd::RawFd;
use std::ptr;

use libc::sock_filter;

/// A number of the system's for why a call failed.
pub(crate) type Errno = c_int;
pub(crate) type Outcome = Result<(), Errno>;

const LAST_SIGNAL: c_int = 64;
const LAST_CAPABILITY: c_ulong = 63;
const CAPABILITY_VERSION_3: u32 = 0x2008_0522;

/// The reason for the last failure of this thread.
pub(crate) fn last_error() -> Errno {
    // SAFETY: the address of this thread's own variable, which lives as long as the thread.
    unsafe { *libc::__errno_location() }
}

fn outcome(result: c_long) -> Outcome {
    if result < 0 { Err(last_error()) } else { Ok(()) }
}

fn descriptor(result: c_long) -> Result<RawFd, Errno> {
    outcome(result).map(|()| result as RawFd)
}

/// Ends the process at once.
pub(crate) fn exit(code: c_int) -> ! {
    // SAFETY: `_exit` runs no handlers and does not return.
    unsafe { libc::_exit(code) }
}

pub(crate) fn write(file: RawFd, data: &[u8]) -> Outcome {
    // SAFETY: the pointer and length are those of a live slice.
    outcome(unsafe { libc::write(file, data.as_ptr().cast::<c_void>(), data.len()) } as c_long)
}

pub(crate) fn open(path: &CStr, flags: c_int, mode: c_uint) -> Result<RawFd, Errno> {
    // SAFETY: the path ends with a zero byte and the call takes no other pointer.
    descriptor(c_long::from(unsafe {
        libc::open(path.as_ptr(), flags | libc::O_CLOEXEC, mode)
    }))
}

pub(crate) fn close(file: RawFd) {
    // SAFETY: takes no pointer; the callers close only what they opened.
    unsafe { libc::close(file) };
}

/// Writes all of `data` to the file at `path`.
pub(crate) fn write_file(path: &CStr, flags: c_int, data: &[u8]) -> Outcome {
    let file = open(path, libc::O_WRONLY | flags, 0o644)?;
    let mut rest = data;
    while !rest.is_empty() {
        // SAFETY: the pointer and length are those of a live slice.
        let written = unsafe { libc::write(file, rest.as_ptr().cast::<c_void>(), rest.len()) };
        outcome(written as c_long)?;
        rest = rest
            .get(usize::try_from(written).unwrap_or(0)..)
            .unwrap_or_default();
    }
    close(file);
    Ok(())
}

pub(crate) fn make_directory(path: &CStr, mode: u32) -> Outcome {
    // SAFETY: the path ends with a zero byte.
    match outcome(c_long::from(unsafe { libc::mkdir(path.as_ptr(), mode) })) {
        Err(libc::EEXIST) => Ok(()),
        other => other,
    }
}

pub(crate) fn make_link(target: &CStr, path: &CStr) -> Outcome {
    // SAFETY: both end with a zero byte.
    outcome(c_long::from(unsafe {
        libc::symlink(target.as_ptr(), path.as_ptr())
    }))
}

pub(crate) fn change_directory(path: &CStr) -> Outcome {
    // SAFETY: the path ends with a zero byte.
    outcome(c_long::from(unsafe { libc::chdir(path.as_ptr()) }))
}

pub(crate) fn set_file_mode_mask(mask: u32) {
    // SAFETY: takes no pointer and cannot fail.
    unsafe { libc::umask(mask) };
}

pub(crate) fn mount(source: &CStr, target: &CStr, kind: &CStr, flags: c_ulong, options: &CStr) -> Outcome {
    // SAFETY: all strings end with a zero byte; the options are read as a string.
    outcome(c_long::from(unsafe {
        libc::mount(
            source.as_ptr(),
            target.as_ptr(),
            kind.as_ptr(),
            flags,
            options.as_ptr().cast::<c_void>(),
        )
    }))
}

/// A copy of what is mounted at `path` and below, in no place yet.
pub(crate) fn copy_mounts(path: &CStr) -> Result<RawFd, Errno> {
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as c_uint;
    // SAFETY: the path ends with a zero byte and the call takes no other pointer.
    descriptor(unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) })
}

/// Adds attributes to the mount that `directory` and `path` name, and with `AT_RECURSIVE` to those below.
pub(crate) fn set_mount_attributes(directory: RawFd, path: &CStr, flags: c_int, attributes: u64) -> Outcome {
    let change = libc::mount_attr {
        attr_set: attributes,
        attr_clr: 0,
        propagation: 0,
        userns_fd: 0,
    };
    // SAFETY: the path ends with a zero byte; the structure is live and its size is told.
    outcome(unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            directory,
            path.as_ptr(),
            flags,
            &raw const change,
            size_of::<libc::mount_attr>(),
        )
    })
}

pub(crate) fn place_mounts(tree: RawFd, path: &CStr) -> Outcome {
    // SAFETY: both paths end with a zero byte.
    outcome(unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            tree,
            c"".as_ptr(),
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::MOVE_MOUNT_F_EMPTY_PATH,
        )
    })
}

/// Makes the working directory the root and lets go of the old root with all that is mounted there.
pub(crate) fn make_working_directory_root() -> Outcome {
    // SAFETY: both paths end with a zero byte.
    outcome(unsafe { libc::syscall(libc::SYS_pivot_root, c".".as_ptr(), c".".as_ptr()) })?;
    // SAFETY: the path ends with a zero byte. The old root lies on top of the new one, so it is what goes.
    outcome(c_long::from(unsafe {
        libc::umount2(c".".as_ptr(), libc::MNT_DETACH)
    }))?;
    change_directory(c"/")
}

pub(crate) fn set_host_name(name: &CStr, domain: &CStr) -> Outcome {
    // SAFETY: pointer and length are those of live strings.
    outcome(c_long::from(unsafe {
        libc::sethostname(name.as_ptr(), name.count_bytes())
    }))?;
    // SAFETY: as above.
    outcome(c_long::from(unsafe {
        libc::setdomainname(domain.as_ptr(), domain.count_bytes())
    }))
}

/// Switches the loopback device on.
pub(crate) fn start_loopback() -> Outcome {
    // SAFETY: takes no pointer.
    let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) };
    let socket = descriptor(c_long::from(socket))?;
    // SAFETY: all zeros are a valid value of this structure of integers and unions of such.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
        *to = *from as c_char;
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_LOOPBACK | libc::IFF_RUNNING) as i16;
    // SAFETY: the structure is live and what this request reads.
    let started = outcome(c_long::from(unsafe {
        libc::ioctl(socket, libc::SIOCSIFFLAGS, &raw const request)
    }));
    close(socket);
    started
}

/// Has the kernel end this process when the thread that made it ends.
pub(crate) fn die_with_parent() -> Outcome {
    // SAFETY: takes no pointer.
    outcome(c_long::from(unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL)
    }))
}

/// Waits until one byte comes; fails if the other end is gone.
pub(crate) fn wait_for_byte(file: RawFd) -> Outcome {
    let mut byte = 0_u8;
    loop {
        // SAFETY: the pointer is that of one live byte.
        match unsafe { libc::read(file, (&raw mut byte).cast::<c_void>(), 1) } {
            1 => return Ok(()),
            0 => return Err(libc::EPIPE),
            _ if last_error() == libc::EINTR => {}
            _ => return Err(last_error()),
        }
    }
}

pub(crate) fn start_session() -> Outcome {
    // SAFETY: takes nothing.
    outcome(c_long::from(unsafe { libc::setsid() }))
}

pub(crate) fn duplicate(from: RawFd, to: RawFd) -> Outcome {
    // SAFETY: takes no pointer; the targets are the standard streams of this process.
    outcome(c_long::from(unsafe { libc::dup2(from, to) }))
}

/// Has every file above the standard streams closed when another program starts.
pub(crate) fn close_files_on_start() -> Outcome {
    // SAFETY: takes no pointer.
    outcome(unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3 as c_uint,
            c_uint::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    })
}

/// Every signal does what it does by default, and none is held back.
pub(crate) fn reset_signals() -> Outcome {
    // The kernel's own structure is four words or fewer; zeros are the default action, no flags, an empty mask. The C
    // library's function would leave out the signals that it keeps for itself, which a parent may have had ignored.
    let default = [0_u64; 4];
    let set_bytes = size_of::<u64>();
    for signal in 1..=LAST_SIGNAL {
        let nowhere = ptr::null_mut::<c_void>();
        // SAFETY: the structure is live. Signals that cannot be changed give an error that is of no interest.
        unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                default.as_ptr(),
                nowhere,
                set_bytes,
            )
        };
    }
    // SAFETY: all zeros are the empty set.
    let none: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is live.
    outcome(c_long::from(unsafe {
        libc::sigprocmask(libc::SIG_SETMASK, &raw const none, ptr::null_mut())
    }))
}

/// No core files, and addresses that are the same each time.
pub(crate) fn set_limits() -> Outcome {
    let none = libc::rlimit {
        rlim_cur: 0,
        rlim_max: libc::RLIM_INFINITY,
    };
    // SAFETY: the structure is live. The limit may be lower already, which is as good.
    unsafe { libc::setrlimit(libc::RLIMIT_CORE, &raw const none) };
    // SAFETY: takes no pointer.
    outcome(c_long::from(unsafe {
        libc::personality(libc::ADDR_NO_RANDOMIZE as c_ulong)
    }))
}

#[repr(C)]
struct CapabilityHeader {
    version: u32,
    process: c_int,
}

/// Gives up all capabilities, for the programs to come as well.
pub(crate) fn drop_capabilities() -> Outcome {
    for capability in 0..=LAST_CAPABILITY {
        // SAFETY: takes no pointer. Numbers that the kernel does not know give an error that is of no interest.
        unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
    }
    let zero: c_ulong = 0;
    // SAFETY: takes no pointer.
    outcome(c_long::from(unsafe {
        libc::prctl(
            libc::PR_CAP_AMBIENT,
            libc::PR_CAP_AMBIENT_CLEAR_ALL,
            zero,
            zero,
            zero,
        )
    }))?;
    let header = CapabilityHeader {
        version: CAPABILITY_VERSION_3,
        process: 0,
    };
    let sets = [[0_u32; 3]; 2];
    // SAFETY: the header and the two structures of three words that this version has are live.
    outcome(unsafe { libc::syscall(libc::SYS_capset, &raw const header, sets.as_ptr()) })
}

pub(crate) fn forbid_new_privileges() -> Outcome {
    let zero: c_ulong = 0;
    // SAFETY: takes no pointer.
    outcome(c_long::from(unsafe {
        libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1 as c_ulong, zero, zero, zero)
    }))
}

/// The Landlock rules of a domain as the kernel takes them; `libc` has no such structure yet.
#[repr(C)]
struct LandlockRules {
    files: u64,
    network: u64,
    scoped: u64,
}

const LANDLOCK_ABSTRACT_SOCKETS: u64 = 1;
const LANDLOCK_SIGNALS: u64 = 2;

/// Keeps the process from abstract sockets and signals of all who are not its descendants. Kernels before 6.12 do
/// not know how, and some have it switched off: then nothing is changed.
pub(crate) fn leave_others_alone() -> Outcome {
    let rules = LandlockRules {
        files: 0,
        network: 0,
        scoped: LANDLOCK_ABSTRACT_SOCKETS | LANDLOCK_SIGNALS,
    };
    // SAFETY: the structure is live and its size is told.
    let made = descriptor(unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            &raw const rules,
            size_of::<LandlockRules>(),
            0,
        )
    });
    let ruleset = match made {
        Ok(ruleset) => ruleset,
        Err(libc::ENOSYS | libc::EOPNOTSUPP | libc::E2BIG | libc::EINVAL | libc::EPERM) => return Ok(()),
        Err(error) => return Err(error),
    };
    // SAFETY: takes no pointer.
    let restricted = outcome(unsafe { libc::syscall(libc::SYS_landlock_restrict_self, ruleset, 0) });
    close(ruleset);
    restricted
}

pub(crate) fn install_filter(filter: &[sock_filter]) -> Outcome {
    let program = libc::sock_fprog {
        len: u16::try_from(filter.len()).unwrap_or(0),
        filter: filter.as_ptr().cast_mut(),
    };
    // SAFETY: the program and its steps are live; the kernel copies them.
    outcome(unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            libc::SECCOMP_SET_MODE_FILTER,
            0 as c_uint,
            &raw const program,
        )
    })
}

/// Becomes another program; comes back only with a reason why not. Both lists end with a null pointer.
pub(crate) fn execute(program: &CStr, arguments: &[*const c_char], environment: &[*const c_char]) -> Outcome {
    // SAFETY: `StringList` keeps the strings alive and ends both lists with a null pointer.
    outcome(c_long::from(unsafe {
        libc::execve(program.as_ptr(), arguments.as_ptr(), environment.as_ptr())
    }))
}
