//! What people see.

use crate::Failure;
use crate::system::{File, open, restart, sleep_ms};
use crate::text::Text;

/// Severities of the kernel's log: this one reaches every console even with `quiet`.
const CRITICAL: u8 = 2;
const NOTICE: u8 = 5;

/// A line for the log.
pub fn note(message: &Failure) {
    log(NOTICE, message);
}

/// A line that must be seen.
pub fn warn(message: &Failure) {
    log(CRITICAL, message);
}

/// Says why the machine cannot come up and restarts it, so that boot counting falls back.
pub fn give_up(message: &Failure) -> ! {
    warn(message);
    warn(&crate::failure!("restarting in 3 seconds"));
    sleep_ms(3000);
    restart()
}

fn log(severity: u8, message: &Failure) {
    let line = Text::<384>::format(format_args!("<{severity}>hardpan: {message}\n"));
    let sent = File::open(b"/dev/kmsg\0", open::WRITE).and_then(|log| log.write(line.as_bytes()));
    if sent.is_err()
        && let Ok(console) = File::open(b"/dev/console\0", open::WRITE)
    {
        // There is nobody left to tell when this fails too.
        let _ = console.write(&line.as_bytes()[3..]);
    }
}
