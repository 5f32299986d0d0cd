//! `hardpan derivation …`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use operations::build::{self, Targets};
use operations::stored;
use serde_json::{Map, json};

use super::{Context, Outcome};
use crate::arguments::{LockArguments, RootArguments};
use crate::{output, streams};

/// Show and write derivations
#[derive(Debug, Subcommand)]
pub enum Derivation {
    /// Print derivations as JSON
    Show(Show),
    /// Write the derivation whose JSON is on standard input
    Add,
}

/// Print derivations as JSON
#[derive(Debug, Args)]
pub struct Show {
    /// Installables or store paths
    #[arg(default_value = ".", value_name = "INSTALLABLE")]
    installables: Vec<String>,
    /// With all that they need
    #[arg(long, short = 'r')]
    recursive: bool,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    root: RootArguments,
}

impl Derivation {
    pub fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Show(show) => show.run(context),
            Self::Add => {
                let json = crate::nix::standard_input()?;
                output::line(&stored::add_derivation(&context.session, &json)?.to_string())?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}

impl Show {
    fn run(self, context: &Context) -> Outcome {
        let targets = Targets {
            lock: self.lock.options(context.settings())?,
            root: self.root.root()?,
            arguments: self.root.arguments(),
            installables: self.installables,
        };
        let resolved = build::resolve(&context.session, &targets)?;
        let derivations = stored::derivations(&context.session, &resolved, self.recursive)?;
        context.progress.finish();
        let shown = derivations
            .iter()
            .map(|(path, derivation)| (path.base_name().to_owned(), derivation.to_json()));
        let shown = json!({ "derivations": shown.collect::<Map<_, _>>(), "version": 4 });
        match streams::output().terminal().is_some() {
            true => output::line(&format!("{shown:#}"))?,
            false => output::line(&shown.to_string())?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
