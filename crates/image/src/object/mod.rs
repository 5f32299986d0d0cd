//! A Debian package compiled once: file data in 4 KiB blocks, verity leaf hashes and a table of entries.
//!
//! An object is a directory with four files. `meta` holds the control information, the entries and the
//! content of small files; `data` holds blocks ready to be copied into an EROFS image; `verity` holds the
//! SHA-256 of each of those blocks and `crc32c` a checksum. Nothing in it depends on the image it ends up in.

mod blocks;
mod checksums;
mod compile;
mod contents;
mod error;
mod meta;
mod path;
mod read;
mod requirements;
mod scripts;
mod store_path;

pub use blocks::{BLOCK_SIZE, BlockWriter, CHUNK_BLOCKS, Compression, Sums};
pub use checksums::{Checksums, DamagedBlock};
pub(crate) use compile::hex;
pub use compile::{CompileOptions, CompileSummary, Compiler, Control, EntryKind, PackageEntry};
pub use error::ObjectError;
pub use meta::{ControlInfo, Entry, FileContent, Kind, Member, Script, Slice, Storage, Verdict, Xattr};
pub use path::{merge_usr, moved_target, normalize};
pub use read::Object;
pub use requirements::Requirements;
pub use scripts::{MAINTAINER_SCRIPTS, custom_code, verdict};
pub use store_path::{compile_store_path, compile_tree};

/// Name of the file with control information, entries and small contents.
pub const META_FILE: &str = "meta";
/// Name of the file with data blocks.
pub const DATA_FILE: &str = "data";
/// Name of the file with the leaf hashes of the data blocks.
pub const LEAVES_FILE: &str = "verity";
/// Name of the file with the checksums of the data blocks.
pub const CHECKSUMS_FILE: &str = "crc32c";
