//! Makes the mounted root the root, and systemd the process.

use crate::system::{Errno, change_directory, change_root, execute, flag, make_directory, mount, unlink};
use crate::text::Shown;
use crate::{Failure, NEW_ROOT, failure};

const SYSTEMD: &[u8] = b"/usr/lib/systemd/systemd\0";

/// systemd adds what the EFI variable `SystemdOptions` says to the command line, by way of a file in this folder.
const EFI_OPTIONS: &[u8] = b"/run/systemd/efivars\0";

/// Returns only when it fails.
pub fn to_new_root() -> Result<core::convert::Infallible, Failure> {
    keep_out_efi_options().map_err(|error| failure!("cannot make /run/systemd/efivars: {error}"))?;
    let moved: [(&[u8], &[u8]); 4] = [
        (b"/dev\0", b"/sysroot/dev\0"),
        (b"/proc\0", b"/sysroot/proc\0"),
        (b"/sys\0", b"/sysroot/sys\0"),
        (b"/run\0", b"/sysroot/run\0"),
    ];
    for (from, to) in moved {
        mount(from, to, b"\0", flag::MOVE, b"\0")
            .map_err(|error| failure!("cannot move {} into the root: {error}", Shown(&from[..from.len() - 1])))?;
    }
    // The memory of this program is not needed any more.
    let _ = unlink(b"/init\0");
    change_directory(NEW_ROOT)
        .and_then(|()| mount(b".\0", b"/\0", b"\0", flag::MOVE, b"\0"))
        .and_then(|()| change_root(b".\0"))
        .and_then(|()| change_directory(b"/\0"))
        .map_err(|error| failure!("cannot switch to the root: {error}"))?;
    let error = execute(SYSTEMD, [b"PATH=/usr/sbin:/usr/bin\0", b"TERM=linux\0"]);
    Err(failure!("cannot start /usr/lib/systemd/systemd: {error}"))
}

/// An empty folder that nothing can be put into. A folder that were not there would be made.
fn keep_out_efi_options() -> Result<(), Errno> {
    const EMPTY: u64 = flag::READ_ONLY | flag::NO_SUID | flag::NO_DEV | flag::NO_EXEC;
    make_directory(b"/run/systemd\0")?;
    make_directory(EFI_OPTIONS)?;
    mount(b"tmpfs\0", EFI_OPTIONS, b"tmpfs\0", EMPTY, b"mode=0555\0")
}
