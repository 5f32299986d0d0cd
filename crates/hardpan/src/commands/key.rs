//! `hardpan key …`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use operations::keys;

use super::{Context, Outcome};
use crate::output;

/// Make keys that sign store paths
#[derive(Debug, Subcommand)]
pub enum Key {
    /// Print a new secret key
    GenerateSecret(Generate),
    /// Print the public half of the secret key on standard input
    ConvertSecretToPublic,
}

/// Print a new secret key
#[derive(Debug, Args)]
pub struct Generate {
    /// The key's name, such as cache.example.org-1
    #[arg(long, value_name = "NAME")]
    key_name: String,
}

impl Key {
    pub fn run(self, _: &Context) -> Outcome {
        match self {
            Self::GenerateSecret(generate) => {
                output::bytes(keys::generate(&generate.key_name)?.to_secret_text().as_bytes())?;
            }
            Self::ConvertSecretToPublic => {
                output::bytes(keys::public_of(&crate::nix::standard_input()?)?.as_bytes())?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
