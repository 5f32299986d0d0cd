//! Says what is wrong with a command line.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::report::USAGE;

/// Commands of Nix, and of its commands, that there are not here.
const NOT_HERE: &[&str] = &[
    "add-to-store",
    "archive",
    "bundle",
    "clone",
    "config",
    "copy-log",
    "copy-sigs",
    "daemon",
    "delete",
    "develop",
    "diff-closures",
    "doctor",
    "edit",
    "env",
    "fmt",
    "formatter",
    "help",
    "help-stores",
    "info",
    "instantiate",
    "make-content-addressed",
    "new",
    "optimise",
    "ping",
    "prefetch",
    "prefetch-file",
    "print-dev-env",
    "profile",
    "realisation",
    "registry",
    "repair",
    "search",
    "shell",
    "show-config",
    "upgrade-nix",
];

/// Renders a command line that cannot be understood, or the help that was asked for.
pub fn failure(error: &clap::Error, as_nix: bool) -> ExitCode {
    match missing_command(error) {
        Some(command) => {
            eprintln!("error: '{command}' is a command of Nix that hardpan does not have");
            eprintln!("hint: '--help' lists the commands that there are");
        }
        None => drop(error.print()),
    }
    match (error.use_stderr(), as_nix) {
        (false, _) => ExitCode::SUCCESS,
        (true, true) => ExitCode::FAILURE,
        (true, false) => ExitCode::from(USAGE),
    }
}

/// The command of Nix that was asked for in vain.
fn missing_command(error: &clap::Error) -> Option<&str> {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return None;
    }
    match error.get(ContextKind::InvalidSubcommand)? {
        ContextValue::String(command) => Some(command.as_str()).filter(|command| NOT_HERE.contains(command)),
        _ => None,
    }
}
