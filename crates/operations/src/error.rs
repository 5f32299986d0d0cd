//! What can go wrong with an operation, each naming what was asked for.

use std::io;
use std::path::PathBuf;

use builder::BuildError;
use nix_formats::StorePath;
use store::StoreError;
use store::cache::CacheError;

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The flake or one of its inputs.
    #[error(transparent)]
    Flake(#[from] Box<flake::Error>),
    /// The store.
    #[error(transparent)]
    Store(#[from] Box<StoreError>),
    /// A build.
    #[error(transparent)]
    Build(#[from] Box<BuildError>),
    /// A check of a flake.
    #[error("failed to build attribute '{attribute}'")]
    Check {
        /// The attribute path.
        attribute: String,
        /// Why.
        source: Box<BuildError>,
    },
    /// A flake was looked at to its end, and not all of it is right.
    #[error(
        "some errors were encountered during the evaluation: {failed} outputs of '{flake}' are not right"
    )]
    Checks {
        /// How many.
        failed: usize,
        /// The flake, as it was named.
        flake: String,
    },
    /// Evaluation.
    #[error(transparent)]
    Evaluation(#[from] Box<nix_lang::EvaluationError>),
    /// A flake has no such attribute.
    #[error("{}", no_attribute(flake, tried))]
    NoAttribute {
        /// The flake; empty for a file or expression.
        flake: String,
        /// The attribute paths that were looked for.
        tried: Vec<String>,
        /// Names that are there and look alike.
        nearest: Vec<String>,
    },
    /// What was to be built is something else.
    #[error("'{what}' is {kind}, not a derivation")]
    NotADerivation {
        /// The installable.
        what: String,
        /// What it is.
        kind: String,
    },
    /// What was to be run is no description of a machine.
    #[error("'{what}' is {kind} without 'qemu', not a machine")]
    NotAMachine {
        /// The attribute.
        what: String,
        /// What it is.
        kind: String,
    },
    /// A value cannot be shown in the form that was asked for.
    #[error("cannot print '{what}' {how}: it is {kind}")]
    CannotPrint {
        /// What was evaluated.
        what: String,
        /// In which form.
        how: &'static str,
        /// What it is.
        kind: String,
    },
    /// A folder where something new was to be made has something in it.
    #[error("cannot make a project in '{}': '{}' is there already", folder.display(), file)]
    FileExists {
        /// The folder.
        folder: PathBuf,
        /// The file.
        file: String,
    },
    /// No template has this name.
    #[error("there is no template '{name}'")]
    NoTemplate {
        /// As asked for.
        name: String,
        /// Names that are there.
        known: Vec<String>,
    },
    /// One store path was asked for and is not there.
    #[error("'{0}' is not a path of this store")]
    NotInStore(String),
    /// An archive has no such file.
    #[error("'{path}' is not in the archive '{}'", archive.display())]
    NotInArchive {
        /// The path in the archive.
        path: String,
        /// The archive.
        archive: PathBuf,
    },
    /// A path was to be removed and something needs it.
    #[error("cannot delete path '{0}' since it is still alive")]
    StillAlive(StorePath),
    /// Nothing leads from one path to the other.
    #[error("'{from}' does not depend on '{to}'")]
    NoDependency {
        /// From where.
        from: StorePath,
        /// To where.
        to: StorePath,
    },
    /// Nothing that something needs goes by a name.
    #[error("nothing that '{what}' needs is called '{name}'")]
    NothingCalled {
        /// What needs it, as it was asked for.
        what: String,
        /// The name.
        name: String,
        /// Names that are there and look alike.
        nearest: Vec<String>,
    },
    /// A program could not be run or failed.
    #[error("{what} failed: {reason}")]
    Program {
        /// What it was to do.
        what: String,
        /// What went wrong.
        reason: String,
    },
    /// A virtual machine is not started.
    #[error(transparent)]
    Vm(#[from] crate::vm::VmError),
    /// A virtual machine did not get as far as its ssh server.
    #[error("the machine did not come up: {reason}")]
    MachineNotUp {
        /// What happened, and what its console said.
        reason: String,
    },
    /// The command run in a virtual machine ended with this code.
    #[error("the command in the machine ended with code {0}")]
    GuestCommand(u8),
    /// The file system failed.
    #[error("cannot {operation} '{}'", path.display())]
    Files {
        /// What we were doing.
        operation: &'static str,
        /// To which file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// A binary cache.
    #[error(transparent)]
    Cache(#[from] Box<CacheError>),
    /// Something could not be copied.
    #[error("{0}")]
    Copy(String),
    /// What was given cannot be understood.
    #[error("{0}")]
    Usage(String),
    /// The user asked to stop.
    #[error("interrupted")]
    Cancelled,
}

impl From<flake::Error> for Error {
    fn from(error: flake::Error) -> Self {
        Self::Flake(Box::new(error))
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Cancelled => Self::Cancelled,
            error => Self::Store(Box::new(error)),
        }
    }
}

impl From<CacheError> for Error {
    fn from(error: CacheError) -> Self {
        match error {
            error if error.is_cancelled() => Self::Cancelled,
            error => Self::Cache(Box::new(error)),
        }
    }
}

impl From<BuildError> for Error {
    fn from(error: BuildError) -> Self {
        match error {
            error if error.is_cancelled() => Self::Cancelled,
            error => Self::Build(Box::new(error)),
        }
    }
}

impl Error {
    /// Adds the operation and the path to an input/output error.
    pub(crate) fn files(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Files {
            operation,
            path,
            source,
        }
    }
}

fn no_attribute(flake: &str, tried: &[String]) -> String {
    match (flake, tried) {
        ("", [only]) => {
            let last = only.rsplit('.').next().unwrap_or_default();
            format!("attribute '{last}' in selection path '{only}' not found")
        }
        _ => format!("flake '{flake}' does not provide attribute {}", one_of(tried)),
    }
}

fn one_of(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("'{name}'")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => last.clone(),
        None => "''".to_owned(),
    }
}
