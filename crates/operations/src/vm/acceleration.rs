//! Finds out whether the host's hypervisor really boots machines: some hosts have one that cannot run firmware.

use std::fs::{self, OpenOptions};
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use super::qemu::Acceleration;
use super::sysroot::Sysroot;
use crate::Session;

const DEVICE: &str = "/dev/kvm";
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";
/// Firmware shows its first sign of life within a second where the hypervisor works.
const PATIENCE: Duration = Duration::from_secs(8);

/// The hypervisor if it runs our firmware, else emulation. What was found out is remembered until the host boots.
pub(super) fn choose(session: &Session, qemu: &Sysroot, firmware: &Path) -> Acceleration {
    if OpenOptions::new().read(true).write(true).open(DEVICE).is_err() {
        return Acceleration::Tcg;
    }
    let boot = fs::read_to_string(BOOT_ID).unwrap_or_default();
    let memory = session.settings().cache_folder.join("kvm");
    let known = fs::read_to_string(&memory).unwrap_or_default();
    let works = match known.split_once(' ') {
        Some((other, answer)) if other == boot.trim() => answer == "works",
        _ => {
            let works = runs_firmware(qemu, firmware);
            let answer = if works { "works" } else { "fails" };
            // What cannot be remembered is found out again.
            let _ = fs::create_dir_all(&session.settings().cache_folder);
            let _ = fs::write(&memory, format!("{} {answer}", boot.trim()));
            works
        }
    };
    if works {
        Acceleration::Kvm
    } else {
        Acceleration::Tcg
    }
}

/// Whether the firmware says something on the serial console in time.
fn runs_firmware(qemu: &Sysroot, firmware: &Path) -> bool {
    let code = firmware
        .join("OVMF_CODE_4M.fd")
        .display()
        .to_string()
        .replace(',', ",,");
    let mut command = qemu.command("usr/bin/qemu-system-x86_64");
    command.args([
        "-machine",
        "q35",
        "-accel",
        "kvm",
        "-cpu",
        "host",
        "-m",
        "256",
        "-nodefaults",
    ]);
    command.args([
        "-no-user-config",
        "-display",
        "none",
        "-serial",
        "stdio",
        "-no-reboot",
    ]);
    command.args(["-drive", &format!("if=pflash,format=raw,readonly=on,file={code}")]);
    let started = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = started else { return false };
    let output = child.stdout.take();
    let reader = thread::spawn(move || {
        let mut byte = [0];
        output.is_some_and(|mut output| output.read(&mut byte).is_ok_and(|count| count > 0))
    });
    let began = Instant::now();
    while began.elapsed() < PATIENCE && !reader.is_finished() {
        thread::sleep(Duration::from_millis(50));
    }
    // A machine that said nothing is ended, which ends the reader too.
    let _ = child.kill();
    let _ = child.wait();
    reader.join().unwrap_or(false)
}
