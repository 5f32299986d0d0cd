//! Disk images: partition table, EFI system partition, and the formats that clouds and hypervisors take.

pub mod fat;
pub mod gpt;
mod guid;
mod layout;

pub use guid::Guid;
pub use layout::{Content, DiskMap, LayoutError, Piece};
