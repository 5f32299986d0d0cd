//! Runs a derivation's program in a sandbox: its log, its limits, its end.

use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use sandbox::{Activity, Running, Spec};

use crate::error::BuildFailure;
use crate::events::Cancellation;
use crate::log::{LineSplitter, Log};
use crate::settings::Settings;

/// How long it may take until a wish to stop is noticed.
const PATIENCE: Duration = Duration::from_millis(100);
const BUFFER_BYTES: usize = 32 * 1024;

/// Why a program did not come to a good end.
pub(crate) enum Stopped {
    Failed(BuildFailure),
    Cancelled,
    /// It was stopped after so many seconds of "work" or "silence".
    TimedOut(u64, &'static str),
}

impl From<BuildFailure> for Stopped {
    fn from(failure: BuildFailure) -> Self {
        Self::Failed(failure)
    }
}

/// Runs the program of `spec` to its end.
pub(crate) fn run(
    spec: &Spec,
    log: &Log<'_>,
    settings: &Settings,
    cancellation: &Cancellation,
) -> Result<(), Stopped> {
    let mut running = sandbox::spawn(spec).map_err(|error| explain(error, spec))?;
    let mut splitter = LineSplitter::default();
    let status = watch(&mut running, &mut splitter, log, settings, cancellation);
    // Whatever still runs is gone before the outputs are looked at.
    drop(running);
    splitter.finish(|line| log.line(line));
    judge(status?)
}

fn watch(
    running: &mut Running,
    splitter: &mut LineSplitter,
    log: &Log<'_>,
    settings: &Settings,
    cancellation: &Cancellation,
) -> Result<ExitStatus, Stopped> {
    let began = Instant::now();
    let mut heard = began;
    let mut said_bytes: u64 = 0;
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let activity = running
            .next(&mut buffer, PATIENCE)
            .map_err(|error| BuildFailure::caused_by("the sandbox broke", error))?;
        match activity {
            Activity::Ended(status) => return Ok(status),
            Activity::Quiet => {}
            Activity::Output(count) => {
                heard = Instant::now();
                said_bytes = said_bytes.saturating_add(count as u64);
                splitter.feed(buffer.get(..count).unwrap_or_default(), |line| log.line(line));
            }
        }
        if cancellation.is_cancelled() {
            return Err(Stopped::Cancelled);
        }
        if let Some(limit) = settings.log_limit_bytes.filter(|limit| said_bytes > *limit) {
            let failure = format!("it was killed after it wrote more than {limit} bytes to its log");
            return Err(Stopped::Failed(failure.into()));
        }
        for (limit, since, what) in [
            (settings.timeout, began, "work"),
            (settings.silence_timeout, heard, "silence"),
        ] {
            if let Some(limit) = limit.filter(|limit| since.elapsed() >= *limit) {
                return Err(Stopped::TimedOut(limit.as_secs(), what));
            }
        }
    }
}

fn judge(status: ExitStatus) -> Result<(), Stopped> {
    let failure = match (status.code(), status.signal()) {
        (Some(0), _) => return Ok(()),
        (Some(code), _) => format!("it failed with exit code {code}"),
        (None, Some(signal)) => format!("it was killed by signal {signal}"),
        (None, None) => format!("it ended in an unknown way ({status})"),
    };
    Err(Stopped::Failed(failure.into()))
}

fn explain(error: sandbox::SandboxError, spec: &Spec) -> BuildFailure {
    let program = spec.program.display();
    match &error {
        sandbox::SandboxError::Execute { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
            let message = format!(
                "the program '{program}' or the interpreter that it names is not in the sandbox; \
                 only inputs of the derivation are"
            );
            BuildFailure::caused_by(message, error)
        }
        _ => BuildFailure::caused_by(format!("cannot run '{program}'"), error),
    }
}
