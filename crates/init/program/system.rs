//! Safe calls into the kernel. Paths and names end with a zero byte.
#![expect(unsafe_code, reason = "this is the one place where the program calls the kernel")]

use crate::arch::{call, number};
use crate::device_mapper::Request;
use core::fmt;

/// An error number of the kernel.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub i32);

pub const ENOENT: Errno = Errno(2);
pub const EEXIST: Errno = Errno(17);
pub const ENODEV: Errno = Errno(19);

impl fmt::Display for Errno {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1 => formatter.write_str("not permitted"),
            2 => formatter.write_str("not found"),
            5 => formatter.write_str("input/output error"),
            6 => formatter.write_str("no such device"),
            12 => formatter.write_str("out of memory"),
            13 => formatter.write_str("permission denied"),
            16 => formatter.write_str("busy"),
            17 => formatter.write_str("exists already"),
            19 => formatter.write_str("the kernel does not know it"),
            22 => formatter.write_str("the kernel does not accept it"),
            30 => formatter.write_str("read-only"),
            number => write!(formatter, "error {number}"),
        }
    }
}

fn checked(result: isize) -> Result<usize, Errno> {
    usize::try_from(result).map_err(|_| Errno(result.unsigned_abs() as i32))
}

fn terminated(path: &[u8]) -> Result<usize, Errno> {
    if path.last() == Some(&0) { Ok(path.as_ptr() as usize) } else { Err(ENOENT) }
}

/// Flags for [`File::open`].
pub mod open {
    pub const READ: usize = 0;
    pub const WRITE: usize = 1;
    pub const READ_WRITE: usize = 2;
    pub const CREATE: usize = 0o100;
    pub const TRUNCATE: usize = 0o1000;
    pub const DIRECTORY: usize = 0o200_000;
    pub const CLOSE_ON_EXEC: usize = 0o2_000_000;
}

/// An open file, closed when dropped.
pub struct File(usize);

impl File {
    /// Opens a file; a new one is readable by everyone and writable by nobody.
    pub fn open(path: &[u8], flags: usize) -> Result<Self, Errno> {
        let path = terminated(path)?;
        // SAFETY: the path is terminated and lives through the call.
        let result = unsafe { call(number::OPEN, [path, flags | open::CLOSE_ON_EXEC, 0o444, 0, 0]) };
        checked(result).map(Self)
    }

    /// Reads from the current position.
    pub fn read(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        // SAFETY: the kernel writes at most the buffer's length into it.
        checked(unsafe { call(number::READ, [self.0, buffer.as_mut_ptr() as usize, buffer.len(), 0, 0]) })
    }

    /// Fills `buffer` from `offset` on; false where the file ends or fails before.
    pub fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> bool {
        let arguments = [self.0, buffer.as_mut_ptr() as usize, buffer.len(), offset as usize, 0];
        // SAFETY: the kernel writes at most the buffer's length into it.
        checked(unsafe { call(number::PREAD64, arguments) }) == Ok(buffer.len())
    }

    /// Writes in one call.
    pub fn write(&self, bytes: &[u8]) -> Result<usize, Errno> {
        // SAFETY: the kernel reads the slice only.
        checked(unsafe { call(number::WRITE, [self.0, bytes.as_ptr() as usize, bytes.len(), 0, 0]) })
    }

    /// Waits until what was written is on the disk.
    pub fn sync(&self) -> Result<(), Errno> {
        // SAFETY: no pointers.
        checked(unsafe { call(number::FSYNC, [self.0, 0, 0, 0, 0]) }).map(drop)
    }

    /// Reads the next entries of a directory, as `struct linux_dirent64`.
    pub fn read_directory(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        let arguments = [self.0, buffer.as_mut_ptr() as usize, buffer.len(), 0, 0];
        // SAFETY: the kernel writes at most the buffer's length into it.
        checked(unsafe { call(number::GETDENTS64, arguments) })
    }

    /// Loads this file as a kernel module.
    pub fn load_module(&self, flags: usize) -> Result<(), Errno> {
        // SAFETY: the parameters are an empty, terminated text.
        checked(unsafe { call(number::FINIT_MODULE, [self.0, c"".as_ptr() as usize, flags, 0, 0]) }).map(drop)
    }

    /// Sends a device-mapper request; the answer replaces it.
    pub fn device_mapper(&self, command: u64, request: &mut Request) -> Result<(), Errno> {
        let arguments = [self.0, command as usize, request.0.as_mut_ptr() as usize, 0, 0];
        // SAFETY: the request says its own size, which is the size of the memory behind the pointer.
        checked(unsafe { call(number::IOCTL, arguments) }).map(drop)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        // SAFETY: the descriptor belongs to this value alone.
        unsafe { call(number::CLOSE, [self.0, 0, 0, 0, 0]) };
    }
}

