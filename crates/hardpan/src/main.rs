//! The `hardpan` command: parses arguments, shows progress and renders errors.

mod arguments;
mod commands;
mod interrupt;
mod nix;
mod output;
mod progress;
mod report;
mod summary;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::CommandLine;

fn main() -> ExitCode {
    let mut words = std::env::args_os();
    if let Some(program) = words.next().as_ref().and_then(nix::Program::called) {
        return program.run(words);
    }
    let command_line = match CommandLine::try_parse() {
        Ok(command_line) => command_line,
        Err(error) => return report::usage(&error),
    };
    commands::run(command_line)
}
