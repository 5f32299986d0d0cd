//! Disk images: partition table, EFI system partition, and the formats that clouds and hypervisors take.

mod archive;
mod error;
mod esp;
pub mod fat;
pub mod gce;
pub mod gpt;
mod guid;
mod layout;
mod output;
pub mod qcow2;
pub mod raw;
mod spec;
pub mod vpc;
mod write;

pub use error::DiskError;
pub use guid::Guid;
pub use layout::{Content, DiskMap, LayoutError, Piece};
pub use spec::{DISK_SPEC_VERSION, DiskSpec, Format};
pub use write::{WrittenImage, write_image};

#[cfg(test)]
mod tests;
