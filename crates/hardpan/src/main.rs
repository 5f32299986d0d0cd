//! The `hardpan` command: parses arguments, shows progress and renders errors.

mod arguments;
mod commands;
mod interrupt;
mod nix;
mod output;
mod progress;
mod report;
mod streams;
mod summary;
mod talk;
mod terminal;
mod usage;

use std::process::ExitCode;

use clap::Parser as _;

use arguments::CommandLine;

#[global_allocator]
static ALLOCATOR: memory::HugePages = memory::HugePages;

fn main() -> ExitCode {
    streams::end(carry_out())
}

/// Does what the command line says.
fn carry_out() -> ExitCode {
    let mut words = std::env::args_os();
    let called = words.next();
    if let Some(program) = called.as_ref().and_then(nix::Program::called) {
        return program.run(words);
    }
    let as_nix = called.as_ref().is_some_and(nix::is_new_program);
    let words: Vec<_> = called.into_iter().chain(words).collect();
    let words = match as_nix {
        true => nix::settings_as_options(words),
        false => words,
    };
    if as_nix && words.get(1).is_some_and(|word| word == "--version") {
        return usage::told(&format!("nix (Nix) {}", nix::VERSION));
    }
    let command_line = match CommandLine::try_parse_from(words) {
        Ok(command_line) => command_line,
        Err(error) => return usage::failure(&error, as_nix),
    };
    commands::run(command_line, as_nix)
}
