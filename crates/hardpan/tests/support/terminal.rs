//! A terminal for the command: what a person would get to see, byte by byte.

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// Runs `command` with standard output and standard error on a terminal; gives its code and all that came there.
pub fn on_terminal(command: &mut Command) -> (Option<i32>, String) {
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("there are terminals");
    grantpt(&ours).expect("it is ours");
    unlockpt(&ours).expect("it is ours");
    let name = ptsname(&ours, Vec::new()).expect("it has a name");
    let path = std::ffi::OsStr::from_bytes(name.as_bytes());
    let theirs = OpenOptions::new().read(true).write(true).open(path);
    let theirs = theirs.expect("the other end opens");
    let end = || Stdio::from(theirs.try_clone().expect("it can be shared"));
    if !command.get_envs().any(|(name, _)| name == "TERM") {
        command.env("TERM", "xterm-256color");
    }
    command.env_remove("NO_COLOR");
    command.stdin(Stdio::null()).stdout(end()).stderr(end());
    let mut child = command.spawn().expect("the command starts");
    // The reading ends when nobody holds the other end any more.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    drop(theirs);
    let reader = std::thread::spawn(move || {
        let mut file = File::from(ours);
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = file.read(&mut buffer) {
            seen.extend_from_slice(&buffer[..count]);
        }
        seen
    });
    let status = child.wait().expect("it ends");
    let seen = reader.join().expect("the reader ends");
    (
        status.code(),
        String::from_utf8_lossy(&seen).replace("\r\n", "\n"),
    )
}
