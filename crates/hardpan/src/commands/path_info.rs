//! `hardpan path-info`

use std::process::ExitCode;

use clap::Args;
use operations::build::{self, Targets};
use operations::stored::{self, PathReport};

use super::{Context, Outcome};
use crate::arguments::LockArguments;
use crate::output;

/// Show what is known about store paths
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub struct PathInfo {
    /// Installables or store paths
    #[arg(default_value = ".", value_name = "INSTALLABLE")]
    installables: Vec<String>,
    /// With all that they refer to
    #[arg(long, short = 'r')]
    recursive: bool,
    /// Print sizes
    #[arg(long, short = 's')]
    size: bool,
    /// Print sizes of closures
    #[arg(long, short = 'S')]
    closure_size: bool,
    /// Print sizes for people
    #[arg(long, short = 'h')]
    human_readable: bool,
    /// Print signatures
    #[arg(long)]
    sigs: bool,
    /// Print help
    #[arg(long, action = clap::ArgAction::HelpLong)]
    help: Option<bool>,
    /// Accepted for the sake of scripts: 1 is what there is
    #[arg(long, hide = true, value_name = "VERSION")]
    json_format: Option<u8>,
    /// Print as JSON
    #[arg(long)]
    json: bool,
    /// The derivations, not what they make
    #[arg(long)]
    derivation: bool,
    #[command(flatten)]
    lock: LockArguments,
}

impl PathInfo {
    pub fn run(self, context: &Context) -> Outcome {
        let lock = self.lock.options(context.settings())?;
        let targets = Targets {
            installables: self.installables.clone(),
            lock,
            ..Targets::default()
        };
        let resolved = build::resolve(&context.session, &targets)?;
        let paths = match self.derivation {
            true => resolved
                .targets
                .iter()
                .filter_map(build::Target::derivation)
                .cloned()
                .collect(),
            false => build::output_paths(&context.session, &resolved)?,
        };
        let reports = stored::path_reports(&context.session, &paths, self.recursive)?;
        context.progress.finish();
        if self.json {
            let entries = reports.iter().map(|report| {
                let shown = report.to_json(self.closure_size);
                (report.info.path.to_string(), shown)
            });
            output::line(&serde_json::Value::Object(entries.collect()).to_string())?;
        } else {
            let is_bare = !self.size && !self.closure_size && !self.sigs;
            let longest = reports
                .iter()
                .map(|report| report.info.path.to_string().len())
                .max();
            let width = if is_bare { 0 } else { longest.unwrap_or(0) };
            reports
                .iter()
                .try_for_each(|report| output::line(&self.line(report, width)))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn line(&self, report: &PathReport, width: usize) -> String {
        let size = |bytes: u64| match self.human_readable {
            true => output::binary_size(bytes),
            false => format!("{bytes:>11}"),
        };
        let mut line = format!("{:<width$}", report.info.path.to_string());
        if self.size {
            line += &format!("\t{}", size(report.info.nar_size));
        }
        if self.closure_size {
            line += &format!("\t{}", size(report.closure_size));
        }
        if self.sigs {
            let ultimate = report.info.ultimate.then(|| "ultimate".to_owned());
            let address = report
                .info
                .content_address
                .as_ref()
                .map(|address| format!("ca:{address}"));
            let words: Vec<String> = ultimate
                .into_iter()
                .chain(address)
                .chain(report.info.signatures.iter().cloned())
                .collect();
            line += &format!("\t{}", words.join(" "));
        }
        line
    }
}
