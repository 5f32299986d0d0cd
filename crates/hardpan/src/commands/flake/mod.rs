//! `hardpan flake …`

pub mod init;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use flake::{LockFlags, local_style_date, parse_input_path};
use operations::flakes::{self, CheckOptions, CheckReport, WithoutEffect};
use operations::{Error, LockOptions};
use serde_json::{Value, json};

use super::{Context, Outcome};
use crate::arguments::{LockArguments, flake_reference};
use crate::output;

/// Lock, update and show flakes
#[derive(Debug, Subcommand)]
pub enum Flake {
    /// Make a new project from a template
    Init(init::Init),
    /// Lock inputs that have no lock yet
    Lock(Lock),
    /// Lock inputs anew
    Update(Update),
    /// Show what a flake provides
    Show(Show),
    /// Show what a flake is locked to
    #[command(alias = "info")]
    Metadata(Show),
    /// Evaluate all that a flake provides and build its checks
    Check(Check),
}

/// Lock inputs that have no lock yet
#[derive(Debug, Args)]
pub struct Lock {
    /// The flake
    #[arg(default_value = ".", value_name = "FLAKE")]
    flake: String,
    #[command(flatten)]
    lock: LockArguments,
}

/// Lock inputs anew
#[derive(Debug, Args)]
pub struct Update {
    /// The inputs to update; all if none is given
    #[arg(value_name = "INPUT")]
    inputs: Vec<String>,
    /// The flake
    #[arg(long, default_value = ".", value_name = "FLAKE")]
    flake: String,
    /// Take this key where an archive has a new one: its whole fingerprint, as its publisher says elsewhere
    #[arg(long, value_name = "FINGERPRINT")]
    accept_key: Vec<String>,
}

/// Show something about a flake
#[derive(Debug, Args)]
pub struct Show {
    /// The flake
    #[arg(default_value = ".", value_name = "FLAKE")]
    flake: String,
    /// Print as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    lock: LockArguments,
}

/// Evaluate all that a flake provides and build its checks
#[derive(Debug, Args)]
pub struct Check {
    /// The flake
    #[arg(default_value = ".", value_name = "FLAKE")]
    flake: String,
    /// Build no checks
    #[arg(long)]
    pub no_build: bool,
    /// Look at what is for other systems too
    #[arg(long)]
    all_systems: bool,
    /// Print as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    lock: LockArguments,
}

impl Flake {
    pub fn run(self, context: &Context) -> Outcome {
        match self {
            Self::Init(init) => init.run(context),
            Self::Lock(lock) => lock.run(context),
            Self::Update(update) => update.run(context),
            Self::Show(show) => show.outputs(context),
            Self::Metadata(show) => show.metadata(context),
            Self::Check(check) => check.run(context),
        }
    }
}

