//! Why a disk image cannot be written.

use super::fat::FatError;
use super::gpt::GptError;
use super::layout::LayoutError;
use crate::boot::UkiError;
use crate::link::LinkError;
use crate::object::{DamagedBlock, ObjectError};
use std::path::PathBuf;

/// Why a disk image cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum DiskError {
    /// A spec of another version.
    #[error("disk spec has version {found}, this program knows {known}")]
    Version {
        /// Version of the spec.
        found: u32,
        /// Version that is understood.
        known: u32,
    },
    /// A value of the spec that cannot be.
    #[error("disk spec: {0}")]
    Spec(String),
    /// A disk that does not hold the image.
    #[error(
        "a disk of {wanted_mib} MiB is too small: it takes {least_mib} MiB ({})",
        .parts.iter().map(|(name, mib)| format!("{name} {mib}")).collect::<Vec<_>>().join(", ")
    )]
    TooSmall {
        /// Size that was asked for, in MiB.
        wanted_mib: u64,
        /// Size that it takes at least, in MiB.
        least_mib: u64,
        /// The partitions with their sizes in MiB.
        parts: Vec<(&'static str, u64)>,
    },
    /// A disk larger than any.
    #[error("a disk of {mib} MiB is larger than 2040 GiB, the most that all formats can hold")]
    TooLarge {
        /// Size that was asked for, in MiB.
        mib: u64,
    },
    /// The linked root cannot be used.
    #[error(transparent)]
    Root(#[from] LinkError),
    /// A package's object cannot be read.
    #[error("cannot read {what}")]
    Object {
        /// Which package.
        what: String,
        /// Why.
        #[source]
        source: ObjectError,
    },
    /// A package lacks a file that is needed.
    #[error("{package} has no {wanted}")]
    Absent {
        /// Store path of the package's object.
        package: String,
        /// What was looked for.
        wanted: String,
    },
    /// The kernel image cannot be assembled.
    #[error(transparent)]
    Uki(#[from] UkiError),
    /// The EFI system partition cannot be written.
    #[error("EFI system partition")]
    Esp(#[from] FatError),
    /// The partition table cannot be written.
    #[error(transparent)]
    Table(#[from] GptError),
    /// The pieces of the disk do not fit together.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// An object's data is not what was written.
    #[error(transparent)]
    Damaged(#[from] DamagedBlock),
    /// A file cannot be read.
    #[error("cannot read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}
