//! The `hardpan` command: parses arguments, shows progress and renders errors.

mod arguments;
mod commands;
mod interrupt;
mod output;
mod progress;
mod report;
mod summary;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::CommandLine;

fn main() -> ExitCode {
    let command_line = match CommandLine::try_parse() {
        Ok(command_line) => command_line,
        Err(error) => return report::usage(&error),
    };
    commands::run(command_line)
}