/// Flags for [`mount`].
pub mod flag {
    pub const READ_ONLY: u64 = 1;
    pub const NO_SUID: u64 = 2;
    pub const NO_DEV: u64 = 4;
    pub const NO_EXEC: u64 = 8;
    pub const REMOUNT: u64 = 32;
    pub const BIND: u64 = 4096;
    pub const MOVE: u64 = 8192;
}

/// Mounts `source` on `target`.
pub fn mount(source: &[u8], target: &[u8], kind: &[u8], flags: u64, data: &[u8]) -> Result<(), Errno> {
    let [source, target, kind, data] = [source, target, kind, data].map(terminated);
    let arguments = [source?, target?, kind?, flags as usize, data?];
    // SAFETY: all four texts are terminated and live through the call.
    checked(unsafe { call(number::MOUNT, arguments) }).map(drop)
}

/// A call that takes one path.
fn with_path(number: usize, path: &[u8], argument: usize) -> Result<(), Errno> {
    let path = terminated(path)?;
    // SAFETY: the path is terminated; no call used here writes through its arguments.
    checked(unsafe { call(number, [path, argument, 0, 0, 0]) }).map(drop)
}

/// Unmounts what is mounted on `target`.
pub fn unmount(target: &[u8]) -> Result<(), Errno> {
    with_path(number::UMOUNT2, target, 0)
}

/// Makes a directory.
pub fn make_directory(path: &[u8]) -> Result<(), Errno> {
    with_path(number::MKDIR, path, 0o755)
}

/// Removes a file.
pub fn unlink(path: &[u8]) -> Result<(), Errno> {
    with_path(number::UNLINK, path, 0)
}

/// Makes the symbolic link `path` that leads to `target`.
pub fn link(target: &[u8], path: &[u8]) -> Result<(), Errno> {
    let path = terminated(path)?;
    with_path(number::SYMLINK, target, path)
}

/// Gives a file another name, in place of what has that name.
pub fn rename(from: &[u8], to: &[u8]) -> Result<(), Errno> {
    let to = terminated(to)?;
    with_path(number::RENAME, from, to)
}

/// Changes the working directory.
pub fn change_directory(path: &[u8]) -> Result<(), Errno> {
    with_path(number::CHDIR, path, 0)
}

/// Changes the root directory.
pub fn change_root(path: &[u8]) -> Result<(), Errno> {
    with_path(number::CHROOT, path, 0)
}

/// Becomes another program with no arguments and the given environment; returns only when that fails.
pub fn execute<const N: usize>(program: &[u8], environment: [&[u8]; N]) -> Errno {
    let Ok(path) = terminated(program) else { return ENOENT };
    if environment.iter().any(|variable| variable.last() != Some(&0)) {
        return ENOENT;
    }
    let arguments = [path, 0];
    let mut variables = [0; 8];
    for (place, variable) in variables.iter_mut().take(7).zip(environment) {
        *place = variable.as_ptr() as usize;
    }
    let pointers = [path, arguments.as_ptr() as usize, variables.as_ptr() as usize, 0, 0];
    // SAFETY: path, arguments and variables are terminated, the two lists by a null pointer.
    match checked(unsafe { call(number::EXECVE, pointers) }) {
        Err(error) => error,
        Ok(_) => ENOENT,
    }
}

/// Sleeps.
pub fn sleep_ms(milliseconds: u32) {
    let time = [i64::from(milliseconds / 1000), i64::from(milliseconds % 1000) * 1_000_000];
    // SAFETY: the kernel reads two 64-bit numbers and writes nothing.
    unsafe { call(number::NANOSLEEP, [time.as_ptr() as usize, 0, 0, 0, 0]) };
}

/// Fills `buffer` with random bytes.
pub fn random(buffer: &mut [u8]) -> Result<(), Errno> {
    // SAFETY: the kernel writes at most the buffer's length into it.
    let result = unsafe { call(number::GETRANDOM, [buffer.as_mut_ptr() as usize, buffer.len(), 0, 0, 0]) };
    if checked(result)? == buffer.len() { Ok(()) } else { Err(Errno(5)) }
}

/// Writes everything to the disks and restarts the machine.
pub fn restart() -> ! {
    const MAGIC: [usize; 3] = [0xfee1_dead, 0x2812_1969, 0x0123_4567];
    // SAFETY: no pointers.
    unsafe {
        call(number::SYNC, [0; 5]);
        call(number::REBOOT, [MAGIC[0], MAGIC[1], MAGIC[2], 0, 0]);
    }
    loop {
        sleep_ms(1000);
    }
}
