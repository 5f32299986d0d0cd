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
