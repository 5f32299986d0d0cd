//! `hardpan completions`

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Outcome;
use crate::arguments::CommandLine;
use crate::output;

/// Print what makes a shell complete hardpan's arguments
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    pub fn run(self) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut CommandLine::command(), "hardpan", &mut script);
        output::bytes(&script)?;
        Ok(ExitCode::SUCCESS)
    }
}
