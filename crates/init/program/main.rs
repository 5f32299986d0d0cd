//! `/init` of the initrd: from the kernel's hand-over to systemd's first instruction.
#![no_std]
#![no_main]
#![deny(unsafe_code)]

#[cfg_attr(target_arch = "x86_64", path = "arch/x86_64.rs")]
mod arch;
mod console;
mod disks;
mod early;
mod root;
mod state;
mod switch;
mod system;

#[path = "../src/command_line.rs"]
mod command_line;
#[path = "../src/device_mapper.rs"]
mod device_mapper;
#[path = "../src/fstab.rs"]
mod fstab;
#[path = "../src/gpt.rs"]
mod gpt;
#[path = "../src/guid.rs"]
mod guid;
#[path = "../src/machine_id.rs"]
mod machine_id;
#[path = "../src/state.rs"]
mod ext4;
#[path = "../src/text.rs"]
mod text;
#[path = "../src/verity.rs"]
mod verity;

use text::Text;

/// Why the machine cannot come up: one line for people.
type Failure = Text<320>;

macro_rules! failure {
    ($($argument:tt)*) => { crate::text::Text::format(format_args!($($argument)*)) };
}
pub(crate) use failure;

/// Where the root is mounted before it becomes `/`.
const NEW_ROOT: &[u8] = b"/sysroot\0";

/// Called by the architecture's entry point with a stack and nothing else.
extern "C" fn start() -> ! {
    let failure = match run() {
        Err(failure) => failure,
        Ok(never) => match never {},
    };
    console::give_up(&failure)
}

fn run() -> Result<core::convert::Infallible, Failure> {
    early::mount_kernel_file_systems()?;
    early::load_modules()?;
    let root_hash = early::root_hash()?;
    let partitions = disks::wait_for(&root_hash)?;
    root::mount(&root_hash, &partitions)?;
    state::hand_over(&partitions);
    switch::to_new_root()
}

#[panic_handler]
fn panicked(_: &core::panic::PanicInfo<'_>) -> ! {
    console::give_up(&failure!("a bug in the initrd program: it panicked"))
}