impl Lock {
    fn run(self, context: &Context) -> Outcome {
        let reference = flake_reference(&self.flake, context.settings())?;
        let options = LockOptions {
            forget: self.lock.no_write_lock_file,
            ..self.lock.options(context.settings())?
        };
        flakes::lock(&context.session, &reference, &options)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Update {
    fn run(self, context: &Context) -> Outcome {
        let reference = flake_reference(&self.flake, context.settings())?;
        for fingerprint in &self.accept_key {
            context.session.accept_key(fingerprint)?;
        }
        let update = self.inputs.iter().map(|input| parse_input_path(input));
        let flags = LockFlags {
            recreate: self.inputs.is_empty(),
            update: update.collect::<Result<_, _>>().map_err(Error::from)?,
            ..LockFlags::default()
        };
        flakes::lock(
            &context.session,
            &reference,
            &LockOptions { flags, forget: false },
        )?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Show {
    fn outputs(self, context: &Context) -> Outcome {
        let reference = flake_reference(&self.flake, context.settings())?;
        let options = self.lock.options(context.settings())?;
        let (url, outputs) = flakes::show(&context.session, &reference, &options)?;
        context.progress.finish();
        if self.json {
            output::line(&outputs.to_json().to_string())?;
        } else {
            output::text(&url)?;
            for line in outputs.lines() {
                output::text(&line)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn metadata(self, context: &Context) -> Outcome {
        let reference = flake_reference(&self.flake, context.settings())?;
        let options = self.lock.options(context.settings())?;
        let metadata = flakes::metadata(&context.session, &reference, &options)?;
        context.progress.finish();
        if self.json {
            output::line(&metadata.to_json().to_string())?;
            return Ok(ExitCode::SUCCESS);
        }
        let locked = &metadata.locked.input;
        let changed = locked.last_modified().map(local_style_date);
        let rows = [
            ("Resolved URL", Some(metadata.original.to_string())),
            ("Locked URL", Some(metadata.locked.to_string())),
            ("Description", metadata.description.clone()),
            ("Path", Some(metadata.place.display().to_string())),
            (
                "Revision",
                locked.text("rev").or(locked.text("dirtyRev")).map(str::to_owned),
            ),
            ("Last modified", changed),
        ];
        for (name, value) in rows {
            if let Some(value) = value {
                output::text(&format!("{:<15}{value}", format!("{name}:")))?;
            }
        }
        let inputs = metadata.input_lines();
        if !inputs.is_empty() {
            output::line("Inputs:")?;
        }
        inputs.iter().try_for_each(|line| output::text(line))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Check {
    pub fn run(self, context: &Context) -> Outcome {
        let reference = flake_reference(&self.flake, context.settings())?;
        let options = CheckOptions {
            lock: self.lock.options(context.settings())?,
            all_systems: self.all_systems,
            no_build: self.no_build,
        };
        let report = flakes::check(&context.session, &reference, &options)?;
        context.progress.finish();
        if self.json {
            let text = check_to_json(&report).to_string();
            output::line(&context.session.with_readable_paths(&text))?;
        } else {
            show_report(context, &report)?;
        }
        for failure in &report.failures {
            let _ = context.show_error(failure);
        }
        match report.failures.is_empty() {
            true => Ok(ExitCode::SUCCESS),
            false => Err(Error::Checks {
                failed: report.failures.len(),
                flake: self.flake,
            }),
        }
    }
}

/// What was looked at, and what a person should know of it.
fn show_report(context: &Context, report: &CheckReport) -> Result<(), Error> {
    for attribute in report.evaluated.iter().filter(|_| !context.as_nix) {
        context.say(&format!("evaluated {attribute}"));
    }
    for (configuration, options) in &report.without_effect {
        output::text(&format!("{configuration} sets what has no effect on an image:"))?;
        for WithoutEffect { option, reason, at } in options {
            let at = if at.is_empty() {
                String::new()
            } else {
                format!(", at {}", at.join(", "))
            };
            let line = format!("  {option}: {reason}{at}");
            output::text(&context.session.with_readable_paths(&line))?;
        }
    }
    let (evaluated, built) = (report.evaluated.len(), report.built.len());
    match (context.as_nix, report.failures.is_empty()) {
        (true, true) => context.say("all checks passed!"),
        (true, false) => {}
        (false, _) => context.say(&format!("{evaluated} outputs evaluated, {built} checks built")),
    }
    if !report.omitted_systems.is_empty() {
        let systems: Vec<&str> = report.omitted_systems.iter().map(String::as_str).collect();
        context.say(&format!(
            "warning: The check omitted these incompatible systems: {}\nUse '--all-systems' to check all.",
            systems.join(", ")
        ));
    }
    Ok(())
}

fn check_to_json(report: &CheckReport) -> Value {
    let of_configuration = |(configuration, options): (&String, &Vec<WithoutEffect>)| {
        let options: Vec<Value> = options
            .iter()
            .map(|WithoutEffect { option, reason, at }| json!({ "option": option, "reason": reason, "at": at }))
            .collect();
        (configuration.clone(), Value::from(options))
    };
    let built: Vec<String> = report.built.iter().map(ToString::to_string).collect();
    let without_effect: serde_json::Map<_, _> = report.without_effect.iter().map(of_configuration).collect();
    let failures: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    json!({
        "evaluated": report.evaluated,
        "built": built,
        "withoutEffect": without_effect,
        "omittedSystems": report.omitted_systems,
        "failures": failures,
    })
}
