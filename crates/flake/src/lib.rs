//! Flake references, inputs, the lock file and calling outputs.
//!
//! The way through: a [`FlakeReference`] names a flake, [`Sources`] brings its tree into the store, a
//! [`ManifestReader`] (the evaluator, behind a trait) reads what `flake.nix` declares, [`lock_flake`] computes the
//! [`LockFile`], and [`call`] writes the expression that calls `outputs`.

mod attributes;
pub mod call;
mod date;
mod error;
mod flake;
mod input;
mod input_url;
mod installable;
mod lock;
mod lock_diff;
mod lock_file;
mod lock_json;
mod manifest;
mod reference;
mod search;
mod secret;
pub mod sources;
mod url;
mod write;

pub use attributes::{Attribute, Attributes};
pub use date::{compact_date, day, local_style_date};
pub use error::{BoxError, Error};
pub use flake::{Flake, read_flake, untracked};
pub use input::Input;
pub use installable::{Installable, OutputSelection};
pub use lock::{LockFlags, Locked, lock_flake};
pub use lock_diff::diff;
pub use lock_file::{
    Edge, InputPath, LockFile, LockedInput, Node, NodeId, parse_input_path, print_input_path,
};
pub use manifest::{InputDeclaration, Manifest, ManifestReader};
pub use reference::FlakeReference;
pub use search::resolve_path_reference;
pub use secret::without_passwords;
pub use sources::{
    Base, BaseFile, DebianLock, DebianLocked, Fetched, Notice, SourceTree, Sources, StandardSources,
};
pub use url::Url;
pub use write::{source_folder, write_lock_file};
