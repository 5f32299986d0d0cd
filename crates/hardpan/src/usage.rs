//! Says what is wrong with a command line.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::report::USAGE;
use crate::{output, report, talk};

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
            talk::line(&format!(
                "error: '{command}' is a command of Nix that hardpan does not have"
            ));
            talk::line("hint: '--help' lists the commands that there are");
        }
        None if error.use_stderr() => talk::line(error.render().to_string().trim_end()),
        None => return told(error.render().to_string().trim_end()),
    }
    match as_nix {
        true => ExitCode::FAILURE,
        false => ExitCode::from(USAGE),
    }
}

/// Prints what was asked about the program itself.
pub fn told(text: &str) -> ExitCode {
    match output::text(text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report::plain(&error),
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
