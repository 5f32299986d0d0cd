//! What stops a generator, named by operation and thing.

use crate::object::ObjectError;
use crate::tree::TreeError;
use std::fmt;

/// A generator cannot do its work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SystemError {
    /// A file of the tree cannot be read.
    #[error("cannot read {path} of the image")]
    Read {
        /// Path in the image.
        path: String,
        /// Cause.
        source: ObjectError,
    },
    /// A generated path cannot be put into the tree.
    #[error("cannot place {path}")]
    Place {
        /// Path in the image.
        path: String,
        /// Cause.
        source: TreeError,
    },
    /// A package of another publisher wants more of an account than its own.
    #[error(
        "the package {package} of another publisher wants {account} to {what} ({file}); if that is right, say it in the \
         configuration: users.groups.<name>.members, or users.users.{account}"
    )]
    ForeignAccount {
        /// The package.
        package: String,
        /// Path of the file that says so.
        file: String,
        /// The account.
        account: String,
        /// What it would be.
        what: String,
    },
    /// Two accounts have one id.
    #[error(
        "{kind} {first} and {second} both have id {id}; give one of them a fixed id in the configuration"
    )]
    IdCollision {
        /// `user` or `group`.
        kind: &'static str,
        /// One account.
        first: String,
        /// The other.
        second: String,
        /// Their id.
        id: u32,
    },
    /// Two definitions of one account disagree.
    #[error("{kind} {name} has id {first} in one place and {second} in another")]
    IdDisagreement {
        /// `user` or `group`.
        kind: &'static str,
        /// The account.
        name: String,
        /// One id.
        first: u32,
        /// The other.
        second: u32,
    },
    /// A name that leads to no account.
    #[error("{what} names the {kind} {name}, which does not exist")]
    UnknownAccount {
        /// Who names it.
        what: String,
        /// `user` or `group`.
        kind: &'static str,
        /// The name.
        name: String,
    },
    /// A value that cannot be written into a colon-separated file.
    #[error("{what} of account {name} holds a colon or a line break: {value:?}")]
    BadField {
        /// The account.
        name: String,
        /// Which field.
        what: &'static str,
        /// The value.
        value: String,
    },
    /// A line of a configuration file cannot be understood.
    #[error("{file}: the line {line:?} cannot be understood")]
    BadLine {
        /// File name.
        file: String,
        /// The line.
        line: String,
    },
    /// A declared path is not in the image.
    #[error("{what}: {path} is not in the image")]
    Missing {
        /// Who declares it.
        what: String,
        /// The path.
        path: String,
    },
    /// A declared value cannot be used.
    #[error("{path}: {reason}")]
    BadValue {
        /// Path in the image.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A unit that is to be enabled does not exist.
    #[error("the unit {unit} is to be enabled, but no package and no file of the configuration has it")]
    NoSuchUnit {
        /// Unit name.
        unit: String,
    },
    /// Generated files name programs, modules or files that are not there.
    #[error("generated files name what the image does not have:\n{}", missing.join("\n"))]
    NotInImage {
        /// The file or unit, and what it names.
        missing: Vec<String>,
    },
    /// A unit that is to be enabled says nothing about what wants it.
    #[error("the unit {unit} is to be enabled, but {path} has no [Install] section")]
    NotInstallable {
        /// Unit name.
        unit: String,
        /// Its file.
        path: String,
    },
    /// A unit is to be enabled and masked.
    #[error("the unit {unit} is both to be enabled and masked")]
    EnabledAndMasked {
        /// Unit name.
        unit: String,
    },
    /// A path of a profile member is taken.
    #[error(
        "{path} is wanted by {wanted_by} and already comes from {owner}; give it another name, or leave one of them out"
    )]
    Taken {
        /// The path.
        path: String,
        /// Who wants it.
        wanted_by: String,
        /// Who has it.
        owner: String,
    },
    /// Maintainer scripts nobody has accounted for.
    #[error(
        "maintainer scripts with code of their own that nothing accounts for; see to it that the configuration does \
         what each would have done, and say so in image.acknowledgedScripts (for example {}):{}",
        scripts.first().map(UnknownScript::acknowledgement).unwrap_or_default(),
        lines(scripts)
    )]
    UnknownScripts {
        /// All of them.
        scripts: Vec<UnknownScript>,
    },
}

/// A maintainer script nobody has accounted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownScript {
    /// Debian package.
    pub package: String,
    /// `preinst` or `postinst`.
    pub script: String,
    /// SHA-256 of the script, hexadecimal.
    pub sha256: String,
    /// The hash that is accounted for, if the script has changed since.
    pub known: Option<String>,
}

impl UnknownScript {
    /// How the configuration says that somebody has read it.
    fn acknowledgement(&self) -> String {
        let Self {
            package,
            script,
            sha256,
            ..
        } = self;
        format!("{{ package = \"{package}\"; script = \"{script}\"; sha256 = \"{sha256}\"; by = \"...\"; }}")
    }
}

impl fmt::Display for UnknownScript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.package, self.script, self.sha256)?;
        match &self.known {
            Some(known) => write!(f, " (changed since {known})"),
            None => Ok(()),
        }
    }
}

fn lines(scripts: &[UnknownScript]) -> String {
    scripts.iter().map(|script| format!("\n  {script}")).collect()
}
