//! `hardpan run`

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use clap::Args;
use operations::{Error, run};

use super::{Context, Outcome};
use crate::arguments::{LockArguments, RootArguments};

/// Build a program and run it
#[derive(Debug, Args)]
pub struct Run {
    /// What to run: an app, or a package with a program
    #[arg(default_value = ".", value_name = "INSTALLABLE")]
    installable: String,
    /// What to hand to the program
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
    #[command(flatten)]
    lock: LockArguments,
    #[command(flatten)]
    root: RootArguments,
}

impl Run {
    pub fn run(self, context: &Context) -> Outcome {
        let root = self.root.root()?;
        let installable = match (&root, self.installable.as_str()) {
            (Some(_), ".") => String::new(),
            _ => self.installable.clone(),
        };
        let targets = operations::build::Targets {
            installables: vec![installable],
            root,
            arguments: self.root.arguments(),
            lock: self.lock.options(context.settings())?,
        };
        let program = run::program(&context.session, &targets)?;
        context.progress.finish();
        // Nothing comes back from this but an error.
        let failed = Command::new(&program).args(&self.arguments).exec();
        Err::<ExitCode, _>(Error::Files {
            operation: "run",
            path: program,
            source: failed,
        })
    }
}
