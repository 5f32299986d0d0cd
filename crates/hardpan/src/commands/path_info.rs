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
    #[arg(long)]
    human_readable: bool,
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
            let entries = reports
                .iter()
                .map(|report| (report.info.path.to_string(), report.to_json()));
            output::line(&serde_json::Value::Object(entries.collect()).to_string())?;
        } else {
            reports
                .iter()
                .try_for_each(|report| output::line(&self.line(report)))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn line(&self, report: &PathReport) -> String {
        let size = |bytes: u64| match self.human_readable {
            true => output::size(bytes),
            false => bytes.to_string(),
        };
        let mut line = report.info.path.to_string();
        if self.size {
            line += &format!("\t{}", size(report.info.nar_size));
        }
        if self.closure_size {
            line += &format!("\t{}", size(report.closure_size));
        }
        line
    }
}
