//! Makes the mounted root the root, and systemd the process.

use crate::system::{change_directory, change_root, execute, flag, mount, unlink};
use crate::text::Shown;
use crate::{Failure, NEW_ROOT, failure};

const SYSTEMD: &[u8] = b"/usr/lib/systemd/systemd\0";

/// Returns only when it fails.
pub fn to_new_root() -> Result<core::convert::Infallible, Failure> {
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
