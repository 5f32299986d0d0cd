//! `hardpan log`

use std::process::ExitCode;

use clap::Args;
use operations::build::{self, Targets};
use operations::stored;

use super::{Context, Outcome};
use crate::arguments::LockArguments;
use crate::output;

/// Show what a build said
#[derive(Debug, Args)]
pub struct Log {
    /// Installables or store paths
    #[arg(default_value = ".", value_name = "INSTALLABLE")]
    installables: Vec<String>,
    #[command(flatten)]
    lock: LockArguments,
}

impl Log {
    pub fn run(self, context: &Context) -> Outcome {
        let lock = self.lock.options(context.settings())?;
        let targets = Targets {
            installables: self.installables,
            lock,
            ..Targets::default()
        };
        let resolved = build::resolve(&context.session, &targets)?;
        context.progress.finish();
        for path in stored::derivations(&context.session, &resolved, false)?.keys() {
            output::log(&stored::build_log(&context.session, path)?)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
