//! Kernel file systems, modules, command line.

use crate::command_line::{self, RootHash};
use crate::system::{EEXIST, ENODEV, File, flag, make_directory, mount, open};
use crate::text::{Shown, Text};
use crate::{Failure, console, failure};

const COMPRESSED: usize = 4;

/// Mounts `/proc`, `/sys`, `/dev` and `/run`.
pub fn mount_kernel_file_systems() -> Result<(), Failure> {
    const NONE: u64 = flag::NO_SUID | flag::NO_DEV | flag::NO_EXEC;
    let wanted: [(&[u8], &[u8], u64, &[u8]); 4] = [
        (b"devtmpfs\0", b"/dev\0", flag::NO_SUID, b"mode=0755\0"),
        (b"proc\0", b"/proc\0", NONE, b"\0"),
        (b"sysfs\0", b"/sys\0", NONE, b"\0"),
        (b"tmpfs\0", b"/run\0", flag::NO_SUID | flag::NO_DEV, b"mode=0755,size=20%\0"),
    ];
    for (kind, target, flags, data) in wanted {
        // The directories are in the initrd; a kernel that already mounted devtmpfs is fine too.
        let _ = make_directory(target);
        match mount(kind, target, kind, flags, data) {
            Ok(()) | Err(crate::system::Errno(16)) => {}
            Err(error) => return Err(failure!("cannot mount {}: {error}", Shown(&target[..target.len() - 1]))),
        }
    }
    ensure_restart_after_panic();
    Ok(())
}

/// A damaged root panics the kernel, which stands still for ever unless it was told to restart.
fn ensure_restart_after_panic() {
    let mut value = [0; 4];
    let path = b"/proc/sys/kernel/panic\0";
    let read = File::open(path, open::READ).and_then(|file| file.read(&mut value));
    if read == Ok(2) && value[0] == b'0' {
        // Without it the boot still works.
        let _ = File::open(path, open::WRITE).and_then(|file| file.write(b"10\n"));
    }
}

/// Loads the modules in the order of `/modules/list`.
pub fn load_modules() -> Result<(), Failure> {
    let mut buffer = [0; 8192];
    let list = match File::open(b"/modules/list\0", open::READ).and_then(|file| file.read(&mut buffer)) {
        Ok(length) => &buffer[..length],
        Err(error) => return Err(failure!("cannot read /modules/list: {error}")),
    };
    for name in list.split(|byte| *byte == b'\n').filter(|name| !name.is_empty()) {
        load_module(name);
    }
    Ok(())
}

/// A module that does not load is said and passed over: the root may well be found without it.
fn load_module(name: &[u8]) {
    let mut path = Text::<256>::format(format_args!("/modules/"));
    path.push(name);
    let flags = if name.ends_with(b".ko") { 0 } else { COMPRESSED };
    let loaded = File::open(path.with_zero(), open::READ).and_then(|file| file.load_module(flags));
    match loaded {
        Ok(()) | Err(EEXIST | ENODEV) => {}
        Err(error) => console::warn(&failure!("cannot load module {}: {error}", Shown(name))),
    }
}

/// The root hash that the kernel command line names, where that is the image's own.
pub fn root_hash() -> Result<RootHash, Failure> {
    let mut buffer = [0; 4096];
    let length = File::open(b"/proc/cmdline\0", open::READ).and_then(|file| file.read(&mut buffer));
    let length = length.map_err(|error| failure!("cannot read /proc/cmdline: {error}"))?;
    let line = &buffer[..length];
    command_line::check_end(line)
        .and_then(|()| command_line::root_hash(line))
        .map_err(|error| failure!("{error}"))
}
