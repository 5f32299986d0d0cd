//! `hardpan derivation …`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use operations::build::{self, Targets};
use operations::stored;
use serde_json::{Map, Value};

use super::{Context, Outcome};
use crate::arguments::{LockArguments, RootArguments};
use crate::output;

/// Show derivations
#[derive(Debug, Subcommand)]
pub enum Derivation {
    /// Print derivations as JSON
    Show(Show),
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
            .map(|(path, derivation)| (path.to_string(), derivation.to_json()));
        let shown = Value::Object(shown.collect::<Map<_, _>>());
        output::line(&format!("{shown:#}"))?;
        Ok(ExitCode::SUCCESS)
    }
}
