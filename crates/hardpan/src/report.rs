//! Turns errors into text and exit codes: the first line says what and where, the last one what to do.

mod evaluation;
mod explanation;
mod hint;
mod nix;

use std::error::Error as _;
use std::process::ExitCode;

use builder::{BuildError, FailureClass};
use operations::vm::VmError;
use operations::{Error, Session};
use serde_json::json;

use crate::{streams, talk};

/// Something was asked for in a way that cannot be understood.
pub const USAGE: u8 = 2;
/// Content has another hash than specified.
const HASH_MISMATCH: u8 = 102;

/// How an error is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The first line says what and where.
    Hardpan,
    /// As Nix does it: the message comes last.
    Nix,
    /// As an event among others, for machines.
    Json,
}

/// How errors are shown.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// How it is laid out.
    pub layout: Layout,
    /// Whether the whole way to it is shown.
    pub show_trace: bool,
}

/// Shows `error` on standard error; gives the exit code.
pub fn failure(error: &Error, session: &Session, style: Style) -> ExitCode {
    if let Error::GuestCommand(code) = error {
        // The command said itself what was wrong.
        return ExitCode::from(*code);
    }
    if streams::is_excused() {
        return ExitCode::from(exit_code(error));
    }
    let mut lines = match evaluation_of(error) {
        Some(evaluation) => match style.layout {
            Layout::Hardpan | Layout::Json => evaluation::lines(evaluation, session, style.show_trace),
            Layout::Nix => nix::lines(evaluation, style.show_trace),
        },
        None => chain(error, session),
    };
    // What is known of one derivation stands with its own error already.
    let explained = explanation::hint(error, session);
    let is_explained = explained.is_some();
    let hint = explained.or_else(|| hint::hint(error));
    if style.layout == Layout::Json {
        let readable = |text: &str| session.with_readable_paths(text);
        let message = readable(&lines.join("\n"));
        talk::record(&json!({
            "event": "error",
            "message": message.strip_prefix("error: ").unwrap_or(&message),
            "hint": hint.as_deref().map(readable),
            "exitCode": exit_code(error),
        }));
        return ExitCode::from(exit_code(error));
    }
    lines.extend(hint.filter(|_| !is_explained).map(|hint| format!("hint: {hint}")));
    for line in lines {
        talk::line(&session.with_readable_paths(&line));
    }
    ExitCode::from(exit_code(error))
}

/// Shows an error that came up before there was a session.
pub fn plain(error: &Error) -> ExitCode {
    if !streams::is_excused() {
        talk::line(&format!("error: {error}"));
    }
    ExitCode::from(exit_code(error))
}

/// Whether a download that did not have the hash it must have is at the bottom of a failed build.
fn fetched_something_else(error: &BuildError) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error
            .downcast_ref::<fetch::Error>()
            .is_some_and(fetch::Error::is_hash_mismatch)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The error and what caused it, one line each.
fn chain(error: &Error, session: &Session) -> Vec<String> {
    if let Error::Build(build) = error {
        return match &**build {
            BuildError::Several(errors) => errors
                .iter()
                .flat_map(|error| chain_of_build(error, session))
                .collect(),
            error => chain_of_build(error, session),
        };
    }
    let mut lines = vec![format!("error: {error}")];
    causes(error.source(), &mut lines);
    lines
}

fn chain_of_build(error: &BuildError, session: &Session) -> Vec<String> {
    let mut lines = vec![format!("error: {error}")];
    causes(error.source(), &mut lines);
    lines.extend(explanation::lines(error, session));
    lines
}

/// Adds what caused an error, but for what the lines say already.
fn causes(mut cause: Option<&(dyn std::error::Error + 'static)>, lines: &mut Vec<String>) {
    while let Some(error) = cause {
        let text = error.to_string();
        if !lines
            .last()
            .is_some_and(|line| line.contains(text.lines().next().unwrap_or_default()))
        {
            lines.push(format!("  because: {}", text.replace('\n', "\n  ")));
        }
        cause = error.source();
    }
}

/// The evaluation that failed, if that is what failed: on its own, or while reading a `flake.nix`.
fn evaluation_of(error: &Error) -> Option<&operations::EvaluationError> {
    match error {
        Error::Evaluation(evaluation) => Some(evaluation),
        Error::Flake(flake) => match &**flake {
            flake::Error::Manifest { source, .. } => source.downcast_ref(),
            _ => None,
        },
        _ => None,
    }
}

/// What failed outside of the evaluator and made evaluation fail.
fn outside(evaluation: &operations::EvaluationError) -> Option<&Error> {
    evaluation.source.as_ref()?.downcast_ref()
}

/// The exit code that stands for `error`.
pub fn exit_code(error: &Error) -> u8 {
    match error {
        Error::Build(build) | Error::Check { source: build, .. }
            if build.class() == FailureClass::BuildFailed && fetched_something_else(build) =>
        {
            HASH_MISMATCH
        }
        Error::Build(build) | Error::Check { source: build, .. } => build.class().exit_code(),
        Error::Evaluation(evaluation) => {
            let flake = evaluation
                .source
                .as_ref()
                .and_then(|source| source.downcast_ref());
            match (outside(evaluation), flake) {
                (Some(error), _) => exit_code(error),
                (None, Some(flake)) => exit_code_of_flake(flake),
                (None, None) => 1,
            }
        }
        Error::Flake(flake) => exit_code_of_flake(flake),
        Error::Usage(_) | Error::Vm(VmError::BadForward { .. }) => USAGE,
        Error::GuestCommand(code) => *code,
        Error::Cancelled => crate::interrupt::EXIT_CODE,
        _ => 1,
    }
}

fn exit_code_of_flake(error: &flake::Error) -> u8 {
    match error {
        flake::Error::NarHashMismatch { .. } => HASH_MISMATCH,
        flake::Error::Fetch { source, .. } if source.is_hash_mismatch() => HASH_MISMATCH,
        flake::Error::BadReference { .. } => USAGE,
        _ => 1,
    }
}
