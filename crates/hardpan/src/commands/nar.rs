//! `hardpan nar …`: archives outside of the store.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use operations::{Error, archives, stored};

use super::store::Listing;
use super::{Context, Outcome};
use crate::output;

/// Make, list and read archives
#[derive(Debug, Subcommand)]
pub enum Nar {
    /// Write the archive of a file or folder to standard output
    Pack(Pack),
    /// Write the archive of a store path to standard output
    Dump(Pack),
    /// List what is in an archive
    Ls(List),
    /// Print a file of an archive
    Cat(Cat),
}

/// Write an archive to standard output
#[derive(Debug, Args)]
pub struct Pack {
    /// A file or folder
    #[arg(value_name = "PATH")]
    path: PathBuf,
}

/// List what is in an archive
#[derive(Debug, Args)]
pub struct List {
    /// The archive
    #[arg(value_name = "NAR")]
    archive: PathBuf,
    /// A path in it
    #[arg(value_name = "PATH", default_value = "/")]
    path: String,
    #[command(flatten)]
    listing: Listing,
}

/// Print a file of an archive
#[derive(Debug, Args)]
pub struct Cat {
    /// The archive
    #[arg(value_name = "NAR")]
    archive: PathBuf,
    /// A file in it
    #[arg(value_name = "PATH")]
    path: String,
}

impl Nar {
    pub fn run(self, context: &Context) -> Outcome {
        let current = &context.settings().current_folder;
        match self {
            Self::Pack(pack) => write_archive(&current.join(pack.path))?,
            Self::Dump(dump) => {
                write_archive(&stored::physical(&context.session, &dump.path.to_string_lossy())?)?
            }
            Self::Ls(list) => {
                let entries = archives::list(&current.join(&list.archive), &list.path)?;
                list.listing.print(&entries, &list.path)?;
            }
            Self::Cat(cat) => {
                output::bytes(&archives::file(&current.join(&cat.archive), &cat.path)?)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn write_archive(path: &std::path::Path) -> Result<(), Error> {
    output::stream(|out| stored::dump(path, out))
}
