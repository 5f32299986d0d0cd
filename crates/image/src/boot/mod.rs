//! What the firmware loads: the initrd and the unified kernel image.

mod cpio;
mod initrd;
mod modules;
mod uki;

pub use cpio::{CpioError, CpioWriter};
pub use initrd::{DEFAULT_MODULES, InitrdError, InitrdOptions, build_initrd, build_initrd_from_object};
pub use modules::{KernelModule, ModuleError, select_modules};
pub use uki::{UkiError, UkiParts, build_uki};

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
